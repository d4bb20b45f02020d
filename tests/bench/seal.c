/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal.c - AES-GCM (RFC 5647), chacha20-poly1305@openssh.com and AES-CTR with
 * hmac-sha2-256, on OpenSSL.
 */
#include "seal.h"

#include "base/wire.h"

#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAG = 16, MOST_PACKET = 300 * 1024, HMAC = 32 };

enum kind { PLAIN, GCM, CHACHA, CTR };

static const struct kinded {
    struct cipher cipher;
    enum kind kind;
    const EVP_CIPHER *(*evp)(void);
} ciphers[] = {
    /* clang-format off */
    { { "aes128-gcm@openssh.com",        "hmac-sha2-256", 16, 12, 0    }, GCM,    EVP_aes_128_gcm },
    { { "aes256-gcm@openssh.com",        "hmac-sha2-256", 32, 12, 0    }, GCM,    EVP_aes_256_gcm },
    { { "chacha20-poly1305@openssh.com", "hmac-sha2-256", 64, 0,  0    }, CHACHA, EVP_chacha20    },
    { { "aes256-ctr",                    "hmac-sha2-256", 32, 16, HMAC }, CTR,    EVP_aes_256_ctr },
    /* clang-format on */
};

struct seal {
    bool is_sender;
    enum kind kind;
    uint32_t sequence;
    uint32_t opened; /* CTR: length of a packet whose head is open; or 0 */
    uint8_t iv[12];  /* GCM: the invocation counter is its end */
    EVP_CIPHER_CTX *body;
    EVP_CIPHER_CTX *head; /* CHACHA: for the packet length */
    EVP_MAC_CTX *mac;
};

/* OpenSSL says 1 when a call worked. */
static void
must(int worked, const char *what)
{
    if (worked != 1)
        die("OpenSSL failed: %s", what);
}

const struct cipher *
cipher_find(const char *name)
{
    for (size_t i = 0; i < sizeof ciphers / sizeof *ciphers; i++)
        if (strcmp(ciphers[i].cipher.name, name) == 0)
            return &ciphers[i].cipher;
    return NULL;
}

struct seal *
seal_new(bool is_sender)
{
    struct seal *s = calloc(1, sizeof *s);

    if (s == NULL)
        die("out of memory");
    s->is_sender = is_sender;
    return s;
}

static void
forget_keys(struct seal *s)
{
    EVP_CIPHER_CTX_free(s->body);
    EVP_CIPHER_CTX_free(s->head);
    EVP_MAC_CTX_free(s->mac);
    s->body = s->head = NULL;
    s->mac = NULL;
}

void
seal_free(struct seal **s)
{
    if (*s == NULL)
        return;
    forget_keys(*s);
    free(*s);
    *s = NULL;
}

static EVP_CIPHER_CTX *
new_cipher(const struct seal *s, const EVP_CIPHER *evp, const uint8_t *key,
           const uint8_t *iv)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    must(EVP_CipherInit_ex(ctx, evp, NULL, key, iv, s->is_sender), "cipher");
    return ctx;
}

