/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message.c - the sentence of an event with its values in it.
 *
 * {name} stands for the field of that name, or for what the event concerns:
 * {account}, {peer}, {component}, {session}. What an event does not say shows
 * as a dash, so that a sentence stays a sentence.
 */
#include "event/sink_private.h"

#include <stdio.h>

enum { SHOWN = 1024 }; /* bytes of one value */

struct str
event_shown_value(const struct event_field *field)
{
    static const char *const secrets[] = { "password", "passphrase", "secret",
                                           "private_key", "token" };

    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        if (strstr(field->name, secrets[i]) != NULL)
            return STR("(withheld)");
    return field->text;
}

static struct str
subject_value(const struct event_subject *subject, struct str name)
{
    const struct {
        const char *name;
        const char *value;
    } values[] = {
        { "account", subject->account_name },
        { "peer", subject->peer_address },
        { "component", subject->component_name },
        { "session", subject->session },
    };

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (str_is(name, values[i].name))
            return str_of(values[i].value);
    return STR_NONE;
}

static enum status
add_value(const struct event *event, struct str name, struct buffer *out)
{
    struct str value = subject_value(event->subject, name);

    for (size_t i = 0; i < event->count; i++) {
        const struct event_field *field = &event->fields[i];
        if (!str_is(name, field->name))
            continue;
        if (field->text.data == NULL)
            return buffer_addf(out, "%llu", (unsigned long long)field->number);
        value = event_shown_value(field);
    }
    if (value.len == 0)
        return buffer_add(out, STR("-"));
    if (value.len <= SHOWN)
        return event_add_visible(out, value);
    TRY(event_add_visible(out, event_cut(value, SHOWN)));
    return buffer_add(out, STR("…"));
}

enum status
event_message(const struct event *event, struct buffer *out)
{
    struct str rest = str_of(event->kind->message);

    while (rest.len > 0) {
        TRY(buffer_add(out, str_cut(&rest, '{')));
        if (rest.len > 0)
            TRY(add_value(event, str_cut(&rest, '}'), out));
    }
    return OK;
}
