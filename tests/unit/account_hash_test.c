/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account_hash_test.c - which password hashes count, and that they are right.
 *
 * The sample hashes were made by other programs: openssl passwd, Python's
 * hashlib and perl's crypt().
 */
#include "account/hash.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#define SHA512                                                                 \
    "$6$abcdefgh$yIZAF3gQPvtKZO/9qOJKffAKKbtS3ef3qmwyugk4uWVjX8YZf/"           \
    "GV3A8SkFxEPY0T56CcilGrHKLffBsp6dLMG."
#define SHA512_ROUNDS                                                          \
    "$6$rounds=5000$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7" \
    "mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0"
#define SHA256 "$5$abcdefgh$ruMep1ijHnJPZbETDNiumskxcX3kN4lzZd5VlsqE7eB"
#define YESCRYPT                                                               \
    "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$zwtVrjrUCmXcyLTs6oxLTQlzifSUkF8RHJ./"       \
    "tK5KU79"
#define PBKDF2_SHA256                                                          \
    "$pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFiY2RlZv/.$KMzVciEK.j9Oy5eYEdRCc3BqCFJ" \
    "ALo.fTIU7b.TaxZ4"
#define PBKDF2_SHA512                                                          \
    "$pbkdf2-sha512$1000$MDEyMzQ1Njc4OWFiY2RlZv/.$JPcJkAPZOHrA86eUqumDn5yF."   \
    "ynEe4xCgKN2rmCG1dkrGXTpYOYC3SGgQbjAXmSzwi8dQ9X01jVW2ABMOg/gwA"

static const char *const samples[] = {
    SHA512, SHA512_ROUNDS, SHA256, YESCRYPT, PBKDF2_SHA256, PBKDF2_SHA512,
};
enum { SAMPLES = sizeof samples / sizeof *samples };

static enum status
verify(const char *hash, const char *password)
{
    return password_verify(str_of(hash), str_of(password));
}

static bool
is_known(const char *hash)
{
    return password_hash_is_known(str_of(hash), NULL);
}

TEST(hashes_of_other_programs_are_verified)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        EXPECT(is_known(samples[i]));
        EXPECT_OK(verify(samples[i], "correct horse"));
    }
}

TEST(a_wrong_password_is_denied_under_every_scheme)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        EXPECT_STATUS(verify(samples[i], "correct hors"), ERR_DENIED);
        EXPECT_STATUS(verify(samples[i], "correct horse "), ERR_DENIED);
        EXPECT_STATUS(verify(samples[i], "Correct horse"), ERR_DENIED);
        EXPECT_STATUS(verify(samples[i], samples[i]), ERR_DENIED);
    }
}

TEST(an_empty_password_is_never_right)
{
    for (size_t i = 0; i < SAMPLES; i++)
        EXPECT_STATUS(verify(samples[i], ""), ERR_DENIED);
    EXPECT_STATUS(verify("", ""), ERR_DENIED);
}

TEST(a_nul_in_a_password_or_too_many_bytes_are_denied)
{
    char longest[PASSWORD_BYTES + 2];

    EXPECT_STATUS(password_verify(STR(SHA256), STR("correct horse\0")),
                  ERR_DENIED);
    EXPECT_STATUS(password_verify(STR(PBKDF2_SHA256), STR("correct horse\0")),
                  ERR_DENIED);
    memset(longest, 'x', sizeof longest);
    for (size_t i = 0; i < SAMPLES; i++) {
        struct str hash = str_of(samples[i]);
        EXPECT_STATUS(password_verify(hash, str_from(longest, PASSWORD_BYTES)),
                      ERR_DENIED);
        EXPECT_STATUS(
            password_verify(hash, str_from(longest, PASSWORD_BYTES + 1)),
            ERR_DENIED);
    }
}

