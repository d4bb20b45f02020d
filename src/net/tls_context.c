/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_context.c - what a service says under TLS, worked out once.
 *
 * Each certificate has an SSL_CTX of its own; the first of them begins every
 * handshake, and the name that the client asks for (SNI) may change it.
 */
#include "net/tls_private.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_BUFFER = 64 * 1024, PEM_ITEMS = 4096 };

/* As Mozilla's "intermediate" has it, without CBC. */
static const char secure_ciphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384";

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

/* ---- versions and ciphers ---- */

static const struct {
    const char *word;
    int version;
} versions[] = {
    { "tlsv1.0", TLS1_VERSION },
    { "tlsv1.1", TLS1_1_VERSION },
    { "tlsv1.2", TLS1_2_VERSION },
    { "tlsv1.3", TLS1_3_VERSION },
};

enum { VERSIONS = sizeof versions / sizeof versions[0] };

static enum status
find_version(struct str word, size_t *index_out)
{
    for (size_t i = 0; i < VERSIONS; i++)
        if (str_same_word(word, versions[i].word)) {
            *index_out = i;
            return OK;
        }
    return fail(ERR_INVALID, "unknown TLS version '%.*s'", STR_ARG(word));
}

/* The lowest and highest of those named; what lies between is allowed too,
 * since a gap cannot be said in a handshake of TLS 1.2. */
static enum status
version_range(const char *text, size_t *low_out, size_t *high_out)
{
    struct str rest = str_of(text);

    if (str_same_word(str_trim(rest), "secure") || str_trim(rest).len == 0)
        rest = STR("tlsv1.2 tlsv1.3");
    if (str_same_word(str_trim(rest), "all"))
        rest = STR("tlsv1.0 tlsv1.3");
    *low_out = VERSIONS;
    *high_out = 0;
    while (rest.len > 0) {
        size_t end = strcspn(rest.data, ", \t\r\n");
        struct str word = str_from(rest.data, end < rest.len ? end : rest.len);
        size_t index = 0;

        rest = str_from_offset(rest, word.len + 1);
        if (word.len == 0)
            continue;
        TRY(find_version(word, &index));
        *low_out = index < *low_out ? index : *low_out;
        *high_out = index > *high_out ? index : *high_out;
    }
    return OK;
}

static enum status
set_versions(SSL_CTX *context, const struct tls_options *options)
{
    size_t low = 0;
    size_t high = 0;

    TRY(version_range(options->versions, &low, &high));
    if (SSL_CTX_set_min_proto_version(context, versions[low].version) != 1 ||
        SSL_CTX_set_max_proto_version(context, versions[high].version) != 1)
        return tls_fail(ERR_INVALID, "ssl_allowed_methods");
    return OK;
}

static enum status
set_ciphers(SSL_CTX *context, const struct tls_options *options)
{
    const char *list = options->cipher_list;

    if (list == NULL || list[0] == '\0' || strcmp(list, "secure") == 0)
        list = secure_ciphers;
    if (SSL_CTX_set_cipher_list(context, list) != 1)
        return tls_fail(ERR_INVALID, "ssl_cipher_list");
    return OK;
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
    static const unsigned char scope[] = "convoy";

    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS |
                                  SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_session_id_context(context, scope, sizeof scope - 1);
    SSL_CTX_set_timeout(context, options->session_seconds > 0
                                     ? (long)options->session_seconds
                                     : 7200);
    SSL_CTX_set_dh_auto(context, 1);
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
    TRY(set_versions(context, options));
    TRY(set_ciphers(context, options));
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
    free(self);
}
