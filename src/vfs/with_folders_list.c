/* SPDX-License-Identifier: Apache-2.0 */
/*
 * with_folders_list.c - a listing with virtual folders in it.
 *
 * They come first; of what is really there, entries of the same name are left
 * out. All that is held is a list of the few virtual ones.
 */
#include "vfs/with_folders_private.h"

#include <stdlib.h>

struct merged_folder {
    struct vfs_folder folder;
    struct with_folders *layer;
    struct vfs_folder *real; /* NULL: there is none */
    char path[VFS_PATH + 1];
    size_t len;
    size_t told;       /* of `names` */
    size_t count;      /* of `names` */
    struct str name[]; /* of virtual folders, or of what leads to them; they
                          belong to the layer */
};

static bool
has_name(const struct merged_folder *self, struct str name)
{
    for (size_t i = 0; i < self->count; i++)
        if (str_equal(self->name[i], name))
            return true;
    return false;
}

static void
collect_names(struct merged_folder *self)
{
    const struct with_folders *layer = self->layer;

    if (self->real == NULL) {
        self->name[self->count++] = STR(".");
        self->name[self->count++] = STR("..");
    }
    for (size_t i = 0; i < layer->count; i++) {
        struct str rest =
            folders_rest(layer->paths[i], str_from(self->path, self->len));
        struct str name = str_cut(&rest, '/');

        if (name.len > 0 && !has_name(self, name))
            self->name[self->count++] = name;
    }
}

/* "." and "..", of a folder that is not real, are both the folder itself. */
static enum status
look_at(struct merged_folder *self, struct str name, struct vfs_attributes *out)
{
    AUTO(buffer_done) struct buffer path = BUFFER(VFS_PATH);

    TRY(buffer_add(&path, str_from(self->path, self->len)));
    if (!str_is(name, ".") && !str_is(name, "..")) {
        if (self->len > 1)
            TRY(buffer_add(&path, STR("/")));
        TRY(buffer_add(&path, name));
    }
    return folders_look(self->layer, buffer_str(&path), out);
}

static enum status
next_real(struct merged_folder *self, struct vfs_entry *out, bool *more_out)
{
    *more_out = false;
    if (self->real == NULL)
        return OK;
    do
        TRY(vfs_folder_next(self->real, out, more_out));
    while (*more_out && has_name(self, out->name));
    return OK;
}

static enum status
merged_next(struct vfs_folder *folder, struct vfs_entry *out, bool *more_out)
{
    struct merged_folder *self = (struct merged_folder *)folder;

    if (self->told == self->count)
        return next_real(self, out, more_out);
    struct str name = self->name[self->told];
    TRY(look_at(self, name, &out->attributes));
    out->name = name;
    *more_out = true;
    self->told++;
    return OK;
}

static void
merged_close(struct vfs_folder *folder)
{
    struct merged_folder *self = (struct merged_folder *)folder;

    vfs_folder_close(&self->real);
    free(self);
}

static const struct vfs_folder_ops merged_ops = {
    .next = merged_next,
    .close = merged_close,
};

enum status
folders_list(struct with_folders *layer, struct str path,
             struct vfs_folder **folder_out)
{
    size_t most = layer->count + 2;
    struct merged_folder *self =
        calloc(1, sizeof *self + most * sizeof self->name[0]);
    enum status status;

    if (self == NULL)
        return fail(ERR_MEMORY, "no memory for a listing");
    self->folder.ops = &merged_ops;
    self->layer = layer;
    memcpy(self->path, path.data, path.len);
    self->len = path.len;
    status = layer->files->ops->list(layer->files, path, &self->real);
    if (status != OK && !folders_is_nothing(status)) {
        merged_close(&self->folder);
        return status;
    }
    collect_names(self);
    *folder_out = &self->folder;
    return OK;
}
