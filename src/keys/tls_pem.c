/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_pem.c - certificates, their keys and revocation lists, taken out of text
 * and put in order.
 *
 * What comes out is always the same form: PEM, a chain beginning with the
 * certificate of the key, the key in PKCS#8. So whoever uses it need not know
 * how many forms there are.
 */
#include "keys/tls_pem.h"

#include "keys/secret.h"
#include "keys/tls_pem_private.h"

#include <limits.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

enum {
    RSA_BITS_LEAST = 2048,
    EC_BITS_LEAST = 224,
    KEY_TEXT = 64 * 1024,
};

/* What AUTO() needs: destructors that take T **. */
void
tls_bio_done(BIO **bio)
{
    BIO_free(*bio);
    *bio = NULL;
}

static void
key_done(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
    *key = NULL;
}

static void
list_done(STACK_OF(X509) * *list)
{
    sk_X509_pop_free(*list, X509_free);
    *list = NULL;
}

enum status
tls_open_text(struct str text, BIO **out)
{
    if (text.len > TLS_PEM_TEXT)
        return fail(ERR_LIMIT, "more than %d bytes", TLS_PEM_TEXT);
    *out = BIO_new_mem_buf(text.data, (int)text.len);
    return *out != NULL ? OK : fail(ERR_MEMORY, "no memory for a certificate");
}

enum status
tls_take_text(BIO *from, struct buffer *out)
{
    char *data = NULL;
    long len = BIO_get_mem_data(from, &data);

    return buffer_add(out, str_from(data, len > 0 ? (size_t)len : 0));
}

enum status
tls_fail_with(const char *what)
{
    const char *reason = ERR_reason_error_string(ERR_peek_error());
    enum status status = fail(ERR_INVALID, "%s: %s", what,
                              reason != NULL ? reason : "not understood");

    ERR_clear_error();
    return status;
}

/* Behind the last item there is "no start line"; anything else is damage. */
bool
tls_is_at_end(void)
{
    unsigned long error = ERR_peek_last_error();

    return ERR_GET_LIB(error) == ERR_LIB_PEM &&
           ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

/* ---- certificates ---- */

static enum status
read_certificates(struct str text, int most, STACK_OF(X509) * list)
{
    AUTO(tls_bio_done) BIO *from = NULL;
    X509 *next;

    TRY(tls_open_text(text, &from));
    ERR_clear_error();
    while ((next = PEM_read_bio_X509_AUX(from, NULL, NULL, NULL)) != NULL) {
        if (sk_X509_num(list) >= most || sk_X509_push(list, next) <= 0) {
            X509_free(next);
            return fail(ERR_LIMIT, "more than %d certificates", most);
        }
    }
    if (!tls_is_at_end())
        return tls_fail_with("a certificate");
    ERR_clear_error();
    if (sk_X509_num(list) == 0)
        return fail(ERR_INVALID, "there is no certificate in it");
    return OK;
}

static enum status
write_certificates(const STACK_OF(X509) * list, struct buffer *out)
{
    AUTO(tls_bio_done) BIO *text = BIO_new(BIO_s_mem());

    if (text == NULL)
        return fail(ERR_MEMORY, "no memory for a certificate");
    for (int i = 0; i < sk_X509_num(list); i++)
        if (PEM_write_bio_X509(text, sk_X509_value(list, i)) != 1)
            return fail(ERR_MEMORY, "no memory for a certificate");
    return tls_take_text(text, out);
}

/* Put what issued the certificate at `at` behind it. */
static bool
bring_issuer(STACK_OF(X509) * list, int at)
{
    X509 *issued = sk_X509_value(list, at);

    for (int i = at + 1; i < sk_X509_num(list); i++) {
        X509 *other = sk_X509_value(list, i);

        if (X509_check_issued(other, issued) == X509_V_OK) {
            (void)sk_X509_set(list, i, sk_X509_value(list, at + 1));
            (void)sk_X509_set(list, at + 1, other);
            return true;
        }
    }
    return false;
}

/* RFC 8446, 4.4.2: the sender's own first, each next one its issuer. What is
 * no issuer of any stays behind them. */
static enum status
order_chain(STACK_OF(X509) * list, const EVP_PKEY *key)
{
    for (int i = 0; i < sk_X509_num(list); i++) {
        X509 *own = sk_X509_value(list, i);

        if (X509_check_private_key(own, key) != 1)
            continue;
        (void)sk_X509_set(list, i, sk_X509_value(list, 0));
        (void)sk_X509_set(list, 0, own);
        ERR_clear_error();
        for (int at = 0; bring_issuer(list, at);)
            at++;
        return OK;
    }
    ERR_clear_error();
    return fail(ERR_INVALID, "the key belongs to another certificate");
}

static enum status
read_end(const X509 *certificate, int64_t *expires_ms_out)
{
    int days = 0;
    int seconds = 0;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);

    int done =
        ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(certificate));
    ASN1_TIME_free(epoch);
    if (done != 1)
        return fail(ERR_INVALID, "the certificate has no end that can be read");
    *expires_ms_out = ((int64_t)days * 86400 + seconds) * 1000;
    return OK;
}

