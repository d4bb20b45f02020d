/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer.c - a data connection from its opening to the reply that says how
 * it went.
 *
 * While it is there the control connection is looked at between pieces: ABOR
 * ends it, STAT is answered, what cannot be answered now waits.
 */
#include "ftp/transfer.h"

#include "session/mover_codec.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>

enum {
    LOOK_MS = 500,    /* how often the control connection is looked at */
    LINGER_MS = 2000, /* for the client's own end, under TLS */
    MS_A_SECOND = 1000,
};

static int64_t
seconds_ms(const struct ftp_connection *c, const char *option)
{
    return (int64_t)section_number(c->service->section, option) * MS_A_SECOND;
}

static int64_t
soon(const struct ftp_connection *c)
{
    return clock_now_ms(c->clock) + LOOK_MS;
}

enum status
ftp_look(struct ftp_connection *c)
{
    const char *why = NULL;

    TRY(ftp_poll(c));
    if (c->is_aborted)
        return fail(ERR_CLOSED, "it was aborted");
    if (!session_should_end(c->session, &why))
        return OK;
    c->is_ending = true;
    c->why = why;
    return fail(ERR_CLOSED, "%s", why);
}

static bool
go_on(void *arg)
{
    return ftp_look(arg) == OK;
}

/* ---- opening ---- */

/* Try again while it is only time that passes. */
static enum status
open_in_steps(struct ftp_connection *c, struct stream **out)
{
    int64_t deadline_ms =
        clock_now_ms(c->clock) + seconds_ms(c, "idle_data_connection_timeout");
    enum status status = ERR_TIMEOUT;

    while (status == ERR_TIMEOUT && clock_now_ms(c->clock) < deadline_ms) {
        TRY(ftp_look(c));
        status = data_connect(c->data, soon(c));
    }
    if (status != OK)
        return status;
    if (c->is_private)
        stream_renew_ticket(c->control);
    return data_open(c->data, deadline_ms, out);
}

static enum status
open_data(struct ftp_connection *c, const char *said, struct stream **out)
{
    TRY(ftp_say(c, 150, "%s", said));
    TRY(ftp_flush(c));
    data_use_tls(c->data, c->is_private ? c->service->tls : NULL);
    return open_in_steps(c, out);
}

static void
begin(struct ftp_connection *c)
{
    c->mover = (struct mover){ 0 };
    c->moving = &c->mover;
    c->is_aborted = false;
}

static void
end(struct ftp_connection *c)
{
    codec_free(&c->codec);
    data_done(&c->data);
    c->moving = NULL;
    c->is_aborted = false;
}

/* ABOR has a reply of its own, behind that of what it ended (RFC 959, 4.1.3).
 */
static enum status
say_aborted(struct ftp_connection *c)
{
    TRY(ftp_say(c, 426, "The transfer was aborted."));
    return ftp_say(c, 226, "ABOR is done.");
}

/* What cannot be said any more is noticed by the control loop. */
static void
say_not_open(struct ftp_connection *c)
{
    enum status said = c->is_aborted
                           ? say_aborted(c)
                           : ftp_say(c, 425, "There is no data connection: %s.",
                                     fail_reason());

    if (said != OK)
        c->is_ending = true;
}

bool
ftp_open_data_saying(struct ftp_connection *c, const char *said,
                     struct stream **out)
{
    if (c->data == NULL) {
        fail(ERR_INVALID, "use PASV, EPSV, PORT or EPRT first");
        say_not_open(c);
        return false;
    }
    begin(c);
    enum status status =
        codec_new(MOVER_IMAGE, c->is_deflated, false, &c->codec);
    if (status == OK)
        status = open_data(c, said, out);
    if (status == OK)
        return true;
    say_not_open(c);
    end(c);
    return false;
}

bool
ftp_open_data(struct ftp_connection *c, struct stream **out)
{
    return ftp_open_data_saying(c, "Here comes the listing.", out);
}

/* ---- moving ---- */

static enum status
write_out(struct ftp_connection *c, struct stream *stream, struct str bytes)
{
    int64_t moved_ms = clock_now_ms(c->clock);
    int64_t idle_ms = seconds_ms(c, "idle_data_connection_timeout");

    while (bytes.len > 0) {
        size_t sent = 0;

        TRY(ftp_look(c));
        enum status status = stream_write_some(stream, bytes, soon(c), &sent);
        if (status != OK && status != ERR_TIMEOUT)
            return status;
        if (status == OK)
            moved_ms = clock_now_ms(c->clock);
        if (clock_now_ms(c->clock) - moved_ms >= idle_ms)
            return fail(ERR_TIMEOUT, "no byte was moved for too long");
        c->mover.wire_bytes += sent;
        bytes = str_from_offset(bytes, sent);
    }
    session_touch(c->session);
    return OK;
}

