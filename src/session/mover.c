/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mover.c - one file between a stream and the files of a session.
 *
 * A plain stream moves by itself where the place allows it: sendfile out,
 * splice through a pipe in. All else goes through one buffer, in pieces large
 * enough that calls do not matter.
 */
#include "session/mover.h"

#include "session/mover_codec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    LOOK_MS = 1000, /* how often go_on is asked */
    PIECE = 256 * 1024,
    SEND_PIECE = 1024 * 1024,
    PIPE = 1024 * 1024,
};

struct move {
    struct mover *m;
    struct clock *clock;
    struct codec *codec; /* NULL: bytes stay as they are */
    struct buffer turned;
    char *piece;      /* PIECE bytes */
    int pipe[2];      /* -1: none */
    int64_t moved_ms; /* last byte */
    int64_t window_ms;
    uint64_t window_bytes;
};

static enum status
begin(struct move *v, struct mover *m, bool is_upload)
{
    *v = (struct move){
        .m = m,
        .clock = m->clock,
        .turned = BUFFER(CODEC_OUT),
        .pipe = { -1, -1 },
    };
    v->moved_ms = v->window_ms = clock_now_ms(v->clock);
    m->file_bytes = m->wire_bytes = 0;
    return codec_new(m->type, m->is_deflated, is_upload, &v->codec);
}

static void
end(struct move *v)
{
    codec_free(&v->codec);
    buffer_done(&v->turned);
    free(v->piece);
    for (size_t i = 0; i < 2; i++)
        if (v->pipe[i] >= 0)
            close(v->pipe[i]);
}

static enum status
need_piece(struct move *v)
{
    if (v->piece == NULL)
        v->piece = malloc(PIECE);
    return v->piece != NULL ? OK : fail(ERR_MEMORY, "no memory for a transfer");
}

static bool
is_plain(const struct move *v)
{
    return v->codec == NULL && stream_tls(v->m->stream) == NULL;
}

static uint64_t
left(const struct move *v)
{
    return v->m->length - v->m->file_bytes;
}

static size_t
at_most(uint64_t wanted, size_t most)
{
    return wanted < most ? (size_t)wanted : most;
}

/* ---- time ---- */

static void
note_moved(struct move *v, size_t bytes)
{
    v->m->wire_bytes += bytes;
    v->moved_ms = clock_now_ms(v->clock);
    if (v->m->session != NULL)
        session_touch(v->m->session);
}

static enum status
check_speed(struct move *v, int64_t now_ms)
{
    const struct mover *m = v->m;

    if (m->stalled_ms <= 0 || now_ms - v->window_ms < m->stalled_ms)
        return OK;
    if (m->wire_bytes - v->window_bytes < m->stalled_bytes)
        return fail(ERR_TIMEOUT, "the transfer is stalled");
    v->window_ms = now_ms;
    v->window_bytes = m->wire_bytes;
    return OK;
}

/* Between pieces, and at least once in LOOK_MS. */
static enum status
may_go_on(struct move *v)
{
    struct mover *m = v->m;
    int64_t now_ms = clock_now_ms(v->clock);

    if (m->go_on != NULL && !m->go_on(m->arg))
        return fail(ERR_CLOSED, "the transfer was ended");
    if (m->idle_ms > 0 && now_ms - v->moved_ms >= m->idle_ms)
        return fail(ERR_TIMEOUT, "no byte was moved for too long");
    return check_speed(v, now_ms);
}

/* What a call that waited says: over (false), or to be tried again. */
static bool
is_only_time(enum status status)
{
    return status == ERR_TIMEOUT;
}

static int64_t
soon(const struct move *v)
{
    return clock_now_ms(v->clock) + LOOK_MS;
}

/* ---- to the client ---- */

static enum status
write_out(struct move *v, struct str bytes)
{
    while (bytes.len > 0) {
        size_t sent = 0;

        TRY(may_go_on(v));
        enum status status =
            stream_write_some(v->m->stream, bytes, soon(v), &sent);
        if (status != OK && !is_only_time(status))
            return status;
        if (status == OK)
            note_moved(v, sent);
        bytes = str_from_offset(bytes, sent);
    }
    return OK;
}

