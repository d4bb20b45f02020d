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

#include "ssh/command_words.h"

enum { WORD = 2 * SCP_COMMAND + 2 };

enum splitting { ONE_WORD, WHOLE_REST };

/* What a pattern, a flag or a home begins with, unless it was quoted. */
static const char special[] = "*?[]\\-!^~";

/* Add a word, which is there, or all that is left as one; and a NUL. */
static enum status
add_word(struct str *rest, enum splitting splitting, struct buffer *words)
{
    size_t len = buffer_len(words); /* without blanks at the end */

    while (rest->len > 0) {
        bool blank = command_is_blank(rest->data[0]);

        if (blank && splitting == ONE_WORD)
            break;
        TRY(command_add_next(rest, special, words));
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
    *rest = command_skip_blanks(after);
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
        rest = command_skip_blanks(rest);
    }
    return OK;
}

enum status
scp_command_parse(struct str text, struct scp_command *out)
{
    struct str rest = command_skip_blanks(text);
    bool more = true;

    out->flags = 0;
    out->words = BUFFER(WORD);
    if (!str_starts(rest, STR("scp")) ||
        (rest.len > 3 && !command_is_blank(rest.data[3])))
        return fail(ERR_UNSUPPORTED, "the command is not scp");
    if (text.len > SCP_COMMAND)
        return fail(ERR_INVALID, "an scp command of over %d bytes",
                    SCP_COMMAND);
    if (str_has_nul(text))
        return fail(ERR_INVALID, "an scp command with a NUL inside");
    rest = command_skip_blanks(str_from_offset(rest, 3));
    while (more && rest.len > 0)
        TRY(take_flags(&rest, &out->flags, &more));
    enum status status = parse_words(rest, out);
    if (status != OK)
        buffer_done(&out->words);
    return status;
}
