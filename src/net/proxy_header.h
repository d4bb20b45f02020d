/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy_header.h - the PROXY protocol, versions 1 and 2 (HAProxy's
 * proxy-protocol.txt): who the client behind a balancer is.
 *
 * A pure parser: it is given what has arrived and says what it makes of it.
 */
#pragma once

#include "base/status.h"
#include "base/str.h"
#include "net/listener.h"

enum {
    PROXY_HEADER = 4096,   /* longest taken, TLVs included */
    PROXY_UNIQUE_ID = 128, /* longest PP2_TYPE_UNIQUE_ID */
};

struct proxy_header {
    bool is_local;              /* the balancer's own: a health check */
    char address[PEER_ADDRESS]; /* of the client; "" when not told */
    uint16_t port;
    char own_address[PEER_ADDRESS]; /* where the client had connected to */
    uint16_t own_port;
    char unique_id[PROXY_UNIQUE_ID + 1]; /* "" when there is none, or it is
                                            not printable ASCII */
};

/*
 * Read the header at the start of `bytes`. *used_out is its length; 0 with OK
 * means that it is not complete yet. ERR_INVALID: there is none, or a bad one
 * (the reason says which), ERR_LIMIT: it is too long.
 */
MUST_CHECK enum status proxy_header_parse(struct str bytes,
                                          struct proxy_header *out,
                                          size_t *used_out);
