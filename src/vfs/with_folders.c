/* SPDX-License-Identifier: Apache-2.0 */
/*
 * with_folders.c - shows virtual folders where they stand, and keeps them.
 *
 * The place below leads their paths to the right folders of the host; but
 * there nothing is called as they are. So this layer says that they, and the
 * folders above them, are there, and lets nobody rename, remove or replace
 * one: a folder that holds a virtual one would take it out of sight.
 *
 * A folder above a virtual one is the real one where there is one. Where there
 * is none, or something else has the name by now, it is shown all the same; it
 * holds virtual folders only, and nothing can be made in it.
 */
#include "vfs/with_folders_private.h"

#include <stdlib.h>
#include <sys/stat.h>

enum { BARE_MODE = S_IFDIR | 0555, BARE_LINKS = 2 };

static struct with_folders *
self_of(struct vfs *vfs)
{
    return (struct with_folders *)vfs;
}

struct str
folders_rest(const char *folder, struct str path)
{
    struct str whole = str_of(folder);
    size_t len = path.len > 1 ? path.len : 0;

    if (whole.len <= len + 1 || whole.data[len] != '/' ||
        memcmp(whole.data, path.data, len) != 0)
        return STR_NONE;
    return str_from_offset(whole, len + 1);
}

const char *
folders_below(const struct with_folders *self, struct str path)
{
    for (size_t i = 0; i < self->count; i++)
        if (folders_rest(self->paths[i], path).len > 0)
            return self->paths[i];
    return NULL;
}

enum spot
folders_spot(const struct with_folders *self, struct str path)
{
    for (size_t i = 0; i < self->count; i++)
        if (str_is(path, self->paths[i]))
            return SPOT_FOLDER;
    return folders_below(self, path) != NULL ? SPOT_ABOVE : SPOT_FREE;
}

bool
folders_is_nothing(enum status status)
{
    return status == ERR_NOT_FOUND || status == ERR_NO_FOLDER ||
           status == ERR_LINK;
}

/* What the place has at a path above a virtual folder: a folder, or nothing
 * that counts (ERR_NOT_FOUND). */
static enum status
look_at_real(struct with_folders *self, struct str path,
             struct vfs_attributes *out)
{
    enum status status = self->files->ops->stat(self->files, path, 0, out);

    if (folders_is_nothing(status) || (status == OK && !S_ISDIR(out->mode)))
        return fail(ERR_NOT_FOUND, "'%.*s' holds virtual folders only",
                    STR_ARG(path));
    return status;
}

/* FNV-1a: the same path has the same number in every session. */
static uint64_t
number_of(struct str path)
{
    uint64_t hash = 0xcbf29ce484222325;

    for (size_t i = 0; i < path.len; i++)
        hash = (hash ^ (unsigned char)path.data[i]) * 0x100000001b3;
    return hash;
}

/* Whose it is, and when it changed, is what the first folder in it says. */
static enum status
make_up(struct with_folders *self, struct str path, struct vfs_attributes *out)
{
    const char *folder = folders_below(self, path);

    TRY(self->files->ops->stat(self->files, str_of(folder), 0, out));
    out->mode = BARE_MODE;
    out->size = 0;
    out->links = BARE_LINKS;
    out->inode = number_of(path);
    return OK;
}

enum status
folders_look(struct with_folders *self, struct str path,
             struct vfs_attributes *out)
{
    enum status status;

    if (folders_spot(self, path) == SPOT_FOLDER)
        return self->files->ops->stat(self->files, path, 0, out);
    status = look_at_real(self, path, out);
    return status == ERR_NOT_FOUND ? make_up(self, path, out) : status;
}

/* Virtual folders, and those that hold one, stay what and where they are. */
static enum status
check_free(const struct with_folders *self, struct str path)
{
    if (folders_spot(self, path) == SPOT_FREE)
        return OK;
    return fail(ERR_DENIED, "'%.*s' is, or holds, a virtual folder",
                STR_ARG(path));
}

