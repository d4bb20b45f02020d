/* SPDX-License-Identifier: Apache-2.0 */
/* control_host.c - what the server is to the operator's commands. */
#include "main/control_host.h"

#include "admin/commands.h"
#include "admin/control_path.h"
#include "admin/control_server.h"
#include "main/successor.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { SOCKET_PATH = 4096 };

struct control {
    struct server *server;
    pthread_t main; /* the thread that waits for signals */
    struct admin_host host;
    struct admin *admin;
    struct control_server *socket;
    char *name;
};

static struct server *
server_of(void *arg)
{
    return ((struct control *)arg)->server;
}

static enum status
host_reload(void *arg, struct report *report)
{
    return server_reload(server_of(arg), report);
}

static void
host_drain(void *arg, const char *why)
{
    server_drain(server_of(arg), why);
}

static enum status
host_undrain(void *arg)
{
    return server_undrain(server_of(arg));
}

static enum admin_state
host_state(void *arg)
{
    switch (server_state(server_of(arg))) {
    case SERVER_RETIRING: return ADMIN_RETIRING;
    case SERVER_DRAINING: return ADMIN_DRAINING;
    case SERVER_DRAINED: return ADMIN_DRAINED;
    case SERVER_RUNNING: break;
    }
    return ADMIN_RUNNING;
}

static void
host_revision(void *arg, struct admin_revision *out)
{
    struct server_revision is;

    server_revision(server_of(arg), &is);
    out->number = is.number;
    out->applied_ms = is.applied_ms;
    out->refused_ms = is.refused_ms;
    snprintf(out->digest, sizeof out->digest, "%s", is.digest);
    snprintf(out->refusal, sizeof out->refusal, "%s", is.refusal);
}

struct looking {
    void (*see)(void *arg, const struct admin_service *);
    void (*end)(void *arg);
    void *arg;
};

static void
see_end(void *arg)
{
    const struct looking *looking = arg;

    if (looking->end != NULL)
        looking->end(looking->arg);
}

static void
see_service(void *arg, const struct service_view *view)
{
    const struct looking *looking = arg;
    struct admin_service service = {
        .id = section_id(view->section),
        .name = section_text(view->section, "name"),
        .type = section_text(view->section, "type"),
        .address = section_text(view->section, "address"),
        .port = view->port,
        .is_accepting = view->is_accepting,
        .connections = view->connections,
        .socket = view->socket,
    };

    looking->see(looking->arg, &service);
}

static void
host_each_service(void *arg, void (*see)(void *, const struct admin_service *),
                  void (*end)(void *), void *see_arg)
{
    struct looking looking = { see, end, see_arg };

    server_each_service(server_of(arg), see_service, see_end, &looking);
}

/* The main loop hears of it by a signal: its state has changed. */
static enum status
host_retire(void *arg, pid_t successor)
{
    struct control *c = arg;

    server_retire(c->server, successor);
    TRY(control_server_step_aside(c->socket));
    pthread_kill(c->main, SIGUSR2);
    return OK;
}

static enum status
host_upgrade(void *arg, const char *program, pid_t *pid_out)
{
    struct control *c = arg;

    if (server_state(c->server) == SERVER_RETIRING)
        return fail(ERR_CONFLICT, "another process has taken over");
    return successor_start(c->server, program, pid_out);
}

static void
host_account_name(void *arg, const char *uuid, char out[ADMIN_NAME])
{
    AUTO(config_unref)
    struct config *config = hub_config_ref(server_hub(server_of(arg)));
    const struct section *account = config_section(config, "accounts", uuid);

    snprintf(out, ADMIN_NAME, "%s",
             account != NULL ? section_text(account, "name") : "");
}

static void
describe(struct control *c)
{
    struct hub *hub = server_hub(c->server);

    c->host = (struct admin_host){
        .arg = c,
        .hub = hub,
        .events = hub_events(hub),
        .clock = hub_clock(hub),
        .name = c->name,
        .started_ms = clock_now_ms(hub_clock(hub)),
        .reload = host_reload,
        .drain = host_drain,
        .undrain = host_undrain,
        .state = host_state,
        .revision = host_revision,
        .each_service = host_each_service,
        .retire = host_retire,
        .upgrade = host_upgrade,
        .account_name = host_account_name,
    };
}

static enum status
listen_for_operators(struct control *c, const struct config *config)
{
    AUTO(buffer_done) struct buffer path = BUFFER(SOCKET_PATH);

    c->name = str_copy(str_of(section_text(config_server(config), "name")));
    if (c->name == NULL)
        return fail(ERR_MEMORY, "no memory for the control socket");
    describe(c);
    TRY(admin_new(&c->host, &c->admin));
    TRY(control_path_of(config, &path));
    struct control_server_options options = {
        .path = buffer_text(&path),
        .commands = admin_commands,
        .arg = c->admin,
        .events = c->host.events,
        .clock = c->host.clock,
    };
    return control_server_start(&options, &c->socket);
}

enum status
control_start(struct server *server, struct control **out)
{
    AUTO(control_stop) struct control *c = calloc(1, sizeof *c);
    AUTO(config_unref)
    struct config *config = hub_config_ref(server_hub(server));

    if (c == NULL)
        return fail(ERR_MEMORY, "no memory for the control socket");
    c->server = server;
    c->main = pthread_self();
    TRY(listen_for_operators(c, config));
    *out = c;
    c = NULL;
    return OK;
}

void
control_stop(struct control **control)
{
    struct control *c = *control;

    if (c == NULL)
        return;
    control_server_stop(&c->socket);
    admin_free(&c->admin);
    free(c->name);
    free(c);
    *control = NULL;
}
