/* SPDX-License-Identifier: Apache-2.0 */
/*
 * services.h - the enabled [services/ID] of a configuration, running.
 *
 * The owner calls these from one thread at a time.
 */
#pragma once

#include "main/server.h"

struct services;
struct takeover;
struct services_change;

/* Start every enabled service of a type that is here, or none. `subject`
 * (borrowed) is the server, for the events about it. Ports that a `takeover`
 * (may be NULL) has are not bound anew. */
MUST_CHECK enum status services_start(struct hub *, struct config *,
                                      const struct event_subject *subject,
                                      struct takeover *,
                                      struct services **services_out);

/*
 * Make ready what another configuration says: new ports are bound, keys are
 * loaded. Then either apply or abandon it.
 */
MUST_CHECK enum status services_prepare(struct services *, struct config *,
                                        struct services_change **change_out);
/* Nothing has changed. Safe on NULL. */
void services_abandon(struct services_change **);

struct services_result {
    unsigned started;
    unsigned stopped;
    unsigned moved;   /* to another address or port */
    unsigned changed; /* in another way */
    size_t sessions;  /* of stopped services: they end within a second */
};
/* Frees the change. */
void services_apply(struct services_change **, struct services_result *);

/* Take no connections for now, and again: those that come into being
 * meanwhile as well. */
void services_pause(struct services *);
MUST_CHECK enum status services_resume(struct services *);

void services_each(struct services *,
                   void (*see)(void *arg, const struct service_view *),
                   void *arg);

/* Another process serves the ports from now on: close them here. The sessions
 * go on. */
void services_hand_on(struct services *);

/* Wait for their sessions to end (hub_end_sessions hurries them), and free.
 * Safe on NULL. */
void services_stop(struct services **);
