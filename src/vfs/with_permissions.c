/* SPDX-License-Identifier: Apache-2.0 */
/*
 * with_permissions.c - may this session do that?
 *
 * One table says which verbs each call needs. A call that is refused has not
 * reached what lies below, so it has changed and revealed nothing.
 */
#include "vfs/permission_move.h"
#include "vfs/places.h"
#include "vfs/vfs_private.h"

#include <stdlib.h>

struct with_permissions {
    struct vfs vfs;
    const struct permission_rules *rules;
    struct vfs *unruled; /* what lies below the lowest layer of rules */
};

enum act {
    TO_READ,
    TO_WRITE,
    TO_LIST,
    TO_STAT,
    TO_SET_ATTRIBUTES,
    TO_MAKE_FOLDER,
    TO_REMOVE_FILE,
    TO_REMOVE_FOLDER,
    TO_RENAME,
    TO_LINK_FROM,
    TO_LINK_AS,
    TO_MAKE_LINK,
    TO_READ_LINK,
    TO_SPACE,
};

static const struct need {
    unsigned all; /* each of these */
    unsigned any; /* and one of these, if there are any */
    const char *what;
} needs[] = {
    [TO_READ] = { ALLOW_READ, 0, "read" },
    [TO_WRITE] = { ALLOW_WRITE, 0, "write" },
    [TO_LIST] = { ALLOW_LIST, 0, "list" },
    [TO_STAT] = { 0, ALLOW_TRAVERSE | ALLOW_LIST | ALLOW_READ, "look at" },
    [TO_SET_ATTRIBUTES] = { ALLOW_SET_ATTRIBUTES, 0, "set attributes of" },
    [TO_MAKE_FOLDER] = { ALLOW_CREATE_FOLDER, 0, "make the folder" },
    [TO_REMOVE_FILE] = { ALLOW_DELETE_FILE, 0, "remove" },
    [TO_REMOVE_FOLDER] = { ALLOW_DELETE_FOLDER, 0, "remove" },
    [TO_RENAME] = { ALLOW_RENAME, 0, "rename" },
    /* A second name must not open a way around the rules of the first. */
    [TO_LINK_FROM] = { ALLOW_READ | ALLOW_WRITE, 0, "link" },
    [TO_LINK_AS] = { ALLOW_WRITE, 0, "make the link" },
    /* What it leads to is checked when it is followed. */
    [TO_MAKE_LINK] = { ALLOW_WRITE, 0, "make the link" },
    [TO_READ_LINK] = { 0, ALLOW_TRAVERSE | ALLOW_LIST | ALLOW_READ,
                       "read the link" },
    [TO_SPACE] = { ALLOW_TRAVERSE, 0, "ask for the space of" },
};

static unsigned
granted(const struct vfs *vfs, struct str path)
{
    const struct with_permissions *self = (const struct with_permissions *)vfs;

    return permissions_of(self->rules, path);
}

static enum status
check(const struct vfs *vfs, enum act act, struct str path)
{
    const struct need *need = &needs[act];
    unsigned have = granted(vfs, path);

    if ((have & need->all) == need->all &&
        (need->any == 0 || (have & need->any) != 0))
        return OK;
    return fail(ERR_DENIED, "no permission to %s '%.*s'", need->what,
                STR_ARG(path));
}

static enum status
permit_open(struct vfs *vfs, struct str path, const struct vfs_open *how,
            struct vfs_file **file_out)
{
    if ((how->flags & VFS_READ) != 0)
        TRY(check(vfs, TO_READ, path));
    if ((how->flags & (VFS_WRITE | VFS_CREATE)) != 0)
        TRY(check(vfs, TO_WRITE, path));
    TRY(vfs->inner->ops->open(vfs->inner, path, how, file_out));
    if ((granted(vfs, path) & ALLOW_SET_ATTRIBUTES) == 0)
        (*file_out)->keeps_attributes = true;
    return OK;
}

static enum status
permit_list(struct vfs *vfs, struct str path, struct vfs_folder **folder_out)
{
    TRY(check(vfs, TO_LIST, path));
    return vfs->inner->ops->list(vfs->inner, path, folder_out);
}

static enum status
permit_stat(struct vfs *vfs, struct str path, unsigned how,
            struct vfs_attributes *out)
{
    TRY(check(vfs, TO_STAT, path));
    return vfs->inner->ops->stat(vfs->inner, path, how, out);
}