/* The nearest folder around the path that this layer has a say in. */
static struct str
around(const struct with_folders *self, struct str path, enum spot *spot_out)
{
    while (path.len > 1) {
        const char *slash = memrchr(path.data, '/', path.len);

        path.len = slash == path.data ? 1 : (size_t)(slash - path.data);
        *spot_out = folders_spot(self, path);
        if (*spot_out != SPOT_FREE)
            break;
    }
    return path;
}

/*
 * Say it better when a name was to be made, or a link was met, in a folder
 * that is there for virtual folders only: the place knows nothing of it.
 */
static enum status
explain(struct with_folders *self, enum status status, struct str path,
        enum status refusal)
{
    struct vfs_attributes it;
    enum spot spot = SPOT_FREE;

    if (!folders_is_nothing(status) ||
        (refusal == ERR_NOT_FOUND && status != ERR_LINK))
        return status;
    struct str folder = around(self, path, &spot);
    if (spot != SPOT_ABOVE || look_at_real(self, folder, &it) != ERR_NOT_FOUND)
        return status;
    return fail(refusal, "'%.*s' holds virtual folders only", STR_ARG(folder));
}

static enum status
folders_open(struct vfs *vfs, struct str path, const struct vfs_open *how,
             struct vfs_file **file_out)
{
    struct with_folders *self = self_of(vfs);
    bool creates = (how->flags & VFS_CREATE) != 0;

    if (folders_spot(self, path) != SPOT_FREE)
        return (how->flags & VFS_EXCLUSIVE) != 0
                   ? fail(ERR_EXISTS, "the name exists")
                   : fail(ERR_IS_FOLDER, "this is a folder");
    return explain(self,
                   self->files->ops->open(self->files, path, how, file_out),
                   path, creates ? ERR_DENIED : ERR_NOT_FOUND);
}

static enum status
folders_list_at(struct vfs *vfs, struct str path,
                struct vfs_folder **folder_out)
{
    struct with_folders *self = self_of(vfs);

    if (folders_below(self, path) != NULL)
        return folders_list(self, path, folder_out);
    return explain(self, self->files->ops->list(self->files, path, folder_out),
                   path, ERR_NOT_FOUND);
}

static enum status
folders_stat(struct vfs *vfs, struct str path, unsigned how,
             struct vfs_attributes *out)
{
    struct with_folders *self = self_of(vfs);

    if (folders_spot(self, path) != SPOT_FREE)
        return folders_look(self, path, out);
    return explain(self, self->files->ops->stat(self->files, path, how, out),
                   path, ERR_NOT_FOUND);
}

static enum status
folders_set_attributes(struct vfs *vfs, struct str path, unsigned how,
                       const struct vfs_attributes *attributes)
{
    struct with_folders *self = self_of(vfs);
    struct vfs_attributes it;

    if (folders_spot(self, path) == SPOT_ABOVE &&
        look_at_real(self, path, &it) == ERR_NOT_FOUND)
        return fail(ERR_DENIED, "'%.*s' holds virtual folders only",
                    STR_ARG(path));
    return explain(
        self,
        self->files->ops->set_attributes(self->files, path, how, attributes),
        path, ERR_NOT_FOUND);
}

static enum status
folders_make_folder(struct vfs *vfs, struct str path,
                    const struct vfs_attributes *attributes)
{
    struct with_folders *self = self_of(vfs);

    if (folders_spot(self, path) != SPOT_FREE)
        return fail(ERR_EXISTS, "the name exists");
    return explain(self,
                   self->files->ops->make_folder(self->files, path, attributes),
                   path, ERR_DENIED);
}

static enum status
folders_remove(struct vfs *vfs, struct str path, enum vfs_remove_kind kind)
{
    struct with_folders *self = self_of(vfs);

    TRY(check_free(self, path));
    return explain(self, self->files->ops->remove(self->files, path, kind),
                   path, ERR_NOT_FOUND);
}

static enum status
folders_rename(struct vfs *vfs, struct str from, struct str to, bool replace)
{
    struct with_folders *self = self_of(vfs);
    enum status status;

    TRY(check_free(self, from));
    TRY(check_free(self, to));
    status = self->files->ops->rename(self->files, from, to, replace);
    TRY(explain(self, status, from, ERR_NOT_FOUND));
    return OK;
}

