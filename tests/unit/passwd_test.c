/* SPDX-License-Identifier: Apache-2.0 */
/* passwd_test.c - the dialogue that changes the own password. */
#include "test.h"

#include "ssh/passwd.h"

#include <stdio.h>

static struct engine *engine;
static enum status answer;
static char asked[256]; /* "old/new" of the last call */
static int calls;

static enum status
change(void *arg, struct str old, struct str new_password)
{
    EXPECT(arg == &calls);
    calls++;
    snprintf(asked, sizeof asked, "%.*s/%.*s", STR_ARG(old),
             STR_ARG(new_password));
    return answer == OK ? OK : fail(answer, "because of /etc/secret");
}

SETUP()
{
    struct passwd_options options = { .change = change, .arg = &calls };

    answer = OK;
    calls = 0;
    asked[0] = '\0';
    EXPECT_OK(passwd_new(&options, &engine));
}

TEARDOWN()
{
    engine->ops->free(engine);
}

/* In pieces of so many bytes. */
static void
type(const char *text, size_t piece)
{
    struct str rest = str_of(text);

    while (rest.len > 0) {
        size_t len = rest.len < piece ? rest.len : piece;
        size_t taken;

        EXPECT_OK(engine->ops->input(engine, str_from(rest.data, len), &taken));
        EXPECT(taken == len);
        rest = str_from_offset(rest, len);
    }
}

/* The exit status; -1 while it goes on. */
static int
exit_status(void)
{
    int status = 77;

    return engine->ops->is_over(engine, &status) ? status : -1;
}

static void
expect_said(struct buffer *where, const char *text)
{
    EXPECT_TEXT(buffer_text(where), text);
    buffer_clear(where);
}

static void
expect_errors(const char *text)
{
    expect_said(engine->ops->errors(engine), text);
}

TEST(it_asks_for_three_lines_in_whatever_pieces)
{
    for (size_t piece = 1; piece < 12; piece++) {
        expect_errors("Current password: ");
        type("old\n", piece);
        expect_errors("\nNew password: ");
        type("new one\r\n", piece);
        expect_errors("\nConfirm the new password: ");
        EXPECT(exit_status() == -1 && calls == 0);
        type("new one\n", piece);
        EXPECT(exit_status() == 0 && calls == 1);
        EXPECT_TEXT(asked, "old/new one");
        expect_said(engine->ops->output(engine),
                    "\nThe password was changed.\n");
        expect_errors("");
        test_teardown_();
        test_setup_();
    }
}

TEST(all_lines_may_come_at_once_and_the_last_without_its_end)
{
    type("old\nnew\nnew", 100);
    EXPECT(exit_status() == -1);
    engine->ops->input_ended(engine);
    EXPECT(exit_status() == 0);
    EXPECT_TEXT(asked, "old/new");
}

TEST(two_new_ones_that_differ_change_nothing)
{
    type("old\nnew\nnews\n", 100);
    EXPECT(exit_status() == 1 && calls == 0);
    engine->ops->input_ended(engine);
    EXPECT(exit_status() == 1);
}

TEST(an_input_that_ends_early_changes_nothing)
{
    static const char *const inputs[] = { "", "old", "old\n", "old\nnew",
                                          "old\nnew\n" };

    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        type(inputs[i], 3);
        engine->ops->input_ended(engine);
        EXPECT(exit_status() == 1 && calls == 0);
        test_teardown_();
        test_setup_();
    }
}

TEST(a_refusal_is_told_and_another_failure_is_not)
{
    static const struct {
        enum status status;
        const char *said;
    } cases[] = {
        { ERR_DENIED, "because of /etc/secret" },
        { ERR_INVALID, "because of /etc/secret" },
        { ERR_IO, "it could not be saved" },
        { ERR_CONFLICT, "it could not be saved" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        answer = cases[i].status;
        type("old\nnew\nnew\n", 100);
        EXPECT(exit_status() == 1);
        const char *said = buffer_text(engine->ops->errors(engine));
        EXPECT(strstr(said, cases[i].said) != NULL);
        EXPECT(buffer_len(engine->ops->output(engine)) == 0);
        test_teardown_();
        test_setup_();
    }
}

TEST(a_line_that_is_too_long_ends_it)
{
    char line[1026];

    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    type(line, 100);
    EXPECT(exit_status() == 1);
    type("\nnew\nnew\n", 100);
    EXPECT(calls == 0);
}
