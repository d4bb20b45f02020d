/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_open.c - what a write-open means (R1, R4.4, R4.5).
 *
 *   published  flags                      it is
 *   ---------  -------------------------  -----------------------------------
 *   any        T                          new content
 *   no         any with C                 new content, or decided by the first
 *                                         write when a left-over is there
 *   no         without C                  the left-over, or no such file
 *   yes        X                          refused
 *   yes        W and C, neither A nor R   decided by the first write
 *   yes        otherwise                  an edit
 */
#include "vfs/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum status
published_stat(const struct place *place, struct stat *out)
{
    if (fstatat(place->folder, place->leaf, out, AT_SYMLINK_NOFOLLOW) != 0)
        return fail_errno(errno, "cannot find '%s'", place->leaf);
    if (S_ISLNK(out->st_mode))
        return fail(ERR_LINK, "'%s' is a symbolic link", place->leaf);
    if (S_ISDIR(out->st_mode))
        return fail(ERR_IS_FOLDER, "'%s' is a folder", place->leaf);
    return S_ISREG(out->st_mode)
               ? OK
               : fail(ERR_DENIED, "'%s' is no regular file", place->leaf);
}

static int
flags_of(const struct vfs_open *how)
{
    int flags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

    flags |= how->flags & VFS_READ ? O_RDWR : O_WRONLY;
    return how->flags & VFS_APPEND ? flags | O_APPEND : flags;
}

enum status
open_edit(struct uploader *by, const struct place *place,
          const struct vfs_open *how, struct vfs_file **file_out)
{
    int fd = openat(place->folder, place->leaf, flags_of(how));

    if (fd < 0)
        return fail_errno(errno, "cannot open '%s'", place->leaf);
    return disk_file_open(by, place, fd, how, true, file_out);
}

/* R1.7: staged_uploads = No. */
static enum status
open_in_place(struct uploader *by, const struct place *place,
              const struct vfs_open *how, struct vfs_file **file_out)
{
    struct stat is;
    int flags = flags_of(how);
    mode_t mode = disk_new_mode(&by->options, &how->attributes, 0666);
    enum status found = published_stat(place, &is);

    if (found != OK && found != ERR_NOT_FOUND)
        return found;
    flags |= how->flags & VFS_CREATE ? O_CREAT : 0;
    flags |= how->flags & VFS_EXCLUSIVE ? O_EXCL : 0;
    flags |= how->flags & VFS_TRUNCATE ? O_TRUNC : 0;
    int fd = openat(place->folder, place->leaf, flags, mode);
    if (fd < 0)
        return fail_errno(errno, "cannot open '%s'", place->leaf);
    /* Its CLOSE syncs the bytes; the name is synced here. */
    enum status status =
        found == ERR_NOT_FOUND ? upload_sync_folder(by, place) : OK;
    if (status != OK) {
        close(fd);
        return status;
    }
    return disk_file_open(by, place, fd, how, true, file_out);
}

/* R4.4: old and new content would be joined. */
static enum status
check_append(struct uploader *by, const struct place *place)
{
    struct place_key key;
    struct leftover left;

    TRY(place_key_of(place->folder_path, place->leaf, &key));
    enum status status = leftover_find(by, place, &key, false, &left);
    if (status == OK)
        return fail(ERR_BUSY,
                    "an unfinished upload of '%s' is there: go on with it by "
                    "name, or discard it, before you append",
                    place->leaf);
    return status == ERR_NOT_FOUND ? OK : status;
}

/* `published`: what is there, or NULL. */
static enum status
begin(struct uploader *by, const struct place *place,
      const struct vfs_open *how, enum claim claim,
      const struct stat *published, struct vfs_file **file_out)
{
    struct published known = { 0 };
    struct upload *u;

    if (published != NULL)
        published_of(published, &known);
    TRY(start_upload(by, place, how, claim, &known, &u));
    return upload_file_new(by, u, place, how, file_out);
}

