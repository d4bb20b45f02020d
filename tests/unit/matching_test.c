/* SPDX-License-Identifier: Apache-2.0 */
/* matching_test.c - what an expression means, and what is none. */
#include "base/matching.h"
#include "test.h"

#include <stdlib.h>
#include <time.h>

/* 2026-03-01 12:30:05 UTC: the day after a February of 28 days. */
static const int64_t now_ms = INT64_C(1772368205000);

SETUP()
{
    setenv("TZ", "UTC", 1);
    tzset();
}

static bool
matches_for(const char *user, const char *expression, const char *text)
{
    struct matching *matching = NULL;

    EXPECT_OK(matching_compile(str_of(expression), str_of(user), &matching));
    bool answer = matching_matches(matching, str_of(text), now_ms);
    matching_free(&matching);
    return answer;
}

static bool
matches(const char *expression, const char *text)
{
    return matches_for("alice", expression, text);
}

/* It is refused, and the reason says so. */
static void
expect_wrong(const char *expression, const char *why)
{
    struct matching *matching = NULL;

    EXPECT_STATUS(matching_compile(str_of(expression), STR("alice"), &matching),
                  ERR_INVALID);
    if (strstr(fail_reason(), why) == NULL)
        print_error("%s: %s\n", expression, fail_reason());
    EXPECT(strstr(fail_reason(), why) != NULL);
    EXPECT(matching == NULL);
}

TEST(a_glob_is_over_the_whole_text_in_any_case)
{
    EXPECT(matches("*.csv", "/in/report.CSV"));
    EXPECT(!matches("*.csv", "/in/report.csv.gz"));
    EXPECT(matches("/IN/*", "/in/a"));
    EXPECT(!matches("/in/*", "/in"));
    EXPECT(!matches("in", "/in/"));
    EXPECT(matches("report", "REPORT"));
}

TEST(a_star_passes_slashes_and_lines)
{
    EXPECT(matches("/a/*/z", "/a/b/c/z"));
    EXPECT(matches("*", ""));
    EXPECT(matches("a*z", "a\n\nz"));
    EXPECT(matches("**a**", "xxaxx"));
    EXPECT(matches("*aab*", "aaaab"));
    EXPECT(!matches("*aab", "aaaaba"));
}

TEST(a_question_mark_is_one_character)
{
    EXPECT(matches("a?c", "abc"));
    EXPECT(matches("a?c", "a\u00fcc"));
    EXPECT(!matches("a?c", "ac"));
    EXPECT(!matches("a?c", "abbc"));
}

TEST(brackets_are_one_of_several_characters)
{
    EXPECT(matches("[abc].txt", "B.txt"));
    EXPECT(matches("[a-c0-9].txt", "7.txt"));
    EXPECT(!matches("[a-c].txt", "d.txt"));
    EXPECT(matches("[!a-c].txt", "d.txt"));
    EXPECT(!matches("[!a-c].txt", "B.txt"));
    EXPECT(matches("[]]", "]") && matches("[-a]", "-") && matches("[a-]", "-"));
    EXPECT(matches("[?][*][[]", "?*[") && !matches("[?]", "a"));
    EXPECT(matches("[|]", "|"));
    EXPECT(matches("[\u00e0-\u00ff]", "\u00c4"));
}

TEST(letters_of_other_alphabets_have_cases_too)
{
    EXPECT(matches("/B\u00dcRO/*", "/b\u00fcro/x"));
    EXPECT(matches("\u0391\u03a3", "\u03b1\u03c2"));
    EXPECT(matches("\u041c\u0418\u0420", "\u043c\u0438\u0440"));
    EXPECT(!matches("\u00d7", "\u00f7"));
}

TEST(a_name_that_is_not_utf8_slips_through_nothing)
{
    EXPECT(matches("/secret/*", "/secret/\xff\xc0\xaf"));
    EXPECT(matches("a?c", "a\xff"
                          "c"));
    EXPECT(matches("m/^/secret//", "/secret/\xff"));
    EXPECT(matches("m/\\.exe$/", "\xff.exe"));
    EXPECT(!matches("e/\\.exe$/", "\xff.exe"));
    EXPECT(!matches("\xff", "\xfe") && matches("\xff", "\xff"));
}

TEST(a_bar_is_one_or_the_other)
{
    EXPECT(matches("*.csv | *.txt", "a.txt"));
    EXPECT(matches("*.csv|*.txt", "a.csv"));
    EXPECT(!matches("*.csv | *.txt", "a.doc"));
    EXPECT(matches("a b | c", "a b"));
}

