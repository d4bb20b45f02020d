/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_gather.h - a socket under TLS whose records leave together.
 *
 * OpenSSL writes each record of 16 KiB by a call of its own. Here they are
 * gathered until BIO_flush(), so that a transfer sends many by one call.
 * OpenSSL flushes after what a handshake or an alert says.
 */
#pragma once

#include "base/buffer.h"

#include <openssl/bio.h>

struct tls_gather {
    int socket; /* does not block */
    bool is_ended;
    struct buffer out;
};

/* Counted by nobody: a method lives longer than what it makes. */
MUST_CHECK enum status tls_gather_method(BIO_METHOD **out);
/* On the gather, which stays where it is; NULL: no memory. */
BIO *tls_gather_new(const BIO_METHOD *, struct tls_gather *, int socket);
void tls_gather_done(struct tls_gather *);
