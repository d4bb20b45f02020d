/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scp_command.c - the command line of an exec request.
 *
 * Clients write it for a shell: some quote, some do not (scp -O hands on what
 * its user typed). So words are split and quotes undone as a POSIX shell does
 * it (XCU 2.2), and that is all: nothing is expanded or run.
 *
 * An upload has one target, so blanks in it need no quotes here.
 */
#include "ssh/scp_private.h"

enum { WORD = 2 * SCP_COMMAND + 2 };

enum splitting { ONE_WORD, WHOLE_REST };

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

/* A byte that was quoted is a plain one. */
static enum status
add_plain(struct buffer *word, char c)
{
    if (strchr("*?[]\\-!^~", c) != NULL)
        TRY(buffer_add(word, STR("\\")));
    return buffer_add(word, str_from(&c, 1));
}

/* Behind the opening quote; *rest goes on behind the closing one. */
static enum status
add_single_quoted(struct str *rest, struct buffer *word)
{
    while (rest->len > 0) {
        char c = rest->data[0];

        *rest = str_from_offset(*rest, 1);
        if (c == '\'')
            return OK;
        TRY(add_plain(word, c));
    }
    return fail(ERR_INVALID, "a quote in the scp command is not closed");
}

static enum status
add_double_quoted(struct str *rest, struct buffer *word)
{
    while (rest->len > 0) {
        char c = rest->data[0];

        *rest = str_from_offset(*rest, 1);
        if (c == '"')
            return OK;
        if (c == '\\' && rest->len > 0 &&
            strchr("$`\"\\", rest->data[0]) != NULL) {
            c = rest->data[0];
            *rest = str_from_offset(*rest, 1);
        }
        TRY(add_plain(word, c));
    }
    return fail(ERR_INVALID, "a quote in the scp command is not closed");
}

static enum status
add_escaped(struct str *rest, struct buffer *word)
{
    char c = '\\'; /* the last byte of all stands for itself */

    if (rest->len > 0) {
        c = rest->data[0];
        *rest = str_from_offset(*rest, 1);
    }
    return add_plain(word, c);
}

/* Whatever the next byte begins. */
static enum status
add_next(struct str *rest, struct buffer *word)
{
    char c = rest->data[0];

    *rest = str_from_offset(*rest, 1);
    switch (c) {
    case '\'': return add_single_quoted(rest, word);
    case '"': return add_double_quoted(rest, word);
    case '\\': return add_escaped(rest, word);
    default: return buffer_add(word, str_from(&c, 1));
    }
}

/* Add a word, which is there, or all that is left as one; and a NUL. */
static enum status
add_word(struct str *rest, enum splitting splitting, struct buffer *words)
{
    size_t len = buffer_len(words); /* without blanks at the end */

    while (rest->len > 0) {
        bool blank = is_blank(rest->data[0]);

        if (blank && splitting == ONE_WORD)
            break;
        TRY(add_next(rest, words));
        if (!blank)
            len = buffer_len(words);
    }
    buffer_cut(words, len);
    return buffer_add(words, STR("\0"));
}

static enum status
add_flag(char letter, unsigned *flags)
{
    static const struct {
        char letter;
        unsigned flag;
    } known[] = {
        { 't', SCP_SINK },
        { 'f', SCP_SOURCE },
        { 'r', SCP_RECURSIVE },
        { 'p', SCP_PRESERVE },
        { 'd', SCP_TO_FOLDER },
        { 'v', 0 },
        { 'q', 0 },
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].letter != letter)
            continue;
        *flags |= known[i].flag;
        return OK;
    }
    return fail(ERR_INVALID, "scp has no option '%c' here",
                letter > ' ' && letter < 0x7f ? letter : '?');
}

static enum status
add_flags(struct str letters, unsigned *flags)
{
    for (size_t i = 0; i < letters.len; i++)
        TRY(add_flag(letters.data[i], flags));
    return OK;
}

/* Whether the next word holds flags; they are taken then, and "--" too. */
static enum status
take_flags(struct str *rest, unsigned *flags, bool *more_out)
{
    AUTO(buffer_done) struct buffer word = BUFFER(WORD);
    struct str after = *rest;

    TRY(add_word(&after, ONE_WORD, &word));
    buffer_cut(&word, buffer_len(&word) - 1);
    struct str text = buffer_str(&word);
    *more_out = false;
    if (str_starts(text, STR("\\-"))) /* it was quoted */
        text = str_from_offset(text, 1);
    if (text.len < 2 || text.data[0] != '-')
        return OK;
    *rest = skip_blanks(after);
    if (str_is(text, "--") || str_is(text, "-\\-"))
        return OK;
    *more_out = true;
    return add_flags(str_from_offset(text, 1), flags);
}

static enum status
parse_words(struct str rest, struct scp_command *out)
{
    bool is_sink = out->flags & SCP_SINK;

    if (is_sink == !!(out->flags & SCP_SOURCE))
        return fail(ERR_INVALID, "scp wants one of -t and -f here");
    if (rest.len == 0)
        return fail(ERR_INVALID, "scp wants a path");
    while (rest.len > 0) {
        TRY(add_word(&rest, is_sink ? WHOLE_REST : ONE_WORD, &out->words));
        rest = skip_blanks(rest);
    }
    return OK;
}

enum status
scp_command_parse(struct str text, struct scp_command *out)
{
    struct str rest = skip_blanks(text);
    bool more = true;

    out->flags = 0;
    out->words = BUFFER(WORD);
    if (!str_starts(rest, STR("scp")) ||
        (rest.len > 3 && !is_blank(rest.data[3])))
        return fail(ERR_UNSUPPORTED, "the command is not scp");
    if (text.len > SCP_COMMAND)
        return fail(ERR_INVALID, "an scp command of over %d bytes",
                    SCP_COMMAND);
    if (str_has_nul(text))
        return fail(ERR_INVALID, "an scp command with a NUL inside");
    rest = skip_blanks(str_from_offset(rest, 3));
    while (more && rest.len > 0)
        TRY(take_flags(&rest, &out->flags, &more));
    enum status status = parse_words(rest, out);
    if (status != OK)
        buffer_done(&out->words);
    return status;
}
