/* SPDX-License-Identifier: Apache-2.0 */
/* data_connection.c - FTP's other connection. */
#include "ftp/data_connection.h"

#include "base/random.h"
#include "base/thread.h"
#include "net/address.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    LOWEST_PORT = 1024,    /* of clients: nothing of a system listens above */
    DYNAMIC_FIRST = 49152, /* RFC 6335, 6: for whoever needs one a while */
    DYNAMIC_LAST = 65535,
    BACKLOG = 8,
    RANDOM_TRIES = 32,
    STRANGERS_MOST = 64, /* who may knock at one port before it closes */
    MS_A_SECOND = 1000,
};

struct data_connection {
    struct data_options options;
    int listening; /* -1: active, or the client is there */
    int socket;    /* -1: none so far */
    bool is_connected;
    unsigned strangers;
    struct ftp_address to;
    struct stream *stream; /* during the handshake */
};

static enum status
data_new(const struct data_options *options, struct data_connection **out)
{
    struct data_connection *d = calloc(1, sizeof *d);

    if (d == NULL)
        return fail(ERR_MEMORY, "no memory for a data connection");
    d->options = *options;
    d->listening = d->socket = -1;
    *out = d;
    return OK;
}

static void
close_socket(int *socket)
{
    if (*socket >= 0)
        close(*socket);
    *socket = -1;
}

void
data_done(struct data_connection **data)
{
    struct data_connection *d = *data;

    if (d == NULL)
        return;
    stream_free(&d->stream);
    close_socket(&d->socket);
    close_socket(&d->listening);
    free(d);
    *data = NULL;
}

void
data_use_tls(struct data_connection *d, struct tls_context *tls)
{
    d->options.tls = tls;
}

/* ---- ports ---- */

static socklen_t
set_port(struct sockaddr_storage *address, uint16_t port)
{
    if (address->ss_family == AF_INET6) {
        ((struct sockaddr_in6 *)address)->sin6_port = htons(port);
        return sizeof(struct sockaddr_in6);
    }
    ((struct sockaddr_in *)address)->sin_port = htons(port);
    return sizeof(struct sockaddr_in);
}

/* The address under which the client reached us. */
static enum status
own_address(const struct data_options *o, struct sockaddr_storage *out)
{
    socklen_t size = sizeof *out;

    memset(out, 0, sizeof *out);
    if (getsockname(o->control_socket, (struct sockaddr *)out, &size) < 0)
        return fail_errno(errno, "getsockname");
    return OK;
}

static bool
bind_port(int socket, struct sockaddr_storage *address, uint16_t port)
{
    socklen_t size = set_port(address, port);

    return bind(socket, (struct sockaddr *)address, size) == 0;
}

static int
new_socket(int family)
{
    int on = 1;
    int made = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (made >= 0)
        setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return made;
}

/* Ports that nobody can foretell (S25); when those are taken, any, from a
 * random one on. */
static enum status
listen_in_range(struct data_connection *d, struct sockaddr_storage *address,
                uint16_t first, uint16_t last)
{
    uint32_t count = (uint32_t)last - first + 1;
    uint32_t at = 0;

    for (uint32_t i = 0; i < count + RANDOM_TRIES; i++, at++) {
        if (i <= RANDOM_TRIES)
            random_bytes(&at, sizeof at);
        if (d->listening < 0)
            d->listening = new_socket(address->ss_family);
        if (d->listening < 0)
            return fail_errno(errno, "socket");
        if (!bind_port(d->listening, address, (uint16_t)(first + at % count)))
            continue;
        if (listen(d->listening, BACKLOG) == 0)
            return OK;
        close_socket(&d->listening); /* bound, and of no use */
    }
    close_socket(&d->listening);
    return fail(ERR_FULL, "every port of passive_port_range is in use");
}

/* The kernel's own choice among many that wait after their end (TIME_WAIT)
 * costs milliseconds; a port that was picked by chance is free or is not. */
static enum status
listen_anywhere(struct data_connection *d, struct sockaddr_storage *address)
{
    enum status status =
        listen_in_range(d, address, DYNAMIC_FIRST, DYNAMIC_LAST);

    if (status != ERR_FULL)
        return status;
    d->listening = new_socket(address->ss_family);
    if (d->listening < 0)
        return fail_errno(errno, "socket");
    if (!bind_port(d->listening, address, 0) ||
        listen(d->listening, BACKLOG) < 0)
        return fail_errno(errno, "cannot listen for a data connection");
    return OK;
}

static enum status
check_family(const struct sockaddr_storage *own, enum ftp_family family)
{
    bool is_ipv6 =
        own->ss_family == AF_INET6 &&
        !IN6_IS_ADDR_V4MAPPED(&((const struct sockaddr_in6 *)own)->sin6_addr);

    if (family == FTP_ANY_FAMILY || is_ipv6 == (family == FTP_IPV6))
        return OK;
    return fail(ERR_UNSUPPORTED, "the control connection is of the other "
                                 "family");
}

static enum status
start_listening(struct data_connection *d, enum ftp_family family,
                uint16_t *port_out)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char text[PEER_ADDRESS];

    TRY(own_address(&d->options, &address));
    TRY(check_family(&address, family));
    if (d->options.first_port == 0)
        TRY(listen_anywhere(d, &address));
    else
        TRY(listen_in_range(d, &address, d->options.first_port,
                            d->options.last_port));
    if (getsockname(d->listening, (struct sockaddr *)&address, &size) < 0)
        return fail_errno(errno, "getsockname");
    address_format(&address, text, port_out);
    return OK;
}