TEST(a_mark_in_front_is_everything_else)
{
    EXPECT(matches("!*.tmp", "a.txt"));
    EXPECT(!matches("!*.tmp", "a.tmp"));
    EXPECT(!matches("!*.tmp | *.bak", "a.bak"));
    EXPECT(matches("!*.tmp | *.bak", "a.txt"));
    EXPECT(matches("a!", "a!"));
}

TEST(a_glob_said_in_full_keeps_its_blanks)
{
    EXPECT(matches("g/*.csv/", "a.CSV"));
    EXPECT(matches("g/ a | b /", " a "));
    EXPECT(!matches("g/ a | b /", "a"));
    EXPECT(matches("g//in/*/", "/in/x"));
    EXPECT(!matches("g/!*.tmp/", "x.tmp"));
}

TEST(a_regular_expression_is_found_anywhere)
{
    EXPECT(matches("m/por/", "/in/report"));
    EXPECT(!matches("m/POR/", "/in/report"));
    EXPECT(matches("m/POR/i", "/in/report"));
    EXPECT(matches("m/^/in/[^/]+$/", "/in/report"));
    EXPECT(!matches("m/^a.c$/", "a\nc") && matches("m/^a.c$/s", "a\nc"));
    EXPECT(matches("m/^b$/m", "a\nb") && !matches("m/^b$/", "a\nb"));
    EXPECT(matches("m/a b/x", "ab") && matches("m/A B/xi", "ab"));
    EXPECT(matches("m/^.$/", "\u00fc") && matches("m/\u00dc/i", "\u00fc"));
}

TEST(an_excluding_expression_is_found_nowhere)
{
    EXPECT(matches("e/\\.tmp$/", "a.txt"));
    EXPECT(!matches("e/\\.tmp$/", "a.tmp"));
    EXPECT(!matches("e/\\.TMP$/i", "a.tmp"));
}

TEST(a_date_is_the_one_of_now)
{
    EXPECT(matches("t/in-{year.decimal}{month.padded}{day.padded}*/",
                   "in-20260301.csv"));
    EXPECT(matches("t/{month.decimal}.{day.decimal}/", "3.1"));
    EXPECT(matches("t/{hour.padded}{minute.padded}{second.padded}/", "123005"));
    EXPECT(matches("t/{hour.decimal}-{second.decimal}/", "12-5"));
    EXPECT(!matches("t/*{year.decimal}/", "2025"));
}

TEST(a_date_may_be_moved)
{
    EXPECT(matches("t/{month.padded}{day.padded}/-1d", "0228"));
    EXPECT(matches("t/{month.padded}{day.padded}/+31d", "0401"));
    EXPECT(matches("t/{day.padded}{hour.padded}/-13h", "2823"));
    EXPECT(matches("t/{hour.padded}{minute.padded}/+45m", "1315"));
}

TEST(days_are_those_of_the_calendar_when_clocks_change)
{
    /* 2026-03-29 01:30 in Berlin; the next day has 23 hours before it. */
    struct matching *matching = NULL;
    int64_t before_ms = INT64_C(1774744200000);

    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    EXPECT_OK(matching_compile(STR("t/{day.padded}-{hour.padded}/+1d"),
                               STR_NONE, &matching));
    EXPECT(matching_matches(matching, STR("30-01"), before_ms));
    matching_free(&matching);
}

TEST(the_user_is_filled_in_character_by_character)
{
    EXPECT(matches("/home/${USER}/*", "/home/alice/x"));
    EXPECT(!matches("/home/${USER}/*", "/home/ALICE/x"));
    EXPECT(!matches_for("*", "/${USER}", "/x") &&
           matches_for("*", "/${USER}", "/*"));
    EXPECT(!matches_for("[a]", "${USER}", "a"));
    EXPECT(matches_for("a.b", "m/^${USER}$/", "a.b"));
    EXPECT(!matches_for("a.b", "m/^${USER}$/", "aXb"));
    EXPECT(matches_for(".*|x\\E(", "m/^${USER}$/", ".*|x\\E("));
    EXPECT(!matches_for("{year.decimal}", "t/${USER}/", "2026"));
    EXPECT(!matches_for("a b", "m/^${USER}$/x", "ab"));
    EXPECT(matches_for("a b#c", "m/^${USER}$/x", "a b#c"));
}

