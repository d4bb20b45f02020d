/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.c - an event as one line of JSON.
 *
 * JSON holds text, names are bytes. A value that is valid UTF-8 is written as
 * it is. In one that is not, each wrong byte shows as U+FFFD, and a member of
 * the same name with _hex behind it holds all of its bytes. So a valid name
 * never changes its look, and every name can be had back exactly.
 *
 * A value over EVENT_VALUE bytes is cut, and a member with _length behind its
 * name says how long it was. Should the record still be over EVENT_RECORD
 * bytes, all values are cut shorter until it is not.
 */
#include "event/sink_private.h"

#include <stdio.h>

enum { MOST_FIELDS = 32, MOST_DIGITS = 20 };

static const char hex_digits[] = "0123456789abcdef";

/* The record that is being written; the first failure sticks. */
struct writer {
    struct buffer *line;
    size_t most; /* bytes of one value */
    bool inside; /* a member is written before, so a comma comes next */
    enum status status;
};

static void
add(struct writer *w, struct str bytes)
{
    if (w->status == OK)
        w->status = buffer_add(w->line, bytes);
}

/* ---- strings ---- */

/* How many bytes at the start stand for themselves. */
static size_t
plain_run(struct str text)
{
    size_t len = 0;

    while (len < text.len && text.data[len] >= 0x20 && text.data[len] < 0x7f &&
           text.data[len] != '"' && text.data[len] != '\\')
        len++;
    return len;
}

static void
add_unit(struct writer *w, uint32_t unit)
{
    char escape[] = { '\\',
                      'u',
                      hex_digits[unit >> 12 & 15],
                      hex_digits[unit >> 8 & 15],
                      hex_digits[unit >> 4 & 15],
                      hex_digits[unit & 15] };

    add(w, str_from(escape, sizeof escape));
}

static void
add_code(struct writer *w, uint32_t code)
{
    if (code < 0x10000) {
        add_unit(w, code);
        return;
    }
    /* A pair of surrogates (RFC 8259, section 7). */
    add_unit(w, 0xd800 + ((code - 0x10000) >> 10));
    add_unit(w, 0xdc00 + (code & 0x3ff));
}

/* What has a short escape (RFC 8259, section 7), or NUL. */
static char
short_escape(uint32_t code)
{
    switch (code) {
    case '"': return '"';
    case '\\': return '\\';
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return '\0';
    }
}

/* JSON lets DEL, C1 and the like stand in a string; a terminal obeys them, so
 * they are escaped too. The first character; its bytes are returned. */
static size_t
add_character(struct writer *w, struct str text)
{
    uint32_t code;
    size_t len;

    if (!event_code_point(text, &code, &len)) {
        add(w, STR("\xef\xbf\xbd"));
        return len;
    }
    char escape[] = { '\\', short_escape(code) };
    if (escape[1] != '\0')
        add(w, str_from(escape, sizeof escape));
    else if (event_is_unsafe(code))
        add_code(w, code);
    else
        add(w, str_from(text.data, len));
    return len;
}

static void
add_string(struct writer *w, struct str text)
{
    add(w, STR("\""));
    while (text.len > 0 && w->status == OK) {
        size_t len = plain_run(text);
        if (len > 0)
            add(w, str_from(text.data, len));
        else
            len = add_character(w, text);
        text = str_from_offset(text, len);
    }
    add(w, STR("\""));
}

static void
add_number(struct writer *w, uint64_t number)
{
    char digits[MOST_DIGITS];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    add(w, str_from(digits + at, sizeof digits - at));
}

/* ---- members ---- */

/* Names are ours, and so plain; `suffix` makes one beside another. */
static void
add_name(struct writer *w, const char *name, const char *suffix)
{
    if (w->inside)
        add(w, STR(","));
    w->inside = true;
    add(w, STR("\""));
    add(w, str_of(name));
    add(w, str_of(suffix));
    add(w, STR("\":"));
}

static bool
is_valid(struct str text)
{
    uint32_t code;
    size_t len;

    while (text.len > 0) {
        len = event_plain_run(text);
        if (len == 0 && !event_code_point(text, &code, &len))
            return false;
        text = str_from_offset(text, len);
    }
    return true;
}

static void
set_hex(struct writer *w, const char *name, struct str text)
{
    add_name(w, name, "_hex");
    add(w, STR("\""));
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        char digits[] = { hex_digits[byte >> 4], hex_digits[byte & 15] };
        add(w, str_from(digits, sizeof digits));
    }
    add(w, STR("\""));
}

