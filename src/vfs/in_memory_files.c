/* SPDX-License-Identifier: Apache-2.0 */
/*
 * in_memory_files.c - what is open: bytes of files, and listings.
 */
#include "vfs/in_memory_private.h"

#include <stdlib.h>

struct memory_file {
    struct vfs_file file;
    struct memory *memory;
    struct node *node;
};

/* A listing remembers the last name it gave, not a place in the folder, so
 * names may come and go meanwhile. */
struct memory_folder {
    struct vfs_folder folder;
    struct memory *memory;
    struct node *node;
    unsigned dots_given;
    size_t last_len;
    char last[VFS_NAME];
};

/* What lies behind the size reads as zeros. */
enum status
memory_resize(struct memory *m, struct node *node, uint64_t size)
{
    struct vfs_attributes *a = &node->attributes;

    if (size > node->room) {
        if (size > MOST_BYTES || size - node->room > MOST_BYTES - m->bytes)
            return fail(ERR_FULL, "more than %d bytes", MOST_BYTES);
        size_t room = node->room * 2 > size ? node->room * 2 : (size_t)size;
        if (room - node->room > MOST_BYTES - m->bytes)
            room = (size_t)size;
        char *bytes = realloc(node->bytes, room);
        if (bytes == NULL)
            return fail(ERR_MEMORY, "no memory for %zu bytes", room);
        m->bytes += room - node->room;
        node->bytes = bytes;
        node->room = room;
    }
    if (size > a->size)
        memset(node->bytes + a->size, 0, size - a->size);
    a->size = size;
    memory_touch(node);
    return OK;
}

enum status
memory_set(struct memory *m, struct node *node,
           const struct vfs_attributes *new)
{
    struct vfs_attributes *a = &node->attributes;

    if ((new->has &VFS_HAS_SIZE) && !memory_is_type(node, S_IFREG))
        return fail(ERR_IS_FOLDER, "the size of something without bytes");
    if (new->has & VFS_HAS_SIZE)
        TRY(memory_resize(m, node, new->size));
    if (new->has & VFS_HAS_MODE)
        a->mode = (a->mode & S_IFMT) | (new->mode & 07777);
    if (new->has & VFS_HAS_OWNER) {
        a->uid = new->uid;
        a->gid = new->gid;
    }
    if (new->has & VFS_HAS_TIMES) {
        a->atime_ns = new->atime_ns;
        a->mtime_ns = new->mtime_ns;
    }
    return OK;
}

void
memory_space_of(const struct memory *m, struct vfs_space *out)
{
    uint64_t left = (MOST_BYTES - m->bytes) / BLOCK;

    *out = (struct vfs_space){
        .block_size = BLOCK,
        .fragment_size = BLOCK,
        .blocks = MOST_BYTES / BLOCK,
        .blocks_free = left,
        .blocks_available = left,
        .files = MOST_NODES,
        .files_free = MOST_NODES - m->nodes,
        .files_available = MOST_NODES - m->nodes,
        .name_max = VFS_NAME,
    };
}

static enum status
file_read(struct vfs_file *file, uint64_t offset, void *into, size_t size,
          size_t *got_out)
{
    const struct node *node = ((struct memory_file *)file)->node;
    uint64_t left =
        offset < node->attributes.size ? node->attributes.size - offset : 0;
    size_t got = left < size ? (size_t)left : size;

    if (got > 0)
        memcpy(into, node->bytes + offset, got);
    *got_out = got;
    return OK;
}

static enum status
file_write(struct vfs_file *file, uint64_t offset, struct str bytes)
{
    struct memory_file *f = (struct memory_file *)file;
    struct vfs_attributes *a = &f->node->attributes;

    if (file->flags & VFS_APPEND)
        offset = a->size;
    if (bytes.len == 0)
        return OK;
    if (offset > MOST_BYTES)
        return fail(ERR_FULL, "more than %d bytes", MOST_BYTES);
    if (offset + bytes.len > a->size)
        TRY(memory_resize(f->memory, f->node, offset + bytes.len));
    memcpy(f->node->bytes + offset, bytes.data, bytes.len);
    memory_touch(f->node);
    return OK;
}

static enum status
file_stat(struct vfs_file *file, struct vfs_attributes *out)
{
    *out = ((struct memory_file *)file)->node->attributes;
    return OK;
}

static enum status
file_set_attributes(struct vfs_file *file, const struct vfs_attributes *new)
{
    struct memory_file *f = (struct memory_file *)file;

    if ((new->has &VFS_HAS_SIZE) && !(file->flags & VFS_WRITE))
        return fail(ERR_DENIED, "not opened for writing");
    return memory_set(f->memory, f->node, new);
}

static enum status
file_sync(struct vfs_file *file)
{
    (void)file;
    return OK;
}

static enum status
file_space(struct vfs_file *file, struct vfs_space *out)
{
    memory_space_of(((struct memory_file *)file)->memory, out);
    return OK;
}

static void
file_close(struct vfs_file *file)
{
    struct memory_file *f = (struct memory_file *)file;

    memory_unref(f->memory, f->node);
    free(f);
}

static const struct vfs_file_ops file_ops = {
    .read = file_read,
    .write = file_write,
    .stat = file_stat,
    .set_attributes = file_set_attributes,
    .sync = file_sync,
    .space = file_space,
    .commit = file_sync,
    .close = file_close,
};

enum status
memory_file_open(struct memory *m, struct node *node, unsigned flags,
                 struct vfs_file **file_out)
{
    struct memory_file *f = calloc(1, sizeof *f);

    if (f == NULL)
        return fail(ERR_MEMORY, "no memory for an open file");
    f->file = (struct vfs_file){ .ops = &file_ops, .flags = flags };
    f->memory = m;
    f->node = node;
    node->users++;
    *file_out = &f->file;
    return OK;
}

static void
give_dot(struct memory_folder *f, struct vfs_entry *out)
{
    static const struct str dots[] = { { ".", 1 }, { "..", 2 } };

    out->name = dots[f->dots_given++];
    out->attributes = f->node->attributes;
}

static enum status
folder_next(struct vfs_folder *folder, struct vfs_entry *out, bool *more_out)
{
    struct memory_folder *f = (struct memory_folder *)folder;
    const struct node *node = f->node;

    *more_out = true;
    if (f->dots_given < 2) {
        give_dot(f, out);
        return OK;
    }
    struct str last = str_from(f->last, f->last_len);
    size_t at = memory_place(node, last);
    if (memory_node_at(node, at, last) != NULL)
        at++;
    if (at == node->name_count) {
        *more_out = false;
        return OK;
    }
    const struct name *name = node->names[at];
    memcpy(f->last, name->text, name->len);
    f->last_len = name->len;
    out->name = str_from(f->last, f->last_len);
    out->attributes = name->node->attributes;
    return OK;
}

static void
folder_close(struct vfs_folder *folder)
{
    struct memory_folder *f = (struct memory_folder *)folder;

    memory_unref(f->memory, f->node);
    free(f);
}

static const struct vfs_folder_ops folder_ops = {
    .next = folder_next,
    .close = folder_close,
};

enum status
memory_folder_open(struct memory *m, struct node *node,
                   struct vfs_folder **folder_out)
{
    struct memory_folder *f = calloc(1, sizeof *f);

    if (f == NULL)
        return fail(ERR_MEMORY, "no memory for a listing");
    f->folder = (struct vfs_folder){ .ops = &folder_ops };
    f->memory = m;
    f->node = node;
    node->users++;
    *folder_out = &f->folder;
    return OK;
}
