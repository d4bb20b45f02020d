/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.h - password hashes in modular crypt form.
 *
 *   $y$…                        yescrypt
 *   $6$rounds=N$SALT$HASH       sha512-crypt
 *   $5$rounds=N$SALT$HASH       sha256-crypt
 *   $pbkdf2-sha512$N$SALT$HASH  PBKDF2, salt and hash in base64 with "." for
 *   $pbkdf2-sha256$N$SALT$HASH  "+" and without padding
 *
 * What is not exactly one of these (empty, locked, of another scheme, cut, or
 * so expensive that it would hold up a processor for seconds) is no hash: no
 * password is ever right for it.
 */
#pragma once

#include "base/status.h"
#include "base/str.h"

enum {
    PASSWORD_BYTES = 1024, /* the longest password */
    HASH_TEXT = 384,       /* the longest hash, NUL included */
};

/* Whether passwords can be right for it. *why_out (may be NULL) becomes a
 * static sentence when not. */
bool password_hash_is_known(struct str hash, const char **why_out);

/* Whether nothing is there or the usual marks of a locked account are. */
bool password_hash_is_locked(struct str hash);

/*
 * OK when the password is right, ERR_DENIED when not (also for everything
 * that is no hash, for an empty password, and for one with a NUL or longer
 * than PASSWORD_BYTES), ERR_MEMORY or ERR_IO when that could not be found out.
 */
MUST_CHECK enum status password_verify(struct str hash, struct str password);

/* Make a hash with a new salt. `scheme` is a value of the option
 * password_hashing_scheme: ERR_UNSUPPORTED for any other. */
MUST_CHECK enum status password_hash_make(const char *scheme,
                                          struct str password,
                                          char hash_out[HASH_TEXT]);

/* A hash of the scheme and its usual cost that no password is right for. */
MUST_CHECK enum status password_hash_dummy(const char *scheme,
                                           char hash_out[HASH_TEXT]);

/* Names of the schemes: the index-th, or NULL behind the last. */
const char *password_scheme(size_t index);
