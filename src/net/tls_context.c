/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_context.c - what a service says under TLS, worked out once.
 *
 * Each certificate has an SSL_CTX of its own; the first of them begins every
 * handshake, and the name that the client asks for (SNI) may change it.
 */
#include "net/tls_gather.h"
#include "net/tls_private.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_BUFFER = 64 * 1024, PEM_ITEMS = 4096 };

enum status
tls_fail(enum status kind, const char *what)
{
    char text[256] = "unknown";
    unsigned long error = ERR_get_error();

    if (error != 0) {
        const char *reason = ERR_reason_error_string(error);

        snprintf(text, sizeof text, "%s", reason != NULL ? reason : "unknown");
    }
    ERR_clear_error();
    return fail(kind, "%s: %s", what, text);
}

/* ---- certificates ---- */

static BIO *
open_text(struct str text)
{
    return BIO_new_mem_buf(text.data, (int)text.len);
}

static enum status
add_chain(SSL_CTX *context, BIO *text)
{
    X509 *own = PEM_read_bio_X509_AUX(text, NULL, NULL, NULL);

    if (own == NULL)
        return tls_fail(ERR_INVALID, "the certificate");
    int done = SSL_CTX_use_certificate(context, own);
    X509_free(own);
    if (done != 1)
        return tls_fail(ERR_INVALID, "the certificate");
    for (X509 *next; (next = PEM_read_bio_X509(text, NULL, NULL, NULL));)
        if (SSL_CTX_add0_chain_cert(context, next) != 1) {
            X509_free(next);
            return tls_fail(ERR_INVALID, "the chain of the certificate");
        }
    ERR_clear_error(); /* "no start line" is how the end is said */
    return OK;
}

static enum status
use_key(SSL_CTX *context, struct str pem)
{
    BIO *text = open_text(pem);
    EVP_PKEY *key =
        text != NULL ? PEM_read_bio_PrivateKey(text, NULL, NULL, NULL) : NULL;

    BIO_free(text);
    if (key == NULL)
        return tls_fail(ERR_INVALID, "the private key");
    int done = SSL_CTX_use_PrivateKey(context, key);
    EVP_PKEY_free(key);
    if (done != 1 || SSL_CTX_check_private_key(context) != 1)
        return tls_fail(ERR_INVALID, "the private key");
    return OK;
}

static enum status
use_certificate(SSL_CTX *context, const struct tls_certificate *certificate)
{
    BIO *text = open_text(certificate->chain);

    if (text == NULL)
        return fail(ERR_MEMORY, "no memory for a certificate");
    enum status status = add_chain(context, text);
    BIO_free(text);
    TRY(status);
    return use_key(context, certificate->key);
}

/* ---- whom we believe ---- */

static enum status
add_trusted(SSL_CTX *context, X509_INFO *info, size_t *count)
{
    X509_STORE *store = SSL_CTX_get_cert_store(context);

    if (info->x509 != NULL) {
        if (X509_STORE_add_cert(store, info->x509) != 1 ||
            SSL_CTX_add_client_CA(context, info->x509) != 1)
            return tls_fail(ERR_INVALID, "a certification authority");
        ++*count;
    }
    if (info->crl != NULL) {
        if (X509_STORE_add_crl(store, info->crl) != 1)
            return tls_fail(ERR_INVALID, "a revocation list");
        ++*count;
    }
    return OK;
}

static enum status
add_all_trusted(SSL_CTX *context, struct str pem, const char *what)
{
    BIO *text = open_text(pem);
    STACK_OF(X509_INFO) *infos =
        text != NULL ? PEM_X509_INFO_read_bio(text, NULL, NULL, NULL) : NULL;
    enum status status = OK;
    size_t count = 0;

    BIO_free(text);
    if (infos == NULL || sk_X509_INFO_num(infos) > PEM_ITEMS)
        status = tls_fail(ERR_INVALID, what);
    for (int i = 0; status == OK && i < sk_X509_INFO_num(infos); i++)
        status = add_trusted(context, sk_X509_INFO_value(infos, i), &count);
    sk_X509_INFO_pop_free(infos, X509_INFO_free);
    if (status == OK && count == 0)
        return fail(ERR_INVALID, "%s: there is none in it", what);
    return status;
}

static enum status
set_trust(SSL_CTX *context, const struct tls_options *options)
{
    int how = SSL_VERIFY_PEER;

    if (options->client_authorities.len == 0)
        return OK;
    TRY(add_all_trusted(context, options->client_authorities,
                        "tls_mutual_certification_authorities"));
    if (options->revocation_lists.len > 0) {
        TRY(add_all_trusted(context, options->revocation_lists,
                            "ssl_certificate_revocation_list"));
        X509_STORE_set_flags(SSL_CTX_get_cert_store(context),
                             X509_V_FLAG_CRL_CHECK);
    }
    if (options->client_certificate_required)
        how |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(context, how, NULL);
    return OK;
}

/*
 * Who resumes a session shows no certificate again. So a session of a service
 * that asks for none, or that believed others, or had not heard of a
 * revocation, must not be resumed here: its scope is all that is believed.
 */
