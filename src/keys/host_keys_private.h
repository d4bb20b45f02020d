/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_keys_private.h - where host keys are named: for using and for checking.
 */
#pragma once

#include "keys/host_keys.h"

#define HOST_KEYS_BY_ITEM "ssh_server_keys"
#define HOST_KEYS_BY_PATH "ssh_host_private_keys"

struct host_key_place {
    const struct section *section;
    const char *option;
    int line;
};

/* Called for each key that is named. With OK its text is the visitor's from
 * now on; otherwise fail_reason() says why there is none. */
typedef enum status host_keys_visitor(void *arg, const struct host_key_place *,
                                      enum status status, struct buffer *pem);

/* [services/ID] when it names keys, or else [server]. */
const struct section *host_keys_section(const struct section *service);

/* The keys that the section names by path or has inline. */
MUST_CHECK enum status host_keys_visit_paths(const struct section *,
                                             host_keys_visitor *, void *arg);
