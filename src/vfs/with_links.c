/* SPDX-License-Identifier: Apache-2.0 */
/*
 * with_links.c - follows symbolic links, in the account's own tree.
 *
 * What lies below never follows one, it says ERR_LINK. So each call goes down
 * as it is, which costs nothing where there are no links; only on ERR_LINK the
 * path is walked name by name, links are replaced by what they say, and the
 * call is repeated with a path that has none. If somebody puts a link there in
 * between, the repeated call refuses it again: nothing is ever opened that was
 * not resolved as the account's.
 */
#include "vfs/places.h"
#include "vfs/resolve.h"

#include <stdlib.h>

enum {
    MOST_LINKS = 40, /* as Linux has it */
    MOST_TRIES = 8,  /* against somebody who swaps links all the time */
    PENDING = 2 * VFS_PATH,
};

struct with_links {
    struct vfs vfs;
    struct vfs *ground; /* the place at the bottom, borrowed: what is a link
                           is no question of permissions */
};

struct walk {
    struct vfs *ground;
    char meant[VFS_PATH + 1]; /* no link in it; "" is the root */
    size_t len;
    size_t floor; /* ".." may not cut `meant` below this */
    char pending[PENDING + 1];
    struct str rest; /* what is still to be walked, in `pending` */
    int links;
};

static struct with_links *
self_of(struct vfs *vfs)
{
    return (struct with_links *)vfs;
}

static enum status
go_up(struct walk *walk)
{
    if (walk->len <= walk->floor)
        return fail(ERR_DENIED, "the link leads out of the account");
    while (walk->len > walk->floor && walk->meant[--walk->len] != '/')
        ;
    return OK;
}

static enum status
go_down(struct walk *walk, struct str name)
{
    if (name.len > VFS_NAME || walk->len + 1 + name.len > VFS_PATH)
        return fail(ERR_INVALID, "the path behind the link is too long");
    walk->meant[walk->len++] = '/';
    memcpy(walk->meant + walk->len, name.data, name.len);
    walk->len += name.len;
    return OK;
}

/* A target of on_disk stands for the root, as far as ".." goes. */
static enum status
enter_target(struct walk *walk)
{
    str_cut(&walk->rest, '/');
    TRY(go_down(walk, str_cut(&walk->rest, '/')));
    walk->floor = walk->len;
    return OK;
}

/* Walk what the link says before the rest; it is the last name of `meant`. */
static enum status
expand(struct walk *walk)
{
    AUTO(buffer_done) struct buffer text = BUFFER(PENDING);
    char rest[PENDING];
    size_t rest_len = walk->rest.len;

    if (++walk->links > MOST_LINKS)
        return fail(ERR_NOT_FOUND, "there are too many links on the way");
    TRY(walk->ground->ops->read_link(walk->ground,
                                     str_from(walk->meant, walk->len), &text));
    struct str said = buffer_str(&text);
    if (said.len + 1 + rest_len > PENDING)
        return fail(ERR_INVALID, "the path behind the link is too long");
    memcpy(rest, walk->rest.data, rest_len);
    memcpy(walk->pending, said.data, said.len);
    walk->pending[said.len] = '/';
    memcpy(walk->pending + said.len + 1, rest, rest_len);
    walk->rest = str_from(walk->pending, said.len + 1 + rest_len);
    if (said.len == 0 || said.data[0] != '/')
        return go_up(walk);
    walk->len = walk->floor = 0;
    return is_target_path(said) ? enter_target(walk) : OK;
}

static bool
is_last(struct str rest)
{
    while (rest.len > 0) {
        struct str name = str_cut(&rest, '/');

        if (name.len > 0 && !str_is(name, "."))
            return false;
    }
    return true;
}

static enum status
step(struct walk *walk, struct str name, bool follow_leaf)
{
    bool last = is_last(walk->rest);
    struct vfs_attributes it;
    enum status status;

    if (name.len == 0 || str_is(name, "."))
        return OK;
    if (str_is(name, ".."))
        return go_up(walk);
    if (upload_is_reserved_name(name))
        return fail(ERR_NOT_FOUND, "'%.*s' is a reserved name", STR_ARG(name));
    TRY(go_down(walk, name));
    if (last && !follow_leaf)
        return OK;
    status = walk->ground->ops->stat(walk->ground,
                                     str_from(walk->meant, walk->len), 0, &it);
    if (status == ERR_NOT_FOUND && last)
        return OK; /* to be made, where the link leads */
    TRY(status);
    return (it.mode & S_IFMT) == S_IFLNK ? expand(walk) : OK;
}

