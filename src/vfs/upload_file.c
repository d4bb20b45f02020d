/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_file.c - a session's handle on what it stages.
 *
 * A handle may begin as neither an upload nor an edit (R1.3) and may become an
 * edit when its upload is published (R3.1, R3.2): `upload` and `edit` say what
 * it is now.
 */
#include "vfs/disk.h"
#include "vfs/staging.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct upload_file {
    struct vfs_file file;
    struct uploader *by;
    struct vfs_open how;
    struct upload *upload;         /* NULL: not decided, or an edit from then */
    struct vfs_file *edit;         /* what it has become */
    struct place own;              /* only while it is not decided */
    struct vfs_attributes pending; /* set while it was not decided */
    bool writes;                   /* counts as a writer of the upload */
};

static struct upload_file *
self_of(struct vfs_file *file)
{
    return (struct upload_file *)file;
}

static void
drop_own_place(struct upload_file *self)
{
    free((void *)(uintptr_t)self->own.folder_path);
    self->own.folder_path = NULL;
    if (self->own.folder >= 0)
        close(self->own.folder);
    self->own.folder = -1;
}

/* The upload is published; this handle goes on with the same inode. */
static enum status
become_edit(struct upload_file *self)
{
    struct upload *u = self->upload;
    struct vfs_open how = self->how;
    struct stat now;
    struct stat was;

    if (u->fd < 0 || fstat(u->fd, &was) != 0)
        return fail(ERR_IO, "'%s' is no longer open", u->place.leaf);
    int flags = how.flags & VFS_WRITE ? O_RDWR : O_RDONLY;
    flags |= how.flags & VFS_APPEND ? O_APPEND : 0;
    int fd = openat(u->place.folder, u->place.leaf,
                    flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, &now) != 0 || now.st_ino != was.st_ino ||
                    now.st_dev != was.st_dev)) {
        close(fd);
        fd = -1;
    }
    if (fd < 0)
        fd = fcntl(u->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return fail_errno(errno, "cannot go on with '%s'", u->place.leaf);
    how.flags &= VFS_READ | VFS_WRITE | VFS_APPEND;
    return disk_file_open(self->by, &u->place, fd, &how, how.flags & VFS_WRITE,
                          &self->edit);
}

static enum status
edit_when_published(struct upload_file *self)
{
    if (self->edit != NULL || self->upload == NULL ||
        upload_state(self->upload) != UPLOAD_PUBLISHED)
        return OK;
    return become_edit(self);
}

/* ---- R1.3: what the first write, or size, decides ---- */

/* Over a left-over, where nothing is published. Inside the gate. */
static enum status
decide_leftover(struct upload_file *self, uint64_t at, bool appends)
{
    struct upload *u = self->upload;
    uint64_t told = told_of(self->by, &u->key);

    if (told > u->received.prefix)
        told = 0;
    if (appends && told > 0)
        return resume_at(u, told);
    /* Below what was told there is only old content to go on with, and holes
     * would be published without it. */
    if (!appends && at > 0 && at <= told)
        return resume_at(u, at);
    TRY(upload_start_over(u));
    u->resumed = false;
    if (!upload_move(u, UPLOAD_STAGED))
        return upload_refuse(u, UPLOAD_LOST);
    return OK;
}

static enum status
start_decided(struct upload_file *self, enum claim claim)
{
    struct upload *u;

    TRY(start_upload(self->by, &self->own, &self->how, claim, NULL, &u));
    u->attributes = self->pending;
    u->keeps_tail = claim == CLAIM_NEW;
    self->upload = u;
    self->writes = true;
    drop_own_place(self);
    return OK;
}

static enum status
resume_decided(struct upload_file *self, uint64_t at)
{
    TRY(start_decided(self, CLAIM_CONTENT));
    upload_enter(self->upload);
    enum status status = resume_at(self->upload, at);
    upload_leave(self->upload);
    return status;
}

static enum status
edit_decided(struct upload_file *self, uint64_t at, const struct stat *is,
             bool left)
{
    if (left && at == (uint64_t)is->st_size)
        return fail(ERR_BUSY,
                    "an unfinished upload of '%s' is there: go on with it by "
                    "name, or discard it, before you append",
                    self->own.leaf);
    TRY(open_edit(self->by, &self->own, &self->how, &self->edit));
    struct vfs_attributes pending = self->pending;
    drop_own_place(self);
    return pending.has == 0 ? OK
                            : vfs_file_set_attributes(self->edit, &pending);
}

