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

enum status
link_text_to_host(const struct roots *roots, struct str target, struct str name,
                  struct buffer *text_out)
{
    char path[VFS_PATH + 1];
    size_t len;

    if (target.data[0] != '/') {
        if (climbs_out(target, depth_of_folder(name)))
            return fail(ERR_DENIED, "the link would lead out of the account");
        return buffer_add(text_out, target);
    }
    TRY(vfs_normalise(target, path, &len));
    TRY(buffer_add(text_out, str_of(roots->at[0].host)));
    if (len == 1 && buffer_len(text_out) > 0)
        return OK;
    return buffer_add(text_out, str_from(path, len));
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

static bool
has_reserved_name(struct str path)
{
    while (path.len > 0)
        if (upload_is_reserved_name(str_cut(&path, '/')))
            return true;
    return false;
}

static enum status
host_path_to_target(const struct roots *roots, struct str text,
                    struct buffer *target_out)
{
    struct str rest;

    for (size_t i = 0; i < roots->count; i++) {
        if (!below(text, roots->at[i].host, &rest) &&
            !below(text, roots->at[i].named, &rest))
            continue;
        if (has_reserved_name(rest))
            return fail(ERR_DENIED, "the link leads to a reserved name");
        if (i > 0)
            TRY(buffer_addf(target_out, "/.convoy-target-%zu", i - 1));
        if (i == 0 && rest.len == 0)
            rest = STR("/");
        return buffer_add(target_out, rest);
    }
    return fail(ERR_DENIED, "the link leads out of the account");
}

enum status
link_text_from_host(const struct roots *roots, struct str text, struct str name,
                    struct buffer *target_out)
{
    char path[VFS_PATH + 1];
    size_t len;

    if (text.len == 0)
        return fail(ERR_INVALID, "the link is empty");
    if (text.data[0] != '/') {
        if (climbs_out(text, depth_of_folder(name)))
            return fail(ERR_DENIED, "the link leads out of the account");
        return buffer_add(target_out, text);
    }
    TRY(vfs_normalise(text, path, &len));
    return host_path_to_target(roots, str_from(path, len), target_out);
}