/* Find the path without links that `path` means. */
static enum status
find_meant(struct walk *walk, struct str path, bool follow_leaf)
{
    walk->len = walk->floor = 0;
    walk->links = 0;
    memcpy(walk->pending, path.data, path.len);
    walk->rest = str_from(walk->pending, path.len);
    while (walk->rest.len > 0)
        TRY(step(walk, str_cut(&walk->rest, '/'), follow_leaf));
    if (walk->len == 0)
        walk->meant[walk->len++] = '/';
    return OK;
}

enum status
vfs_links_meant(struct vfs *ground, struct str path, char into[VFS_PATH + 1],
                size_t *len_out)
{
    struct walk walk = { .ground = ground };

    TRY(find_meant(&walk, path, false));
    memcpy(into, walk.meant, walk.len);
    *len_out = walk.len;
    return OK;
}

/* One call of vfs.h, to be made with one path or another. */
struct call {
    enum status (*run)(struct vfs *inner, const struct call *);
    struct str path;
    struct str second; /* of rename and link; a leaf that is not followed */
    bool follow_leaf;  /* of `path` */
    unsigned how;
    const void *in;
    void *out;
};

static enum status
run_with_meant(struct with_links *self, const struct call *call)
{
    struct call meant = *call;
    struct walk first, second;

    first.ground = second.ground = self->ground;
    TRY(find_meant(&first, call->path, call->follow_leaf));
    meant.path = str_from(first.meant, first.len);
    if (call->second.len > 0) {
        TRY(find_meant(&second, call->second, false));
        meant.second = str_from(second.meant, second.len);
    }
    return call->run(self->vfs.inner, &meant);
}

static enum status
follow(struct vfs *vfs, const struct call *call)
{
    struct with_links *self = self_of(vfs);
    enum status status = call->run(vfs->inner, call);

    for (int i = 0; i < MOST_TRIES && status == ERR_LINK; i++)
        status = run_with_meant(self, call);
    if (status == ERR_LINK)
        return fail(ERR_NOT_FOUND, "the links on the way keep changing");
    return status;
}

static enum status
run_open(struct vfs *inner, const struct call *call)
{
    return inner->ops->open(inner, call->path, call->in, call->out);
}

static enum status
links_open(struct vfs *vfs, struct str path, const struct vfs_open *how,
           struct vfs_file **file_out)
{
    bool follow_leaf = (how->flags & VFS_EXCLUSIVE) == 0;
    struct call call = { .run = run_open,
                         .path = path,
                         .follow_leaf = follow_leaf,
                         .in = how,
                         .out = file_out };

    return follow(vfs, &call);
}

static enum status
run_list(struct vfs *inner, const struct call *call)
{
    return inner->ops->list(inner, call->path, call->out);
}

static enum status
links_list(struct vfs *vfs, struct str path, struct vfs_folder **folder_out)
{
    struct call call = {
        .run = run_list, .path = path, .follow_leaf = true, .out = folder_out
    };

    return follow(vfs, &call);
}

static enum status
run_stat(struct vfs *inner, const struct call *call)
{
    return inner->ops->stat(inner, call->path, call->how, call->out);
}

static enum status
links_stat(struct vfs *vfs, struct str path, unsigned how,
           struct vfs_attributes *out)
{
    struct call call = { .run = run_stat,
                         .path = path,
                         .follow_leaf = (how & VFS_FOLLOW) != 0,
                         .how = how,
                         .out = out };

    return follow(vfs, &call);
}

static enum status
run_set_attributes(struct vfs *inner, const struct call *call)
{
    return inner->ops->set_attributes(inner, call->path, call->how, call->in);
}

static enum status
links_set_attributes(struct vfs *vfs, struct str path, unsigned how,
                     const struct vfs_attributes *attributes)
{
    struct call call = { .run = run_set_attributes,
                         .path = path,
                         .follow_leaf = (how & VFS_FOLLOW) != 0,
                         .how = how,
                         .in = attributes };

    return follow(vfs, &call);
}

static enum status
run_make_folder(struct vfs *inner, const struct call *call)
{
    return inner->ops->make_folder(inner, call->path, call->in);
}

static enum status
links_make_folder(struct vfs *vfs, struct str path,
                  const struct vfs_attributes *attributes)
{
    struct call call = { .run = run_make_folder,
                         .path = path,
                         .in = attributes };

    return follow(vfs, &call);
}

static enum status
run_remove(struct vfs *inner, const struct call *call)
{
    return inner->ops->remove(inner, call->path,
                              (enum vfs_remove_kind)call->how);
}

