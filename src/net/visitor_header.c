/* SPDX-License-Identifier: Apache-2.0 */
/*
 * visitor_header.c - a PROXY header off a socket, and not a byte more: what
 * follows is the client's. So it is looked at until it is whole, then taken.
 */
#include "base/clock.h"
#include "net/listener_private.h"

#include <errno.h>
#include <poll.h>

enum { HEALTH_CHECK_MS = 100 };

/* What has come, and is still to be taken. */
struct glance {
    char bytes[PROXY_HEADER];
    size_t seen;
};

/* Wait until there are more than `seen` bytes, or no more will come. */
static enum status
wait_for_more(int socket, size_t seen, int64_t deadline_ms)
{
    struct pollfd polled = { .fd = socket, .events = POLLIN };
    int wanted = (int)seen + 1;

    setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &wanted, sizeof wanted);
    for (;;) {
        int64_t left = deadline_ms - clock_now_ms(clock_real());
        int ready = left > 0 ? poll(&polled, 1, (int)left) : 0;

        if (ready == 0)
            return fail(ERR_TIMEOUT,
                        "no PROXY header came in time from a balancer "
                        "(proxy_protocol_sources)");
        if (ready > 0)
            return OK;
        if (errno != EINTR)
            return fail_errno(errno, "poll");
    }
}

static enum status
look(int socket, struct glance *g)
{
    ssize_t got =
        recv(socket, g->bytes, sizeof g->bytes, MSG_PEEK | MSG_DONTWAIT);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return OK;
    if (got <= 0 && g->seen == 0)
        return fail(ERR_CLOSED, "the balancer said nothing");
    if (got <= 0 || (size_t)got == g->seen)
        return fail(ERR_INVALID, "a PROXY header broke off");
    g->seen = (size_t)got;
    return OK;
}

static enum status
take(int socket, struct glance *g, size_t len)
{
    int one = 1;

    setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof one);
    if (recv(socket, g->bytes, len, MSG_WAITALL) != (ssize_t)len)
        return fail(ERR_INVALID, "a PROXY header broke off");
    return OK;
}

/* The next look at what may be a header; *used is its length when it is. */
static enum status
read_more(int socket, struct glance *g, int64_t deadline_ms,
          struct proxy_header *out, size_t *used)
{
    TRY(wait_for_more(socket, g->seen, deadline_ms));
    TRY(look(socket, g));
    return proxy_header_parse(str_from(g->bytes, g->seen), out, used);
}

enum status
proxy_header_receive(int socket, int64_t within_ms, struct proxy_header *out)
{
    int64_t deadline = clock_now_ms(clock_real()) + within_ms;
    struct glance glance = { .seen = 0 };
    size_t used = 0;

    while (used == 0)
        TRY(read_more(socket, &glance, deadline, out, &used));
    return take(socket, &glance, used);
}

bool
proxy_peer_is_gone(int socket)
{
    struct pollfd polled = { .fd = socket, .events = POLLIN };
    char byte;

    if (poll(&polled, 1, HEALTH_CHECK_MS) <= 0)
        return false;
    return recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}