TEST(S17_empty_and_locked_hashes_never_authenticate)
{
    static const char *const locked[] = { "",  "!",  "!!",   "*",
                                          "x", "!*", "*LK*", "*NP*" };

    for (size_t i = 0; i < sizeof locked / sizeof *locked; i++) {
        EXPECT(password_hash_is_locked(str_of(locked[i])));
        EXPECT(!is_known(locked[i]));
        EXPECT_STATUS(verify(locked[i], ""), ERR_DENIED);
        EXPECT_STATUS(verify(locked[i], locked[i]), ERR_DENIED);
        EXPECT_STATUS(verify(locked[i], "correct horse"), ERR_DENIED);
    }
}

TEST(malformed_and_unknown_hashes_never_authenticate)
{
    static const char *const wrong[] = {
        "plain text",
        "correct horse",
        "$",
        "$6$",
        "$6$$",
        "$6$salt",
        "$6$salt$",
        "$6$rounds=80000$SALT$HASH",
        "$6$rounds=$abcdefgh$",
        "$1$abcdefgh$G8Y6hwoCZTwS7zBbcGNdY0",
        "$2b$12$GhvMmNVjRW29ulnudl.LbuAnUtN/LRfe1JsBm1Xu6LE3059z5Tr8m",
        "$gy$j9T$F5Jx5fExrKuPp53xLKQ..1$zwtVrjrUCmXcyLTs6oxLTQlzifSUkF8RHJ.",
        "$7$CU..../....2Q9obwLhin8qvQl6sisAO/$",
        "$pbkdf2$1000$MDEyMzQ1$MDEyMzQ1",
        "$pbkdf2-sha256$1000$$KMzVciEK.j9Oy5eYEdRCc3BqCFJALo.fTIU7b.TaxZ4",
        "$pbkdf2-sha256$0$MDEy$KMzVciEK.j9Oy5eYEdRCc3BqCFJALo.fTIU7b.TaxZ4",
        "$pbkdf2-sha256$01$MDEy$KMzVciEK.j9Oy5eYEdRCc3BqCFJALo.fTIU7b.TaxZ4",
        "$pbkdf2-sha256$-1$MDEy$KMzVciEK.j9Oy5eYEdRCc3BqCFJALo.fTIU7b.TaxZ4",
        "$pbkdf2-sha256$1000$MDEy$KMzVciEK+j9Oy5eYEdRCc3BqCFJALo+fTIU7b+TaxZ4",
        "$pbkdf2-sha256$1000$MDEy$KMzVciEK.j9Oy5eYEdRCc3BqCFJALo.fTIU7b.TaxZ4=",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        EXPECT(!is_known(wrong[i]));
        EXPECT_STATUS(verify(wrong[i], "correct horse"), ERR_DENIED);
    }
}

TEST(a_hash_with_anything_around_it_never_authenticates)
{
    static const char around[] = " !*.$A:x\n";
    char hash[HASH_TEXT];

    for (size_t i = 0; i < SAMPLES; i++)
        for (const char *c = around; *c != '\0'; c++) {
            snprintf(hash, sizeof hash, "%s%c", samples[i], *c);
            EXPECT(!is_known(hash));
            EXPECT_STATUS(verify(hash, "correct horse"), ERR_DENIED);
            snprintf(hash, sizeof hash, "%c%s", *c, samples[i]);
            EXPECT(!is_known(hash));
            EXPECT_STATUS(verify(hash, "correct horse"), ERR_DENIED);
        }
}

TEST(a_hash_cut_anywhere_never_authenticates)
{
    for (size_t i = 0; i < SAMPLES; i++)
        for (size_t len = 0; len < strlen(samples[i]); len++)
            EXPECT(!password_hash_is_known(str_from(samples[i], len), NULL));
}

TEST(a_hash_with_one_other_character_never_authenticates)
{
    char hash[HASH_TEXT];

    for (size_t i = 0; i < SAMPLES; i++) {
        size_t last = strlen(samples[i]) - 2;

        snprintf(hash, sizeof hash, "%s", samples[i]);
        hash[last] = hash[last] == 'a' ? 'b' : 'a';
        EXPECT_STATUS(verify(hash, "correct horse"), ERR_DENIED);
    }
}

