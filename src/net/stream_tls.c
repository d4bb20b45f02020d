/* SPDX-License-Identifier: Apache-2.0 */
/* stream_tls.c - the same over TLS, and what its peer proved. */
#include "net/stream_private.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>

enum { SEAL_MOST = 128 * 1024 }; /* bytes of a transfer that leave together */

/*
 * What OpenSSL could not do: wait for what it wants (OK: try again), or say
 * how the connection ended.
 */
static enum status
after(struct stream *s, int result, int64_t deadline_ms, const char *what)
{
    int number = errno;

    switch (SSL_get_error(s->ssl, result)) {
    case SSL_ERROR_WANT_READ: return stream_wait_input(s, deadline_ms);
    case SSL_ERROR_WANT_WRITE: return stream_wait_output(s, deadline_ms);
    case SSL_ERROR_ZERO_RETURN: s->end = STREAM_ENDED; return OK;
    case SSL_ERROR_SYSCALL:
        s->end = STREAM_RESET;
        ERR_clear_error();
        return fail(ERR_CLOSED, "%s: the connection was cut: %s", what,
                    number == 0 ? "no reason is known" : "reset");
    default: break;
    }
    if (ERR_GET_REASON(ERR_peek_error()) ==
        SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        s->end = STREAM_TRUNCATED;
        ERR_clear_error();
        return fail(ERR_CLOSED,
                    "%s: the connection ended without the "
                    "close_notify of TLS",
                    what);
    }
    s->end = STREAM_RESET;
    return tls_fail(ERR_INVALID, what);
}

enum status
stream_tls_read(struct stream *s, void *into, size_t size, int64_t deadline_ms,
                size_t *got_out)
{
    for (;;) {
        ERR_clear_error();
        errno = 0;
        int result = SSL_read_ex(s->ssl, into, size, got_out);
        if (result == 1)
            return OK;
        *got_out = 0;
        TRY(after(s, result, deadline_ms, "TLS"));
        if (s->end == STREAM_ENDED)
            return OK;
    }
}

/* As many records as leave together. */
static enum status
seal(struct stream *s, struct str bytes, int64_t deadline_ms)
{
    while (bytes.len > 0 && s->sealed < SEAL_MOST) {
        size_t done = 0;

        ERR_clear_error();
        errno = 0;
        int result = SSL_write_ex(s->ssl, bytes.data, bytes.len, &done);
        if (result != 1)
            TRY(after(s, result, deadline_ms, "TLS"));
        if (s->end == STREAM_ENDED)
            return fail(ERR_CLOSED, "the peer has ended TLS");
        s->sealed += done;
        bytes = str_from_offset(bytes, done);
    }
    return OK;
}

static enum status
flush(struct stream *s, int64_t deadline_ms)
{
    BIO *bio = SSL_get_wbio(s->ssl);

    for (;;) {
        if (BIO_flush(bio) == 1)
            return OK;
        if (!BIO_should_write(bio))
            return stream_fail(s, errno);
        TRY(stream_wait_output(s, deadline_ms));
    }
}

enum status
stream_tls_write(struct stream *s, struct str bytes, int64_t deadline_ms,
                 size_t *sent_out)
{
    *sent_out = 0;
    if (s->sealed == 0)
        TRY(seal(s, bytes, deadline_ms));
    TRY(flush(s, deadline_ms));
    *sent_out = s->sealed;
    s->sealed = 0;
    return OK;
}

/* Our close_notify; the peer's is not waited for. */
enum status
stream_tls_end(struct stream *s, int64_t deadline_ms)
{
    enum stream_end_kind was = s->end;

    if (was == STREAM_RESET || was == STREAM_TRUNCATED)
        return fail(ERR_CLOSED, "the connection is gone");
    while ((SSL_get_shutdown(s->ssl) & SSL_SENT_SHUTDOWN) == 0) {
        ERR_clear_error();
        errno = 0;
        int result = SSL_shutdown(s->ssl);
        if (result < 0)
            TRY(after(s, result, deadline_ms, "the end of TLS"));
    }
    return flush(s, deadline_ms);
}

