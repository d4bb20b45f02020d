/* SPDX-License-Identifier: Apache-2.0 */
/* admin_private.h - what the commands share. */
#pragma once

#include "admin/commands.h"
#include "admin/json_text.h"
#include "vfs/transfers.h"
#include "vfs/uploads_view.h"

#include "base/thread.h"

enum {
    SHOWN_MAX = 10000
}; /* items of a list in an answer; the rest is only
      counted */

/* What all left-overs amount to. Opening each staging file costs, so a sum
 * holds for a while that grows with what it cost. */
struct left_overs {
    uint64_t count; /* cut; none of them runs */
    uint64_t bytes;
    int64_t oldest_ms; /* wall time; 0: there is none */
    int64_t until_ms;  /* clock_now_ms; looked up again then */
};

struct admin {
    const struct admin_host *host;
    pthread_mutex_t lock; /* guards the next */
    struct left_overs left_overs;
};

typedef enum status admin_command(void *arg, const struct control_request *,
                                  json_t *result);

admin_command admin_status;                                 /* show_status.c */
admin_command admin_uploads_list, admin_uploads_discard;    /* show_uploads.c */
admin_command admin_hand_over, admin_retire, admin_upgrade; /* hand_over.c */
admin_command admin_drain, admin_undrain, admin_kick, admin_reload;

/* show_uploads.c */
MUST_CHECK enum status admin_left_overs(struct admin *, struct left_overs *);

/* Tell what the operator did, by a command that changes something. */
void admin_tell(struct admin *, const struct control_request *,
                const char *command, const char *details);
