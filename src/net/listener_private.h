/* SPDX-License-Identifier: Apache-2.0 */
/* listener_private.h - a listener and its visitors, from inside. */
#pragma once

#include "base/thread.h"
#include "net/listener.h"
#include "net/networks.h"
#include "net/proxy_header.h"

#include <sys/socket.h>

struct visitor {
    struct listener *listener;
    struct visitor *older; /* the roll, newest first */
    struct visitor *newer;
    char address[PEER_ADDRESS]; /* written under the lock after joining */
    uint16_t port;
    char balancer[PEER_ADDRESS]; /* "" where there is none */
    uint16_t balancer_port;
    char unique_id[PROXY_UNIQUE_ID + 1];
    int socket; /* the visitor's own, until serve() has it */
    int handle; /* our duplicate; -1 once it has logged in */
    bool is_evicted;
    bool owes_header;  /* its address is a balancer's until it has come */
    int64_t header_ms; /* within which it has to */
};

enum wanted { WANTS_VISITORS, WANTS_PAUSE, WANTS_END };

struct listener {
    struct listener_options options; /* but for the limits */
    int socket;
    int wake; /* eventfd: look at `wanted` */
    uint16_t port;
    pthread_t thread;
    bool is_accepting;    /* used by the owner's thread only */
    pthread_mutex_t lock; /* guards what follows; a leaf */
    pthread_cond_t left;  /* somebody has */
    pthread_cond_t heard; /* the accepting thread did as it was told, or has
                             ended */
    enum wanted wanted;
    bool is_heard;
    bool is_over;
    struct listener_limits limits;
    struct network *proxy_sources; /* those of `limits`, ours */
    struct visitor *newest;
    unsigned count;
    unsigned unauthenticated;
};

/* visitors.c: take over a connection that was accepted. */
void visitor_receive(struct listener *, int socket,
                     const struct sockaddr_storage *peer);

/*
 * visitor_header.c: read a PROXY header, and not a byte behind it, within
 * `within_ms`. ERR_CLOSED: the peer went without having said anything.
 */
MUST_CHECK enum status proxy_header_receive(int socket, int64_t within_ms,
                                            struct proxy_header *out);

/* Whether a balancer that came for itself hangs up at once: it only looked
 * whether somebody answers. */
bool proxy_peer_is_gone(int socket);

/* listening_socket.c */
MUST_CHECK enum status listening_socket_make(const char *address, uint16_t port,
                                             int *socket_out);
/* The same, on the port of one that listens and is about to be closed. */
MUST_CHECK enum status listening_socket_succeed(int old, const char *address,
                                                uint16_t port, int *socket_out);
/* Make sure that an inherited one listens. */
MUST_CHECK enum status listening_socket_adopt(int socket);
MUST_CHECK enum status listening_socket_port(int socket, uint16_t *port_out);
/* Begin no more connections, but finish those that have begun. */
void listening_socket_hold(int socket);
/* Refuse connections, and keep the port. */
void listening_socket_shut(int socket);
MUST_CHECK enum status listening_socket_reopen(int socket);
