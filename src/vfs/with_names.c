/* SPDX-License-Identifier: Apache-2.0 */
/*
 * with_names.c - what a file may be called, and what it is called.
 *
 * Stands below with_links, where a path is the one that is meant: a link does
 * not lead around denied_names. What amend_write_name has renamed is looked for
 * only where the place says that there is no such name, so a real file always
 * wins, and an account without the option pays nothing.
 */
#include "base/clock.h"
#include "base/matching.h"
#include "base/random.h"
#include "vfs/places.h"
#include "vfs/vfs_private.h"

#include <stdlib.h>
#include <sys/stat.h>

enum { MOST_AMENDED = 64, MOST_DENIED = 1000 };

/* A name of this session's, and how the file is really called. */
struct amended {
    char *path;
    char *real;
};

struct with_names {
    struct vfs vfs;
    struct clock *clock;
    struct matching **denied;
    size_t denied_count;
    bool amend;
    struct amended amended[MOST_AMENDED]; /* a ring */
    size_t next;                          /* the oldest */
};

static struct with_names *
self_of(struct vfs *vfs)
{
    return (struct with_names *)vfs;
}

static struct str
last_name(struct str path)
{
    const char *slash = memrchr(path.data, '/', path.len);

    return slash == NULL
               ? path
               : str_from_offset(path, (size_t)(slash - path.data) + 1);
}

/* May something be called that? */
static enum status
check_name(struct with_names *self, struct str path)
{
    int64_t now_ms = self->denied_count > 0 ? clock_wall_ms(self->clock) : 0;

    for (size_t i = 0; i < self->denied_count; i++) {
        const struct matching *denied = self->denied[i];
        struct str text = matching_has_slash(denied) ? path : last_name(path);

        /* Undecided is denied: the limit must not be a way through. */
        if (matching_ask(denied, text, now_ms) != MATCHING_NO)
            return fail(ERR_DENIED, "'%.*s' is among denied_names",
                        STR_ARG(path));
    }
    return OK;
}

/* The latest of that name; NULL when there is none. */
static struct amended *
find(struct with_names *self, struct str path)
{
    for (size_t i = 1; i <= MOST_AMENDED; i++) {
        size_t at = (self->next + MOST_AMENDED - i) % MOST_AMENDED;

        if (self->amended[at].path == NULL)
            return NULL;
        if (str_is(path, self->amended[at].path))
            return &self->amended[at];
    }
    return NULL;
}

static void
forget(struct amended *it)
{
    str_free(&it->path);
    str_free(&it->real);
}

static enum status
remember(struct with_names *self, struct str path, struct str real)
{
    struct amended *it = &self->amended[self->next];
    char *path_copy = str_copy(path);
    char *real_copy = str_copy(real);

    if (path_copy == NULL || real_copy == NULL) {
        str_free(&path_copy);
        str_free(&real_copy);
        return fail(ERR_MEMORY, "no memory for a name");
    }
    forget(it);
    *it = (struct amended){ path_copy, real_copy };
    self->next = (self->next + 1) % MOST_AMENDED;
    return OK;
}

/* "/in/NAME" becomes "/in/UUID-NAME". */
static enum status
amend(struct str path, const char *uuid, struct buffer *into)
{
    struct str name = last_name(path);
    size_t folder = path.len - name.len;

    if (name.len + UUID_TEXT > VFS_NAME || path.len + UUID_TEXT > VFS_PATH)
        return fail(ERR_INVALID, "'%.*s' is too long to get a UUID in front",
                    STR_ARG(name));
    return buffer_addf(into, "%.*s%s-%.*s", (int)folder, path.data, uuid,
                       STR_ARG(name));
}

static enum status
open_as_new(struct with_names *self, struct str path,
            const struct vfs_open *how, struct vfs_file **file_out)
{
    AUTO(buffer_done) struct buffer real = BUFFER(VFS_PATH);
    AUTO(vfs_close) struct vfs_file *file = NULL;
    struct vfs *inner = self->vfs.inner;
    struct vfs_open make = *how;
    char uuid[UUID_TEXT];

    make.flags |= VFS_CREATE;
    random_uuid(uuid);
    TRY(amend(path, uuid, &real));
    TRY(inner->ops->open(inner, buffer_str(&real), &make, &file));
    TRY(remember(self, path, buffer_str(&real)));
    *file_out = file;
    file = NULL;
    return OK;
}

/* Whether writing would replace what is there; an edit of it would not. */
static enum status
check_existing(const struct vfs_open *how, const struct vfs_attributes *it,
               bool *new_out)
{
    if ((how->flags & VFS_EXCLUSIVE) != 0)
        return fail(ERR_EXISTS, "the name exists");
    if ((it->mode & S_IFMT) == S_IFDIR)
        return fail(ERR_IS_FOLDER, "this is a folder");
    *new_out = (how->flags & VFS_TRUNCATE) != 0;
    return OK;
}

