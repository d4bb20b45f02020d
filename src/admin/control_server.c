/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_server.c - glue between the control socket and control.c.
 *
 * A thread accepts; each connection has a thread and a slot. When no slot is
 * free, the connection that has waited longest for a request is shut down, so
 * idle ones never keep the operator out.
 */
#include "admin/control_server.h"

#include "admin/control_path.h"
#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BACKLOG = 64, ROOM_MS = 1000, LOCK_PATH = 4096 + 16, PAUSE_MS = 100 };

struct connection {
    struct control_server *server;
    int socket; /* -1: the slot is free; guarded by the server's lock */
    bool is_waiting;
    int64_t since_ms; /* it waits */
    struct control_peer peer;
};

struct control_server {
    struct control_server_options options;
    char *path;
    int lock_file;
    int socket;
    int wake; /* eventfd: stop accepting */
    bool is_bound;
    bool has_thread;
    pthread_t thread;
    pthread_mutex_t lock; /* a leaf; guards the slots */
    pthread_cond_t freed;
    bool is_stopping;
    struct connection slots[CONTROL_CONNECTIONS];
};

/* ---- one connection ---- */

static int64_t
now_ms(const struct control_server *s)
{
    return clock_now_ms(s->options.clock);
}

/* Until the socket is ready, or ERR_TIMEOUT. */
static enum status
wait_for(struct connection *c, short events, int64_t deadline_ms)
{
    for (;;) {
        int64_t left_ms = deadline_ms - now_ms(c->server);
        struct pollfd polled = { .fd = c->socket, .events = events };

        if (left_ms <= 0)
            return fail(ERR_TIMEOUT, "nothing came in time");
        int ready = poll(&polled, 1, (int)left_ms);
        if (ready > 0)
            return OK;
        if (ready < 0 && errno != EINTR)
            return fail_errno(errno, "poll");
    }
}

static bool
would_block(int number)
{
    return number == EAGAIN || number == EWOULDBLOCK || number == EINTR;
}

static enum status
receive_some(struct connection *c, struct buffer *in)
{
    char *room;

    TRY(buffer_reserve(in, 1, &room));
    size_t most = in->limit - buffer_len(in);
    if (most > 4096)
        most = 4096;
    TRY(buffer_reserve(in, most, &room));
    ssize_t got = recv(c->socket, room, most, 0);
    if (got < 0 && would_block(errno))
        return OK;
    if (got <= 0)
        return fail(ERR_CLOSED, "the peer has gone");
    buffer_added(in, (size_t)got);
    return OK;
}

static bool
has_line(struct str bytes, struct str *line_out)
{
    const char *end =
        bytes.len > 0 ? memchr(bytes.data, '\n', bytes.len) : NULL;

    if (end != NULL)
        *line_out = str_from(bytes.data, (size_t)(end - bytes.data));
    return end != NULL;
}

/* ERR_LIMIT: the line is longer than a request may be. */
static enum status
receive_line(struct connection *c, struct buffer *in, struct str *line_out)
{
    int64_t deadline_ms = now_ms(c->server) + CONTROL_TIMEOUT_MS;

    while (!has_line(buffer_str(in), line_out)) {
        if (buffer_len(in) > CONTROL_REQUEST)
            return fail(ERR_LIMIT, "a request has no end");
        TRY(wait_for(c, POLLIN, deadline_ms));
        TRY(receive_some(c, in));
    }
    return OK;
}

static enum status
send_all(struct connection *c, struct str bytes)
{
    int64_t deadline_ms = now_ms(c->server) + CONTROL_TIMEOUT_MS;

    while (bytes.len > 0) {
        ssize_t sent = send(c->socket, bytes.data, bytes.len, MSG_NOSIGNAL);

        if (sent > 0)
            bytes = str_from_offset(bytes, (size_t)sent);
        else if (would_block(errno))
            TRY(wait_for(c, POLLOUT, deadline_ms));
        else
            return fail(ERR_CLOSED, "the peer has gone");
    }
    return OK;
}

static void
set_waiting(struct connection *c, bool is_waiting)
{
    LOCK_SCOPE(&c->server->lock);
    c->is_waiting = is_waiting;
    c->since_ms = now_ms(c->server);
}

static enum status
answer(struct connection *c, struct str line)
{
    const struct control_server_options *o = &c->server->options;
    AUTO(buffer_done) struct buffer reply = BUFFER(CONTROL_REPLY);

    TRY(control_answer(o->commands, o->arg, line, &c->peer, &reply));
    return send_all(c, buffer_str(&reply));
}

/* What is behind a line that is too long cannot be understood any more. */
static enum status
refuse_long(struct connection *c, struct buffer *in)
{
    TRY(answer(c, buffer_str(in)));
    return fail(ERR_CLOSED, "a request was too long");
}

static enum status
converse(struct connection *c, struct buffer *in)
{
    struct str line;

    for (;;) {
        enum status status = receive_line(c, in, &line);

        set_waiting(c, false);
        if (status == ERR_LIMIT)
            return refuse_long(c, in);
        TRY(status);
        TRY(answer(c, line));
        buffer_take(in, line.len + 1);
        set_waiting(c, true);
    }
}

