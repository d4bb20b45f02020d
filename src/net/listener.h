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
#include <stdint.h>

enum { PEER_ADDRESS = 46 }; /* INET6_ADDRSTRLEN */

struct listener;
struct visitor; /* a connection, from accept until visitor_leave */

struct listener_options {
    const char *address; /* literal or host name; "0.0.0.0" and "::" for all */
    uint16_t port;       /* 0: any free one */
    unsigned maximum_connections; /* 0: no limit, as for all of these */
    unsigned maximum_per_address;
    unsigned maximum_unauthenticated;
    unsigned maximum_unauthenticated_per_address;
    /* Runs on a thread of its own for every connection, which it owns along
     * with the visitor. */
    void (*serve)(void *arg, int socket, struct visitor *);
    /* A connection was turned away: tell somebody. May be NULL. */
    void (*refused)(void *arg, const char *address, uint16_t port,
                    const char *why);
    void *arg;
};

MUST_CHECK enum status listener_start(const struct listener_options *,
                                      struct listener **listener_out);
uint16_t listener_port(const struct listener *);

/* Accept no more. Visitors stay. */
void listener_stop_accepting(struct listener *);
/* Wait until every visitor has left, and free. */
void listener_stop(struct listener **);

const char *visitor_address(const struct visitor *);
uint16_t visitor_port(const struct visitor *);
/* It has logged in: no longer counted as unauthenticated, never evicted. */
void visitor_authenticated(struct visitor *);
/* To be called once, after the socket is closed, at the end of serve(). */
void visitor_leave(struct visitor *);
