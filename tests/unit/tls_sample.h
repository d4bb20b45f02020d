/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_sample.h - certificates made on the spot, and a client that believes
 * everything.
 */
#pragma once

#include "base/str.h"

#include <openssl/ssl.h>

struct sample { /* PEM, freed by sample_done() */
    X509 *certificate;
    EVP_PKEY *key;
    char *chain;
    char *private_key;
};

/* A certificate for `name`, signed by `issuer` or, with NULL, by itself. */
struct sample sample_make(const char *name, const struct sample *issuer);
void sample_done(struct sample *);

/* A PEM list of the issuer's that revokes the certificate. Freed by free(). */
char *sample_revoke(const struct sample *issuer, const struct sample *revoked);

/* A client's end on a connected socket, before its handshake; SSL_free() and
 * SSL_CTX_free() of its context are the caller's. */
SSL *sample_client(int socket);
