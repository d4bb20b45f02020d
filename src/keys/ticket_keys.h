/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ticket_keys.h - the keys of TLS session tickets, shared through the store.
 *
 * There are three: tickets are sealed with the current one, those of the one
 * before are opened and renewed, and the next one is known ahead, so that no
 * process meets a ticket that it cannot open because it heard of a change
 * later than others. Whoever uses the same store resumes the same sessions:
 * a successor of this process, or another node.
 *
 * They change every TICKET_KEYS_MS, by whichever process notices first. A
 * ticket can be resumed for at least that long, however long its session may
 * last.
 */
#pragma once

#include "base/clock.h"
#include "net/tls.h"
#include "store/store.h"

enum { TICKET_KEYS_MS = 12 * 60 * 60 * 1000 };

struct ticket_keys;

/* Read them, or make the first. Store and clock are borrowed. */
MUST_CHECK enum status ticket_keys_open(struct store *, struct clock *,
                                        struct ticket_keys **out);
/* Behind every tls_context that has them. Safe on NULL. */
void ticket_keys_close(struct ticket_keys **);

/* For tls_options: never waits for the store. */
struct tls_tickets ticket_keys_tickets(struct ticket_keys *);

/* Change them if it is time; a thread does that every minute. Failing, the
 * keys stay what they are. */
MUST_CHECK enum status ticket_keys_look(struct ticket_keys *);
