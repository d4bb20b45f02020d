/* SPDX-License-Identifier: Apache-2.0 */
/* status_text.c - the answer to `status`, for people. */
#include "main/status_text.h"

#include "main/control_command.h"
#include "main/table.h"

#include <string.h>

enum { SHORT_ID = 8, SHORT_DIGEST = 12 };

static void
print_head(const json_t *r, FILE *to)
{
    char time[HUMAN];

    fprintf(to, "Convoy %s '", member_text(r, "version"));
    print_visible(to, member_text(r, "name"));
    fprintf(to, "', process %" JSON_INTEGER_FORMAT ", up for %s\n",
            member_number(r, "pid"),
            human_time(member_number(r, "uptime_ms"), time));
}

static void
print_state(const json_t *r, FILE *to)
{
    const char *state = member_text(r, "state");
    size_t sessions = json_array_size(json_object_get(r, "sessions"));
    size_t transfers = json_array_size(json_object_get(r, "transfers"));

    fprintf(to, "State:          %s", state);
    if (strcmp(state, "draining") == 0)
        fprintf(to, ", waits for %zu session%s with %zu open file%s", sessions,
                sessions == 1 ? "" : "s", transfers, transfers == 1 ? "" : "s");
    fprintf(to, "\n");
}

static void
print_configuration(const json_t *r, FILE *to)
{
    const json_t *c = json_object_get(r, "configuration");

    fprintf(to,
            "Configuration:  revision %" JSON_INTEGER_FORMAT
            " (%.*s), in force since %s\n",
            member_number(c, "revision"), SHORT_DIGEST,
            member_text(c, "digest"), member_text(c, "applied"));
    if (!json_is_string(json_object_get(c, "refused")))
        return;
    fprintf(to, "  NOT IN FORCE: a newer file, refused at %s: ",
            member_text(c, "refused"));
    print_visible(to, member_text(c, "refusal"));
    fprintf(to, "\n");
}

static void
print_left_overs(const json_t *r, FILE *to)
{
    const json_t *l = json_object_get(r, "left_overs");
    json_int_t count = member_number(l, "count");
    char bytes[HUMAN];

    if (count == 0) {
        fprintf(to, "Left over:      no uploads\n");
        return;
    }
    fprintf(to,
            "Left over:      %" JSON_INTEGER_FORMAT
            " upload%s, %s, the oldest since %s\n",
            count, count == 1 ? "" : "s",
            human_bytes(member_number(l, "bytes"), bytes),
            member_text(l, "oldest"));
}

static void
print_health(const json_t *r, FILE *to)
{
    const json_t *h = json_object_get(r, "health");

    fprintf(to, "Health:         store ");
    print_visible(to, member_text(h, "store"));
    fprintf(to, ", %" JSON_INTEGER_FORMAT " events lost\n",
            member_number(h, "events_lost"));
}

static void
print_table(const char *title, struct table *t, json_int_t more, FILE *to)
{
    if (t->count > t->columns) {
        fprintf(to, "\n%s\n", title);
        table_print(t, to);
        if (more > 0)
            fprintf(to, "  and %" JSON_INTEGER_FORMAT " more\n", more);
    }
    table_done(t);
}

static void
add_heads(struct table *t, const char *const *heads)
{
    for (size_t i = 0; i < t->columns; i++)
        table_add(t, heads[i]);
}

static void
print_services(const json_t *r, FILE *to)
{
    static const char *const heads[] = { "NAME", "TYPE", "LISTENS ON",
                                         "ACCEPTS", "CONNECTIONS" };
    struct table t = { .columns = sizeof heads / sizeof heads[0] };
    const json_t *services = json_object_get(r, "services");
    const json_t *s;
    size_t i;

    add_heads(&t, heads);
    json_array_foreach(services, i, s)
    {
        table_add(&t, member_text(s, "name"));
        table_add(&t, member_text(s, "type"));
        table_addf(&t, "%s:%d", member_text(s, "address"),
                   (int)member_number(s, "port"));
        table_add(&t, json_is_true(json_object_get(s, "is_accepting")) ? "yes"
                                                                       : "no");
        table_addf(&t, "%d", (int)member_number(s, "connections"));
    }
    print_table("Services", &t, 0, to);
}

