/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_sessions.h - sessions of TLS 1.2 that clients want to go on with and
 * keep no ticket for (RFC 5246, 7.3), as curl's.
 *
 * A session is kept for as long as the connection lives that made it, if that
 * one's sessions are bound to something: so there are never more of them than
 * connections, and no others are resumed in this way.
 */
#pragma once

#include "base/status.h"

#include <openssl/ssl.h>

struct tls_connection;
struct tls_sessions;

MUST_CHECK enum status tls_sessions_new(struct tls_sessions **out);
/* Every connection has ended. Safe on NULL. */
void tls_sessions_free(struct tls_sessions **);

/* Have the context keep sessions, and look them up. */
void tls_sessions_use(SSL_CTX *);

/* The connection ends. */
void tls_sessions_forget(struct tls_connection *);
