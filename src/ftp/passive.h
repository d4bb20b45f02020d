/* SPDX-License-Identifier: Apache-2.0 */
/*
 * passive.h - what passive_port_range and passive_address say.
 */
#pragma once

#include "ftp/ftp_service.h"

/* "30000 - 30099"; empty: both are 0. ERR_INVALID says why. */
MUST_CHECK enum status ftp_passive_range(struct str, uint16_t *first_out,
                                         uint16_t *last_out);

/* "203.0.113.10", "ftp.example.net" or "10.0.0.0/8 10.0.0.1". A name is looked
 * up: this may take seconds. ERR_INVALID, or ERR_NOT_FOUND for the name. */
MUST_CHECK enum status ftp_passive_address(struct str,
                                           struct ftp_passive_address *out);

/* What PASV tells a client that came from there; NULL: its own address. */
const char *ftp_passive_for(const struct ftp_service *, const char *peer);
