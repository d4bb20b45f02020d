/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_keys.h - the private keys that an ssh service shows to its clients.
 *
 * They come from `ssh_server_keys` of the service, or of [server] when the
 * service names none: [vault-items/ID] of type ssh-private, inline or
 * `external-file:PATH`; or from the older path options. The text never leaves
 * this process and is wiped when freed.
 */
#pragma once

#include "base/str.h"
#include "config/config.h"

struct host_keys;

/* ERR_NOT_FOUND when the service has no key at all; a key that cannot be read
 * is ERR_INVALID and the reason says `file:line` and why. */
MUST_CHECK enum status host_keys_load(const struct section *service,
                                      struct host_keys **keys_out);
void host_keys_free(struct host_keys **);

size_t host_keys_count(const struct host_keys *);
/* The index-th key, PEM or OpenSSH form; belongs to `host_keys`. */
struct str host_keys_pem(const struct host_keys *, size_t index);
