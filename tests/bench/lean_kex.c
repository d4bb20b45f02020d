/* SPDX-License-Identifier: Apache-2.0 */
/* lean_kex.c - RFC 4253, sections 7 and 8, with one algorithm of each kind. */
#include "lean_kex.h"

#include "base/random.h"
#include "base/wire.h"

#include <openssl/sha.h>
#include <string.h>

enum { MSG_KEXINIT = 20 };

static void
keep(struct buffer *b, struct str bytes)
{
    b->limit = 64 * 1024;
    buffer_clear(b);
    if (buffer_add(b, bytes) != OK)
        die("out of memory");
}

static void
add(struct buffer *b, struct str text)
{
    if (add_string(b, text) != OK)
        die("out of memory");
}

void
kex_set_server_version(struct kex *k, struct str line)
{
    keep(&k->server_version, line);
}

struct str
kex_init(struct kex *k, const struct cipher *cipher)
{
    struct str names[] = {
        STR("curve25519-sha256,curve25519-sha256@libssh.org"),
        STR("ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256"),
        str_of(cipher->name),
        str_of(cipher->name),
        str_of(cipher->mac),
        str_of(cipher->mac),
        STR("none"),
        STR("none"),
        STR(""),
        STR(""),
    };
    char head[17] = { MSG_KEXINIT };

    random_bytes(head + 1, 16);
    keep(&k->client_init, str_from(head, sizeof head));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        add(&k->client_init, names[i]);
    if (add_u8(&k->client_init, 0) != OK || add_u32(&k->client_init, 0) != OK)
        die("out of memory");
    return buffer_str(&k->client_init);
}

void
kex_take_init(struct kex *k, struct str payload)
{
    keep(&k->server_init, payload);
}

struct str
kex_public(struct kex *k)
{
    size_t len = sizeof k->public_key;

    EVP_PKEY_free(k->key);
    k->key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    if (k->key == NULL ||
        EVP_PKEY_get_raw_public_key(k->key, k->public_key, &len) != 1)
        die("cannot make an X25519 key");
    return str_from(k->public_key, len);
}

/* An mpint (RFC 4251, 5): no leading zeros, and never negative. */
static void
keep_secret(struct kex *k, const uint8_t *bytes, size_t len)
{
    uint8_t number[33] = { 0 };

    while (len > 0 && *bytes == 0)
        bytes++, len--;
    size_t sign = len > 0 && (*bytes & 0x80) ? 1 : 0;
    memcpy(number + sign, bytes, len);
    keep(&k->secret, STR_NONE);
    add(&k->secret, str_from(number, sign + len));
}

static void
agree(struct kex *k, struct str server_public)
{
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(
        EVP_PKEY_X25519, NULL, (const uint8_t *)server_public.data,
        server_public.len);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(k->key, NULL);
    uint8_t secret[32];
    size_t len = sizeof secret;

    if (peer == NULL || EVP_PKEY_derive_init(ctx) != 1 ||
        EVP_PKEY_derive_set_peer(ctx, peer) != 1 ||
        EVP_PKEY_derive(ctx, secret, &len) != 1)
        die("no shared secret");
    keep_secret(k, secret, len);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(peer);
}

void
kex_take_reply(struct kex *k, struct str payload)
{
    struct reader r = reader_of(payload);
    struct buffer all = BUFFER(64 * 1024);

    read_u8(&r);
    struct str host_key = read_string(&r);
    struct str server_public = read_string(&r);
    agree(k, server_public);
    add(&all, STR(KEX_CLIENT_VERSION));
    add(&all, buffer_str(&k->server_version));
    add(&all, buffer_str(&k->client_init));
    add(&all, buffer_str(&k->server_init));
    add(&all, host_key);
    add(&all, str_from(k->public_key, sizeof k->public_key));
    add(&all, server_public);
    if (buffer_add(&all, buffer_str(&k->secret)) != OK)
        die("out of memory");
    struct str bytes = buffer_str(&all);
    SHA256((const uint8_t *)bytes.data, bytes.len, k->hash);
    buffer_done(&all);
    if (!k->has_session_id)
        memcpy(k->session_id, k->hash, KEX_HASH);
    k->has_session_id = true;
}

/* RFC 4253, 7.2: HASH(K || H || X || session_id), and from then on
 * HASH(K || H || what there is). */
static void
derive(const struct kex *k, char letter, uint8_t *into, size_t len)
{
    struct buffer b = BUFFER(4096);
    uint8_t hash[KEX_HASH];

    for (size_t have = 0; have < len; have += KEX_HASH) {
        buffer_clear(&b);
        enum status s = buffer_add(&b, buffer_str(&k->secret));
        s = s ? s : buffer_add(&b, str_from(k->hash, KEX_HASH));
        if (have == 0) {
            s = s ? s : buffer_add(&b, str_from(&letter, 1));
            s = s ? s : buffer_add(&b, str_from(k->session_id, KEX_HASH));
        } else {
            s = s ? s : buffer_add(&b, str_from(into, have));
        }
        if (s != OK)
            die("out of memory");
        struct str bytes = buffer_str(&b);
        SHA256((const uint8_t *)bytes.data, bytes.len, hash);
        memcpy(into + have, hash, KEX_HASH);
    }
    buffer_done(&b);
}

void
kex_derive(const struct kex *k, char sender, struct kex_keys *keys)
{
    char first = sender == 'C' ? 'A' : 'B';

    derive(k, first, keys->iv, sizeof keys->iv);
    derive(k, (char)(first + 2), keys->key, sizeof keys->key);
    derive(k, (char)(first + 4), keys->mac, sizeof keys->mac);
}

struct str
kex_session_id(const struct kex *k)
{
    return str_from(k->session_id, sizeof k->session_id);
}

void
kex_done(struct kex *k)
{
    buffer_done(&k->server_version);
    buffer_done(&k->client_init);
    buffer_done(&k->server_init);
    buffer_done(&k->secret);
    EVP_PKEY_free(k->key);
    *k = (struct kex){ 0 };
}
