/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_check.h - what is wrong with the TLS of a service.
 */
#pragma once

#include "config/config.h"

/*
 * Report, with their lines: versions and ciphers that are none, certificates
 * and keys that cannot be used or soon have to be renewed, authorities and
 * revocation lists that cannot be read. Nothing is fetched.
 */
void tls_service_check(const struct section *service, bool needs_certificate,
                       struct report *);