static enum status
set_scope(SSL_CTX *context, const struct tls_options *options)
{
    const struct str parts[] = {
        options->client_authorities,
        options->revocation_lists,
        options->client_certificate_required ? STR("required") : STR_NONE,
    };
    unsigned char scope[SSL_MAX_SID_CTX_LENGTH] = { 0 };
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool done =
        hash != NULL && EVP_DigestInit_ex2(hash, EVP_sha256(), NULL) == 1;

    for (size_t i = 0; done && i < sizeof parts / sizeof parts[0]; i++)
        done =
            EVP_DigestUpdate(hash, &parts[i].len, sizeof parts[i].len) == 1 &&
            EVP_DigestUpdate(hash, parts[i].data, parts[i].len) == 1;
    done = done && EVP_DigestFinal_ex(hash, scope, NULL) == 1 &&
           SSL_CTX_set_session_id_context(context, scope, sizeof scope) == 1;
    EVP_MD_CTX_free(hash);
    return done ? OK : tls_fail(ERR_MEMORY, "a context of TLS");
}

/* ---- callbacks ---- */

/* The certificate that was made for the name. One that nobody has is answered
 * with the first: clients name hosts as they please. */
static int
on_server_name(SSL *ssl, int *alert, void *arg)
{
    const struct tls_context *self = arg;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

    (void)alert;
    for (size_t i = 0; name != NULL && i < self->count; i++) {
        X509 *own = SSL_CTX_get0_certificate(self->contexts[i]);

        if (X509_check_host(own, name, 0, 0, NULL) == 1) {
            SSL_set_SSL_CTX(ssl, self->contexts[i]);
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_OK;
}

/* A client that speaks of protocols and not of ours was made to come here by
 * somebody else (ALPACA). */
static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
        const unsigned char *offered, unsigned int offered_len, void *arg)
{
    const struct tls_context *self = arg;

    (void)ssl;
    for (unsigned at = 0; at < offered_len; at += offered[at] + 1U)
        for (size_t i = 0; self->alpn[i] != NULL; i++)
            if (at + 1U + offered[at] <= offered_len &&
                str_is(str_from(offered + at + 1, offered[at]),
                       self->alpn[i])) {
                *out = offered + at + 1;
                *out_len = offered[at];
                return SSL_TLSEXT_ERR_OK;
            }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* ---- life ---- */

static void
set_manners(SSL_CTX *context, const struct tls_options *options)
{
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS |
                                  SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    tls_sessions_use(context);
    SSL_CTX_set_timeout(context, options->session_seconds > 0
                                     ? (long)options->session_seconds
                                     : 7200);
    SSL_CTX_set_dh_auto(context, 1);
    SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384");
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, READ_BUFFER);
}

static enum status
make_one(struct tls_context *self, const struct tls_options *options,
         const struct tls_certificate *certificate)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    if (context == NULL)
        return tls_fail(ERR_MEMORY, "a context of TLS");
    self->contexts[self->count++] = context;
    set_manners(context, options);
    TRY(set_scope(context, options));
    TRY(tls_set_words(context, options->versions, options->cipher_list));
    TRY(use_certificate(context, certificate));
    TRY(set_trust(context, options));
    tls_set_ticket_calls(context);
    SSL_CTX_set_tlsext_servername_callback(context, on_server_name);
    SSL_CTX_set_tlsext_servername_arg(context, self);
    if (self->alpn != NULL)
        SSL_CTX_set_alpn_select_cb(context, on_alpn, self);
    return OK;
}

enum status
tls_context_new(const struct tls_options *options, struct tls_context **out)
{
    AUTO(tls_context_unref)
    struct tls_context *self = calloc(1, sizeof *self);

    if (self == NULL)
        return fail(ERR_MEMORY, "no memory for a context of TLS");
    atomic_init(&self->references, 1);
    self->tickets = options->tickets;
    self->alpn = options->alpn;
    if (options->certificate_count == 0)
        return fail(ERR_INVALID, "there is no certificate");
    if (options->certificate_count > TLS_CERTIFICATES)
        return fail(ERR_LIMIT, "more than %d certificates", TLS_CERTIFICATES);
    TRY(tls_gather_method(&self->gather));
    TRY(tls_sessions_new(&self->sessions));
    for (size_t i = 0; i < options->certificate_count; i++)
        TRY(make_one(self, options, &options->certificates[i]));
    *out = self;
    self = NULL;
    return OK;
}

struct tls_context *
tls_context_ref(struct tls_context *self)
{
    atomic_fetch_add(&self->references, 1);
    return self;
}

void
tls_context_unref(struct tls_context **context)
{
    struct tls_context *self = *context;

    *context = NULL;
    if (self == NULL || atomic_fetch_sub(&self->references, 1) > 1)
        return;
    for (size_t i = 0; i < self->count; i++)
        SSL_CTX_free(self->contexts[i]);
    BIO_meth_free(self->gather);
    tls_sessions_free(&self->sessions);
    free(self);
}
