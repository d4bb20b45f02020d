/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roster.c - who is here, for operators: looking at sessions and ending them.
 *
 * What others may read of a session is either atomic or guarded by the hub's
 * lock; a session leaves the roster before anything of it is freed.
 */
#include "session/session_private.h"

#include "base/thread.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/* Copies, since the account is of a snapshot that the session may change. */
enum status
roster_logged_in(struct session *s)
{
    char *name = str_copy(str_of(s->account->name));
    char *uuid = str_copy(str_of(s->account->uuid));

    if (name == NULL || uuid == NULL) {
        free(name);
        free(uuid);
        return fail(ERR_MEMORY, "no memory for a session");
    }
    LOCK_SCOPE(&s->hub->lock);
    free(s->shown_account);
    free(s->shown_uuid);
    s->shown_account = name;
    s->shown_uuid = uuid;
    s->shown_transfers = s->transfers;
    s->fingerprint = s->met;
    return OK;
}

void
roster_logged_out(struct session *s)
{
    LOCK_SCOPE(&s->hub->lock);
    roster_free(s);
}

void
roster_free(struct session *s)
{
    free(s->shown_account);
    free(s->shown_uuid);
    s->shown_account = s->shown_uuid = NULL;
    s->shown_transfers = NULL;
}

static struct session *
oldest_of(struct hub *hub)
{
    struct session *s = hub->newest;

    while (s != NULL && s->older != NULL)
        s = s->older;
    return s;
}

static const char *
text_or_none(const char *text)
{
    return text != NULL ? text : "";
}

void
hub_each_session(struct hub *hub,
                 void (*see)(void *arg, const struct session_view *), void *arg)
{
    LOCK_SCOPE(&hub->lock);
    for (struct session *s = oldest_of(hub); s != NULL; s = s->newer) {
        struct session_view view = {
            .id = s->id,
            .account = text_or_none(s->shown_account),
            .account_uuid = text_or_none(s->shown_uuid),
            .service = s->subject.component_name,
            .protocol = s->options.protocol,
            .peer_address = s->peer_address,
            .peer_port = s->options.peer_port,
            .opened_ms = s->opened_ms,
            .touched_ms = atomic_load(&s->touched_ms),
            .is_busy = atomic_load(&s->is_busy),
            .transfers = s->shown_transfers,
        };

        see(arg, &view);
    }
}

/*
 * Its thread is woken and takes leave of the client. One that has not logged
 * in may be waiting where nobody asks whether it is to end, so its connection
 * is shut down as well.
 */
void
roster_end(struct session *s, const char *why)
{
    if (atomic_load(&s->is_told_to_end))
        return;
    snprintf(s->end_reason, sizeof s->end_reason, "%s", why);
    atomic_store(&s->is_told_to_end, true);
    ending_note(s);
    thread_wake(s->thread);
    if (s->shown_account == NULL)
        shutdown(s->options.descriptor, SHUT_RDWR);
}

size_t
hub_kick(struct hub *hub, const char *id_or_account, const char *why)
{
    LOCK_SCOPE(&hub->lock);
    size_t count = 0;

    for (struct session *s = hub->newest; s != NULL; s = s->older) {
        if (strcmp(s->id, id_or_account) != 0 &&
            (s->shown_account == NULL ||
             strcmp(s->shown_account, id_or_account) != 0))
            continue;
        roster_end(s, why);
        count++;
    }
    return count;
}
