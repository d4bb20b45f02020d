/* SPDX-License-Identifier: Apache-2.0 */
/*
 * on_disk.c - the files of a host's file system.
 *
 * Each call resolves its path anew, in the kernel and without following a
 * link (resolve.h), and then works beside that descriptor. What an unpublished
 * upload could change is asked of the uploader first (upload_private.h).
 */
#include "vfs/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct on_disk {
    struct vfs vfs;
    struct roots roots;
    struct uploader *uploader;
    const struct staging_rules *staging; /* NULL: all paths are alike */
};

enum {
    /* Nothing that is opened may block or become our terminal. */
    SAFELY = O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC,
    OPENS_NEW = VFS_WRITE | VFS_CREATE,
    USUAL_FOLDER_MODE = 0777,
};

static struct on_disk *
self_of(struct vfs *vfs)
{
    return (struct on_disk *)vfs;
}

/* The names of a folder's files are all that a session may open. */
static enum status
check_kind(const struct stat *st)
{
    if (S_ISLNK(st->st_mode))
        return fail(ERR_LINK, "the name is a symbolic link");
    if (S_ISDIR(st->st_mode))
        return fail(ERR_IS_FOLDER, "this is a folder");
    if (!S_ISREG(st->st_mode))
        return fail(ERR_DENIED, "this is not a regular file");
    return OK;
}

