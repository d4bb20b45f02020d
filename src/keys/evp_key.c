/* SPDX-License-Identifier: Apache-2.0 */
/* evp_key.c - OpenSSL's keys in the wire form of SSH. */
#include "base/wire.h"
#include "keys/evp_key_private.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>

enum { ED25519_BYTES = 32 };

static const struct curve {
    const char *group; /* OpenSSL's name */
    const char *type;
    const char *name; /* RFC 5656, 10.1 */
    int field;        /* bytes of a coordinate */
} curves[] = {
    { "prime256v1", "ecdsa-sha2-nistp256", "nistp256", 32 },
    { "secp384r1", "ecdsa-sha2-nistp384", "nistp384", 48 },
    { "secp521r1", "ecdsa-sha2-nistp521", "nistp521", 66 },
};

void
evp_key_free(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
    *key = NULL;
}

static void
free_number(BIGNUM **number)
{
    BN_clear_free(*number);
}

static const struct curve *
find_curve(const EVP_PKEY *key)
{
    char group[64] = "";

    if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group,
                                       sizeof group, NULL) != 1)
        return NULL;
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++)
        if (strcmp(group, curves[i].group) == 0)
            return &curves[i];
    return NULL;
}

enum status
evp_key_type(const EVP_PKEY *key, const char **type_out)
{
    const struct curve *curve;

    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519: *type_out = "ssh-ed25519"; return OK;
    case EVP_PKEY_RSA: *type_out = "ssh-rsa"; return OK;
    case EVP_PKEY_EC:
        curve = find_curve(key);
        if (curve == NULL)
            return fail(ERR_UNSUPPORTED, "an EC key on a curve that is not "
                                         "P-256, P-384 or P-521");
        *type_out = curve->type;
        return OK;
    default:
        return fail(ERR_UNSUPPORTED, "a key that is not Ed25519, ECDSA or RSA");
    }
}

static enum status
get_number(const EVP_PKEY *key, const char *name, BIGNUM **number_out)
{
    if (EVP_PKEY_get_bn_param(key, name, number_out) != 1)
        return fail(ERR_INVALID, "the key has no '%s'", name);
    return OK;
}

/* An mpint (RFC 4251, section 5) of a positive number. */
static enum status
add_number(const EVP_PKEY *key, const char *name, struct buffer *out)
{
    AUTO(free_number) BIGNUM *number = NULL;
    char *room;

    TRY(get_number(key, name, &number));
    size_t bytes = (size_t)BN_num_bytes(number);
    size_t sign = BN_num_bits(number) % 8 == 0 && bytes > 0;
    TRY(buffer_reserve(out, 4 + sign + bytes, &room));
    put_u32(room, (uint32_t)(sign + bytes));
    room[4] = 0;
    BN_bn2bin(number, (unsigned char *)room + 4 + sign);
    buffer_added(out, 4 + sign + bytes);
    return OK;
}

static enum status
add_coordinate(const EVP_PKEY *key, const char *name, int field,
               struct buffer *out)
{
    AUTO(free_number) BIGNUM *number = NULL;
    char *room;

    TRY(get_number(key, name, &number));
    TRY(buffer_reserve(out, (size_t)field, &room));
    if (BN_bn2binpad(number, (unsigned char *)room, field) != field)
        return fail(ERR_INVALID, "the key's point does not fit its curve");
    buffer_added(out, (size_t)field);
    return OK;
}

static enum status
add_curve_and_point(const EVP_PKEY *key, struct buffer *out)
{
    const struct curve *curve = find_curve(key);

    if (curve == NULL)
        return fail(ERR_UNSUPPORTED, "an EC key on an unknown curve");
    TRY(add_string(out, str_of(curve->name)));
    TRY(add_u32(out, 1 + 2 * (uint32_t)curve->field));
    TRY(add_u8(out, 4)); /* uncompressed: SEC 1, 2.3.3 */
    TRY(add_coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X, curve->field, out));
    return add_coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y, curve->field, out);
}

static enum status
add_ed25519_public(const EVP_PKEY *key, struct buffer *out)
{
    unsigned char bytes[ED25519_BYTES];
    size_t len = sizeof bytes;

    if (EVP_PKEY_get_raw_public_key(key, bytes, &len) != 1)
        return fail(ERR_INVALID, "the key has no public half");
    return add_string(out, str_from(bytes, len));
}

enum status
evp_key_add_public(const EVP_PKEY *key, struct buffer *out)
{
    const char *type = "";

    TRY(evp_key_type(key, &type));
    TRY(add_string(out, str_of(type)));
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519: return add_ed25519_public(key, out);
    case EVP_PKEY_EC: return add_curve_and_point(key, out);
    default:
        TRY(add_number(key, OSSL_PKEY_PARAM_RSA_E, out));
        return add_number(key, OSSL_PKEY_PARAM_RSA_N, out);
    }
}

/* Public half, then seed and public half as one string. */
static enum status
add_ed25519_private(const EVP_PKEY *key, struct buffer *out)
{
    unsigned char both[2 * ED25519_BYTES];
    size_t seed_len = ED25519_BYTES;
    size_t public_len = ED25519_BYTES;

    if (EVP_PKEY_get_raw_private_key(key, both, &seed_len) != 1 ||
        EVP_PKEY_get_raw_public_key(key, both + ED25519_BYTES, &public_len) !=
            1)
        return fail(ERR_INVALID, "the key has no private half");
    enum status status =
        add_string(out, str_from(both + ED25519_BYTES, ED25519_BYTES));
    if (status == OK)
        status = add_string(out, str_from(both, sizeof both));
    OPENSSL_cleanse(both, sizeof both);
    return status;
}

static enum status
add_rsa_private(const EVP_PKEY *key, struct buffer *out)
{
    static const char *const order[] = {
        OSSL_PKEY_PARAM_RSA_N,       OSSL_PKEY_PARAM_RSA_E,
        OSSL_PKEY_PARAM_RSA_D,       OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
        OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
    };

    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        TRY(add_number(key, order[i], out));
    return OK;
}

enum status
evp_key_add_private(const EVP_PKEY *key, struct buffer *out)
{
    const char *type = "";

    TRY(evp_key_type(key, &type));
    TRY(add_string(out, str_of(type)));
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519: return add_ed25519_private(key, out);
    case EVP_PKEY_EC:
        TRY(add_curve_and_point(key, out));
        return add_number(key, OSSL_PKEY_PARAM_PRIV_KEY, out);
    default: return add_rsa_private(key, out);
    }
}
