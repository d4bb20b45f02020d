/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh_connection.h - what one connection needs of its service, and its life.
 */
#pragma once

#include "ssh/ssh_service.h"

/* Serve the client until it leaves or is sent away, on the calling thread.
 * Owns the socket, the visitor and the reference to its service. */
void ssh_connection_serve(struct ssh_service *, int socket, struct visitor *);
