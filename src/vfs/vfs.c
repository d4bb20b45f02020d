/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfs.c - the checks at the top of every stack, and the way into it.
 *
 * What passes here is true of every path that a place sees: normalised, within
 * the limits, and without a name that is kept for ourselves.
 */
#include "vfs/places.h"
#include "vfs/upload_private.h"
#include "vfs/vfs_private.h"

#include <limits.h>

enum { WRITES = VFS_WRITE | VFS_TRUNCATE | VFS_APPEND | VFS_RESUME };

/* Add one component to a normalised path of `len` bytes. */
static enum status
add_component(struct str name, char *into, size_t *len)
{
    if (name.len == 0 || str_is(name, "."))
        return OK;
    if (str_is(name, "..")) {
        while (*len > 0 && into[--*len] != '/')
            ;
        return OK;
    }
    if (name.len > VFS_NAME)
        return fail(ERR_INVALID, "a name has more than %d bytes", VFS_NAME);
    if (*len + 1 + name.len > VFS_PATH)
        return fail(ERR_INVALID, "the path has more than %d bytes", VFS_PATH);
    into[(*len)++] = '/';
    memcpy(into + *len, name.data, name.len);
    *len += name.len;
    return OK;
}

enum status
vfs_normalise(struct str path, char into[VFS_PATH + 1], size_t *len_out)
{
    size_t len = 0;

    if (str_has_nul(path))
        return fail(ERR_INVALID, "the path has a NUL inside");
    while (path.len > 0)
        TRY(add_component(str_cut(&path, '/'), into, &len));
    if (len == 0)
        into[len++] = '/';
    into[len] = '\0';
    *len_out = len;
    return OK;
}

static enum status
check_name(struct str name, enum status when_reserved)
{
    if (name.len == 0 || str_is(name, ".") || str_is(name, ".."))
        return fail(ERR_INVALID, "the path is not normalised");
    if (name.len > VFS_NAME)
        return fail(ERR_INVALID, "a name has more than %d bytes", VFS_NAME);
    if (name.data[0] == '.' && upload_is_reserved_name(name))
        return fail(when_reserved, "'%.*s' is a reserved name", STR_ARG(name));
    return OK;
}

static enum status
check(struct str path, enum status when_reserved)
{
    if (path.len == 0 || path.data[0] != '/' || str_has_nul(path))
        return fail(ERR_INVALID, "the path is not normalised");
    if (path.len > VFS_PATH)
        return fail(ERR_INVALID, "the path has more than %d bytes", VFS_PATH);
    if (path.len == 1)
        return OK;
    /* Byte by byte, so that the empty name behind a last slash is seen. */
    for (size_t start = 1, at = 1; at <= path.len; at++) {
        if (at < path.len && path.data[at] != '/')
            continue;
        TRY(check_name(str_from(path.data + start, at - start), when_reserved));
        start = at + 1;
    }
    return OK;
}

/* A path that is looked up: what is reserved is not there. */
static enum status
check_path(struct str path)
{
    return check(path, ERR_NOT_FOUND);
}

/* A name that is to be made: what is reserved may not be. */
static enum status
check_new_name(struct str path)
{
    return check(path, ERR_DENIED);
}

/* The text of a link, which need not be normalised. */
static enum status
check_target(struct str target)
{
    if (target.len == 0 || target.len > VFS_PATH || str_has_nul(target))
        return fail(ERR_INVALID, "this is no text for a link");
    while (target.len > 0) {
        struct str name = str_cut(&target, '/');
        if (name.len > VFS_NAME)
            return fail(ERR_INVALID, "a name has more than %d bytes", VFS_NAME);
        if (upload_is_reserved_name(name))
            return fail(ERR_DENIED, "'%.*s' is a reserved name", STR_ARG(name));
    }
    return OK;
}

static enum status
check_open(const struct vfs_open *how)
{
    unsigned flags = how->flags;

    if ((flags & (VFS_READ | VFS_WRITE | VFS_CREATE)) == 0)
        return fail(ERR_INVALID, "opened neither to read nor to write");
    if ((flags & WRITES) != 0 && (flags & VFS_WRITE) == 0)
        return fail(ERR_INVALID, "flags for writing without writing");
    if ((flags & VFS_EXCLUSIVE) != 0 && (flags & VFS_CREATE) == 0)
        return fail(ERR_INVALID, "exclusive without creating");
    return OK;
}

enum status
vfs_open(struct vfs *vfs, struct str path, const struct vfs_open *how,
         struct vfs_file **file_out)
{
    TRY((how->flags & VFS_CREATE) != 0 ? check_new_name(path)
                                       : check_path(path));
    TRY(check_open(how));
    return vfs->ops->open(vfs, path, how, file_out);
}

enum status
vfs_list(struct vfs *vfs, struct str path, struct vfs_folder **folder_out)
{
    TRY(check_path(path));
    return vfs->ops->list(vfs, path, folder_out);
}

enum status
vfs_stat(struct vfs *vfs, struct str path, unsigned how,
         struct vfs_attributes *out)
{
    TRY(check_path(path));
    return vfs->ops->stat(vfs, path, how, out);
}

enum status
vfs_set_attributes(struct vfs *vfs, struct str path, unsigned how,
                   const struct vfs_attributes *attributes)
{
    TRY(check_path(path));
    return vfs->ops->set_attributes(vfs, path, how, attributes);
}

enum status
vfs_make_folder(struct vfs *vfs, struct str path,
                const struct vfs_attributes *attributes)
{
    TRY(check_new_name(path));
    return vfs->ops->make_folder(vfs, path, attributes);
}