TEST(a_mistake_is_told_with_its_place)
{
    expect_wrong("", "empty");
    expect_wrong("a[bc", "'[' at character 2 is never closed");
    expect_wrong("a||b", "nothing before character 3");
    expect_wrong("a|", "nothing to match at character 3");
    expect_wrong("!", "nothing to match");
    expect_wrong("g/a/i", "'i' at character 5");
    expect_wrong("g/", "not closed");
    expect_wrong("m/abc", "not closed");
    expect_wrong("m//", "nothing to match");
    expect_wrong("m/a(b/", "at character 6");
    expect_wrong("m/a/iq", "'q' at character 6");
    expect_wrong("m/\\C/", "\\C");
    expect_wrong("t/{century}/", "'{' at character 3");
    expect_wrong("t/{year.decimal/", "'{' at character 3");
    expect_wrong("t/a/-1w", "'w' at character 7");
    expect_wrong("t/a/1d", "'1d' at character 5");
    expect_wrong("t/a/-d", "'-d'");
    expect_wrong("t/a/-99999d", "no shift");
    expect_wrong("[b-a]", "ends before it begins");
}

TEST(an_expression_has_a_longest_length)
{
    struct matching *matching = NULL;
    char text[MATCHING_EXPRESSION + 2];

    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    EXPECT_STATUS(matching_compile(str_of(text), STR_NONE, &matching),
                  ERR_LIMIT);
    text[sizeof text - 2] = '\0';
    EXPECT_OK(matching_compile(str_of(text), STR_NONE, &matching));
    EXPECT(matching_matches(matching, str_of(text), 0));
    matching_free(&matching);
    for (size_t i = 0; i + 7 < sizeof text; i += 7)
        memcpy(text + i, "${USER}", 7);
    EXPECT_STATUS(
        matching_compile(str_of(text), STR("a long name of a user"), &matching),
        ERR_LIMIT);
}

TEST(a_regular_expression_that_would_never_end_is_undecided)
{
    struct matching *matching = NULL;
    char text[4096];

    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '!';
    EXPECT_OK(matching_compile(STR("m/(a+)+$/"), STR_NONE, &matching));
    EXPECT(matching_ask(matching, str_from(text, sizeof text), 0) ==
           MATCHING_UNDECIDED);
    EXPECT(!matching_matches(matching, str_from(text, sizeof text), 0));
    EXPECT(matching_ask(matching, STR("aaa"), 0) == MATCHING_YES);
    matching_free(&matching);
    EXPECT_OK(matching_compile(STR("e/(a+)+$/"), STR_NONE, &matching));
    EXPECT(matching_ask(matching, str_from(text, sizeof text), 0) ==
           MATCHING_UNDECIDED);
    EXPECT(!matching_matches(matching, str_from(text, sizeof text), 0));
    matching_free(&matching);
}

TEST(an_honest_expression_on_the_longest_path_is_decided)
{
    struct matching *matching = NULL;
    char text[4096];

    memset(text, 'a', sizeof text);
    EXPECT_OK(matching_compile(STR("m/^(a|b)*$/"), STR_NONE, &matching));
    EXPECT(matching_ask(matching, str_from(text, sizeof text), 0) ==
           MATCHING_YES);
    matching_free(&matching);
    EXPECT_OK(matching_compile(STR("*a*a*a*a*b"), STR_NONE, &matching));
    EXPECT(!matching_matches(matching, str_from(text, sizeof text), 0));
    matching_free(&matching);
}

TEST(an_expression_with_a_slash_means_paths)
{
    static const struct {
        const char *expression;
        bool has_slash;
    } rows[] = {
        { "*.exe", false },
        { "/in/*", true },
        { "m/exe$/", false },
        { "m/^/in/", true },
        { "g/a/", false },
        { "g//a/", true },
        { "t/{day.padded}/-1d", false },
        { "!a|/b", true },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct matching *matching = NULL;

        EXPECT_OK(
            matching_compile(str_of(rows[i].expression), STR_NONE, &matching));
        EXPECT(matching_has_slash(matching) == rows[i].has_slash);
        matching_free(&matching);
    }
}

static void
expect_cut(const char *line, const char *expression, const char *words)
{
    struct str rest = str_of(line);
    struct str first = matching_cut(&rest);

    if (!str_is(first, expression) || !str_is(rest, words))
        print_error("'%.*s' and '%.*s'\n", STR_ARG(first), STR_ARG(rest));
    EXPECT(str_is(first, expression) && str_is(rest, words));
}

TEST(a_line_is_cut_behind_its_expression)
{
    expect_cut("/in/*, allow-read, allow-list", "/in/*",
               "allow-read, allow-list");
    expect_cut("*.csv", "*.csv", "");
    expect_cut("m/a{1,2}/b,c/i, allow-read", "m/a{1,2}/b,c/i", "allow-read");
    expect_cut("t/{day.padded},x/-1d ,No", "t/{day.padded},x/-1d", "No");
    expect_cut("m/never closed, allow-read", "m/never closed", "allow-read");
    expect_cut("", "", "");
}