enum status
data_listen(const struct data_options *options, enum ftp_family family,
            uint16_t *port_out, struct data_connection **out)
{
    AUTO(data_done) struct data_connection *d = NULL;

    TRY(data_new(options, &d));
    TRY(start_listening(d, family, port_out));
    *out = d;
    d = NULL;
    return OK;
}

enum status
data_connect_to(const struct data_options *options,
                const struct ftp_address *to, struct data_connection **out)
{
    if (strcmp(to->address, options->peer_address) != 0)
        return fail(ERR_DENIED, "only your own address is connected to");
    if (to->port < LOWEST_PORT)
        return fail(ERR_DENIED, "ports below %d are not connected to",
                    LOWEST_PORT);
    TRY(data_new(options, out));
    (*out)->to = *to;
    return OK;
}

/* ---- the connection ---- */

static enum status
wait_for(const struct data_connection *d, int socket, short events,
         int64_t deadline_ms)
{
    struct pollfd polled = { .fd = socket, .events = events };
    int64_t left_ms = deadline_ms - clock_now_ms(d->options.clock);
    sigset_t mask;

    if (left_ms <= 0)
        return fail(ERR_TIMEOUT, "the data connection was not made in time");
    struct timespec left = { .tv_sec = left_ms / MS_A_SECOND,
                             .tv_nsec = left_ms % MS_A_SECOND * 1000000 };
    thread_wait_mask(&mask);
    int ready = ppoll(&polled, 1, &left, &mask);
    if (ready < 0 && errno != EINTR)
        return fail_errno(errno, "waiting for a data connection");
    if (ready <= 0)
        return fail(ERR_TIMEOUT, "the data connection was not made in time");
    return OK;
}

/* Nobody but the client: who is first at the port may be anybody (S25). */
static enum status
accept_client(struct data_connection *d, int64_t deadline_ms)
{
    while (d->strangers < STRANGERS_MOST) {
        struct sockaddr_storage peer = { 0 };
        socklen_t size = sizeof peer;
        char address[PEER_ADDRESS];
        uint16_t port;

        TRY(wait_for(d, d->listening, POLLIN, deadline_ms));
        int got = accept4(d->listening, (struct sockaddr *)&peer, &size,
                          SOCK_CLOEXEC);
        if (got < 0)
            continue;
        address_format(&peer, address, &port);
        if (strcmp(address, d->options.peer_address) == 0) {
            d->socket = got;
            d->is_connected = true;
            close_socket(&d->listening);
            return OK;
        }
        close(got);
        d->strangers++;
    }
    return fail(ERR_DENIED, "too many strangers came to the data port");
}

/* The port of the range that RFC 959 wants (20) may be taken by another data
 * connection; the client only cares about our address. */
static void
bind_source(struct data_connection *d)
{
    struct sockaddr_storage own;

    if (own_address(&d->options, &own) != OK)
        return;
    socklen_t size = set_port(&own, d->options.active_source_port);
    if (bind(d->socket, (struct sockaddr *)&own, size) < 0) {
        size = set_port(&own, 0);
        (void)!bind(d->socket, (struct sockaddr *)&own, size);
    }
}

static enum status
start_connecting(struct data_connection *d)
{
    struct sockaddr_storage to = { 0 };
    socklen_t size = 0;

    TRY(address_resolve(d->to.address, d->to.port, &to, &size));
    d->socket = new_socket(to.ss_family);
    if (d->socket < 0)
        return fail_errno(errno, "socket");
    bind_source(d);
    if (connect(d->socket, (struct sockaddr *)&to, size) < 0 &&
        errno != EINPROGRESS)
        return fail_errno(errno, "the data connection");
    return OK;
}

static enum status
connect_client(struct data_connection *d, int64_t deadline_ms)
{
    int error = 0;
    socklen_t size = sizeof error;

    if (d->socket < 0)
        TRY(start_connecting(d));
    TRY(wait_for(d, d->socket, POLLOUT, deadline_ms));
    if (getsockopt(d->socket, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        error = errno;
    if (error != 0)
        return fail_errno(error, "the data connection");
    d->is_connected = true;
    return OK;
}

enum status
data_connect(struct data_connection *d, int64_t deadline_ms)
{
    if (d->is_connected)
        return OK;
    return d->listening >= 0 ? accept_client(d, deadline_ms)
                             : connect_client(d, deadline_ms);
}

/* Without tickets: with some, clients were seen to reset the connection and
 * lose the tail of what they had sent. */
static enum status
secure(struct data_connection *d, int64_t deadline_ms)
{
    struct tls_session_options options = { .context = d->options.tls };

    TRY(stream_start_tls(d->stream, &options, deadline_ms));
    const struct tls_peer *peer = stream_tls(d->stream);
    bool is_same =
        peer->is_resumed && str_equal(peer->resumed, d->options.tls_bound_to);
    if (d->options.require_session_reuse && !is_same)
        return fail(ERR_DENIED, "the data connection does not go on with the "
                                "TLS session of the control connection");
    return OK;
}

static enum status
make_stream(struct data_connection *d)
{
    int on = 1;
    int socket = d->socket;

    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    d->socket = -1;
    return stream_new(socket, d->options.clock, &d->stream);
}

enum status
data_open(struct data_connection *d, int64_t deadline_ms,
          struct stream **stream_out)
{
    enum status status = OK;

    TRY(data_connect(d, deadline_ms));
    if (d->stream == NULL && d->socket >= 0)
        TRY(make_stream(d));
    if (d->stream == NULL)
        return fail(ERR_CLOSED, "there is no data connection any more");
    if (d->options.tls != NULL)
        status = secure(d, deadline_ms);
    if (status != OK && status != ERR_TIMEOUT)
        stream_free(&d->stream);
    TRY(status);
    *stream_out = d->stream;
    d->stream = NULL;
    return OK;
}
