/* SPDX-License-Identifier: Apache-2.0 */
/* upload_join.c - how a session's handles come to an upload, and leave it. */
#include "vfs/staging.h"

#include <errno.h>
#include <unistd.h>

void
own_add(struct uploader *by, struct upload *u)
{
    u->own_next = by->own;
    by->own = u;
    u->handles = u->writers = 1;
}

static void
own_take_out(struct upload *u)
{
    struct upload **at = &u->by->own;

    while (*at != u)
        at = &(*at)->own_next;
    *at = u->own_next;
}

/* The session's last writing handle is gone without a CLOSE that worked. */
static void
cut(struct upload *u)
{
    enum upload_state state = upload_enter(u);
    bool cuts = state == UPLOAD_STAGED || state == UPLOAD_UNDECIDED ||
                state == UPLOAD_FAILED;

    if (cuts && upload_move(u, UPLOAD_CUT))
        upload_cut(u);
    upload_leave(u);
    if (!cuts)
        return;
    LOCK_SCOPE(&u->uploads->mutex);
    uploads_unlist(u);
}

void
own_drop(struct upload *u, bool writer)
{
    if (writer && --u->writers == 0)
        cut(u);
    if (--u->handles > 0)
        return;
    own_take_out(u);
    upload_unref(u);
}

static void
begin_state(struct upload *u, const struct vfs_open *how, enum claim claim,
            const struct published *known)
{
    bool undecided = claim == CLAIM_CONTENT && u->has_record;
    struct stat is;

    /* Taken over before anything of it was durable: also a left-over. */
    undecided = undecided || (claim == CLAIM_CONTENT && u->received.prefix > 0);
    u->resumed = undecided;
    /* Whoever waited for another upload may find that it has published. */
    if (!undecided && known != NULL && u->at_once) {
        u->published = *known;
    } else if (!undecided) {
        enum status found = published_stat(&u->place, &is);
        if (found == OK)
            published_of(&is, &u->published);
    }
    if (!undecided)
        u->for_new = how->attributes;
    /* From here on others may take it over. */
    upload_move(u, undecided ? UPLOAD_UNDECIDED : UPLOAD_STAGED);
}

enum status
start_upload(struct uploader *by, const struct place *place,
             const struct vfs_open *how, enum claim claim,
             const struct published *known, struct upload **upload_out)
{
    struct place_key key;
    struct upload *u;

    TRY(place_key_of(place->folder_path, place->leaf, &key));
    TRY(upload_claim(by, place, &key, claim, how, &u));
    begin_state(u, how, claim, known);
    own_add(by, u);
    *upload_out = u;
    return OK;
}

enum status
resume_at(struct upload *u, uint64_t offset)
{
    if (offset > u->received.prefix)
        offset = u->received.prefix;
    TRY(upload_set_size(u, offset));
    u->size_was_set = false;
    u->wrote = false;
    if (upload_state(u) == UPLOAD_UNDECIDED && !upload_move(u, UPLOAD_STAGED))
        return upload_refuse(u, UPLOAD_LOST);
    upload_event(u, EVENT_UPLOAD_RESUMED, offset, "");
    return OK;
}
