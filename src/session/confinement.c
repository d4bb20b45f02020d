/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confinement.c - a session's thread is kept to the account's folders.
 *
 * The wall behind the checks of the vfs: a path that slipped past them all
 * still opens nothing of anybody else.
 */
#include "session/session_private.h"

#include "base/confine.h"

#include <stdlib.h>

static size_t
count_link_targets(const struct session *s)
{
    size_t count = 0;

    while (s->link_targets != NULL && s->link_targets[count] != NULL)
        count++;
    return count;
}

/* `folders` has room for all of them. */
static size_t
list_folders(const struct session *s, struct confine_folder *folders)
{
    size_t count = 0;

    if (s->home != NULL)
        folders[count++] = (struct confine_folder){ s->home, true };
    for (size_t i = 0; i < s->folder_count; i++)
        folders[count++] = (struct confine_folder){ s->folders[i].real, true };
    for (size_t i = 0; i < count_link_targets(s); i++)
        folders[count++] = (struct confine_folder){ s->link_targets[i], true };
    return count;
}

enum status
session_confine(struct session *s)
{
    size_t most = 1 + s->folder_count + count_link_targets(s);

    if (!s->hub->options.confine)
        return OK;
    struct confine_folder *folders = calloc(most, sizeof *folders);
    if (folders == NULL)
        return fail(ERR_MEMORY, "no memory to confine a session");
    enum status status = confine_thread(folders, list_folders(s, folders));
    free(folders);
    return status == ERR_UNSUPPORTED ? OK : status;
}
