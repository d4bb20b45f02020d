/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_leftover.c - what another session left over, and what is told of it.
 */
#include "vfs/upload_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void
staging_remove(int folder, const char *staging)
{
    /* Without its file a sidecar says nothing, so it goes last. */
    unlinkat(folder, staging, 0);
    record_forget(folder, staging);
}

void
published_of(const struct stat *is, struct published *out)
{
    *out = (struct published){
        .exists = true,
        .inode = is->st_ino,
        .size = (uint64_t)is->st_size,
        .mtime_ns =
            (int64_t)is->st_mtim.tv_sec * 1000000000 + is->st_mtim.tv_nsec,
    };
}

bool
published_changed(const struct record *record, const struct stat *now)
{
    const struct published *then = &record->published;
    struct published is;

    if (now == NULL)
        return false;
    published_of(now, &is);
    return !then->exists || then->inode != is.inode || then->size != is.size ||
           then->mtime_ns != is.mtime_ns;
}

/*
 * A commit that was cut between link() and unlink(): the staging name is only
 * a second name of what is published (R3.4).
 */
static bool
is_published(int folder, const char *leaf, const struct stat *staged)
{
    struct stat is;

    return staged->st_nlink > 1 &&
           fstatat(folder, leaf, &is, AT_SYMLINK_NOFOLLOW) == 0 &&
           is.st_ino == staged->st_ino && is.st_dev == staged->st_dev;
}

static enum status
check_owner(const struct record *record, const char *owner, const char *leaf)
{
    unsigned char hash[OWNER_HASH];

    if (owner == NULL)
        return OK;
    TRY(owner_hash(owner, hash));
    if (memcmp(hash, record->owner, OWNER_HASH) != 0 ||
        strcmp(record->leaf, leaf) != 0)
        return fail(ERR_DENIED, "a staging file belongs to another upload");
    return OK;
}

/* R4.7: is what was there when it began still there, and anything of it? */
static enum status
check_use(int folder, struct record *record, const struct stat *staged)
{
    struct stat now;
    bool exists = fstatat(folder, record->leaf, &now, AT_SYMLINK_NOFOLLOW) == 0;

    if (record->copying)
        return OK;
    if (published_changed(record, exists ? &now : NULL))
        return fail(ERR_NOT_FOUND, "'%s' was published anew since",
                    record->leaf);
    if (record->offset == 0)
        return fail(ERR_NOT_FOUND, "nothing of '%s' is durable", record->leaf);
    if (record->offset > (uint64_t)staged->st_size)
        record->offset = (uint64_t)staged->st_size;
    return OK;
}

/* Is the open file a left-over of `owner` (NULL: of anybody)? */
static enum status
check(int folder, const char *staging, const char *owner, const char *leaf,
      struct left_file *file)
{
    struct stat is;

    if (fstat(file->fd, &is) != 0 || !S_ISREG(is.st_mode))
        return fail(ERR_DENIED, "'%s' is no staging file", staging);
    if (leaf != NULL && is_published(folder, leaf, &is))
        return fail(ERR_NOT_FOUND, "'%s' was published", leaf);
    TRY(record_read(folder, staging, file->fd, &file->record,
                    &file->as_sidecar));
    TRY(check_owner(&file->record, owner, leaf));
    return check_use(folder, &file->record, &is);
}

