/* SPDX-License-Identifier: Apache-2.0 */
/*
 * public_blob.c - is this wire form a key we accept?
 *
 * Strangers send these before they have proved anything, so every length is
 * compared with the one value that is right, and numbers must be in the one
 * form of RFC 4251, section 5. OpenSSL says whether a point is on its curve.
 */
#include "base/wire.h"
#include "keys/public_key.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

enum {
    ED25519_BYTES = 32,
    RSA_LEAST = 2048,
    RSA_MOST = 16384,      /* OpenSSL's own limit for verifying */
    RSA_EXPONENT_MOST = 64 /* likewise */
};

struct blob_kind {
    const char *type;
    enum status (*check)(const struct blob_kind *, struct reader *);
    const char *curve; /* RFC 5656, 10.1 */
    const char *group; /* OpenSSL's name */
    size_t point;      /* bytes of an uncompressed point */
};

static enum status
check_ed25519(const struct blob_kind *kind, struct reader *r)
{
    (void)kind;
    if (read_string(r).len != ED25519_BYTES)
        return fail(ERR_INVALID, "an Ed25519 key has %d bytes", ED25519_BYTES);
    return OK;
}

static void
free_key(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void
free_key_maker(EVP_PKEY_CTX **maker)
{
    EVP_PKEY_CTX_free(*maker);
}

static enum status
check_point(const char *group, struct str point)
{
    AUTO(free_key) EVP_PKEY *key = NULL;
    AUTO(free_key_maker)
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                         (char *)(uintptr_t)group, 0),
        OSSL_PARAM_construct_octet_string(
            OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point.data, point.len),
        OSSL_PARAM_construct_end(),
    };

    if (maker == NULL || EVP_PKEY_fromdata_init(maker) <= 0)
        return fail(ERR_MEMORY, "OpenSSL cannot make an EC key");
    if (EVP_PKEY_fromdata(maker, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
        return fail(ERR_INVALID, "the point is not on the curve %s", group);
    AUTO(free_key_maker)
    EVP_PKEY_CTX *checker = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (checker == NULL || EVP_PKEY_public_check_quick(checker) != 1)
        return fail(ERR_INVALID, "the point is no public key of %s", group);
    return OK;
}

static enum status
check_ecdsa(const struct blob_kind *kind, struct reader *r)
{
    struct str curve = read_string(r);
    struct str point = read_string(r);

    if (!str_is(curve, kind->curve))
        return fail(ERR_INVALID, "the key is not on the curve %s", kind->curve);
    if (point.len != kind->point || point.data[0] != 4)
        return fail(ERR_INVALID, "not an uncompressed point of %zu bytes",
                    kind->point);
    return check_point(kind->group, point);
}

/* The bits of a positive mpint in its shortest form; 0 for any other. */
static unsigned
mpint_bits(struct str number)
{
    const unsigned char *p = (const unsigned char *)number.data;
    unsigned bits = 0;

    if (number.len == 0 || number.len > 2 * RSA_MOST / 8 || p[0] & 0x80)
        return 0;
    if (p[0] == 0) {
        if (number.len == 1 || !(p[1] & 0x80))
            return 0;
        p++;
        number.len--;
    }
    for (unsigned top = p[0]; top != 0; top >>= 1)
        bits++;
    return bits + 8 * (unsigned)(number.len - 1);
}

static bool
is_odd(struct str number)
{
    return number.data[number.len - 1] & 1;
}

static enum status
check_rsa(const struct blob_kind *kind, struct reader *r)
{
    struct str exponent = read_string(r);
    struct str modulus = read_string(r);
    unsigned exponent_bits = mpint_bits(exponent);
    unsigned bits = mpint_bits(modulus);

    (void)kind;
    if (exponent_bits < 2 || exponent_bits > RSA_EXPONENT_MOST ||
        !is_odd(exponent))
        return fail(ERR_INVALID, "the RSA exponent is not one to use");
    if (bits < RSA_LEAST || bits > RSA_MOST)
        return fail(ERR_UNSUPPORTED,
                    "an RSA key of %u bits (%d to %d are accepted)", bits,
                    RSA_LEAST, RSA_MOST);
    if (!is_odd(modulus))
        return fail(ERR_INVALID, "the RSA modulus is even");
    return OK;
}

static const struct blob_kind kinds[] = {
    /* clang-format off */
    { "ssh-ed25519",         check_ed25519 },
    { "ecdsa-sha2-nistp256", check_ecdsa, "nistp256", "P-256", 65 },
    { "ecdsa-sha2-nistp384", check_ecdsa, "nistp384", "P-384", 97 },
    { "ecdsa-sha2-nistp521", check_ecdsa, "nistp521", "P-521", 133 },
    { "ssh-rsa",             check_rsa },
    /* clang-format on */
};

enum status
public_key_check(struct str type, struct str blob)
{
    const struct blob_kind *kind = kinds;
    const struct blob_kind *end = kinds + sizeof kinds / sizeof *kinds;
    struct reader r = reader_of(blob);

    if (!str_equal(read_string(&r), type) || reader_is_broken(&r))
        return fail(ERR_INVALID, "the key is not of the type in front of it");
    while (kind < end && !str_is(type, kind->type))
        kind++;
    if (kind == end)
        return fail(ERR_UNSUPPORTED, "a key of a type that is not accepted");
    TRY(kind->check(kind, &r));
    if (reader_is_broken(&r) || r.rest.len > 0)
        return fail(ERR_INVALID, "the key is cut or has something behind it");
    return OK;
}
