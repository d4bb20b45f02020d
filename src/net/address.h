/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.h - where a peer is, as text and as the kernel has it.
 *
 * Addresses are shown as numbers: nobody is looked up by name, since a name is
 * what its owner says it is.
 */
#pragma once

#include "base/status.h"
#include "net/listener.h"

#include <sys/socket.h>

/* "192.0.2.1" or "2001:db8::1"; an IPv4 address inside IPv6 as IPv4. */
void address_format(const struct sockaddr_storage *, char text[PEER_ADDRESS],
                    uint16_t *port_out);

/* A literal address, or a host name of which the first address is taken. */
MUST_CHECK enum status address_resolve(const char *address, uint16_t port,
                                       struct sockaddr_storage *out,
                                       socklen_t *size_out);
