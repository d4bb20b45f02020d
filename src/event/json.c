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

#include <jansson.h>
#include <stdio.h>

enum { NAME = 80, MOST_FIELDS = 32 };

/* A JSON object that is being filled; the first failure sticks. */
struct object {
    json_t *json;
    size_t most; /* bytes of one value */
    bool failed;
};

static void
set(struct object *object, const char *name, json_t *value)
{
    if (json_object_set_new_nocheck(object->json, name, value) != 0)
        object->failed = true;
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
set_repaired(struct object *object, const char *name, struct str text)
{
    AUTO(buffer_done) struct buffer shown = BUFFER((size_t)3 * EVENT_VALUE);
    enum status status = OK;

    while (text.len > 0 && status == OK) {
        uint32_t code;
        size_t len;
        bool valid = event_code_point(text, &code, &len);
        status = buffer_add(&shown, valid ? str_from(text.data, len)
                                          : STR("\xef\xbf\xbd"));
        text = str_from_offset(text, len);
    }
    object->failed |= status != OK;
    set(object, name,
        json_stringn_nocheck(buffer_str(&shown).data, buffer_len(&shown)));
}

static void
set_hex(struct object *object, const char *name, struct str text)
{
    char hex[2 * EVENT_VALUE];
    char member[NAME];

    for (size_t i = 0; i < text.len; i++) {
        static const char digits[] = "0123456789abcdef";
        hex[2 * i] = digits[(unsigned char)text.data[i] >> 4];
        hex[2 * i + 1] = digits[(unsigned char)text.data[i] & 15];
    }
    snprintf(member, sizeof member, "%s_hex", name);
    set(object, member, json_stringn_nocheck(hex, 2 * text.len));
}

static void
set_length(struct object *object, const char *name, size_t len)
{
    char member[NAME];

    snprintf(member, sizeof member, "%s_length", name);
    set(object, member, json_integer((json_int_t)len));
}

static void
set_text(struct object *object, const char *name, struct str text)
{
    struct str kept = event_cut(text, object->most);

    if (is_valid(kept)) {
        set(object, name, json_stringn_nocheck(kept.data, kept.len));
    } else {
        set_repaired(object, name, kept);
        set_hex(object, name, kept);
    }
    if (kept.len < text.len)
        set_length(object, name, text.len);
}

/* What does not apply is left out. */
static void
set_given(struct object *object, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0')
        set_text(object, name, str_of(text));
}

static struct object
object_in(const struct object *outer)
{
    return (struct object){ .json = json_object(), .most = outer->most };
}

/* Give the inner object to the outer one, unless it stayed empty. */
static void
set_object(struct object *outer, const char *name, struct object *inner)
{
    outer->failed |= inner->failed || inner->json == NULL;
    if (json_object_size(inner->json) > 0)
        set(outer, name, inner->json);
    else
        json_decref(inner->json);
}

static void
set_groups(struct object *root, const char *groups)
{
    json_t *array = json_array();
    struct str rest = str_of(groups);

    while (rest.len > 0) {
        struct str group = str_trim(str_cut(&rest, ','));
        if (json_array_append_new(
                array, json_stringn_nocheck(group.data, group.len)) != 0)
            root->failed = true;
    }
    set(root, "groups", array);
}

static void
set_subject(struct object *root, const struct event_subject *subject)
{
    struct object component = object_in(root);
    struct object account = object_in(root);
    struct object peer = object_in(root);

    set_given(&component, "uuid", subject->component_uuid);
    set_given(&component, "name", subject->component_name);
    set_given(&component, "type", subject->component_type);
    set_object(root, "component", &component);

    set_given(&account, "uuid", subject->account_uuid);
    set_given(&account, "name", subject->account_name);
    set_given(&peer, "address", subject->peer_address);
    if (json_object_size(peer.json) > 0)
        set(&peer, "port", json_integer(subject->peer_port));
    set_object(&account, "peer", &peer);
    set_object(root, "account", &account);
}

static void
set_fields(struct object *root, const struct event *event)
{
    struct object fields = object_in(root);

    for (size_t i = 0; i < event->count && i < MOST_FIELDS; i++) {
        const struct event_field *field = &event->fields[i];
        if (field->text.data != NULL)
            set_text(&fields, field->name, event_shown_value(field));
        else
            set(&fields, field->name,
                json_integer(field->number > INT64_MAX
                                 ? INT64_MAX
                                 : (json_int_t)field->number));
    }
    set_object(root, "data", &fields);
}

static void
set_message(struct object *root, const struct event *event)
{
    AUTO(buffer_done) struct buffer message = BUFFER((size_t)64 * EVENT_VALUE);

    if (event_message(event, &message) != OK) {
        root->failed = true;
        return;
    }
    set_text(root, "message", buffer_str(&message));
}

static json_t *
make_record(const struct event *event, size_t most)
{
    struct object root = { .json = json_object(), .most = most };
    struct object server = object_in(&root);
    char timestamp[CLOCK_TEXT];

    clock_format(event->wall_ms, timestamp);
    set(&root, "id", json_integer((json_int_t)event->kind->id));
    set(&root, "timestamp", json_string(timestamp));
    set(&root, "name", json_string(event->kind->name));
    set_message(&root, event);
    set_groups(&root, event->kind->groups);
    set_subject(&root, event->subject);
    set_given(&server, "uuid", event->server_uuid);
    set_given(&server, "name", event->server_name);
    set_object(&root, "server", &server);
    set_given(&root, "session", event->subject->session);
    set_fields(&root, event);
    if (!root.failed)
        return root.json;
    json_decref(root.json);
    return NULL;
}

static enum status
add_code(struct buffer *line, uint32_t code)
{
    if (code < 0x10000)
        return buffer_addf(line, "\\u%04x", code);
    /* A pair of surrogates (RFC 8259, section 7). */
    return buffer_addf(line, "\\u%04x\\u%04x",
                       0xd800 + ((code - 0x10000) >> 10),
                       0xdc00 + (code & 0x3ff));
}

/* JSON lets DEL, C1 and the like stand in a string; a terminal obeys them. Such
 * characters are only found inside of strings, so each can be escaped. */
static enum status
add_escaped(struct buffer *line, struct str json)
{
    enum status status = OK;

    while (json.len > 0 && status == OK) {
        uint32_t code;
        size_t len = event_plain_run(json);
        bool unsafe = len == 0 && event_code_point(json, &code, &len) &&
                      event_is_unsafe(code);
        status = unsafe ? add_code(line, code)
                        : buffer_add(line, str_from(json.data, len));
        json = str_from_offset(json, len);
    }
    return status == OK ? buffer_add(line, STR("\n")) : status;
}

static enum status
add_record(const struct event *event, size_t most, struct buffer *line)
{
    json_t *record = make_record(event, most);

    if (record == NULL)
        return fail(ERR_MEMORY, "no memory for an event");
    char *text = json_dumps(record, JSON_COMPACT);
    json_decref(record);
    if (text == NULL)
        return fail(ERR_MEMORY, "no memory for an event's record");
    enum status status = add_escaped(line, str_of(text));
    free(text);
    return status;
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
