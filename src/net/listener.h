/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener.h - a port, and who comes in.
 *
 * One thread per listener accepts. Connections that have not logged in are
 * counted, in all and per address: when all places are taken the oldest that
 * never said a byte goes (or else the oldest); when an address has its share it
 * is turned away.
 */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct network;

enum { PEER_ADDRESS = 46 }; /* INET6_ADDRSTRLEN */

struct listener;
struct visitor; /* a connection, from accept until visitor_leave */

struct listener_limits {
    unsigned maximum_connections; /* 0: no limit, as for all of these */
    unsigned maximum_per_address;
    unsigned maximum_unauthenticated;
    unsigned maximum_unauthenticated_per_address;
    /* Networks whose PROXY header is believed, and must be there; copied. A
     * header from anywhere else ends the connection. */
    const struct network *proxy_sources;
    size_t proxy_source_count;
    int64_t proxy_header_ms; /* within which it must have come */
};

struct listener_options {
    const char *address; /* literal or host name; "0.0.0.0" and "::" for all */
    uint16_t port;       /* 0: any free one */
    int inherited;       /* a listening socket to take over, also when it fails;
                            0: none, make one */
    bool is_held;        /* nobody is served before listener_resume(): the
                            kernel has them wait */
    /* One of ours that is about to close, on the same port: its socket is
     * taken over, or with another address one is made beside it. NULL: none.
     */
    const struct listener *successor_of;
    struct listener_limits limits;
    /* Runs on a thread of its own for every connection, which it owns along
     * with the visitor. */
    void (*serve)(void *arg, int socket, struct visitor *);
    /* A connection was turned away: tell somebody. On any thread. May be
     * NULL. */
    void (*refused)(void *arg, const char *address, uint16_t port,
                    const char *why);
    void *arg;
};

MUST_CHECK enum status listener_start(const struct listener_options *,
                                      struct listener **listener_out);
uint16_t listener_port(const struct listener *);

/* The listening socket, for a process that is to take it over; ours. */
int listener_socket(const struct listener *);
unsigned listener_visitor_count(struct listener *);

/* Other limits, from the next connection on. */
MUST_CHECK enum status listener_adjust(struct listener *,
                                       const struct listener_limits *);

/*
 * Take no connections until told again: clients are refused by the kernel,
 * those it had queued are served, the port stays ours. Takes a quarter of a
 * second, for those who are on their way; a client whose packets take longer
 * may be cut off. Not while another process listens on the same socket, which
 * would stop as well: a process that handed it on calls
 * listener_stop_accepting(). Like the next two for the owner's thread.
 */
void listener_pause(struct listener *);
MUST_CHECK enum status listener_resume(struct listener *);

/* Accept no more. Visitors stay. */
void listener_stop_accepting(struct listener *);
/* Wait until every visitor has left, and free. */
void listener_stop(struct listener **);

/* Of the client: behind a balancer, what its PROXY header says. */
const char *visitor_address(const struct visitor *);
uint16_t visitor_port(const struct visitor *);
/* Who told: the balancer's address, or "" where the client's own is known. */
const char *visitor_balancer(const struct visitor *, uint16_t *port_out);
/* The balancer's name for the connection, or "". */
const char *visitor_unique_id(const struct visitor *);
/* It has logged in: no longer counted as unauthenticated, never evicted. */
void visitor_authenticated(struct visitor *);
/* To be called once, after the socket is closed, at the end of serve(). */
void visitor_leave(struct visitor *);
