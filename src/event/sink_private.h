/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink_private.h - what a sink is made of, and how records are made for it.
 *
 * A record is one line of JSON with its newline. It is made once and handed to
 * every sink in turn, from whatever thread the event came on: a sink locks for
 * itself.
 */
#pragma once

#include "base/buffer.h"
#include "event/event.h"
#include "event/text.h"

struct event_sink_ops {
    enum status (*write)(struct event_sink *, struct str record);
    void (*free)(struct event_sink *);
};

struct event_sink {
    const struct event_sink_ops *ops;
    struct event_sink *next; /* used by the events that own the sink */
};

/* The most bytes that a record may have, and one value in it. */
enum { EVENT_RECORD = 64 * 1024, EVENT_VALUE = 4096 };

/* Everything that a record is made of. */
struct event {
    const struct event_kind *kind;
    int64_t wall_ms;
    const char *server_uuid;
    const char *server_name;
    const struct event_subject *subject;
    const struct event_field *fields;
    size_t count;
};

/* Append the event as one line of JSON, cut so that it fits into the buffer's
 * limit (EVENT_RECORD). ERR_MEMORY. */
MUST_CHECK enum status event_to_json(const struct event *, struct buffer *line);

/* Append the kind's sentence with the values in it: valid UTF-8 without a
 * control character, whatever the values hold. */
MUST_CHECK enum status event_message(const struct event *, struct buffer *out);

/* At most `most` bytes of it, not ending inside of a character. */
struct str event_cut(struct str text, size_t most);

/* What a record shows of a field with text: a field whose name says that it is
 * a secret is never shown, should a caller ever pass one. */
struct str event_shown_value(const struct event_field *);

/* Lines to a descriptor, one write each; what a full disk tore off is mended
 * by the next line starting on its own. */
struct line_writer {
    int fd;
    bool is_torn; /* the last line is not whole */
};

MUST_CHECK enum status line_write(struct line_writer *, struct str line);
