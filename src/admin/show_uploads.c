/* SPDX-License-Identifier: Apache-2.0 */
/* show_uploads.c - the uploads that are not published yet. */
#include "admin/admin_private.h"

#include <stdio.h>
#include <stdlib.h>

enum { HOST_PATH = VFS_PATH * 3, WHY = 128, REST_FACTOR = 20 };

struct listing {
    struct admin *admin;
    json_t *uploads;
    uint64_t more;
};

static enum status
add_names(const struct admin *admin, json_t *shown, const struct upload_view *v)
{
    const struct admin_host *host = admin->host;
    char name[ADMIN_NAME];
    char path[HOST_PATH];

    host->account_name(host->arg, v->owner, name);
    snprintf(path, sizeof path, "%s/%s", v->folder_path, v->leaf);
    TRY(json_set_text(shown, "account", str_of(name)));
    TRY(json_set_text(shown, "account_uuid", str_of(v->owner)));
    TRY(json_set_text(shown, "path", str_of(path)));
    return json_set(shown, "staging", json_string(v->staging));
}

static enum status
show(void *arg, const struct upload_view *v)
{
    struct listing *l = arg;

    if (json_array_size(l->uploads) >= SHOWN_MAX) {
        l->more++;
        return OK;
    }
    int64_t age_ms = clock_wall_ms(l->admin->host->clock) - v->since_ms;
    json_t *shown = json_pack("{s:s, s:b, s:I, s:I}", "id", v->id, "is_running",
                              v->is_running, "durable", (json_int_t)v->durable,
                              "age_ms", (json_int_t)(age_ms > 0 ? age_ms : 0));
    TRY(json_append(l->uploads, shown));
    TRY(json_set_time(shown, "since", v->since_ms));
    return add_names(l->admin, shown, v);
}

enum status
admin_uploads_list(void *arg, const struct control_request *request,
                   json_t *result)
{
    struct listing l = { .admin = arg, .uploads = json_array() };

    (void)request;
    TRY(json_set(result, "uploads", l.uploads));
    TRY(uploads_each(hub_uploads(l.admin->host->hub), show, &l));
    return json_set_number(result, "more", l.more);
}

/* ---- discarding one ---- */

/* A copy of the only upload that the operator can mean. */
struct wanted {
    const char *what;
    size_t matches;
    struct upload_view view;
    char *text[5];
};

static void
forget_text(struct wanted *w)
{
    for (size_t i = 0; i < sizeof w->text / sizeof w->text[0]; i++)
        str_free(&w->text[i]);
}

static enum status
keep(struct wanted *w, const struct upload_view *v)
{
    const char *const from[] = { v->id, v->owner, v->folder_path, v->leaf,
                                 v->staging };

    forget_text(w);
    for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
        w->text[i] = str_copy(str_of(from[i]));
        if (w->text[i] == NULL)
            return fail(ERR_MEMORY, "no memory for an upload");
    }
    w->view = *v;
    w->view.id = w->text[0];
    w->view.owner = w->text[1];
    w->view.folder_path = w->text[2];
    w->view.leaf = w->text[3];
    w->view.staging = w->text[4];
    return OK;
}

static enum status
compare(void *arg, const struct upload_view *v)
{
    struct wanted *w = arg;
    char path[HOST_PATH];

    snprintf(path, sizeof path, "%s/%s", v->folder_path, v->leaf);
    if (strcmp(w->what, v->id) != 0 && strcmp(w->what, path) != 0)
        return OK;
    w->matches++;
    return keep(w, v);
}

static enum status
find(struct admin *admin, struct wanted *w)
{
    TRY(uploads_each(hub_uploads(admin->host->hub), compare, w));
    if (w->matches == 0)
        return fail(ERR_NOT_FOUND, "no upload has that ID or path");
    if (w->matches > 1)
        return fail(ERR_CONFLICT,
                    "%zu uploads have that path: name one by its ID",
                    w->matches);
    return OK;
}

static enum status
discard(struct admin *admin, const struct control_request *request,
        const struct wanted *w, json_t *result)
{
    struct upload_discarded gone;
    char why[WHY];
    char details[HOST_PATH];

    snprintf(why, sizeof why, "the operator asked (uid %u)",
             request->peer->uid);
    TRY(uploads_discard(hub_uploads(admin->host->hub), &w->view,
                        control_flag(request, "force"), why, &gone));
    pthread_mutex_lock(&admin->lock);
    admin->left_overs.until_ms = 0;
    pthread_mutex_unlock(&admin->lock);
    snprintf(details, sizeof details, "%s/%s", w->view.folder_path,
             w->view.leaf);
    admin_tell(admin, request, "uploads discard", details);
    TRY(json_set_text(result, "path", str_of(details)));
    TRY(json_set_number(result, "durable", gone.durable));
    return json_set(result, "was_running", json_boolean(gone.was_running));
}

enum status
admin_uploads_discard(void *arg, const struct control_request *request,
                      json_t *result)
{
    struct wanted w = { .what = control_text(request, "what") };
    enum status status = find(arg, &w);

    if (status == OK)
        status = discard(arg, request, &w, result);
    forget_text(&w);
    return status;
}

/* ---- what they amount to ---- */

static enum status
count(void *arg, const struct upload_view *v)
{
    struct left_overs *sum = arg;

    if (v->is_running)
        return OK;
    sum->count++;
    sum->bytes += v->durable;
    if (sum->oldest_ms == 0 || v->since_ms < sum->oldest_ms)
        sum->oldest_ms = v->since_ms;
    return OK;
}

enum status
admin_left_overs(struct admin *admin, struct left_overs *out)
{
    LOCK_SCOPE(&admin->lock);
    struct clock *clock = admin->host->clock;
    int64_t began_ms = clock_now_ms(clock);

    if (began_ms >= admin->left_overs.until_ms) {
        struct left_overs sum = { 0 };
        TRY(uploads_each(hub_uploads(admin->host->hub), count, &sum));
        int64_t ended_ms = clock_now_ms(clock);
        sum.until_ms = ended_ms + (ended_ms - began_ms) * REST_FACTOR;
        admin->left_overs = sum;
    }
    *out = admin->left_overs;
    return OK;
}
