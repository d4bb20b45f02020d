/* SPDX-License-Identifier: Apache-2.0 */
/*
 * services.c - the enabled [services/ID] of a configuration, running.
 *
 * A port may go from one service to another in one step: the sockets of those
 * that leave are handed on, so nobody is refused in between, and two services
 * may even change places.
 */
#include "main/services.h"

#include "main/config_difference.h"
#include "main/protocols.h"
#include "main/takeover.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct running {
    struct service *service;
    const struct protocol *protocol;
    bool stays;        /* while a change is being prepared: it is planned */
    bool leaves_port;  /* the same: it is not, or elsewhere */
    bool is_handed_on; /* the same: its port has a successor */
};

struct services {
    struct hub *hub;
    const struct event_subject *subject;
    struct takeover *takeover; /* while it starts; or NULL */
    bool is_paused;
    size_t count;
    struct running *list;
    size_t retired_count;
    struct service **retired; /* stopped, but not all sessions have gone */
};

struct planned {
    const struct section *section;
    const struct protocol *protocol;
    struct running *running; /* NULL: it is new */
    bool moves;
    bool differs;
    struct service_change *change;
};

struct services_change {
    struct services *services;
    struct config *config; /* keeps the sections */
    size_t count;
    struct planned *plan;
    struct running *list;     /* that will be */
    struct service **retired; /* with room for those that will be */
};

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

static void
tell_listening(struct services *all, const struct service *service)
{
    const struct section *section = service_section(service);
    char listening[256];

    snprintf(listening, sizeof listening, "listening on %s port %u",
             section_text(section, "address"), service_port(service));
    tell(all, section, EVENT_COMPONENT_STARTED, "description", listening);
}

static struct running *
find_running(struct services *all, const struct section *section,
             const struct protocol *protocol)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].protocol == protocol &&
            strcmp(section_id(service_section(all->list[i].service)),
                   section_id(section)) == 0)
            return &all->list[i];
    return NULL;
}

/* Who leaves the port that this one wants: best at the same address. */
static struct running *
find_predecessor(struct services *all, const struct section *section)
{
    uint64_t port = section_number(section, "port");
    const char *address = section_text(section, "address");
    struct running *found = NULL;

    for (size_t i = 0; i < all->count; i++) {
        struct running *r = &all->list[i];

        if (!r->leaves_port || service_port(r->service) != port)
            continue;
        found = r;
        if (strcmp(section_text(service_section(r->service), "address"),
                   address) == 0)
            break;
    }
    return found;
}

static void
plan_section(struct services_change *change, const struct section *section)
{
    struct planned *planned = &change->plan[change->count];
    const struct protocol *protocol = protocol_of(section);

    if (!section_flag(section, "enabled") || protocol == NULL)
        return;
    *planned = (struct planned){
        .section = section,
        .protocol = protocol,
        .running = find_running(change->services, section, protocol),
        .moves = true,
        .differs = true,
    };
    if (planned->running != NULL) {
        const struct service *service = planned->running->service;

        planned->moves = service_moves(service, section);
        planned->differs = section_differs(service_section(service), section);
        planned->running->stays = true;
        planned->running->leaves_port = planned->moves;
    }
    change->count++;
}

static enum status
prepare_planned(struct services *all, struct planned *planned)
{
    struct running *from =
        planned->moves ? find_predecessor(all, planned->section) : NULL;
    struct service_origin origin = {
        .successor_of = from != NULL ? from->service : NULL,
        .inherited = all->takeover != NULL
                         ? takeover_socket(all->takeover, planned->section)
                         : 0,
    };
    enum status status = service_prepare(
        all->hub, planned->protocol,
        planned->running != NULL ? planned->running->service : NULL,
        planned->section, &origin, &planned->change);

    if (status == OK) {
        if (from != NULL)
            from->is_handed_on = true;
        return OK;
    }
    tell(all, planned->section, EVENT_COMPONENT_START_FAILED, "details",
         fail_reason());
    return fail(status, "service '%s': %s",
                section_text(planned->section, "name"), fail_reason());
}

static enum status
make_room(struct services_change *change, size_t most)
{
    const struct services *all = change->services;
    size_t leaving = all->count + all->retired_count;

    change->plan = calloc(most + 1, sizeof *change->plan);
    change->list = calloc(most + 1, sizeof *change->list);
    change->retired = calloc(leaving + 1, sizeof(void *));
    if (change->plan == NULL || change->list == NULL || change->retired == NULL)
        return fail(ERR_MEMORY, "no memory for services");
    return OK;
}

static enum status
prepare(struct services_change *change)
{
    struct services *all = change->services;
    size_t most = config_count(change->config, "services");

    TRY(make_room(change, most));
    for (size_t i = 0; i < all->count; i++) {
        all->list[i].stays = all->list[i].is_handed_on = false;
        all->list[i].leaves_port = true;
    }
    for (size_t i = 0; i < most; i++)
        plan_section(change, config_at(change->config, "services", i));
    for (size_t i = 0; i < change->count; i++)
        TRY(prepare_planned(all, &change->plan[i]));
    return OK;
}

enum status
services_prepare(struct services *all, struct config *config,
                 struct services_change **change_out)
{
    AUTO(services_abandon)
    struct services_change *change = calloc(1, sizeof *change);

