/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scp_source.c - `scp -f`: files and folders go.
 *
 *   SOURCE_NEXT --[T]--> SOURCE_TIMES --> SOURCE_HEADER --file-->
 * SOURCE_IN_FILE ^                                       | |
 *      +------------- folder, or refused ------+      SOURCE_AFTER_FILE+
 *
 * Each arrow but those out of NEXT and IN_FILE waits for an answer. Answers
 * may come early: those who talk to us with printf send all zeros at once.
 */
#include "ssh/scp_private.h"

void
scp_source_start(struct scp *s)
{
    s->source.state = SOURCE_STARTING;
    s->source.words = buffer_str(&s->command.words);
    s->source.has_matched = true; /* no word is under way */
}

/* What was refused is not gone on with; the next thing may be welcome. */
static void
on_refusal(struct scp *s)
{
    scp_source_leave(s);
    s->source.state = SOURCE_NEXT;
}

static enum status
on_ok(struct scp *s)
{
    switch (s->source.state) {
    case SOURCE_TIMES: return scp_source_header(s);
    case SOURCE_HEADER:
        if (s->source.file != NULL) {
            s->source.state = SOURCE_IN_FILE;
            return OK;
        }
        scp_source_enter(s);
        break;
    case SOURCE_AFTER_FILE: scp_source_leave(s); break;
    case SOURCE_STARTING:
    case SOURCE_NEXT:
    case SOURCE_IN_FILE:
    case SOURCE_AFTER_FOLDER: break;
    }
    s->source.state = SOURCE_NEXT;
    return OK;
}

/* The client's text is for people; only its end matters. */
static void
skip_error(struct scp *s)
{
    struct str early = buffer_str(&s->line);
    const char *end = memchr(early.data, '\n', early.len);
    enum scp_answer error = s->source.error;

    if (end == NULL) {
        buffer_clear(&s->line);
        return;
    }
    buffer_take(&s->line, (size_t)(end - early.data) + 1);
    s->source.error = SCP_OK;
    if (error == SCP_ERROR)
        on_refusal(s);
    else
        s->is_over = true;
}

/* One answer, or a part of one. */
static enum status
take_answer(struct scp *s)
{
    if (s->source.error != SCP_OK) {
        skip_error(s);
        return OK;
    }
    char answer = buffer_str(&s->line).data[0];
    buffer_take(&s->line, 1);
    if (answer == SCP_OK)
        return on_ok(s);
    if (answer != SCP_ERROR && answer != SCP_FATAL)
        return scp_break(s, "expected an answer");
    s->has_errors = true;
    s->source.error = answer == SCP_ERROR ? SCP_ERROR : SCP_FATAL;
    return OK;
}

static bool
is_our_turn(const struct scp *s)
{
    return s->source.state == SOURCE_NEXT || s->source.state == SOURCE_IN_FILE;
}

/* Do what is next, if it can be done now. */
static enum status
step(struct scp *s, bool *can_go_on)
{
    if (!is_our_turn(s)) {
        *can_go_on = buffer_len(&s->line) > 0;
        return *can_go_on ? take_answer(s) : OK;
    }
    *can_go_on = buffer_len(&s->output) < SCP_OUTPUT_HIGH;
    if (!*can_go_on)
        return OK;
    return s->source.state == SOURCE_NEXT ? scp_source_next(s)
                                          : scp_source_send(s);
}

enum status
scp_source_run(struct scp *s)
{
    bool can_go_on = true;
    enum status status = OK;

    while (status == OK && !s->is_over && can_go_on)
        status = step(s, &can_go_on);
    if (!s->is_over && s->source.has_ended && !is_our_turn(s))
        s->is_over = s->has_errors = true; /* no answer will come */
    if (s->is_over)
        scp_source_done(s);
    return status;
}

/* As much as fits is kept; the rest is offered again. */
enum status
scp_source_input(struct scp *s, struct str *bytes)
{
    size_t had;

    do {
        size_t room = SCP_LINE - buffer_len(&s->line);
        size_t len = bytes->len < room ? bytes->len : room;

        TRY(buffer_add(&s->line, str_from(bytes->data, len)));
        *bytes = str_from_offset(*bytes, len);
        had = buffer_len(&s->line);
        TRY(scp_source_run(s));
    } while (bytes->len > 0 && !s->is_over && buffer_len(&s->line) < had);
    return OK;
}
