/* SPDX-License-Identifier: Apache-2.0 */
/* session.c - one connected client: its beginning, its limits, its end. */
#include "base/thread.h"
#include "session/session_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t
timeout_ms(const struct section *service, const char *option)
{
    return (int64_t)section_number(service, option) * 1000;
}

static void
describe(struct session *s)
{
    s->subject = (struct event_subject){
        .component_uuid = section_id(s->options.service),
        .component_name = section_text(s->options.service, "name"),
        .component_type = section_text(s->options.service, "type"),
        .account_uuid = "",
        .account_name = "",
        .peer_address = s->peer_address,
        .peer_port = s->options.peer_port,
        .session = s->id,
    };
}

/* From whom the client comes. */
static void
note_peer(struct session *s)
{
    struct session_options *o = &s->options;
    const char *address = o->peer_address;

    if (o->visitor != NULL) {
        address = visitor_address(o->visitor);
        o->peer_port = visitor_port(o->visitor);
    }
    snprintf(s->peer_address, sizeof s->peer_address, "%s", address);
    o->peer_address = s->peer_address;
}

/* Behind a balancer: who said who the client is. */
static void
tell_balancer(struct session *s)
{
    const struct visitor *visitor = s->options.visitor;
    uint16_t port = 0;

    if (visitor == NULL)
        return;
    const char *balancer = visitor_balancer(visitor, &port);
    const char *id = visitor_unique_id(visitor);
    struct event_field fields[] = {
        EVENT_TEXT("old_host", str_of(balancer)),
        EVENT_NUMBER("old_port", port),
        EVENT_TEXT("unique_id", str_of(id)),
    };

    if (balancer[0] != '\0')
        session_emit(s, EVENT_PROXY_HEADER_APPLIED, fields,
                     id[0] != '\0' ? 3 : 2);
}

enum status
session_open(struct hub *hub, const struct session_options *options,
             struct session **session_out)
{
    struct session *s = calloc(1, sizeof *s);

    if (s == NULL)
        return fail(ERR_MEMORY, "no memory for a session");
    s->hub = hub;
    s->options = *options;
    s->thread = pthread_self();
    note_peer(s);
    random_uuid(s->id);
    s->accounts = hub_accounts_ref(hub);
    s->opened_ms = clock_now_ms(hub->options.clock);
    s->touched_ms = s->opened_ms;
    s->login_timeout_ms = timeout_ms(options->service, "login_timeout");
    s->idle_timeout_ms =
        timeout_ms(options->service, "idle_connection_timeout");
    describe(s);
    hub_add(hub, s);
    session_emit(s, EVENT_SESSION_OPENED, NULL, 0);
    tell_balancer(s);
    *session_out = s;
    return OK;
}

void
session_close(struct session **session, const char *why)
{
    struct session *s = *session;

    if (s == NULL)
        return;
    hub_remove(s->hub, s);
    session_close_files(s);
    struct event_field fields[] = {
        EVENT_TEXT("reason", str_of(why != NULL ? why : "the client left")),
        EVENT_NUMBER(
            "duration",
            (uint64_t)(clock_now_ms(s->hub->options.clock) - s->opened_ms)),
    };
    session_emit(s, EVENT_SESSION_CLOSED, fields, 2);
    roster_free(s);
    accounts_unref(&s->accounts);
    free(s);
    *session = NULL;
}

bool
session_is_logged_in(const struct session *s)
{
    return s->account != NULL;
}

struct vfs *
session_files(struct session *s)
{
    return s->files;
}

const char *
session_account(const struct session *s)
{
    return s->account != NULL ? s->account->name : "";
}

const char *
session_id(const struct session *s)
{
    return s->id;
}

#define NO_DEADLINE INT64_MAX

/* When the client must have done something, or NO_DEADLINE. */
static int64_t
own_deadline(const struct session *s)
{
    if (s->account == NULL)
        return s->login_timeout_ms > 0 ? s->opened_ms + s->login_timeout_ms
                                       : NO_DEADLINE;
    return s->idle_timeout_ms > 0 ? s->touched_ms + s->idle_timeout_ms
                                  : NO_DEADLINE;
}

bool
session_should_end(struct session *s, const char **why_out)
{
    const char *why = NULL;

    if (atomic_load(&s->hub->is_ending))
        why = "the server stops";
    else if (atomic_load(&s->is_told_to_end))
        why = s->end_reason;
    else if (atomic_load(&s->hub->is_draining) && !atomic_load(&s->is_busy))
        why = "the server is draining";
    else if (s->account == NULL && s->refusals >= SESSION_LOGIN_ATTEMPTS)
        why = "too many failed logins";
    else if (clock_now_ms(s->hub->options.clock) >= own_deadline(s))
        why = s->account == NULL ? "login_timeout is over"
                                 : "idle_connection_timeout is over";
    if (why != NULL)
        *why_out = why;
    return why != NULL;
}

int64_t
session_deadline(struct session *s)
{
    return own_deadline(s);
}

void
session_touch(struct session *s)
{
    s->touched_ms = clock_now_ms(s->hub->options.clock);
}

void
session_set_protocol(struct session *s, const char *protocol)
{
    LOCK_SCOPE(&s->hub->lock); /* the roster shows it */
    s->options.protocol = protocol;
}

void
session_set_idle_timeout(struct session *s, int64_t idle_ms)
{
    s->idle_timeout_ms = idle_ms;
}

void
session_set_busy(struct session *s, bool is_busy)
{
    atomic_store(&s->is_busy, is_busy);
}

void
session_emit(struct session *s, enum event_id id,
             const struct event_field *fields, size_t count)
{
    event_emit(s->hub->options.events, id, &s->subject, fields, count);
}

bool
session_requires_close_notify(const struct session *s)
{
    static const char option[] = "ftps_require_close_notify";

    if (s->account != NULL) {
        const struct section *section = account_section_of(s->account, option);

        if (!section_inherits(section, option))
            return section_flag(section, option);
    }
    return section_flag(s->options.service, option);
}
