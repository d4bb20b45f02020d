/* SPDX-License-Identifier: Apache-2.0 */
/* tls_generate.c - a certificate that vouches for itself, to begin with. */
#include "keys/tls_generate.h"

#include "base/random.h"
#include "keys/secret.h"
#include "keys/tls_pem_private.h"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum {
    NAME_MOST = 253,
    COMMON_NAME_MOST = 64, /* RFC 5280, upper bounds */
    SERIAL_BYTES = 16,
    TEXT_MOST = 64 * 1024,
    AN_HOUR = 3600,
    A_DAY = 86400,
};

static void
key_done(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void
certificate_done(X509 **certificate)
{
    X509_free(*certificate);
}

static bool
is_address(const char *name)
{
    unsigned char bytes[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, name, bytes) == 1 ||
           inet_pton(AF_INET6, name, bytes) == 1;
}

/* Nothing in it has a meaning in OpenSSL's words for extensions. */
static bool
is_host_name(const char *name)
{
    struct str rest = str_of(name);

    if (str_starts(rest, STR("*.")))
        rest = str_from_offset(rest, 2);
    return rest.len > 0 && rest.len <= NAME_MOST && rest.data[0] != '.' &&
           rest.data[0] != '-' &&
           strspn(rest.data,
                  "abcdefghijklmnopqrstuvwxyz"
                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == rest.len;
}

static enum status
add_extension(X509 *certificate, int kind, const char *value)
{
    X509V3_CTX about;

    X509V3_set_ctx(&about, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &about, kind, value);
    int done = extension != NULL && X509_add_ext(certificate, extension, -1);

    X509_EXTENSION_free(extension);
    return done ? OK : tls_fail_with("an extension of the certificate");
}

static enum status
add_name(struct buffer *list, const char *name)
{
    bool is_number = is_address(name);

    if (!is_number && !is_host_name(name))
        return fail(ERR_INVALID, "'%s' is no host name or IP address", name);
    return buffer_addf(list, "%s%s:%s", buffer_len(list) > 0 ? "," : "",
                       is_number ? "IP" : "DNS", name);
}

static enum status
add_names(X509 *certificate, const char *const *names, size_t count)
{
    AUTO(buffer_done) struct buffer list = BUFFER(TEXT_MOST);

    for (size_t i = 0; i < count; i++)
        TRY(add_name(&list, names[i]));
    const char *text = buffer_text(&list);
    if (text == NULL)
        return fail(ERR_MEMORY, "no memory for names");
    return add_extension(certificate, NID_subject_alt_name, text);
}

static enum status
add_extensions(X509 *certificate, const char *const *names, size_t count)
{
    static const struct {
        int kind;
        const char *value;
    } fixed[] = {
        { NID_basic_constraints, "critical,CA:FALSE" },
        { NID_key_usage, "critical,digitalSignature" },
        { NID_ext_key_usage, "serverAuth" },
        { NID_subject_key_identifier, "hash" },
    };

    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        TRY(add_extension(certificate, fixed[i].kind, fixed[i].value));
    return add_names(certificate, names, count);
}

static bool
set_serial(X509 *certificate)
{
    unsigned char bytes[SERIAL_BYTES];

    random_bytes(bytes, sizeof bytes);
    bytes[0] &= 0x7f; /* positive, and at most 20 bytes: RFC 5280, 4.1.2.2 */
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool done =
        number != NULL &&
        BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return done;
}

/* A name that is too long for it stands among the alternative names alone. */
static bool
set_common_name(X509 *certificate, const char *name)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    const char *common =
        strlen(name) <= COMMON_NAME_MOST ? name : "Convoy server";

    return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                      (const unsigned char *)common, -1, -1,
                                      0) == 1 &&
           X509_set_issuer_name(certificate, subject) == 1;
}

static bool
set_times(X509 *certificate, unsigned days)
{
    return X509_gmtime_adj(X509_getm_notBefore(certificate), -AN_HOUR) !=
               NULL &&
           X509_gmtime_adj(X509_getm_notAfter(certificate),
                           (long)days * A_DAY) != NULL;
}

static enum status
fill(X509 *certificate, EVP_PKEY *key, const char *name, unsigned days)
{
    if (X509_set_version(certificate, X509_VERSION_3) == 1 &&
        set_serial(certificate) && set_common_name(certificate, name) &&
        set_times(certificate, days) && X509_set_pubkey(certificate, key) == 1)
        return OK;
    return tls_fail_with("the certificate");
}

static enum status
write_pem(const X509 *certificate, const EVP_PKEY *key, struct buffer *pem_out)
{
    AUTO(tls_bio_done) BIO *text = BIO_new(BIO_s_mem());
    AUTO(secret_done) struct buffer pem = BUFFER(0);

    if (text == NULL || PEM_write_bio_X509(text, certificate) != 1 ||
        PEM_write_bio_PKCS8PrivateKey(text, key, NULL, NULL, 0, NULL, NULL) !=
            1)
        return fail(ERR_MEMORY, "no memory for a certificate");
    TRY(secret_new(TEXT_MOST, &pem));
    TRY(tls_take_text(text, &pem));
    *pem_out = pem;
    pem = BUFFER(0); /* it is the caller's now */
    return OK;
}

enum status
tls_certificate_generate(const char *const *names, size_t count, unsigned days,
                         struct buffer *pem_out)
{
    AUTO(key_done) EVP_PKEY *key = EVP_EC_gen("P-256");
    AUTO(certificate_done) X509 *certificate = X509_new();

    if (key == NULL || certificate == NULL)
        return fail(ERR_MEMORY, "no memory for a certificate");
    if (count == 0)
        return fail(ERR_INVALID, "a certificate needs a name");
    TRY(fill(certificate, key, names[0], days));
    TRY(add_extensions(certificate, names, count));
    if (X509_sign(certificate, key, EVP_sha256()) == 0)
        return tls_fail_with("the certificate");
    return write_pem(certificate, key, pem_out);
}
