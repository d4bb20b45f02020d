/* SPDX-License-Identifier: Apache-2.0 */
/* event.c - an event becomes a record, and every sink gets it. */
#include "event/event.h"
#include "event/sink_private.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct events {
    struct clock *clock;
    char *server_uuid;
    pthread_rwlock_t lock; /* guards the next two: written by events_adopt() */
    char *server_name;
    struct event_sink *first;
    _Atomic uint64_t lost;
};

enum status
events_new(struct clock *clock, const char *server_uuid,
           const char *server_name, struct events **events_out)
{
    AUTO(events_free) struct events *events = calloc(1, sizeof *events);

    if (events != NULL) {
        events->clock = clock;
        pthread_rwlock_init(&events->lock, NULL);
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
    pthread_rwlock_destroy(&(*events)->lock);
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
events_adopt(struct events *events, struct events **fresh)
{
    struct event_sink *sinks = (*fresh)->first;
    char *name = (*fresh)->server_name;

    pthread_rwlock_wrlock(&events->lock);
    (*fresh)->first = events->first;
    (*fresh)->server_name = events->server_name;
    events->first = sinks;
    events->server_name = name;
    pthread_rwlock_unlock(&events->lock);
    events_free(fresh);
}

/* With the lock held. */
static void
emit_to_all(struct events *events, struct event *event)
{
    AUTO(buffer_done) struct buffer line = BUFFER(EVENT_RECORD);

    event->server_name = events->server_name;
    if (event_to_json(event, &line) != OK) {
        atomic_fetch_add(&events->lost, 1);
        return;
    }
    for (struct event_sink *sink = events->first; sink; sink = sink->next)
        if (sink->ops->write(sink, buffer_str(&line)) != OK)
            atomic_fetch_add(&events->lost, 1);
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
        .subject = subject != NULL ? subject : &nobody,
        .fields = fields,
        .count = count,
    };

    assert(event.kind != NULL);
    pthread_rwlock_rdlock(&events->lock);
    emit_to_all(events, &event);
    pthread_rwlock_unlock(&events->lock);
}

uint64_t
events_lost(const struct events *events)
{
    return atomic_load(&events->lost);
}
