/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service_limits.h - whom a [services/ID] lets in, whatever it speaks.
 */
#pragma once

#include "config/config.h"
#include "net/listener.h"

struct service_limits {
    struct listener_limits limits;
    struct network *proxy_sources; /* those of the limits */
};

/* service_limits_done() also after a failure. */
MUST_CHECK enum status service_limits_read(const struct section *service,
                                           struct service_limits *out);
void service_limits_done(struct service_limits *);