/* Whether writing would make the file or replace it; to go on with what this
 * session has made would not. */
static enum status
is_new(struct with_names *self, struct str path, const struct vfs_open *how,
       bool *new_out)
{
    bool starts_anew = (how->flags & (VFS_TRUNCATE | VFS_EXCLUSIVE)) != 0;
    bool exclusive = (how->flags & VFS_EXCLUSIVE) != 0;
    struct vfs *inner = self->vfs.inner;
    struct vfs_attributes it;

    *new_out = false;
    if ((how->flags & (VFS_CREATE | VFS_TRUNCATE)) == 0)
        return OK;
    enum status status =
        inner->ops->stat(inner, path, exclusive ? 0 : VFS_FOLLOW, &it);
    if (status == OK)
        return check_existing(how, &it, new_out);
    if (status != ERR_NOT_FOUND)
        return status;
    *new_out = (how->flags & VFS_CREATE) != 0 &&
               (starts_anew || find(self, path) == NULL);
    return OK;
}

/* Go on with a file that may be an amended one: the place must not make the
 * name itself. */
static enum status
open_existing(struct with_names *self, struct str path,
              const struct vfs_open *how, struct vfs_file **file_out)
{
    struct amended *it = self->amend ? find(self, path) : NULL;
    struct vfs *inner = self->vfs.inner;
    struct vfs_open plain = *how;

    if (it == NULL)
        return inner->ops->open(inner, path, how, file_out);
    if ((how->flags & VFS_WRITE) != 0)
        plain.flags &= ~(unsigned)VFS_CREATE;
    enum status status = inner->ops->open(inner, path, &plain, file_out);
    if (status != ERR_NOT_FOUND)
        return status;
    return inner->ops->open(inner, str_of(it->real), &plain, file_out);
}

static enum status
names_open(struct vfs *vfs, struct str path, const struct vfs_open *how,
           struct vfs_file **file_out)
{
    bool writes = (how->flags & (VFS_WRITE | VFS_CREATE)) != 0;
    struct with_names *self = self_of(vfs);
    bool new = false;

    if (writes)
        TRY(check_name(self, path));
    if (writes && self->amend)
        TRY(is_new(self, path, how, &new));
    return new ? open_as_new(self, path, how, file_out)
               : open_existing(self, path, how, file_out);
}

/*
 * Calls on a name that is there, or was amended: tried as they are, and once
 * more under the amended name when there is none of that name.
 */
struct call {
    enum status (*run)(struct vfs *inner, struct str path, const struct call *);
    unsigned how;
    struct str second;
    const void *in;
    void *out;
};

static enum status
run_either(struct vfs *vfs, struct str path, const struct call *call)
{
    struct with_names *self = self_of(vfs);
    enum status status = call->run(vfs->inner, path, call);
    struct amended *it;

    if (status != ERR_NOT_FOUND || !self->amend)
        return status;
    it = find(self, path);
    if (it == NULL)
        return status;
    return call->run(vfs->inner, str_of(it->real), call);
}

static enum status
names_list(struct vfs *vfs, struct str path, struct vfs_folder **folder_out)
{
    return vfs->inner->ops->list(vfs->inner, path, folder_out);
}

static enum status
run_stat(struct vfs *inner, struct str path, const struct call *call)
{
    return inner->ops->stat(inner, path, call->how, call->out);
}

static enum status
names_stat(struct vfs *vfs, struct str path, unsigned how,
           struct vfs_attributes *out)
{
    struct call call = { .run = run_stat, .how = how, .out = out };

    return run_either(vfs, path, &call);
}

static enum status
run_set(struct vfs *inner, struct str path, const struct call *call)
{
    return inner->ops->set_attributes(inner, path, call->how, call->in);
}

/* A new size is a kind of writing. */
static enum status
names_set(struct vfs *vfs, struct str path, unsigned how,
          const struct vfs_attributes *attributes)
{
    struct call call = { .run = run_set, .how = how, .in = attributes };

    if ((attributes->has & VFS_HAS_SIZE) != 0)
        TRY(check_name(self_of(vfs), path));
    return run_either(vfs, path, &call);
}

static enum status
names_make_folder(struct vfs *vfs, struct str path,
                  const struct vfs_attributes *attributes)
{
    TRY(check_name(self_of(vfs), path));
    return vfs->inner->ops->make_folder(vfs->inner, path, attributes);
}

static enum status
run_remove(struct vfs *inner, struct str path, const struct call *call)
{
    return inner->ops->remove(inner, path, (enum vfs_remove_kind)call->how);
}

static enum status
names_remove(struct vfs *vfs, struct str path, enum vfs_remove_kind kind)
{
    struct call call = { .run = run_remove, .how = kind };

    return run_either(vfs, path, &call);
}

