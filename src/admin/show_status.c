/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show_status.c - everything that runs, in one answer.
 *
 * Sessions are copied under the hub's lock and turned into JSON without it, so
 * that looking never keeps anybody from logging in.
 */
#include "admin/admin_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SEEN_TEXT = 160 };

struct seen {
    char id[48];
    char account[SEEN_TEXT];
    char account_uuid[SEEN_TEXT];
    char service[SEEN_TEXT];
    char protocol[16];
    char peer_address[64];
    uint16_t peer_port;
    int64_t opened_ms;
    int64_t touched_ms;
    bool is_busy;
    struct transfers *transfers; /* a reference of ours; or NULL */
};

struct roster {
    struct seen *sessions;
    size_t room;
    size_t count;
    uint64_t more;
};

static void
see_session(void *arg, const struct session_view *view)
{
    struct roster *roster = arg;

    if (roster->count >= roster->room) {
        roster->more++;
        return;
    }
    struct seen *s = &roster->sessions[roster->count++];
    *s = (struct seen){
        .peer_port = view->peer_port,
        .opened_ms = view->opened_ms,
        .touched_ms = view->touched_ms,
        .is_busy = view->is_busy,
        .transfers =
            view->transfers != NULL ? transfers_ref(view->transfers) : NULL,
    };
    snprintf(s->id, sizeof s->id, "%s", view->id);
    snprintf(s->account, sizeof s->account, "%s", view->account);
    snprintf(s->account_uuid, sizeof s->account_uuid, "%s", view->account_uuid);
    snprintf(s->service, sizeof s->service, "%s", view->service);
    snprintf(s->protocol, sizeof s->protocol, "%s", view->protocol);
    snprintf(s->peer_address, sizeof s->peer_address, "%s", view->peer_address);
}

static void
roster_done(struct roster *roster)
{
    for (size_t i = 0; i < roster->count; i++)
        transfers_unref(&roster->sessions[i].transfers);
    free(roster->sessions);
}

/* With room for some that come meanwhile; others are counted. */
static enum status
take_roster(struct hub *hub, struct roster *out)
{
    size_t room = hub_session_count(hub) + 16;

    *out = (struct roster){ .room = room < SHOWN_MAX ? room : SHOWN_MAX };
    out->sessions = calloc(out->room, sizeof *out->sessions);
    if (out->sessions == NULL)
        return fail(ERR_MEMORY, "no memory for the sessions");
    hub_each_session(hub, see_session, out);
    return OK;
}

/* ---- as JSON ---- */

struct showing {
    const struct admin_host *host;
    int64_t now_ms;
    json_t *list;
    const struct seen *session; /* whose transfers are shown */
    uint64_t more;
    enum status status; /* the first failure */
    char reason[160];
};

static json_int_t
passed(const struct showing *show, int64_t since_ms)
{
    return show->now_ms > since_ms ? show->now_ms - since_ms : 0;
}

static void
note(struct showing *show, enum status status)
{
    if (status == OK || show->status != OK)
        return;
    show->status = status;
    snprintf(show->reason, sizeof show->reason, "%s", fail_reason());
}

static enum status
end_showing(const struct showing *show)
{
    return show->status == OK ? OK : fail(show->status, "%s", show->reason);
}

static enum status
add_service(struct showing *show, const struct admin_service *service)
{
    json_t *shown = json_pack("{s:i, s:b, s:i}", "port", (int)service->port,
                              "is_accepting", service->is_accepting,
                              "connections", (int)service->connections);

    const struct json_text texts[] = { { "id", service->id },
                                       { "name", service->name },
                                       { "type", service->type },
                                       { "address", service->address } };

    TRY(json_append(show->list, shown));
    return json_set_texts(shown, texts, sizeof texts / sizeof texts[0]);
}

static void
see_service(void *arg, const struct admin_service *service)
{
    note(arg, add_service(arg, service));
}

static enum status
add_services(const struct admin_host *host, json_t *result)
{
    struct showing show = { .host = host, .list = json_array() };

    TRY(json_set(result, "services", show.list));
    host->each_service(host->arg, see_service, NULL, &show);
    return end_showing(&show);
}

static enum status
add_session(struct showing *show, const struct seen *s)
{
    uint64_t uploaded = 0;
    uint64_t downloaded = 0;

    if (s->transfers != NULL)
        transfers_totals(s->transfers, &uploaded, &downloaded);
    json_t *shown = json_pack(
        "{s:s, s:i, s:I, s:I, s:b, s:I, s:I}", "id", s->id, "peer_port",
        (int)s->peer_port, "age_ms", passed(show, s->opened_ms), "idle_ms",
        passed(show, s->touched_ms), "is_busy", s->is_busy, "uploaded",
        (json_int_t)uploaded, "downloaded", (json_int_t)downloaded);
    const struct json_text texts[] = { { "account", s->account },
                                       { "account_uuid", s->account_uuid },
                                       { "service", s->service },
                                       { "protocol", s->protocol },
                                       { "peer_address", s->peer_address } };

    TRY(json_append(show->list, shown));
    return json_set_texts(shown, texts, sizeof texts / sizeof texts[0]);
}

