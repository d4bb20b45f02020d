/* SPDX-License-Identifier: Apache-2.0 */
/*
 * services.c - the enabled [services/ID], by type.
 *
 * A protocol is a row: how its server starts and stops.
 */
#include "main/services.h"

#include "ssh/ssh_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum status
start_ssh(struct hub *hub, const struct section *section, void **server_out,
          uint16_t *port_out)
{
    struct ssh_server *server = NULL;

    TRY(ssh_server_start(hub, section, &server));
    *port_out = ssh_server_port(server);
    *server_out = server;
    return OK;
}

static void
stop_accepting_ssh(void *server)
{
    ssh_server_stop_accepting(server);
}

static void
stop_ssh(void *server)
{
    struct ssh_server *ssh = server;

    ssh_server_stop(&ssh);
}

static void
describe_ssh(void *server, struct service_view *view)
{
    ssh_server_describe(server, &view->port, &view->is_accepting,
                        &view->connections);
}

static const struct protocol {
    const char *type;
    enum status (*start)(struct hub *, const struct section *,
                         void **server_out, uint16_t *port_out);
    void (*stop_accepting)(void *server);
    void (*stop)(void *server);
    void (*describe)(void *server, struct service_view *);
} protocols[] = {
    { "ssh", start_ssh, stop_accepting_ssh, stop_ssh, describe_ssh },
};

struct service {
    const struct protocol *protocol;
    void *server;
    const struct section *section;
};

struct services {
    struct hub *hub;
    const struct event_subject *subject;
    size_t count;
    struct service services[];
};

static const struct protocol *
protocol_of(const struct section *section)
{
    const char *type = section_text(section, "type");

    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++)
        if (strcmp(protocols[i].type, type) == 0)
            return &protocols[i];
    return NULL;
}

/* `member` is what the event calls the text: description, reason, details. */
static void
tell(struct services *all, const struct section *section, enum event_id id,
     const char *member, const char *text)
{
    struct event_field fields[] = {
        EVENT_TEXT("family", STR("services")),
        EVENT_TEXT("kind", str_of(section_text(section, "type"))),
        EVENT_TEXT("name", str_of(section_text(section, "name"))),
        { .name = member, .text = str_of(text) },
    };

    event_emit(hub_events(all->hub), id, all->subject, fields, 4);
}

static enum status
start_one(struct services *all, const struct section *section)
{
    struct service *service = &all->services[all->count];
    char listening[256];
    uint16_t port = 0;

    service->protocol = protocol_of(section);
    service->section = section;
    enum status status =
        service->protocol->start(all->hub, section, &service->server, &port);
    if (status != OK) {
        tell(all, section, EVENT_COMPONENT_START_FAILED, "details",
             fail_reason());
        return fail(status, "service '%s': %s", section_text(section, "name"),
                    fail_reason());
    }
    all->count++;
    snprintf(listening, sizeof listening, "listening on %s port %u",
             section_text(section, "address"), port);
    tell(all, section, EVENT_COMPONENT_STARTED, "description", listening);
    return OK;
}

enum status
services_start(struct hub *hub, const struct event_subject *subject,
               struct services **services_out)
{
    AUTO(config_unref) struct config *config = hub_config_ref(hub);
    size_t most = config_count(config, "services");
    AUTO(services_stop)
    struct services *all =
        calloc(1, sizeof *all + most * sizeof all->services[0]);

    if (all == NULL)
        return fail(ERR_MEMORY, "no memory for services");
    all->hub = hub;
    all->subject = subject;
    for (size_t i = 0; i < most; i++) {
        const struct section *section = config_at(config, "services", i);

        if (section_flag(section, "enabled") && protocol_of(section) != NULL)
            TRY(start_one(all, section));
    }
    *services_out = all;
    all = NULL;
    return OK;
}

void
services_stop_accepting(struct services *all)
{
    for (size_t i = 0; i < all->count; i++)
        all->services[i].protocol->stop_accepting(all->services[i].server);
}

void
services_each(struct services *all,
              void (*see)(void *arg, const struct service_view *), void *arg)
{
    for (size_t i = 0; i < all->count; i++) {
        struct service_view view = { .section = all->services[i].section };

        all->services[i].protocol->describe(all->services[i].server, &view);
        see(arg, &view);
    }
}

void
services_stop(struct services **services)
{
    struct services *all = *services;

    if (all == NULL)
        return;
    for (size_t i = all->count; i-- > 0;) {
        struct service *service = &all->services[i];

        service->protocol->stop(service->server);
        tell(all, service->section, EVENT_COMPONENT_STOPPED, "reason",
             "the server stops");
    }
    free(all);
    *services = NULL;
}