static enum status
turn_out(struct move *v, struct str bytes)
{
    while (bytes.len > 0) {
        size_t taken = 0;

        TRY(codec_turn(v->codec, bytes, &v->turned, &taken));
        TRY(write_out(v, buffer_str(&v->turned)));
        bytes = str_from_offset(bytes, taken);
    }
    return OK;
}

static enum status
end_out(struct move *v)
{
    bool more = v->codec != NULL;

    while (more) {
        TRY(codec_end(v->codec, &v->turned, &more));
        TRY(write_out(v, buffer_str(&v->turned)));
    }
    return OK;
}

/* 0: the end of the file. */
static enum status
send_piece(struct move *v, size_t *got_out)
{
    struct mover *m = v->m;

    TRY(vfs_read(m->file, m->offset + m->file_bytes, v->piece,
                 at_most(left(v), PIECE), got_out));
    struct str bytes = str_from(v->piece, *got_out);
    TRY(v->codec != NULL ? turn_out(v, bytes) : write_out(v, bytes));
    m->file_bytes += *got_out;
    return OK;
}

static enum status
download_by_pieces(struct move *v)
{
    size_t got = 1;

    TRY(need_piece(v));
    while (left(v) > 0 && got > 0)
        TRY(send_piece(v, &got));
    return end_out(v);
}

/* Nothing was sent: the file ends here, or the socket is full. */
static enum status
end_or_wait(struct move *v, bool *is_end)
{
    struct mover *m = v->m;
    size_t got = 0;
    char byte;

    TRY(vfs_read(m->file, m->offset + m->file_bytes, &byte, 1, &got));
    *is_end = got == 0;
    if (*is_end)
        return OK;
    enum status status = stream_wait_output(m->stream, soon(v));
    return is_only_time(status) ? OK : status;
}

static enum status
send_by_itself(struct move *v, bool *is_end)
{
    struct mover *m = v->m;
    size_t sent = 0;

    TRY(may_go_on(v));
    TRY(vfs_send(m->file, m->offset + m->file_bytes,
                 at_most(left(v), SEND_PIECE), stream_socket(m->stream),
                 &sent));
    if (sent == 0)
        return end_or_wait(v, is_end);
    m->file_bytes += sent;
    note_moved(v, sent);
    return OK;
}

static enum status
download_by_itself(struct move *v)
{
    bool is_end = false;

    while (left(v) > 0 && !is_end)
        TRY(send_by_itself(v, &is_end));
    return OK;
}

enum status
mover_download(struct mover *m)
{
    struct move v;
    enum status status = begin(&v, m, false);

    if (status == OK)
        status = is_plain(&v) ? download_by_itself(&v) : ERR_UNSUPPORTED;
    if (status == ERR_UNSUPPORTED)
        status = download_by_pieces(&v);
    end(&v);
    return status;
}

/* ---- from the client ---- */

static enum status
write_in(struct move *v, struct str bytes)
{
    struct mover *m = v->m;

    if (bytes.len == 0)
        return OK;
    if (bytes.len > left(v))
        return fail(ERR_LIMIT, "there are more bytes than were announced");
    TRY(vfs_write(m->file, m->offset + m->file_bytes, bytes));
    m->file_bytes += bytes.len;
    return OK;
}

static enum status
turn_in(struct move *v, struct str bytes)
{
    while (bytes.len > 0) {
        size_t taken = 0;

        TRY(codec_turn(v->codec, bytes, &v->turned, &taken));
        TRY(write_in(v, buffer_str(&v->turned)));
        bytes = str_from_offset(bytes, taken);
    }
    return OK;
}

static enum status
end_in(struct move *v)
{
    bool more = v->codec != NULL;

    while (more) {
        TRY(codec_end(v->codec, &v->turned, &more));
        TRY(write_in(v, buffer_str(&v->turned)));
    }
    return OK;
}

/* A whole piece, or what is there of it; at the end of the stream 0. */
static enum status
read_piece(struct move *v, size_t *len_out)
{
    size_t len = 0;
    enum status status = ERR_TIMEOUT;

    while (len == 0 && is_only_time(status)) {
        TRY(may_go_on(v));
        status = stream_read(v->m->stream, v->piece, PIECE, soon(v), &len);
    }
    while (status == OK && len > 0 && len < PIECE) {
        size_t got = 0;

        status =
            stream_read(v->m->stream, v->piece + len, PIECE - len, 0, &got);
        len += got;
        if (got == 0)
            break;
    }
    *len_out = len;
    if (len > 0)
        note_moved(v, len);
    /* What came before the end counts; the next read tells of it again. */
    return len > 0 || is_only_time(status) ? OK : status;
}

