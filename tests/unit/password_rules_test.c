/* SPDX-License-Identifier: Apache-2.0 */
/* password_rules_test.c - how good a new password must be. */
#include "test.h"

#include "account/hash.h"
#include "account/password_rules.h"

#include <stdio.h>

static struct config *config;

static enum status
check(const char *rules, struct str password)
{
    struct report report = { 0 };
    char text[256];

    snprintf(text, sizeof text, "[server]\n%s", rules);
    EXPECT_OK(config_parse(str_of(text), test_folder(), &report, &config));
    report_done(&report);
    enum status status =
        password_rules_check(config_server(config), STR("barbara"), password);
    config_unref(&config);
    return status;
}

#define STRENGTH(n)                                                            \
    "password_minimum_length = 1\npassword_minimum_strength = " #n "\n"
#define LENGTH(n)                                                              \
    "password_minimum_strength = 0\npassword_minimum_length = " #n "\n"

TEST(length_is_counted_in_characters)
{
    EXPECT_OK(check(LENGTH(4), STR("abcd")));
    EXPECT_STATUS(check(LENGTH(4), STR("abc")), ERR_INVALID);
    EXPECT(strstr(fail_reason(), "at least 4 characters") != NULL);
    EXPECT_OK(check(LENGTH(4), STR("äöüß")));
    EXPECT_STATUS(check(LENGTH(4), STR("äöü")), ERR_INVALID);
}

TEST(strength_goes_from_the_worst_to_the_best)
{
    static const char *const passwords[] = {
        "password",
        "barbara1",
        "kwfqpzv",
        "rtkqxwvmp",
        "trombone quarry velvet",
    };

    EXPECT_OK(check(STRENGTH(0), str_of(passwords[0])));
    EXPECT_STATUS(check(STRENGTH(1), str_of(passwords[0])), ERR_INVALID);
    EXPECT(strstr(fail_reason(), "too easy to guess") != NULL);
    EXPECT_STATUS(check(STRENGTH(2), str_of(passwords[1])), ERR_INVALID);
    EXPECT_OK(check(STRENGTH(2), str_of(passwords[2])));
    EXPECT_OK(check(STRENGTH(3), str_of(passwords[3])));
    EXPECT_OK(check(STRENGTH(4), str_of(passwords[4])));
}

TEST(the_defaults_are_those_of_sftpplus)
{
    EXPECT_STATUS(check("", STR("Xq9!x")), ERR_INVALID);
    EXPECT_STATUS(check("", STR("wonderland")), ERR_INVALID);
    EXPECT_OK(check("", STR("trombone quarry velvet")));
}

TEST(the_name_of_the_account_is_no_good_password)
{
    EXPECT_STATUS(check(STRENGTH(1), STR("barbara")), ERR_INVALID);
    EXPECT_STATUS(check(STRENGTH(2), STR("b4rb4r4")), ERR_INVALID);
}

TEST(a_password_can_be_typed_and_is_not_endless)
{
    char longest[PASSWORD_BYTES + 1];

    memset(longest, 'x', sizeof longest);
    EXPECT_STATUS(check(LENGTH(0), STR("")), ERR_INVALID);
    EXPECT_STATUS(check(LENGTH(0), STR("abc\ndef")), ERR_INVALID);
    EXPECT_STATUS(check(LENGTH(0), STR("abc\0def")), ERR_INVALID);
    EXPECT_STATUS(check(LENGTH(0), STR("abc\x7f")), ERR_INVALID);
    EXPECT_OK(check(LENGTH(0), str_from(longest, PASSWORD_BYTES)));
    EXPECT_STATUS(check(LENGTH(0), str_from(longest, PASSWORD_BYTES + 1)),
                  ERR_INVALID);
}
