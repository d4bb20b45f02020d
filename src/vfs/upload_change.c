/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_change.c - names are removed, renamed and linked.
 *
 * A name may have something published, something that this session stages and
 * something that another session left over. Each of the calls says what
 * becomes of all three (R4.7, R4.8).
 */
#include "vfs/upload_lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* This session gave the name away: its writes go on and publish nothing. */
static void
orphan(struct upload *u)
{
    enum upload_state state = upload_enter(u);

    if ((state == UPLOAD_STAGED || state == UPLOAD_UNDECIDED ||
         state == UPLOAD_FAILED) &&
        upload_move(u, UPLOAD_ORPHANED)) {
        staging_remove(u->place.folder, u->staging);
        upload_release(u);
        u->has_record = false;
    }
    upload_leave(u);
    LOCK_SCOPE(&u->uploads->mutex);
    uploads_unlist(u);
}

static bool
orphan_own(struct uploader *by, const struct place *place)
{
    struct upload *own = own_find(by, place);

    if (own != NULL)
        orphan(own);
    return own != NULL;
}

static bool
runs_here(struct uploader *by, const struct place_key *key)
{
    LOCK_SCOPE(&by->uploads->mutex);
    struct upload *u = uploads_find(by->uploads, key);

    return u != NULL && strcmp(u->owner, by->options.owner) == 0;
}

/* Is there any upload of the account to this name, wherever? */
static enum status
look_for_any(struct uploader *by, const struct place_key *key, bool *any_out)
{
    AUTO(holding_done) struct holding h = HOLDING();
    struct index_entry entry;
    char name[STORE_NAME];

    *any_out = runs_here(by, key);
    if (*any_out)
        return OK;
    releases_settle(by->uploads, key);
    lock_name(key, name);
    enum status status = lock_read(by->uploads, name, &h);
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    *any_out = status == OK && str_is(h.owner, by->options.owner);
    if (*any_out)
        return OK;
    TRY(leftover_name(by->options.owner, key, name));
    TRY(index_read(by->uploads, name, &entry));
    *any_out = entry.exists;
    return OK;
}

enum status
put_out_of_the_way(struct uploader *by, const struct place *place,
                   bool *had_out)
{
    const struct vfs_open how = { .flags = VFS_WRITE };
    struct place_key key;
    struct upload *u;

    *had_out = false;
    if (!by->options.staged_uploads)
        return OK;
    TRY(place_key_of(place->folder_path, place->leaf, &key));
    TRY(look_for_any(by, &key, had_out));
    if (!*had_out)
        return OK;
    /* Taking the name like any newer upload ends all others; giving it back
     * leaves nothing. */
    TRY(upload_claim(by, place, &key, CLAIM_REMOVE, &how, &u));
    upload_enter(u);
    upload_move(u, UPLOAD_CUT);
    upload_discard(u);
    upload_leave(u);
    pthread_mutex_lock(&by->uploads->mutex);
    uploads_unlist(u);
    pthread_mutex_unlock(&by->uploads->mutex);
    upload_unref(u);
    return OK;
}

enum status
upload_remove(struct uploader *by, const struct place *place)
{
    bool had_other;
    bool had_own = orphan_own(by, place);

    TRY(put_out_of_the_way(by, place, &had_other));
    if (unlinkat(place->folder, place->leaf, 0) == 0)
        return upload_sync_folder(by, place);
    if (errno == ENOENT && (had_own || had_other))
        return OK;
    return fail_errno(errno, "cannot remove '%s'", place->leaf);
}

static enum status
sync_both(struct uploader *by, const struct place *from, const struct place *to)
{
    TRY(upload_sync_folder(by, to));
    if (strcmp(from->folder_path, to->folder_path) == 0)
        return OK;
    return upload_sync_folder(by, from);
}

static int
rename_by_link(const struct place *from, const struct place *to)
{
    struct stat is;

    if (fstatat(to->folder, to->leaf, &is, AT_SYMLINK_NOFOLLOW) == 0)
        return EEXIST;
    if (fstatat(from->folder, from->leaf, &is, AT_SYMLINK_NOFOLLOW) != 0)
        return errno;
    if (S_ISDIR(is.st_mode)) /* cannot be linked; rename never replaces a file
                                by one, nor a folder that has something in it */
        return renameat(from->folder, from->leaf, to->folder, to->leaf) == 0
                   ? 0
                   : errno;
    if (linkat(from->folder, from->leaf, to->folder, to->leaf, 0) != 0)
        return errno;
    return unlinkat(from->folder, from->leaf, 0) == 0 ? 0 : errno;
}

static enum status
rename_published(const struct place *from, const struct place *to, bool replace)
{
    int error = 0;

    if (renameat2(from->folder, from->leaf, to->folder, to->leaf,
                  replace ? 0 : RENAME_NOREPLACE) != 0)
        error = errno;
    if (!replace && (error == EINVAL || error == ENOSYS || error == EOPNOTSUPP))
        error = rename_by_link(from, to);
    if (error == 0)
        return OK;
    return fail_errno(error, "cannot rename '%s' to '%s'", from->leaf,
                      to->leaf);
}

