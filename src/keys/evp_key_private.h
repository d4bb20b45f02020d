/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evp_key_private.h - OpenSSL's keys in the wire form of SSH.
 */
#pragma once

#include "base/buffer.h"

#include <openssl/evp.h>

/* The format name of the key; ERR_UNSUPPORTED when SSH has none. */
MUST_CHECK enum status evp_key_type(const EVP_PKEY *, const char **type_out);

/* Append the wire form of the public half. */
MUST_CHECK enum status evp_key_add_public(const EVP_PKEY *, struct buffer *out);

/* Append the fields of the private half as PROTOCOL.key and the agent's
 * protocol order them, type first; `out` is a secret. */
MUST_CHECK enum status evp_key_add_private(const EVP_PKEY *,
                                           struct buffer *out);

/* For AUTO(). */
void evp_key_free(EVP_PKEY **);
