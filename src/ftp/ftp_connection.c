/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp_connection.c - one client, from its first byte to its last.
 *
 * The thread of whoever has logged in may be confined to the account's folders
 * for good. REIN therefore goes on with another session on another thread,
 * which inherits the connection and nothing else.
 */
#include "ftp/ftp_private.h"

#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REASON_TEXT = 256,
    LEAVE_MS = 500, /* for the last reply to leave */
    TICKETS = 2,
    MANY_REPLIES = 16 * 1024, /* for commands that come together */
};

static const struct audit_ids ftp_events = {
    .download = EVENT_FTP_DOWNLOADED,
    .download_failed = EVENT_FTP_DOWNLOAD_FAILED,
    .upload = EVENT_FTP_UPLOADED,
    .upload_failed = EVENT_FTP_UPLOAD_FAILED,
    .open_failed = EVENT_FTP_OPEN_FAILED,
    .listed = EVENT_FTP_LISTED,
    .list_failed = EVENT_FTP_LIST_FAILED,
    .removed = EVENT_FTP_REMOVED,
    .remove_failed = EVENT_FTP_REMOVE_FAILED,
    .folder_made = EVENT_FTP_FOLDER_MADE,
    .folder_make_failed = EVENT_FTP_FOLDER_MAKE_FAILED,
    .folder_removed = EVENT_FTP_FOLDER_REMOVED,
    .folder_remove_failed = EVENT_FTP_FOLDER_REMOVE_FAILED,
    .renamed = EVENT_FTP_RENAMED,
    .rename_failed = EVENT_FTP_RENAME_FAILED,
    .attributes_set = EVENT_FTP_ATTRIBUTES_SET,
    .attributes_failed = EVENT_FTP_ATTRIBUTES_FAILED,
};

void
ftp_forget_user(struct ftp_connection *c)
{
    const struct section *service = c->service->section;

    c->user[0] = c->rename_from[0] = '\0';
    snprintf(c->folder, sizeof c->folder, "/");
    c->type = section_flag(service, "ascii_data_type_as_default") ? MOVER_ASCII
                                                                  : MOVER_IMAGE;
    c->is_deflated = false;
    c->facts = FACT_ALL;
    c->hash = 0;
    c->only_epsv = false;
    c->wish = (struct ftp_wish){ 0 };
    c->idle_ms = 0;
    data_done(&c->data);
}

/* ---- the greeting ---- */

/* A leading ">" stands for a banner that does not say what this is. */
enum status
ftp_greet(struct ftp_connection *c)
{
    AUTO(buffer_done) struct buffer first = BUFFER(FTP_OUT);
    struct str banner =
        str_trim(str_of(section_text(c->service->section, "banner")));
    bool is_nameless = str_starts(banner, STR(">"));

    if (is_nameless)
        banner = str_trim(str_from_offset(banner, 1));
    if (banner.len == 0)
        return ftp_say(c, 220, is_nameless ? "Ready." : "Convoy is ready.");
    struct str line = str_trim(str_cut(&banner, '\n'));
    TRY(buffer_addf(&first, "%s%.*s",
                    is_nameless ? "" : "Convoy: ", STR_ARG(line)));
    const char *text = buffer_text(&first);
    if (text == NULL)
        return fail(ERR_MEMORY, "no memory for a banner");
    if (banner.len == 0)
        return ftp_say(c, 220, "%s", text);
    return ftp_reply_lines(&c->out, 220, text, banner, "Ready.");
}

/* ---- TLS ---- */

static void
tell_tls(struct ftp_connection *c)
{
    const struct tls_peer *peer = stream_tls(c->control);
    char encryption[REASON_TEXT];

    snprintf(encryption, sizeof encryption, "%s %s", peer->version,
             peer->cipher);
    struct event_field fields[] = {
        EVENT_TEXT("encryption", str_of(encryption)),
        EVENT_TEXT("certificate", str_of(peer->common_name)),
    };
    session_emit(c->session, EVENT_FTP_SECURED, fields,
                 peer->has_certificate ? 2 : 1);
}

enum status
ftp_start_tls(struct ftp_connection *c)
{
    char reason[REASON_TEXT];

    random_uuid(c->tls_session);
    struct tls_session_options options = {
        .context = c->service->tls,
        .tickets = TICKETS,
        .bound_to = str_of(c->tls_session),
    };
    enum status status =
        stream_start_tls(c->control, &options, session_deadline(c->session));
    if (status == OK) {
        session_set_protocol(c->session, "ftps");
        tell_tls(c);
        return OK;
    }
    snprintf(reason, sizeof reason, "%s", fail_reason());
    ftp_tell(c, EVENT_FTP_TLS_FAILED, reason);
    /* Nothing that can be understood can be said any more. */
    c->is_lost = true;
    return fail(ERR_CLOSED, "%s", reason);
}

/* ---- a session ---- */

