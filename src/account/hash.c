/* SPDX-License-Identifier: Apache-2.0 */
/* hash.c - password hashes in modular crypt form: the table of schemes. */
#include "account/hash_private.h"

#include <stdio.h>

static const struct hash_scheme schemes[] = {
    {
        .name = "crypt-sha512",
        .prefix = "$6$",
        .refusal = hash_sha_refusal,
        .verify = hash_crypt_verify,
        .new_setting = hash_crypt_new_setting,
        .make = hash_crypt_make,
        .rounds = 80000, /* what SFTPPlus takes */
        .most_rounds = 1000000,
        .digest = 86,
    },
    {
        .name = "crypt-sha256",
        .prefix = "$5$",
        .refusal = hash_sha_refusal,
        .verify = hash_crypt_verify,
        .new_setting = hash_crypt_new_setting,
        .make = hash_crypt_make,
        .rounds = 80000,
        .most_rounds = 1000000,
        .digest = 43,
    },
    {
        .name = "yescrypt",
        .prefix = "$y$",
        .refusal = hash_yescrypt_refusal,
        .verify = hash_crypt_verify,
        .new_setting = hash_crypt_new_setting,
        .make = hash_crypt_make,
        .rounds = 5, /* 16 MiB, crypt(5)'s usual cost */
        .digest = 43,
    },
    {
        .name = "pbkdf2_sha512",
        .prefix = "$pbkdf2-sha512$",
        .refusal = hash_pbkdf2_refusal,
        .verify = hash_pbkdf2_verify,
        .new_setting = hash_pbkdf2_new_setting,
        .make = hash_pbkdf2_make,
        .rounds = 210000, /* OWASP's advice of 2023, and below */
        .most_rounds = 5000000,
        .digest = 86,
        .digest_name = "SHA512",
    },
    {
        .name = "pbkdf2_sha256",
        .prefix = "$pbkdf2-sha256$",
        .refusal = hash_pbkdf2_refusal,
        .verify = hash_pbkdf2_verify,
        .new_setting = hash_pbkdf2_new_setting,
        .make = hash_pbkdf2_make,
        .rounds = 600000,
        .most_rounds = 5000000,
        .digest = 43,
        .digest_name = "SHA256",
    },
};
enum { SCHEMES = sizeof schemes / sizeof *schemes };

const char *
password_scheme(size_t index)
{
    return index < SCHEMES ? schemes[index].name : NULL;
}

const struct hash_scheme *
hash_scheme_named(const char *name)
{
    for (size_t i = 0; i < SCHEMES; i++)
        if (strcmp(name, schemes[i].name) == 0)
            return &schemes[i];
    return NULL;
}

const struct hash_scheme *
hash_scheme_of(struct str hash)
{
    for (size_t i = 0; i < SCHEMES; i++)
        if (str_starts(hash, str_of(schemes[i].prefix)))
            return &schemes[i];
    return NULL;
}

bool
password_hash_is_locked(struct str hash)
{
    return hash.len == 0 || hash.data[0] == '!' || hash.data[0] == '*' ||
           str_is(hash, "x");
}

static const char *
refusal_of(struct str hash)
{
    const struct hash_scheme *scheme = hash_scheme_of(hash);

    if (password_hash_is_locked(hash))
        return "the password is empty or locked";
    if (hash.len >= HASH_TEXT || str_has_nul(hash))
        return "the password hash is too long or has a NUL in it";
    if (scheme == NULL)
        return "the password is not a hash of a known scheme ($y$, $6$, $5$, "
               "$pbkdf2-sha512$, $pbkdf2-sha256$)";
    return scheme->refusal(scheme,
                           str_from_offset(hash, strlen(scheme->prefix)));
}

bool
password_hash_is_known(struct str hash, const char **why_out)
{
    const char *why = refusal_of(hash);

    if (why != NULL && why_out != NULL)
        *why_out = why;
    return why == NULL;
}

static enum status
check_password(struct str password)
{
    if (password.len == 0)
        return fail(ERR_DENIED, "the password is empty");
    if (password.len > PASSWORD_BYTES)
        return fail(ERR_DENIED, "the password has more than %d bytes",
                    PASSWORD_BYTES);
    if (str_has_nul(password))
        return fail(ERR_DENIED, "the password has a NUL in it");
    return OK;
}

enum status
password_verify(struct str hash, struct str password)
{
    const char *why;

    TRY(check_password(password));
    if (!password_hash_is_known(hash, &why))
        return fail(ERR_DENIED, "%s", why);
    const struct hash_scheme *scheme = hash_scheme_of(hash);
    return scheme->verify(scheme, hash, password);
}

static enum status
fail_unknown(const char *scheme_name)
{
    return fail(ERR_UNSUPPORTED, "no password hashing scheme is named '%s'",
                scheme_name);
}

enum status
password_hash_make(const char *scheme_name, struct str password,
                   char hash_out[HASH_TEXT])
{
    const struct hash_scheme *scheme = hash_scheme_named(scheme_name);
    char setting[HASH_TEXT];

    if (scheme == NULL)
        return fail_unknown(scheme_name);
    TRY(check_password(password));
    TRY(scheme->new_setting(scheme, setting));
    return scheme->make(scheme, setting, password, hash_out);
}

enum status
password_hash_dummy(const char *scheme_name, char hash_out[HASH_TEXT])
{
    const struct hash_scheme *scheme = hash_scheme_named(scheme_name);
    char setting[HASH_TEXT];
    char digest[HASH_TEXT];

    if (scheme == NULL)
        return fail_unknown(scheme_name);
    TRY(scheme->new_setting(scheme, setting));
    memset(digest, 'A', scheme->digest);
    digest[scheme->digest] = '\0';
    int len = snprintf(hash_out, HASH_TEXT, "%s%s", setting, digest);
    if (len < 0 || len >= HASH_TEXT)
        return fail(ERR_LIMIT, "the hash is too long");
    return OK;
}
