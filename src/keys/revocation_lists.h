/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revocation_lists.h - lists of revoked certificates that come from an address.
 *
 * A copy of each is kept in `revocation-lists` of the state folder, so that a
 * server can start and go on while the address cannot be reached. Whose list
 * was never fetched is not served without it: nobody would know whom to
 * refuse.
 *
 * Fetching takes up to REVOCATION_FETCH_MS an address, and is never to happen
 * on a thread that is confined to an account's folders.
 */
#pragma once

#include "keys/tls_material.h"

enum {
    REVOCATION_FETCH_MS = 10 * 1000,
    REVOCATION_LIST_BYTES = 8 * 1024 * 1024,
};

/* Append to *out, as PEM, the lists of all addresses of the service; those of
 * which there is no copy yet are fetched. The reason names the address. */
MUST_CHECK enum status revocation_lists_read(const struct section *service,
                                             const struct tls_material *,
                                             struct buffer *out);

/* Fetch all of them again. `failed` is called for each whose copy stays what it
 * was; returns how many are there anew. */
typedef void revocation_failed(void *arg, const char *address, const char *why);
size_t revocation_lists_refresh(const struct section *service,
                                const struct tls_material *,
                                revocation_failed *failed, void *arg);
