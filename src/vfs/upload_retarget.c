/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_retarget.c - a session renames what it stages (R4.8).
 *
 * The new name is claimed as any upload would, with a lock and a staging file
 * of its own; then the staged file is renamed over that one, and the two swap
 * what they are called. What is left holds the old name and gives it back.
 */
#include "vfs/staging.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define SWAP(a, b)                                                             \
    do {                                                                       \
        __typeof__(a) swapped_ = (a);                                          \
        (a) = (b);                                                             \
        (b) = swapped_;                                                        \
    } while (0)

static void
swap_texts(char *a, char *b, size_t size)
{
    char kept[STORE_NAME];

    memcpy(kept, a, size);
    memcpy(a, b, size);
    memcpy(b, kept, size);
}

/* Both are inside their gates; uploads.mutex is taken for the lists. */
static void
swap_names(struct upload *u, struct upload *fresh)
{
    LOCK_SCOPE(&u->uploads->mutex);

    uploads_unlist(u);
    uploads_unlist(fresh);
    SWAP(u->place, fresh->place);
    SWAP(u->key, fresh->key);
    SWAP(u->revision, fresh->revision);
    SWAP(u->published, fresh->published);
    SWAP(u->indexed, fresh->indexed);
    swap_texts(u->stem, fresh->stem, sizeof u->stem);
    swap_texts(u->index_key, fresh->index_key, sizeof u->index_key);
    swap_texts(u->staging, fresh->staging, sizeof u->staging);
    uploads_list(u->uploads, u);
    uploads_list(u->uploads, fresh);
}

static enum status
move_file(struct upload *u, struct upload *fresh)
{
    if (renameat(u->place.folder, u->staging, fresh->place.folder,
                 fresh->staging) != 0)
        return fail_errno(errno, "cannot rename '%s'", u->place.leaf);
    if (u->has_record && u->as_sidecar)
        record_forget(u->place.folder, u->staging);
    return OK;
}

static enum status
retarget_inside(struct upload *u, struct upload *fresh, bool replace)
{
    struct stat is;

    TRY(move_file(u, fresh));
    swap_names(u, fresh);
    u->no_replace = !replace;
    u->published = (struct published){ 0 };
    if (published_stat(&u->place, &is) == OK)
        published_of(&is, &u->published);
    /* The record names the leaf, and the index the staging file. */
    return u->has_record ? upload_record_now(u, false) : OK;
}

enum status
upload_retarget(struct upload *u, const struct place *to, bool replace)
{
    const struct vfs_open how = { .flags = VFS_WRITE | VFS_CREATE };
    struct place_key key;
    struct upload *fresh;

    TRY(place_key_of(to->folder_path, to->leaf, &key));
    TRY(upload_claim(u->by, to, &key, CLAIM_NEW, &how, &fresh));
    upload_enter(fresh);
    enum upload_state state = upload_enter(u);
    enum status status = state == UPLOAD_STAGED || state == UPLOAD_UNDECIDED
                             ? retarget_inside(u, fresh, replace)
                             : upload_refuse(u, state);
    upload_leave(u);
    upload_move(fresh, UPLOAD_CUT);
    upload_discard(fresh);
    upload_leave(fresh);
    pthread_mutex_lock(&u->uploads->mutex);
    uploads_unlist(fresh);
    pthread_mutex_unlock(&u->uploads->mutex);
    upload_unref(fresh);
    return status;
}