/* The UUID stays in front of the new name. */
static enum status
rename_amended(struct with_names *self, struct amended *it, struct str to,
               bool replace)
{
    AUTO(buffer_done) struct buffer real = BUFFER(VFS_PATH);
    struct vfs *inner = self->vfs.inner;
    struct str name = last_name(str_of(it->real));
    char uuid[UUID_TEXT];

    memcpy(uuid, name.data, UUID_TEXT - 1);
    uuid[UUID_TEXT - 1] = '\0';
    TRY(amend(to, uuid, &real));
    TRY(inner->ops->rename(inner, str_of(it->real), buffer_str(&real),
                           replace));
    /* That the file was renamed is true even if its name is forgotten. */
    (void)!remember(self, to, buffer_str(&real));
    return OK;
}

static enum status
names_rename(struct vfs *vfs, struct str from, struct str to, bool replace)
{
    struct with_names *self = self_of(vfs);
    struct amended *it;
    enum status status;

    TRY(check_name(self, to));
    status = vfs->inner->ops->rename(vfs->inner, from, to, replace);
    if (status != ERR_NOT_FOUND || !self->amend)
        return status;
    it = find(self, from);
    return it == NULL ? status : rename_amended(self, it, to, replace);
}

static enum status
run_link(struct vfs *inner, struct str path, const struct call *call)
{
    return inner->ops->link(inner, path, call->second);
}

static enum status
names_link(struct vfs *vfs, struct str existing, struct str name)
{
    struct call call = { .run = run_link, .second = name };

    TRY(check_name(self_of(vfs), name));
    return run_either(vfs, existing, &call);
}

static enum status
names_make_link(struct vfs *vfs, struct str target, struct str name)
{
    TRY(check_name(self_of(vfs), name));
    return vfs->inner->ops->make_link(vfs->inner, target, name);
}

static enum status
names_read_link(struct vfs *vfs, struct str path, struct buffer *target_out)
{
    return vfs->inner->ops->read_link(vfs->inner, path, target_out);
}

static enum status
run_space(struct vfs *inner, struct str path, const struct call *call)
{
    return inner->ops->space(inner, path, call->out);
}

static enum status
names_space(struct vfs *vfs, struct str path, struct vfs_space *out)
{
    struct call call = { .run = run_space, .out = out };

    return run_either(vfs, path, &call);
}

static unsigned
names_may(struct vfs *vfs, struct str path, bool *is_same)
{
    struct with_names *self = self_of(vfs);
    unsigned may = vfs_layers_may(vfs->inner, path, is_same);

    if (self->denied_count == 0)
        return may;
    *is_same = false;
    return check_name(self, path) == OK
               ? may
               : may & ~(unsigned)(ALLOW_WRITE | ALLOW_CREATE_FOLDER);
}

static void
names_free(struct vfs *vfs)
{
    struct with_names *self = self_of(vfs);

    vfs_free(&vfs->inner);
    for (size_t i = 0; i < MOST_AMENDED; i++)
        forget(&self->amended[i]);
    for (size_t i = 0; i < self->denied_count; i++)
        matching_free(&self->denied[i]);
    free(self->denied);
    free(self);
}

static const struct vfs_ops names_ops = {
    .open = names_open,
    .list = names_list,
    .stat = names_stat,
    .set_attributes = names_set,
    .make_folder = names_make_folder,
    .remove = names_remove,
    .rename = names_rename,
    .link = names_link,
    .make_link = names_make_link,
    .read_link = names_read_link,
    .space = names_space,
    .may = names_may,
    .free = names_free,
};

static enum status
compile_denied(struct with_names *self, const struct name_options *options)
{
    struct str rest = options->denied;
    size_t lines = 1;

    for (size_t i = 0; i < rest.len; i++)
        lines += rest.data[i] == '\n';
    if (lines > MOST_DENIED)
        return fail(ERR_LIMIT, "more than %d lines in denied_names",
                    MOST_DENIED);
    self->denied = calloc(lines, sizeof(struct matching *));
    if (self->denied == NULL)
        return fail(ERR_MEMORY, "no memory for denied_names");
    while (rest.len > 0) {
        struct str line = str_trim(str_cut(&rest, '\n'));

        if (line.len == 0)
            continue;
        TRY(matching_compile(line, options->user,
                             &self->denied[self->denied_count]));
        self->denied_count++;
    }
    return OK;
}

enum status
vfs_with_names(struct vfs *inner, const struct name_options *options,
               struct vfs **out)
{
    struct with_names *self = calloc(1, sizeof *self);

    if (self == NULL) {
        vfs_free(&inner);
        return fail(ERR_MEMORY, "no memory for a layer of files");
    }
    self->vfs.ops = &names_ops;
    self->vfs.inner = inner;
    self->clock = options->clock;
    self->amend = options->amend;
    enum status status = compile_denied(self, options);
    if (status != OK) {
        names_free(&self->vfs);
        return status;
    }
    *out = &self->vfs;
    return OK;
}
