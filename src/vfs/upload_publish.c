/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_publish.c - staged bytes get their name.
 *
 * The order is that of R3.3, and each step is there because without it a power
 * cut was seen to lose or misname an acknowledged file: bytes and attributes,
 * fsync of the file, the lock is still ours, rename, fsync of the folder.
 */
#include "vfs/upload_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { ATTEMPTS = 16, XATTR_NAMES = 64 * 1024, XATTR_VALUE = 64 * 1024 };

struct target {
    bool exists;
    struct stat is;
};

static enum status
look_at_target(const struct upload *u, struct target *out)
{
    *out = (struct target){ 0 };
    if (fstatat(u->place.folder, u->place.leaf, &out->is,
                AT_SYMLINK_NOFOLLOW) == 0) {
        out->exists = true;
        return S_ISDIR(out->is.st_mode)
                   ? fail(ERR_IS_FOLDER, "'%s' is a folder", u->place.leaf)
                   : OK;
    }
    return errno == ENOENT
               ? OK
               : fail_errno(errno, "cannot look at '%s'", u->place.leaf);
}

static bool
is_ours(const char *name)
{
    return strncmp(name, "user.convoy.", sizeof "user.convoy." - 1) == 0;
}

/* Best effort but for ACLs, which say who may read. */
static enum status
copy_xattr(int from, int to, const char *name, char *value)
{
    ssize_t len = fgetxattr(from, name, value, XATTR_VALUE);

    if (len < 0 || fsetxattr(to, name, value, (size_t)len, 0) == 0)
        return OK;
    return strncmp(name, "system.posix_acl", 16) == 0
               ? fail_errno(errno, "cannot keep the ACL")
               : OK;
}

static enum status
copy_xattrs_by(int from, int to, char *names, char *value)
{
    ssize_t len = flistxattr(from, names, XATTR_NAMES);

    for (ssize_t at = 0; at < len; at += (ssize_t)strlen(names + at) + 1)
        if (!is_ours(names + at))
            TRY(copy_xattr(from, to, names + at, value));
    return OK;
}

static enum status
copy_xattrs(int from, int to)
{
    ssize_t any = flistxattr(from, NULL, 0);

    if (any <= 0)
        return OK;
    AUTO(str_free) char *names = malloc(XATTR_NAMES);
    AUTO(str_free) char *value = malloc(XATTR_VALUE);
    if (names == NULL || value == NULL)
        return fail(ERR_MEMORY, "no memory for extended attributes");
    return copy_xattrs_by(from, to, names, value);
}

