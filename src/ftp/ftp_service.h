/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp_service.h - what a [services/ID] of type ftp or ftpsi says, made ready
 * for use.
 *
 * Immutable and counted, as ssh_service.h: every connection keeps the one that
 * was in force when it came.
 */
#pragma once

#include "net/networks.h"
#include "net/tls.h"
#include "session/service_limits.h"
#include "session/session.h"

#include <stdatomic.h>

struct ftp_passive_address { /* passive_address: what PASV and EPSV tell */
    bool has_network;        /* only for clients of this network */
    struct network network;
    char address[PEER_ADDRESS]; /* IPv4; a name was looked up */
};

enum { FTP_PASSIVE_ADDRESSES = 16 };

struct ftp_service {
    atomic_uint references;
    struct hub *hub;
    struct config *config; /* keeps the section */
    const struct section *section;
    struct service_limits limits;
    struct tls_context *tls; /* NULL: no certificate, so no TLS */
    bool is_implicit;        /* ftpsi */
    uint16_t first_port;     /* passive_port_range; 0: any */
    uint16_t last_port;
    size_t passive_count;
    struct ftp_passive_address passive[FTP_PASSIVE_ADDRESSES];
};

/* Load certificates and check all the rest. */
MUST_CHECK enum status ftp_service_new(struct hub *, const struct section *,
                                       struct ftp_service **service_out);
struct ftp_service *ftp_service_ref(struct ftp_service *);
void ftp_service_unref(struct ftp_service **);

/* Without a certificate nobody could get in. */
bool ftp_needs_tls(const struct section *);
