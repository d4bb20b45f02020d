/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal.h - one direction of an SSH connection's packet protection.
 *
 * RFC 4253, section 6, with the ciphers that the benchmark compares. Works in
 * place, so that the client spends its time in OpenSSL and nowhere else.
 */
#pragma once

#include "load.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SEAL_HEAD = 5,   /* packet and padding length, in front of a payload */
    SEAL_TAIL = 64,  /* room behind it: padding and tag */
    SEAL_SECRET = 64 /* most bytes of a cipher's key */
};

struct cipher {
    const char *name; /* in KEXINIT */
    const char *mac;  /* in KEXINIT; names of the AEAD ciphers ignore it */
    size_t key_len;
    size_t iv_len;
    size_t mac_len; /* 0: the cipher authenticates */
};

/* NULL when the benchmark does not know it. */
const struct cipher *cipher_find(const char *name);

struct seal;

/* In the clear, until seal_key(). Never fails: a bench ends when it cannot. */
struct seal *seal_new(bool is_sender);
void seal_free(struct seal **);

/* Use these keys from the next packet on (after NEWKEYS). */
void seal_key(struct seal *, const struct cipher *, const uint8_t *key,
              const uint8_t *iv, const uint8_t *mac_key);

/*
 * `packet` holds SEAL_HEAD bytes of room, the payload, SEAL_TAIL bytes of room.
 * Returns how many bytes of it go to the peer.
 */
size_t seal_packet(struct seal *, uint8_t *packet, size_t payload_len);

/*
 * The first packet of `len` received bytes. Returns its length on the wire, 0
 * when it is not complete, and points *payload_out into it. Bytes may only be
 * appended between two calls for the same packet.
 */
size_t unseal_packet(struct seal *, uint8_t *bytes, size_t len,
                     uint8_t **payload_out, size_t *payload_len_out);
