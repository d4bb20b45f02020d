/* SPDX-License-Identifier: Apache-2.0 */
/*
 * material_watch.h - certificates, keys and revocation lists that change while
 * server.ini stays as it is.
 */
#pragma once

#include "session/session.h"

struct material_watch;

/*
 * Look every 30 seconds at what the TLS of services is made of, and fetch the
 * revocation lists as often as ssl_certificate_revocation_list_refresh says.
 * When something has changed and is whole, `changed` is called, on a thread of
 * the watch. The hub is borrowed, as `subject`, which is the server, for the
 * events.
 */
MUST_CHECK enum status material_watch_start(struct hub *,
                                            const struct event_subject *subject,
                                            void (*changed)(void *arg),
                                            void *arg,
                                            struct material_watch **out);
/* `changed` neither runs nor starts once this returned. Safe on NULL. */
void material_watch_stop(struct material_watch **);
