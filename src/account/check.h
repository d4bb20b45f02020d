/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h - what is wrong with the accounts and groups of a configuration.
 */
#pragma once

#include "config/config.h"

/*
 * Report, with the line of each: names that may not log in (errors), and, as
 * warnings, what keeps single accounts out: passwords that are no hash, keys
 * that are refused and key files that cannot be read, homes that cannot be
 * worked out. To be called wherever a configuration is checked or about to be
 * used.
 */
void accounts_check(const struct config *, struct report *);