static EVP_MAC_CTX *
new_mac(const char *name, const uint8_t *key, size_t key_len)
{
    char digest[] = "SHA256";
    OSSL_PARAM hmac[] = {
        OSSL_PARAM_construct_utf8_string("digest", digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *mac = EVP_MAC_fetch(NULL, name, NULL);
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);

    EVP_MAC_free(mac);
    if (key != NULL)
        must(EVP_MAC_init(ctx, key, key_len, hmac), name);
    return ctx;
}

void
seal_key(struct seal *s, const struct cipher *cipher, const uint8_t *key,
         const uint8_t *iv, const uint8_t *mac_key)
{
    const struct kinded *row = ciphers;

    while (&row->cipher != cipher)
        row++;
    forget_keys(s);
    s->kind = row->kind;
    s->opened = 0;
    if (row->kind == CHACHA) {
        /* PROTOCOL.chacha20poly1305: the first half is for the body. */
        s->body = new_cipher(s, row->evp(), key, NULL);
        s->head = new_cipher(s, row->evp(), key + 32, NULL);
        s->mac = new_mac("POLY1305", NULL, 0);
        return;
    }
    s->body = new_cipher(s, row->evp(), key, row->kind == CTR ? iv : NULL);
    if (row->kind == GCM)
        memcpy(s->iv, iv, sizeof s->iv);
    else
        s->mac = new_mac("HMAC", mac_key, cipher->mac_len);
}

static void
run(EVP_CIPHER_CTX *ctx, uint8_t *to, const uint8_t *from, size_t len)
{
    int done;

    must(EVP_CipherUpdate(ctx, to, &done, from, (int)len), "update");
}

/* GCM: the length is authenticated but not encrypted. */
static void
gcm_run(struct seal *s, uint8_t *packet, size_t len)
{
    uint8_t *tag = packet + 4 + len;
    int done;

    must(EVP_CipherInit_ex(s->body, NULL, NULL, NULL, s->iv, -1), "iv");
    if (!s->is_sender)
        must(EVP_CIPHER_CTX_ctrl(s->body, EVP_CTRL_AEAD_SET_TAG, TAG, tag),
             "tag");
    run(s->body, NULL, packet, 4);
    run(s->body, packet + 4, packet + 4, len);
    must(EVP_CipherFinal_ex(s->body, tag, &done), "authentication");
    if (s->is_sender)
        must(EVP_CIPHER_CTX_ctrl(s->body, EVP_CTRL_AEAD_GET_TAG, TAG, tag),
             "tag");
    for (int i = 11; i >= 4 && ++s->iv[i] == 0; i--)
        continue;
}

/* The counter of OpenSSL's ChaCha20 is 64 bits low byte first, then comes the
 * sequence number, high byte first. */
static void
chacha_at(EVP_CIPHER_CTX *ctx, uint32_t sequence, uint8_t counter)
{
    uint8_t iv[16] = { counter };

    put_u32(iv + 12, sequence);
    must(EVP_CipherInit_ex(ctx, NULL, NULL, NULL, iv, -1), "iv");
}

static void
chacha_tag(struct seal *s, const uint8_t *packet, size_t len, uint8_t *tag)
{
    uint8_t key[32] = { 0 };
    size_t done;

    chacha_at(s->body, s->sequence, 0);
    run(s->body, key, key, sizeof key);
    must(EVP_MAC_init(s->mac, key, sizeof key, NULL), "poly1305");
    must(EVP_MAC_update(s->mac, packet, 4 + len), "poly1305");
    must(EVP_MAC_final(s->mac, tag, &done, TAG), "poly1305");
}

static void
chacha_run(struct seal *s, uint8_t *packet, size_t len)
{
    uint8_t tag[TAG];

    if (s->is_sender) {
        chacha_at(s->head, s->sequence, 0);
        run(s->head, packet, packet, 4);
    } else {
        chacha_tag(s, packet, len, tag);
        must(memcmp(tag, packet + 4 + len, TAG) == 0, "authentication");
    }
    chacha_at(s->body, s->sequence, 1);
    run(s->body, packet + 4, packet + 4, len);
    if (s->is_sender)
        chacha_tag(s, packet, len, packet + 4 + len);
}

static void
hmac_of(struct seal *s, const uint8_t *packet, size_t len, uint8_t *mac)
{
    uint8_t sequence[4];
    size_t done;

    put_u32(sequence, s->sequence);
    must(EVP_MAC_init(s->mac, NULL, 0, NULL), "hmac");
    must(EVP_MAC_update(s->mac, sequence, 4), "hmac");
    must(EVP_MAC_update(s->mac, packet, len), "hmac");
    must(EVP_MAC_final(s->mac, mac, &done, HMAC), "hmac");
}

/* What the lengths must be a multiple of, and whether the packet length is
 * among what is counted. */
static size_t
padding_for(const struct seal *s, size_t payload_len)
{
    size_t block = s->kind == GCM || s->kind == CTR ? 16 : 8;
    size_t counted =
        payload_len + (s->kind == GCM || s->kind == CHACHA ? 1 : 5);
    size_t padding = block - counted % block;

    return padding < 4 ? padding + block : padding;
}

size_t
seal_packet(struct seal *s, uint8_t *packet, size_t payload_len)
{
    size_t padding = padding_for(s, payload_len);
    size_t len = 1 + payload_len + padding;
    size_t total = 4 + len;

    put_u32(packet, (uint32_t)len);
    packet[4] = (uint8_t)padding;
    memset(packet + 5 + payload_len, 0, padding);
    switch (s->kind) {
    case PLAIN: break;
    case GCM:
        gcm_run(s, packet, len);
        total += TAG;
        break;
    case CHACHA:
        chacha_run(s, packet, len);
        total += TAG;
        break;
    case CTR:
        hmac_of(s, packet, total, packet + total);
        run(s->body, packet, packet, total);
        total += HMAC;
        break;
    }
    s->sequence++;
    return total;
}

/* Bytes of the packet behind its length field, without a tag. */
static size_t
packet_len(struct seal *s, uint8_t *bytes)
{
    uint8_t head[4];

    switch (s->kind) {
    case CHACHA:
        chacha_at(s->head, s->sequence, 0);
        run(s->head, head, bytes, 4);
        return get_u32(head);
    case CTR:
        if (s->opened == 0) {
            run(s->body, bytes, bytes, 16);
            s->opened = get_u32(bytes);
        }
        return s->opened;
    case PLAIN:
    case GCM: break;
    }
    return get_u32(bytes);
}

size_t
unseal_packet(struct seal *s, uint8_t *bytes, size_t len, uint8_t **payload_out,
              size_t *payload_len_out)
{
    static const size_t tag_len[] = { 0, TAG, TAG, HMAC };
    uint8_t mac[HMAC];

    if (len < 16)
        return 0;
    size_t body = packet_len(s, bytes);
    if (body < 5 || body > MOST_PACKET)
        die("a packet of %zu bytes", body);
    size_t total = 4 + body + tag_len[s->kind];
    if (len < total)
        return 0;
    if (s->kind == GCM)
        gcm_run(s, bytes, body);
    if (s->kind == CHACHA)
        chacha_run(s, bytes, body);
    if (s->kind == CTR) {
        run(s->body, bytes + 16, bytes + 16, 4 + body - 16);
        hmac_of(s, bytes, 4 + body, mac);
        must(memcmp(mac, bytes + 4 + body, HMAC) == 0, "authentication");
        s->opened = 0;
    }
    s->sequence++;
    *payload_out = bytes + SEAL_HEAD;
    *payload_len_out = body - 1 - bytes[4];
    return total;
}
