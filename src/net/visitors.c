/* SPDX-License-Identifier: Apache-2.0 */
/*
 * visitors.c - who may come in, and who has to go.
 *
 * The accepting thread keeps the roll of visitors. To evict one it shuts down
 * a duplicate of the visitor's socket, which it owns until the visitor has
 * logged in: the visitor's thread may close its own at any moment, and the
 * number of a closed descriptor is soon somebody else's.
 */
#include "net/address.h"
#include "net/listener_private.h"

#include <fcntl.h>
#include <linux/tcp.h> /* glibc's tcp_info lacks the byte counts */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    KEEPALIVE_IDLE_S = 15, /* a dead client is found in half a minute */
    KEEPALIVE_INTERVAL_S = 5,
    KEEPALIVE_COUNT = 3,
    ACKNOWLEDGED_WITHIN_MS = 30000,
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

/* How many others come from where `v` does. */
static unsigned
count_others(const struct listener *l, const struct visitor *v, bool new_only)
{
    unsigned count = 0;

    for (const struct visitor *o = l->newest; o != NULL; o = o->older)
        if (o != v && !o->owes_header && (!new_only || o->handle >= 0) &&
            strcmp(o->address, v->address) == 0)
            count++;
    return count;
}

static bool
is_over(unsigned count, unsigned maximum)
{
    return maximum != 0 && count >= maximum;
}

/* Why its address has its share, or NULL. Behind a balancer it is not known
 * yet whose share that is. */
static const char *
admit_address(const struct listener *l, const struct visitor *v)
{
    const struct listener_limits *o = &l->limits;

    if (v->owes_header)
        return NULL;
    if (o->maximum_per_address != 0 &&
        is_over(count_others(l, v, false), o->maximum_per_address))
        return "maximum_connections_per_address is reached";
    if (o->maximum_unauthenticated_per_address != 0 &&
        is_over(count_others(l, v, true),
                o->maximum_unauthenticated_per_address))
        return "maximum_unauthenticated_per_address is reached";
    return NULL;
}

/* Why a newcomer is turned away, or NULL after making room for it. */
static const char *
admit(struct listener *l, const struct visitor *v)
{
    if (is_over(l->count, l->limits.maximum_connections))
        return "maximum_concurrent_connections is reached";
    const char *why = admit_address(l, v);
    if (why != NULL)
        return why;
    if (is_over(l->unauthenticated, l->limits.maximum_unauthenticated)) {
        struct visitor *out = find_evictable(l);

        if (out == NULL)
            return "maximum_unauthenticated is reached";
        out->is_evicted = true;
        shutdown(out->handle, SHUT_RDWR);
    }
    return NULL;
}

static void
refuse(const struct visitor *v, const char *why)
{
    const struct listener_options *o = &v->listener->options;

    if (o->refused != NULL)
        o->refused(o->arg, v->address, v->port, why);
}

static void
turn_away(struct visitor *v, const char *why)
{
    refuse(v, why);
    close(v->socket);
    if (v->handle >= 0)
        close(v->handle);
    free(v);
}

/* The visitor is who its balancer says; its share may be used up. */
static const char *
become(struct visitor *v, const struct proxy_header *header)
{
    struct listener *l = v->listener;
    LOCK_SCOPE(&l->lock);

    memcpy(v->unique_id, header->unique_id, sizeof v->unique_id);
    if (header->address[0] != '\0') {
        memcpy(v->balancer, v->address, sizeof v->balancer);
        v->balancer_port = v->port;
        memcpy(v->address, header->address, sizeof v->address);
        v->port = header->port;
    }
    v->owes_header = false;
    return admit_address(l, v);
}

/* Learn who the visitor is; false when it has to go. */
static bool
be_introduced(struct visitor *v)
{
    struct proxy_header header;
    enum status status = proxy_header_receive(v->socket, v->header_ms, &header);

    if (status == ERR_CLOSED)
        return false; /* looked whether the port is open, and went */
    if (status == OK && header.is_local && proxy_peer_is_gone(v->socket))
        return false;
    const char *why = status == OK ? become(v, &header) : fail_reason();
    if (why != NULL)
        refuse(v, why);
    return why == NULL;
}

static void *
run_visitor(void *arg)
{
    struct visitor *v = arg;
    const struct listener_options *o = &v->listener->options;

    if (v->owes_header && !be_introduced(v)) {
        close(v->socket);
        visitor_leave(v);
        return NULL;
    }
    o->serve(o->arg, v->socket, v);
    return NULL;
}

static void
set_options(int socket)
{
    static const struct {
        int level, option, value;
    } settings[] = {
        { IPPROTO_TCP, TCP_NODELAY, 1 },
        { SOL_SOCKET, SO_KEEPALIVE, 1 },
        { IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S },
        { IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S },
        { IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT },
        { IPPROTO_TCP, TCP_USER_TIMEOUT, ACKNOWLEDGED_WITHIN_MS },
    };

    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        setsockopt(socket, settings[i].level, settings[i].option,
                   &settings[i].value, sizeof settings[i].value);
}

static bool
is_balancer(const struct listener *l, const char *address)
{
    for (size_t i = 0; i < l->limits.proxy_source_count; i++)
        if (network_has(&l->proxy_sources[i], address))
            return true;
    return false;
}

/* Put it on the roll, or say why not. */
static const char *
enter(struct listener *l, struct visitor *v)
{
    LOCK_SCOPE(&l->lock);

    v->owes_header = is_balancer(l, v->address);
    v->header_ms = l->limits.proxy_header_ms;
    const char *why = admit(l, v);
    if (why == NULL)
        join_roll(l, v);
    return why;
}

void
visitor_receive(struct listener *l, int socket,
                const struct sockaddr_storage *peer)
{
    struct visitor *v = calloc(1, sizeof *v);

    if (v == NULL) {
        close(socket);
        return;
    }
    address_format(peer, v->address, &v->port);
    set_options(socket);
    v->listener = l;
    v->socket = socket;
    v->handle = fcntl(socket, F_DUPFD_CLOEXEC, 0);
    const char *why = v->handle < 0 ? "no descriptor is left" : enter(l, v);
    if (why != NULL) {
        turn_away(v, why);
        return;
    }
    if (thread_start_detached("session", run_visitor, v) != OK) {
        pthread_mutex_lock(&l->lock);
        leave_roll(l, v);
        pthread_mutex_unlock(&l->lock);
        turn_away(v, fail_reason());
    }
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

const char *
visitor_balancer(const struct visitor *v, uint16_t *port_out)
{
    *port_out = v->balancer_port;
    return v->balancer;
}

const char *
visitor_unique_id(const struct visitor *v)
{
    return v->unique_id;
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
