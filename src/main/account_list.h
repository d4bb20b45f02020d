/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account_list.h - showing the accounts of a server.ini.
 */
#pragma once

#include "config/config.h"

/* Print them to standard output in the order of the file. */
MUST_CHECK enum status account_list(struct config *, bool as_json);
