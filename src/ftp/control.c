/* SPDX-License-Identifier: Apache-2.0 */
/* control.c - lines in, replies out. */
#include "ftp/ftp_private.h"

#include <stdio.h>

enum { SAID = 4 * 1024, NOOPS_MOST = 1000 };

/* ---- out ---- */

enum status
ftp_say(struct ftp_connection *c, unsigned code, const char *format, ...)
{
    char text[SAID];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return ftp_reply(&c->out, code, "%s", text);
}

/* Woken, or out of time: go on unless the session is to end. */
static enum status
look_why(struct ftp_connection *c)
{
    const char *why = NULL;

    if (!session_should_end(c->session, &why))
        return OK;
    return fail(ERR_CLOSED, "%s", why);
}

enum status
ftp_flush(struct ftp_connection *c)
{
    while (buffer_len(&c->out) > 0) {
        size_t sent = 0;
        enum status status =
            stream_write_some(c->control, buffer_str(&c->out),
                              session_deadline(c->session), &sent);

        if (status == ERR_TIMEOUT)
            status = look_why(c);
        TRY(status);
        buffer_take(&c->out, sent);
    }
    return OK;
}

void
ftp_tell(struct ftp_connection *c, enum event_id id, const char *details)
{
    struct event_field field = EVENT_TEXT("details", str_of(details));

    session_emit(c->session, id, &field, 1);
}

/* ---- in ---- */

enum status
ftp_fill(struct ftp_connection *c, int64_t deadline_ms)
{
    char piece[FTP_LINE];
    size_t got = 0;

    TRY(stream_read(c->control, piece, sizeof piece, deadline_ms, &got));
    if (got == 0)
        return fail(ERR_CLOSED, "the client left");
    return ftp_lines_add(&c->lines, str_from(piece, got));
}

void
ftp_next(struct ftp_connection *c, struct ftp_command *out,
         enum status *of_line_out, bool *has_out)
{
    if (c->held_noops > 0 && c->moving == NULL) {
        c->held_noops--;
        *out = (struct ftp_command){ .verb = "NOOP", .argument = STR_NONE };
        *of_line_out = OK;
        *has_out = true;
        return;
    }
    if (c->is_held) {
        c->is_held = false;
        *out = c->held;
        *of_line_out = c->held_status;
        *has_out = true;
        return;
    }
    *of_line_out = ftp_lines_next(&c->lines, out, has_out);
    if (*of_line_out != OK)
        *has_out = true;
}

/* ---- while a transfer runs ---- */

/* A client that keeps the connection alive may want to end the transfer all
 * the same, so NOOPs do not hold up what is behind them. */
static bool
is_for_later(struct ftp_connection *c)
{
    const struct ftp_verb_row *row =
        c->held_status == OK ? ftp_verb_find(c->held.verb) : NULL;

    if (row != NULL && row->run == ftp_noop && c->held_noops < NOOPS_MOST) {
        c->held_noops++;
        return true;
    }
    c->is_held = row == NULL || !(row->needs & WHILE_MOVING);
    return c->is_held;
}

/* Lines in their order: one that has to wait holds up those behind it. */
static enum status
answer_now(struct ftp_connection *c)
{
    while (!c->is_held) {
        bool has = false;

        ftp_next(c, &c->held, &c->held_status, &has);
        if (!has)
            return OK;
        if (!is_for_later(c))
            TRY(ftp_verb_find(c->held.verb)->run(c, c->held.argument));
    }
    return OK;
}

/* What has come since. */
static enum status
hear(struct ftp_connection *c)
{
    enum status status = c->is_held ? ERR_TIMEOUT : ftp_fill(c, 0);

    if (status == ERR_TIMEOUT)
        return OK;
    return status == OK ? answer_now(c) : status;
}

static enum status
look_at_control(struct ftp_connection *c)
{
    TRY(answer_now(c));
    TRY(hear(c));
    return ftp_flush(c);
}

enum status
ftp_poll(struct ftp_connection *c)
{
    if (c->is_held || c->is_lost)
        return c->is_lost ? fail(ERR_CLOSED, "the client left") : OK;
    enum status status = look_at_control(c);
    if (status == OK)
        return OK;
    c->is_lost = true;
    return ERR_CLOSED;
}
