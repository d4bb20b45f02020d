/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h - what is wrong with the keys of a configuration.
 */
#pragma once

#include "config/config.h"

/*
 * Report, with their lines: vault items that are empty, whose file is missing
 * or whose key cannot be used, and enabled ssh services without a host key.
 */
void keys_check(const struct config *, struct report *);
