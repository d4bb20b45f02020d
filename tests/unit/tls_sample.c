/* SPDX-License-Identifier: Apache-2.0 */
/* tls_sample.c - certificates made on the spot. */
#include "tls_sample.h"

#include <assert.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

enum { A_DAY = 86400 };

static char *
take_text(BIO *text)
{
    char *data = NULL;
    long len = BIO_get_mem_data(text, &data);
    char *copy = str_copy(str_from(data, (size_t)len));

    BIO_free(text);
    return copy;
}

static void
add_extension(X509 *certificate, int kind, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);

    assert(extension != NULL);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

static void
set_names(X509 *certificate, const char *name, const struct sample *issuer)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    char alternative[300];

    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(
        certificate,
        issuer != NULL ? X509_get_subject_name(issuer->certificate) : subject);
    snprintf(alternative, sizeof alternative, "DNS:%s", name);
    add_extension(certificate, NID_subject_alt_name, alternative);
    add_extension(certificate, NID_basic_constraints,
                  issuer != NULL ? "CA:FALSE" : "CA:TRUE");
}

struct sample
sample_make(const char *name, const struct sample *issuer)
{
    struct sample s = { .certificate = X509_new(), .key = EVP_EC_gen("P-256") };
    BIO *text = BIO_new(BIO_s_mem());
    unsigned char serial[8];

    assert(s.key != NULL && s.certificate != NULL);
    X509_set_version(s.certificate, X509_VERSION_3);
    for (size_t i = 0; i < sizeof serial; i++)
        serial[i] = (unsigned char)(random() & 0x7f);
    BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(s.certificate));
    BN_free(number);
    X509_gmtime_adj(X509_getm_notBefore(s.certificate), -A_DAY);
    X509_gmtime_adj(X509_getm_notAfter(s.certificate), A_DAY);
    X509_set_pubkey(s.certificate, s.key);
    set_names(s.certificate, name, issuer);
    X509_sign(s.certificate, issuer != NULL ? issuer->key : s.key,
              EVP_sha256());
    PEM_write_bio_X509(text, s.certificate);
    s.chain = take_text(text);
    text = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(text, s.key, NULL, NULL, 0, NULL, NULL);
    s.private_key = take_text(text);
    return s;
}

void
sample_done(struct sample *s)
{
    X509_free(s->certificate);
    EVP_PKEY_free(s->key);
    free(s->chain);
    free(s->private_key);
}

char *
sample_revoke(const struct sample *issuer, const struct sample *revoked)
{
    X509_CRL *list = X509_CRL_new();
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *now = X509_gmtime_adj(NULL, -60);
    ASN1_TIME *next = X509_gmtime_adj(NULL, A_DAY);
    BIO *text = BIO_new(BIO_s_mem());

    X509_CRL_set_version(list, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer->certificate));
    X509_CRL_set1_lastUpdate(list, now);
    X509_CRL_set1_nextUpdate(list, next);
    X509_REVOKED_set_serialNumber(entry,
                                  X509_get_serialNumber(revoked->certificate));
    X509_REVOKED_set_revocationDate(entry, now);
    X509_CRL_add0_revoked(list, entry);
    X509_CRL_sign(list, issuer->key, EVP_sha256());
    PEM_write_bio_X509_CRL(text, list);
    ASN1_TIME_free(now);
    ASN1_TIME_free(next);
    X509_CRL_free(list);
    return take_text(text);
}

SSL *
sample_client(int socket)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);

    SSL_set_fd(ssl, socket);
    SSL_set_connect_state(ssl);
    return ssl;
}