static void
free_slot(struct connection *c)
{
    LOCK_SCOPE(&c->server->lock);
    close(c->socket);
    c->socket = -1;
    pthread_cond_broadcast(&c->server->freed);
}

static void *
run_connection(void *arg)
{
    struct connection *c = arg;
    struct buffer in = BUFFER(CONTROL_REQUEST + 1);

    (void)!converse(c, &in);
    buffer_done(&in);
    free_slot(c);
    return NULL;
}

/* ---- who comes in ---- */

static void
tell_refused(const struct control_server *s, const struct control_peer *peer,
             const char *why)
{
    struct event_subject nobody = { "", "", "", "", "", "", 0, "" };
    struct event_field fields[] = {
        EVENT_NUMBER("uid", peer->uid),
        EVENT_NUMBER("pid", (uint64_t)peer->pid),
        EVENT_TEXT("details", str_of(why)),
    };

    event_emit(s->options.events, EVENT_CONTROL_REFUSED, &nobody, fields, 3);
}

static bool
is_welcome(const struct control_server *s, int socket,
           struct control_peer *peer)
{
    struct ucred who = { .uid = (uid_t)-1 };
    socklen_t size = sizeof who;

    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
        return false;
    *peer = (struct control_peer){ who.uid, who.pid, socket };
    if (who.uid == 0 || who.uid == geteuid())
        return true;
    tell_refused(s, peer, "only root and the server's own user may");
    return false;
}

/* The lock is held. */
static struct connection *
find_free(struct control_server *s)
{
    for (size_t i = 0; i < CONTROL_CONNECTIONS; i++)
        if (s->slots[i].socket < 0)
            return &s->slots[i];
    return NULL;
}

/* The lock is held. */
static void
evict_idlest(struct control_server *s)
{
    struct connection *idlest = NULL;

    for (size_t i = 0; i < CONTROL_CONNECTIONS; i++) {
        struct connection *c = &s->slots[i];

        if (c->is_waiting && (idlest == NULL || c->since_ms < idlest->since_ms))
            idlest = c;
    }
    if (idlest == NULL)
        return;
    idlest->is_waiting = false;
    shutdown(idlest->socket, SHUT_RDWR);
}

/* A slot for the connection, or NULL when all are at work. */
static struct connection *
take_slot(struct control_server *s, const struct control_peer *peer)
{
    LOCK_SCOPE(&s->lock);
    struct connection *c = find_free(s);

    if (c == NULL) {
        evict_idlest(s);
        thread_condition_wait(&s->freed, &s->lock, ROOM_MS);
        c = find_free(s);
    }
    if (c == NULL)
        return NULL;
    *c = (struct connection){ .server = s,
                              .socket = peer->connection,
                              .is_waiting = true,
                              .since_ms = now_ms(s),
                              .peer = *peer };
    return c;
}

static void
turn_away(int socket)
{
    static const char sentence[] =
        "{\"protocol\":1,\"ok\":false,\"error\":\"denied\",\"message\":"
        "\"you may not, or too many do\"}\n";

    (void)!send(socket, sentence, sizeof sentence - 1,
                MSG_NOSIGNAL | MSG_DONTWAIT);
    close(socket);
}

static void
receive(struct control_server *s, int socket)
{
    struct control_peer peer;

    if (!is_welcome(s, socket, &peer)) {
        turn_away(socket);
        return;
    }
    struct connection *c = take_slot(s, &peer);
    if (c == NULL) {
        tell_refused(s, &peer, "too many commands run");
        turn_away(socket);
        return;
    }
    if (thread_start_detached("control", run_connection, c) != OK)
        free_slot(c);
}

static void *
run_accepting(void *arg)
{
    struct control_server *s = arg;
    struct pollfd polled[2] = { { .fd = s->socket, .events = POLLIN },
                                { .fd = s->wake, .events = POLLIN } };

    for (;;) {
        if (poll(polled, 2, -1) < 0 && errno != EINTR)
            return NULL;
        if (polled[1].revents != 0)
            return NULL;
        int socket =
            accept4(s->socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (socket >= 0)
            receive(s, socket);
        else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS)
            poll(&polled[1], 1, PAUSE_MS);
    }
}

/* ---- start and stop ---- */

static enum status
make_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    AUTO(str_free) char *folder = NULL;

    if (slash == NULL || slash == path)
        return OK;
    folder = str_copy(str_from(path, (size_t)(slash - path)));
    if (folder == NULL)
        return fail(ERR_MEMORY, "no memory for a path");
    if (mkdir(folder, 0700) < 0 && errno != EEXIST)
        return fail_errno(errno, "control_socket: the folder '%s'", folder);
    return OK;
}

static enum status
take_lock(struct control_server *s)
{
    char path[LOCK_PATH];

    if ((size_t)snprintf(path, sizeof path, "%s.lock", s->path) >= sizeof path)
        return fail(ERR_LIMIT, "control_socket: the path is too long");
    s->lock_file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->lock_file < 0)
        return fail_errno(errno, "%s", path);
    if (flock(s->lock_file, LOCK_EX | LOCK_NB) == 0)
        return OK;
    return fail(ERR_BUSY, "a server that runs has the control_socket '%s'",
                s->path);
}

