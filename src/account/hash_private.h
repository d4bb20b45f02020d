/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_private.h - the schemes of hash.h, a row each.
 */
#pragma once

#include "account/hash.h"

#include <stdint.h>

struct hash_scheme {
    const char *name;   /* value of password_hashing_scheme */
    const char *prefix; /* what its hashes begin with */
    /* Whether the rest, behind the prefix, is whole and not too expensive:
     * NULL, or a static sentence that says what is wrong. */
    const char *(*refusal)(const struct hash_scheme *, struct str rest);
    enum status (*verify)(const struct hash_scheme *, struct str hash,
                          struct str password);
    /* Write the part before the digest, its "$" included. */
    enum status (*new_setting)(const struct hash_scheme *,
                               char setting[HASH_TEXT]);
    enum status (*make)(const struct hash_scheme *, const char *setting,
                        struct str password, char hash_out[HASH_TEXT]);
    uint64_t rounds;         /* of new hashes; for yescrypt crypt(5)'s cost */
    uint64_t most_rounds;    /* dearer ones are refused */
    size_t digest;           /* characters of it */
    const char *digest_name; /* OpenSSL's, of PBKDF2 */
};

/* Row by name or by the beginning of a hash; NULL when there is none. */
const struct hash_scheme *hash_scheme_named(const char *name);
const struct hash_scheme *hash_scheme_of(struct str hash);

/* hash_crypt.c: what libcrypt does. */
const char *hash_sha_refusal(const struct hash_scheme *, struct str rest);
const char *hash_yescrypt_refusal(const struct hash_scheme *, struct str rest);
enum status hash_crypt_verify(const struct hash_scheme *, struct str hash,
                              struct str password);
enum status hash_crypt_new_setting(const struct hash_scheme *,
                                   char setting[HASH_TEXT]);
enum status hash_crypt_make(const struct hash_scheme *, const char *setting,
                            struct str password, char hash_out[HASH_TEXT]);

/* hash_pbkdf2.c: what OpenSSL does. */
const char *hash_pbkdf2_refusal(const struct hash_scheme *, struct str rest);
enum status hash_pbkdf2_verify(const struct hash_scheme *, struct str hash,
                               struct str password);
enum status hash_pbkdf2_new_setting(const struct hash_scheme *,
                                    char setting[HASH_TEXT]);
enum status hash_pbkdf2_make(const struct hash_scheme *, const char *setting,
                             struct str password, char hash_out[HASH_TEXT]);
