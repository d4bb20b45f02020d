/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_pbkdf2.c - PBKDF2 (RFC 8018, 5.2) in the form that passlib writes.
 */
#include "account/hash_private.h"
#include "base/random.h"
#include "keys/base64.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>

enum { NEW_SALT = 16, MOST_SALT = 128, MOST_DIGEST = 64 };

struct pbkdf2 {
    uint64_t rounds;
    struct buffer salt;
    struct buffer digest;
};

static void
pbkdf2_done(struct pbkdf2 *hash)
{
    buffer_done(&hash->salt);
    buffer_done(&hash->digest);
}

/* Base64 with "." for "+" and no padding; appends the bytes. */
static enum status
decode_ab64(struct str text, struct buffer *out)
{
    char base64[HASH_TEXT + 4];
    size_t len = text.len;

    if (len >= HASH_TEXT || (len > 0 && memchr(text.data, '+', len)) ||
        (len > 0 && memchr(text.data, '=', len)))
        return fail(ERR_INVALID, "not passlib's base64");
    for (size_t i = 0; i < len; i++)
        base64[i] = (char)(text.data[i] == '.' ? '+' : text.data[i]);
    while (len % 4 != 0)
        base64[len++] = '=';
    return base64_decode(str_from(base64, len), out);
}

static enum status
encode_ab64(struct str bytes, char *text, size_t size)
{
    struct buffer base64 = BUFFER(HASH_TEXT);
    enum status status = base64_encode(bytes, &base64);
    struct str padded = buffer_str(&base64);

    while (padded.len > 0 && padded.data[padded.len - 1] == '=')
        padded.len--;
    if (status == OK && padded.len >= size)
        status = fail(ERR_LIMIT, "the hash is too long");
    for (size_t i = 0; status == OK && i < padded.len; i++)
        text[i] = (char)(padded.data[i] == '+' ? '.' : padded.data[i]);
    if (status == OK)
        text[padded.len] = '\0';
    buffer_done(&base64);
    return status;
}

/* "ROUNDS$SALT$HASH"; the fields are ended by the caller in any case. */
static const char *
read_fields(const struct hash_scheme *scheme, struct str rest,
            struct pbkdf2 *hash)
{
    struct str rounds = str_cut(&rest, '$');
    struct str salt = str_cut(&rest, '$');

    if (!str_to_number(rounds, UINT64_MAX, &hash->rounds) ||
        rounds.data[0] == '0')
        return "the rounds of the password hash are not a number";
    if (hash->rounds > scheme->most_rounds)
        return "the password hash asks for more than 5,000,000 rounds";
    if (salt.len == 0 || decode_ab64(salt, &hash->salt) != OK)
        return "the salt of the password hash is not one";
    if (rest.len != scheme->digest || decode_ab64(rest, &hash->digest) != OK)
        return "the password hash is cut or not a hash";
    return NULL;
}

const char *
hash_pbkdf2_refusal(const struct hash_scheme *scheme, struct str rest)
{
    AUTO(pbkdf2_done)
    struct pbkdf2 hash = { .salt = BUFFER(MOST_SALT),
                           .digest = BUFFER(MOST_DIGEST + 2) };

    return read_fields(scheme, rest, &hash);
}

static enum status
derive(const struct hash_scheme *scheme, struct str password,
       const struct pbkdf2 *hash, unsigned char *into, size_t size)
{
    struct str salt = buffer_str(&hash->salt);

    if (PKCS5_PBKDF2_HMAC(
            password.data, (int)password.len, (const unsigned char *)salt.data,
            (int)salt.len, (int)hash->rounds,
            EVP_get_digestbyname(scheme->digest_name), (int)size, into) != 1)
        return fail(ERR_IO, "OpenSSL cannot compute the password hash");
    return OK;
}

enum status
hash_pbkdf2_verify(const struct hash_scheme *scheme, struct str hash,
                   struct str password)
{
    unsigned char digest[MOST_DIGEST];
    AUTO(pbkdf2_done)
    struct pbkdf2 read = { .salt = BUFFER(MOST_SALT),
                           .digest = BUFFER(MOST_DIGEST + 2) };
    const char *why = read_fields(
        scheme, str_from_offset(hash, strlen(scheme->prefix)), &read);

    if (why != NULL)
        return fail(ERR_DENIED, "%s", why);
    struct str right = buffer_str(&read.digest);
    if (right.len == 0 || right.len > sizeof digest)
        return fail(ERR_DENIED, "the password hash is cut");
    TRY(derive(scheme, password, &read, digest, right.len));
    bool same = CRYPTO_memcmp(digest, right.data, right.len) == 0;
    OPENSSL_cleanse(digest, sizeof digest);
    return same ? OK : fail(ERR_DENIED, "the password is wrong");
}

enum status
hash_pbkdf2_new_setting(const struct hash_scheme *scheme,
                        char setting[HASH_TEXT])
{
    unsigned char salt[NEW_SALT];
    char text[2 * NEW_SALT];

    random_bytes(salt, sizeof salt);
    TRY(encode_ab64(str_from(salt, sizeof salt), text, sizeof text));
    int len = snprintf(setting, HASH_TEXT, "%s%llu$%s$", scheme->prefix,
                       (unsigned long long)scheme->rounds, text);
    if (len < 0 || len >= HASH_TEXT)
        return fail(ERR_LIMIT, "the hash is too long");
    return OK;
}

/* The digest has as many bytes as its unpadded base64 says. */
enum status
hash_pbkdf2_make(const struct hash_scheme *scheme, const char *setting,
                 struct str password, char hash_out[HASH_TEXT])
{
    unsigned char digest[MOST_DIGEST];
    size_t size = scheme->digest * 3 / 4;
    char text[2 * MOST_DIGEST];
    AUTO(pbkdf2_done)
    struct pbkdf2 hash = { .salt = BUFFER(MOST_SALT),
                           .digest = BUFFER(MOST_DIGEST + 2) };
    struct str rest = str_of(setting + strlen(scheme->prefix));
    struct str rounds = str_cut(&rest, '$');

    if (!str_to_number(rounds, scheme->most_rounds, &hash.rounds))
        return fail(ERR_INVALID, "a setting without rounds");
    TRY(decode_ab64(str_cut(&rest, '$'), &hash.salt));
    TRY(derive(scheme, password, &hash, digest, size));
    enum status status = encode_ab64(str_from(digest, size), text, sizeof text);
    OPENSSL_cleanse(digest, sizeof digest);
    TRY(status);
    int len = snprintf(hash_out, HASH_TEXT, "%s%s", setting, text);
    if (len < 0 || len >= HASH_TEXT)
        return fail(ERR_LIMIT, "the hash is too long");
    return OK;
}