/* A new size is a kind of writing, as it is on a handle. */
static enum status
permit_set_attributes(struct vfs *vfs, struct str path, unsigned how,
                      const struct vfs_attributes *attributes)
{
    if ((attributes->has & VFS_HAS_SIZE) != 0)
        TRY(check(vfs, TO_WRITE, path));
    if (attributes->has != VFS_HAS_SIZE)
        TRY(check(vfs, TO_SET_ATTRIBUTES, path));
    return vfs->inner->ops->set_attributes(vfs->inner, path, how, attributes);
}

static enum status
permit_make_folder(struct vfs *vfs, struct str path,
                   const struct vfs_attributes *attributes)
{
    TRY(check(vfs, TO_MAKE_FOLDER, path));
    return vfs->inner->ops->make_folder(vfs->inner, path, attributes);
}

static enum status
permit_remove(struct vfs *vfs, struct str path, enum vfs_remove_kind kind)
{
    TRY(check(vfs,
              kind == VFS_REMOVE_FOLDER ? TO_REMOVE_FOLDER : TO_REMOVE_FILE,
              path));
    return vfs->inner->ops->remove(vfs->inner, path, kind);
}

static enum status
permit_rename(struct vfs *vfs, struct str from, struct str to, bool replace)
{
    const struct with_permissions *self = (struct with_permissions *)vfs;

    TRY(check(vfs, TO_RENAME, from));
    TRY(check(vfs, TO_RENAME, to));
    TRY(permissions_check_move(self->rules, self->unruled, from, to));
    return vfs->inner->ops->rename(vfs->inner, from, to, replace);
}

static enum status
permit_link(struct vfs *vfs, struct str existing, struct str name)
{
    TRY(check(vfs, TO_LINK_FROM, existing));
    TRY(check(vfs, TO_LINK_AS, name));
    if ((granted(vfs, name) & ALLOW_SET_ATTRIBUTES) != 0)
        TRY(check(vfs, TO_SET_ATTRIBUTES, existing));
    return vfs->inner->ops->link(vfs->inner, existing, name);
}

static enum status
permit_make_link(struct vfs *vfs, struct str target, struct str name)
{
    TRY(check(vfs, TO_MAKE_LINK, name));
    return vfs->inner->ops->make_link(vfs->inner, target, name);
}

static enum status
permit_read_link(struct vfs *vfs, struct str path, struct buffer *target_out)
{
    TRY(check(vfs, TO_READ_LINK, path));
    return vfs->inner->ops->read_link(vfs->inner, path, target_out);
}

static enum status
permit_space(struct vfs *vfs, struct str path, struct vfs_space *out)
{
    TRY(check(vfs, TO_SPACE, path));
    return vfs->inner->ops->space(vfs->inner, path, out);
}

static unsigned
permit_may(struct vfs *vfs, struct str path, bool *is_same)
{
    const struct with_permissions *self = (struct with_permissions *)vfs;

    if (permissions_have_paths(self->rules))
        *is_same = false;
    return granted(vfs, path) & vfs_layers_may(vfs->inner, path, is_same);
}

static void
permit_free(struct vfs *vfs)
{
    vfs_free(&vfs->inner);
    free((struct with_permissions *)vfs);
}

static const struct vfs_ops permit_ops = {
    .open = permit_open,
    .list = permit_list,
    .stat = permit_stat,
    .set_attributes = permit_set_attributes,
    .make_folder = permit_make_folder,
    .remove = permit_remove,
    .rename = permit_rename,
    .link = permit_link,
    .make_link = permit_make_link,
    .read_link = permit_read_link,
    .space = permit_space,
    .may = permit_may,
    .free = permit_free,
};

enum status
vfs_with_permissions(struct vfs *inner, const struct permission_rules *rules,
                     struct vfs **out)
{
    struct with_permissions *self = calloc(1, sizeof *self);

    if (self == NULL) {
        vfs_free(&inner);
        return fail(ERR_MEMORY, "no memory for a layer of files");
    }
    self->vfs.ops = &permit_ops;
    self->vfs.inner = inner;
    self->rules = rules;
    self->unruled = inner;
    for (struct vfs *below = inner; below != NULL; below = below->inner)
        if (below->ops == &permit_ops)
            self->unruled = below->inner;
    *out = &self->vfs;
    return OK;
}
