/* SPDX-License-Identifier: Apache-2.0 */
/* operate.c - the commands that change how the server runs. */
#include "admin/admin_private.h"

#include <stdio.h>

enum { WHY = 128, PREFIX_MIN = 4 };

enum status
admin_drain(void *arg, const struct control_request *request, json_t *result)
{
    struct admin *admin = arg;
    const struct admin_host *host = admin->host;
    char why[WHY];

    snprintf(why, sizeof why, "the operator asked (uid %u)",
             request->peer->uid);
    size_t sessions = hub_session_count(host->hub);
    host->drain(host->arg, why);
    admin_tell(admin, request, "drain", "done");
    return json_set_number(result, "sessions", sessions);
}

enum status
admin_undrain(void *arg, const struct control_request *request, json_t *result)
{
    struct admin *admin = arg;

    (void)result;
    TRY(admin->host->undrain(admin->host->arg));
    admin_tell(admin, request, "undrain", "done");
    return OK;
}

static enum status
add_report_line(json_t *lines, const struct report_line *line)
{
    static const char *const levels[] = { "note", "warning", "error" };
    const struct json_text texts[] = { { "level", levels[line->level] },
                                       { "file", line->file },
                                       { "text", line->text } };
    json_t *shown = json_object();

    TRY(json_append(lines, shown));
    TRY(json_set_texts(shown, texts, sizeof texts / sizeof texts[0]));
    return json_set(shown, "line", json_integer(line->line));
}

static enum status
add_report(json_t *result, const struct report *report)
{
    json_t *lines = json_array();
    enum status status = json_set(result, "report", lines);

    for (size_t i = 0; i < report->count && i < SHOWN_MAX && status == OK; i++)
        status = add_report_line(lines, &report->lines[i]);
    return status;
}

enum status
admin_reload(void *arg, const struct control_request *request, json_t *result)
{
    struct admin *admin = arg;
    const struct admin_host *host = admin->host;
    struct admin_revision revision;
    struct report report = { 0 };
    char why[512] = "done";

    enum status status = host->reload(host->arg, &report);
    if (status != OK)
        snprintf(why, sizeof why, "%s", fail_reason());
    admin_tell(admin, request, "reload", why);
    report_sort(&report);
    enum status added = add_report(result, &report);
    report_done(&report);
    TRY(added);
    host->revision(host->arg, &revision);
    TRY(json_set_number(result, "revision", revision.number));
    return status == OK ? OK : fail(status, "%s", why);
}

/* Whom the operator means: a whole ID, the beginning of one, or an account. */
struct search {
    const char *who;
    size_t exact;
    size_t matches;
    char id[64];
};

static void
look(void *arg, const struct session_view *view)
{
    struct search *s = arg;

    if (strcmp(view->id, s->who) == 0 || strcmp(view->account, s->who) == 0)
        s->exact++;
    if (strncmp(view->id, s->who, strlen(s->who)) != 0)
        return;
    s->matches++;
    snprintf(s->id, sizeof s->id, "%s", view->id);
}

enum status
admin_kick(void *arg, const struct control_request *request, json_t *result)
{
    struct admin *admin = arg;
    struct search s = { .who = control_text(request, "who") };
    const char *target = s.who;
    char why[WHY];

    hub_each_session(admin->host->hub, look, &s);
    if (s.exact == 0 && s.matches > 0 && strlen(s.who) >= PREFIX_MIN) {
        if (s.matches > 1)
            return fail(ERR_CONFLICT, "%zu sessions have an ID that begins so",
                        s.matches);
        target = s.id;
    }
    snprintf(why, sizeof why, "the operator ended it (uid %u)",
             request->peer->uid);
    size_t count = hub_kick(admin->host->hub, target, why);
    if (count == 0)
        return fail(ERR_NOT_FOUND,
                    "no session has that ID and no account of that name is "
                    "logged in");
    admin_tell(admin, request, "kick", target);
    return json_set_number(result, "sessions", count);
}
