/* SPDX-License-Identifier: Apache-2.0 */
/* listener.c - a port: accepting on it, pausing, handing it on. */
#include "net/listener_private.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    OUT_OF_FILES_PAUSE_MS = 100,
    LAST_ONES_MS = 250,  /* the way of a client whose connection has begun */
    LAST_ONES_MOST = 40, /* times LAST_ONES_MS, should they never end */
};

enum outcome { TOOK_ONE, TOOK_NONE, CANNOT_GO_ON };

static enum outcome
accept_one(struct listener *l)
{
    struct sockaddr_storage peer = { 0 };
    socklen_t size = sizeof peer;
    int socket =
        accept4(l->socket, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);

    if (socket >= 0) {
        visitor_receive(l, socket, &peer);
        return TOOK_ONE;
    }
    if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK)
        return CANNOT_GO_ON;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS)
        poll(NULL, 0, OUT_OF_FILES_PAUSE_MS);
    return TOOK_NONE;
}

/* Serve whom the kernel has queued, then have it refuse. */
static void
shut_the_door(struct listener *l)
{
    struct pollfd polled = { .fd = l->socket, .events = POLLIN };

    listening_socket_hold(l->socket);
    for (int i = 0; i < LAST_ONES_MOST; i++) {
        if (poll(&polled, 1, LAST_ONES_MS) == 0)
            break;
        while (accept_one(l) == TOOK_ONE)
            ;
    }
    listening_socket_shut(l->socket);
}

static enum wanted
hear(struct listener *l)
{
    uint64_t times;
    LOCK_SCOPE(&l->lock);

    (void)!read(l->wake, &times, sizeof times);
    return l->wanted;
}

static void
answer(struct listener *l, bool is_over)
{
    LOCK_SCOPE(&l->lock);

    l->is_heard = true;
    l->is_over |= is_over;
    pthread_cond_broadcast(&l->heard);
}

/* Do what was asked for; false when that is to end. */
static bool
obey(struct listener *l, bool *is_paused)
{
    enum wanted wanted = hear(l);

    if (wanted == WANTS_END)
        return false;
    if (wanted == WANTS_PAUSE && !*is_paused)
        shut_the_door(l);
    *is_paused = wanted == WANTS_PAUSE;
    answer(l, false);
    return true;
}

static void
accept_until_told(struct listener *l)
{
    struct pollfd polled[2] = { { .fd = l->wake, .events = POLLIN },
                                { .fd = l->socket, .events = POLLIN } };
    bool is_paused = l->options.is_held;
    bool goes_on = true;

    while (goes_on &&
           (poll(polled, is_paused ? 1 : 2, -1) >= 0 || errno == EINTR)) {
        if (polled[0].revents != 0)
            goes_on = obey(l, &is_paused);
        else if (!is_paused)
            goes_on = accept_one(l) != CANNOT_GO_ON;
    }
}

static void *
run_accepting(void *arg)
{
    accept_until_told(arg);
    answer(arg, true);
    return NULL;
}

/* Returns when the accepting thread has done it. */
static void
tell(struct listener *l, enum wanted wanted)
{
    uint64_t one = 1;
    LOCK_SCOPE(&l->lock);

    l->wanted = wanted;
    l->is_heard = false;
    (void)!write(l->wake, &one, sizeof one);
    while (!l->is_heard && !l->is_over)
        pthread_cond_wait(&l->heard, &l->lock);
}

static enum status
open_socket(struct listener *l)
{
    const struct listener_options *o = &l->options;

    l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->wake < 0)
        return fail_errno(errno, "eventfd");
    if (l->socket >= 0)
        TRY(listening_socket_adopt(l->socket));
    else if (o->successor_of != NULL)
        TRY(listening_socket_succeed(o->successor_of->socket, o->address,
                                     o->port, &l->socket));
    else
        TRY(listening_socket_make(o->address, o->port, &l->socket));
    return listening_socket_port(l->socket, &l->port);
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
    pthread_cond_destroy(&l->heard);
    free(l->proxy_sources);
    free(l);
}

enum status
listener_start(const struct listener_options *options,
               struct listener **listener_out)
{
    struct listener *l = calloc(1, sizeof *l);

    if (l == NULL) {
        if (options->inherited > 0)
            close(options->inherited);
        return fail(ERR_MEMORY, "no memory for a listener");
    }
    l->options = *options;
    l->socket = options->inherited > 0 ? options->inherited : -1;
    l->wake = -1;
    pthread_mutex_init(&l->lock, NULL);
    thread_condition_init(&l->left);
    thread_condition_init(&l->heard);
    enum status status = listener_adjust(l, &options->limits);
    if (status == OK)
        status = open_socket(l);
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

int
listener_socket(const struct listener *l)
{
    return l->socket;
}

unsigned
listener_visitor_count(struct listener *l)
{
    LOCK_SCOPE(&l->lock);

    return l->count;
}

enum status
listener_adjust(struct listener *l, const struct listener_limits *limits)
{
    size_t size = limits->proxy_source_count * sizeof *limits->proxy_sources;
    struct network *ours = size > 0 ? malloc(size) : NULL;

    if (size > 0) {
        if (ours == NULL)
            return fail(ERR_MEMORY, "no memory for proxy_protocol_sources");
        memcpy(ours, limits->proxy_sources, size);
    }
    LOCK_SCOPE(&l->lock);
    free(l->proxy_sources);
    l->proxy_sources = ours;
    l->limits = *limits;
    l->limits.proxy_sources = ours;
    return OK;
}

void
listener_pause(struct listener *l)
{
    if (l->is_accepting)
        tell(l, WANTS_PAUSE);
}

enum status
listener_resume(struct listener *l)
{
    if (!l->is_accepting)
        return fail(ERR_INVALID, "the port is closed");
    TRY(listening_socket_reopen(l->socket));
    tell(l, WANTS_VISITORS);
    return OK;
}

void
listener_stop_accepting(struct listener *l)
{
    if (!l->is_accepting)
        return;
    l->is_accepting = false;
    tell(l, WANTS_END);
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