static enum status
take_piece(struct move *v, size_t *len_out)
{
    TRY(read_piece(v, len_out));
    struct str bytes = str_from(v->piece, *len_out);
    return v->codec != NULL ? turn_in(v, bytes) : write_in(v, bytes);
}

static enum status
upload_by_pieces(struct move *v)
{
    size_t len = 1;

    TRY(need_piece(v));
    while (len > 0)
        TRY(take_piece(v, &len));
    return end_in(v);
}

static enum status
open_pipe(struct move *v)
{
    if (pipe2(v->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
        return fail_errno(errno, "pipe");
    /* Less will do as well. */
    (void)!fcntl(v->pipe[1], F_SETPIPE_SZ, PIPE);
    return OK;
}

static enum status
wait_for_more(struct move *v)
{
    TRY(may_go_on(v));
    enum status status = stream_wait_input(v->m->stream, soon(v));
    return is_only_time(status) ? OK : status;
}

/* From the socket into the pipe; 0 with OK: the client has ended its side. */
static enum status
fill_pipe(struct move *v, size_t *len_out)
{
    struct stream *stream = v->m->stream;

    for (;;) {
        ssize_t n = splice(stream_socket(stream), NULL, v->pipe[1], NULL, PIPE,
                           SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

        if (n > 0) {
            *len_out = (size_t)n;
            return OK;
        }
        if (n == 0) /* the stream notes how it ended */
            return stream_read(stream, v->piece, 1, soon(v), len_out);
        if (errno != EAGAIN && errno != EINTR)
            return stream_fail(stream, errno);
        TRY(wait_for_more(v));
    }
}

/* What the place did not want to take by itself. */
static enum status
empty_pipe(struct move *v, size_t len)
{
    while (len > 0) {
        ssize_t n = read(v->pipe[0], v->piece, at_most(len, PIECE));

        if (n <= 0)
            return fail_errno(errno, "pipe");
        TRY(write_in(v, str_from(v->piece, (size_t)n)));
        len -= (size_t)n;
    }
    return OK;
}

/* *is_refused: from now on by pieces. */
static enum status
take_pipe(struct move *v, size_t len, bool *is_refused)
{
    struct mover *m = v->m;

    if (len == 0)
        return OK;
    if (len > left(v))
        return fail(ERR_LIMIT, "there are more bytes than were announced");
    enum status status =
        vfs_receive(m->file, m->offset + m->file_bytes, len, v->pipe[0]);
    *is_refused = status == ERR_UNSUPPORTED;
    if (*is_refused)
        return empty_pipe(v, len);
    TRY(status);
    m->file_bytes += len;
    return OK;
}

static enum status
pipe_piece(struct move *v, size_t *len_out, bool *is_refused)
{
    TRY(may_go_on(v));
    TRY(fill_pipe(v, len_out));
    note_moved(v, *len_out);
    return take_pipe(v, *len_out, is_refused);
}

/* Until the end or a refusal. */
static enum status
upload_by_pipe(struct move *v, bool *is_refused)
{
    size_t len = 1;

    TRY(open_pipe(v));
    while (len > 0 && !*is_refused)
        TRY(pipe_piece(v, &len, is_refused));
    return OK;
}

static enum status
upload_by_itself(struct move *v)
{
    bool is_refused = false;
    size_t len = 1;

    TRY(need_piece(v));
    /* Small files are not worth a pipe. */
    while (len > 0 && v->m->wire_bytes < PIECE)
        TRY(take_piece(v, &len));
    if (len == 0)
        return OK;
    TRY(upload_by_pipe(v, &is_refused));
    return is_refused ? upload_by_pieces(v) : OK;
}

enum status
mover_upload(struct mover *m)
{
    struct move v;
    enum status status = begin(&v, m, true);

    if (status == OK)
        status = is_plain(&v) ? upload_by_itself(&v) : upload_by_pieces(&v);
    end(&v);
    return status;
}
