/* SPDX-License-Identifier: Apache-2.0 */
/* scp_path.c - paths that grow and shrink by names. */
#include "ssh/scp_private.h"

enum status
scp_path_add(struct scp_path *path, struct str name)
{
    size_t len = path->len > 1 ? path->len : 0; /* the root is a slash */

    if (name.len > VFS_NAME || len + 1 + name.len > VFS_PATH)
        return fail(ERR_LIMIT, "the path is too long");
    path->text[len++] = '/';
    memcpy(path->text + len, name.data, name.len);
    path->len = len + name.len;
    path->text[path->len] = '\0';
    return OK;
}

void
scp_path_cut(struct scp_path *path, size_t len)
{
    path->len = len;
    path->text[len] = '\0';
}

struct str
scp_path_name(const struct scp_path *path)
{
    size_t start = path->len;

    while (start > 0 && path->text[start - 1] != '/')
        start--;
    return str_from(path->text + start, path->len - start);
}

void
scp_path_up(struct scp_path *path)
{
    size_t len = path->len - scp_path_name(path).len;

    scp_path_cut(path, len > 1 ? len - 1 : 1);
}

void
scp_path_root(struct scp_path *path)
{
    path->text[0] = '/';
    scp_path_cut(path, 1);
}
