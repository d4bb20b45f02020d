/* SPDX-License-Identifier: Apache-2.0 */
/* resolve.c - the only place where paths become descriptors. */
#include "vfs/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TRIES = 64 };

static enum status
open_beneath(const struct root *root, struct str relative, int flags,
             int *descriptor_out)
{
    struct open_how how = {
        .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
        .resolve =
            RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    char path[VFS_PATH + 1];
    long descriptor = -1;

    if (relative.len == 0)
        relative = STR(".");
    memcpy(path, relative.data, relative.len);
    path[relative.len] = '\0';
    for (int i = 0; i < TRIES && descriptor < 0; i++) {
        descriptor =
            syscall(SYS_openat2, root->descriptor, path, &how, sizeof how);
        if (descriptor < 0 && errno != EAGAIN && errno != EINTR)
            break;
    }
    if (descriptor < 0)
        return fail_errno(errno, "'/%s'", path);
    *descriptor_out = (int)descriptor;
    return OK;
}

enum status
resolve_open(const struct roots *roots, struct str path, int flags,
             int *descriptor_out)
{
    struct str rest;
    const struct root *root = roots_find(roots, path, &rest);

    if (root == NULL)
        return fail(ERR_NOT_FOUND, "there is nothing at this path");
    return open_beneath(root, rest, flags, descriptor_out);
}

/* Parent and leaf of a path beneath its root. */
static void
split(struct str rest, struct str *parent, struct str *leaf)
{
    const char *slash = memrchr(rest.data, '/', rest.len);

    *leaf = rest;
    *parent = STR_NONE;
    if (slash == NULL)
        return;
    *parent = str_from(rest.data, (size_t)(slash - rest.data));
    *leaf = str_from_offset(rest, parent->len + 1);
}

static enum status
keep_folder_path(struct resolved *out, const struct root *root,
                 struct str relative)
{
    size_t len = strlen(root->host);

    if (len + relative.len + 2 > sizeof out->folder_path)
        return fail(ERR_INVALID, "the path is too long for the host");
    memcpy(out->folder_path, root->host, len);
    if (relative.len > 0 || len == 0)
        out->folder_path[len++] = '/';
    memcpy(out->folder_path + len, relative.data, relative.len);
    out->folder_path[len + relative.len] = '\0';
    out->place.folder_path = out->folder_path;
    return OK;
}

static enum status
open_parent(struct resolved *out, const struct root *root, struct str parent,
            enum resolve_for purpose)
{
    enum status status = ERR_DENIED;

    if (parent.len == 0) {
        out->place.folder = root->descriptor;
        out->borrowed = true;
        return OK;
    }
    if (purpose == TO_CHANGE)
        status = open_beneath(root, parent, O_RDONLY | O_DIRECTORY,
                              &out->place.folder);
    if (status == ERR_DENIED)
        status = open_beneath(root, parent, O_PATH | O_DIRECTORY,
                              &out->place.folder);
    return status;
}

static void
start(struct resolved *out)
{
    out->place.folder = -1;
    out->place.leaf[0] = '\0';
    out->is_root = false;
    out->borrowed = false;
}

enum status
resolve_place(const struct roots *roots, struct str path,
              enum resolve_for purpose, struct resolved *out)
{
    struct str rest, parent, leaf;
    const struct root *root = roots_find(roots, path, &rest);

    start(out);
    if (root == NULL)
        return fail(ERR_NOT_FOUND, "there is nothing at this path");
    split(rest, &parent, &leaf);
    if (leaf.len > VFS_NAME)
        return fail(ERR_INVALID, "a name has more than %d bytes", VFS_NAME);
    TRY(keep_folder_path(out, root, parent));
    TRY(open_parent(out, root, parent, purpose));
    memcpy(out->place.leaf, leaf.data, leaf.len);
    out->place.leaf[leaf.len] = '\0';
    out->is_root = leaf.len == 0;
    return OK;
}

enum status
resolve_name(const struct roots *roots, struct str path, struct resolved *out)
{
    TRY(resolve_place(roots, path, TO_CHANGE, out));
    if (out->is_root)
        return fail(ERR_DENIED, "this is the account's own folder");
    return OK;
}

enum status
resolve_folder_path(const struct roots *roots, struct str path,
                    struct resolved *out)
{
    struct str rest;
    const struct root *root = roots_find(roots, path, &rest);

    start(out);
    if (root == NULL)
        return fail(ERR_NOT_FOUND, "there is nothing at this path");
    out->is_root = rest.len == 0;
    return keep_folder_path(out, root, rest);
}

/* Is `path` the folder `top`, or somewhere below it? */
static bool
is_within(struct str path, struct str top)
{
    return str_starts(path, top) &&
           (path.len == top.len || path.data[top.len] == '/');
}

enum status
resolve_check_loose(const struct roots *roots, const struct resolved *at)
{
    char name[sizeof at->folder_path + VFS_NAME + 1];
    struct str folder = str_of(at->folder_path);
    struct str leaf = str_of(at->place.leaf);
    size_t len = folder.len == 1 ? 0 : folder.len;

    memcpy(name, folder.data, len);
    name[len++] = '/';
    memcpy(name + len, leaf.data, leaf.len);
    for (size_t i = 0; i < roots->count; i++) {
        const struct root *root = &roots->at[i];

        if (root->descriptor >= 0 && !root->is_target &&
            is_within(str_of(root->host), str_from(name, len + leaf.len)))
            return fail(ERR_DENIED,
                        "'%s' holds a folder that the account has elsewhere",
                        at->place.leaf);
    }
    return OK;
}

/* What has this name, in the root that the virtual folder stands in? */
static enum status
check_hides_nothing(const struct roots *roots, const struct root *folder)
{
    struct str path = str_of(folder->path);
    const char *slash = strrchr(folder->path, '/');
    struct str parent = str_from(path.data, (size_t)(slash - path.data));
    struct str rest;
    const struct root *around =
        roots_find(roots, parent.len > 0 ? parent : STR("/"), &rest);
    int descriptor;

    if (around == NULL)
        return OK;
    struct str name = str_from_offset(path, strlen(around->path) + 1);
    enum status status =
        open_beneath(around, name, O_PATH | O_NOFOLLOW, &descriptor);
    if (status == ERR_NOT_FOUND)
        return OK;
    if (status == OK)
        close(descriptor);
    if (status != OK && status != ERR_NO_FOLDER && status != ERR_LINK)
        return status;
    return fail(ERR_EXISTS,
                "the virtual folder '%s' would hide what is at '%s/%.*s'",
                folder->path, around->host, STR_ARG(name));
}

enum status
resolve_check_hidden(const struct roots *roots)
{
    for (size_t i = 0; i < roots->count; i++) {
        const struct root *root = &roots->at[i];

        if (root->path[0] != '\0' && !root->is_target)
            TRY(check_hides_nothing(roots, root));
    }
    return OK;
}

void
resolved_done(struct resolved *resolved)
{
    if (resolved->place.folder >= 0 && !resolved->borrowed)
        close(resolved->place.folder);
    resolved->place.folder = -1;
}