static enum status
add_sessions(struct showing *show, const struct roster *roster, json_t *result)
{
    show->list = json_array();
    TRY(json_set(result, "sessions", show->list));
    for (size_t i = 0; i < roster->count; i++)
        TRY(add_session(show, &roster->sessions[i]));
    return json_set_number(result, "more_sessions", roster->more);
}

static enum status
add_transfer(struct showing *show, const struct transfer_view *view)
{
    json_t *shown = json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "session", show->session->id,
        "direction", view->is_upload ? "upload" : "download", "bytes",
        (json_int_t)view->bytes, "size", (json_int_t)view->size, "speed",
        (json_int_t)view->speed, "age_ms", passed(show, view->began_ms),
        "idle_ms", passed(show, view->touched_ms));

    TRY(json_append(show->list, shown));
    TRY(json_set_text(shown, "account", str_of(show->session->account)));
    return json_set_text(shown, "path", str_of(view->path));
}

static void
see_transfer(void *arg, const struct transfer_view *view)
{
    struct showing *show = arg;

    if (json_array_size(show->list) < SHOWN_MAX)
        note(show, add_transfer(show, view));
    else
        show->more++;
}

static enum status
add_transfers(struct showing *show, const struct roster *roster, json_t *result)
{
    show->list = json_array();
    TRY(json_set(result, "transfers", show->list));
    for (size_t i = 0; i < roster->count; i++) {
        show->session = &roster->sessions[i];
        if (show->session->transfers != NULL)
            transfers_each(show->session->transfers, see_transfer, show);
    }
    TRY(end_showing(show));
    return json_set_number(result, "more_transfers", show->more);
}

static enum status
add_roster(const struct admin_host *host, json_t *result)
{
    struct showing show = { .host = host };
    struct roster roster;

    TRY(take_roster(host->hub, &roster));
    show.now_ms = clock_now_ms(host->clock);
    enum status status = add_sessions(&show, &roster, result);
    if (status == OK)
        status = add_transfers(&show, &roster, result);
    roster_done(&roster);
    return status;
}

static enum status
add_configuration(const struct admin_host *host, json_t *result)
{
    struct admin_revision revision = { 0 };
    json_t *shown = json_object();

    host->revision(host->arg, &revision);
    const struct json_text texts[] = {
        { "digest", revision.digest },
        { "refusal", revision.refused_ms != 0 ? revision.refusal : "" },
    };
    TRY(json_set(result, "configuration", shown));
    TRY(json_set_number(shown, "revision", revision.number));
    TRY(json_set_texts(shown, texts, sizeof texts / sizeof texts[0]));
    TRY(json_set_time(shown, "applied", revision.applied_ms));
    return json_set_time(shown, "refused", revision.refused_ms);
}

static enum status
add_health(const struct admin_host *host, json_t *result, const char *store)
{
    json_t *health = json_object();

    TRY(json_set(result, "health", health));
    TRY(json_set_number(health, "events_lost", events_lost(host->events)));
    return json_set_text(health, "store", str_of(store));
}

/* The store is what tells of left-overs, so asking shows how it is. */
static enum status
add_left_overs(struct admin *admin, json_t *result)
{
    struct left_overs sum = { 0 };
    enum status status = admin_left_overs(admin, &sum);
    json_t *shown = json_object();

    TRY(add_health(admin->host, result, status == OK ? "ok" : fail_reason()));
    TRY(json_set(result, "left_overs", shown));
    TRY(json_set_number(shown, "count", sum.count));
    TRY(json_set_number(shown, "bytes", sum.bytes));
    return json_set_time(shown, "oldest", sum.oldest_ms);
}

static enum status
add_server(const struct admin_host *host, json_t *result)
{
    static const char *const states[] = { "running", "retiring", "draining",
                                          "drained" };
    int64_t up_ms = clock_now_ms(host->clock) - host->started_ms;

    TRY(json_set_text(result, "name", str_of(host->name)));
    TRY(json_set(result, "version", json_string(CONVOY_VERSION)));
    TRY(json_set(result, "pid", json_integer(getpid())));
    TRY(json_set(result, "uptime_ms", json_integer(up_ms)));
    return json_set(result, "state",
                    json_string(states[host->state(host->arg)]));
}

enum status
admin_status(void *arg, const struct control_request *request, json_t *result)
{
    struct admin *admin = arg;

    (void)request;
    TRY(add_server(admin->host, result));
    TRY(add_configuration(admin->host, result));
    TRY(add_services(admin->host, result));
    TRY(add_roster(admin->host, result));
    return add_left_overs(admin, result);
}
