/* SPDX-License-Identifier: Apache-2.0 */
/* confinement.c - the walls that the server puts around itself. */
#include "main/confinement.h"

#include "base/confine.h"

#include <stdio.h>
#include <time.h>

enum { LANDLOCK_NEEDED = 2, WALL_TEXT = 96 };

static void
tell_missing(struct node *node, const char *details)
{
    struct event_field fields[] = { EVENT_TEXT("details", str_of(details)) };

    event_emit(node->events, EVENT_CONFINEMENT_MISSING, &node->subject, fields,
               1);
}

static void
tell_confined(struct node *node, const char *sessions, const char *process)
{
    struct event_field fields[] = {
        EVENT_TEXT("sessions", str_of(sessions)),
        EVENT_TEXT("process", str_of(process)),
    };

    event_emit(node->events, EVENT_CONFINED, &node->subject, fields, 2);
}

static void
describe_sessions(struct node *node, char text[WALL_TEXT])
{
    int version = confine_landlock_version();

    if (version < LANDLOCK_NEEDED) {
        snprintf(text, WALL_TEXT, "not confined");
        tell_missing(node, "this kernel has no Landlock, which keeps sessions "
                           "to their folders");
        return;
    }
    snprintf(text, WALL_TEXT, "Landlock %d", version);
}

/* What a confined thread could not read later is read now. */
static void
read_what_is_outside(void)
{
    tzset();
}

enum status
confinement_start(struct node *node, struct config *config)
{
    char sessions[WALL_TEXT];

    read_what_is_outside();
    if (!section_flag(config_server(config), "confinement")) {
        tell_missing(node, "[server] confinement is off");
        return OK;
    }
    describe_sessions(node, sessions);
    enum status status = confine_process();
    if (status == ERR_UNSUPPORTED)
        tell_missing(node, fail_reason());
    else if (status != OK)
        return status;
    tell_confined(node, sessions, status == OK ? "seccomp" : "not confined");
    return OK;
}
