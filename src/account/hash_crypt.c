/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_crypt.c - yescrypt, sha512-crypt and sha256-crypt by libcrypt.
 *
 * A hash comes from a file that an operator wrote or imported, and libcrypt
 * does what it says, for an hour and with a gigabyte if need be. So its cost
 * is read here before libcrypt sees it.
 */
#include "account/hash_private.h"

#include <crypt.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHA_SALT = 16, SHA_LEAST_ROUNDS = 1000, YESCRYPT_SALT = 86 };

/* crypt(5)'s letters, in the order of their values. */
static const char letters[] =
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static bool
is_letters(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.data[i] == '\0' || strchr(letters, s.data[i]) == NULL)
            return false;
    return true;
}

/* Of "SALT$HASH", which must be all that is left. */
static const char *
refusal_of_end(const struct hash_scheme *scheme, struct str rest,
               size_t most_salt)
{
    struct str salt = str_cut(&rest, '$');

    if (salt.len == 0 || salt.len > most_salt || !is_letters(salt))
        return "the salt of the password hash is not one";
    if (rest.len != scheme->digest || !is_letters(rest))
        return "the password hash is cut or not a hash";
    return NULL;
}

/* "rounds=N$SALT$HASH", or without the rounds. */
const char *
hash_sha_refusal(const struct hash_scheme *scheme, struct str rest)
{
    static const struct str rounds_are = { "rounds=", 7 };
    uint64_t rounds;

    if (!str_starts(rest, rounds_are))
        return refusal_of_end(scheme, rest, SHA_SALT);
    rest = str_from_offset(rest, rounds_are.len);
    struct str number = str_cut(&rest, '$');
    if (!str_to_number(number, UINT64_MAX, &rounds) || number.data[0] == '0' ||
        rounds < SHA_LEAST_ROUNDS)
        return "the rounds of the password hash are no number above 999";
    if (rounds > scheme->most_rounds)
        return "the password hash asks for more than 1,000,000 rounds";
    return refusal_of_end(scheme, rest, SHA_SALT);
}

/*
 * "PARAMETERS$SALT$HASH". The parameters are a letter each for the flavour,
 * the logarithm of N, and r; both numbers count from one. Memory is 128*N*r.
 */
const char *
hash_yescrypt_refusal(const struct hash_scheme *scheme, struct str rest)
{
    enum { MOST_LOG_N = 16, MOST_R = 32 };
    struct str parameters = str_cut(&rest, '$');

    if (parameters.len != 3 || parameters.data[0] != 'j' ||
        !is_letters(parameters))
        return "the yescrypt parameters of the password hash are not the "
               "usual ones";
    if (strchr(letters, parameters.data[1]) - letters >= MOST_LOG_N ||
        strchr(letters, parameters.data[2]) - letters >= MOST_R)
        return "the password hash asks for more than 256 MiB of memory";
    return refusal_of_end(scheme, rest, YESCRYPT_SALT);
}

/* One call of libcrypt: its work space (32 KiB), off the small stack, and
 * wiped behind it. */
static enum status
run_crypt(const char *setting, struct str password, char output[HASH_TEXT])
{
    struct crypt_data *space = calloc(1, sizeof *space);
    enum status status;

    if (space == NULL)
        return fail(ERR_MEMORY, "no memory to check a password");
    if (password.len >= sizeof space->input) {
        free(space);
        return fail(ERR_LIMIT, "this scheme takes at most %zu bytes",
                    sizeof space->input - 1);
    }
    memcpy(space->input, password.data, password.len);
    const char *result =
        crypt_rn(space->input, setting, space, (int)sizeof *space);
    if (result != NULL && strlen(result) < HASH_TEXT) {
        memcpy(output, result, strlen(result) + 1);
        status = OK;
    } else if (errno == ENOMEM) {
        status = fail(ERR_MEMORY, "no memory to check a password");
    } else {
        status = fail(ERR_IO, "libcrypt refuses the password hash");
    }
    OPENSSL_cleanse(space, sizeof *space);
    free(space);
    return status;
}

enum status
hash_crypt_verify(const struct hash_scheme *scheme, struct str hash,
                  struct str password)
{
    char setting[HASH_TEXT];
    char output[HASH_TEXT] = "";

    (void)scheme;
    snprintf(setting, sizeof setting, "%.*s", STR_ARG(hash));
    enum status status = run_crypt(setting, password, output);
    if (status == ERR_LIMIT)
        return fail(ERR_DENIED, "the password is too long for its hash");
    if (status == OK && (strlen(output) != hash.len ||
                         CRYPTO_memcmp(output, hash.data, hash.len) != 0))
        status = fail(ERR_DENIED, "the password is wrong");
    OPENSSL_cleanse(output, sizeof output);
    return status;
}

enum status
hash_crypt_new_setting(const struct hash_scheme *scheme,
                       char setting[HASH_TEXT])
{
    /* Without bytes from us libcrypt asks the kernel for its salt. */
    if (crypt_gensalt_rn(scheme->prefix, scheme->rounds, NULL, 0, setting,
                         HASH_TEXT - 1) == NULL)
        return fail_errno(errno, "libcrypt makes no salt for %s", scheme->name);
    size_t len = strlen(setting);
    memcpy(setting + len, "$", 2);
    return OK;
}

enum status
hash_crypt_make(const struct hash_scheme *scheme, const char *setting,
                struct str password, char hash_out[HASH_TEXT])
{
    char output[HASH_TEXT];
    const char *why = NULL;

    (void)scheme;
    TRY(run_crypt(setting, password, output));
    if (!password_hash_is_known(str_of(output), &why))
        return fail(ERR_IO, "libcrypt made a hash that cannot be used: %s",
                    why);
    memcpy(hash_out, output, sizeof output);
    return OK;
}
