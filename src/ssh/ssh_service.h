/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh_service.h - what a [services/ID] of type ssh says, made ready for use.
 *
 * Immutable and counted: every connection keeps the one that was in force when
 * it came, with its keys, so that it can exchange keys again later on.
 */
#pragma once

#include "session/service_limits.h"
#include "session/session.h"
#include "ssh/transport.h"

#include <stdatomic.h>

struct ssh_service {
    atomic_uint references;
    struct hub *hub;
    struct config *config; /* keeps the section */
    const struct section *section;
    struct ssh_keys *keys;
    char *cipher_list;
    char *banner;
    struct service_limits limits;
};

/* Load the keys and check all the rest. */
MUST_CHECK enum status ssh_service_new(struct hub *, const struct section *,
                                       struct ssh_service **service_out);
struct ssh_service *ssh_service_ref(struct ssh_service *);
void ssh_service_unref(struct ssh_service **);
