/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_pem.h - certificates, their keys and revocation lists, taken out of text
 * and put in order.
 */
#pragma once

#include "base/buffer.h"

#include <stdint.h>

enum { TLS_PEM_TEXT = 16 * 1024 * 1024, TLS_CHAIN = 16 };

/*
 * A certificate, those it was issued by, and its private key, in any order;
 * the key may stand in a text of its own (`key`, else empty) and be encrypted
 * by `password`. *chain_out becomes PEM that begins with the certificate of
 * the key, *key_out a secret in PKCS#8. ERR_INVALID says what is wrong: no
 * certificate, no key, another certificate's key, a key that is too weak, a
 * password that is missing or wrong.
 */
MUST_CHECK enum status tls_pem_certificate(struct str text, struct str key,
                                           const char *password,
                                           struct buffer *chain_out,
                                           struct buffer *key_out,
                                           int64_t *expires_ms_out);

/* Append the certificates of the text as PEM. ERR_INVALID: none is in it. */
MUST_CHECK enum status tls_pem_authorities(struct str text, struct buffer *out);

/* Append the revocation lists of the text, PEM or one in DER, as PEM.
 * ERR_INVALID: none is in it. */
MUST_CHECK enum status tls_pem_revocations(struct str text, struct buffer *out);

/* Whether those of the lists whose issuer is among the authorities are signed
 * by it; of the others that is found out when they are used. ERR_INVALID. */
MUST_CHECK enum status tls_pem_revocations_signed(struct str pem,
                                                  struct str authorities);

/* Whether `kept` has a list of an issuer that is newer than all of that issuer
 * in `fresh`. */
bool tls_pem_revocations_older(struct str fresh, struct str kept);
