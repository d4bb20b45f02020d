/* SPDX-License-Identifier: Apache-2.0 */
/* hub.c - what the sessions of the process share, and the roster of them. */
#include "session/session_private.h"

#include "base/thread.h"
#include "base/worker.h"

#include <stdlib.h>
#include <sys/socket.h>

enum { LEASE_MS = 10000 };

static enum status
start_parts(struct hub *hub)
{
    const struct hub_options *o = &hub->options;
    const struct section *server = config_server(hub->config);
    struct uploads_options uploads = {
        .store = o->store,
        .events = o->events,
        .clock = o->clock,
        .node = o->node,
        .lease_ms = LEASE_MS,
        .keep_ms = (int64_t)section_number(server, "staged_upload_keep") * 1000,
    };

    TRY(worker_start("hub", &hub->worker));
    TRY(accounts_new(hub->config, o->clock, &hub->accounts));
    TRY(uploads_new(&uploads, &hub->uploads));
    return ending_start(hub);
}

enum status
hub_new(const struct hub_options *options, struct hub **out)
{
    AUTO(hub_free) struct hub *hub = calloc(1, sizeof *hub);

    if (hub == NULL)
        return fail(ERR_MEMORY, "no memory for the hub");
    hub->options = *options;
    hub->config = config_ref(options->config);
    hub->options.config = NULL; /* never the one to ask */
    pthread_mutex_init(&hub->lock, NULL);
    thread_condition_init(&hub->someone_ends);
    thread_wakes_init();
    TRY(start_parts(hub));
    *out = hub;
    hub = NULL;
    return OK;
}

void
hub_free(struct hub **hub)
{
    if (*hub == NULL)
        return;
    ending_stop(*hub);
    uploads_free(&(*hub)->uploads);
    worker_stop(&(*hub)->worker);
    accounts_unref(&(*hub)->accounts);
    config_unref(&(*hub)->config);
    pthread_cond_destroy(&(*hub)->someone_ends);
    pthread_mutex_destroy(&(*hub)->lock);
    free(*hub);
    *hub = NULL;
}

struct clock *
hub_clock(struct hub *hub)
{
    return hub->options.clock;
}

struct events *
hub_events(struct hub *hub)
{
    return hub->options.events;
}

struct tls_tickets
hub_tickets(struct hub *hub)
{
    return hub->options.tickets;
}

struct uploads *
hub_uploads(struct hub *hub)
{
    return hub->uploads;
}

void
hub_add(struct hub *hub, struct session *session)
{
    LOCK_SCOPE(&hub->lock);
    session->older = hub->newest;
    if (hub->newest != NULL)
        hub->newest->newer = session;
    hub->newest = session;
    hub->count++;
    /* Too late for hub_end_sessions() to see it. */
    if (atomic_load(&hub->is_ending))
        shutdown(session->options.descriptor, SHUT_RDWR);
}

void
hub_remove(struct hub *hub, struct session *session)
{
    LOCK_SCOPE(&hub->lock);
    if (session->older != NULL)
        session->older->newer = session->newer;
    if (session->newer != NULL)
        session->newer->older = session->older;
    else
        hub->newest = session->older;
    hub->count--;
}

enum status
hub_run(struct hub *hub, enum status (*job)(void *arg), void *arg)
{
    return worker_run(hub->worker, job, arg);
}

size_t
hub_session_count(struct hub *hub)
{
    LOCK_SCOPE(&hub->lock);
    return hub->count;
}

/*
 * A session leaves the roster before its descriptor is closed and its thread
 * ends, so those found here, under the lock, are still what they were.
 */
void
hub_drain(struct hub *hub)
{
    atomic_store(&hub->is_draining, true);
    LOCK_SCOPE(&hub->lock);
    for (struct session *s = hub->newest; s != NULL; s = s->older)
        if (!atomic_load(&s->is_busy))
            thread_wake(s->thread);
}

void
hub_undrain(struct hub *hub)
{
    atomic_store(&hub->is_ending, false);
    atomic_store(&hub->is_draining, false);
}

void
hub_end_sessions(struct hub *hub)
{
    atomic_store(&hub->is_ending, true);
    LOCK_SCOPE(&hub->lock);
    for (struct session *s = hub->newest; s != NULL; s = s->older)
        shutdown(s->options.descriptor, SHUT_RDWR);
}