static enum status
links_remove(struct vfs *vfs, struct str path, enum vfs_remove_kind kind)
{
    struct call call = { .run = run_remove, .path = path, .how = kind };

    return follow(vfs, &call);
}

static enum status
run_rename(struct vfs *inner, const struct call *call)
{
    return inner->ops->rename(inner, call->path, call->second, call->how != 0);
}

static enum status
links_rename(struct vfs *vfs, struct str from, struct str to, bool replace)
{
    struct call call = {
        .run = run_rename, .path = from, .second = to, .how = replace
    };

    return follow(vfs, &call);
}

static enum status
run_link(struct vfs *inner, const struct call *call)
{
    return inner->ops->link(inner, call->path, call->second);
}

static enum status
links_link(struct vfs *vfs, struct str existing, struct str name)
{
    struct call call = { .run = run_link, .path = existing, .second = name };

    return follow(vfs, &call);
}

static enum status
run_make_link(struct vfs *inner, const struct call *call)
{
    return inner->ops->make_link(inner, *(const struct str *)call->in,
                                 call->path);
}

static enum status
links_make_link(struct vfs *vfs, struct str target, struct str name)
{
    struct call call = { .run = run_make_link, .path = name, .in = &target };

    return follow(vfs, &call);
}

static enum status
run_read_link(struct vfs *inner, const struct call *call)
{
    return inner->ops->read_link(inner, call->path, call->out);
}

static enum status
links_read_link(struct vfs *vfs, struct str path, struct buffer *target_out)
{
    struct call call = { .run = run_read_link,
                         .path = path,
                         .out = target_out };
    size_t before = buffer_len(target_out);

    TRY(follow(vfs, &call));
    if (!is_target_path(str_from_offset(buffer_str(target_out), before)))
        return OK;
    /* It is followed, but has no name that a client could use. */
    buffer_cut(target_out, before);
    return fail(ERR_DENIED, "the link leads to a folder of the host");
}

static enum status
run_space(struct vfs *inner, const struct call *call)
{
    return inner->ops->space(inner, call->path, call->out);
}

static enum status
links_space(struct vfs *vfs, struct str path, struct vfs_space *out)
{
    struct call call = {
        .run = run_space, .path = path, .follow_leaf = true, .out = out
    };

    return follow(vfs, &call);
}

/* What becomes of a link itself; all else is done to what it leads to. */
enum { OF_THE_LINK = ALLOW_RENAME | ALLOW_DELETE_FILE | ALLOW_DELETE_FOLDER };

static unsigned
may_behind_links(struct with_links *self, struct str path, bool *is_same)
{
    struct vfs *inner = self->vfs.inner;
    struct walk walk;
    unsigned target = 0;

    walk.ground = self->ground;
    if (find_meant(&walk, path, false) != OK)
        return 0;
    unsigned itself =
        vfs_layers_may(inner, str_from(walk.meant, walk.len), is_same);
    if (find_meant(&walk, path, true) == OK)
        target = vfs_layers_may(inner, str_from(walk.meant, walk.len), is_same);
    return (itself & OF_THE_LINK) | (target & ~(unsigned)OF_THE_LINK);
}

static unsigned
links_may(struct vfs *vfs, struct str path, bool *is_same)
{
    struct with_links *self = self_of(vfs);
    bool is_same_below = true;
    struct vfs_attributes it;
    unsigned may = vfs_layers_may(vfs->inner, path, &is_same_below);

    if (is_same_below)
        return may;
    *is_same = false;
    if (self->ground->ops->stat(self->ground, path, 0, &it) == OK &&
        !S_ISLNK(it.mode))
        return may;
    return may_behind_links(self, path, is_same);
}

static void
links_free(struct vfs *vfs)
{
    vfs_free(&vfs->inner);
    free(self_of(vfs));
}

static const struct vfs_ops links_ops = {
    .open = links_open,
    .list = links_list,
    .stat = links_stat,
    .set_attributes = links_set_attributes,
    .make_folder = links_make_folder,
    .remove = links_remove,
    .rename = links_rename,
    .link = links_link,
    .make_link = links_make_link,
    .read_link = links_read_link,
    .space = links_space,
    .may = links_may,
    .free = links_free,
};

enum status
vfs_with_links(struct vfs *inner, struct vfs **out)
{
    struct with_links *self = calloc(1, sizeof *self);

    if (self == NULL) {
        vfs_free(&inner);
        return fail(ERR_MEMORY, "no memory for a layer of files");
    }
    self->vfs.ops = &links_ops;
    self->vfs.inner = inner;
    self->ground = inner;
    while (self->ground->inner != NULL)
        self->ground = self->ground->inner;
    *out = &self->vfs;
    return OK;
}