/* We hold the lock, so a socket that lies there is a dead server's, unless a
 * stranger answers. */
static enum status
remove_stale(const struct control_server *s, const struct sockaddr_un *address,
             socklen_t len)
{
    struct stat is;

    if (lstat(s->path, &is) != 0)
        return errno == ENOENT ? OK : fail_errno(errno, "%s", s->path);
    if (!S_ISSOCK(is.st_mode))
        return fail(ERR_EXISTS, "control_socket: '%s' is no socket", s->path);
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return fail_errno(errno, "socket");
    bool answers = connect(probe, (const struct sockaddr *)address, len) == 0 ||
                   errno == EAGAIN;
    close(probe);
    if (answers)
        return fail(ERR_BUSY, "another program listens on '%s'", s->path);
    if (unlink(s->path) != 0)
        return fail_errno(errno, "%s", s->path);
    return OK;
}

/* The mode comes from the descriptor: the name never has another one. */
static enum status
bind_socket(struct control_server *s, const struct sockaddr_un *address,
            socklen_t len)
{
    TRY(remove_stale(s, address, len));
    s->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->socket < 0)
        return fail_errno(errno, "socket");
    if (fchmod(s->socket, 0600) != 0 ||
        bind(s->socket, (const struct sockaddr *)address, len) != 0)
        return fail_errno(errno, "control_socket '%s'", s->path);
    s->is_bound = true;
    if (listen(s->socket, BACKLOG) != 0)
        return fail_errno(errno, "control_socket '%s'", s->path);
    return OK;
}

static enum status
open_socket(struct control_server *s)
{
    struct sockaddr_un address;
    socklen_t len;
    int folder;

    TRY(make_parent(s->path));
    TRY(take_lock(s));
    TRY(control_address(s->path, &address, &len, &folder));
    enum status status = bind_socket(s, &address, len);
    if (folder >= 0)
        close(folder);
    return status;
}

static enum status
start(struct control_server *s)
{
    if (s->path == NULL)
        return fail(ERR_MEMORY, "no memory for the control socket");
    TRY(open_socket(s));
    s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->wake < 0)
        return fail_errno(errno, "eventfd");
    TRY(thread_start(&s->thread, "control-accept", run_accepting, s));
    s->has_thread = true;
    return OK;
}

enum status
control_server_start(const struct control_server_options *options,
                     struct control_server **out)
{
    struct control_server *s = calloc(1, sizeof *s);

    if (s == NULL)
        return fail(ERR_MEMORY, "no memory for the control socket");
    s->options = *options;
    s->path = str_copy(str_of(options->path));
    s->lock_file = s->socket = s->wake = -1;
    for (size_t i = 0; i < CONTROL_CONNECTIONS; i++)
        s->slots[i] = (struct connection){ .server = s, .socket = -1 };
    pthread_mutex_init(&s->lock, NULL);
    thread_condition_init(&s->freed);
    enum status status = start(s);
    if (status != OK)
        control_server_stop(&s);
    else
        *out = s;
    return status;
}

enum status
control_server_step_aside(struct control_server *s)
{
    char aside[LOCK_PATH];
    LOCK_SCOPE(&s->lock);

    if (s->lock_file < 0)
        return OK;
    if ((size_t)snprintf(aside, sizeof aside, "%s.%ld", s->path,
                         (long)getpid()) >= sizeof aside)
        return fail(ERR_LIMIT, "control_socket: the path is too long");
    char *path = str_copy(str_of(aside));
    if (path == NULL)
        return fail(ERR_MEMORY, "no memory for a path");
    if (rename(s->path, path) != 0) {
        free(path);
        return fail_errno(errno, "%s", s->path);
    }
    free(s->path);
    s->path = path;
    close(s->lock_file);
    s->lock_file = -1;
    return OK;
}

static void
stop_accepting(struct control_server *s)
{
    uint64_t one = 1;

    if (s->has_thread && write(s->wake, &one, sizeof one) == sizeof one)
        pthread_join(s->thread, NULL);
    /* Under the lock file, so this is still ours. */
    if (s->is_bound)
        unlink(s->path);
}

/* Who waits for the client is told that nothing comes; commands end first. */
static void
end_connections(struct control_server *s)
{
    LOCK_SCOPE(&s->lock);
    for (size_t i = 0; i < CONTROL_CONNECTIONS; i++)
        if (s->slots[i].socket >= 0)
            shutdown(s->slots[i].socket, SHUT_RD);
    for (size_t i = 0; i < CONTROL_CONNECTIONS; i++)
        while (s->slots[i].socket >= 0)
            pthread_cond_wait(&s->freed, &s->lock);
}

static void
close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

void
control_server_stop(struct control_server **server)
{
    struct control_server *s = *server;

    if (s == NULL)
        return;
    stop_accepting(s);
    end_connections(s);
    close_if_open(s->wake);
    close_if_open(s->socket);
    close_if_open(s->lock_file);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->freed);
    free(s->path);
    free(s);
    *server = NULL;
}
