/* SPDX-License-Identifier: Apache-2.0 */
/* takeover.c - the ports of a server that runs. */
#include "main/takeover.h"

#include "admin/control_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TIMEOUT_MS = 20000, ADDRESS_TEXT = 256, ID_TEXT = 128 };

struct port {
    int socket; /* 0: taken */
    uint16_t number;
    char address[ADDRESS_TEXT];
    char id[ID_TEXT];
};

struct takeover {
    char *path;
    size_t count;
    struct port ports[CONTROL_SOCKETS];
};

static const char *
text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

static enum status
check_answer(const json_t *answer)
{
    if (json_is_true(json_object_get(answer, "ok")))
        return OK;
    return fail(ERR_IO, "the running server: %s", text_of(answer, "message"));
}

/* The sockets come in the order of the list. */
static enum status
note_ports(struct takeover *t, const json_t *answer, const int *sockets,
           size_t count)
{
    const json_t *list =
        json_object_get(json_object_get(answer, "result"), "services");
    const json_t *item;
    size_t i;

    for (i = 0; i < count; i++)
        t->ports[i].socket = sockets[i];
    t->count = count;
    TRY(check_answer(answer));
    if (json_array_size(list) != count)
        return fail(ERR_IO,
                    "the running server gave %zu sockets for %zu "
                    "services",
                    count, json_array_size(list));
    json_array_foreach(list, i, item)
    {
        struct port *port = &t->ports[i];

        port->number =
            (uint16_t)json_integer_value(json_object_get(item, "port"));
        snprintf(port->address, sizeof port->address, "%s",
                 text_of(item, "address"));
        snprintf(port->id, sizeof port->id, "%s", text_of(item, "id"));
    }
    return OK;
}

enum status
takeover_begin(const char *control_path, struct takeover **out)
{
    AUTO(takeover_free) struct takeover *t = calloc(1, sizeof *t);
    AUTO(json_done) json_t *answer = NULL;
    struct control_sockets sockets = { 0 };

    if (t == NULL)
        return fail(ERR_MEMORY, "no memory for a takeover");
    t->path = str_copy(str_of(control_path));
    if (t->path == NULL)
        return fail(ERR_MEMORY, "no memory for a takeover");
    TRY(control_ask_for_sockets(t->path, "hand-over", TIMEOUT_MS, &sockets,
                                &answer));
    TRY(note_ports(t, answer, sockets.sockets, sockets.count));
    *out = t;
    t = NULL;
    return OK;
}

/* A service whose port is 0 goes on with what it had got. */
static bool
is_for(const struct port *port, const struct section *service)
{
    uint64_t wanted = section_number(service, "port");

    if (port->socket == 0 ||
        strcmp(port->address, section_text(service, "address")) != 0)
        return false;
    return wanted == port->number ||
           (wanted == 0 && strcmp(port->id, section_id(service)) == 0);
}

int
takeover_socket(struct takeover *t, const struct section *service)
{
    for (size_t i = 0; i < t->count; i++)
        if (is_for(&t->ports[i], service)) {
            int socket = t->ports[i].socket;

            t->ports[i].socket = 0;
            return socket;
        }
    return 0;
}

enum status
takeover_finish(struct takeover *t)
{
    AUTO(json_done) json_t *answer = NULL;
    enum status status =
        control_ask(t->path, "retire", NULL, TIMEOUT_MS, &answer);

    if (status == ERR_CLOSED)
        return OK; /* it died meanwhile */
    TRY(status);
    return check_answer(answer);
}

void
takeover_free(struct takeover **takeover)
{
    struct takeover *t = *takeover;

    if (t == NULL)
        return;
    for (size_t i = 0; i < t->count; i++)
        if (t->ports[i].socket > 0)
            close(t->ports[i].socket);
    free(t->path);
    free(t);
    *takeover = NULL;
}
