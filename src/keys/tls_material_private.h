/* SPDX-License-Identifier: Apache-2.0 */
/* tls_material_private.h - where material is named: for using and checking. */
#pragma once

#include "keys/tls_material.h"

#define TLS_BY_ITEM     "tls_private_certificate"
#define TLS_BY_PATH     "ssl_certificate"
#define TLS_KEY         "ssl_key"
#define TLS_PASSWORD    "ssl_key_password"
#define TLS_AUTHORITIES "tls_mutual_certification_authorities"
#define TLS_REVOCATIONS "ssl_certificate_revocation_list"

struct tls_place {
    const struct section *section;
    const char *option;
    int line;
};

/* tls_material_load(), but the reason is bare and *wrong_out says what it is
 * about. */
MUST_CHECK enum status tls_material_read(const struct section *service,
                                         struct tls_material **out,
                                         struct tls_place *wrong_out);

/* Whether it, or [server], names a certificate; and where. */
bool tls_names_certificate(const struct section *service);
struct tls_place tls_certificate_place(const struct section *service);