/* Over a published file. */
static enum status
decide_published(struct upload_file *self, uint64_t at)
{
    struct place_key key;
    struct leftover left;
    struct stat is;

    enum status found = published_stat(&self->own, &is);
    if (at == 0 || found == ERR_NOT_FOUND)
        return start_decided(self, CLAIM_NEW);
    TRY(found);
    TRY(place_key_of(self->own.folder_path, self->own.leaf, &key));
    enum status status =
        leftover_find(self->by, &self->own, &key, false, &left);
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    if (status == OK && at == told_of(self->by, &key) && at <= left.durable)
        return resume_decided(self, at);
    return edit_decided(self, at, &is, status == OK);
}

static enum status
decide(struct upload_file *self, uint64_t at)
{
    if (self->upload == NULL && self->edit == NULL)
        TRY(decide_published(self, at));
    return edit_when_published(self);
}

/* ---- the handle ---- */

static enum status
read_staged(struct vfs_file *file, uint64_t offset, void *into, size_t size,
            size_t *got_out)
{
    struct upload_file *self = self_of(file);

    TRY(edit_when_published(self));
    if (self->edit != NULL)
        return vfs_read(self->edit, offset, into, size, got_out);
    if (self->upload == NULL)
        return fail(ERR_DENIED, "the file was not opened to read");
    struct upload *u = self->upload;
    enum upload_state state = upload_enter(u);
    enum status status = OK;
    if (u->fd < 0) {
        status = upload_refuse(u, state);
    } else {
        ssize_t n = pread(u->fd, into, size, (off_t)offset);
        if (n < 0)
            status = fail_errno(errno, "cannot read '%s'", u->place.leaf);
        else
            *got_out = (size_t)n;
    }
    upload_leave(u);
    return status;
}

static enum status
record_when_due(struct upload *u)
{
    if (!upload_record_is_due(u))
        return OK;
    return upload_record_now(u, true);
}

static enum status
write_inside(struct upload_file *self, enum upload_state state, uint64_t offset,
             const struct upload_input *input)
{
    struct upload *u = self->upload;
    bool appends = self->file.flags & VFS_APPEND;
    enum status status = OK;

    if (state == UPLOAD_UNDECIDED) {
        status = decide_leftover(self, offset, appends);
        state = upload_state(u);
    }
    if (status == OK && state != UPLOAD_STAGED && state != UPLOAD_ORPHANED)
        return upload_refuse(u, state);
    if (status == OK)
        status = upload_write_bytes(u, appends ? u->size : offset, input);
    if (status == OK && state == UPLOAD_STAGED)
        status = record_when_due(u);
    if (status == ERR_UNSUPPORTED && input->pipe >= 0)
        return status; /* nothing has happened: written it will work */
    return status == OK || state == UPLOAD_LOST ? status
                                                : upload_failed(u, status);
}

static enum status
write_staged(struct vfs_file *file, uint64_t offset, struct str bytes)
{
    struct upload_file *self = self_of(file);

    struct upload_input input = { .bytes = bytes, .pipe = -1 };

    TRY(decide(self, offset));
    if (self->edit != NULL)
        return vfs_write(self->edit, offset, bytes);
    enum upload_state state = upload_enter(self->upload);
    enum status status = write_inside(self, state, offset, &input);
    upload_leave(self->upload);
    return status;
}

static enum status
receive_staged(struct vfs_file *file, uint64_t offset, size_t size,
               int from_pipe)
{
    struct upload_file *self = self_of(file);
    struct upload_input input = { .bytes.len = size, .pipe = from_pipe };

    TRY(decide(self, offset));
    if (self->edit != NULL)
        return vfs_receive(self->edit, offset, size, from_pipe);
    enum upload_state state = upload_enter(self->upload);
    enum status status = write_inside(self, state, offset, &input);
    upload_leave(self->upload);
    return status;
}

/* R4.3: FSTAT of a handle opened for writing without T is told, too. */
static void
tell_undecided(struct upload_file *self, struct vfs_attributes *out)
{
    struct upload *u = self->upload;

    if (may_tell(self->by, &u->key) && told_of(self->by, &u->key) == 0 &&
        u->recorded > 1)
        tell(self->by, &u->key, u->recorded - 1);
    out->size = told_of(self->by, &u->key);
}

static void
show_pending(const struct vfs_attributes *set, struct vfs_attributes *out)
{
    if (set->has & VFS_HAS_MODE)
        out->mode = (out->mode & S_IFMT) | (set->mode & 07777);
    if (set->has & VFS_HAS_OWNER) {
        out->uid = set->uid;
        out->gid = set->gid;
    }
    if (set->has & VFS_HAS_TIMES) {
        out->atime_ns = set->atime_ns;
        out->mtime_ns = set->mtime_ns;
    }
}

/* What the session sees of its staged file: as it will be published. */
enum status
upload_show(struct upload *u, struct vfs_attributes *out)
{
    struct stat is;
    struct stat target;
    mode_t mode = disk_new_mode(&u->by->options, &u->for_new, 0666);

    if (u->fd < 0 || fstat(u->fd, &is) != 0)
        return fail(ERR_IO, "'%s' is no longer open", u->place.leaf);
    if (published_stat(&u->place, &target) == OK)
        mode = target.st_mode & 07777;
    is.st_mode = (is.st_mode & S_IFMT) | mode;
    disk_attributes(&is, out);
    out->size = u->size;
    out->links = 1;
    show_pending(&u->attributes, out);
    return OK;
}

