/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service.h - one running [services/ID], whatever it speaks.
 *
 * Listens, and gives every connection a thread that runs until it ends. What
 * the section says may change while it runs, its port included: what can fail
 * is prepared, then applied or abandoned. A connection keeps what was in force
 * when it came.
 *
 * The owner calls these from one thread at a time.
 */
#pragma once

#include "net/listener.h"
#include "session/session.h"

/* What there is to a protocol. */
struct protocol {
    const char *types; /* of [services/ID], words */
    /* What a section says, made ready for use: immutable and counted. */
    enum status (*offer_new)(struct hub *, const struct section *,
                             void **offer_out);
    void *(*offer_ref)(void *offer);
    void (*offer_unref)(void *offer);
    const struct section *(*section)(const void *offer);
    const struct listener_limits *(*limits)(const void *offer);
    /* On a thread of its own; owns all three. */
    void (*serve)(void *offer, int socket, struct visitor *);
};

struct service;
struct service_change;

/* Where a port comes from that is not bound anew. */
struct service_origin {
    const struct service *successor_of; /* one that leaves its port with the
                                           same reload; NULL: none */
    int inherited; /* a listening socket of another process, taken over also
                      when this fails; 0: none */
};

/*
 * Make ready what the section says: keys loaded, a new port bound. `running`
 * is NULL for a service that is not there yet. The hub is borrowed.
 */
MUST_CHECK enum status service_prepare(struct hub *, const struct protocol *,
                                       struct service *running,
                                       const struct section *,
                                       const struct service_origin *,
                                       struct service_change **change_out);
/* Nothing has changed. Safe on NULL. */
void service_abandon(struct service_change **);
/* From the next connection on; frees the change. With `paused` nobody is let
 * in before service_resume(). */
struct service *service_apply(struct service_change **, bool paused);

/* Whether applying the section means another address or port. */
bool service_moves(const struct service *, const struct section *);

/* Accept no more. `is_handed_on`: the port has a successor, which serves
 * whoever waits there. The sessions go on. */
void service_leave(struct service *, bool is_handed_on);
/* The same at the ports it listened on before it moved. */
void service_leave_former(struct service *);

/* The port listened on (a configured 0 means any), and the section in force,
 * which is there until the next service_apply(). */
uint16_t service_port(const struct service *);
const struct section *service_section(const struct service *);

/* Whether connections are taken, and how many there are. */
bool service_is_accepting(const struct service *);
unsigned service_connections(const struct service *);

/* For the process that takes over: the listening socket; ours. */
int service_socket(const struct service *);

/* Take no connections for now, and again. */
void service_pause(struct service *);
MUST_CHECK enum status service_resume(struct service *);

/* Wait until its sessions have ended (hub_end_sessions hurries them) and
 * free. Safe on NULL. */
void service_stop(struct service **);
