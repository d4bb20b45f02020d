/* SPDX-License-Identifier: Apache-2.0 */
/* tls_sessions.c - sessions of TLS 1.2 that clients keep no ticket for. */
#include "net/tls_sessions.h"

#include "base/thread.h"
#include "net/tls_private.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 256, NOT_KEPT = 0, KEPT = 1 };

struct kept {
    struct kept *next;
    SSL_SESSION *session; /* counted */
};

struct tls_sessions {
    pthread_mutex_t lock; /* a leaf */
    struct kept *buckets[BUCKETS];
};

enum status
tls_sessions_new(struct tls_sessions **out)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return fail(ERR_MEMORY, "no memory for sessions of TLS");
    pthread_mutex_init(&(*out)->lock, NULL);
    return OK;
}

void
tls_sessions_free(struct tls_sessions **sessions)
{
    if (*sessions == NULL)
        return;
    pthread_mutex_destroy(&(*sessions)->lock);
    free(*sessions);
    *sessions = NULL;
}

/* IDs are random, so their first byte spreads them. */
static struct kept **
bucket_of(struct tls_sessions *all, const unsigned char *id, unsigned len)
{
    return &all->buckets[len > 0 ? id[0] : 0];
}

static struct kept **
find(struct tls_sessions *all, const unsigned char *id, unsigned len)
{
    struct kept **at = bucket_of(all, id, len);

    for (; *at != NULL; at = &(*at)->next) {
        unsigned its_len = 0;
        const unsigned char *its = SSL_SESSION_get_id((*at)->session, &its_len);

        if (its_len == len && memcmp(its, id, len) == 0)
            break;
    }
    return at;
}

/* OpenSSL's reference is ours when it is kept. */
static int
on_new_session(SSL *ssl, SSL_SESSION *session)
{
    struct tls_connection *connection = SSL_get_app_data(ssl);
    struct tls_sessions *all = connection->context->sessions;
    unsigned len = 0;
    const unsigned char *id = SSL_SESSION_get_id(session, &len);

    if (connection->bound_to_len == 0 || connection->kept != NULL || len == 0 ||
        SSL_version(ssl) >= TLS1_3_VERSION || SSL_SESSION_has_ticket(session))
        return NOT_KEPT;
    struct kept *kept = calloc(1, sizeof *kept);
    if (kept == NULL ||
        SSL_SESSION_set1_ticket_appdata(session, connection->bound_to,
                                        connection->bound_to_len) != 1) {
        free(kept);
        return NOT_KEPT;
    }
    kept->session = session;
    LOCK_SCOPE(&all->lock);
    struct kept **bucket = bucket_of(all, id, len);
    kept->next = *bucket;
    *bucket = kept;
    connection->kept = session;
    return KEPT;
}

static SSL_SESSION *
on_get_session(SSL *ssl, const unsigned char *id, int len, int *copy)
{
    const struct tls_connection *connection = SSL_get_app_data(ssl);
    struct tls_sessions *all = connection->context->sessions;
    LOCK_SCOPE(&all->lock);
    struct kept *found = *find(all, id, (unsigned)len);

    /* Counted under the lock: its connection may end at any time. */
    *copy = 0;
    if (found == NULL || SSL_SESSION_up_ref(found->session) != 1)
        return NULL;
    return found->session;
}

void
tls_sessions_use(SSL_CTX *context)
{
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER |
                                                SSL_SESS_CACHE_NO_INTERNAL |
                                                SSL_SESS_CACHE_NO_AUTO_CLEAR);
    SSL_CTX_sess_set_new_cb(context, on_new_session);
    SSL_CTX_sess_set_get_cb(context, on_get_session);
}

void
tls_sessions_forget(struct tls_connection *connection)
{
    if (connection->kept == NULL)
        return;
    struct tls_sessions *all = connection->context->sessions;
    unsigned len = 0;
    const unsigned char *id = SSL_SESSION_get_id(connection->kept, &len);
    LOCK_SCOPE(&all->lock);
    struct kept **at = find(all, id, len);
    struct kept *gone = *at;

    connection->kept = NULL;
    if (gone == NULL)
        return;
    *at = gone->next;
    SSL_SESSION_free(gone->session);
    free(gone);
}
