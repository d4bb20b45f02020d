/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.h - what happened, told to whom it may concern.
 *
 * An event has a number of the catalogue (SFTPPlus's where the meaning is the
 * same), the component, account and peer that it concerns, and data. It is
 * handed to every sink before event_emit() returns: whatever is acknowledged
 * to a client afterwards has been told before.
 *
 * Text may hold any bytes; a sink makes exactly one well-formed record of it.
 */
#pragma once

#include "base/clock.h"
#include "base/status.h"
#include "base/str.h"
#include "event/catalogue.h"

#include <stdint.h>

struct events;
struct event_sink;

struct event_field {
    const char *name;
    struct str text; /* when data is non-NULL */
    uint64_t number; /* otherwise */
};

/* clang-format off */
#define EVENT_TEXT(field, value)   { .name = (field), .text = (value) }
#define EVENT_NUMBER(field, value) { .name = (field), .number = (value) }
/* clang-format on */

/* Whom and what an event concerns; empty strings where it does not apply. */
struct event_subject {
    const char *component_uuid;
    const char *component_name;
    const char *component_type;
    const char *account_uuid;
    const char *account_name;
    const char *peer_address;
    uint16_t peer_port;
    const char *session; /* the session's id, so that its events group */
};

/* `clock` is borrowed for the life of the events. */
MUST_CHECK enum status events_new(struct clock *, const char *server_uuid,
                                  const char *server_name,
                                  struct events **events_out);
void events_free(struct events **);

/* The events own the sink from now on. Only before the first emit. */
void events_add_sink(struct events *, struct event_sink *);

/* Take over the name and the sinks of `fresh`, which is freed, and close those
 * that were there: every event goes to the ones or to the others. */
void events_adopt(struct events *, struct events **fresh);

/* Never fails for the caller: a sink that cannot write counts it. */
void event_emit(struct events *, enum event_id id, const struct event_subject *,
                const struct event_field *fields, size_t count);

/* How many records any sink failed to write. */
uint64_t events_lost(const struct events *);

/* Sinks: JSON lines appended to a file (made with mode 0640; one write per
 * record, so records of several processes do not mix), and to a descriptor. */
MUST_CHECK enum status event_to_file(const char *path,
                                     struct event_sink **sink_out);
MUST_CHECK enum status event_to_console(int fd, struct event_sink **sink_out);
/* Records kept in memory, for tests: the index-th as JSON, or NULL. */
MUST_CHECK enum status event_to_memory(struct event_sink **sink_out);
const char *event_memory_record(struct event_sink *, size_t index);
