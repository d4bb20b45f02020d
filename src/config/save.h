/* SPDX-License-Identifier: Apache-2.0 */
/* save.h - replacing a file as a whole, if nobody else has. */
#pragma once

#include "base/status.h"
#include "base/str.h"

/*
 * Make the content of the file `text`, all or nothing and durable, and keep
 * its mode and owner. ERR_CONFLICT when its content is not `expected`.
 */
MUST_CHECK enum status config_save(const char *path, struct str expected,
                                   struct str text);