TEST(hashes_that_would_take_seconds_or_a_gigabyte_are_refused_unseen)
{
    static const char digest[] =
        "hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5V"
        "vwp2scFtv/uamSo5z0";
    static const char *const costs[] = {
        "$6$rounds=999999999$saltsalt$%s",
        "$6$rounds=1000001$saltsalt$%s",
        "$6$rounds=18446744073709551616$saltsalt$%s",
        "$5$rounds=999999999$saltsalt$%.43s",
        "$y$jFT$F5Jx5fExrKuPp53xLKQ..1$%.43s",
        "$y$jzzzz$F5Jx5fExrKuPp53xLKQ..1$%.43s",
        "$y$j9z$F5Jx5fExrKuPp53xLKQ..1$%.43s",
        "$pbkdf2-sha512$1000000000$MDEy$%s",
        "$pbkdf2-sha256$5000001$MDEy$%.43s",
    };
    char hash[HASH_TEXT];

    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
        const char *why = NULL;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(hash, sizeof hash, costs[i], digest);
#pragma GCC diagnostic pop
        EXPECT(!password_hash_is_known(str_of(hash), &why));
        EXPECT(why != NULL);
        EXPECT_STATUS(verify(hash, "correct horse"), ERR_DENIED);
    }
}

TEST(what_is_made_under_every_scheme_is_verified)
{
    char hash[HASH_TEXT];
    char again[HASH_TEXT];
    const char *scheme;

    for (size_t i = 0; (scheme = password_scheme(i)) != NULL; i++) {
        EXPECT_OK(password_hash_make(scheme, STR("naïve 🔑"), hash));
        EXPECT_OK(password_hash_make(scheme, STR("naïve 🔑"), again));
        EXPECT(strcmp(hash, again) != 0);
        EXPECT(is_known(hash));
        EXPECT_OK(verify(hash, "naïve 🔑"));
        EXPECT_STATUS(verify(hash, "naive 🔑"), ERR_DENIED);
    }
}

TEST(the_default_scheme_takes_80000_rounds)
{
    char hash[HASH_TEXT];

    EXPECT_OK(password_hash_make("crypt-sha512", STR("secret"), hash));
    EXPECT(str_starts(str_of(hash), STR("$6$rounds=80000$")));
}

TEST(a_dummy_costs_as_much_as_a_hash_and_no_password_is_right)
{
    char dummy[HASH_TEXT];
    char hash[HASH_TEXT];
    const char *scheme;

    for (size_t i = 0; (scheme = password_scheme(i)) != NULL; i++) {
        EXPECT_OK(password_hash_dummy(scheme, dummy));
        EXPECT_OK(password_hash_make(scheme, STR("secret"), hash));
        EXPECT(is_known(dummy));
        EXPECT(strlen(dummy) == strlen(hash));
        /* The part with the cost, up to the salt, is the same. */
        size_t cost = scheme[0] == 'p' ? 20 : 6;
        EXPECT(strncmp(dummy, hash, cost) == 0);
        EXPECT_STATUS(verify(dummy, "secret"), ERR_DENIED);
    }
}

TEST(hashes_are_made_of_proper_passwords_and_known_schemes_only)
{
    char hash[HASH_TEXT];
    char longest[PASSWORD_BYTES + 1];

    EXPECT_STATUS(password_hash_make("md5", STR("secret"), hash),
                  ERR_UNSUPPORTED);
    EXPECT(password_hash_make("yescrypt", STR(""), hash) != OK);
    EXPECT(password_hash_make("yescrypt", STR("a\0b"), hash) != OK);
    memset(longest, 'x', sizeof longest);
    EXPECT(password_hash_make("yescrypt", str_from(longest, sizeof longest),
                              hash) != OK);
    EXPECT_STATUS(
        password_hash_make("crypt-sha512", str_from(longest, 600), hash),
        ERR_LIMIT);
}
