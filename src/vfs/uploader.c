/* SPDX-License-Identifier: Apache-2.0 */
/* uploader.c - a session's view of what it stages and of what was left over. */
#include "vfs/staging.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

enum status
uploader_new(const struct disk_options *options, struct uploader **uploader_out)
{
    if (strlen(options->owner) > VFS_NAME)
        return fail(ERR_INVALID, "the name of an account is too long");
    struct uploader *by = calloc(1, sizeof *by);
    if (by == NULL)
        return fail(ERR_MEMORY, "no memory for a session's uploads");
    by->options = *options;
    by->uploads = options->uploads;
    /* Which folders these are, on_disk knows. */
    by->options.allowed_link_targets = NULL;
    by->options.folders = NULL;
    by->options.folder_count = 0;
    by->options.root = NULL;
    by->options.owner = strdup(options->owner);
    if (by->options.owner == NULL) {
        uploader_free(&by);
        return fail(ERR_MEMORY, "no memory for a session's uploads");
    }
    *uploader_out = by;
    return OK;
}

void
uploader_free(struct uploader **uploader)
{
    struct uploader *by = *uploader;

    if (by == NULL)
        return;
    free((void *)(uintptr_t)by->options.owner);
    free(by->told);
    free(by);
    *uploader = NULL;
}

const struct disk_options *
uploader_options(const struct uploader *by)
{
    return &by->options;
}

struct disk_edit **
uploader_edits(struct uploader *by)
{
    return &by->edits;
}

enum status
upload_sync_folder(struct uploader *by, const struct place *place)
{
    if (by->options.durability_cache)
        return OK;
    return folder_sync(by->uploads->syncs, place->folder_path, place->folder,
                       -1);
}

static void
show_leftover(const struct place *place, const struct leftover *left,
              struct vfs_attributes *out)
{
    struct stat is;

    if (fstatat(place->folder, left->staging, &is, AT_SYMLINK_NOFOLLOW) != 0)
        is = (struct stat){ .st_mode = S_IFREG | 0600 };
    disk_attributes(&is, out);
    out->links = 1;
    out->size = left->durable - 1;
}

/* R4.3, R4.4: only where nothing is published. */
static enum status
tell_size(struct uploader *by, const struct place *place,
          struct vfs_attributes *out)
{
    struct place_key key;
    struct leftover left;
    struct stat is;

    if (published_stat(place, &is) != ERR_NOT_FOUND)
        return fail(ERR_NOT_FOUND, "'%s' is published", place->leaf);
    TRY(place_key_of(place->folder_path, place->leaf, &key));
    if (!may_tell(by, &key))
        return fail(ERR_NOT_FOUND, "there is no '%s'", place->leaf);
    TRY(leftover_find(by, place, &key, true, &left));
    if (left.durable <= 1)
        return fail(ERR_NOT_FOUND, "there is no '%s'", place->leaf);
    tell(by, &key, left.durable - 1);
    show_leftover(place, &left, out);
    return OK;
}

enum status
upload_stat(struct uploader *by, const struct place *place, unsigned how,
            struct vfs_attributes *out)
{
    struct upload *u = own_find(by, place);

    if (u != NULL) {
        upload_enter(u);
        enum status status = upload_show(u, out);
        upload_leave(u);
        return status;
    }
    if (!(how & VFS_TELL) || !by->options.staged_uploads)
        return fail(ERR_NOT_FOUND, "nothing of '%s' is staged here",
                    place->leaf);
    return tell_size(by, place, out);
}

bool
upload_own_in_folder(struct uploader *by, const char *folder_path, size_t index,
                     char leaf[VFS_NAME + 1], struct vfs_attributes *out)
{
    for (struct upload *u = by->own; u != NULL; u = u->own_next) {
        enum upload_state state = upload_state(u);
        if ((state != UPLOAD_STAGED && state != UPLOAD_UNDECIDED) ||
            strcmp(u->place.folder_path, folder_path) != 0 || index-- > 0)
            continue;
        upload_enter(u);
        enum status status = upload_show(u, out);
        upload_leave(u);
        if (status != OK)
            *out = (struct vfs_attributes){ 0 };
        memcpy(leaf, u->place.leaf, VFS_NAME + 1);
        return true;
    }
    return false;
}

/* Is this the committing file, or its folder? */
static bool
names(const struct place *place, const struct upload *u)
{
    const char *folder = u->place.folder_path;
    size_t len = strlen(place->folder_path);

    if (strcmp(place->folder_path, folder) == 0)
        return place->leaf[0] == '\0' ||
               strcmp(place->leaf, u->place.leaf) == 0;
    if (len == 1)
        len = 0; /* the host's own "/" ends in the slash that separates */
    return strncmp(folder, place->folder_path, len) == 0 &&
           folder[len] == '/' && strcmp(folder + len + 1, place->leaf) == 0;
}

/* uploads.mutex is held. */
static bool
is_committing(struct uploader *by, const struct place *place)
{
    struct uploads *all = by->uploads;

    for (size_t i = 0; i < UPLOAD_BUCKETS; i++)
        for (struct upload *u = all->table[i]; u != NULL; u = u->next)
            if (names(place, u) && strcmp(u->owner, by->options.owner) == 0 &&
                upload_state(u) == UPLOAD_COMMITTING)
                return true;
    return false;
}

void
upload_barrier(struct uploader *by, const struct place *place)
{
    struct uploads *all = by->uploads;

    if (atomic_load(&all->committing) == 0)
        return;
    int64_t until = clock_now_ms(clock_real()) + LOCK_WAIT_MS;
    LOCK_SCOPE(&all->mutex);
    while (is_committing(by, place)) {
        int64_t left_ms = until - clock_now_ms(clock_real());
        if (left_ms <= 0 ||
            !thread_condition_wait(&all->changed, &all->mutex, left_ms))
            return;
    }
}
