/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_generate.h - a certificate that vouches for itself, to begin with.
 */
#pragma once

#include "base/buffer.h"

enum { TLS_NAMES = 32, TLS_DAYS_MOST = 3650 };

/*
 * A key (ECDSA, P-256) and a certificate for the names (host names, *.names or
 * IP addresses; the first is its common name) that is good from an hour ago
 * for so many days. *pem_out is a secret, as a vault item of type
 * private-certificate has it. ERR_INVALID: a name is none.
 */
MUST_CHECK enum status tls_certificate_generate(const char *const *names,
                                                size_t count, unsigned days,
                                                struct buffer *pem_out);
