/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_material.h - what a service shows and believes under TLS, as text.
 *
 * tls_private_certificate (vault items), or ssl_certificate, ssl_key and
 * ssl_key_password (paths or PEM); the service's, or [server]'s where it names
 * none. Of several certificates one is chosen by SNI.
 * tls_mutual_certification_authorities, ssl_certificate_revocation_list (files
 * and URLs; what was fetched is kept by the caller and handed in again).
 */
#pragma once

#include "base/buffer.h"
#include "config/config.h"

struct tls_material;

/* ERR_NOT_FOUND: the service needs a certificate and has none; ERR_INVALID
 * says `file:line` and why. Private text is wiped when freed. */
MUST_CHECK enum status tls_material_load(const struct section *service,
                                         struct tls_material **out);
void tls_material_free(struct tls_material **);

size_t tls_material_count(const struct tls_material *);
struct str tls_material_chain(const struct tls_material *, size_t index);
struct str tls_material_key(const struct tls_material *, size_t index);
struct str tls_material_authorities(const struct tls_material *);
struct str tls_material_revocations(const struct tls_material *);

/* URLs of revocation lists that have to be fetched, or NULL behind the last. */
const char *tls_material_url(const struct tls_material *, size_t index);

/* The earliest end of validity of the certificates, wall time in ms. */
int64_t tls_material_expires_ms(const struct tls_material *);
