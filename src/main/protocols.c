/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protocols.c - what a [services/ID] may speak.
 *
 * A protocol is a row; service.c drives them all in the same way.
 */
#include "main/protocols.h"

#include "config/option.h"
#include "ssh/ssh_connection.h"

static enum status
ssh_new(struct hub *hub, const struct section *section, void **offer_out)
{
    struct ssh_service *service = NULL;

    TRY(ssh_service_new(hub, section, &service));
    *offer_out = service;
    return OK;
}

static void *
ssh_ref(void *offer)
{
    return ssh_service_ref(offer);
}

static void
ssh_unref(void *offer)
{
    struct ssh_service *service = offer;

    ssh_service_unref(&service);
}

static const struct section *
ssh_section(const void *offer)
{
    const struct ssh_service *service = offer;

    return service->section;
}

static const struct listener_limits *
ssh_limits(const void *offer)
{
    const struct ssh_service *service = offer;

    return &service->limits.limits;
}

static void
ssh_serve(void *offer, int socket, struct visitor *visitor)
{
    ssh_connection_serve(offer, socket, visitor);
}

static const struct protocol protocols[] = {
    { "ssh", ssh_new, ssh_ref, ssh_unref, ssh_section, ssh_limits, ssh_serve },
};

const struct protocol *
protocol_of(const struct section *section)
{
    const char *type = section_text(section, "type");

    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++)
        if (types_include(protocols[i].types, type))
            return &protocols[i];
    return NULL;
}
