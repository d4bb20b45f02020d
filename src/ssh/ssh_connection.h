/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh_connection.h - what one connection needs of its service, and its life.
 */
#pragma once

#include "net/listener.h"
#include "session/session.h"
#include "ssh/transport.h"

/* Immutable while connections use it. */
struct ssh_service {
    struct hub *hub;
    const struct section *section;
    struct ssh_keys *keys;
    char *cipher_list;
    char *banner;
};

/* Serve the client until it leaves or is sent away, on the calling thread.
 * Owns the socket and the visitor. */
void ssh_connection_serve(const struct ssh_service *, int socket,
                          struct visitor *);
