/* SPDX-License-Identifier: Apache-2.0 */
/* resolve.c - the only place where paths become descriptors. */
#include "vfs/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TARGET "/.convoy-target-"

enum { TRIES = 64 };

static void
root_done(struct root *root)
{
    if (root->descriptor >= 0)
        close(root->descriptor);
    free(root->host);
    free(root->named);
}

/* A folder that may be entered but not read is a root all the same. */
static int
open_folder(const char *host)
{
    int flags = O_DIRECTORY | O_CLOEXEC;
    int descriptor = open(host, O_RDONLY | flags);

    if (descriptor < 0 && errno == EACCES)
        descriptor = open(host, O_PATH | flags);
    return descriptor;
}

static enum status
root_init(struct root *root, const char *named)
{
    *root = (struct root){ .descriptor = -1 };
    if (named[0] != '/')
        return fail(ERR_INVALID, "the folder '%s' is not an absolute path",
                    named);
    root->host = realpath(named, NULL);
    if (root->host == NULL)
        return fail_errno(errno, "the folder '%s'", named);
    root->named = strdup(named);
    if (root->named == NULL)
        return fail(ERR_MEMORY, "no memory for a root");
    root->descriptor = open_folder(root->host);
    if (root->descriptor < 0)
        return fail_errno(errno, "the folder '%s'", named);
    if (strcmp(root->host, "/") == 0)
        root->host[0] = '\0';
    return OK;
}

enum status
roots_init(struct roots *roots, const char *root, const char *const *targets)
{
    size_t count = 1;

    *roots = (struct roots){ 0 };
    for (size_t i = 0; targets != NULL && targets[i] != NULL; i++)
        count++;
    roots->at = calloc(count, sizeof *roots->at);
    if (roots->at == NULL)
        return fail(ERR_MEMORY, "no memory for the roots");
    for (size_t i = 0; i < count; i++) {
        struct root *next = &roots->at[roots->count];
        enum status status = root_init(next, i == 0 ? root : targets[i - 1]);

        if (status == OK) {
            roots->count++;
            continue;
        }
        root_done(next);
        if (i == 0 || status == ERR_MEMORY) {
            roots_done(roots);
            return status;
        }
    }
    return OK;
}

void
roots_done(struct roots *roots)
{
    for (size_t i = 0; i < roots->count; i++)
        root_done(&roots->at[i]);
    free(roots->at);
    *roots = (struct roots){ 0 };
}

bool
is_target_path(struct str path)
{
    return str_starts(path, STR(TARGET));
}

/* The root that a path belongs to; *rest is left without a slash in front. */
static const struct root *
root_of(const struct roots *roots, struct str path, struct str *rest)
{
    uint64_t number;

    if (!is_target_path(path)) {
        *rest = str_from_offset(path, 1);
        return &roots->at[0];
    }
    *rest = str_from_offset(path, strlen(TARGET));
    if (!str_to_number(str_cut(rest, '/'), roots->count, &number) ||
        number + 1 >= roots->count)
        return NULL;
    return &roots->at[number + 1];
}

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
    const struct root *root = root_of(roots, path, &rest);

    if (root == NULL)
        return fail(ERR_NOT_FOUND, "there is no such target");
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
    const struct root *root = root_of(roots, path, &rest);

    start(out);
    if (root == NULL)
        return fail(ERR_NOT_FOUND, "there is no such target");
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
    const struct root *root = root_of(roots, path, &rest);

    start(out);
    if (root == NULL)
        return fail(ERR_NOT_FOUND, "there is no such target");
    out->is_root = rest.len == 0;
    return keep_folder_path(out, root, rest);
}

void
resolved_done(struct resolved *resolved)
{
    if (resolved->place.folder >= 0 && !resolved->borrowed)
        close(resolved->place.folder);
    resolved->place.folder = -1;
}
