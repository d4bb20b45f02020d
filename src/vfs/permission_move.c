/* SPDX-License-Identifier: Apache-2.0 */
/* permission_move.c - a folder is renamed if each thing in it may be. */
#include "vfs/permission_move.h"

#include "vfs/vfs_private.h"

#include <sys/stat.h>

struct path {
    char text[VFS_PATH + 1];
    size_t len;
};

struct move {
    const struct permission_rules *rules;
    struct vfs *inner;
    struct path from;
    struct path to;
    int entries;
    int depth;
};

static struct str
text_of(const struct path *path)
{
    return str_from(path->text, path->len);
}

static enum status
add_name(struct path *path, struct str name)
{
    if (path->len + 1 + name.len > VFS_PATH)
        return fail(ERR_DENIED, "the paths inside would be too long");
    path->text[path->len++] = '/';
    memcpy(path->text + path->len, name.data, name.len);
    path->len += name.len;
    return OK;
}

static enum status
check_both(const struct move *move)
{
    const struct path *denied = NULL;

    if ((permissions_of(move->rules, text_of(&move->from)) & ALLOW_RENAME) == 0)
        denied = &move->from;
    else if ((permissions_of(move->rules, text_of(&move->to)) & ALLOW_RENAME) ==
             0)
        denied = &move->to;
    if (denied == NULL)
        return OK;
    return fail(ERR_DENIED, "no permission to rename '%.*s', which is inside",
                STR_ARG(text_of(denied)));
}

static enum status check_inside(struct move *);

static enum status
check_entry(struct move *move, const struct vfs_entry *entry)
{
    bool is_folder = (entry->attributes.mode & S_IFMT) == S_IFDIR;
    size_t from_len = move->from.len;
    size_t to_len = move->to.len;

    if (str_is(entry->name, ".") || str_is(entry->name, ".."))
        return OK;
    if (++move->entries > MOVE_ENTRIES)
        return fail(ERR_DENIED,
                    "the folder has too much inside to check it all");
    TRY(add_name(&move->from, entry->name));
    TRY(add_name(&move->to, entry->name));
    TRY(check_both(move));
    if (is_folder)
        TRY(check_inside(move));
    move->from.len = from_len;
    move->to.len = to_len;
    return OK;
}

/* One level more; a listing stays open at each. */
static enum status
check_inside(struct move *move)
{
    AUTO(vfs_folder_close) struct vfs_folder *folder = NULL;
    struct vfs_entry entry;
    bool more = true;

    if (++move->depth > MOVE_DEPTH)
        return fail(ERR_DENIED, "the folders inside are too deep to look at");
    TRY(move->inner->ops->list(move->inner, text_of(&move->from), &folder));
    for (;;) {
        TRY(vfs_folder_next(folder, &entry, &more));
        if (!more)
            break;
        TRY(check_entry(move, &entry));
    }
    move->depth--;
    return OK;
}

enum status
permissions_check_move(const struct permission_rules *rules, struct vfs *inner,
                       struct str from, struct str to)
{
    struct vfs_attributes it;
    struct move move = { .rules = rules, .inner = inner };

    if (!permissions_have_paths(rules))
        return OK;
    enum status status = inner->ops->stat(inner, from, 0, &it);
    /* What is not there, the rename itself will say. */
    if (status == ERR_NOT_FOUND)
        return OK;
    TRY(status);
    if ((it.mode & S_IFMT) != S_IFDIR)
        return OK;
    memcpy(move.from.text, from.data, from.len);
    move.from.len = from.len;
    memcpy(move.to.text, to.data, to.len);
    move.to.len = to.len;
    return check_inside(&move);
}