static enum status
folders_link(struct vfs *vfs, struct str existing, struct str name)
{
    struct with_folders *self = self_of(vfs);

    TRY(check_free(self, existing));
    TRY(check_free(self, name));
    return explain(self, self->files->ops->link(self->files, existing, name),
                   existing, ERR_NOT_FOUND);
}

static enum status
folders_make_link(struct vfs *vfs, struct str target, struct str name)
{
    struct with_folders *self = self_of(vfs);

    TRY(check_free(self, name));
    return explain(self, self->files->ops->make_link(self->files, target, name),
                   name, ERR_DENIED);
}

static enum status
folders_read_link(struct vfs *vfs, struct str path, struct buffer *target_out)
{
    struct with_folders *self = self_of(vfs);

    if (folders_spot(self, path) != SPOT_FREE)
        return fail(ERR_INVALID, "this is no symbolic link");
    return explain(self,
                   self->files->ops->read_link(self->files, path, target_out),
                   path, ERR_NOT_FOUND);
}

/* What holds virtual folders only has the room of the first of them. */
static enum status
folders_space(struct vfs *vfs, struct str path, struct vfs_space *out)
{
    struct with_folders *self = self_of(vfs);
    const char *folder = folders_below(self, path);
    enum status status = self->files->ops->space(self->files, path, out);

    if (folder != NULL && folders_is_nothing(status))
        return self->files->ops->space(self->files, str_of(folder), out);
    return explain(self, status, path, ERR_NOT_FOUND);
}

/* A made-up folder is there to be entered, and to be listed. */
static unsigned
folders_may(struct vfs *vfs, struct str path, bool *is_same)
{
    struct with_folders *self = self_of(vfs);
    enum spot spot = folders_spot(self, path);
    struct vfs_attributes it;

    *is_same = false;
    if (spot == SPOT_ABOVE && look_at_real(self, path, &it) != OK)
        return ALLOW_LIST | ALLOW_TRAVERSE;
    if (spot != SPOT_FREE)
        return ALLOW_FULL_CONTROL &
               ~(unsigned)(ALLOW_RENAME | ALLOW_DELETE_FOLDER);
    return ALLOW_FULL_CONTROL;
}

static void
folders_free(struct vfs *vfs)
{
    struct with_folders *self = self_of(vfs);

    for (size_t i = 0; i < self->count; i++)
        free(self->paths[i]);
    free(self->paths);
    vfs_free(&self->files);
    free(self);
}

static const struct vfs_ops folders_ops = {
    .open = folders_open,
    .list = folders_list_at,
    .stat = folders_stat,
    .set_attributes = folders_set_attributes,
    .make_folder = folders_make_folder,
    .remove = folders_remove,
    .rename = folders_rename,
    .link = folders_link,
    .make_link = folders_make_link,
    .read_link = folders_read_link,
    .space = folders_space,
    .may = folders_may,
    .free = folders_free,
};

static enum status
copy_paths(struct with_folders *self, const struct virtual_folder *folders,
           size_t count)
{
    self->paths = calloc(count + 1, sizeof *self->paths);
    if (self->paths == NULL)
        return fail(ERR_MEMORY, "no memory for virtual folders");
    for (; self->count < count; self->count++) {
        self->paths[self->count] = strdup(folders[self->count].path);
        if (self->paths[self->count] == NULL)
            return fail(ERR_MEMORY, "no memory for virtual folders");
    }
    return OK;
}

enum status
vfs_with_folders(struct vfs *inner, const struct virtual_folder *folders,
                 size_t count, struct vfs **out)
{
    struct with_folders *self = calloc(1, sizeof *self);
    enum status status;

    if (self == NULL) {
        vfs_free(&inner);
        return fail(ERR_MEMORY, "no memory for a layer of files");
    }
    self->vfs.ops = &folders_ops;
    self->files = inner;
    status = copy_paths(self, folders, count);
    if (status != OK) {
        folders_free(&self->vfs);
        return status;
    }
    *out = &self->vfs;
    return OK;
}
