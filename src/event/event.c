/* SPDX-License-Identifier: Apache-2.0 */
/* event.c - an event becomes a record, and every sink gets it. */
#include "event/event.h"
#include "event/sink_private.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

struct events {
    struct clock *clock;
    char *server_uuid;
    char *server_name;
    struct event_sink *first; /* fixed before the first emit */
    _Atomic uint64_t lost;
};

enum status
events_new(struct clock *clock, const char *server_uuid,
           const char *server_name, struct events **events_out)
{
    AUTO(events_free) struct events *events = calloc(1, sizeof *events);

    if (events != NULL) {
        events->clock = clock;
        events->server_uuid = str_copy(str_of(server_uuid));
        events->server_name = str_copy(str_of(server_name));
    }
    if (events == NULL || events->server_uuid == NULL ||
        events->server_name == NULL)
        return fail(ERR_MEMORY, "no memory for events");
    *events_out = events;
    events = NULL;
    return OK;
}

void
events_free(struct events **events)
{
    if (*events == NULL)
        return;
    while ((*events)->first != NULL) {
        struct event_sink *sink = (*events)->first;
        (*events)->first = sink->next;
        sink->ops->free(sink);
    }
    free((*events)->server_uuid);
    free((*events)->server_name);
    free(*events);
    *events = NULL;
}

void
events_add_sink(struct events *events, struct event_sink *sink)
{
    struct event_sink **last = &events->first;

    while (*last != NULL)
        last = &(*last)->next;
    sink->next = NULL;
    *last = sink;
}

void
event_emit(struct events *events, enum event_id id,
           const struct event_subject *subject,
           const struct event_field *fields, size_t count)
{
    static const struct event_subject nobody;
    struct event event = {
        .kind = event_kind_of(id),
        .wall_ms = clock_wall_ms(events->clock),
        .server_uuid = events->server_uuid,
        .server_name = events->server_name,
        .subject = subject != NULL ? subject : &nobody,
        .fields = fields,
        .count = count,
    };
    AUTO(buffer_done) struct buffer line = BUFFER(EVENT_RECORD);

    assert(event.kind != NULL);
    if (event_to_json(&event, &line) != OK) {
        atomic_fetch_add(&events->lost, 1);
        return;
    }
    for (struct event_sink *sink = events->first; sink; sink = sink->next)
        if (sink->ops->write(sink, buffer_str(&line)) != OK)
            atomic_fetch_add(&events->lost, 1);
}

uint64_t
events_lost(const struct events *events)
{
    return atomic_load(&events->lost);
}
