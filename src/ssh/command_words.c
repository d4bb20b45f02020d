/* SPDX-License-Identifier: Apache-2.0 */
/* command_words.c - the words of an exec request. */
#include "ssh/command_words.h"

bool
command_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct str
command_skip_blanks(struct str text)
{
    while (text.len > 0 && command_is_blank(text.data[0]))
        text = str_from_offset(text, 1);
    return text;
}

/* There is one. */
static char
take_byte(struct str *rest)
{
    char c = rest->data[0];

    *rest = str_from_offset(*rest, 1);
    return c;
}

static bool
is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static enum status
add_plain(char c, const char *marked, struct buffer *word)
{
    if (is_one_of(c, marked))
        TRY(buffer_add(word, STR("\\")));
    return buffer_add(word, str_from(&c, 1));
}

/* Up to the closing quote; *rest goes on behind it. In double quotes a few
 * bytes may have a backslash before them. */
static enum status
add_quoted(struct str *rest, char quote, const char *marked,
           struct buffer *word)
{
    while (rest->len > 0) {
        char c = take_byte(rest);

        if (c == quote)
            return OK;
        if (c == '\\' && quote == '"' && rest->len > 0 &&
            is_one_of(rest->data[0], "$`\"\\"))
            c = take_byte(rest);
        TRY(add_plain(c, marked, word));
    }
    return fail(ERR_INVALID, "a quote in the command is not closed");
}

enum status
command_add_next(struct str *rest, const char *marked, struct buffer *word)
{
    char c = take_byte(rest);

    if (c == '\'' || c == '"')
        return add_quoted(rest, c, marked, word);
    if (c != '\\')
        return buffer_add(word, str_from(&c, 1));
    if (rest->len > 0) /* the last byte of all stands for itself */
        c = take_byte(rest);
    return add_plain(c, marked, word);
}

static enum status
add_word(struct str *rest, struct buffer *words)
{
    while (rest->len > 0 && !command_is_blank(rest->data[0]))
        TRY(command_add_next(rest, "", words));
    return buffer_add(words, STR("\0"));
}

enum status
command_words(struct str command, struct buffer *words)
{
    struct str rest = command_skip_blanks(command);

    if (str_has_nul(command))
        return fail(ERR_INVALID, "the command has a NUL");
    while (rest.len > 0) {
        TRY(add_word(&rest, words));
        rest = command_skip_blanks(rest);
    }
    return OK;
}
