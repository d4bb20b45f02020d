/* SPDX-License-Identifier: Apache-2.0 */
/*
 * private_key.h - SSH private keys in PEM and OpenSSH form.
 *
 * Reading accepts PKCS#1, PKCS#8, SEC1 and "openssh-key-v1" (OpenSSH's
 * PROTOCOL.key), not encrypted, of the types and sizes of public_key.h.
 */
#pragma once

#include "base/buffer.h"

/* Whether the text holds one such key; appends the wire form of its public
 * half to *blob_out. The reason says what is wrong. */
MUST_CHECK enum status private_key_check(struct str text,
                                         struct buffer *blob_out);

enum key_type { KEY_ED25519, KEY_ECDSA, KEY_RSA };

/*
 * Make a key. `bits`: 256, 384, 521 for ECDSA; 3072, 4096 for RSA; 0 for the
 * default (256, 3072). *private_out is a secret in OpenSSH form, ended with
 * secret_done(); *public_out becomes an authorized_keys line with its line
 * end. A comment has no line end.
 */
MUST_CHECK enum status private_key_generate(enum key_type, unsigned bits,
                                            const char *comment,
                                            struct buffer *private_out,
                                            struct buffer *public_out);
