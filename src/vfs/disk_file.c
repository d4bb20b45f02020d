/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk_file.c - a handle on a file that is published.
 *
 * Reading is plain. Writing is an edit in place, which nobody can fence: so
 * before its fsync or CLOSE answers, the name must still lead to what was
 * written, unless this session itself gave the name away.
 */
#include "vfs/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <unistd.h>

struct disk_file {
    struct vfs_file file;
    struct uploader *uploader;
    int descriptor;
    bool edits;
    bool changed; /* since the file was opened */
    bool dirty;   /* since the last sync */
    bool failed;  /* a change or a sync has: no more, and no commit */
    dev_t device;
    ino_t inode;
    struct disk_edit edit;
};

static const struct vfs_file_ops file_ops;

static struct disk_file *
self_of(struct vfs_file *file)
{
    return (struct disk_file *)file;
}

static enum status
start_edit(struct disk_file *self, const struct place *place)
{
    struct disk_edit **list = uploader_edits(self->uploader);
    struct stat st;

    if (fstat(self->descriptor, &st) < 0)
        return fail_errno(errno, "look at '%s'", place->leaf);
    if (asprintf(&self->edit.path, "%s/%s", place->folder_path, place->leaf) <
        0) {
        self->edit.path = NULL;
        return fail(ERR_MEMORY, "no memory for the path of an edit");
    }
    if (strlen(self->edit.path) >= PATH_MAX)
        return fail(ERR_INVALID, "the path is too long to be edited");
    self->device = st.st_dev;
    self->inode = st.st_ino;
    self->edits = true;
    self->edit.next = *list;
    *list = &self->edit;
    return OK;
}

static void
end_edit(struct disk_file *self)
{
    struct disk_edit **link = uploader_edits(self->uploader);

    while (*link != &self->edit)
        link = &(*link)->next;
    *link = self->edit.next;
}

static void
close_file(struct vfs_file *file)
{
    struct disk_file *self = self_of(file);

    if (self->edits)
        end_edit(self);
    close(self->descriptor);
    free(self->edit.path);
    free(self);
}

enum status
disk_file_open(struct uploader *uploader, const struct place *place,
               int descriptor, const struct vfs_open *how, bool edit,
               struct vfs_file **file_out)
{
    struct disk_file *self = calloc(1, sizeof *self);
    enum status status = OK;

    if (self == NULL) {
        close(descriptor);
        return fail(ERR_MEMORY, "no memory for an open file");
    }
    self->file.ops = &file_ops;
    self->file.flags = how->flags;
    self->uploader = uploader;
    self->descriptor = descriptor;
    if (edit)
        status = start_edit(self, place);
    if (status != OK) {
        close_file(&self->file);
        return status;
    }
    *file_out = &self->file;
    return OK;
}

/* `path` is `top`, or something below it. */
static bool
is_within(const char *path, const char *folder_path, const char *leaf)
{
    size_t folder = strlen(folder_path);
    size_t name = strlen(leaf);

    /* The host's own "/" ends in the slash that separates. */
    if (folder == 1)
        folder = 0;
    return strncmp(path, folder_path, folder) == 0 && path[folder] == '/' &&
           strncmp(path + folder + 1, leaf, name) == 0 &&
           (path[folder + 1 + name] == '\0' || path[folder + 1 + name] == '/');
}

void
disk_edits_let_go(struct uploader *uploader, const struct place *place)
{
    for (struct disk_edit *edit = *uploader_edits(uploader); edit != NULL;
         edit = edit->next)
        if (is_within(edit->path, place->folder_path, place->leaf))
            edit->let_go = true;
}

static enum status
read_file(struct vfs_file *file, uint64_t offset, void *into, size_t size,
          size_t *got_out)
{
    struct disk_file *self = self_of(file);
    ssize_t got;

    do
        got = pread(self->descriptor, into, size, (off_t)offset);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return fail_errno(errno, "read");
    *got_out = (size_t)got;
    return OK;
}

/* After one failure nothing that was written is promised any more. */
static enum status
broken(struct disk_file *self, enum status status)
{
    self->failed = true;
    return status;
}

static enum status
check_unbroken(const struct disk_file *self)
{
    if (self->failed)
        return fail(ERR_IO, "an earlier change of this file has failed");
    return OK;
}

