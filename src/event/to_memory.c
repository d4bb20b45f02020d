/* SPDX-License-Identifier: Apache-2.0 */
/* to_memory.c - records kept for tests to look at. */
#include "base/thread.h"
#include "event/sink_private.h"

#include <assert.h>
#include <stdlib.h>

struct memory_sink {
    struct event_sink sink;
    pthread_mutex_t lock; /* guards all below; a leaf */
    char **records;       /* each without its newline */
    size_t count, room;
};

static enum status
memory_write(struct event_sink *sink, struct str record)
{
    struct memory_sink *memory = (struct memory_sink *)sink;

    LOCK_SCOPE(&memory->lock);
    if (memory->count == memory->room) {
        size_t room = memory->room * 2 + 16;
        char **records = reallocarray(memory->records, room, sizeof *records);
        if (records == NULL)
            return fail(ERR_MEMORY, "no memory for %zu records", room);
        memory->records = records;
        memory->room = room;
    }
    char *copy = str_copy(str_from(record.data, record.len - 1));
    if (copy == NULL)
        return fail(ERR_MEMORY, "no memory for a record");
    memory->records[memory->count++] = copy;
    return OK;
}

static void
memory_free(struct event_sink *sink)
{
    struct memory_sink *memory = (struct memory_sink *)sink;

    for (size_t i = 0; i < memory->count; i++)
        free(memory->records[i]);
    free(memory->records);
    pthread_mutex_destroy(&memory->lock);
    free(memory);
}

static const struct event_sink_ops memory_ops = {
    .write = memory_write,
    .free = memory_free,
};

enum status
event_to_memory(struct event_sink **sink_out)
{
    struct memory_sink *memory = calloc(1, sizeof *memory);

    if (memory == NULL)
        return fail(ERR_MEMORY, "no memory for an event sink");
    memory->sink.ops = &memory_ops;
    pthread_mutex_init(&memory->lock, NULL);
    *sink_out = &memory->sink;
    return OK;
}

const char *
event_memory_record(struct event_sink *sink, size_t index)
{
    struct memory_sink *memory = (struct memory_sink *)sink;

    assert(sink->ops == &memory_ops);
    LOCK_SCOPE(&memory->lock);
    return index < memory->count ? memory->records[index] : NULL;
}
