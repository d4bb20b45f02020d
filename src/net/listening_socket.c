/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listening_socket.c - a socket that listens, pauses and listens again.
 *
 * On Linux, shutting a listening TCP socket for reading ends the listening and
 * keeps the port. Connections that are complete by then and not yet accepted
 * would be reset: so a filter first drops whatever begins a new one (clients
 * try again after a second, and are then refused), and the owner accepts until
 * nobody comes any more.
 */
#include "net/listener_private.h"

#include "net/address.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <string.h>
#include <unistd.h>

enum {
    BACKLOG = 1024,
    TCP_FLAGS_AT = 13, /* RFC 9293, 3.1 */
    TCP_SYN = 0x02,
    TCP_ACK = 0x10,
};

static void
set_reuse(int socket, int value)
{
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &value, sizeof value);
}

static void
set_sharing(int socket, int value)
{
    setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &value, sizeof value);
}

struct wish {
    const char *address;
    uint16_t port;
    struct sockaddr_storage at; /* of the two */
    socklen_t size;
};

static enum status
resolve(const char *address, uint16_t port, struct wish *out)
{
    *out = (struct wish){ .address = address, .port = port };
    return address_resolve(address, port, &out->at, &out->size);
}

static enum status
make_at(const struct wish *wish, bool is_sharing, int *socket_out)
{
    const struct sockaddr_storage *at = &wish->at;
    int made =
        socket(at->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (made < 0)
        return fail_errno(errno, "socket");
    set_reuse(made, 1);
    set_sharing(made, is_sharing);
    if (bind(made, (const struct sockaddr *)at, wish->size) < 0 ||
        listen(made, BACKLOG) < 0) {
        enum status status = fail_errno(errno, "cannot listen on %s port %u",
                                        wish->address, wish->port);

        close(made);
        return status;
    }
    set_sharing(made, 0);
    *socket_out = made;
    return OK;
}

enum status
listening_socket_make(const char *address, uint16_t port, int *socket_out)
{
    struct wish wish;

    TRY(resolve(address, port, &wish));
    return make_at(&wish, false, socket_out);
}

static bool
is_there(int socket, const struct wish *wish)
{
    struct sockaddr_storage own = { 0 };
    socklen_t size = sizeof own;

    return getsockname(socket, (struct sockaddr *)&own, &size) == 0 &&
           size == wish->size && memcmp(&own, &wish->at, size) == 0;
}

/* Two addresses that overlap share the port for the moment that both are
 * there; the kernel lets only sockets of the same user join. */
enum status
listening_socket_succeed(int old, const char *address, uint16_t port,
                         int *socket_out)
{
    struct wish wish;

    TRY(resolve(address, port, &wish));
    if (is_there(old, &wish)) {
        int same = fcntl(old, F_DUPFD_CLOEXEC, 0);

        if (same < 0)
            return fail_errno(errno, "the listening socket");
        *socket_out = same;
        return OK;
    }
    set_sharing(old, 1);
    enum status status = make_at(&wish, true, socket_out);
    set_sharing(old, 0);
    return status;
}

enum status
listening_socket_adopt(int socket)
{
    int flags = fcntl(socket, F_GETFL);

    if (flags < 0 || fcntl(socket, F_SETFL, flags | O_NONBLOCK) < 0 ||
        fcntl(socket, F_SETFD, FD_CLOEXEC) < 0)
        return fail_errno(errno, "the inherited socket");
    /* One that listens already stays as it is. */
    return listening_socket_reopen(socket);
}

enum status
listening_socket_port(int socket, uint16_t *port_out)
{
    struct sockaddr_storage at = { 0 };
    socklen_t size = sizeof at;
    char text[PEER_ADDRESS];

    if (getsockname(socket, (struct sockaddr *)&at, &size) < 0)
        return fail_errno(errno, "getsockname");
    address_format(&at, text, port_out);
    return OK;
}

void
listening_socket_hold(int socket)
{
    /* A packet with SYN and without ACK is dropped, all others pass. */
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, TCP_FLAGS_AT),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TCP_SYN | TCP_ACK),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TCP_SYN, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    struct sock_fprog filter = { sizeof steps / sizeof steps[0], steps };

    setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

void
listening_socket_shut(int socket)
{
    struct sockaddr_storage at = { 0 };
    socklen_t size = sizeof at;
    int number = getsockname(socket, (struct sockaddr *)&at, &size);

    shutdown(socket, SHUT_RD);
    /* A port that the kernel chose goes back with the listening; one that was
     * asked for does not, and this fails. */
    if (number == 0)
        number = bind(socket, (struct sockaddr *)&at, size);
    (void)number;
    /* While nobody listens, others could share the port. */
    set_reuse(socket, 0);
}

enum status
listening_socket_reopen(int socket)
{
    int none = 0;

    setsockopt(socket, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none);
    set_reuse(socket, 1);
    if (listen(socket, BACKLOG) < 0)
        return fail_errno(errno, "cannot listen again");
    return OK;
}
