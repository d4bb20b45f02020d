/* SPDX-License-Identifier: Apache-2.0 */
/* to_console.c - records to a descriptor that the process was started with. */
#include "base/thread.h"
#include "event/sink_private.h"

#include <stdlib.h>

struct console_sink {
    struct event_sink sink;
    pthread_mutex_t lock; /* guards the writer; a leaf */
    struct line_writer writer;
};

static enum status
console_write(struct event_sink *sink, struct str record)
{
    struct console_sink *console = (struct console_sink *)sink;

    LOCK_SCOPE(&console->lock);
    return line_write(&console->writer, record);
}

static void
console_free(struct event_sink *sink)
{
    struct console_sink *console = (struct console_sink *)sink;

    pthread_mutex_destroy(&console->lock);
    free(console);
}

static const struct event_sink_ops console_ops = {
    .write = console_write,
    .free = console_free,
};

enum status
event_to_console(int fd, struct event_sink **sink_out)
{
    struct console_sink *console = calloc(1, sizeof *console);

    if (console == NULL)
        return fail(ERR_MEMORY, "no memory for an event sink");
    console->sink.ops = &console_ops;
    console->writer.fd = fd;
    pthread_mutex_init(&console->lock, NULL);
    *sink_out = &console->sink;
    return OK;
}
