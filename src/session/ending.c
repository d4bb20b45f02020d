/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ending.c - sessions that were told to end and do not.
 *
 * A session's own thread takes leave of its client, within moments. Where it
 * cannot, because it waits for storage or in a handshake, its connection is
 * shut down a little later, so that the client is gone within a second.
 */
#include "session/session_private.h"

#include "base/thread.h"

#include <sys/socket.h>

enum { LEAVE_MS = 700 };

/* The hub's clock may be one of a test, which stands still. */
static int64_t
now_ms(void)
{
    return clock_now_ms(clock_real());
}

void
ending_note(struct session *s)
{
    s->leave_by_ms = now_ms() + LEAVE_MS;
    pthread_cond_signal(&s->hub->someone_ends);
}

/* Shut down those whose time is over; the next time, or 0. */
static int64_t
hurry(struct hub *hub)
{
    int64_t now = now_ms();
    int64_t next = 0;

    for (struct session *s = hub->newest; s != NULL; s = s->older) {
        if (s->leave_by_ms == 0)
            continue;
        if (s->leave_by_ms <= now) {
            s->leave_by_ms = 0;
            shutdown(s->options.descriptor, SHUT_RDWR);
        } else if (next == 0 || s->leave_by_ms < next) {
            next = s->leave_by_ms;
        }
    }
    return next;
}

static void *
run(void *arg)
{
    struct hub *hub = arg;
    LOCK_SCOPE(&hub->lock);

    while (!hub->is_closing) {
        int64_t next = hurry(hub);

        if (next == 0)
            pthread_cond_wait(&hub->someone_ends, &hub->lock);
        else
            (void)thread_condition_wait(&hub->someone_ends, &hub->lock,
                                        (long)(next - now_ms()) + 1);
    }
    return NULL;
}

enum status
ending_start(struct hub *hub)
{
    TRY(thread_start(&hub->ender, "ending", run, hub));
    hub->has_ender = true;
    return OK;
}

static void
tell_to_close(struct hub *hub)
{
    LOCK_SCOPE(&hub->lock);

    hub->is_closing = true;
    pthread_cond_signal(&hub->someone_ends);
}

void
ending_stop(struct hub *hub)
{
    if (!hub->has_ender)
        return;
    tell_to_close(hub);
    pthread_join(hub->ender, NULL);
}
