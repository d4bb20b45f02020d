/* SPDX-License-Identifier: Apache-2.0 */
/* glob_test.c - which names a pattern means. */
#include "test.h"

#include "base/glob.h"

static const struct row {
    const char *pattern;
    const char *name;
    bool fits;
} rows[] = {
    { "a", "a", true },
    { "a", "A", false },
    { "", "", true },
    { "", "a", false },
    { "*", "", true },
    { "*", "anything", true },
    { "*.csv", "report.csv", true },
    { "*.csv", "report.csv.tmp", false },
    { "*.csv", ".csv", false },
    { ".*", ".profile", true },
    { "?", "", false },
    { "?at", "cat", true },
    { "??", "abc", false },
    { "a*b*c", "a-b-b-c", true },
    { "a*b*c", "a-c-b", false },
    { "**a**", "xxaxx", true },
    { "[abc]", "b", true },
    { "[abc]", "d", false },
    { "[a-c]x", "bx", true },
    { "[!a-c]x", "dx", true },
    { "[^a-c]x", "bx", false },
    { "[]]", "]", true },
    { "[a-]", "-", true },
    { "[a", "[a", true },
    { "[a", "a", false },
    { "[\xc0-\xff]", "\xe4", true },
    { "\\*", "*", true },
    { "\\*", "a", false },
    { "a\\", "a\\", true },
};

TEST(a_pattern_fits_the_names_it_means_and_no_others)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        bool fits = glob_matches(str_of(row->pattern), str_of(row->name));

        if (fits != row->fits)
            print_error("'%s' and '%s'\n", row->pattern, row->name);
        EXPECT(fits == row->fits);
    }
}

TEST(a_name_with_a_star_a_mark_or_a_bracket_is_a_pattern)
{
    EXPECT(glob_is_pattern(STR("a*")));
    EXPECT(glob_is_pattern(STR("?")));
    EXPECT(glob_is_pattern(STR("[ab]")));
    EXPECT(!glob_is_pattern(STR("plain name]")));
    EXPECT(!glob_is_pattern(str_from("a\0b", 3)));
}

TEST(a_pattern_full_of_stars_does_not_run_away)
{
    char pattern[512];
    char name[4096];

    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = i % 2 ? 'a' : '*';
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = 'b';
    pattern[sizeof pattern - 1] = 'c';
    EXPECT(!glob_matches(str_from(pattern, sizeof pattern),
                         str_from(name, sizeof name)));
}
