/* SPDX-License-Identifier: Apache-2.0 */
/* stream.c - bytes over TCP, with a deadline on each call. */
#include "net/stream_private.h"

#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { DROP_MOST = 1024 * 1024, DROP_PIECE = 4096, MS_A_SECOND = 1000 };

enum status
stream_new(int socket, struct clock *clock, struct stream **out)
{
    int flags = fcntl(socket, F_GETFL);
    struct stream *s = calloc(1, sizeof *s);

    if (s == NULL || flags < 0 ||
        fcntl(socket, F_SETFL, flags | O_NONBLOCK) < 0) {
        free(s);
        close(socket);
        return fail(ERR_MEMORY, "a connection cannot be served");
    }
    s->socket = socket;
    s->clock = clock;
    *out = s;
    return OK;
}

void
stream_free(struct stream **stream)
{
    struct stream *s = *stream;

    if (s == NULL)
        return;
    stream_tls_free(s);
    close(s->socket);
    free(s);
    *stream = NULL;
}

int
stream_socket(const struct stream *s)
{
    return s->socket;
}

enum stream_end_kind
stream_end_kind(const struct stream *s)
{
    return s->end;
}

static enum status
wait_for(struct stream *s, short events, int64_t deadline_ms)
{
    struct pollfd polled = { .fd = s->socket, .events = events };
    int64_t left_ms = deadline_ms - clock_now_ms(s->clock);
    sigset_t mask;

    if (left_ms <= 0)
        return fail(ERR_TIMEOUT, "the time is over");
    struct timespec left = { .tv_sec = left_ms / MS_A_SECOND,
                             .tv_nsec = left_ms % MS_A_SECOND * 1000000 };
    thread_wait_mask(&mask);
    int ready =
        ppoll(&polled, 1, deadline_ms == INT64_MAX ? NULL : &left, &mask);
    if (ready > 0)
        return OK;
    if (ready < 0 && errno != EINTR)
        return fail_errno(errno, "waiting for a connection");
    return fail(ERR_TIMEOUT,
                ready == 0 ? "the time is over" : "the thread was woken");
}

enum status
stream_wait_input(struct stream *s, int64_t deadline_ms)
{
    if (s->ssl != NULL && SSL_has_pending(s->ssl))
        return OK;
    return wait_for(s, POLLIN, deadline_ms);
}

enum status
stream_wait_output(struct stream *s, int64_t deadline_ms)
{
    return wait_for(s, POLLOUT, deadline_ms);
}

enum status
stream_fail(struct stream *s, int number)
{
    s->end = STREAM_RESET;
    return fail(ERR_CLOSED, "the connection was cut: %s",
                number == EPIPE ? "the peer reads no more" : "reset");
}

enum status
stream_read(struct stream *s, void *into, size_t size, int64_t deadline_ms,
            size_t *got_out)
{
    *got_out = 0;
    if (s->end == STREAM_ENDED)
        return OK;
    /* The kernel tells of a reset once; after that it is as if all had come. */
    if (s->end != STREAM_OPEN)
        return fail(ERR_CLOSED, "the connection was cut before");
    if (s->ssl != NULL)
        return stream_tls_read(s, into, size, deadline_ms, got_out);
    for (;;) {
        ssize_t n = recv(s->socket, into, size, 0);

        if (n == 0)
            s->end = STREAM_ENDED;
        if (n >= 0) {
            *got_out = (size_t)n;
            return OK;
        }
        if (errno == EAGAIN)
            TRY(stream_wait_input(s, deadline_ms));
        else if (errno != EINTR)
            return stream_fail(s, errno);
    }
}

enum status
stream_write_some(struct stream *s, struct str bytes, int64_t deadline_ms,
                  size_t *sent_out)
{
    if (s->ssl != NULL)
        return stream_tls_write(s, bytes, deadline_ms, sent_out);
    for (;;) {
        ssize_t n = send(s->socket, bytes.data, bytes.len, MSG_NOSIGNAL);

        if (n >= 0) {
            *sent_out = (size_t)n;
            return OK;
        }
        if (errno == EAGAIN)
            TRY(stream_wait_output(s, deadline_ms));
        else if (errno != EINTR)
            return stream_fail(s, errno);
    }
}

enum status
stream_write(struct stream *s, struct str bytes, int64_t deadline_ms)
{
    while (bytes.len > 0) {
        size_t sent = 0;

        TRY(stream_write_some(s, bytes, deadline_ms, &sent));
        bytes = str_from_offset(bytes, sent);
    }
    return OK;
}

enum status
stream_drop_input(struct stream *s, size_t *dropped_out)
{
    char piece[DROP_PIECE];

    *dropped_out = 0;
    while (*dropped_out < DROP_MOST) {
        ssize_t n = recv(s->socket, piece, sizeof piece, MSG_DONTWAIT);

        if (n <= 0)
            return OK;
        *dropped_out += (size_t)n;
    }
    return fail(ERR_LIMIT, "the client does not stop sending");
}

enum status
stream_end(struct stream *s, int64_t deadline_ms)
{
    if (s->ssl != NULL)
        TRY(stream_tls_end(s, deadline_ms));
    if (shutdown(s->socket, SHUT_WR) < 0)
        return stream_fail(s, errno);
    return OK;
}