/* R3.5: a commit that a crash cut in the middle is carried out. */
static enum status
finish_copy(int folder, const char *staging, const struct left_file *file)
{
    const char *leaf = file->record.leaf;
    int into = openat(folder, leaf, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

    if (into < 0 && errno != ENOENT)
        return fail_errno(errno, "cannot publish '%s' after a crash", leaf);
    if (into >= 0) {
        enum status status =
            upload_copy_into(file->fd, into, &file->record, true);
        close(into);
        TRY(status);
    }
    staging_remove(folder, staging);
    return fail(ERR_NOT_FOUND, "'%s' was published", leaf);
}

static enum status
judge(int folder, const char *staging, const char *owner, const char *leaf,
      struct left_file *file)
{
    enum status status = check(folder, staging, owner, leaf, file);

    if (status == ERR_NOT_FOUND)
        staging_remove(folder, staging);
    /* Not ours to judge, and so nothing for the caller either. */
    if (status == ERR_DENIED)
        return fail(ERR_NOT_FOUND, "'%s' is no left-over of ours", staging);
    TRY(status);
    return file->record.copying ? finish_copy(folder, staging, file) : OK;
}

enum status
leftover_open(int folder, const char *staging, const char *owner,
              const char *leaf, struct left_file *out)
{
    out->fd = openat(folder, staging, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (out->fd < 0)
        return fail_errno(errno, "cannot open the staging file '%s'", staging);
    enum status status =
        staging_hold(out->fd, LIFE_BYTE)
            ? judge(folder, staging, owner, leaf, out)
            : fail(ERR_BUSY, "'%s' is held by an upload", staging);
    if (status != OK)
        close(out->fd);
    return status;
}

/* The record of a staging file, held by somebody or not. */
static enum status
look_at(struct uploader *by, const struct place *place, const char *staging,
        struct leftover *out)
{
    struct left_file file = {
        .fd = openat(place->folder, staging, O_RDONLY | O_CLOEXEC | O_NOFOLLOW),
    };
    enum status status = ERR_NOT_FOUND;

    if (file.fd >= 0) {
        status = check(place->folder, staging, by->options.owner, place->leaf,
                       &file);
        close(file.fd);
    }
    if (status != OK)
        return fail(ERR_NOT_FOUND, "nothing is left over of '%s'", place->leaf);
    memmove(out->staging, staging, strlen(staging) + 1);
    out->record = file.record;
    out->durable = file.record.offset;
    return OK;
}

/* An upload of another session of the account, in this process. */
static bool
find_running(struct uploader *by, const struct place_key *key,
             struct leftover *out)
{
    struct uploads *all = by->uploads;
    struct upload *u;

    pthread_mutex_lock(&all->mutex);
    u = uploads_find(all, key);
    if (u != NULL && u->by != by && strcmp(u->owner, by->options.owner) == 0)
        u->references++;
    else
        u = NULL;
    pthread_mutex_unlock(&all->mutex);
    if (u == NULL)
        return false;
    enum upload_state state = upload_enter(u);
    bool found = state == UPLOAD_STAGED || state == UPLOAD_UNDECIDED ||
                 state == UPLOAD_FAILED;
    if (found) {
        memcpy(out->staging, u->staging, sizeof out->staging);
        out->durable = u->recorded;
        out->record = (struct record){ .offset = u->recorded,
                                       .published = u->published,
                                       .attributes = u->attributes };
    }
    out->running = found;
    upload_leave(u);
    upload_unref(u);
    return found;
}

/* By the lock of an upload that runs elsewhere, or did. */
static enum status
find_by_lock(struct uploader *by, const struct place *place,
             const struct place_key *key, struct leftover *out)
{
    AUTO(holding_done) struct holding h = HOLDING();
    char name[STORE_NAME];

    lock_name(key, name);
    TRY(lock_read(by->uploads, name, &h));
    if (!str_is(h.owner, by->options.owner))
        return fail(ERR_NOT_FOUND, "nothing is left over of '%s'", place->leaf);
    return look_at(by, place, h.staging, out);
}

static enum status
find_by_index(struct uploader *by, const struct place *place,
              const struct place_key *key, struct leftover *out)
{
    struct index_entry entry;
    char name[STORE_NAME];

    TRY(leftover_name(by->options.owner, key, name));
    TRY(index_read(by->uploads, name, &entry));
    if (entry.staging[0] == '\0')
        return fail(ERR_NOT_FOUND, "nothing is left over of '%s'", place->leaf);
    return look_at(by, place, entry.staging, out);
}

static enum status
find_by_scan(struct uploader *by, const struct place *place,
             struct leftover *out)
{
    char stem[STAGING_NAME];
    char staging[STAGING_NAME];

    TRY(staging_stem(by->options.owner, place->leaf, stem));
    TRY(scan_for(by->uploads, place, stem, staging));
    return look_at(by, place, staging, out);
}

enum status
leftover_find(struct uploader *by, const struct place *place,
              const struct place_key *key, bool scan, struct leftover *out)
{
    *out = (struct leftover){ 0 };
    if (find_running(by, key, out))
        return OK;
    enum status status = find_by_lock(by, place, key, out);
    if (status == ERR_NOT_FOUND)
        status = find_by_index(by, place, key, out);
    if (status == ERR_NOT_FOUND && scan)
        status = find_by_scan(by, place, out);
    return status;
}

static struct told *
find_told(const struct uploader *by, const struct place_key *key)
{
    for (size_t i = 0; i < by->told_count; i++)
        if (memcmp(by->told[i].key.hash, key->hash, PLACE_KEY) == 0)
            return &by->told[i];
    return NULL;
}

uint64_t
told_of(const struct uploader *by, const struct place_key *key)
{
    const struct told *told = find_told(by, key);

    return told == NULL ? 0 : told->size;
}

bool
may_tell(const struct uploader *by, const struct place_key *key)
{
    const struct told *told = find_told(by, key);

    return told == NULL || told->size > 0;
}

void
tell(struct uploader *by, const struct place_key *key, uint64_t size)
{
    struct told *told = find_told(by, key);

    if (by->told == NULL)
        by->told = calloc(TOLD_MAX, sizeof *by->told);
    /* Without memory nothing is remembered, so nothing is resumed. */
    if (by->told == NULL)
        return;
    if (told == NULL) {
        told = &by->told[by->told_next];
        by->told_next = (by->told_next + 1) % TOLD_MAX;
        if (by->told_count < TOLD_MAX)
            by->told_count++;
        told->key = *key;
    }
    told->size = size;
}

struct upload *
own_find(struct uploader *by, const struct place *place)
{
    for (struct upload *u = by->own; u != NULL; u = u->own_next) {
        if (strcmp(u->place.leaf, place->leaf) != 0 ||
            strcmp(u->place.folder_path, place->folder_path) != 0)
            continue;
        enum upload_state state = upload_state(u);
        if (state == UPLOAD_STAGED || state == UPLOAD_UNDECIDED)
            return u;
    }
    return NULL;
}
