/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_text.c - what the text of a symbolic link says to host and client.
 *
 * Nothing here decides what may be opened, resolve.c does. It keeps host
 * paths from clients, and clients from leaving links behind that would lead
 * the host's own tools out of the account's folder.
 */
#include "vfs/resolve.h"

/* How many folders stand above the last name of a normalised path. */
static size_t
depth_of_folder(struct str path)
{
    size_t slashes = 0;

    for (size_t i = 0; i < path.len; i++)
        slashes += path.data[i] == '/';
    slashes -= slashes > 0;
    return is_target_path(path) && slashes > 0 ? slashes - 1 : slashes;
}

/* The same, of a path within a root, without a slash in front. */
static size_t
depth_in_root(struct str rest)
{
    size_t slashes = 0;

    for (size_t i = 0; i < rest.len; i++)
        slashes += rest.data[i] == '/';
    return slashes;
}

/* Does the relative text climb above the root, by its own words? */
static bool
climbs_out(struct str text, size_t depth)
{
    while (text.len > 0) {
        struct str name = str_cut(&text, '/');

        if (name.len == 0 || str_is(name, "."))
            continue;
        if (!str_is(name, ".."))
            depth++;
        else if (depth-- == 0)
            return true;
    }
    return false;
}

/* The path of the account that a client's `target` means, worked out by its
 * words in the folder of `name`. */
static enum status
say_in_full(struct str target, struct str name, char path[VFS_PATH + 1],
            size_t *len_out)
{
    AUTO(buffer_done) struct buffer text = BUFFER((size_t)2 * VFS_PATH);

    if (climbs_out(target, depth_of_folder(name)))
        return fail(ERR_DENIED, "the link would lead out of the account");
    TRY(buffer_add(&text, name));
    TRY(buffer_add(&text, STR("/../")));
    TRY(buffer_add(&text, target));
    return vfs_normalise(buffer_str(&text), path, len_out);
}

/* A path of the account as the host has it. What exists nowhere, above a
 * virtual folder, is called what it would be in the home. */
static enum status
add_host_path(const struct roots *roots, struct str path,
              struct buffer *text_out)
{
    struct str rest;
    const struct root *root = roots_find(roots, path, &rest);

    if (root == NULL)
        return fail(ERR_DENIED, "the link leads to what is no real folder");
    TRY(buffer_add(text_out, str_of(root->host)));
    if (rest.len > 0 || root->host[0] == '\0')
        TRY(buffer_add(text_out, STR("/")));
    return buffer_add(text_out, rest);
}

enum status
link_text_to_host(const struct roots *roots, struct str target, struct str name,
                  struct buffer *text_out)
{
    char path[VFS_PATH + 1];
    struct str rest;
    size_t len;
    const struct root *root = roots_find(roots, name, &rest);

    if (target.data[0] == '/') {
        TRY(vfs_normalise(target, path, &len));
        return add_host_path(roots, str_from(path, len), text_out);
    }
    if (root == NULL || !climbs_out(target, depth_in_root(rest)))
        return buffer_add(text_out, target);
    /* Out of a virtual folder the same words lead elsewhere on the host. */
    TRY(say_in_full(target, name, path, &len));
    return add_host_path(roots, str_from(path, len), text_out);
}

static enum status
add_account_path(const struct roots *roots, struct str host,
                 struct buffer *target_out)
{
    struct str rest;
    const struct root *root = roots_find_host(roots, host, &rest);

    if (root == NULL)
        return fail(ERR_DENIED, "the link leads out of the account");
    if (has_reserved_name(rest))
        return fail(ERR_DENIED, "the link leads to a reserved name");
    TRY(buffer_add(target_out, str_of(root->path)));
    if (root->path[0] == '\0' && rest.len == 0)
        rest = STR("/");
    return buffer_add(target_out, rest);
}

/* Where the host is led by a text that is absolute, or climbs out of the root
 * of the link, whose path in it is `rest`. */
static enum status
read_as_host(const struct root *root, struct str rest, struct str text,
             char path[VFS_PATH + 1], size_t *len_out)
{
    AUTO(buffer_done) struct buffer host = BUFFER(PATH_MAX + 2 * VFS_PATH);

    if (text.data[0] != '/')
        TRY(buffer_addf(&host, "%s/%.*s/../", root->host, STR_ARG(rest)));
    TRY(buffer_add(&host, text));
    return vfs_normalise(buffer_str(&host), path, len_out);
}

enum status
link_text_from_host(const struct roots *roots, struct str text, struct str name,
                    struct buffer *target_out)
{
    char path[VFS_PATH + 1];
    struct str rest;
    size_t len;
    const struct root *root = roots_find(roots, name, &rest);

    if (root == NULL)
        return fail(ERR_NOT_FOUND, "there is nothing at this path");
    if (text.len == 0)
        return fail(ERR_INVALID, "the link is empty");
    if (text.data[0] != '/' && !climbs_out(text, depth_in_root(rest)))
        return buffer_add(target_out, text);
    TRY(read_as_host(root, rest, text, path, &len));
    return add_account_path(roots, str_from(path, len), target_out);
}
