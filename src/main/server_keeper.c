/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_keeper.c - the thread that looks after the server while others serve.
 *
 * It ends what is left when drain_timeout is over, notices when nothing is
 * left, and has the configuration read again when its file has changed.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "main/server_private.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { DRAIN_LOOK_MS = 50 };

static bool
is_ending(struct server *s)
{
    LOCK_SCOPE(&s->lock);
    return s->state == SERVER_DRAINING || s->state == SERVER_RETIRING;
}

/* Those who still talk to us have had the time that a drain has. */
static bool
is_time_to_drain(struct server *s)
{
    LOCK_SCOPE(&s->lock);
    return s->state == SERVER_RETIRING &&
           clock_now_ms(clock_real()) >= s->drain_deadline_ms;
}

/* Whether the sessions that are left have to go now. */
static bool
is_time_to_cut(struct server *s)
{
    LOCK_SCOPE(&s->lock);
    if (s->state != SERVER_DRAINING || s->is_cutting ||
        clock_now_ms(clock_real()) < s->drain_deadline_ms)
        return false;
    s->is_cutting = true;
    return true;
}

static void
look_after_drain(struct server *s)
{
    if (is_time_to_drain(s))
        server_drain(s, "another process has taken over");
    if (is_time_to_cut(s))
        hub_end_sessions(s->hub);
    if (hub_session_count(s->hub) > 0)
        return;
    LOCK_SCOPE(&s->lock);
    if (s->state != SERVER_RUNNING)
        s->state = SERVER_DRAINED;
}

static int
patience_ms(struct server *s)
{
    int patience = config_watch_patience_ms(s->watch);

    return is_ending(s) && patience > DRAIN_LOOK_MS ? DRAIN_LOOK_MS : patience;
}

static void *
keep(void *arg)
{
    struct server *s = arg;
    struct pollfd polled[] = {
        { .fd = s->keeper_wake, .events = POLLIN },
        { .fd = config_watch_descriptor(s->watch), .events = POLLIN },
    };
    uint64_t count;

    /* The file may have changed since it was read and before it was watched. */
    server_reload_if_changed(s);
    while (s->has_keeper) {
        if (is_ending(s))
            look_after_drain(s);
        if (poll(polled, 2, patience_ms(s)) > 0 && polled[0].revents != 0)
            (void)!read(s->keeper_wake, &count, sizeof count);
        if (config_watch_look(s->watch))
            server_reload_if_changed(s);
    }
    return NULL;
}

void
server_keeper_wake(struct server *s)
{
    uint64_t one = 1;

    /* A counter that is full wakes as well. */
    if (write(s->keeper_wake, &one, sizeof one) < 0)
        return;
}

enum status
server_keeper_start(struct server *s)
{
    TRY(config_watch_open(s->config_path, &s->watch));
    s->keeper_wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->keeper_wake < 0)
        return fail_errno(errno, "eventfd");
    s->has_keeper = true;
    enum status status = thread_start(&s->keeper, "keeper", keep, s);
    if (status != OK)
        s->has_keeper = false;
    return status;
}

void
server_keeper_stop(struct server *s)
{
    if (s->has_keeper) {
        s->has_keeper = false;
        server_keeper_wake(s);
        pthread_join(s->keeper, NULL);
    }
    if (s->keeper_wake >= 0)
        close(s->keeper_wake);
    s->keeper_wake = -1;
    config_watch_close(&s->watch);
}
