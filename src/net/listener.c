/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener.c - a port, and who comes in.
 *
 * The accepting thread keeps the roll of visitors. To evict one it shuts down
 * a duplicate of the visitor's socket, which it owns until the visitor has
 * logged in: the visitor's thread may close its own at any moment, and the
 * number of a closed descriptor is soon somebody else's.
 */
#include "net/listener.h"

#include "base/thread.h"
#include "net/address.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h> /* glibc's tcp_info lacks the byte counts */
#include <netinet/in.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024, OUT_OF_FILES_PAUSE_MS = 100 };

struct visitor {
    struct listener *listener;
    struct visitor *older; /* the roll, newest first */
    struct visitor *newer;
    char address[PEER_ADDRESS];
    uint16_t port;
    int socket; /* the visitor's own, until serve() has it */
    int handle; /* our duplicate; -1 once it has logged in */
    bool is_evicted;
};

struct listener {
    struct listener_options options;
    int socket;
    int wake; /* eventfd: stop accepting */
    uint16_t port;
    pthread_t thread;
    bool is_accepting;    /* used by the owner's thread only */
    pthread_mutex_t lock; /* guards the roll and the counts; a leaf */
    pthread_cond_t left;
    struct visitor *newest;
    unsigned count;
    unsigned unauthenticated;
};

static void
join_roll(struct listener *l, struct visitor *v)
{
    v->older = l->newest;
    if (l->newest != NULL)
        l->newest->newer = v;
    l->newest = v;
    l->count++;
    l->unauthenticated++;
}

static void
leave_roll(struct listener *l, struct visitor *v)
{
    if (v->older != NULL)
        v->older->newer = v->newer;
    if (v->newer != NULL)
        v->newer->older = v->older;
    else
        l->newest = v->older;
    l->count--;
    if (v->handle >= 0)
        l->unauthenticated--;
}

/* Whether the peer of a connection has not sent a byte. */
static bool
is_silent(int socket)
{
    struct tcp_info info = { 0 };
    socklen_t size = sizeof info;

    return getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
           info.tcpi_bytes_received == 0;
}

/* The one to go when all places are taken: the oldest that never said a byte,
 * else the oldest that has not logged in. */
static struct visitor *
find_evictable(struct listener *l)
{
    struct visitor *silent = NULL;
    struct visitor *oldest = NULL;

    for (struct visitor *v = l->newest; v != NULL; v = v->older) {
        if (v->handle < 0 || v->is_evicted)
            continue;
        oldest = v;
        if (is_silent(v->handle))
            silent = v;
    }
    return silent != NULL ? silent : oldest;
}

static unsigned
count_of_address(const struct listener *l, const char *address, bool new_only)
{
    unsigned count = 0;

    for (const struct visitor *v = l->newest; v != NULL; v = v->older)
        if ((!new_only || v->handle >= 0) && strcmp(v->address, address) == 0)
            count++;
    return count;
}

static bool
is_over(unsigned count, unsigned maximum)
{
    return maximum != 0 && count >= maximum;
}

/* Why a newcomer is turned away, or NULL after making room for it. */
static const char *
admit(struct listener *l, const char *address)
{
    const struct listener_limits *o = &l->options.limits;

    if (is_over(l->count, o->maximum_connections))
        return "maximum_concurrent_connections is reached";
    if (o->maximum_per_address != 0 &&
        count_of_address(l, address, false) >= o->maximum_per_address)
        return "maximum_connections_per_address is reached";
    if (o->maximum_unauthenticated_per_address != 0 &&
        count_of_address(l, address, true) >=
            o->maximum_unauthenticated_per_address)
        return "maximum_unauthenticated_per_address is reached";
    if (is_over(l->unauthenticated, o->maximum_unauthenticated)) {
        struct visitor *out = find_evictable(l);

        if (out == NULL)
            return "maximum_unauthenticated is reached";
        out->is_evicted = true;
        shutdown(out->handle, SHUT_RDWR);
    }
    return NULL;
}

static void *
run_visitor(void *arg)
{
    struct visitor *v = arg;

    v->listener->options.serve(v->listener->options.arg, v->socket, v);
    return NULL;
}

static void
turn_away(struct listener *l, struct visitor *v, const char *why)
{
    if (l->options.refused != NULL)
        l->options.refused(l->options.arg, v->address, v->port, why);
    close(v->socket);
    if (v->handle >= 0)
        close(v->handle);
    free(v);
}

