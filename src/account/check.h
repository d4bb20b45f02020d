/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h - what is wrong with the accounts and groups of a configuration.
 */
#pragma once

#include "config/config.h"

/*
 * Report, with the line of each option: names that may not log in, names
 * taken twice, passwords that are no hash, keys that are refused, missing key
 * files, groups that are not there, homes that cannot be. To be called where
 * a configuration is checked or about to be used; when `report` has got an
 * error the configuration should not be used.
 */
void accounts_check(const struct config *, struct report *);
