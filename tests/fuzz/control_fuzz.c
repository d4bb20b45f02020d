/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_fuzz.c - any bytes as a request on the control socket.
 *
 * The answer is always one line of JSON of this protocol, and a command runs
 * only with the arguments that its row allows.
 */
#include "fuzz.h"

#include "admin/commands.h"
#include "admin/json_text.h"

#include <stdlib.h>

enum { COMMANDS_MAX = 32 };

static void
demand(bool is_true)
{
    if (!is_true)
        abort();
}

static enum status
say_arguments(const struct control_argument *first,
              const struct control_request *request, json_t *result)
{
    for (const struct control_argument *a = first; a != NULL && a->name; a++) {
        TRY(json_set_text(result, a->name,
                          str_of(control_text(request, a->name))));
        TRY(json_set(result, "flag",
                     json_boolean(control_flag(request, a->name))));
    }
    return OK;
}

/* Says what it was given, as a command of the server would. */
static enum status
run(void *arg, const struct control_request *request, json_t *result)
{
    (void)arg;
    for (const struct control_command *c = admin_commands; c->name; c++)
        TRY(say_arguments(c->arguments, request, result));
    return json_object_size(request->arguments) == 1
               ? OK
               : fail(ERR_BUSY, "not now");
}

static void
check_answer(struct str text)
{
    json_error_t error;

    demand(text.len > 1 && text.data[text.len - 1] == '\n');
    demand(memchr(text.data, '\n', text.len - 1) == NULL);
    json_t *answer = json_loadb(text.data, text.len, 0, &error);
    demand(json_is_object(answer));
    demand(json_integer_value(json_object_get(answer, "protocol")) ==
           CONTROL_PROTOCOL);
    bool is_ok = json_is_true(json_object_get(answer, "ok"));
    demand(is_ok == (json_object_get(answer, "error") == NULL));
    json_decref(answer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct control_command commands[COMMANDS_MAX] = { 0 };
    struct buffer reply = BUFFER(CONTROL_REPLY);
    struct control_peer peer = { 0, 1, -1 };

    for (size_t i = 0; admin_commands[i].name != NULL; i++) {
        commands[i] = admin_commands[i];
        commands[i].run = run;
    }
    demand(control_answer(commands, NULL, str_from(data, size), &peer,
                          &reply) == OK);
    check_answer(buffer_str(&reply));
    buffer_done(&reply);
    return 0;
}
