/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lean_ssh.h - an SSH client that costs as little as the wire allows.
 *
 * Only for measuring servers on this machine: it offers one algorithm of each
 * kind, does not check the server's signature, and ends the program on every
 * surprise. One connection with one channel, used by one thread.
 */
#pragma once

#include "base/str.h"
#include "seal.h"

struct lean;

struct lean_options {
    uint16_t port;
    const char *user;
    const char *key_file; /* Ed25519, PKCS#8 PEM */
    const struct cipher *cipher;
};

/* Connect to 127.0.0.1, exchange keys, log in, start the sftp subsystem. */
struct lean *lean_open(const struct lean_options *);

/* Say goodbye and free. */
void lean_close(struct lean **);

/* Bytes that can be queued now without waiting for the server. */
size_t lean_room(const struct lean *);

/* Queue bytes for the channel; there must be room. */
void lean_send(struct lean *, struct str head, struct str tail);

/* Bytes of the channel that have come, empty when there are none left: then
 * lean_wait() sends what is queued and waits for more. They are valid until
 * the next call of either. */
struct str lean_received(struct lean *);
void lean_wait(struct lean *);

/* The authorized_keys line of a private key file, without a newline. */
void lean_print_public_key(const char *key_file);
