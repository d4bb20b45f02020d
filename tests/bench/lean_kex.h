/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lean_kex.h - curve25519-sha256 (RFC 8731) for the benchmark's client.
 *
 * Takes and returns messages; lean_ssh.c sends and receives them. The host key
 * is not verified: the server was started by the benchmark itself.
 */
#pragma once

#include "base/buffer.h"
#include "seal.h"

#include <openssl/evp.h>

#define KEX_CLIENT_VERSION "SSH-2.0-ConvoyBench_1"

enum { KEX_HASH = 32 };

struct kex {
    struct buffer server_version;
    struct buffer client_init; /* I_C and I_S: the KEXINIT payloads */
    struct buffer server_init;
    EVP_PKEY *key; /* ours, for one exchange */
    uint8_t public_key[32];
    struct buffer secret; /* K as it is hashed: an mpint */
    uint8_t hash[KEX_HASH];
    uint8_t session_id[KEX_HASH];
    bool has_session_id;
};

struct kex_keys {
    uint8_t key[SEAL_SECRET];
    uint8_t iv[KEX_HASH];
    uint8_t mac[KEX_HASH];
};

void kex_set_server_version(struct kex *, struct str);

/* Our KEXINIT payload for a new exchange, which offers this cipher only. */
struct str kex_init(struct kex *, const struct cipher *);
void kex_take_init(struct kex *, struct str payload);

/* Our public key of this exchange. */
struct str kex_public(struct kex *);

/* The payload of KEX_ECDH_REPLY: works out the secret and the hash. */
void kex_take_reply(struct kex *, struct str payload);

/* Keys for what the client ('C') or the server ('S') sends. */
void kex_derive(const struct kex *, char sender, struct kex_keys *);

struct str kex_session_id(const struct kex *);
void kex_done(struct kex *);