/* What the session is at, in a word or two. */
static void
add_doing(struct table *t, const json_t *session, const json_t *transfers)
{
    const char *id = member_text(session, "id");
    unsigned open_files = 0;
    const json_t *x;
    size_t i;

    json_array_foreach(transfers, i, x) open_files +=
        strcmp(member_text(x, "session"), id) == 0;
    if (member_text(session, "account")[0] == '\0')
        table_add(t, "logs in");
    else if (open_files > 0)
        table_addf(t, "%u open file%s", open_files, open_files == 1 ? "" : "s");
    else
        table_add(t, json_is_true(json_object_get(session, "is_busy"))
                         ? "is busy"
                         : "is idle");
}

static void
print_sessions(const json_t *r, FILE *to)
{
    static const char *const heads[] = { "ID",  "ACCOUNT", "SERVICE", "PEER",
                                         "FOR", "SILENT",  "DOING" };
    struct table t = { .columns = sizeof heads / sizeof heads[0] };
    const json_t *transfers = json_object_get(r, "transfers");
    const json_t *s;
    char time[HUMAN];
    size_t i;

    add_heads(&t, heads);
    json_array_foreach(json_object_get(r, "sessions"), i, s)
    {
        table_addf(&t, "%.*s", SHORT_ID, member_text(s, "id"));
        table_add(&t, member_text(s, "account"));
        table_add(&t, member_text(s, "service"));
        table_addf(&t, "%s:%d", member_text(s, "peer_address"),
                   (int)member_number(s, "peer_port"));
        table_add(&t, human_time(member_number(s, "age_ms"), time));
        table_add(&t, human_time(member_number(s, "idle_ms"), time));
        add_doing(&t, s, transfers);
    }
    print_table("Sessions", &t, member_number(r, "more_sessions"), to);
}

static void
add_progress(struct table *t, const json_t *transfer)
{
    json_int_t bytes = member_number(transfer, "bytes");
    json_int_t size = member_number(transfer, "size");
    char text[HUMAN];

    if (size <= 0) {
        table_add(t, "-");
        return;
    }
    table_addf(t, "%.0f %% of %s",
               bytes >= size ? 100.0 : (double)bytes * 100 / (double)size,
               human_bytes(size, text));
}

static void
print_transfers(const json_t *r, FILE *to)
{
    static const char *const heads[] = { "SESSION", "ACCOUNT", "DIRECTION",
                                         "MOVED",   "DONE",    "PER SECOND",
                                         "PATH" };
    struct table t = { .columns = sizeof heads / sizeof heads[0] };
    const json_t *x;
    char text[HUMAN];
    size_t i;

    add_heads(&t, heads);
    json_array_foreach(json_object_get(r, "transfers"), i, x)
    {
        table_addf(&t, "%.*s", SHORT_ID, member_text(x, "session"));
        table_add(&t, member_text(x, "account"));
        table_add(&t, member_text(x, "direction"));
        table_add(&t, human_bytes(member_number(x, "bytes"), text));
        add_progress(&t, x);
        table_add(&t, human_bytes(member_number(x, "speed"), text));
        table_add(&t, member_text(x, "path"));
    }
    print_table("Transfers", &t, member_number(r, "more_transfers"), to);
}

void
status_print(const json_t *result, FILE *to)
{
    print_head(result, to);
    print_state(result, to);
    print_configuration(result, to);
    print_left_overs(result, to);
    print_health(result, to);
    print_services(result, to);
    print_sessions(result, to);
    print_transfers(result, to);
}
