/* SPDX-License-Identifier: Apache-2.0 */
/* commands.c - the table of what an operator may ask. */
#include "admin/admin_private.h"

#include <stdlib.h>

static const struct control_argument kick_arguments[] = {
    { "who", CONTROL_TEXT, true }, /* a session or an account */
    { 0 },
};

static const struct control_argument discard_arguments[] = {
    { "what", CONTROL_TEXT, true }, /* an ID, or a path of the host */
    { "force", CONTROL_FLAG, false },
    { 0 },
};

static const struct control_argument upgrade_arguments[] = {
    { "program", CONTROL_TEXT, false }, /* "": the one that runs, as it is on
                                           the disk now */
    { 0 },
};

const struct control_command admin_commands[] = {
    { "status", NULL, admin_status },
    { "drain", NULL, admin_drain },
    { "undrain", NULL, admin_undrain },
    { "kick", kick_arguments, admin_kick },
    { "reload", NULL, admin_reload },
    { "hand-over", NULL, admin_hand_over },
    { "retire", NULL, admin_retire },
    { "upgrade", upgrade_arguments, admin_upgrade },
    { "uploads-list", NULL, admin_uploads_list },
    { "uploads-discard", discard_arguments, admin_uploads_discard },
    { 0 },
};

enum status
admin_new(const struct admin_host *host, struct admin **out)
{
    struct admin *admin = calloc(1, sizeof *admin);

    if (admin == NULL)
        return fail(ERR_MEMORY, "no memory for the operator's commands");
    admin->host = host;
    pthread_mutex_init(&admin->lock, NULL);
    *out = admin;
    return OK;
}

void
admin_free(struct admin **admin)
{
    if (*admin == NULL)
        return;
    pthread_mutex_destroy(&(*admin)->lock);
    free(*admin);
    *admin = NULL;
}

void
admin_tell(struct admin *admin, const struct control_request *request,
           const char *command, const char *details)
{
    struct event_subject nobody = { "", "", "", "", "", "", 0, "" };
    struct event_field fields[] = {
        EVENT_TEXT("command", str_of(command)),
        EVENT_NUMBER("uid", request->peer->uid),
        EVENT_NUMBER("pid", (uint64_t)request->peer->pid),
        EVENT_TEXT("details", str_of(details)),
    };

    event_emit(admin->host->events, EVENT_OPERATOR_COMMAND, &nobody, fields, 4);
}