static enum status
begin(struct ftp_connection *c)
{
    if (c->starts_again) {
        c->starts_again = c->is_ending = false;
        return ftp_say(c, 220, "Who is there?");
    }
    if (c->service->is_implicit)
        TRY(ftp_start_tls(c));
    c->is_private = c->service->is_implicit;
    return ftp_greet(c);
}

static enum status
wait_for_input(struct ftp_connection *c)
{
    TRY(ftp_flush(c));
    buffer_done(&c->out); /* most connections are idle most of the time */
    enum status status = ftp_fill(c, session_deadline(c->session));
    if (status == OK)
        session_touch(c->session);
    return status == ERR_TIMEOUT ? OK : status;
}

/* One line, or what there is to wait for. */
static enum status
step(struct ftp_connection *c)
{
    struct ftp_command command;
    enum status of_line;
    bool has;

    ftp_next(c, &command, &of_line, &has);
    if (!has)
        return wait_for_input(c);
    if (buffer_len(&c->out) > MANY_REPLIES)
        TRY(ftp_flush(c));
    return ftp_dispatch(c, of_line, &command);
}

/* Until the client has left (ERR_CLOSED) or is to (OK). */
static enum status
serve(struct ftp_connection *c, const char **why_out)
{
    TRY(begin(c));
    while (!c->is_ending) {
        if (session_should_end(c->session, why_out))
            return ftp_say(c, 421, "Good-bye: %s.", *why_out);
        TRY(step(c));
        if (c->is_lost)
            return fail(ERR_CLOSED, "the client left");
    }
    *why_out = c->why;
    return OK;
}

/* What waits to be sent, without waiting long. */
static void
take_leave(struct ftp_connection *c)
{
    int64_t deadline = clock_now_ms(c->clock) + LEAVE_MS;

    if (c->is_lost ||
        stream_write(c->control, buffer_str(&c->out), deadline) != OK)
        return;
    (void)(stream_end(c->control, deadline) == OK);
    /* What is there unread would have the kernel reset the connection, and
     * the last reply with it. */
    size_t dropped = 0;
    (void)(stream_drop_input(c->control, &dropped) == OK);
}

static enum status
run(struct ftp_connection *c)
{
    char reason[REASON_TEXT];
    const char *why = NULL;
    enum status status = serve(c, &why);

    /* What is closed below may fail in its own ways. */
    snprintf(reason, sizeof reason, "%s",
             status != OK || why == NULL ? fail_reason() : why);
    data_done(&c->data);
    c->starts_again = c->starts_again && status == OK;
    if (!c->starts_again)
        take_leave(c);
    session_close(&c->session, reason);
    return status;
}

static enum status
open_session(struct ftp_connection *c)
{
    struct session_options options = {
        .service = c->service->section,
        .protocol = stream_tls(c->control) != NULL ? "ftps" : "ftp",
        .audit = &ftp_events,
        .visitor = c->visitor,
        .descriptor = stream_socket(c->control),
    };

    return session_open(c->service->hub, &options, &c->session);
}

/* ---- the connection ---- */

static void
connection_free(struct ftp_connection *c)
{
    stream_free(&c->control);
    ftp_lines_done(&c->lines);
    buffer_done(&c->out);
    ftp_service_unref(&c->service);
    visitor_leave(c->visitor);
    free(c);
}

static void *run_again(void *arg);

static enum status
start_again(void *arg)
{
    return thread_start_detached("session", run_again, arg);
}

/* Serve one session, and hand the connection on to the next. */
static void
serve_session(struct ftp_connection *c)
{
    struct hub *hub = c->service->hub;

    ftp_forget_user(c);
    if (open_session(c) != OK || run(c) != OK || !c->starts_again ||
        hub_run(hub, start_again, c) != OK)
        connection_free(c);
}

static void *
run_again(void *arg)
{
    serve_session(arg);
    return NULL;
}

static enum status
connection_new(struct ftp_service *service, int socket, struct visitor *visitor,
               struct ftp_connection **out)
{
    struct ftp_connection *c = calloc(1, sizeof *c);
    int on = 1;

    if (c == NULL) {
        close(socket);
        return fail(ERR_MEMORY, "no memory for a connection");
    }
    c->service = service;
    c->visitor = visitor;
    c->clock = hub_clock(service->hub);
    c->out = BUFFER(FTP_OUT);
    ftp_lines_init(&c->lines);
    /* Telnet's Synch, ahead of an ABOR, is urgent data in the stream (RFC 959,
     * 4.1.3): nothing is to be missing from what comes. */
    setsockopt(socket, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
    enum status status = stream_new(socket, c->clock, &c->control);
    if (status == OK)
        *out = c;
    else
        free(c);
    return status;
}

void
ftp_connection_serve(struct ftp_service *service, int socket,
                     struct visitor *visitor)
{
    struct ftp_connection *c = NULL;

    if (connection_new(service, socket, visitor, &c) == OK) {
        serve_session(c);
        return;
    }
    ftp_service_unref(&service);
    visitor_leave(visitor);
}
