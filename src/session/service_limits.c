/* SPDX-License-Identifier: Apache-2.0 */
/* service_limits.c - whom a [services/ID] lets in, whatever it speaks. */
#include "session/service_limits.h"

#include "net/networks.h"

#include <stdlib.h>

enum { PROXY_HEADER_MS = 5000 /* balancers send it at once */ };

static enum status
read_proxy_sources(const struct section *service, struct service_limits *out)
{
    static const char option[] = "proxy_protocol_sources";
    size_t count = 0;

    while (section_item(service, option, count) != NULL)
        count++;
    out->proxy_sources = calloc(count + 1, sizeof *out->proxy_sources);
    if (out->proxy_sources == NULL)
        return fail(ERR_MEMORY, "no memory for %s", option);
    for (size_t i = 0; i < count; i++)
        TRY(network_parse(str_of(section_item(service, option, i)),
                          &out->proxy_sources[i]));
    out->limits.proxy_sources = out->proxy_sources;
    out->limits.proxy_source_count = count;
    out->limits.proxy_header_ms = PROXY_HEADER_MS;
    return OK;
}

static unsigned
number_of(const struct section *service, const char *option)
{
    return (unsigned)section_number(service, option);
}

enum status
service_limits_read(const struct section *s, struct service_limits *out)
{
    out->proxy_sources = NULL;
    out->limits = (struct listener_limits){
        .maximum_connections = number_of(s, "maximum_concurrent_connections"),
        .maximum_per_address = number_of(s, "maximum_connections_per_address"),
        .maximum_unauthenticated = number_of(s, "maximum_unauthenticated"),
        .maximum_unauthenticated_per_address =
            number_of(s, "maximum_unauthenticated_per_address"),
    };
    return read_proxy_sources(s, out);
}

void
service_limits_done(struct service_limits *limits)
{
    free(limits->proxy_sources);
    limits->proxy_sources = NULL;
}