/* ---- keys ---- */

struct password {
    const char *text;
    bool is_asked;
};

static int
on_password(char *into, int size, int is_writing, void *arg)
{
    struct password *password = arg;
    size_t len = password->text != NULL ? strlen(password->text) : 0;

    (void)is_writing;
    password->is_asked = true;
    if (len == 0 || len > (size_t)size)
        return -1;
    memcpy(into, password->text, len);
    return (int)len;
}

static enum status
explain_key(const struct password *password)
{
    ERR_clear_error();
    if (!password->is_asked)
        return fail(ERR_INVALID, "there is no private key in it, or it cannot "
                                 "be read");
    if (password->text == NULL || password->text[0] == '\0')
        return fail(ERR_INVALID, "the private key is encrypted, and no "
                                 "password is given");
    return fail(ERR_INVALID, "the password does not open the private key");
}

static enum status
check_strength(const EVP_PKEY *key)
{
    int bits = EVP_PKEY_get_bits(key);

    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
        if (bits < RSA_BITS_LEAST)
            return fail(ERR_INVALID,
                        "the RSA key has %d bits; fewer than %d are too weak",
                        bits, RSA_BITS_LEAST);
        return OK;
    case EVP_PKEY_EC:
        if (bits < EC_BITS_LEAST)
            return fail(ERR_INVALID,
                        "the ECDSA key has %d bits; fewer than %d are too weak",
                        bits, EC_BITS_LEAST);
        return OK;
    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448: return OK;
    default: break;
    }
    return fail(ERR_INVALID, "the private key is of a kind that TLS does not "
                             "use");
}

static enum status
read_key(struct str text, const char *password_text, EVP_PKEY **out)
{
    struct password password = { .text = password_text };
    AUTO(tls_bio_done) BIO *from = NULL;

    TRY(tls_open_text(text, &from));
    *out = PEM_read_bio_PrivateKey(from, NULL, on_password, &password);
    if (*out == NULL)
        return explain_key(&password);
    ERR_clear_error();
    return check_strength(*out);
}

static enum status
write_key(const EVP_PKEY *key, struct buffer *out)
{
    /* OpenSSL wipes it when it is freed, and what it grows out of. */
    AUTO(tls_bio_done) BIO *text = BIO_new(BIO_s_mem());
    AUTO(secret_done) struct buffer secret = BUFFER(0);

    if (text == NULL || PEM_write_bio_PKCS8PrivateKey(text, key, NULL, NULL, 0,
                                                      NULL, NULL) != 1)
        return fail(ERR_MEMORY, "no memory for a key");
    TRY(secret_new(KEY_TEXT, &secret));
    TRY(tls_take_text(text, &secret));
    *out = secret;
    secret = BUFFER(0); /* it is the caller's now */
    return OK;
}

static enum status
write_both(const STACK_OF(X509) * list, const EVP_PKEY *key,
           struct buffer *chain_out, struct buffer *key_out)
{
    AUTO(buffer_done) struct buffer chain = BUFFER(TLS_PEM_TEXT);

    TRY(write_certificates(list, &chain));
    TRY(write_key(key, key_out));
    *chain_out = chain;
    chain = BUFFER(0); /* it is the caller's now */
    return OK;
}

enum status
tls_pem_certificate(struct str text, struct str key_text, const char *password,
                    struct buffer *chain_out, struct buffer *key_out,
                    int64_t *expires_ms_out)
{
    AUTO(list_done) STACK_OF(X509) *list = sk_X509_new_null();
    AUTO(key_done) EVP_PKEY *key = NULL;

    if (list == NULL)
        return fail(ERR_MEMORY, "no memory for a certificate");
    TRY(read_certificates(text, TLS_CHAIN, list));
    TRY(read_key(key_text.len > 0 ? key_text : text, password, &key));
    TRY(order_chain(list, key));
    TRY(read_end(sk_X509_value(list, 0), expires_ms_out));
    return write_both(list, key, chain_out, key_out);
}

/* ---- whom we believe ---- */

enum status
tls_pem_authorities(struct str text, struct buffer *out)
{
    AUTO(list_done) STACK_OF(X509) *list = sk_X509_new_null();

    if (list == NULL)
        return fail(ERR_MEMORY, "no memory for a certificate");
    TRY(read_certificates(text, INT_MAX, list));
    return write_certificates(list, out);
}
