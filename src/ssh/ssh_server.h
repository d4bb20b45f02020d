/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh_server.h - a [services/ID] of type ssh.
 *
 * Listens, and gives every connection a thread that runs until it ends.
 */
#pragma once

#include "base/status.h"
#include "config/config.h"
#include "session/session.h"

struct ssh_server;

/* Load the host keys, listen, accept. The section and hub are borrowed. */
MUST_CHECK enum status ssh_server_start(struct hub *,
                                        const struct section *service,
                                        struct ssh_server **server_out);

/* The port listened on (a configured 0 means any). */
uint16_t ssh_server_port(const struct ssh_server *);

/* Whether and where connections are taken, and how many there are. */
void ssh_server_describe(struct ssh_server *, uint16_t *port_out,
                         bool *is_accepting_out, unsigned *connections_out);

/* Accept no more; the sessions go on. */
void ssh_server_stop_accepting(struct ssh_server *);

/* Wait until its sessions have ended (hub_end_sessions hurries them) and
 * free. */
void ssh_server_stop(struct ssh_server **);
