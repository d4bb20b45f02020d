/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service.c - one running [services/ID]: its port and its clients.
 *
 * A port it listened on before it moved is a door that stays until the last of
 * those who came through it has gone.
 */
#include "main/service.h"

#include "base/thread.h"

#include <stdlib.h>
#include <unistd.h>

struct door {
    struct door *older;
    struct service *service;
    struct listener *listener;
};

struct service {
    struct hub *hub;
    const struct protocol *protocol;
    struct door *door;
    struct door *former; /* newest first */
    bool is_accepting;
    pthread_mutex_t lock; /* guards the next; a leaf */
    void *offer;          /* for who comes next */
};

struct service_change {
    struct service *service;
    bool is_new;       /* the service is: nobody else has it yet */
    void *offer;       /* to be */
    struct door *door; /* to be; NULL: it stays where it is */
};

static void *
offer_of(struct door *door)
{
    struct service *service = door->service;
    LOCK_SCOPE(&service->lock);

    return service->protocol->offer_ref(service->offer);
}

static void
serve(void *arg, int socket, struct visitor *visitor)
{
    struct door *door = arg;

    door->service->protocol->serve(offer_of(door), socket, visitor);
}

static void
refused(void *arg, const char *address, uint16_t port, const char *why)
{
    struct door *door = arg;
    const struct protocol *protocol = door->service->protocol;
    void *offer = offer_of(door);
    const struct section *section = protocol->section(offer);
    struct event_field details = EVENT_TEXT("details", str_of(why));
    struct event_subject subject = {
        .component_uuid = section_id(section),
        .component_name = section_text(section, "name"),
        .component_type = section_text(section, "type"),
        .account_uuid = "",
        .account_name = "",
        .peer_address = address,
        .peer_port = port,
        .session = "",
    };

    event_emit(hub_events(door->service->hub), EVENT_CONNECTION_REFUSED,
               &subject, &details, 1);
    protocol->offer_unref(offer);
}

static void
door_free(struct door **door)
{
    if (*door == NULL)
        return;
    listener_stop(&(*door)->listener);
    free(*door);
    *door = NULL;
}

/* A configured 0 means any port, or the one it has got. */
static uint16_t
wanted_port(const struct service *service, const struct section *section)
{
    uint16_t port = (uint16_t)section_number(section, "port");

    return port == 0 && service->door != NULL
               ? listener_port(service->door->listener)
               : port;
}

bool
service_moves(const struct service *service, const struct section *section)
{
    return wanted_port(service, section) != service_port(service) ||
           strcmp(section_text(section, "address"),
                  section_text(service_section(service), "address")) != 0;
}

static void
drop_inherited(const struct service_origin *from)
{
    if (from->inherited > 0)
        close(from->inherited);
}

static enum status
open_door(struct service_change *change, const struct section *section,
          const struct service_origin *from)
{
    const struct protocol *protocol = change->service->protocol;
    struct door *door = calloc(1, sizeof *door);

    if (door == NULL) {
        drop_inherited(from);
        return fail(ERR_MEMORY, "no memory for a service");
    }
    struct listener_options options = {
        .address = section_text(section, "address"),
        .port = wanted_port(change->service, section),
        .is_held = true,
        .inherited = from->inherited,
        .successor_of = from->successor_of != NULL
                            ? from->successor_of->door->listener
                            : NULL,
        .limits = *protocol->limits(change->offer),
        .serve = serve,
        .refused = refused,
        .arg = door,
    };
    door->service = change->service;
    enum status status = listener_start(&options, &door->listener);
    if (status == OK)
        change->door = door;
    else
        free(door);
    return status;
}

static enum status
service_new(struct hub *hub, const struct protocol *protocol,
            struct service **service_out)
{
    struct service *service = calloc(1, sizeof *service);

    if (service == NULL)
        return fail(ERR_MEMORY, "no memory for a service");
    service->hub = hub;
    service->protocol = protocol;
    pthread_mutex_init(&service->lock, NULL);
    *service_out = service;
    return OK;
}

static enum status
prepare(struct service_change *change, const struct section *section,
        const struct service_origin *from)
{
    struct service *service = change->service;
    enum status status =
        service->protocol->offer_new(service->hub, section, &change->offer);

    if (status == OK && (change->is_new || service_moves(service, section)))
        return open_door(change, section, from);
    drop_inherited(from);
    return status;
}