static void
receive(struct listener *l, int socket, const struct sockaddr_storage *peer)
{
    struct visitor *v = calloc(1, sizeof *v);
    int on = 1;

    if (v == NULL) {
        close(socket);
        return;
    }
    address_format(peer, v->address, &v->port);
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    v->listener = l;
    v->socket = socket;
    v->handle = fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (v->handle < 0) {
        turn_away(l, v, "no descriptor is left");
        return;
    }
    pthread_mutex_lock(&l->lock);
    const char *why = admit(l, v->address);
    if (why == NULL)
        join_roll(l, v);
    pthread_mutex_unlock(&l->lock);
    if (why != NULL) {
        turn_away(l, v, why);
        return;
    }
    if (thread_start_detached("session", run_visitor, v) != OK) {
        pthread_mutex_lock(&l->lock);
        leave_roll(l, v);
        pthread_mutex_unlock(&l->lock);
        turn_away(l, v, fail_reason());
    }
}

static bool
is_fatal_accept_error(int number)
{
    return number == EBADF || number == EINVAL || number == ENOTSOCK;
}

static void *
run_accepting(void *arg)
{
    struct listener *l = arg;
    struct pollfd polled[2] = { { .fd = l->socket, .events = POLLIN },
                                { .fd = l->wake, .events = POLLIN } };

    for (;;) {
        if (poll(polled, 2, -1) < 0 && errno != EINTR)
            return NULL;
        if (polled[1].revents != 0)
            return NULL;
        struct sockaddr_storage peer = { 0 };
        socklen_t size = sizeof peer;
        int socket =
            accept4(l->socket, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);
        if (socket >= 0)
            receive(l, socket, &peer);
        else if (is_fatal_accept_error(errno))
            return NULL;
        else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS)
            poll(&polled[1], 1, OUT_OF_FILES_PAUSE_MS);
    }
}

static enum status
listen_on(struct listener *l)
{
    struct sockaddr_storage address = { 0 };
    socklen_t size = 0;
    int on = 1;

    TRY(address_resolve(l->options.address, l->options.port, &address, &size));
    l->socket = socket(address.ss_family,
                       SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->socket < 0)
        return fail_errno(errno, "socket");
    setsockopt(l->socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(l->socket, (struct sockaddr *)&address, size) < 0 ||
        listen(l->socket, BACKLOG) < 0)
        return fail_errno(errno, "cannot listen on %s port %u",
                          l->options.address, l->options.port);
    size = sizeof address;
    if (getsockname(l->socket, (struct sockaddr *)&address, &size) < 0)
        return fail_errno(errno, "getsockname");
    char text[PEER_ADDRESS];
    address_format(&address, text, &l->port);
    l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return l->wake < 0 ? fail_errno(errno, "eventfd") : OK;
}

static void
listener_free(struct listener *l)
{
    if (l->socket >= 0)
        close(l->socket);
    if (l->wake >= 0)
        close(l->wake);
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->left);
    free(l);
}

enum status
listener_start(const struct listener_options *options,
               struct listener **listener_out)
{
    struct listener *l = calloc(1, sizeof *l);

    if (l == NULL)
        return fail(ERR_MEMORY, "no memory for a listener");
    l->options = *options;
    l->socket = l->wake = -1;
    pthread_mutex_init(&l->lock, NULL);
    thread_condition_init(&l->left);
    enum status status = listen_on(l);
    if (status == OK)
        status = thread_start(&l->thread, "accept", run_accepting, l);
    if (status != OK) {
        listener_free(l);
        return status;
    }
    l->is_accepting = true;
    *listener_out = l;
    return OK;
}

uint16_t
listener_port(const struct listener *l)
{
    return l->port;
}

void
listener_stop_accepting(struct listener *l)
{
    uint64_t one = 1;

    if (!l->is_accepting)
        return;
    l->is_accepting = false;
    if (write(l->wake, &one, sizeof one) == sizeof one)
        pthread_join(l->thread, NULL);
    close(l->socket);
    l->socket = -1;
}

void
listener_stop(struct listener **listener)
{
    struct listener *l = *listener;

    if (l == NULL)
        return;
    listener_stop_accepting(l);
    pthread_mutex_lock(&l->lock);
    while (l->count > 0)
        pthread_cond_wait(&l->left, &l->lock);
    pthread_mutex_unlock(&l->lock);
    listener_free(l);
    *listener = NULL;
}

const char *
visitor_address(const struct visitor *v)
{
    return v->address;
}

uint16_t
visitor_port(const struct visitor *v)
{
    return v->port;
}

void
visitor_authenticated(struct visitor *v)
{
    struct listener *l = v->listener;
    int handle;

    pthread_mutex_lock(&l->lock);
    handle = v->handle;
    if (handle >= 0)
        l->unauthenticated--;
    v->handle = -1;
    pthread_mutex_unlock(&l->lock);
    if (handle >= 0)
        close(handle);
}

void
visitor_leave(struct visitor *v)
{
    struct listener *l = v->listener;

    pthread_mutex_lock(&l->lock);
    leave_roll(l, v);
    if (v->handle >= 0)
        close(v->handle);
    free(v);
    /* Under the lock: the listener is freed as soon as it is released. */
    pthread_cond_broadcast(&l->left);
    pthread_mutex_unlock(&l->lock);
}
