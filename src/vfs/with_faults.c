/* SPDX-License-Identifier: Apache-2.0 */
/*
 * with_faults.c - fails where a test says so.
 *
 * Never part of a session's stack; it is compiled in so that tests of other
 * layers can break the storage under them.
 */
#include "vfs/places.h"
#include "vfs/vfs_private.h"

#include <stdlib.h>

struct with_faults {
    struct vfs vfs;
    vfs_fault *fault;
    void *arg;
};

/* A file or a listing of the inner vfs, and the path that it was opened as. */
struct faulty_file {
    struct vfs_file file;
    struct vfs_file *inner;
    struct with_faults *layer;
    char *path;
};

struct faulty_folder {
    struct vfs_folder folder;
    struct vfs_folder *inner;
    struct with_faults *layer;
    char *path;
};

static enum status
ask(struct with_faults *layer, const char *call, struct str path)
{
    return layer->fault(layer->arg, call, path);
}

static enum status
ask_vfs(struct vfs *vfs, const char *call, struct str path)
{
    return ask((struct with_faults *)vfs, call, path);
}

static struct faulty_file *
faulty(struct vfs_file *file)
{
    return (struct faulty_file *)file;
}

static enum status
ask_file(struct vfs_file *file, const char *call)
{
    return ask(faulty(file)->layer, call, str_of(faulty(file)->path));
}

static enum status
fault_read(struct vfs_file *file, uint64_t offset, void *into, size_t size,
           size_t *got_out)
{
    TRY(ask_file(file, "vfs_read"));
    return vfs_read(faulty(file)->inner, offset, into, size, got_out);
}

static enum status
fault_write(struct vfs_file *file, uint64_t offset, struct str bytes)
{
    TRY(ask_file(file, "vfs_write"));
    return vfs_write(faulty(file)->inner, offset, bytes);
}

static enum status
fault_file_stat(struct vfs_file *file, struct vfs_attributes *out)
{
    TRY(ask_file(file, "vfs_file_stat"));
    return vfs_file_stat(faulty(file)->inner, out);
}

static enum status
fault_file_set(struct vfs_file *file, const struct vfs_attributes *attributes)
{
    TRY(ask_file(file, "vfs_file_set_attributes"));
    return vfs_file_set_attributes(faulty(file)->inner, attributes);
}

static enum status
fault_sync(struct vfs_file *file)
{
    TRY(ask_file(file, "vfs_sync"));
    return vfs_sync(faulty(file)->inner);
}

static enum status
fault_file_space(struct vfs_file *file, struct vfs_space *out)
{
    TRY(ask_file(file, "vfs_file_space"));
    return vfs_file_space(faulty(file)->inner, out);
}

static enum status
fault_commit(struct vfs_file *file)
{
    TRY(ask_file(file, "vfs_commit"));
    return vfs_commit(faulty(file)->inner);
}

static void
fault_close(struct vfs_file *file)
{
    vfs_close(&faulty(file)->inner);
    free(faulty(file)->path);
    free(file);
}

static const struct vfs_file_ops file_ops = {
    .read = fault_read,
    .write = fault_write,
    .stat = fault_file_stat,
    .set_attributes = fault_file_set,
    .sync = fault_sync,
    .space = fault_file_space,
    .commit = fault_commit,
    .close = fault_close,
};

static enum status
fault_open(struct vfs *vfs, struct str path, const struct vfs_open *how,
           struct vfs_file **file_out)
{
    struct faulty_file *self = calloc(1, sizeof *self);
    enum status status = ERR_MEMORY;

    if (self != NULL)
        self->path = str_copy(path);
    if (self != NULL && self->path != NULL)
        status = ask_vfs(vfs, "vfs_open", path);
    if (status == OK)
        status = vfs->inner->ops->open(vfs->inner, path, how, &self->inner);
    if (status != OK) {
        if (self != NULL)
            free(self->path);
        free(self);
        return status;
    }
    self->file.ops = &file_ops;
    self->file.flags = self->inner->flags;
    self->layer = (struct with_faults *)vfs;
    *file_out = &self->file;
    return OK;
}

static enum status
fault_next(struct vfs_folder *folder, struct vfs_entry *out, bool *more_out)
{
    struct faulty_folder *self = (struct faulty_folder *)folder;

    TRY(ask(self->layer, "vfs_folder_next", str_of(self->path)));
    return vfs_folder_next(self->inner, out, more_out);
}

