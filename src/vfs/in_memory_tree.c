/* SPDX-License-Identifier: Apache-2.0 */
/*
 * in_memory_tree.c - nodes and the names that lead to them.
 */
#include "base/clock.h"
#include "vfs/in_memory_private.h"

#include <stdlib.h>

static int64_t
now_ns(void)
{
    return clock_wall_ms(clock_real()) * 1000000;
}

void
memory_touch(struct node *node)
{
    node->attributes.mtime_ns = now_ns();
}

enum status
memory_node_new(struct memory *m, mode_t mode, struct node **node_out)
{
    struct node *node;

    if (m->nodes >= MOST_NODES)
        return fail(ERR_FULL, "more than %d files", MOST_NODES);
    node = calloc(1, sizeof *node);
    if (node == NULL)
        return fail(ERR_MEMORY, "no memory for a file");
    node->attributes = (struct vfs_attributes){
        .has = VFS_HAS_SIZE | VFS_HAS_MODE | VFS_HAS_OWNER | VFS_HAS_TIMES,
        .mode = mode,
        .uid = 1000,
        .gid = 1000,
        .atime_ns = now_ns(),
        .inode = ++m->last_inode,
    };
    node->attributes.mtime_ns = node->attributes.atime_ns;
    m->nodes++;
    *node_out = node;
    return OK;
}

void
memory_unref(struct memory *m, struct node *node)
{
    if (--node->users > 0)
        return;
    m->bytes -= node->room;
    m->nodes--;
    free(node->bytes);
    free((void *)node->names);
    free(node);
}

/* The place of the first name that is not before `leaf`. */
size_t
memory_place(const struct node *folder, struct str leaf)
{
    size_t low = 0, high = folder->name_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct name *name = folder->names[middle];

        if (str_compare(str_from(name->text, name->len), leaf) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct node *
memory_node_at(const struct node *folder, size_t at, struct str leaf)
{
    if (at < folder->name_count &&
        str_equal(str_from(folder->names[at]->text, folder->names[at]->len),
                  leaf))
        return folder->names[at]->node;
    return NULL;
}

/* A component on the way has to be a folder. */
enum status
memory_check_folder(const struct node *node)
{
    if (node == NULL)
        return fail(ERR_NOT_FOUND, "a folder of the path is missing");
    if (memory_is_type(node, S_IFLNK))
        return fail(ERR_LINK, "a link is on the way");
    if (!memory_is_type(node, S_IFDIR))
        return fail(ERR_NO_FOLDER, "a file is on the way");
    return OK;
}

enum status
memory_find(struct memory *m, struct str path, struct spot *out)
{
    struct spot spot = { .node = m->root };
    struct str rest = str_from_offset(path, 1);

    while (rest.len > 0) {
        TRY(memory_check_folder(spot.node));
        spot.folder = spot.node;
        spot.leaf = str_cut(&rest, '/');
        spot.at = memory_place(spot.folder, spot.leaf);
        spot.node = memory_node_at(spot.folder, spot.at, spot.leaf);
    }
    *out = spot;
    return OK;
}

/* Something has to be there. */
enum status
memory_find_existing(struct memory *m, struct str path, struct spot *out)
{
    TRY(memory_find(m, path, out));
    if (out->node == NULL)
        return fail(ERR_NOT_FOUND, "'%.*s'", STR_ARG(path));
    return OK;
}

/* And it has to be no link. */
enum status
memory_find_meant(struct memory *m, struct str path, struct spot *out)
{
    TRY(memory_find_existing(m, path, out));
    if (memory_is_type(out->node, S_IFLNK))
        return fail(ERR_LINK, "'%.*s' is a link", STR_ARG(path));
    return OK;
}

/* Nothing may be there. */
enum status
memory_find_free(struct memory *m, struct str path, struct spot *out)
{
    TRY(memory_find(m, path, out));
    if (out->node != NULL)
        return fail(ERR_EXISTS, "'%.*s'", STR_ARG(path));
    return OK;
}

static size_t
names_bytes(size_t count)
{
    return count * sizeof(void *);
}

static enum status
make_room_for_name(struct node *folder)
{
    if (folder->name_count < folder->name_room)
        return OK;
    size_t room = folder->name_room ? folder->name_room * 2 : 4;
    struct name **names =
        (struct name **)realloc((void *)folder->names, names_bytes(room));
    if (names == NULL)
        return fail(ERR_MEMORY, "no memory for %zu names", room);
    folder->names = names;
    folder->name_room = room;
    return OK;
}

enum status
memory_add_name(const struct spot *spot, struct node *node)
{
    struct node *folder = spot->folder;

    TRY(make_room_for_name(folder));
    struct name *name = malloc(sizeof *name + spot->leaf.len);
    if (name == NULL)
        return fail(ERR_MEMORY, "no memory for a name");
    name->node = node;
    name->len = spot->leaf.len;
    memcpy(name->text, spot->leaf.data, spot->leaf.len);
    memmove((void *)(folder->names + spot->at + 1),
            (void *)(folder->names + spot->at),
            names_bytes(folder->name_count - spot->at));
    folder->names[spot->at] = name;
    folder->name_count++;
    node->users++;
    node->attributes.links++;
    memory_touch(folder);
    return OK;
}

void
memory_drop_name(struct memory *m, struct node *folder, size_t at)
{
    struct name *name = folder->names[at];

    folder->name_count--;
    memmove((void *)(folder->names + at), (void *)(folder->names + at + 1),
            names_bytes(folder->name_count - at));
    name->node->attributes.links--;
    memory_unref(m, name->node);
    free(name);
    memory_touch(folder);
}

/* Make a node under a free name. */
enum status
memory_make(struct memory *m, const struct spot *spot, mode_t mode,
            struct node **node_out)
{
    struct node *node = NULL;

    enum status result = memory_node_new(m, mode, &node);
    if (node == NULL)
        return result;
    result = memory_add_name(spot, node);
    if (result != OK) {
        node->users = 1;
        memory_unref(m, node);
        return result;
    }
    *node_out = node;
    return OK;
}
