/* SPDX-License-Identifier: Apache-2.0 */
/* node.c - this machine's part: its folder of state, its store, its events. */
#include "main/node.h"

#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_TEXT = 4096 };

static enum status
make_state_folder(struct config *config, struct buffer *folder)
{
    const char *name = section_text(config_server(config), "state_folder");

    TRY(config_resolve_path(config, name, folder));
    const char *path = buffer_text(folder);
    if (path == NULL)
        return fail(ERR_MEMORY, "no memory for a path");
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return fail_errno(errno, "state_folder %s", path);
    return OK;
}

/*
 * The id is part of the names of staged files, so two nodes on one folder must
 * not share it. The documented default of `uuid` is the same everywhere;
 * where the file sets none, the node makes its own, once.
 */
static enum status
keep_own_id(struct node *node, const char *state_folder)
{
    char path[PATH_TEXT];
    char id[UUID_TEXT] = "";

    snprintf(path, sizeof path, "%s/node-id", state_folder);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return fail_errno(errno, "%s", path);
    ssize_t got = read(file, id, UUID_TEXT - 1);
    if (got < UUID_TEXT - 1) {
        random_uuid(id);
        if (pwrite(file, id, UUID_TEXT - 1, 0) != UUID_TEXT - 1 ||
            fsync(file) < 0) {
            enum status status = fail_errno(errno, "%s", path);
            close(file);
            return status;
        }
    }
    close(file);
    snprintf(node->id, sizeof node->id, "%s", id);
    return OK;
}

static enum status
name_node(struct node *node, struct config *config, const char *state_folder)
{
    const struct section *server = config_server(config);

    if (!section_has(server, "uuid"))
        return keep_own_id(node, state_folder);
    snprintf(node->id, sizeof node->id, "%s", section_text(server, "uuid"));
    return OK;
}

/* "{host.name}" in a path becomes this host's name. */
static enum status
add_expanded(struct buffer *out, const char *path)
{
    static const char variable[] = "{host.name}";
    char host[256] = "";
    const char *at;

    gethostname(host, sizeof host - 1);
    while ((at = strstr(path, variable)) != NULL) {
        TRY(buffer_add(out, str_from(path, (size_t)(at - path))));
        TRY(buffer_add(out, str_of(host)));
        path = at + sizeof variable - 1;
    }
    return buffer_add(out, str_of(path));
}

/* The folder of a log file, when only that is missing. */
static void
make_parent(const char *path)
{
    char folder[PATH_TEXT];
    char *slash;

    snprintf(folder, sizeof folder, "%s", path);
    slash = strrchr(folder, '/');
    if (slash != NULL && slash != folder) {
        *slash = '\0';
        mkdir(folder, 0750);
    }
}

static enum status
open_file_sink(const struct section *handler, struct event_sink **sink)
{
    const struct config *config = section_config(handler);
    struct buffer expanded = BUFFER(PATH_TEXT - 1);
    struct buffer path = BUFFER(PATH_TEXT - 1);
    enum status status = add_expanded(&expanded, section_text(handler, "path"));

    if (status == OK)
        status = config_resolve_path(config, buffer_text(&expanded), &path);
    if (status == OK) {
        make_parent(buffer_text(&path));
        status = event_to_file(buffer_text(&path), sink);
    }
    buffer_done(&expanded);
    buffer_done(&path);
    return status;
}

/* Handlers of types that are not here yet were warned of when the file was
 * read. The console always gets its records: serve runs in the foreground. */
static enum status
open_sinks(struct events *events, struct config *config)
{
    struct event_sink *sink = NULL;

    for (size_t i = 0; i < config_count(config, "event-handlers"); i++) {
        const struct section *handler = config_at(config, "event-handlers", i);

        if (strcmp(section_text(handler, "type"), "local-file") != 0 ||
            !section_flag(handler, "enabled"))
            continue;
        TRY(open_file_sink(handler, &sink));
        events_add_sink(events, sink);
    }
    TRY(event_to_console(STDERR_FILENO, &sink));
    events_add_sink(events, sink);
    return OK;
}

enum status
node_prepare_events(const struct node *node, struct config *config,
                    struct events **events_out)
{
    AUTO(events_free) struct events *events = NULL;

    TRY(events_new(clock_real(), node->id,
                   section_text(config_server(config), "name"), &events));
    TRY(open_sinks(events, config));
    *events_out = events;
    events = NULL;
    return OK;
}

static void
take_name(struct node *node, struct config *config)
{
    snprintf(node->name, sizeof node->name, "%s",
             section_text(config_server(config), "name"));
}

void
node_adopt(struct node *node, struct config *config, struct events **fresh)
{
    take_name(node, config);
    events_adopt(node->events, fresh);
}

static enum status
open_store(struct node *node, const char *state_folder)
{
    char path[PATH_TEXT];

    snprintf(path, sizeof path, "%s/store.sqlite", state_folder);
    return store_in_sqlite(path, true, clock_real(), &node->store);
}

static enum status
init_in(struct node *node, struct config *config, const char *state_folder)
{
    TRY(name_node(node, config, state_folder));
    take_name(node, config);
    TRY(node_prepare_events(node, config, &node->events));
    node->subject = (struct event_subject){
        .component_uuid = node->id,
        .component_name = node->name,
        .component_type = "server",
        .account_uuid = "",
        .account_name = "",
        .peer_address = "",
        .session = "",
    };
    return open_store(node, state_folder);
}

enum status
node_init(struct node *node, struct config *config)
{
    struct buffer folder = BUFFER(PATH_TEXT / 2);
    enum status status = make_state_folder(config, &folder);

    if (status == OK)
        status = init_in(node, config, buffer_text(&folder));
    buffer_done(&folder);
    return status;
}

void
node_done(struct node *node)
{
    store_close(&node->store);
    events_free(&node->events);
}

void
node_tell(struct node *node, enum event_id id)
{
    struct event_field fields[] = {
        EVENT_TEXT("instance_name", str_of(node->subject.component_name)),
        EVENT_TEXT("product_version", str_of(CONVOY_VERSION)),
    };

    event_emit(node->events, id, &node->subject, fields, 2);
}
