/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reload.c - another configuration, as a whole or not at all.
 *
 *   load and check ─▶ prepare what can fail ─▶ swap what cannot
 *        │                    │
 *        └────────────────────┴──▶ refused: everything is as it was
 *
 * It runs on a thread of its own: whoever asks may be a session that is
 * confined to its folders, and threads that are born here would be so as well.
 */
#include "main/server_private.h"

#include "base/clock.h"
#include "base/thread.h"
#include "main/config_difference.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

enum { REASON_TEXT = 512 };

struct reload {
    struct server *server;
    struct report *report;
    struct report restarts; /* options that wait for one */
    struct config *config;
    struct events *events;
    struct hub_change *hub;
    struct services_change *services;
    size_t sessions; /* that end, their account having changed */
    struct services_result result;
};

static void
write_digest(const struct config *config, char digest[65])
{
    unsigned char sum[EVP_MAX_MD_SIZE] = { 0 };
    struct str text = config_text(config);

    digest[0] = '\0';
    if (EVP_Digest(text.data, text.len, sum, NULL, EVP_sha256(), NULL) != 1)
        return;
    for (size_t i = 0; i < CONFIG_DIGEST; i++)
        snprintf(digest + 2 * i, 3, "%02x", sum[i]);
}

void
server_note_revision(struct server *s)
{
    char digest[65];

    write_digest(s->config, digest);
    LOCK_SCOPE(&s->lock);
    s->revision.number++;
    s->revision.applied_ms = clock_wall_ms(clock_real());
    s->revision.refused_ms = 0;
    s->revision.refusal[0] = '\0';
    memcpy(s->revision.digest, digest, sizeof digest);
}

static enum status
prepare(struct reload *r)
{
    struct server *s = r->server;

    TRY(server_load(s->config_path, r->report, &r->config));
    TRY(node_prepare_events(&s->node, r->config, &r->events));
    TRY(hub_prepare(s->hub, r->config, &r->hub));
    /* The ports are another's: only accounts matter to those who are left. */
    if (server_is_retired(s))
        return OK;
    return services_prepare(s->services, r->config, &r->services);
}

static void
abandon(struct reload *r)
{
    services_abandon(&r->services);
    hub_abandon(&r->hub);
    events_free(&r->events);
    config_unref(&r->config);
}

/* Nothing in here can fail. */
static void
apply(struct reload *r)
{
    struct server *s = r->server;
    struct config *before = s->config;

    config_report_restarts(before, r->config, &r->restarts);
    node_adopt(&s->node, r->config, &r->events);
    r->sessions = hub_apply(s->hub, &r->hub);
    if (r->services != NULL)
        services_apply(&r->services, &r->result);
    s->config = r->config;
    r->config = NULL;
    config_unref(&before);
    server_note_revision(s);
}

/* To whoever asked, and to the log. */
static void
tell_restarts(struct reload *r)
{
    struct server *s = r->server;

    for (size_t i = 0; i < r->restarts.count; i++) {
        const struct report_line *line = &r->restarts.lines[i];
        struct str text = str_of(line->text);
        struct event_field fields[] = {
            EVENT_TEXT("file", str_of(line->file)),
            EVENT_NUMBER("line", (uint64_t)line->line),
            EVENT_TEXT("details", text),
        };

        report_add(r->report, line->level, line->file, line->line, "%.*s",
                   STR_ARG(text));
        event_emit(s->node.events, EVENT_CONFIGURATION_WARNING,
                   &s->node.subject, fields, 3);
    }
    report_done(&r->restarts);
}

static void
tell_applied(const struct reload *r)
{
    struct server *s = r->server;
    const struct services_result *did = &r->result;
    char changes[256];

    snprintf(changes, sizeof changes,
             "services: %u started, %u stopped, %u moved, %u changed",
             did->started, did->stopped, did->moved, did->changed);
    struct event_field fields[] = {
        EVENT_NUMBER("revision", s->revision.number),
        EVENT_TEXT("digest", str_of(s->revision.digest)),
        EVENT_TEXT("changes", str_of(changes)),
        EVENT_NUMBER("sessions", r->sessions + did->sessions),
    };

    event_emit(s->node.events, EVENT_CONFIGURATION_APPLIED, &s->node.subject,
               fields, 4);
}

/* The first error with its place, or what could not be done. */
static void
word_refusal(const struct report *report, const char *reason, char *text,
             size_t size)
{
    snprintf(text, size, "%s", reason);
    for (size_t i = 0; i < report->count; i++) {
        const struct report_line *line = &report->lines[i];

        if (line->level != REPORT_ERROR)
            continue;
        snprintf(text, size, "%s:%d: %s", line->file ? line->file : "",
                 line->line, line->text);
        return;
    }
}

static void
refuse(struct reload *r, const char *reason)
{
    struct server *s = r->server;
    char refusal[sizeof s->revision.refusal];

    if (r->report->errors == 0)
        report_add(r->report, REPORT_ERROR, s->config_path, 0, "%s", reason);
    report_sort(r->report);
    word_refusal(r->report, reason, refusal, sizeof refusal);
    pthread_mutex_lock(&s->lock);
    s->revision.refused_ms = clock_wall_ms(clock_real());
    memcpy(s->revision.refusal, refusal, sizeof refusal);
    pthread_mutex_unlock(&s->lock);
    struct event_field fields[] = {
        EVENT_NUMBER("revision", s->revision.number),
        EVENT_TEXT("details", str_of(refusal)),
    };
    event_emit(s->node.events, EVENT_CONFIGURATION_REFUSED, &s->node.subject,
               fields, 2);
}

static enum status
reload_now(void *arg)
{
    struct reload *r = arg;
    struct server *s = r->server;
    char reason[REASON_TEXT];
    LOCK_SCOPE(&s->changing);

    if (s->is_stopping)
        return fail(ERR_CLOSED, "the server stops");
    config_digest(s->config_path, s->tried);
    enum status status = prepare(r);
    if (status == OK) {
        apply(r);
        tell_restarts(r);
        tell_applied(r);
        return OK;
    }
    /* What is undone may fail in its own ways. */
    snprintf(reason, sizeof reason, "%s", fail_reason());
    abandon(r);
    refuse(r, reason);
    return fail(status, "%s", reason);
}

enum status
server_reload(struct server *s, struct report *report)
{
    struct report own = { 0 };
    struct reload reload = { .server = s, .report = report ? report : &own };

    notify_reloading(s->notify);
    enum status status = worker_run(s->worker, reload_now, &reload);
    notify_ready(s->notify, status == OK
                                ? "serving"
                                : "serving; a new configuration was refused");
    report_done(&own);
    return status;
}

/* What was refused is not tried again before it is another one. */
void
server_reload_if_changed(struct server *s)
{
    unsigned char now[CONFIG_DIGEST];
    bool is_known;

    config_digest(s->config_path, now);
    pthread_mutex_lock(&s->changing);
    is_known = memcmp(now, s->tried, sizeof now) == 0;
    pthread_mutex_unlock(&s->changing);
    if (!is_known && server_reload(s, NULL) != OK)
        return; /* the event has told it */
}
