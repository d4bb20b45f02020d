/* SPDX-License-Identifier: Apache-2.0 */
/*
 * services.h - the enabled [services/ID], by type.
 */
#pragma once

#include "main/server.h"

struct services;

/* Start every enabled service of a type that is here; when one cannot, those
 * that were started are stopped again. `subject` (borrowed) is the server, for
 * the events about it. */
MUST_CHECK enum status services_start(struct hub *,
                                      const struct event_subject *subject,
                                      struct services **services_out);

void services_stop_accepting(struct services *);

void services_each(struct services *,
                   void (*see)(void *arg, const struct service_view *),
                   void *arg);

/* Wait for their sessions to end, and free. Safe on NULL. */
void services_stop(struct services **);
