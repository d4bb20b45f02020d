/* SPDX-License-Identifier: Apache-2.0 */
/*
 * takeover.h - the ports of a server that runs, for the process that replaces
 * it.
 *
 * Over the control socket the running server gives its listening sockets away
 * (SCM_RIGHTS). Both listen for a moment, so no connection is refused; when
 * the new one serves, the old one is told to retire: it closes its ports, lets
 * its sessions finish, and ends.
 */
#pragma once

#include "config/config.h"

struct takeover;

/* Ask for the sockets. ERR_CLOSED: no server runs there. */
MUST_CHECK enum status takeover_begin(const char *control_path,
                                      struct takeover **out);

/* The listening socket for that service, the caller's from now on, or 0: the
 * old server has none with its address and port. */
int takeover_socket(struct takeover *, const struct section *service);

/* The old one is to retire. It has left its ports and given up the control
 * socket when this returns, or it is gone. */
MUST_CHECK enum status takeover_finish(struct takeover *);

/* Close what nobody wanted. Safe on NULL. */
void takeover_free(struct takeover **);