enum status
vfs_remove(struct vfs *vfs, struct str path, enum vfs_remove_kind kind)
{
    TRY(check_path(path));
    return vfs->ops->remove(vfs, path, kind);
}

enum status
vfs_rename(struct vfs *vfs, struct str from, struct str to, bool replace)
{
    TRY(check_path(from));
    TRY(check_new_name(to));
    return vfs->ops->rename(vfs, from, to, replace);
}

enum status
vfs_link(struct vfs *vfs, struct str existing, struct str name)
{
    TRY(check_path(existing));
    TRY(check_new_name(name));
    return vfs->ops->link(vfs, existing, name);
}

enum status
vfs_make_link(struct vfs *vfs, struct str target, struct str name)
{
    TRY(check_target(target));
    TRY(check_new_name(name));
    return vfs->ops->make_link(vfs, target, name);
}

enum status
vfs_read_link(struct vfs *vfs, struct str path, struct buffer *target_out)
{
    TRY(check_path(path));
    return vfs->ops->read_link(vfs, path, target_out);
}

enum status
vfs_space(struct vfs *vfs, struct str path, struct vfs_space *out)
{
    TRY(check_path(path));
    return vfs->ops->space(vfs, path, out);
}

unsigned
vfs_layers_may(struct vfs *vfs, struct str path, bool *is_same)
{
    while (vfs != NULL && vfs->ops->may == NULL)
        vfs = vfs->inner;
    return vfs != NULL ? vfs->ops->may(vfs, path, is_same) : ALLOW_FULL_CONTROL;
}

unsigned
vfs_may(struct vfs *vfs, struct str path, bool *is_same_out)
{
    *is_same_out = true;
    return check_path(path) == OK ? vfs_layers_may(vfs, path, is_same_out) : 0;
}

void
vfs_free(struct vfs **vfs)
{
    if (*vfs != NULL)
        (*vfs)->ops->free(*vfs);
    *vfs = NULL;
}

enum status
vfs_read(struct vfs_file *file, uint64_t offset, void *into, size_t size,
         size_t *got_out)
{
    if ((file->flags & VFS_READ) == 0)
        return fail(ERR_DENIED, "the file was not opened to read");
    if (offset > INT64_MAX || size > SSIZE_MAX) {
        *got_out = 0;
        return offset > INT64_MAX ? OK : fail(ERR_INVALID, "too much at once");
    }
    return file->ops->read(file, offset, into, size, got_out);
}

enum status
vfs_write(struct vfs_file *file, uint64_t offset, struct str bytes)
{
    if ((file->flags & VFS_WRITE) == 0)
        return fail(ERR_DENIED, "the file was not opened to write");
    if (offset > INT64_MAX || bytes.len > INT64_MAX - offset)
        return fail(ERR_FULL, "no file is as large as that");
    return file->ops->write(file, offset, bytes);
}

enum status
vfs_send(struct vfs_file *file, uint64_t offset, size_t size, int to_socket,
         size_t *sent_out)
{
    *sent_out = 0;
    if ((file->flags & VFS_READ) == 0)
        return fail(ERR_DENIED, "the file was not opened to read");
    if (file->ops->send == NULL)
        return fail(ERR_UNSUPPORTED, "these bytes are not sent by themselves");
    if (offset > INT64_MAX || size > SSIZE_MAX)
        return offset > INT64_MAX ? OK : fail(ERR_INVALID, "too much at once");
    return file->ops->send(file, offset, size, to_socket, sent_out);
}

enum status
vfs_receive(struct vfs_file *file, uint64_t offset, size_t size, int from_pipe)
{
    if ((file->flags & VFS_WRITE) == 0)
        return fail(ERR_DENIED, "the file was not opened to write");
    if (file->ops->receive == NULL)
        return fail(ERR_UNSUPPORTED, "bytes do not come here by themselves");
    if (offset > INT64_MAX || size > INT64_MAX - offset)
        return fail(ERR_FULL, "no file is as large as that");
    return file->ops->receive(file, offset, size, from_pipe);
}

enum status
vfs_file_stat(struct vfs_file *file, struct vfs_attributes *out)
{
    return file->ops->stat(file, out);
}

enum status
vfs_file_set_attributes(struct vfs_file *file,
                        const struct vfs_attributes *attributes)
{
    /* A new size is a kind of writing; all else needs the permission. */
    if ((attributes->has & VFS_HAS_SIZE) != 0 && (file->flags & VFS_WRITE) == 0)
        return fail(ERR_DENIED, "the file was not opened to write");
    if ((attributes->has & ~(unsigned)VFS_HAS_SIZE) != 0 &&
        file->keeps_attributes)
        return fail(ERR_DENIED, "no permission to set attributes");
    return file->ops->set_attributes(file, attributes);
}

enum status
vfs_sync(struct vfs_file *file)
{
    return file->ops->sync(file);
}

enum status
vfs_file_space(struct vfs_file *file, struct vfs_space *out)
{
    return file->ops->space(file, out);
}

enum status
vfs_commit(struct vfs_file *file)
{
    return file->ops->commit(file);
}

void
vfs_close(struct vfs_file **file)
{
    if (*file != NULL)
        (*file)->ops->close(*file);
    *file = NULL;
}

enum status
vfs_folder_next(struct vfs_folder *folder, struct vfs_entry *out,
                bool *more_out)
{
    return folder->ops->next(folder, out, more_out);
}

void
vfs_folder_close(struct vfs_folder **folder)
{
    if (*folder != NULL)
        (*folder)->ops->close(*folder);
    *folder = NULL;
}