static enum status
stat_staged(struct vfs_file *file, struct vfs_attributes *out)
{
    struct upload_file *self = self_of(file);
    struct stat is;

    TRY(edit_when_published(self));
    if (self->edit != NULL)
        return vfs_file_stat(self->edit, out);
    if (self->upload == NULL) {
        TRY(published_stat(&self->own, &is));
        disk_attributes(&is, out);
        show_pending(&self->pending, out);
        return OK;
    }
    enum upload_state state = upload_enter(self->upload);
    enum status status = upload_show(self->upload, out);
    if (status == OK && state == UPLOAD_UNDECIDED)
        tell_undecided(self, out);
    upload_leave(self->upload);
    return status;
}

static void
add_pending(struct vfs_attributes *all, const struct vfs_attributes *set)
{
    unsigned has = set->has & (VFS_HAS_MODE | VFS_HAS_OWNER | VFS_HAS_TIMES);

    if (has & VFS_HAS_MODE)
        all->mode = set->mode;
    if (has & VFS_HAS_OWNER) {
        all->uid = set->uid;
        all->gid = set->gid;
    }
    if (has & VFS_HAS_TIMES) {
        all->atime_ns = set->atime_ns;
        all->mtime_ns = set->mtime_ns;
    }
    all->has |= has;
}

static enum status
set_size_inside(struct upload_file *self, enum upload_state state,
                uint64_t size)
{
    struct upload *u = self->upload;

    if (state == UPLOAD_UNDECIDED) {
        TRY(decide_leftover(self, size, false));
        state = upload_state(u);
    }
    if (state != UPLOAD_STAGED && state != UPLOAD_ORPHANED)
        return upload_refuse(u, state);
    return upload_set_size(u, size);
}

static enum status
set_inside(struct upload_file *self, enum upload_state state,
           const struct vfs_attributes *set)
{
    struct upload *u = self->upload;

    if (state == UPLOAD_LOST || u->fd < 0)
        return upload_refuse(u, state);
    if (set->has & VFS_HAS_SIZE) {
        enum status status = set_size_inside(self, state, set->size);
        if (status != OK && upload_state(u) != UPLOAD_LOST)
            return upload_failed(u, status);
        TRY(status);
    }
    add_pending(&u->attributes, set);
    return OK;
}

static enum status
set_staged(struct vfs_file *file, const struct vfs_attributes *set)
{
    struct upload_file *self = self_of(file);

    if (self->upload == NULL && self->edit == NULL &&
        !(set->has & VFS_HAS_SIZE)) {
        add_pending(&self->pending, set);
        return OK;
    }
    TRY(decide(self, set->size));
    if (self->edit != NULL)
        return vfs_file_set_attributes(self->edit, set);
    assert(self->upload != NULL); /* decide() made one of the two */
    enum upload_state state = upload_enter(self->upload);
    enum status status = set_inside(self, state, set);
    upload_leave(self->upload);
    return status;
}

/* A handle that wrote nothing: C makes the file all the same (R1.5 says why),
 * a resumed one has nothing to publish yet. */
static enum status
settle(struct upload_file *self)
{
    struct upload *u = self->upload;
    enum upload_state state = upload_enter(u);
    enum status status = OK;

    if (state == UPLOAD_UNDECIDED) {
        status = upload_start_over(u);
        u->resumed = false;
        if (status != OK)
            status = upload_failed(u, status);
        else if (!upload_move(u, UPLOAD_STAGED))
            status = upload_refuse(u, UPLOAD_LOST);
    }
    upload_leave(u);
    return status;
}

static enum status
publish(struct upload_file *self)
{
    struct upload *u = self->upload;

    TRY(settle(self));
    enum status status = upload_publish(u);
    if (status != OK)
        tell(self->by, &u->key, 0);
    return status;
}

/* R3.2, opened W: sync and record, and sync again, which makes the record
 * durable. */
static enum status
sync_inside(struct upload *u, enum upload_state state)
{
    if (state == UPLOAD_UNDECIDED || state == UPLOAD_ORPHANED)
        return OK;
    if (state != UPLOAD_STAGED)
        return upload_refuse(u, state);
    enum status status = upload_record_now(u, false);
    if (status == OK)
        status = upload_sync_bytes(u);
    return status == OK ? OK : upload_failed(u, status);
}

static enum status
publish_and_go_on(struct upload_file *self)
{
    TRY(publish(self));
    return become_edit(self);
}

