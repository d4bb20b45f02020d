/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.c - the running server: made, drained, taken apart.
 *
 * Everything is made here, handed down, and taken apart in the opposite order.
 */
#include "main/server_private.h"

#include "account/check.h"
#include "base/clock.h"
#include "base/thread.h"
#include "ftp/check.h"
#include "keys/check.h"
#include "keys/ticket_keys.h"
#include "main/confinement.h"
#include "main/material_watch.h"
#include "ssh/check.h"

#include <stdlib.h>
#include <unistd.h>

enum status
server_load(const char *path, struct report *report, struct config **config_out)
{
    AUTO(config_unref) struct config *config = NULL;
    size_t errors = report->errors;

    TRY(config_load(path, report, &config));
    keys_check(config, report);
    accounts_check(config, report);
    ssh_check(config, report);
    ftp_check(config, report);
    if (report->errors > errors)
        return fail(ERR_INVALID, "%s has errors", path);
    *config_out = config_ref(config);
    return OK;
}

static enum status
load_and_print(const char *path, struct config **config_out)
{
    struct report report = { 0 };
    enum status status = server_load(path, &report, config_out);

    report_print(&report, STDERR_FILENO);
    report_done(&report);
    return status;
}

static enum status
reload(void *arg)
{
    return server_reload(arg, NULL);
}

static void
reload_certificates(void *arg)
{
    if (server_reload(arg, NULL) != OK)
        return; /* the event has told it */
}

static enum status
start_hub(struct server *s)
{
    struct hub_options options = {
        .config = s->config,
        .store = s->node.store,
        .events = s->node.events,
        .clock = clock_real(),
        .node = s->node.id,
        .reload = reload,
        .reload_arg = s,
        .confine = section_flag(config_server(s->config), "confinement"),
    };

    TRY(ticket_keys_open(s->node.store, clock_real(), &s->tickets));
    options.tickets = ticket_keys_tickets(s->tickets);
    return hub_new(&options, &s->hub);
}

static enum status
start_serving(struct server *s)
{
    node_tell(&s->node, EVENT_SERVER_STARTED);
    TRY(worker_start("reload", &s->worker));
    TRY(services_start(s->hub, s->config, &s->node.subject, s->takeover,
                       &s->services));
    s->takeover = NULL;
    server_note_revision(s);
    TRY(server_keeper_start(s));
    TRY(material_watch_start(s->hub, &s->node.subject, reload_certificates, s,
                             &s->certificates));
    return confinement_start(&s->node, s->config);
}

static enum status
start(struct server *s)
{
    TRY(notify_open(&s->notify));
    config_digest(s->config_path, s->tried);
    TRY(load_and_print(s->config_path, &s->config));
    TRY(node_init(&s->node, s->config));
    TRY(start_hub(s));
    return start_serving(s);
}

enum status
server_start(const struct server_options *options, struct server **server_out)
{
    struct server *s = calloc(1, sizeof *s);

    if (s == NULL)
        return fail(ERR_MEMORY, "no memory for the server");
    s->keeper_wake = -1;
    s->takeover = options->takeover;
    pthread_mutex_init(&s->changing, NULL);
    pthread_mutex_init(&s->lock, NULL);
    s->config_path = str_copy(str_of(options->config_path));
    s->program = str_copy(str_of(options->program));
    enum status status = s->config_path != NULL && s->program != NULL
                             ? start(s)
                             : fail(ERR_MEMORY, "no memory for a path");
    if (status != OK) {
        server_stop(&s);
        return status;
    }
    *server_out = s;
    return OK;
}

/* One that is under way comes to its end. */
static void
refuse_changes(struct server *s)
{
    LOCK_SCOPE(&s->changing);
    s->is_stopping = true;
}

void
server_stop(struct server **server)
{
    struct server *s = *server;

    if (s == NULL)
        return;
    server_keeper_stop(s);
    material_watch_stop(&s->certificates);
    refuse_changes(s);
    if (s->services != NULL) {
        services_pause(s->services);
        hub_end_sessions(s->hub);
        services_stop(&s->services);
        node_tell(&s->node, EVENT_SERVER_STOPPED);
    }
    worker_stop(&s->worker);
    hub_free(&s->hub);
    ticket_keys_close(&s->tickets);
    node_done(&s->node);
    config_unref(&s->config);
    notify_close(&s->notify);
    pthread_mutex_destroy(&s->changing);
    pthread_mutex_destroy(&s->lock);
    free(s->config_path);
    free(s->program);
    free(s);
    *server = NULL;
}

/* `changing` is held. */
static void
begin_ending(struct server *s, enum server_state state)
{
    int64_t timeout_s =
        (int64_t)section_number(config_server(s->config), "drain_timeout");

    pthread_mutex_lock(&s->lock);
    s->state = state;
    s->is_cutting = false;
    s->drain_deadline_ms = clock_now_ms(clock_real()) + timeout_s * 1000;
    pthread_mutex_unlock(&s->lock);
    server_keeper_wake(s);
}

bool
server_is_retired(struct server *s)
{
    LOCK_SCOPE(&s->lock);
    return s->is_retired;
}

void
server_drain(struct server *s, const char *why)
{
    struct event_field fields[] = {
        EVENT_NUMBER("sessions", hub_session_count(s->hub)),
        EVENT_TEXT("reason", str_of(why)),
    };

    LOCK_SCOPE(&s->changing);
    if (server_state(s) != SERVER_RUNNING && server_state(s) != SERVER_RETIRING)
        return;
    event_emit(s->node.events, EVENT_DRAINING, &s->node.subject, fields, 2);
    services_pause(s->services);
    hub_drain(s->hub);
    begin_ending(s, SERVER_DRAINING);
}

void
server_retire(struct server *s, pid_t successor)
{
    struct event_field fields[] = {
        EVENT_NUMBER("sessions", hub_session_count(s->hub)),
        EVENT_NUMBER("successor", (uint64_t)successor),
    };

    LOCK_SCOPE(&s->changing);
    if (server_is_retired(s))
        return;
    event_emit(s->node.events, EVENT_HANDED_ON, &s->node.subject, fields, 2);
    services_hand_on(s->services);
    notify_successor(s->notify, successor);
    pthread_mutex_lock(&s->lock);
    s->is_retired = true;
    pthread_mutex_unlock(&s->lock);
    if (server_state(s) == SERVER_RUNNING)
        begin_ending(s, SERVER_RETIRING);
}

enum status
server_undrain(struct server *s)
{
    LOCK_SCOPE(&s->changing);
    if (server_is_retired(s))
        return fail(ERR_CONFLICT, "another process has taken over");
    if (server_state(s) == SERVER_RUNNING)
        return fail(ERR_CONFLICT, "the server is not draining");
    hub_undrain(s->hub);
    pthread_mutex_lock(&s->lock);
    s->state = SERVER_RUNNING;
    pthread_mutex_unlock(&s->lock);
    return services_resume(s->services);
}

enum server_state
server_state(struct server *s)
{
    LOCK_SCOPE(&s->lock);
    return s->state;
}

void
server_revision(struct server *s, struct server_revision *out)
{
    LOCK_SCOPE(&s->lock);
    *out = s->revision;
}

struct hub *
server_hub(struct server *s)
{
    return s->hub;
}

void
server_each_service(struct server *s,
                    void (*see)(void *arg, const struct service_view *),
                    void (*end)(void *arg), void *arg)
{
    LOCK_SCOPE(&s->changing);
    services_each(s->services, see, arg);
    if (end != NULL)
        end(arg);
}

struct notify *
server_notify(struct server *s)
{
    return s->notify;
}
