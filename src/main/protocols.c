/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protocols.c - what a [services/ID] may speak.
 *
 * A protocol is a row; service.c drives them all in the same way.
 */
#include "main/protocols.h"

#include "config/option.h"
#include "ftp/ftp_connection.h"
#include "ssh/ssh_connection.h"

/* What service.c calls, for a protocol whose service is a struct of its own
 * with `section` and `limits`. */
#define PROTOCOL(name)                                                         \
    static enum status name##_new(                                             \
        struct hub *hub, const struct section *section, void **offer_out)      \
    {                                                                          \
        struct name##_service *service = NULL;                                 \
                                                                               \
        TRY(name##_service_new(hub, section, &service));                       \
        *offer_out = service;                                                  \
        return OK;                                                             \
    }                                                                          \
    static void *name##_ref(void *offer)                                       \
    {                                                                          \
        return name##_service_ref(offer);                                      \
    }                                                                          \
    static void name##_unref(void *offer)                                      \
    {                                                                          \
        struct name##_service *service = offer;                                \
                                                                               \
        name##_service_unref(&service);                                        \
    }                                                                          \
    static const struct section *name##_section(const void *offer)             \
    {                                                                          \
        return ((const struct name##_service *)offer)->section;                \
    }                                                                          \
    static const struct listener_limits *name##_limits(const void *offer)      \
    {                                                                          \
        return &((const struct name##_service *)offer)->limits.limits;         \
    }                                                                          \
    static void name##_serve(void *offer, int socket, struct visitor *visitor) \
    {                                                                          \
        name##_connection_serve(offer, socket, visitor);                       \
    }

#define ROW(types, name)                                                       \
    {                                                                          \
        types, name##_new, name##_ref, name##_unref, name##_section,           \
            name##_limits, name##_serve                                        \
    }

PROTOCOL(ftp)
PROTOCOL(ssh)

static const struct protocol protocols[] = {
    ROW("ftp ftpsi", ftp),
    ROW("ssh", ssh),
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