static void
fault_folder_close(struct vfs_folder *folder)
{
    struct faulty_folder *self = (struct faulty_folder *)folder;

    vfs_folder_close(&self->inner);
    free(self->path);
    free(self);
}

static const struct vfs_folder_ops folder_ops = {
    .next = fault_next,
    .close = fault_folder_close,
};

static enum status
fault_list(struct vfs *vfs, struct str path, struct vfs_folder **folder_out)
{
    struct faulty_folder *self = calloc(1, sizeof *self);
    enum status status = ERR_MEMORY;

    if (self != NULL)
        self->path = str_copy(path);
    if (self != NULL && self->path != NULL)
        status = ask_vfs(vfs, "vfs_list", path);
    if (status == OK)
        status = vfs->inner->ops->list(vfs->inner, path, &self->inner);
    if (status != OK) {
        if (self != NULL)
            free(self->path);
        free(self);
        return status;
    }
    self->folder.ops = &folder_ops;
    self->layer = (struct with_faults *)vfs;
    *folder_out = &self->folder;
    return OK;
}

static enum status
fault_stat(struct vfs *vfs, struct str path, unsigned how,
           struct vfs_attributes *out)
{
    TRY(ask_vfs(vfs, "vfs_stat", path));
    return vfs->inner->ops->stat(vfs->inner, path, how, out);
}

static enum status
fault_set_attributes(struct vfs *vfs, struct str path, unsigned how,
                     const struct vfs_attributes *attributes)
{
    TRY(ask_vfs(vfs, "vfs_set_attributes", path));
    return vfs->inner->ops->set_attributes(vfs->inner, path, how, attributes);
}

static enum status
fault_make_folder(struct vfs *vfs, struct str path,
                  const struct vfs_attributes *attributes)
{
    TRY(ask_vfs(vfs, "vfs_make_folder", path));
    return vfs->inner->ops->make_folder(vfs->inner, path, attributes);
}

static enum status
fault_remove(struct vfs *vfs, struct str path, enum vfs_remove_kind kind)
{
    TRY(ask_vfs(vfs, "vfs_remove", path));
    return vfs->inner->ops->remove(vfs->inner, path, kind);
}

static enum status
fault_rename(struct vfs *vfs, struct str from, struct str to, bool replace)
{
    TRY(ask_vfs(vfs, "vfs_rename", from));
    return vfs->inner->ops->rename(vfs->inner, from, to, replace);
}

static enum status
fault_link(struct vfs *vfs, struct str existing, struct str name)
{
    TRY(ask_vfs(vfs, "vfs_link", existing));
    return vfs->inner->ops->link(vfs->inner, existing, name);
}

static enum status
fault_make_link(struct vfs *vfs, struct str target, struct str name)
{
    TRY(ask_vfs(vfs, "vfs_make_link", name));
    return vfs->inner->ops->make_link(vfs->inner, target, name);
}

static enum status
fault_read_link(struct vfs *vfs, struct str path, struct buffer *target_out)
{
    TRY(ask_vfs(vfs, "vfs_read_link", path));
    return vfs->inner->ops->read_link(vfs->inner, path, target_out);
}

static enum status
fault_space(struct vfs *vfs, struct str path, struct vfs_space *out)
{
    TRY(ask_vfs(vfs, "vfs_space", path));
    return vfs->inner->ops->space(vfs->inner, path, out);
}

static void
fault_free(struct vfs *vfs)
{
    vfs_free(&vfs->inner);
    free((struct with_faults *)vfs);
}

static const struct vfs_ops fault_ops = {
    .open = fault_open,
    .list = fault_list,
    .stat = fault_stat,
    .set_attributes = fault_set_attributes,
    .make_folder = fault_make_folder,
    .remove = fault_remove,
    .rename = fault_rename,
    .link = fault_link,
    .make_link = fault_make_link,
    .read_link = fault_read_link,
    .space = fault_space,
    .free = fault_free,
};

enum status
vfs_with_faults(struct vfs *inner, vfs_fault *fault, void *arg,
                struct vfs **out)
{
    struct with_faults *self = calloc(1, sizeof *self);

    if (self == NULL) {
        vfs_free(&inner);
        return fail(ERR_MEMORY, "no memory for a layer of files");
    }
    self->vfs.ops = &fault_ops;
    self->vfs.inner = inner;
    self->fault = fault;
    self->arg = arg;
    *out = &self->vfs;
    return OK;
}