/* R2.4: what is replaced hands its looks down. */
static enum status
keep_looks(const struct upload *u, const struct target *target)
{
    const struct stat *is = &target->is;

    if (!S_ISREG(is->st_mode))
        return OK;
    int old = openat(u->place.folder, u->place.leaf,
                     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    enum status status = old >= 0 ? copy_xattrs(old, u->fd) : OK;
    if (old >= 0)
        close(old);
    TRY(status);
    /* Where it is not permitted the owner is ours, as the rules say. */
    if ((is->st_uid != geteuid() || is->st_gid != getegid()) &&
        fchown(u->fd, is->st_uid, is->st_gid) != 0 && errno != EPERM)
        return fail_errno(errno, "cannot keep the owner of '%s'",
                          u->place.leaf);
    if (fchmod(u->fd, is->st_mode & 07777) != 0)
        return fail_errno(errno, "cannot keep the mode of '%s'", u->place.leaf);
    return OK;
}

/* A new name has what OPEN said, where nothing later says otherwise. */
static enum status
set_new_looks(const struct upload *u)
{
    struct vfs_attributes fresh = u->for_new;
    mode_t mode = disk_new_mode(&u->by->options, &u->for_new, 0666);

    fresh.has &= (VFS_HAS_OWNER | VFS_HAS_TIMES) & ~u->attributes.has;
    if (!(u->attributes.has & VFS_HAS_MODE) && mode != 0600 &&
        fchmod(u->fd, mode) != 0)
        return fail_errno(errno, "cannot set the mode of '%s'", u->place.leaf);
    return fresh.has == 0 ? OK : disk_set_attributes(u->fd, &fresh);
}

static enum status
apply_attributes(const struct upload *u, const struct target *target)
{
    struct vfs_attributes set = u->attributes;

    TRY(target->exists ? keep_looks(u, target) : set_new_looks(u));
    set.has &= ~(unsigned)VFS_HAS_SIZE;
    return set.has == 0 ? OK : disk_set_attributes(u->fd, &set);
}

/* R1.3: scp and lftp put -c write over the front of a file and leave the rest
 * to us. */
static enum status
copy_tail(struct upload *u, const struct target *target)
{
    uint64_t end = (uint64_t)target->is.st_size;

    if (!u->keeps_tail || u->size_was_set || !target->exists || end <= u->size)
        return OK;
    int old = openat(u->place.folder, u->place.leaf,
                     O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (old < 0)
        return fail_errno(errno, "cannot read the rest of '%s'", u->place.leaf);
    enum status status = upload_copy(old, u->fd, u->size, end);
    close(old);
    if (status == OK)
        u->size = end;
    return status;
}

static enum status
make_ready(struct upload *u, const struct target *target)
{
    TRY(copy_tail(u, target));
    if (u->reserved > u->size && ftruncate(u->fd, (off_t)u->size) != 0)
        return fail_errno(errno, "cannot give back the space of '%s'",
                          u->place.leaf);
    u->reserved = u->size;
    if (u->has_record && !u->as_sidecar)
        TRY(record_remove(u->place.folder, u->staging, u->fd, false));
    TRY(apply_attributes(u, target));
    return upload_sync_bytes(u);
}

/* Only when it could have been lost; the rename of a name that only this
 * revision has is what really keeps a late holder out (R5.4). */
static enum status
check_lock(const struct upload *u)
{
    AUTO(holding_done) struct holding h = HOLDING();
    struct uploads *all = u->uploads;
    char key[STORE_NAME];

    if (clock_now_ms(all->options.clock) < atomic_load(&all->alive_until_ms))
        return OK;
    lock_name(&u->key, key);
    enum status status = lock_read(all, key, &h);
    if (status == ERR_NOT_FOUND || (status == OK && h.modified != u->revision))
        return fail(ERR_BUSY, "the lock of '%s' was lost", u->place.leaf);
    return status;
}

/* Some network file systems answer a repeated request: done already, if the
 * name leads to our file (R3.4). */
static bool
is_there_already(const struct upload *u)
{
    struct stat is;
    struct stat ours;

    return fstatat(u->place.folder, u->place.leaf, &is, AT_SYMLINK_NOFOLLOW) ==
               0 &&
           fstat(u->fd, &ours) == 0 && is.st_ino == ours.st_ino &&
           is.st_dev == ours.st_dev;
}

static int
link_and_unlink(const struct upload *u)
{
    int folder = u->place.folder;

    if (linkat(folder, u->staging, folder, u->place.leaf, 0) != 0)
        return errno;
    unlinkat(folder, u->staging, 0);
    return 0;
}

static int
rename_without_replacing(const struct upload *u)
{
    int folder = u->place.folder;

    if (u->storage->noreplace) {
        if (renameat2(folder, u->staging, folder, u->place.leaf,
                      RENAME_NOREPLACE) == 0)
            return 0;
        if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
            return errno;
    }
    return link_and_unlink(u);
}

/* ERR_CONFLICT: the target came or went meanwhile; look again. */
static enum status
rename_into_place(struct upload *u, const struct target *target)
{
    int folder = u->place.folder;
    int error = 0;

    if (!target->exists)
        error = rename_without_replacing(u);
    else if (renameat(folder, u->staging, folder, u->place.leaf) != 0)
        error = errno;
    if (error == 0)
        return OK;
    if ((error == ENOENT || error == EEXIST) && is_there_already(u))
        return OK;
    if (error == ENOENT)
        return fail(ERR_BUSY,
                    "a newer session has taken over the upload of "
                    "'%s'",
                    u->place.leaf);
    if (error == EEXIST && u->no_replace)
        return fail(ERR_EXISTS, "'%s' was published by somebody else",
                    u->place.leaf);
    if (error == EEXIST)
        return fail(ERR_CONFLICT, "'%s' was published meanwhile",
                    u->place.leaf);
    return fail_errno(error, "cannot publish '%s'", u->place.leaf);
}

/* Where the kernel cannot copy by itself. */
static enum status
copy_by_hand(int from, int into, off_t at, off_t end)
{
    enum { PIECE = 128 * 1024 };
    AUTO(str_free) char *piece = malloc(PIECE);

    if (piece == NULL)
        return fail(ERR_MEMORY, "no memory to copy a file");
    while (at < end) {
        size_t want = end - at < PIECE ? (size_t)(end - at) : PIECE;
        ssize_t n = pread(from, piece, want, at);
        if (n < 0)
            return fail_errno(errno, "cannot read a file to copy it");
        if (n == 0)
            return fail(ERR_IO, "a file became shorter while it was copied");
        n = pwrite(into, piece, (size_t)n, at);
        if (n < 0)
            return fail_errno(errno, "cannot write a copy");
        at += n;
    }
    return OK;
}

enum status
upload_copy(int from, int into, uint64_t start, uint64_t end)
{
    off_t read_at = (off_t)start;
    off_t write_at = read_at;

    while ((uint64_t)read_at < end) {
        ssize_t n = copy_file_range(from, &read_at, into, &write_at,
                                    (size_t)(end - (uint64_t)read_at), 0);
        if (n <= 0)
            return copy_by_hand(from, into, write_at, (off_t)end);
    }
    return OK;
}

enum status
upload_copy_into(int from, int into, const struct record *record, bool synced)
{
    TRY(upload_copy(from, into, 0, record->offset));
    if (ftruncate(into, (off_t)record->offset) != 0)
        return fail_errno(errno, "cannot end the copy into a file with "
                                 "several names");
    if (record->attributes.has != 0)
        TRY(disk_set_attributes(into, &record->attributes));
    if (synced && fsync(into) != 0)
        return fail_errno(errno, "cannot sync a file with several names");
    return OK;
}

/* R3.5: the other names are to show the new content too, so the inode stays.
 * Until the copy is synced the record says how to repeat it. */
static enum status
publish_into(struct upload *u)
{
    struct record record = { .offset = u->size, .attributes = u->attributes };

    record.attributes.has &= ~(unsigned)VFS_HAS_SIZE;
    TRY(upload_record_copying(u));
    TRY(check_lock(u));
    int into =
        openat(u->place.folder, u->place.leaf, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (into < 0)
        return fail_errno(errno, "cannot write '%s'", u->place.leaf);
    enum status status = upload_copy_into(u->fd, into, &record,
                                          !u->by->options.durability_cache);
    if (status != OK) {
        close(into);
        return status;
    }
    staging_remove(u->place.folder, u->staging);
    close(u->fd);
    u->fd = into;
    return OK;
}

static bool
has_several_names(const struct target *target)
{
    return target->exists && target->is.st_nlink > 1 &&
           S_ISREG(target->is.st_mode);
}

static enum status
replace_target(struct upload *u, const struct target *target)
{
    TRY(make_ready(u, target));
    TRY(check_lock(u));
    return rename_into_place(u, target);
}

/* Where nothing was when it began there is most often nothing still, and the
 * rename says so when there is. Not with looks or bytes that are other ones
 * when there is. */
static bool
may_be_free(const struct upload *u)
{
    return !u->published.exists && !u->keeps_tail &&
           !(u->for_new.has & (VFS_HAS_OWNER | VFS_HAS_TIMES));
}

static enum status
publish_once(struct upload *u, bool looks)
{
    struct target target = { 0 };

    if (looks)
        TRY(look_at_target(u, &target));
    if (target.exists && u->no_replace)
        return fail(ERR_EXISTS, "'%s' was published by somebody else",
                    u->place.leaf);
    if (!has_several_names(&target))
        return replace_target(u, &target);
    TRY(copy_tail(u, &target));
    return publish_into(u);
}

static enum status
publish_by_rename(struct upload *u)
{
    enum status status = ERR_CONFLICT;

    for (int i = 0; i < ATTEMPTS && status == ERR_CONFLICT; i++)
        status = publish_once(u, i > 0 || !may_be_free(u));
    if (status == OK && u->as_sidecar && u->has_record)
        record_forget(u->place.folder, u->staging);
    return status;
}

static enum status
sync_folders(struct upload *u)
{
    if (u->by->options.durability_cache)
        return OK;
    if (atomic_load(&u->uploads->made_any) > 0)
        TRY(folders_made_sync(u->uploads, &u->place, u->fd));
    return folder_sync(u->uploads->syncs, u->place.folder_path, u->place.folder,
                       u->fd);
}

static void
end_publish(struct upload *u, enum status status, bool renamed)
{
    struct uploads *all = u->uploads;

    if (status == OK)
        upload_move(u, UPLOAD_PUBLISHED);
    else if (status == ERR_BUSY)
        upload_move(u, UPLOAD_LOST); /* the newer session has the file */
    else
        (void)!upload_failed(u, status);
    if (status != OK && status != ERR_BUSY && !renamed)
        upload_cut(u);
    else if (status == OK && !u->indexed)
        releases_add(u);
    else
        upload_release(u);
    LOCK_SCOPE(&all->mutex);
    uploads_unlist(u);
    pthread_cond_broadcast(&all->changed);
}

static enum status
publish_inside(struct upload *u, bool *renamed)
{
    if (!staging_hold(u->fd, COMMIT_BYTE))
        return fail(ERR_BUSY,
                    "a newer session has taken over the upload of "
                    "'%s'",
                    u->place.leaf);
    TRY(publish_by_rename(u));
    *renamed = true;
    return sync_folders(u);
}

enum status
upload_publish(struct upload *u)
{
    struct uploads *all = u->uploads;
    bool renamed = false;

    /* Before the state, so that a barrier misses nothing. */
    atomic_fetch_add(&all->committing, 1);
    enum upload_state state = upload_enter(u);
    enum status status = OK;
    if (state != UPLOAD_STAGED || !upload_move(u, UPLOAD_COMMITTING)) {
        status = upload_refuse(u, upload_state(u));
    } else {
        status = publish_inside(u, &renamed);
        end_publish(u, status, renamed);
        if (status != OK)
            status = upload_refuse(u, upload_state(u));
    }
    upload_leave(u);
    atomic_fetch_sub(&all->committing, 1);
    return status;
}