/* R1.5: C without a write flag. */
static enum status
publish_empty(struct uploader *by, const struct place *place,
              const struct vfs_open *how, struct vfs_file **file_out)
{
    struct vfs_open write = *how;
    AUTO(vfs_close) struct vfs_file *file = NULL;

    write.flags =
        VFS_WRITE | VFS_CREATE | VFS_TRUNCATE | (how->flags & VFS_EXCLUSIVE);
    TRY(begin(by, place, &write, CLAIM_NEW, NULL, &file));
    TRY(vfs_commit(file));
    int fd = openat(place->folder, place->leaf,
                    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail_errno(errno, "cannot open '%s'", place->leaf);
    return disk_file_open(by, place, fd, how, false, file_out);
}

static enum status
open_to_read(struct uploader *by, const struct place *place,
             const struct vfs_open *how, bool exists,
             struct vfs_file **file_out)
{
    if (!exists)
        return publish_empty(by, place, how, file_out);
    if (how->flags & VFS_EXCLUSIVE)
        return fail(ERR_EXISTS, "'%s' exists", place->leaf);
    int fd = openat(place->folder, place->leaf,
                    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail_errno(errno, "cannot open '%s'", place->leaf);
    return disk_file_open(by, place, fd, how, false, file_out);
}

/* W without C, of a name where nothing is published (R4.5). */
static enum status
resume_only(struct uploader *by, const struct place *place,
            const struct place_key *key, const struct vfs_open *how,
            struct vfs_file **file_out)
{
    struct leftover left;
    struct upload *u;

    TRY(leftover_find(by, place, key, true, &left));
    TRY(start_upload(by, place, how, CLAIM_CONTENT, NULL, &u));
    uint64_t told = told_of(by, key);
    if (told == 0 && may_tell(by, key) && left.durable > 1)
        told = left.durable - 1;
    upload_enter(u);
    enum status status = resume_at(u, told);
    upload_leave(u);
    if (status != OK) {
        own_drop(u, true);
        return status;
    }
    if (told > 0)
        tell(by, key, told);
    return upload_file_new(by, u, place, how, file_out);
}

static enum status
open_unpublished(struct uploader *by, const struct place *place,
                 const struct vfs_open *how, struct vfs_file **file_out)
{
    struct place_key key;
    struct leftover left;

    TRY(place_key_of(place->folder_path, place->leaf, &key));
    if (!(how->flags & VFS_CREATE))
        return resume_only(by, place, &key, how, file_out);
    if (how->flags & VFS_EXCLUSIVE)
        return begin(by, place, how, CLAIM_NEW, NULL, file_out);
    enum status status = leftover_find(by, place, &key, true, &left);
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    return begin(by, place, how, status == OK ? CLAIM_CONTENT : CLAIM_NEW, NULL,
                 file_out);
}

/* REST n, tus, Content-Range: the client says where it goes on. */
static enum status
open_named(struct uploader *by, const struct place *place,
           const struct vfs_open *how, const struct stat *published,
           struct vfs_file **file_out)
{
    struct place_key key;
    struct leftover left;
    struct upload *u;

    TRY(place_key_of(place->folder_path, place->leaf, &key));
    enum status status = leftover_find(by, place, &key, true, &left);
    if (status == ERR_NOT_FOUND && published != NULL &&
        how->resume_at <= (uint64_t)published->st_size)
        return open_edit(by, place, how, file_out);
    if (status == ERR_NOT_FOUND && how->resume_at == 0)
        return begin(by, place, how, CLAIM_NEW, published, file_out);
    TRY(status);
    if (how->resume_at > left.durable)
        return fail(ERR_INVALID, "only %llu bytes of '%s' are there",
                    (unsigned long long)left.durable, place->leaf);
    TRY(start_upload(by, place, how, CLAIM_CONTENT, NULL, &u));
    upload_enter(u);
    status = resume_at(u, how->resume_at);
    upload_leave(u);
    if (status != OK) {
        own_drop(u, true);
        return status;
    }
    return upload_file_new(by, u, place, how, file_out);
}

static enum status
open_published(struct uploader *by, const struct place *place,
               const struct vfs_open *how, struct vfs_file **file_out)
{
    unsigned flags = how->flags;

    if (flags & VFS_EXCLUSIVE)
        return fail(ERR_EXISTS, "'%s' exists", place->leaf);
    if (flags & VFS_APPEND)
        TRY(check_append(by, place));
    if ((flags & VFS_CREATE) && !(flags & (VFS_APPEND | VFS_READ)))
        return upload_file_new(by, NULL, place, how, file_out);
    return open_edit(by, place, how, file_out);
}

/* Handles of one session do not conflict: they share the staged file. */
static enum status
join(struct uploader *by, struct upload *u, const struct vfs_open *how,
     struct vfs_file **file_out)
{
    if (how->flags & VFS_EXCLUSIVE)
        return fail(ERR_EXISTS, "'%s' exists", u->place.leaf);
    if (how->flags & VFS_TRUNCATE) {
        enum upload_state state = upload_enter(u);
        enum status status = upload_start_over(u);
        if (status != OK)
            status = upload_failed(u, status);
        else if (state == UPLOAD_UNDECIDED && !upload_move(u, UPLOAD_STAGED))
            status = upload_refuse(u, UPLOAD_LOST);
        upload_leave(u);
        TRY(status);
    }
    u->handles++;
    u->writers++;
    return upload_file_new(by, u, &u->place, how, file_out);
}

static enum status
open_truncated(struct uploader *by, const struct place *place,
               const struct vfs_open *how, const struct stat *published,
               struct vfs_file **file_out)
{
    if (published != NULL && (how->flags & VFS_EXCLUSIVE))
        return fail(ERR_EXISTS, "'%s' exists", place->leaf);
    if (published == NULL && !(how->flags & VFS_CREATE))
        return fail(ERR_NOT_FOUND, "there is no '%s'", place->leaf);
    return begin(by, place, how, CLAIM_NEW, published, file_out);
}

static enum status
open_staged(struct uploader *by, const struct place *place,
            const struct vfs_open *how, struct vfs_file **file_out)
{
    struct stat is;
    enum status status = published_stat(place, &is);
    bool exists = status == OK;

    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    if (!(how->flags & VFS_WRITE))
        return open_to_read(by, place, how, exists, file_out);
    if (how->flags & VFS_RESUME)
        return open_named(by, place, how, exists ? &is : NULL, file_out);
    if (how->flags & VFS_TRUNCATE)
        return open_truncated(by, place, how, exists ? &is : NULL, file_out);
    return exists ? open_published(by, place, how, file_out)
                  : open_unpublished(by, place, how, file_out);
}

enum status
upload_open(struct uploader *by, const struct place *place,
            const struct vfs_open *how, struct vfs_file **file_out)
{
    struct upload *own = NULL;

    if (by->options.staged_uploads)
        own = own_find(by, place);
    /* What was staged here before its path said otherwise stays staged. */
    if (!by->options.staged_uploads || (how->in_place && own == NULL))
        return open_in_place(by, place, how, file_out);
    if (own != NULL && (how->flags & VFS_WRITE))
        return join(by, own, how, file_out);
    return open_staged(by, place, how, file_out);
}

enum status
upload_open_own(struct uploader *by, const struct place *place,
                struct vfs_file **file_out)
{
    struct upload *u = own_find(by, place);
    struct vfs_open how = { .flags = VFS_READ };

    if (u == NULL)
        return fail(ERR_NOT_FOUND, "nothing of '%s' is staged here",
                    place->leaf);
    u->handles++;
    return upload_file_new(by, u, &u->place, &how, file_out);
}
