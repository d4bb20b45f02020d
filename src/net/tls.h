/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls.h - the server side of TLS (RFC 8446, 5246), on OpenSSL.
 *
 * A context is made from text (PEM) once, then immutable and counted: a reload
 * makes a new one, connections keep theirs. Only net/tls*.c and net/stream.c
 * include OpenSSL's ssl.h.
 */
#pragma once

#include "base/buffer.h"
#include "base/status.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls_context;

enum { TLS_TICKET_NAME = 16, TLS_TICKET_SECRET = 32, TLS_NAME = 256 };

struct tls_ticket_key { /* RFC 5077, 4 */
    uint8_t name[TLS_TICKET_NAME];
    uint8_t cipher_key[TLS_TICKET_SECRET]; /* AES-256 */
    uint8_t mac_key[TLS_TICKET_SECRET];    /* HMAC-SHA256 */
};

/* Where ticket keys come from; asked on the connection's thread. */
struct tls_tickets {
    /* The key to seal new tickets with. */
    bool (*current)(void *arg, struct tls_ticket_key *out);
    /* The key of that name; *is_old_out: open, but seal a new ticket. */
    bool (*named)(void *arg, const uint8_t name[TLS_TICKET_NAME],
                  struct tls_ticket_key *out, bool *is_old_out);
    void *arg;
};

struct tls_certificate { /* PEM; borrowed while the context is made */
    struct str chain;    /* the server's own first */
    struct str key;
};

struct tls_options {
    const struct tls_certificate *certificates; /* the first answers when no
                                                   name fits (SNI) */
    size_t certificate_count;
    const char *versions;    /* ssl_allowed_methods */
    const char *cipher_list; /* ssl_cipher_list: secure, or OpenSSL's words */
    struct str client_authorities; /* PEM; empty: no client certificates */
    struct str revocation_lists;   /* PEM CRLs; empty: none */
    bool client_certificate_required;
    const char *const *alpn; /* NULL-ended; a client that offers ALPN and none
                                of these is refused (ALPACA). NULL: any */
    int64_t session_seconds; /* tls_active_session_limit */
    struct tls_tickets tickets;
};

/* ERR_INVALID says which certificate, key, cipher or list is wrong and why. */
MUST_CHECK enum status tls_context_new(const struct tls_options *,
                                       struct tls_context **out);
struct tls_context *tls_context_ref(struct tls_context *);
void tls_context_unref(struct tls_context **);

/*
 * Whether ssl_allowed_methods, or ssl_cipher_list, can be done. ERR_INVALID
 * says why; *wrong_out is the word of the text that is wrong, or empty.
 */
MUST_CHECK enum status tls_check_versions(const char *, struct str *wrong_out);
MUST_CHECK enum status tls_check_ciphers(const char *, struct str *wrong_out);
/* What there is to choose from, with blanks between. */
extern const char tls_version_words[];
MUST_CHECK enum status tls_cipher_names(struct buffer *out);

struct tls_session_options {
    struct tls_context *context;
    unsigned tickets;    /* sent after a TLS 1.3 handshake; 0 on FTP's data
                            connections: with some, clients lose the tail of an
                            upload */
    struct str bound_to; /* goes into our tickets; see tls_peer.resumed */
};

struct tls_peer {
    const char *version; /* "TLSv1.3" */
    const char *cipher;
    const char *server_name; /* SNI, "" without */
    const char *alpn;        /* agreed on, "" without */
    const char *common_name; /* of its verified certificate, or "" */
    bool has_certificate;    /* verified against client_authorities */
    bool is_resumed;         /* by a ticket of ours … */
    struct str resumed;      /* … that was bound to this */
};
