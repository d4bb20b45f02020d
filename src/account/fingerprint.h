/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fingerprint.h - whether an account is still what it was.
 */
#pragma once

#include "account/account.h"

enum { FINGERPRINT_BYTES = 32 };

/*
 * Of everything that says who may log in as the account and what a session of
 * it may do: its own options, what it takes from its groups and [server], and
 * the file of keys it refers to as that is now. What is only for people
 * (description, email, dates) does not count, nor how a value is written.
 */
struct account_fingerprint {
    unsigned char password[FINGERPRINT_BYTES]; /* of that alone */
    unsigned char rest[FINGERPRINT_BYTES];
};

/* ERR_MEMORY, ERR_IO. A file of keys that cannot be read counts as such. */
MUST_CHECK enum status account_fingerprint(const struct account *,
                                           struct account_fingerprint *out);

/* `but_password`: it may differ. */
bool account_fingerprint_equal(const struct account_fingerprint *,
                               const struct account_fingerprint *,
                               bool but_password);
