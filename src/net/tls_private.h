/* SPDX-License-Identifier: Apache-2.0 */
/* tls_private.h - what tls_*.c and stream_tls.c share: OpenSSL's SSL. */
#pragma once

#include "net/tls.h"
#include "net/tls_sessions.h"

#include <openssl/ssl.h>
#include <stdatomic.h>

enum { TLS_CERTIFICATES = 64, TLS_BOUND_TO = 64 };

struct tls_context {
    atomic_uint references;
    struct tls_tickets tickets;
    const char *const *alpn;
    SSL_CTX *contexts[TLS_CERTIFICATES]; /* one a certificate */
    size_t count;
    BIO_METHOD *gather; /* tls_gather.h */
    struct tls_sessions *sessions;
};

/* What a connection's callbacks need; the SSL's app data. */
struct tls_connection {
    const struct tls_context *context;
    char bound_to[TLS_BOUND_TO]; /* of tickets that it gives out */
    size_t bound_to_len;
    SSL_SESSION *kept; /* tls_sessions.h: its own, or NULL */
};

/* Keep OpenSSL's oldest error as the sentence, behind `what`. */
MUST_CHECK enum status tls_fail(enum status, const char *what);

/* tls_words.c: what ssl_allowed_methods and ssl_cipher_list say. */
MUST_CHECK enum status tls_set_words(SSL_CTX *, const char *versions,
                                     const char *ciphers);

/* tls_tickets.c: seal and open session tickets by the keys of `tickets`. */
void tls_set_ticket_calls(SSL_CTX *);

/* What the session that was resumed had been bound to. */
struct str tls_resumed_bound_to(const SSL *);