static enum status
open_to_read(struct on_disk *self, const struct place *place,
             const struct vfs_open *how, struct vfs_file **file_out)
{
    enum status status = upload_open_own(self->uploader, place, file_out);
    struct stat st;
    int descriptor;

    if (status != ERR_NOT_FOUND)
        return status;
    /* Looked at first: opening a device or a pipe already does something. */
    if (fstatat(place->folder, place->leaf, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return fail_errno(errno, "'%s'", place->leaf);
    TRY(check_kind(&st));
    descriptor = openat(place->folder, place->leaf, O_RDONLY | SAFELY);
    if (descriptor < 0)
        return fail_errno(errno, "open '%s'", place->leaf);
    return disk_file_open(self->uploader, place, descriptor, how, false,
                          file_out);
}

/* upload_open() looks at the name itself, and refuses what is no file. */
static enum status
open_to_write(struct on_disk *self, struct str path, const struct place *place,
              const struct vfs_open *how, struct vfs_file **file_out)
{
    bool exclusive = (how->flags & VFS_EXCLUSIVE) != 0;
    struct vfs_open ruled = *how;

    ruled.in_place = self->staging != NULL && !staging_of(self->staging, path);
    enum status status = upload_open(self->uploader, place, &ruled, file_out);

    if (exclusive && (status == ERR_LINK || status == ERR_IS_FOLDER))
        return fail(ERR_EXISTS, "the name exists");
    return status;
}

static enum status
disk_open(struct vfs *vfs, struct str path, const struct vfs_open *how,
          struct vfs_file **file_out)
{
    struct on_disk *self = self_of(vfs);
    bool writes = (how->flags & OPENS_NEW) != 0;
    AUTO(resolved_done) struct resolved at;

    TRY(resolve_place(&self->roots, path, writes ? TO_CHANGE : TO_LOOK, &at));
    if (at.is_root)
        return fail(ERR_IS_FOLDER, "this is a folder");
    upload_barrier(self->uploader, &at.place);
    return writes ? open_to_write(self, path, &at.place, how, file_out)
                  : open_to_read(self, &at.place, how, file_out);
}

static enum status
disk_list(struct vfs *vfs, struct str path, struct vfs_folder **folder_out)
{
    struct on_disk *self = self_of(vfs);
    struct resolved at;
    int descriptor;

    TRY(resolve_folder_path(&self->roots, path, &at));
    upload_barrier(self->uploader, &at.place);
    TRY(resolve_open(&self->roots, path, O_RDONLY | O_DIRECTORY, &descriptor));
    return disk_folder_open(self->uploader, descriptor, at.place.folder_path,
                            at.is_root, folder_out);
}

/* The published file, or the root itself. */
static enum status
stat_published(const struct resolved *at, unsigned how,
               struct vfs_attributes *out)
{
    int number = disk_look(at->place.folder, at->place.leaf, out);

    if (number != 0)
        return fail_errno(number, "'%s'", at->place.leaf);
    if (S_ISLNK(out->mode) && (how & VFS_FOLLOW) != 0)
        return fail(ERR_LINK, "the name is a symbolic link");
    return OK;
}

static enum status
disk_stat(struct vfs *vfs, struct str path, unsigned how,
          struct vfs_attributes *out)
{
    struct on_disk *self = self_of(vfs);
    enum status status = ERR_NOT_FOUND;
    AUTO(resolved_done) struct resolved at;

    TRY(resolve_place(&self->roots, path, TO_LOOK, &at));
    upload_barrier(self->uploader, &at.place);
    if (!at.is_root)
        status = upload_stat(self->uploader, &at.place,
                             how & ~(unsigned)VFS_TELL, out);
    if (status != ERR_NOT_FOUND)
        return status;
    status = stat_published(&at, how, out);
    /* Only where nothing is published is it worth looking for a left-over. */
    if (status == ERR_NOT_FOUND && (how & VFS_TELL) != 0)
        return upload_stat(self->uploader, &at.place, how, out);
    return status;
}

static enum status
set_published(struct on_disk *self, const struct resolved *at, unsigned how,
              const struct vfs_attributes *attributes)
{
    uint64_t most = uploader_options(self->uploader)->maximum_file_size;
    enum status status;
    struct stat st;
    int descriptor;

    if ((attributes->has & VFS_HAS_SIZE) != 0 && most != 0 &&
        attributes->size > most)
        return fail(ERR_FULL, "over the maximum file size");
    descriptor = openat(at->place.folder, at->is_root ? "." : at->place.leaf,
                        O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0)
        return fail_errno(errno, "'%s'", at->place.leaf);
    if (fstat(descriptor, &st) < 0)
        status = fail_errno(errno, "'%s'", at->place.leaf);
    else if (S_ISLNK(st.st_mode) && (how & VFS_FOLLOW) != 0)
        status = fail(ERR_LINK, "the name is a symbolic link");
    else
        status = disk_set_path_attributes(descriptor, attributes);
    close(descriptor);
    return status;
}

static enum status
disk_set(struct vfs *vfs, struct str path, unsigned how,
         const struct vfs_attributes *attributes)
{
    struct on_disk *self = self_of(vfs);
    enum status status = ERR_NOT_FOUND;
    AUTO(resolved_done) struct resolved at;

    TRY(resolve_place(&self->roots, path, TO_LOOK, &at));
    upload_barrier(self->uploader, &at.place);
    if (!at.is_root)
        status = upload_set_attributes(self->uploader, &at.place, attributes);
    if (status != ERR_NOT_FOUND)
        return status;
    return set_published(self, &at, how, attributes);
}

static enum status
disk_make_folder(struct vfs *vfs, struct str path,
                 const struct vfs_attributes *attributes)
{
    struct on_disk *self = self_of(vfs);
    mode_t mode = disk_new_mode(uploader_options(self->uploader), attributes,
                                USUAL_FOLDER_MODE);
    AUTO(resolved_done) struct resolved at;

    TRY(resolve_place(&self->roots, path, TO_CHANGE, &at));
    if (at.is_root)
        return fail(ERR_EXISTS, "the name exists");
    upload_barrier(self->uploader, &at.place);
    if (mkdirat(at.place.folder, at.place.leaf, mode) < 0)
        return fail_errno(errno, "make the folder '%s'", at.place.leaf);
    upload_folder_made(self->uploader, &at.place);
    return OK;
}

static enum status
disk_remove(struct vfs *vfs, struct str path, enum vfs_remove_kind kind)
{
    struct on_disk *self = self_of(vfs);
    AUTO(resolved_done) struct resolved at;

    TRY(resolve_name(&self->roots, path, &at));
    upload_barrier(self->uploader, &at.place);
    if (kind == VFS_REMOVE_FOLDER) {
        TRY(resolve_check_loose(&self->roots, &at));
        return upload_remove_folder(self->uploader, &at.place);
    }
    TRY(upload_remove(self->uploader, &at.place));
    disk_edits_let_go(self->uploader, &at.place);
    return OK;
}

/*
 * Said before anything is prepared for it: what a rename replaces is put out
 * of the way first. The kernel takes two mounts of one file system for two
 * storages as well; before Linux 5.8 it does not tell them apart.
 */
static enum status
check_one_storage(const struct resolved *old, const struct resolved *new,
                  enum status refusal)
{
    struct statx a, b;

    if (statx(old->place.folder, "", AT_EMPTY_PATH, STATX_MNT_ID, &a) < 0 ||
        statx(new->place.folder, "", AT_EMPTY_PATH, STATX_MNT_ID, &b) < 0)
        return fail_errno(errno, "look at the folders");
    bool is_same_mount = (a.stx_mask & b.stx_mask & STATX_MNT_ID) == 0 ||
                         a.stx_mnt_id == b.stx_mnt_id;
    if (is_same_mount && a.stx_dev_major == b.stx_dev_major &&
        a.stx_dev_minor == b.stx_dev_minor)
        return OK;
    return fail(refusal, "'%s' and '%s' are on different file systems",
                old->place.leaf, new->place.leaf);
}

static enum status
check_move(struct on_disk *self, const struct resolved *old,
           const struct resolved *new)
{
    TRY(resolve_check_loose(&self->roots, old));
    TRY(resolve_check_loose(&self->roots, new));
    return check_one_storage(old, new, ERR_IO);
}

static enum status
disk_rename(struct vfs *vfs, struct str from, struct str to, bool replace)
{
    struct on_disk *self = self_of(vfs);
    AUTO(resolved_done) struct resolved old;
    AUTO(resolved_done) struct resolved new;

    new.place.folder = -1;
    TRY(resolve_name(&self->roots, from, &old));
    TRY(resolve_name(&self->roots, to, &new));
    TRY(check_move(self, &old, &new));
    upload_barrier(self->uploader, &old.place);
    upload_barrier(self->uploader, &new.place);
    TRY(upload_rename(self->uploader, &old.place, &new.place, replace));
    disk_edits_let_go(self->uploader, &old.place);
    disk_edits_let_go(self->uploader, &new.place);
    return OK;
}

static enum status
disk_link(struct vfs *vfs, struct str existing, struct str name)
{
    struct on_disk *self = self_of(vfs);
    AUTO(resolved_done) struct resolved old;
    AUTO(resolved_done) struct resolved new;

    new.place.folder = -1;
    TRY(resolve_name(&self->roots, existing, &old));
    TRY(resolve_name(&self->roots, name, &new));
    TRY(check_one_storage(&old, &new, ERR_UNSUPPORTED));
    upload_barrier(self->uploader, &old.place);
    upload_barrier(self->uploader, &new.place);
    return upload_link(self->uploader, &old.place, &new.place);
}

static enum status
disk_make_link(struct vfs *vfs, struct str target, struct str name)
{
    struct on_disk *self = self_of(vfs);
    AUTO(buffer_done) struct buffer text = BUFFER(PATH_MAX + VFS_PATH);
    AUTO(resolved_done) struct resolved at;
    const char *stored;

    /* First, since the text is judged by where the name really stands. */
    TRY(resolve_name(&self->roots, name, &at));
    TRY(link_text_to_host(&self->roots, target, name, &text));
    stored = buffer_text(&text);
    if (stored == NULL)
        return fail(ERR_MEMORY, "no memory for the text of a link");
    upload_barrier(self->uploader, &at.place);
    if (symlinkat(stored, at.place.folder, at.place.leaf) < 0)
        return fail_errno(errno, "make the link '%s'", at.place.leaf);
    return upload_sync_folder(self->uploader, &at.place);
}

static enum status
disk_read_link(struct vfs *vfs, struct str path, struct buffer *target_out)
{
    struct on_disk *self = self_of(vfs);
    AUTO(resolved_done) struct resolved at;
    char text[PATH_MAX];
    ssize_t len;

    TRY(resolve_place(&self->roots, path, TO_LOOK, &at));
    if (at.is_root)
        return fail(ERR_INVALID, "this is no symbolic link");
    len = readlinkat(at.place.folder, at.place.leaf, text, sizeof text);
    if (len < 0)
        return fail_errno(errno, "read the link '%s'", at.place.leaf);
    return link_text_from_host(&self->roots, str_from(text, (size_t)len), path,
                               target_out);
}

static enum status
disk_path_space(struct vfs *vfs, struct str path, struct vfs_space *out)
{
    int descriptor;
    enum status status;

    TRY(resolve_open(&self_of(vfs)->roots, path, O_PATH, &descriptor));
    status = disk_space(descriptor, out);
    close(descriptor);
    return status;
}

static void
disk_free(struct vfs *vfs)
{
    struct on_disk *self = self_of(vfs);

    uploader_free(&self->uploader);
    roots_done(&self->roots);
    free(self);
}

static const struct vfs_ops disk_ops = {
    .open = disk_open,
    .list = disk_list,
    .stat = disk_stat,
    .set_attributes = disk_set,
    .make_folder = disk_make_folder,
    .remove = disk_remove,
    .rename = disk_rename,
    .link = disk_link,
    .make_link = disk_make_link,
    .read_link = disk_read_link,
    .space = disk_path_space,
    .free = disk_free,
};

enum status
vfs_on_disk(const struct disk_options *options, struct vfs **out)
{
    struct on_disk *self = calloc(1, sizeof *self);
    enum status status;

    if (self == NULL)
        return fail(ERR_MEMORY, "no memory for the files");
    self->vfs.ops = &disk_ops;
    self->staging = options->staging;
    status = roots_init(&self->roots, options);
    if (status == OK)
        status = resolve_check_hidden(&self->roots);
    if (status == OK)
        status = uploader_new(options, &self->uploader);
    if (status != OK) {
        disk_free(&self->vfs);
        return status;
    }
    *out = &self->vfs;
    return OK;
}