enum status
service_prepare(struct hub *hub, const struct protocol *protocol,
                struct service *running, const struct section *section,
                const struct service_origin *from,
                struct service_change **change_out)
{
    AUTO(service_abandon)
    struct service_change *change = calloc(1, sizeof *change);

    if (change == NULL) {
        drop_inherited(from);
        return fail(ERR_MEMORY, "no memory for a service");
    }
    change->service = running;
    change->is_new = running == NULL;
    enum status status =
        change->is_new ? service_new(hub, protocol, &change->service) : OK;
    if (status != OK) {
        drop_inherited(from);
        return status;
    }
    TRY(prepare(change, section, from));
    *change_out = change;
    change = NULL;
    return OK;
}

static void
offer_unref(const struct service *service, void *offer)
{
    if (offer != NULL)
        service->protocol->offer_unref(offer);
}

void
service_abandon(struct service_change **handle)
{
    struct service_change *change = *handle;

    if (change == NULL)
        return;
    door_free(&change->door);
    if (change->offer != NULL)
        offer_unref(change->service, change->offer);
    if (change->is_new)
        service_stop(&change->service);
    free(change);
    *handle = NULL;
}

static void
swap_offer(struct service_change *change)
{
    struct service *service = change->service;
    LOCK_SCOPE(&service->lock);
    void *before = service->offer;

    service->offer = change->offer;
    change->offer = before;
}

/* What cannot be helped any more is told. */
static void
tell_trouble(struct service *service, enum status status)
{
    struct event_field details = EVENT_TEXT("details", str_of(fail_reason()));

    if (status != OK)
        event_emit(hub_events(service->hub), EVENT_INTERNAL_ERROR, NULL,
                   &details, 1);
}

static void
go_through(struct service *service, struct door *door, bool paused)
{
    if (service->door != NULL) {
        service->door->older = service->former;
        service->former = service->door;
    }
    service->door = door;
    tell_trouble(service, service_resume(service));
    if (paused)
        service_pause(service);
}

/* Those of whom nobody is left. */
static void
forget_empty_doors(struct service *service)
{
    struct door **at = &service->former;

    while (*at != NULL) {
        struct door *door = *at;

        if (listener_visitor_count(door->listener) > 0) {
            at = &door->older;
            continue;
        }
        *at = door->older;
        door_free(&door);
    }
}

struct service *
service_apply(struct service_change **handle, bool paused)
{
    struct service_change *change = *handle;
    struct service *service = change->service;
    const struct listener_limits *limits =
        service->protocol->limits(change->offer);

    swap_offer(change);
    if (change->door != NULL)
        go_through(service, change->door, paused);
    else
        tell_trouble(service, listener_adjust(service->door->listener, limits));
    offer_unref(service, change->offer);
    free(change);
    *handle = NULL;
    return service;
}

void
service_leave(struct service *service, bool is_handed_on)
{
    if (!is_handed_on)
        listener_pause(service->door->listener);
    listener_stop_accepting(service->door->listener);
    service->is_accepting = false;
}

void
service_leave_former(struct service *service)
{
    for (struct door *door = service->former; door != NULL;
         door = door->older) {
        listener_pause(door->listener);
        listener_stop_accepting(door->listener);
    }
    forget_empty_doors(service);
}

uint16_t
service_port(const struct service *service)
{
    return listener_port(service->door->listener);
}

const struct section *
service_section(const struct service *service)
{
    return service->protocol->section(service->offer);
}

bool
service_is_accepting(const struct service *service)
{
    return service->is_accepting;
}

unsigned
service_connections(const struct service *service)
{
    unsigned connections = listener_visitor_count(service->door->listener);

    for (struct door *door = service->former; door; door = door->older)
        connections += listener_visitor_count(door->listener);
    return connections;
}

int
service_socket(const struct service *service)
{
    return listener_socket(service->door->listener);
}

void
service_pause(struct service *service)
{
    listener_pause(service->door->listener);
    service->is_accepting = false;
}

enum status
service_resume(struct service *service)
{
    TRY(listener_resume(service->door->listener));
    service->is_accepting = true;
    return OK;
}

void
service_stop(struct service **handle)
{
    struct service *service = *handle;

    if (service == NULL)
        return;
    door_free(&service->door);
    while (service->former != NULL) {
        struct door *door = service->former;

        service->former = door->older;
        door_free(&door);
    }
    offer_unref(service, service->offer);
    pthread_mutex_destroy(&service->lock);
    free(service);
    *handle = NULL;
}