static void
set_number(struct writer *w, const char *name, const char *suffix,
           uint64_t number)
{
    add_name(w, name, suffix);
    /* Readers hold no more than this. */
    add_number(w, number > INT64_MAX ? INT64_MAX : number);
}

static void
set_text(struct writer *w, const char *name, struct str text)
{
    struct str kept = event_cut(text, w->most);

    add_name(w, name, "");
    add_string(w, kept);
    if (!is_valid(kept))
        set_hex(w, name, kept);
    if (kept.len < text.len)
        set_number(w, name, "_length", text.len);
}

/* What does not apply is left out. */
static void
set_given(struct writer *w, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0')
        set_text(w, name, str_of(text));
}

/* ---- objects ---- */

/* Where the object begins, for when it stays empty. */
struct outer {
    size_t len;
    bool inside;
};

static struct outer
open_object(struct writer *w, const char *name)
{
    struct outer outer = { buffer_len(w->line), w->inside };

    add_name(w, name, "");
    add(w, STR("{"));
    w->inside = false;
    return outer;
}

/* An object without members is left out. */
static void
close_object(struct writer *w, struct outer outer)
{
    if (w->inside) {
        add(w, STR("}"));
        return;
    }
    buffer_cut(w->line, outer.len);
    w->inside = outer.inside;
}

static void
set_groups(struct writer *w, const char *groups)
{
    struct str rest = str_of(groups);
    bool first = true;

    add_name(w, "groups", "");
    add(w, STR("["));
    while (rest.len > 0) {
        if (!first)
            add(w, STR(","));
        add_string(w, str_trim(str_cut(&rest, ',')));
        first = false;
    }
    add(w, STR("]"));
}

static void
set_subject(struct writer *w, const struct event_subject *subject)
{
    struct outer component = open_object(w, "component");
    set_given(w, "uuid", subject->component_uuid);
    set_given(w, "name", subject->component_name);
    set_given(w, "type", subject->component_type);
    close_object(w, component);

    struct outer account = open_object(w, "account");
    set_given(w, "uuid", subject->account_uuid);
    set_given(w, "name", subject->account_name);
    struct outer peer = open_object(w, "peer");
    set_given(w, "address", subject->peer_address);
    if (w->inside)
        set_number(w, "port", "", subject->peer_port);
    close_object(w, peer);
    close_object(w, account);
}

static void
set_fields(struct writer *w, const struct event *event)
{
    struct outer data = open_object(w, "data");

    for (size_t i = 0; i < event->count && i < MOST_FIELDS; i++) {
        const struct event_field *field = &event->fields[i];
        if (field->text.data != NULL)
            set_text(w, field->name, event_shown_value(field));
        else
            set_number(w, field->name, "", field->number);
    }
    close_object(w, data);
}

static void
set_message(struct writer *w, const struct event *event)
{
    AUTO(buffer_done) struct buffer message = BUFFER((size_t)64 * EVENT_VALUE);
    enum status status = event_message(event, &message);

    if (status == OK)
        set_text(w, "message", buffer_str(&message));
    else if (w->status == OK)
        w->status = fail(ERR_MEMORY, "no memory for an event");
}

static enum status
add_record(const struct event *event, size_t most, struct buffer *line)
{
    struct writer w = { .line = line, .most = most };
    char timestamp[CLOCK_TEXT];

    clock_format(event->wall_ms, timestamp);
    add(&w, STR("{"));
    set_number(&w, "id", "", (uint64_t)event->kind->id);
    set_given(&w, "timestamp", timestamp);
    set_given(&w, "name", event->kind->name);
    set_message(&w, event);
    set_groups(&w, event->kind->groups);
    set_subject(&w, event->subject);
    struct outer server = open_object(&w, "server");
    set_given(&w, "uuid", event->server_uuid);
    set_given(&w, "name", event->server_name);
    close_object(&w, server);
    set_given(&w, "session", event->subject->session);
    set_fields(&w, event);
    add(&w, STR("}\n"));
    return w.status;
}

enum status
event_to_json(const struct event *event, struct buffer *line)
{
    static const size_t limits[] = { EVENT_VALUE, EVENT_VALUE / 16, 32 };
    size_t before = buffer_len(line);
    enum status status = ERR_LIMIT;

    for (size_t i = 0;
         i < sizeof limits / sizeof limits[0] && status == ERR_LIMIT; i++) {
        buffer_cut(line, before);
        status = add_record(event, limits[i], line);
    }
    return status;
}
