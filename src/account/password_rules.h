/* SPDX-License-Identifier: Apache-2.0 */
/*
 * password_rules.h - how good a new password must be.
 */
#pragma once

#include "config/config.h"

/*
 * ERR_INVALID says which rule of [server] the new password of the account
 * `name` breaks: password_minimum_length in characters of UTF-8,
 * password_minimum_strength, and that it can be typed at a login: no control
 * characters, at most PASSWORD_BYTES.
 */
MUST_CHECK enum status password_rules_check(const struct section *server,
                                            struct str name,
                                            struct str password);