static enum status
check_size(struct disk_file *self, uint64_t size)
{
    uint64_t most = uploader_options(self->uploader)->maximum_file_size;

    if (most != 0 && size > most)
        return fail(ERR_FULL, "over the maximum file size");
    return OK;
}

static enum status
check_end_of_write(struct disk_file *self, uint64_t offset, size_t len)
{
    struct stat st;

    if ((self->file.flags & VFS_APPEND) == 0)
        return check_size(self, offset + len);
    if (fstat(self->descriptor, &st) < 0)
        return fail_errno(errno, "look at the file");
    return check_size(self, (uint64_t)st.st_size + len);
}

static enum status
write_file(struct vfs_file *file, uint64_t offset, struct str bytes)
{
    struct disk_file *self = self_of(file);
    enum status status;

    TRY(check_unbroken(self));
    status = check_end_of_write(self, offset, bytes.len);
    if (status != OK)
        return broken(self, status);
    self->changed = self->dirty = true;
    while (bytes.len > 0) {
        ssize_t put =
            pwrite(self->descriptor, bytes.data, bytes.len, (off_t)offset);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return broken(self, fail_errno(errno, "write"));
        offset += (uint64_t)put;
        bytes = str_from_offset(bytes, (size_t)put);
    }
    return OK;
}

static enum status
send_file(struct vfs_file *file, uint64_t offset, size_t size, int to_socket,
          size_t *sent_out)
{
    off_t at = (off_t)offset;
    ssize_t sent;

    do
        sent = sendfile(to_socket, self_of(file)->descriptor, &at, size);
    while (sent < 0 && errno == EINTR);
    if (sent < 0 && (errno == EINVAL || errno == ENOSYS))
        return fail(ERR_UNSUPPORTED, "this storage sends nothing by itself");
    if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
        return fail(ERR_CLOSED, "the connection was cut: reset");
    if (sent < 0 && errno != EAGAIN)
        return fail_errno(errno, "read");
    *sent_out = sent < 0 ? 0 : (size_t)sent;
    return OK;
}

static enum status
stat_file(struct vfs_file *file, struct vfs_attributes *out)
{
    struct stat st;

    if (fstat(self_of(file)->descriptor, &st) < 0)
        return fail_errno(errno, "look at the file");
    disk_attributes(&st, out);
    return OK;
}

static enum status
set_file_attributes(struct vfs_file *file,
                    const struct vfs_attributes *attributes)
{
    struct disk_file *self = self_of(file);
    enum status status;

    if ((attributes->has & VFS_HAS_SIZE) == 0)
        return disk_set_attributes(self->descriptor, attributes);
    TRY(check_unbroken(self));
    status = check_size(self, attributes->size);
    if (status == OK) {
        self->changed = self->dirty = true;
        status = disk_set_attributes(self->descriptor, attributes);
    }
    return status == OK ? OK : broken(self, status);
}

/* Does the name that was opened still lead to what was written? */
static enum status
check_name(const struct disk_file *self)
{
    struct stat st;

    if (!self->edits || !self->changed || self->edit.let_go)
        return OK;
    if (lstat(self->edit.path, &st) == 0 && st.st_dev == self->device &&
        st.st_ino == self->inode)
        return OK;
    return fail(
        ERR_IO,
        "the file was replaced, renamed or removed while it was edited");
}

static enum status
sync_file(struct vfs_file *file)
{
    struct disk_file *self = self_of(file);

    TRY(check_unbroken(self));
    if (!uploader_options(self->uploader)->durability_cache &&
        fsync(self->descriptor) < 0)
        return broken(self, fail_errno(errno, "sync"));
    self->dirty = false;
    return check_name(self);
}

static enum status
space_of_file(struct vfs_file *file, struct vfs_space *out)
{
    return disk_space(self_of(file)->descriptor, out);
}

static enum status
commit_file(struct vfs_file *file)
{
    struct disk_file *self = self_of(file);

    TRY(check_unbroken(self));
    return self->dirty ? sync_file(file) : check_name(self);
}

static const struct vfs_file_ops file_ops = {
    .read = read_file,
    .write = write_file,
    .send = send_file,
    .stat = stat_file,
    .set_attributes = set_file_attributes,
    .sync = sync_file,
    .space = space_of_file,
    .commit = commit_file,
    .close = close_file,
};