static bool
is_there(const struct place *place, struct stat *is)
{
    return fstatat(place->folder, place->leaf, is, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool
same_place(const struct place *a, const struct place *b)
{
    return strcmp(a->folder_path, b->folder_path) == 0 &&
           strcmp(a->leaf, b->leaf) == 0;
}

static void
tell_made_folders(struct uploader *by, const struct place *from,
                  const struct place *to)
{
    char old[VFS_PATH * 2];
    char new[VFS_PATH * 2];

    snprintf(old, sizeof old, "%s/%s", from->folder_path, from->leaf);
    snprintf(new, sizeof new, "%s/%s", to->folder_path, to->leaf);
    folders_made_renamed(by->uploads, old, new);
}

static enum status
move_published(struct uploader *by, const struct place *from,
               const struct place *to, bool replace)
{
    struct stat is;
    bool is_folder = is_there(from, &is) && S_ISDIR(is.st_mode);

    TRY(rename_published(from, to, replace));
    if (is_folder)
        tell_made_folders(by, from, to);
    return sync_both(by, from, to);
}

/* What the session stages moves, and with it what was published before. */
static enum status
move_name(struct uploader *by, struct upload *own, const struct place *from,
          const struct place *to, bool replace)
{
    struct stat is;
    bool exists = is_there(from, &is);
    bool had;

    orphan_own(by, to);
    TRY(put_out_of_the_way(by, to, &had));
    if (exists)
        TRY(move_published(by, from, to, replace));
    return own != NULL ? upload_retarget(own, to, replace || exists) : OK;
}

enum status
upload_rename(struct uploader *by, const struct place *from,
              const struct place *to, bool replace)
{
    struct upload *own = own_find(by, from);
    struct stat is;

    if (own == NULL && !is_there(from, &is))
        return fail(ERR_NOT_FOUND, "there is no '%s'", from->leaf);
    if (!replace && (own_find(by, to) != NULL || is_there(to, &is)))
        return fail(ERR_EXISTS, "'%s' exists", to->leaf);
    return same_place(from, to) ? OK : move_name(by, own, from, to, replace);
}

enum status
upload_link(struct uploader *by, const struct place *existing,
            const struct place *name)
{
    struct upload *own = own_find(by, existing);

    if (own_find(by, name) != NULL)
        return fail(ERR_EXISTS, "'%s' exists", name->leaf);
    if (own != NULL)
        TRY(upload_publish(own));
    if (linkat(existing->folder, existing->leaf, name->folder, name->leaf, 0) !=
        0)
        return fail_errno(errno, "cannot link '%s'", name->leaf);
    return upload_sync_folder(by, name);
}

/* ---- a folder with nothing in it but what was left over ---- */

/* OK: the file is cut, not running, so it may go. */
static enum status
check_cut(int folder, const char *name)
{
    if (strncmp(name, STAGING_PREFIX, sizeof STAGING_PREFIX - 1) != 0)
        return fail(ERR_NOT_EMPTY, "the folder is not empty");
    int fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? OK
                               : fail_errno(errno, "cannot open '%s'", name);
    bool held = staging_is_held(fd, LIFE_BYTE);
    close(fd);
    return held ? fail(ERR_NOT_EMPTY, "an upload into the folder is running")
                : OK;
}

static enum status
for_each_name(int folder, enum status (*visit)(int, const char *))
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    enum status status = OK;

    if (dir == NULL) {
        int error = errno;
        if (fd >= 0)
            close(fd);
        return fail_errno(error, "cannot look into the folder");
    }
    for (struct dirent *e; status == OK && (e = readdir(dir)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            status = visit(folder, e->d_name);
    closedir(dir);
    return status;
}

static enum status
remove_cut(int folder, const char *name)
{
    TRY(check_cut(folder, name));
    return unlinkat(folder, name, 0) == 0 || errno == ENOENT
               ? OK
               : fail_errno(errno, "cannot remove a left-over");
}

static enum status
remove_leftovers(const struct place *place)
{
    int folder = openat(place->folder, place->leaf,
                        O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (folder < 0)
        return fail_errno(errno, "cannot look into '%s'", place->leaf);
    enum status status = for_each_name(folder, check_cut);
    if (status == OK)
        status = for_each_name(folder, remove_cut);
    close(folder);
    return status;
}

enum status
upload_remove_folder(struct uploader *by, const struct place *place)
{
    if (unlinkat(place->folder, place->leaf, AT_REMOVEDIR) == 0)
        return upload_sync_folder(by, place);
    if (errno != ENOTEMPTY && errno != EEXIST)
        return fail_errno(errno, "cannot remove '%s'", place->leaf);
    TRY(remove_leftovers(place));
    if (unlinkat(place->folder, place->leaf, AT_REMOVEDIR) != 0)
        return fail_errno(errno, "cannot remove '%s'", place->leaf);
    return upload_sync_folder(by, place);
}