    if (change == NULL)
        return fail(ERR_MEMORY, "no memory for services");
    change->services = all;
    change->config = config_ref(config);
    TRY(prepare(change));
    *change_out = change;
    change = NULL;
    return OK;
}

void
services_abandon(struct services_change **handle)
{
    struct services_change *change = *handle;

    if (change == NULL)
        return;
    for (size_t i = 0; i < change->count; i++)
        service_abandon(&change->plan[i].change);
    free(change->plan);
    free(change->list);
    free(change->retired);
    config_unref(&change->config);
    free(change);
    *handle = NULL;
}

/* Their sockets stay open in the hands of the successors. */
static void
hand_on_ports(struct services *all)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].is_handed_on)
            service_leave(all->list[i].service, true);
}

static void
apply_planned(struct services_change *change, struct planned *planned,
              struct services_result *result)
{
    struct services *all = change->services;
    bool is_new = planned->running == NULL;

    change->list[planned - change->plan] = (struct running){
        .service = service_apply(&planned->change, all->is_paused),
        .protocol = planned->protocol,
    };
    if (planned->moves)
        tell_listening(all, change->list[planned - change->plan].service);
    result->started += is_new;
    result->moved += !is_new && planned->moves;
    result->changed += !is_new && !planned->moves && planned->differs;
}

/* Those who come while the port closes are sent away as well. */
static void
retire(struct services *all, struct running *r, struct services_result *result)
{
    const struct section *section = service_section(r->service);
    static const char why[] = "the service was stopped";

    result->sessions += hub_end_service(all->hub, section_id(section), why);
    service_leave(r->service, r->is_handed_on);
    result->sessions += hub_end_service(all->hub, section_id(section), why);
    tell(all, section, EVENT_COMPONENT_STOPPED, "reason",
         "the configuration has it no longer");
    result->stopped++;
    all->retired[all->retired_count++] = r->service;
}

static void
forget_retired(struct services *all)
{
    size_t kept = 0;

    for (size_t i = 0; i < all->retired_count; i++) {
        if (service_connections(all->retired[i]) == 0)
            service_stop(&all->retired[i]);
        else
            all->retired[kept++] = all->retired[i];
    }
    all->retired_count = kept;
}

static void
adopt_lists(struct services *all, struct services_change *change)
{
    if (all->retired_count > 0)
        memcpy(change->retired, all->retired,
               all->retired_count * sizeof(void *));
    free(all->retired);
    all->retired = change->retired;
    change->retired = NULL;
}

void
services_apply(struct services_change **handle, struct services_result *result)
{
    struct services_change *change = *handle;
    struct services *all = change->services;

    *result = (struct services_result){ 0 };
    adopt_lists(all, change);
    hand_on_ports(all);
    for (size_t i = 0; i < change->count; i++)
        apply_planned(change, &change->plan[i], result);
    for (size_t i = 0; i < all->count; i++)
        if (!all->list[i].stays)
            retire(all, &all->list[i], result);
    for (size_t i = 0; i < change->count; i++)
        service_leave_former(change->list[i].service);
    free(all->list);
    all->list = change->list;
    all->count = change->count;
    change->list = NULL;
    forget_retired(all);
    services_abandon(handle);
}

enum status
services_start(struct hub *hub, struct config *config,
               const struct event_subject *subject, struct takeover *takeover,
               struct services **services_out)
{
    AUTO(services_stop) struct services *all = calloc(1, sizeof *all);
    struct services_change *change = NULL;
    struct services_result result;

    if (all == NULL)
        return fail(ERR_MEMORY, "no memory for services");
    all->hub = hub;
    all->subject = subject;
    all->takeover = takeover;
    TRY(services_prepare(all, config, &change));
    all->takeover = NULL;
    services_apply(&change, &result);
    *services_out = all;
    all = NULL;
    return OK;
}

void
services_pause(struct services *all)
{
    all->is_paused = true;
    for (size_t i = 0; i < all->count; i++)
        service_pause(all->list[i].service);
}

enum status
services_resume(struct services *all)
{
    all->is_paused = false;
    for (size_t i = 0; i < all->count; i++)
        TRY(service_resume(all->list[i].service));
    return OK;
}

void
services_each(struct services *all,
              void (*see)(void *arg, const struct service_view *), void *arg)
{
    for (size_t i = 0; i < all->count; i++) {
        struct service *service = all->list[i].service;
        struct service_view view = {
            .section = service_section(service),
            .port = service_port(service),
            .is_accepting = service_is_accepting(service),
            .connections = service_connections(service),
            .socket = service_socket(service),
        };

        see(arg, &view);
    }
}

void
services_hand_on(struct services *all)
{
    for (size_t i = 0; i < all->count; i++)
        service_leave(all->list[i].service, true);
}

static void
stop_one(struct services *all, struct service *service)
{
    tell(all, service_section(service), EVENT_COMPONENT_STOPPED, "reason",
         "the server stops");
    service_stop(&service);
}

void
services_stop(struct services **services)
{
    struct services *all = *services;

    if (all == NULL)
        return;
    for (size_t i = all->count; i-- > 0;)
        stop_one(all, all->list[i].service);
    for (size_t i = 0; i < all->retired_count; i++)
        service_stop(&all->retired[i]);
    free(all->list);
    free(all->retired);
    free(all);
    *services = NULL;
}
