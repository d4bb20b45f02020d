/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.c - from a line of JSON to a command, and from its result to a line.
 *
 * Everything that a handler may rely on is checked here against the command's
 * row, so that handlers check only what is about the server.
 */
#include "admin/control.h"

#include "admin/json_text.h"

#include <stdarg.h>
#include <stdio.h>

enum { PLACE = 80 };

struct answering {
    const struct control_command *commands;
    json_t *request;
    json_t *result;
    char place[PLACE]; /* in the request, of what is wrong; "": nowhere */
};

/* "column 12", "arguments.who" */
static enum status PRINTF(3, 4)
    fail_at(struct answering *a, enum status why, const char *place, ...)
{
    char reason[256];
    va_list list;

    snprintf(reason, sizeof reason, "%s", fail_reason());
    va_start(list, place);
    vsnprintf(a->place, sizeof a->place, place, list);
    va_end(list);
    return fail(why, "%s", reason);
}

const char *
control_text(const struct control_request *request, const char *argument)
{
    const char *text =
        json_string_value(json_object_get(request->arguments, argument));

    return text != NULL ? text : "";
}

bool
control_flag(const struct control_request *request, const char *argument)
{
    return json_is_true(json_object_get(request->arguments, argument));
}

/* How deep the brackets go, before a parser follows them on our stack. */
static enum status
check_nesting(struct str text)
{
    bool in_string = false;
    unsigned depth = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '['))
            depth++;
        else if (!in_string && (c == '}' || c == ']') && depth > 0)
            depth--;
        if (depth > CONTROL_NESTING)
            return fail(ERR_LIMIT, "a request is nested %d deep at most",
                        CONTROL_NESTING);
    }
    return OK;
}

static enum status
parse(struct answering *a, struct str text)
{
    json_error_t error;

    if (text.len > CONTROL_REQUEST)
        return fail(ERR_LIMIT, "a request has at most %d bytes",
                    CONTROL_REQUEST);
    TRY(check_nesting(text));
    a->request =
        json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &error);
    if (a->request == NULL) {
        (void)!fail(ERR_INVALID, "this is not JSON: %s", error.text);
        return fail_at(a, ERR_INVALID, "column %d", error.column);
    }
    if (!json_is_object(a->request))
        return fail(ERR_INVALID, "a request is an object");
    return OK;
}

static enum status
check_protocol(struct answering *a)
{
    const json_t *protocol = json_object_get(a->request, "protocol");

    if (json_is_integer(protocol) &&
        json_integer_value(protocol) == CONTROL_PROTOCOL)
        return OK;
    (void)!fail(ERR_UNSUPPORTED,
                protocol == NULL ? "the protocol's version is missing; %d "
                                   "is spoken here"
                                 : "only version %d is spoken here",
                CONTROL_PROTOCOL);
    return fail_at(a, ERR_UNSUPPORTED, "protocol");
}

static enum status
check_members(struct answering *a)
{
    static const char *const known[] = { "protocol", "command", "arguments" };
    const char *name;
    json_t *value;

    json_object_foreach(a->request, name, value)
    {
        bool is_known = false;

        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            is_known |= strcmp(name, known[i]) == 0;
        if (is_known)
            continue;
        (void)!fail(ERR_INVALID, "a request has no such member");
        return fail_at(a, ERR_INVALID, "%.64s", name);
    }
    const json_t *arguments = json_object_get(a->request, "arguments");
    if (arguments == NULL || json_is_object(arguments))
        return OK;
    (void)!fail(ERR_INVALID, "arguments are an object");
    return fail_at(a, ERR_INVALID, "arguments");
}

static enum status
find_command(struct answering *a, const struct control_command **out)
{
    const char *name =
        json_string_value(json_object_get(a->request, "command"));

    for (*out = a->commands; name != NULL && (*out)->name != NULL; ++*out)
        if (strcmp((*out)->name, name) == 0)
            return OK;
    (void)!fail(ERR_INVALID, name == NULL ? "the name of a command is missing"
                                          : "there is no such command");
    return fail_at(a, ERR_INVALID, "command");
}

static bool
is_of_kind(const json_t *value, enum control_kind kind)
{
    switch (kind) {
    case CONTROL_TEXT:
        return json_is_string(value) && json_string_length(value) > 0;
    case CONTROL_FLAG: return json_is_boolean(value);
    }
    return false;
}

