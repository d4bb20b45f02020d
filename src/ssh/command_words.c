/* SPDX-License-Identifier: Apache-2.0 */
/* command_words.c - the words of an exec request. */
#include "ssh/command_words.h"

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct str
skip_blanks(struct str text)
{
    while (text.len > 0 && is_blank(text.data[0]))
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
is_escapable(char c)
{
    return c == '$' || c == '`' || c == '"' || c == '\\';
}

/* Up to the closing quote; *rest goes on behind it. In double quotes a few
 * bytes may have a backslash before them. */
static enum status
add_quoted(struct str *rest, char quote, struct buffer *words)
{
    while (rest->len > 0) {
        char c = take_byte(rest);

        if (c == quote)
            return OK;
        if (c == '\\' && quote == '"' && rest->len > 0 &&
            is_escapable(rest->data[0]))
            c = take_byte(rest);
        TRY(buffer_add(words, str_from(&c, 1)));
    }
    return fail(ERR_INVALID, "a quote in the command is not closed");
}

/* Whatever the next byte begins. */
static enum status
add_next(struct str *rest, struct buffer *words)
{
    char c = take_byte(rest);

    if (c == '\'' || c == '"')
        return add_quoted(rest, c, words);
    if (c == '\\' && rest->len > 0)
        c = take_byte(rest);
    return buffer_add(words, str_from(&c, 1));
}

static enum status
add_word(struct str *rest, struct buffer *words)
{
    while (rest->len > 0 && !is_blank(rest->data[0]))
        TRY(add_next(rest, words));
    return buffer_add(words, STR("\0"));
}

enum status
command_words(struct str command, struct buffer *words)
{
    struct str rest = skip_blanks(command);

    if (str_has_nul(command))
        return fail(ERR_INVALID, "the command has a NUL");
    while (rest.len > 0) {
        TRY(add_word(&rest, words));
        rest = skip_blanks(rest);
    }
    return OK;
}