enum status
ftp_send_data(struct ftp_connection *c, struct stream *stream, struct str bytes)
{
    AUTO(buffer_done) struct buffer packed = BUFFER(CODEC_OUT);

    if (c->codec == NULL)
        return write_out(c, stream, bytes);
    while (bytes.len > 0) {
        size_t taken = 0;

        TRY(codec_turn(c->codec, bytes, &packed, &taken));
        TRY(write_out(c, stream, buffer_str(&packed)));
        bytes = str_from_offset(bytes, taken);
    }
    return OK;
}

/* What the compression still holds. */
static enum status
end_codec(struct ftp_connection *c, struct stream *stream)
{
    AUTO(buffer_done) struct buffer packed = BUFFER(CODEC_OUT);
    bool more = c->codec != NULL;

    while (more) {
        TRY(codec_end(c->codec, &packed, &more));
        TRY(write_out(c, stream, buffer_str(&packed)));
    }
    return OK;
}

void
ftp_mover(struct ftp_connection *c, struct stream *stream,
          struct vfs_file *file)
{
    codec_free(&c->codec); /* the mover has its own */
    c->mover = (struct mover){
        .stream = stream,
        .file = file,
        .clock = c->clock,
        .session = c->session,
        .length = UINT64_MAX,
        .type = c->type,
        .is_deflated = c->is_deflated,
        .idle_ms = seconds_ms(c, "idle_data_connection_timeout"),
        .stalled_ms = seconds_ms(c, "stalled_transfer_timeout"),
        .stalled_bytes =
            section_number(c->service->section, "stalled_transfer_bytes"),
        .go_on = go_on,
        .arg = c,
    };
}

/* A FIN from the client, or worse, whatever came before it. */
bool
ftp_control_is_gone(struct ftp_connection *c)
{
    struct tcp_info info = { 0 };
    socklen_t size = sizeof info;

    if (ftp_poll(c) != OK)
        return true;
    return getsockopt(stream_socket(c->control), IPPROTO_TCP, TCP_INFO, &info,
                      &size) == 0 &&
           info.tcpi_state != TCP_ESTABLISHED;
}

/* ---- the end ---- */

/* A client that has said goodbye under TLS, and whose words nobody read, would
 * be answered with a reset, and lose what it has not read itself. */
static void
linger(struct ftp_connection *c, struct stream *stream)
{
    int64_t deadline_ms = clock_now_ms(c->clock) + LINGER_MS;
    char rest[256];
    size_t got = 1;

    while (got > 0 && stream_end_kind(stream) == STREAM_OPEN &&
           stream_read(stream, rest, sizeof rest, deadline_ms, &got) == OK)
        continue;
}

/* A client that has ended its side, in order or so that it was forgiven, may be
 * gone altogether. */
static enum status
end_stream(struct ftp_connection *c, struct stream *stream, enum status status)
{
    if (status == OK)
        status = end_codec(c, stream);
    if (status != OK)
        return status;
    bool has_ended = stream_end_kind(stream) != STREAM_OPEN;
    status = stream_end(stream, clock_now_ms(c->clock) + LINGER_MS);
    /* So may one that was told by the compression that this is all (lftp). */
    if (has_ended || (status != OK && c->is_deflated))
        return OK;
    if (status == OK && stream_tls(stream) != NULL)
        linger(c, stream);
    return status;
}

static enum status
say_failed(struct ftp_connection *c, enum status status, const char *reason)
{
    if (c->is_aborted)
        return say_aborted(c);
    if (status == ERR_CLOSED || status == ERR_TIMEOUT || status == ERR_INVALID)
        return ftp_say(c, 426, "The transfer broke: %s.", reason);
    return ftp_say_failure(c, status);
}

enum status
ftp_end_data(struct ftp_connection *c, struct stream **stream,
             enum status status)
{
    char reason[FTP_REASON];

    status = end_stream(c, *stream, status);
    snprintf(reason, sizeof reason, "%s", status != OK ? fail_reason() : "");
    stream_free(stream);
    enum status said = OK;
    if (!c->is_lost)
        said = status == OK ? ftp_say(c, 226, "It has arrived whole.")
                            : say_failed(c, status, reason);
    end(c);
    return c->is_lost ? fail(ERR_CLOSED, "the client left") : said;
}