static enum status
check_argument(struct answering *a, const struct control_argument *argument,
               const json_t *value)
{
    static const char *const wanted[] = { "text", "true or false" };

    if (value == NULL && !argument->is_required)
        return OK;
    if (value != NULL && is_of_kind(value, argument->kind))
        return OK;
    (void)!fail(ERR_INVALID, "%s here", wanted[argument->kind]);
    return fail_at(a, ERR_INVALID, "arguments.%s", argument->name);
}

/* Those that the command has are right, and there are no others. */
static enum status
check_arguments(struct answering *a, const struct control_command *command)
{
    static const struct control_argument none[] = { { .name = NULL } };
    const struct control_argument *first =
        command->arguments != NULL ? command->arguments : none;
    json_t *given = json_object_get(a->request, "arguments");
    size_t count = 0;

    for (const struct control_argument *it = first; it->name != NULL; it++) {
        const json_t *value = json_object_get(given, it->name);

        TRY(check_argument(a, it, value));
        count += value != NULL;
    }
    if (count == json_object_size(given))
        return OK;
    const char *name;
    json_t *value;
    json_object_foreach(given, name, value)
    {
        const struct control_argument *it = first;

        while (it->name != NULL && strcmp(it->name, name) != 0)
            it++;
        if (it->name != NULL)
            continue;
        (void)!fail(ERR_INVALID, "'%s' has no such argument", command->name);
        return fail_at(a, ERR_INVALID, "arguments.%.64s", name);
    }
    return OK;
}

static enum status
carry_out(struct answering *a, void *arg, struct str text,
          const struct control_peer *peer)
{
    const struct control_command *command;

    TRY(parse(a, text));
    TRY(check_protocol(a));
    TRY(check_members(a));
    TRY(find_command(a, &command));
    TRY(check_arguments(a, command));
    struct control_request request = {
        .arguments = json_object_get(a->request, "arguments"),
        .peer = peer,
    };
    return command->run(arg, &request, a->result);
}

static int
dump_into(const char *bytes, size_t len, void *arg)
{
    return buffer_add(arg, str_from(bytes, len)) == OK ? 0 : -1;
}

static enum status
set_failure(json_t *reply, const struct answering *a, enum status status,
            const char *reason)
{
    TRY(json_set(reply, "error", json_string(status_name(status))));
    TRY(json_set_text(reply, "message", str_of(reason)));
    if (a->place[0] != '\0')
        TRY(json_set_text(reply, "place", str_of(a->place)));
    return OK;
}

static enum status
write_reply(const struct answering *a, enum status status, struct buffer *out)
{
    char reason[512];
    size_t before = buffer_len(out);

    snprintf(reason, sizeof reason, "%s", fail_reason());
    json_t *reply = json_pack("{s:i, s:b}", "protocol", CONTROL_PROTOCOL, "ok",
                              status == OK);
    enum status made =
        reply != NULL ? OK : fail(ERR_MEMORY, "no memory for an answer");
    if (made == OK && status != OK)
        made = set_failure(reply, a, status, reason);
    if (made == OK && (status == OK || json_object_size(a->result) > 0))
        made = json_set(reply, "result", json_incref(a->result));
    if (made == OK && json_dump_callback(reply, dump_into, out,
                                         JSON_COMPACT | JSON_ENSURE_ASCII) != 0)
        made = fail(ERR_LIMIT, "the answer is too long");
    json_decref(reply);
    TRY(made);
    made = buffer_add(out, STR("\n"));
    if (made != OK)
        buffer_cut(out, before);
    return made;
}

enum status
control_answer(const struct control_command *commands, void *arg,
               struct str text, const struct control_peer *peer,
               struct buffer *reply)
{
    struct answering a = { .commands = commands, .result = json_object() };
    size_t before = buffer_len(reply);
    enum status status = a.result != NULL
                             ? carry_out(&a, arg, text, peer)
                             : fail(ERR_MEMORY, "no memory for an answer");
    enum status made = write_reply(&a, status, reply);

    if (made == ERR_LIMIT) { /* all is carried out but cannot be told */
        buffer_cut(reply, before);
        json_object_clear(a.result);
        made = write_reply(&a, ERR_LIMIT, reply);
    }
    json_decref(a.request);
    json_decref(a.result);
    return made;
}
