/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scp_command_test.c - what a client may ask for, and how it quotes it.
 */
#include "ssh/scp_private.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>

/* The words, with their quotes undone, between bars. */
static const char *
words_of(const char *command)
{
    static char shown[512];
    struct scp_command parsed;
    char text[512];
    size_t len = 0;

    EXPECT_OK(scp_command_parse(str_of(command), &parsed));
    struct str words = buffer_str(&parsed.words);
    while (words.len > 0) {
        struct str word = glob_text(str_cut(&words, '\0'), text);
        len += (size_t)snprintf(shown + len, sizeof shown - len, "|%.*s",
                                STR_ARG(word));
    }
    buffer_done(&parsed.words);
    return shown;
}

static unsigned
flags_of(const char *command)
{
    struct scp_command parsed;

    EXPECT_OK(scp_command_parse(str_of(command), &parsed));
    buffer_done(&parsed.words);
    return parsed.flags;
}

static enum status
parse(struct str command)
{
    struct scp_command parsed;
    enum status status = scp_command_parse(command, &parsed);

    if (status == OK)
        buffer_done(&parsed.words);
    return status;
}

TEST(flags_may_come_together_or_one_by_one)
{
    unsigned all = SCP_SINK | SCP_RECURSIVE | SCP_PRESERVE | SCP_TO_FOLDER;

    EXPECT(flags_of("scp -t x") == SCP_SINK);
    EXPECT(flags_of("scp -f x") == SCP_SOURCE);
    EXPECT(flags_of("scp -rpdt x") == all);
    EXPECT(flags_of("scp -r -p -d -t x") == all);
    EXPECT(flags_of("scp  -v -r\t-pd -q -t -- x") == all);
    EXPECT(flags_of("scp '-r' \"-p\" -d '-t' x") == all);
}

TEST(flags_end_at_two_hyphens_and_at_the_first_path)
{
    EXPECT_TEXT(words_of("scp -f -- -r x"), "|-r|x");
    EXPECT_TEXT(words_of("scp -f '--' -r"), "|-r");
    EXPECT_TEXT(words_of("scp -f x -r"), "|x|-r");
    EXPECT_TEXT(words_of("scp -t -"), "|-");
}

TEST(what_is_not_scp_is_told_from_scp_that_is_refused)
{
    EXPECT_STATUS(parse(STR("")), ERR_UNSUPPORTED);
    EXPECT_STATUS(parse(STR("ls")), ERR_UNSUPPORTED);
    EXPECT_STATUS(parse(STR("scpx -t /")), ERR_UNSUPPORTED);
    EXPECT_STATUS(parse(STR("/usr/bin/scp -t /")), ERR_UNSUPPORTED);
    EXPECT_STATUS(parse(STR("scp;id -t /")), ERR_UNSUPPORTED);
    EXPECT_STATUS(parse(STR("'scp' -t /")), ERR_UNSUPPORTED);

    EXPECT_STATUS(parse(STR("scp")), ERR_INVALID);
    EXPECT_STATUS(parse(STR("scp /x")), ERR_INVALID);
    EXPECT_STATUS(parse(STR("scp -t")), ERR_INVALID);
    EXPECT_STATUS(parse(STR("scp -f --")), ERR_INVALID);
    EXPECT_STATUS(parse(STR("scp -t -f /x")), ERR_INVALID);
    EXPECT_STATUS(parse(STR("scp -r -p /x")), ERR_INVALID);
    EXPECT_STATUS(parse(STR("scp -S id -t /x")), ERR_INVALID);
    EXPECT_STATUS(parse(STR("scp -\\x -t /x")), ERR_INVALID);
    EXPECT_STATUS(parse(STR("scp -t 'x")), ERR_INVALID);
    EXPECT_STATUS(parse(STR("scp -t \"x")), ERR_INVALID);
    EXPECT_STATUS(parse(STR("scp -t \"x\\\"")), ERR_INVALID);
    EXPECT_STATUS(parse(STR("scp -t a\0b")), ERR_INVALID);
}

TEST(a_command_has_a_largest_size)
{
    char *text = malloc(SCP_COMMAND + 1);

    EXPECT(text != NULL);
    memset(text, '*', SCP_COMMAND + 1);
    struct str start = STR("scp -t '");
    memcpy(text, start.data, start.len);
    text[SCP_COMMAND - 1] = '\'';
    EXPECT_OK(parse(str_from(text, SCP_COMMAND)));
    text[SCP_COMMAND] = ' ';
    EXPECT_STATUS(parse(str_from(text, SCP_COMMAND + 1)), ERR_INVALID);
    free(text);
}

