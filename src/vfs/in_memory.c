/* SPDX-License-Identifier: Apache-2.0 */
/*
 * in_memory.c - files in memory, for tests.
 *
 * A tree of names and nodes as a simple file system has them: a node lives as
 * long as a name or an open file leads to it. Like on_disk it never follows a
 * symbolic link but says ERR_LINK, so that with_links works above it. Writing
 * is seen at once.
 */
#include "vfs/in_memory_private.h"
#include "vfs/places.h"

#include <stdlib.h>

static mode_t
mode_of(const struct vfs_attributes *a, mode_t usual)
{
    return (a->has & VFS_HAS_MODE) ? a->mode & 07777 : usual;
}

static enum status
make_file(struct memory *m, struct spot *spot, const struct vfs_open *how)
{
    if (!(how->flags & VFS_CREATE))
        return fail(ERR_NOT_FOUND, "'%.*s'", STR_ARG(spot->leaf));
    return memory_make(m, spot, S_IFREG | mode_of(&how->attributes, 0644),
                       &spot->node);
}

static enum status
check_open(const struct node *node, unsigned flags)
{
    if ((flags & VFS_CREATE) && (flags & VFS_EXCLUSIVE))
        return fail(ERR_EXISTS, "the name is taken");
    if (memory_is_type(node, S_IFLNK))
        return fail(ERR_LINK, "a link");
    if (memory_is_type(node, S_IFDIR))
        return fail(ERR_IS_FOLDER, "a folder");
    return OK;
}

static enum status
memory_open(struct vfs *vfs, struct str path, const struct vfs_open *how,
            struct vfs_file **file_out)
{
    struct memory *m = (struct memory *)vfs;
    struct spot spot;

    TRY(memory_find(m, path, &spot));
    if (spot.node == NULL)
        TRY(make_file(m, &spot, how));
    else
        TRY(check_open(spot.node, how->flags));
    if ((how->flags & VFS_TRUNCATE) && (how->flags & VFS_WRITE))
        TRY(memory_resize(m, spot.node, 0));
    return memory_file_open(m, spot.node, how->flags, file_out);
}

static enum status
memory_list(struct vfs *vfs, struct str path, struct vfs_folder **folder_out)
{
    struct memory *m = (struct memory *)vfs;
    struct spot spot;

    TRY(memory_find_existing(m, path, &spot));
    TRY(memory_check_folder(spot.node));
    return memory_folder_open(m, spot.node, folder_out);
}

static enum status
memory_stat(struct vfs *vfs, struct str path, unsigned how,
            struct vfs_attributes *out)
{
    struct memory *m = (struct memory *)vfs;
    struct spot spot;

    TRY((how & VFS_FOLLOW) ? memory_find_meant(m, path, &spot)
                           : memory_find_existing(m, path, &spot));
    *out = spot.node->attributes;
    return OK;
}

static enum status
memory_set_attributes(struct vfs *vfs, struct str path, unsigned how,
                      const struct vfs_attributes *new)
{
    struct memory *m = (struct memory *)vfs;
    struct spot spot;

    TRY((how & VFS_FOLLOW) ? memory_find_meant(m, path, &spot)
                           : memory_find_existing(m, path, &spot));
    return memory_set(m, spot.node, new);
}

static enum status
memory_make_folder(struct vfs *vfs, struct str path,
                   const struct vfs_attributes *attributes)
{
    struct memory *m = (struct memory *)vfs;
    struct spot spot;

    TRY(memory_find_free(m, path, &spot));
    return memory_make(m, &spot, S_IFDIR | mode_of(attributes, 0755),
                       &spot.node);
}

static enum status
check_empty_folder(const struct node *node)
{
    if (!memory_is_type(node, S_IFDIR))
        return fail(ERR_NO_FOLDER, "not a folder");
    if (node->name_count > 0)
        return fail(ERR_NOT_EMPTY, "the folder holds something");
    return OK;
}

static enum status
memory_remove(struct vfs *vfs, struct str path, enum vfs_remove_kind kind)
{
    struct memory *m = (struct memory *)vfs;
    struct spot spot;

    TRY(memory_find_existing(m, path, &spot));
    if (spot.folder == NULL)
        return fail(ERR_DENIED, "the root");
    if (kind == VFS_REMOVE_FOLDER)
        TRY(check_empty_folder(spot.node));
    else if (memory_is_type(spot.node, S_IFDIR))
        return fail(ERR_IS_FOLDER, "'%.*s'", STR_ARG(path));
    memory_drop_name(m, spot.folder, spot.at);
    return OK;
}

