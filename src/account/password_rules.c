/* SPDX-License-Identifier: Apache-2.0 */
/*
 * password_rules.c - how good a new password must be.
 *
 * Strength is what zxcvbn makes of it: the bits of a guesser's work, who knows
 * dictionaries, names, dates, keyboards and the account's own name. They
 * become the usual 0 to 4 at the limits that its authors gave: a thousand, a
 * million, a hundred million and ten thousand million guesses. Its time grows
 * with the square of the length, so it is shown the beginning only; what is
 * strong there is strong.
 */
#include "account/password_rules.h"

#include "account/hash.h"

#include <openssl/crypto.h>
#include <zxcvbn.h>

enum { SHOWN = 100, NAME_SHOWN = 100, STRONGEST = 4 };

/* Characters of UTF-8, which is what a person would count. */
static size_t
count_characters(struct str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return count;
}

static void
copy_start(char *into, size_t most, struct str text)
{
    size_t len = text.len < most ? text.len : most;

    memcpy(into, text.data, len);
    into[len] = '\0';
}

static unsigned
strength_of(struct str password, struct str name)
{
    static const double limits[STRONGEST] = { 9.97, 19.93, 26.58, 33.22 };
    char shown[SHOWN + 1], account[NAME_SHOWN + 1];
    const char *known[] = { account, "convoy", NULL };
    unsigned strength = 0;

    copy_start(shown, SHOWN, password);
    copy_start(account, NAME_SHOWN, name);
    double bits = ZxcvbnMatch(shown, known, NULL);
    OPENSSL_cleanse(shown, sizeof shown);
    while (strength < STRONGEST && bits >= limits[strength])
        strength++;
    return strength;
}

static bool
can_be_typed(struct str password)
{
    for (size_t i = 0; i < password.len; i++)
        if ((unsigned char)password.data[i] < ' ' || password.data[i] == 0x7f)
            return false;
    return true;
}

enum status
password_rules_check(const struct section *server, struct str name,
                     struct str password)
{
    size_t least = section_number(server, "password_minimum_length");
    unsigned strong =
        (unsigned)section_number(server, "password_minimum_strength");

    if (password.len == 0)
        return fail(ERR_INVALID, "the password is empty");
    if (password.len > PASSWORD_BYTES)
        return fail(ERR_INVALID, "a password has at most %d bytes",
                    PASSWORD_BYTES);
    if (!can_be_typed(password))
        return fail(ERR_INVALID, "a password has no control characters");
    if (count_characters(password) < least)
        return fail(ERR_INVALID,
                    "a password has at least %zu characters here "
                    "(password_minimum_length)",
                    least);
    unsigned strength = strong > 0 ? strength_of(password, name) : STRONGEST;
    if (strength < strong)
        return fail(ERR_INVALID,
                    "this password is too easy to guess: its strength is %u "
                    "of 4, and %u is needed (password_minimum_strength); a "
                    "few uncommon words do better than letters made digits",
                    strength, strong);
    return OK;
}