static enum status
sync_staged(struct vfs_file *file)
{
    const unsigned both = VFS_READ | VFS_WRITE;
    struct upload_file *self = self_of(file);
    struct upload *u = self->upload;

    TRY(edit_when_published(self));
    if (self->edit != NULL)
        return vfs_sync(self->edit);
    if (u == NULL)
        return OK;
    if ((self->file.flags & both) == both && upload_state(u) != UPLOAD_ORPHANED)
        return publish_and_go_on(self);
    enum upload_state state = upload_enter(u);
    enum status status = sync_inside(u, state);
    upload_leave(u);
    return status;
}

static enum status
space_staged(struct vfs_file *file, struct vfs_space *out)
{
    struct upload_file *self = self_of(file);

    if (self->edit != NULL)
        return vfs_file_space(self->edit, out);
    return disk_space(self->upload != NULL ? self->upload->place.folder
                                           : self->own.folder,
                      out);
}

static enum status
commit_undecided(struct upload_file *self)
{
    if (self->pending.has == 0)
        return OK;
    TRY(open_edit(self->by, &self->own, &self->how, &self->edit));
    TRY(vfs_file_set_attributes(self->edit, &self->pending));
    return vfs_commit(self->edit);
}

/* R2.6: the CLOSE of a handle that failed ends the session's part. */
static enum status
commit_failed(struct upload_file *self, enum upload_state state)
{
    tell(self->by, &self->upload->key, 0);
    self->writes = false;
    self->upload->handles++;
    own_drop(self->upload, true);
    return upload_refuse(self->upload, state);
}

/* Resumed, and nothing came: still only a left-over. */
static bool
keeps_leftover(struct upload *u)
{
    enum upload_state state = upload_enter(u);
    bool keeps = state == UPLOAD_STAGED && u->resumed && !u->wrote;

    upload_leave(u);
    return keeps;
}

static enum status
commit_staged(struct vfs_file *file)
{
    struct upload_file *self = self_of(file);

    if (!(self->file.flags & VFS_WRITE))
        return OK;
    TRY(edit_when_published(self));
    if (self->edit != NULL)
        return vfs_commit(self->edit);
    if (self->upload == NULL)
        return commit_undecided(self);
    struct upload *u = self->upload;
    enum upload_state state = upload_state(u);
    if (state == UPLOAD_ORPHANED)
        return OK;
    if (state != UPLOAD_STAGED && state != UPLOAD_UNDECIDED)
        return commit_failed(self, state);
    return keeps_leftover(u) ? OK : publish(self);
}

static void
close_staged(struct vfs_file *file)
{
    struct upload_file *self = self_of(file);

    vfs_close(&self->edit);
    if (self->upload != NULL)
        own_drop(self->upload, self->writes);
    drop_own_place(self);
    free(self);
}

static const struct vfs_file_ops staged_ops = {
    .read = read_staged,
    .write = write_staged,
    .receive = receive_staged,
    .stat = stat_staged,
    .set_attributes = set_staged,
    .sync = sync_staged,
    .space = space_staged,
    .commit = commit_staged,
    .close = close_staged,
};

static enum status
keep_place(struct upload_file *self, const struct place *place)
{
    self->own = *place;
    self->own.folder_path = strdup(place->folder_path);
    self->own.folder = fcntl(place->folder, F_DUPFD_CLOEXEC, 0);
    if (self->own.folder_path == NULL)
        return fail(ERR_MEMORY, "no memory for an open file");
    return self->own.folder >= 0
               ? OK
               : fail_errno(errno, "cannot keep a folder open");
}

enum status
upload_file_new(struct uploader *by, struct upload *u,
                const struct place *place, const struct vfs_open *how,
                struct vfs_file **file_out)
{
    struct upload_file *self = calloc(1, sizeof *self);
    bool writes = how->flags & VFS_WRITE;

    if (self == NULL) {
        if (u != NULL)
            own_drop(u, writes);
        return fail(ERR_MEMORY, "no memory for an open file");
    }
    self->file.ops = &staged_ops;
    self->file.flags = how->flags;
    self->by = by;
    self->how = *how;
    self->upload = u;
    self->writes = u != NULL && writes;
    self->own.folder = -1;
    enum status status = u == NULL ? keep_place(self, place) : OK;
    if (status != OK) {
        close_staged(&self->file);
        return status;
    }
    *file_out = &self->file;
    return OK;
}

enum status
upload_set_attributes(struct uploader *by, const struct place *place,
                      const struct vfs_attributes *set)
{
    struct upload *u = own_find(by, place);
    struct upload_file self = { .by = by, .upload = u };

    if (u == NULL)
        return fail(ERR_NOT_FOUND, "nothing of '%s' is staged here",
                    place->leaf);
    enum upload_state state = upload_enter(u);
    enum status status = set_inside(&self, state, set);
    upload_leave(u);
    return status;
}