/* rename(2): what may stand where something is moved to. */
static enum status
check_replaced(const struct spot *from, const struct spot *to, bool replace)
{
    if (to->node == NULL)
        return OK;
    if (!replace)
        return fail(ERR_EXISTS, "'%.*s'", STR_ARG(to->leaf));
    if (memory_is_type(from->node, S_IFDIR))
        return check_empty_folder(to->node);
    if (memory_is_type(to->node, S_IFDIR))
        return fail(ERR_IS_FOLDER, "'%.*s'", STR_ARG(to->leaf));
    return OK;
}

static bool
is_within(struct str path, struct str folder)
{
    return str_starts(path, folder) && path.len > folder.len &&
           path.data[folder.len] == '/';
}

/* Give what is at `from` the other name, then take its own away. */
static enum status
move(struct memory *m, struct spot *from, const struct spot *to)
{
    if (to->node == from->node)
        return OK;
    if (to->node != NULL)
        memory_drop_name(m, to->folder, to->at);
    TRY(memory_add_name(to, from->node));
    from->at = memory_place(from->folder, from->leaf);
    memory_drop_name(m, from->folder, from->at);
    return OK;
}

static enum status
memory_rename(struct vfs *vfs, struct str old, struct str new, bool replace)
{
    struct memory *m = (struct memory *)vfs;
    struct spot from, to;

    TRY(memory_find_existing(m, old, &from));
    TRY(memory_find(m, new, &to));
    if (from.folder == NULL || to.folder == NULL || is_within(new, old))
        return fail(ERR_INVALID, "a folder into itself");
    TRY(check_replaced(&from, &to, replace));
    return move(m, &from, &to);
}

static enum status
memory_link(struct vfs *vfs, struct str existing, struct str new)
{
    struct memory *m = (struct memory *)vfs;
    struct spot from, to;

    TRY(memory_find_existing(m, existing, &from));
    if (memory_is_type(from.node, S_IFDIR))
        return fail(ERR_DENIED, "a second name for a folder");
    TRY(memory_find_free(m, new, &to));
    return memory_add_name(&to, from.node);
}

static enum status
memory_make_link(struct vfs *vfs, struct str target, struct str path)
{
    struct memory *m = (struct memory *)vfs;
    struct spot spot;

    TRY(memory_find_free(m, path, &spot));
    TRY(memory_make(m, &spot, S_IFLNK | 0777, &spot.node));
    enum status result = memory_resize(m, spot.node, target.len);
    if (result != OK) {
        memory_drop_name(m, spot.folder, spot.at);
        return result;
    }
    if (target.len > 0)
        memcpy(spot.node->bytes, target.data, target.len);
    return OK;
}

static enum status
memory_read_link(struct vfs *vfs, struct str path, struct buffer *target_out)
{
    struct memory *m = (struct memory *)vfs;
    struct spot spot;

    TRY(memory_find_existing(m, path, &spot));
    if (!memory_is_type(spot.node, S_IFLNK))
        return fail(ERR_INVALID, "'%.*s' is no link", STR_ARG(path));
    return buffer_add(target_out,
                      str_from(spot.node->bytes, spot.node->attributes.size));
}

static enum status
memory_space(struct vfs *vfs, struct str path, struct vfs_space *out)
{
    struct memory *m = (struct memory *)vfs;
    struct spot spot;

    TRY(memory_find_meant(m, path, &spot));
    memory_space_of(m, out);
    return OK;
}

/* Without recursion, however deep the tree: the last name of the innermost
 * last folder goes first. */
static void
memory_free(struct vfs *vfs)
{
    struct memory *m = (struct memory *)vfs;

    while (m->root->name_count > 0) {
        struct node *folder = m->root;
        struct node *last = folder->names[folder->name_count - 1]->node;

        while (last->name_count > 0) {
            folder = last;
            last = folder->names[folder->name_count - 1]->node;
        }
        memory_drop_name(m, folder, folder->name_count - 1);
    }
    memory_unref(m, m->root);
    free(m);
}

static const struct vfs_ops memory_ops = {
    .open = memory_open,
    .list = memory_list,
    .stat = memory_stat,
    .set_attributes = memory_set_attributes,
    .make_folder = memory_make_folder,
    .remove = memory_remove,
    .rename = memory_rename,
    .link = memory_link,
    .make_link = memory_make_link,
    .read_link = memory_read_link,
    .space = memory_space,
    .free = memory_free,
};

enum status
vfs_in_memory(struct vfs **out)
{
    struct memory *m = calloc(1, sizeof *m);

    if (m == NULL)
        return fail(ERR_MEMORY, "no memory for files");
    m->vfs.ops = &memory_ops;
    enum status result = memory_node_new(m, S_IFDIR | 0755, &m->root);
    if (result != OK) {
        free(m);
        return result;
    }
    m->root->users = 1;
    m->root->attributes.links = 1;
    *out = &m->vfs;
    return OK;
}
