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
    struct vfs *unruled;
    struct path real; /* `from`, without links on the way */
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
enter(struct move *move, struct str name)
{
    TRY(add_name(&move->real, name));
    TRY(add_name(&move->from, name));
    return add_name(&move->to, name);
}

static enum status
check_entry(struct move *move, const struct vfs_entry *entry)
{
    bool is_folder = (entry->attributes.mode & S_IFMT) == S_IFDIR;
    size_t real_len = move->real.len;
    size_t from_len = move->from.len;
    size_t to_len = move->to.len;

    if (++move->entries > MOVE_ENTRIES)
        return fail(ERR_DENIED, "the folder has too much inside to check all");
    enum status status = enter(move, entry->name);
    if (status == OK)
        status = check_both(move);
    if (status == OK && is_folder)
        status = check_inside(move);
    move->real.len = real_len;
    move->from.len = from_len;
    move->to.len = to_len;
    return status;
}

/* The next entry but for "." and "..". */
static enum status
next_entry(struct vfs_folder *folder, struct vfs_entry *out, bool *more_out)
{
    enum status status;

    do
        status = vfs_folder_next(folder, out, more_out);
    while (status == OK && *more_out &&
           (str_is(out->name, ".") || str_is(out->name, "..")));
    return status;
}

/* One level more; a listing stays open at each. */
static enum status
check_inside(struct move *move)
{
    AUTO(vfs_folder_close) struct vfs_folder *folder = NULL;
    struct vfs *unruled = move->unruled;
    struct vfs_entry entry;
    bool more;

    if (++move->depth > MOVE_DEPTH)
        return fail(ERR_DENIED, "the folders inside are too deep to look at");
    TRY(unruled->ops->list(unruled, text_of(&move->real), &folder));
    enum status status = next_entry(folder, &entry, &more);
    while (status == OK && more) {
        status = check_entry(move, &entry);
        if (status == OK)
            status = next_entry(folder, &entry, &more);
    }
    move->depth--;
    return status;
}

static void
set_path(struct path *path, struct str text)
{
    memcpy(path->text, text.data, text.len);
    path->len = text.len;
}

/* What stands under the name; without links on the way, if there are any. */
static enum status
look(struct move *move, struct vfs_attributes *out)
{
    struct vfs *ground = move->unruled;
    enum status status =
        ground->ops->stat(ground, text_of(&move->real), 0, out);

    if (status != ERR_LINK)
        return status;
    while (ground->inner != NULL)
        ground = ground->inner;
    TRY(vfs_links_meant(ground, text_of(&move->from), move->real.text,
                        &move->real.len));
    return move->unruled->ops->stat(move->unruled, text_of(&move->real), 0,
                                    out);
}

enum status
permissions_check_move(const struct permission_rules *rules,
                       struct vfs *unruled, struct str from, struct str to)
{
    struct vfs_attributes it;
    struct move move = { .rules = rules, .unruled = unruled };

    if (!permissions_have_paths(rules))
        return OK;
    set_path(&move.real, from);
    set_path(&move.from, from);
    set_path(&move.to, to);
    enum status status = look(&move, &it);
    /* What is not there, the rename itself will say. */
    if (status == ERR_NOT_FOUND)
        return OK;
    TRY(status);
    return (it.mode & S_IFMT) == S_IFDIR ? check_inside(&move) : OK;
}
