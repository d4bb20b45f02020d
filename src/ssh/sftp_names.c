/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_names.c - what is done to a path: STAT, SETSTAT, REMOVE, RENAME, links,
 * and the ways to ask for a path's full form.
 */
#include "ssh/sftp_private.h"

static enum status
reply_stat(struct sftp *s, const struct sftp_request *r, unsigned how)
{
    struct vfs_attributes attributes;

    TRY(vfs_stat(s->files, r->path, how, &attributes));
    return sftp_reply_attributes(s, r, &attributes);
}

enum status
sftp_stat(struct sftp *s, struct sftp_request *r)
{
    return reply_stat(s, r, VFS_FOLLOW | VFS_TELL);
}

enum status
sftp_lstat(struct sftp *s, struct sftp_request *r)
{
    return reply_stat(s, r, 0);
}

static enum status
set_attributes(struct sftp *s, struct sftp_request *r, unsigned how)
{
    struct vfs_attributes attributes;

    TRY(sftp_read_attributes(&r->body, &attributes));
    TRY(vfs_set_attributes(s->files, r->path, how, &attributes));
    return sftp_reply_result(s, r, OK);
}

enum status
sftp_set_attributes(struct sftp *s, struct sftp_request *r)
{
    return set_attributes(s, r, VFS_FOLLOW);
}

enum status
sftp_lset_attributes(struct sftp *s, struct sftp_request *r)
{
    return set_attributes(s, r, 0);
}

enum status
sftp_remove(struct sftp *s, struct sftp_request *r)
{
    TRY(vfs_remove(s->files, r->path, VFS_REMOVE_FILE));
    return sftp_reply_result(s, r, OK);
}

/* A second path, which like the first one may not be empty. */
static enum status
read_target(struct sftp_request *r, char text[VFS_PATH + 1],
            struct str *target_out)
{
    struct reader ahead = r->body;

    if (read_string(&ahead).len == 0 && !reader_is_broken(&ahead))
        return fail(ERR_NOT_FOUND, "an empty path");
    return sftp_read_path(r, text, target_out);
}

static enum status
rename_to(struct sftp *s, struct sftp_request *r, bool replace)
{
    char text[VFS_PATH + 1];
    struct str target = STR_NONE;

    TRY(read_target(r, text, &target));
    TRY(vfs_rename(s->files, r->path, target, replace));
    return sftp_reply_result(s, r, OK);
}

/* Section 6.5: it is an error if the target exists. */
enum status
sftp_rename(struct sftp *s, struct sftp_request *r)
{
    return rename_to(s, r, false);
}

enum status
sftp_posix_rename(struct sftp *s, struct sftp_request *r)
{
    return rename_to(s, r, true);
}

enum status
sftp_hardlink(struct sftp *s, struct sftp_request *r)
{
    char text[VFS_PATH + 1];
    struct str name = STR_NONE;

    TRY(read_target(r, text, &name));
    TRY(vfs_link(s->files, r->path, name));
    return sftp_reply_result(s, r, OK);
}

/*
 * Section 6.10 says linkpath, then targetpath; OpenSSH has always sent them
 * the other way round, says so in its PROTOCOL, 4.1, and everybody follows.
 */
enum status
sftp_symlink(struct sftp *s, struct sftp_request *r)
{
    struct str target = read_string(&r->body);

    TRY(read_target(r, r->path_text, &r->path));
    if (target.len == 0 || target.len >= VFS_PATH || str_has_nul(target))
        return fail(ERR_INVALID, "a link's target of %zu bytes", target.len);
    TRY(vfs_make_link(s->files, target, r->path));
    return sftp_reply_result(s, r, OK);
}

enum status
sftp_readlink(struct sftp *s, struct sftp_request *r)
{
    AUTO(buffer_done) struct buffer target = BUFFER(VFS_PATH);

    TRY(vfs_read_link(s->files, r->path, &target));
    return sftp_reply_name(s, r, buffer_str(&target));
}

/* By text alone: clients ask it of names that they are about to make. */
enum status
sftp_realpath(struct sftp *s, struct sftp_request *r)
{
    return sftp_reply_name(s, r, r->path);
}

/* The account's own folder is "/"; of others nothing is known. */
static enum status
check_own_name(const struct sftp *s, struct str name)
{
    if (name.len > 0 && !str_is(name, s->account_name))
        return fail(ERR_NOT_FOUND, "the home of another account");
    return OK;
}

/* expand-path@openssh.com: "~", "~/x", "~name/x", otherwise as REALPATH. */
enum status
sftp_expand_path(struct sftp *s, struct sftp_request *r)
{
    struct str path = read_string(&r->body);
    size_t len;

    TRY(sftp_read_all(r));
    if (str_starts(path, STR("~"))) {
        path = str_from_offset(path, 1);
        TRY(check_own_name(s, str_cut(&path, '/')));
    }
    TRY(vfs_normalise(path, r->path_text, &len));
    return sftp_reply_name(s, r, str_from(r->path_text, len));
}

/* home-directory: the name of an account; an empty one means this. */
enum status
sftp_home_folder(struct sftp *s, struct sftp_request *r)
{
    struct str name = read_string(&r->body);

    TRY(sftp_read_all(r));
    TRY(check_own_name(s, name));
    return sftp_reply_name(s, r, STR("/"));
}