void
stream_tls_free(struct stream *s)
{
    tls_sessions_forget(&s->tls);
    SSL_free(s->ssl);
    tls_gather_done(&s->gather);
    tls_context_unref(&s->context);
}

/* ---- the handshake ---- */

static void
describe_certificate(struct stream *s)
{
    X509 *own = SSL_get0_peer_certificate(s->ssl);

    if (own == NULL || SSL_get_verify_result(s->ssl) != X509_V_OK)
        return;
    s->peer.has_certificate = true;
    int len =
        X509_NAME_get_text_by_NID(X509_get_subject_name(own), NID_commonName,
                                  s->common_name, sizeof s->common_name);
    /* A NUL in it, or a name that did not fit, is nobody's. */
    if (len < 0 || (size_t)len != strlen(s->common_name) ||
        (size_t)len >= sizeof s->common_name - 1)
        s->common_name[0] = '\0';
}

static void
describe(struct stream *s)
{
    const char *name = SSL_get_servername(s->ssl, TLSEXT_NAMETYPE_host_name);
    const unsigned char *alpn = NULL;
    unsigned alpn_len = 0;

    SSL_get0_alpn_selected(s->ssl, &alpn, &alpn_len);
    snprintf(s->alpn, sizeof s->alpn, "%.*s", (int)alpn_len,
             alpn_len > 0 ? (const char *)alpn : "");
    snprintf(s->server_name, sizeof s->server_name, "%s",
             name != NULL ? name : "");
    describe_certificate(s);
    s->peer.version = SSL_get_version(s->ssl);
    s->peer.cipher = SSL_get_cipher_name(s->ssl);
    s->peer.server_name = s->server_name;
    s->peer.alpn = s->alpn;
    s->peer.common_name = s->common_name;
    s->peer.is_resumed = SSL_session_reused(s->ssl);
    s->peer.resumed = tls_resumed_bound_to(s->ssl);
}

static enum status
prepare(struct stream *s, const struct tls_session_options *options)
{
    if (options->bound_to.len > sizeof s->tls.bound_to)
        return fail(ERR_LIMIT, "the name of a session is too long");
    s->context = tls_context_ref(options->context);
    s->tls.context = s->context;
    s->tls.bound_to_len = options->bound_to.len;
    if (options->bound_to.len > 0)
        memcpy(s->tls.bound_to, options->bound_to.data, options->bound_to.len);
    s->ssl = SSL_new(s->context->contexts[0]);
    BIO *bio = tls_gather_new(s->context->gather, &s->gather, s->socket);
    if (s->ssl == NULL || bio == NULL) {
        BIO_free(bio);
        return tls_fail(ERR_MEMORY, "TLS");
    }
    SSL_set_bio(s->ssl, bio, bio);
    SSL_set_app_data(s->ssl, &s->tls);
    SSL_set_num_tickets(s->ssl, options->tickets);
    return OK;
}

enum status
stream_start_tls(struct stream *s, const struct tls_session_options *options,
                 int64_t deadline_ms)
{
    if (s->ssl == NULL)
        TRY(prepare(s, options));
    for (;;) {
        ERR_clear_error();
        errno = 0;
        int result = SSL_accept(s->ssl);
        if (result == 1)
            break;
        TRY(after(s, result, deadline_ms, "the TLS handshake"));
        if (s->end != STREAM_OPEN)
            return fail(ERR_CLOSED, "the client left during the handshake");
    }
    describe(s);
    return OK;
}

void
stream_renew_ticket(struct stream *s)
{
    if (s->ssl != NULL)
        SSL_new_session_ticket(s->ssl);
}

const struct tls_peer *
stream_tls(const struct stream *s)
{
    return s->ssl != NULL ? &s->peer : NULL;
}
