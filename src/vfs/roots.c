/* SPDX-License-Identifier: Apache-2.0 */
/* roots.c - the host folders of an account, and the paths it sees them at. */
#include "vfs/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TARGET "/.convoy-target-"

static void
root_done(struct root *root)
{
    if (root->descriptor >= 0)
        close(root->descriptor);
    free(root->host);
    free(root->named);
    free(root->path);
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
root_open(struct root *root, const char *named)
{
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

/* Add a root that is at `path`; `named` may be NULL: there is none. */
static enum status
add_root(struct roots *roots, const char *path, const char *named)
{
    struct root *root = &roots->at[roots->count];
    enum status status = OK;

    *root = (struct root){ .descriptor = -1, .path = strdup(path) };
    if (root->path == NULL)
        return fail(ERR_MEMORY, "no memory for a root");
    if (named != NULL)
        status = root_open(root, named);
    if (status == OK)
        roots->count++;
    else
        root_done(root);
    return status;
}

bool
has_reserved_name(struct str path)
{
    while (path.len > 0)
        if (upload_is_reserved_name(str_cut(&path, '/')))
            return true;
    return false;
}

static enum status
check_path(const struct roots *roots, const char *path)
{
    char normal[VFS_PATH + 1];
    size_t len;

    TRY(vfs_normalise(str_of(path), normal, &len));
    if (len == 1 || strcmp(path, normal) != 0 ||
        has_reserved_name(str_of(path)))
        return fail(ERR_INVALID, "'%s' cannot be a virtual folder", path);
    for (size_t i = 0; i < roots->count; i++)
        if (strcmp(roots->at[i].path, path) == 0)
            return fail(ERR_INVALID, "two virtual folders are called '%s'",
                        path);
    return OK;
}

static enum status
add_folders(struct roots *roots, const struct disk_options *options)
{
    for (size_t i = 0; i < options->folder_count; i++) {
        const struct virtual_folder *folder = &options->folders[i];

        TRY(check_path(roots, folder->path));
        TRY(add_root(roots, folder->path, folder->real));
    }
    return OK;
}

static enum status
add_target(struct roots *roots, size_t number, const char *named)
{
    char path[sizeof TARGET + 20];

    snprintf(path, sizeof path, TARGET "%zu", number);
    enum status status = add_root(roots, path, named);
    if (status == OK)
        roots->at[roots->count - 1].is_target = true;
    return status == ERR_MEMORY ? status : OK;
}

static enum status
add_all(struct roots *roots, const struct disk_options *options)
{
    const char *const *targets = options->allowed_link_targets;

    TRY(add_root(roots, "", options->root));
    TRY(add_folders(roots, options));
    for (size_t i = 0; targets != NULL && targets[i] != NULL; i++)
        TRY(add_target(roots, i, targets[i]));
    return OK;
}

enum status
roots_init(struct roots *roots, const struct disk_options *options)
{
    const char *const *targets = options->allowed_link_targets;
    size_t count = 1 + options->folder_count;

    *roots = (struct roots){ 0 };
    while (targets != NULL && *targets++ != NULL)
        count++;
    roots->at = calloc(count, sizeof *roots->at);
    if (roots->at == NULL)
        return fail(ERR_MEMORY, "no memory for the roots");
    enum status status = add_all(roots, options);
    if (status != OK)
        roots_done(roots);
    return status;
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

/* The part of `path` below `top`, with its slash; false when not below. */
static bool
below(struct str path, const char *top, struct str *rest)
{
    struct str above = str_of(top);

    while (above.len > 0 && above.data[above.len - 1] == '/')
        above.len--;
    if (!str_starts(path, above))
        return false;
    *rest = str_from_offset(path, above.len);
    return rest->len == 0 || rest->data[0] == '/';
}

const struct root *
roots_find(const struct roots *roots, struct str path, struct str *rest_out)
{
    const struct root *found = NULL;
    bool wants_target = is_target_path(path);
    struct str rest;

    for (size_t i = 0; i < roots->count; i++) {
        const struct root *root = &roots->at[i];

        if (root->is_target != wants_target || !below(path, root->path, &rest))
            continue;
        if (found != NULL && strlen(found->path) >= strlen(root->path))
            continue;
        found = root;
        *rest_out = str_from_offset(rest, 1);
    }
    return found != NULL && found->descriptor >= 0 ? found : NULL;
}

/* The shortest rest of `host` below the root, by either of its names. */
static bool
below_root(struct str host, const struct root *root, struct str *rest)
{
    struct str other;

    if (root->descriptor < 0)
        return false;
    if (!below(host, root->host, rest))
        return below(host, root->named, rest);
    if (below(host, root->named, &other) && other.len < rest->len)
        *rest = other;
    return true;
}

const struct root *
roots_find_host(const struct roots *roots, struct str host,
                struct str *rest_out)
{
    const struct root *found = NULL;
    struct str rest;

    for (size_t i = 0; i < roots->count; i++) {
        const struct root *root = &roots->at[i];

        if ((found != NULL && root->is_target && !found->is_target) ||
            !below_root(host, root, &rest) ||
            (found != NULL && rest_out->len <= rest.len))
            continue;
        found = root;
        *rest_out = rest;
    }
    return found;
}
