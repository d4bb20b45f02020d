/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h - what is wrong with the services of type ftp and ftpsi in a
 * configuration.
 */
#pragma once

#include "config/config.h"

/* Report it, with its lines: TLS, certificates, passive ports and addresses.
 * Names of passive_address are looked up. */
void ftp_check(const struct config *, struct report *);