TEST(quotes_are_undone_as_a_shell_does_it)
{
    EXPECT_TEXT(words_of("scp -f 'a b' \"c d\" e\\ f"), "|a b|c d|e f");
    EXPECT_TEXT(words_of("scp -f a'b'\"c\"\\d"), "|abcd");
    EXPECT_TEXT(words_of("scp -f 'it'\\''s'"), "|it's");
    EXPECT_TEXT(words_of("scp -f '\\a' \"\\a\\\\\\\"\\$\\`\""),
                "|\\a|\\a\\\"$`");
    EXPECT_TEXT(words_of("scp -f '' \"\" x"), "|||x");
    EXPECT_TEXT(words_of("scp -f  a \t b  "), "|a|b");
    EXPECT_TEXT(words_of("scp -f a\\"), "|a\\");
}

TEST(nothing_else_has_a_meaning)
{
    EXPECT_TEXT(words_of("scp -f $HOME $(id) `id` a;b c|d e&f <g> {h,i} #j !k"),
                "|$HOME|$(id)|`id`|a;b|c|d|e&f|<g>|{h,i}|#j|!k");
    EXPECT_TEXT(words_of("scp -t a\nid"), "|a\nid");
    EXPECT_TEXT(words_of("scp -t a\r\x1b[31m"), "|a\r\x1b[31m");
}

TEST(blanks_of_an_uploads_target_need_no_quotes)
{
    EXPECT_TEXT(words_of("scp -t a b"), "|a b");
    EXPECT_TEXT(words_of("scp -t  a  b\\  "), "|a  b ");
    EXPECT_TEXT(words_of("scp -r -t -- 'a b'"), "|a b");
    EXPECT_TEXT(words_of("scp -t a -r"), "|a -r");
}

static bool
matches(const char *word, const char *name)
{
    AUTO(buffer_done) struct buffer command = BUFFER(256);
    struct scp_command parsed;

    EXPECT_OK(buffer_addf(&command, "scp -f %s", word));
    EXPECT_OK(scp_command_parse(buffer_str(&command), &parsed));
    struct str words = buffer_str(&parsed.words);
    bool result = glob_matches(str_cut(&words, '\0'), str_of(name));
    buffer_done(&parsed.words);
    return result;
}

TEST(wildcards_match_as_those_of_a_shell)
{
    static const struct {
        const char *word, *name;
        bool matches;
    } rows[] = {
        { "*", "a", true },
        { "*", "", true },
        { "*", ".a", false },
        { ".*", ".a", true },
        { "?a", ".a", false },
        { "[.]a", ".a", false },
        { "*.txt", "a.txt", true },
        { "*.txt", "a.txt2", false },
        { "a*b*c", "a1b2b3c", true },
        { "a*b*c", "a1b2b3", false },
        { "?", "a", true },
        { "?", "ab", false },
        { "?", "\xc3\xa4", true },
        { "??", "\xc3\xa4", false },
        { "?", "\xe2\x82\xac", true },
        { "??",
          "\xc3"
          "a",
          true },
        { "[abc]", "b", true },
        { "[abc]", "d", false },
        { "[a-c]x", "bx", true },
        { "[a-c]", "d", false },
        { "[!a-c]", "d", true },
        { "[^a-c]", "b", false },
        { "[]a]", "]", true },
        { "[]a]", "a", true },
        { "[a-]", "-", true },
        { "[a", "[a", true },
        { "[a", "a", false },
        { "[!", "[!", true },
        { "[a\\]b]", "]", true },
        { "['!'a]", "!", true },
        { "[a'-'c]", "b", false },
        { "[a'-'c]", "-", true },
        { "'*'", "a", false },
        { "'*'", "*", true },
        { "\\*", "*", true },
        { "\\*", "a", false },
        { "\"?\"", "a", false },
        { "\"[a]\"", "[a]", true },
        { "a'*'*", "a*b", true },
        { "a'*'*", "ab", false },
        { "**", "abc", true },
        { "*a", "aaa", true },
        { "'\\'*", "\\a", true },
        { "a\\", "a\\", true },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (matches(rows[i].word, rows[i].name) != rows[i].matches)
            print_message("'%s' and '%s'\n", rows[i].word, rows[i].name);
        EXPECT(matches(rows[i].word, rows[i].name) == rows[i].matches);
    }
}

TEST(a_pattern_of_many_stars_is_no_hard_work)
{
    AUTO(buffer_done) struct buffer pattern = BUFFER(8192);
    char name[VFS_NAME + 1];

    memset(name, 'a', VFS_NAME);
    name[VFS_NAME] = '\0';
    for (int i = 0; i < 2000; i++)
        EXPECT_OK(buffer_add(&pattern, STR("*a")));
    EXPECT_OK(buffer_add(&pattern, STR("b")));
    EXPECT(!glob_matches(buffer_str(&pattern), str_of(name)));
}
