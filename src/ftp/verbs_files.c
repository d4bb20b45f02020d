/* SPDX-License-Identifier: Apache-2.0 */
/* verbs_files.c - walking through folders; names made, changed and removed. */
#include "ftp/ftp_private.h"

#include <sys/stat.h>

struct found { /* what an argument names */
    char text[VFS_PATH + 1];
    struct str path;
    struct vfs_attributes it;
};

/* False when there is nothing; a reply has been made. */
static bool
find(struct ftp_connection *c, struct str argument, unsigned how,
     struct found *out)
{
    if (!ftp_path(c, argument, out->text, &out->path))
        return false;
    enum status status =
        vfs_stat(session_files(c->session), out->path, how, &out->it);
    if (status == OK)
        return true;
    /* When not even this reply fits, the next one will not either. */
    (void)(ftp_say_failure(c, status) == OK);
    return false;
}

/* How it went, said with the path. */
static enum status
say_done(struct ftp_connection *c, enum status status, unsigned code,
         struct str path, const char *done)
{
    if (status != OK)
        return ftp_say_failure(c, status);
    return ftp_reply_path(&c->out, code, path, done);
}

/* ---- folders ---- */

static bool
may_enter(struct ftp_connection *c, struct str path)
{
    bool is_same;
    unsigned may = vfs_may(session_files(c->session), path, &is_same);

    return (may & (ALLOW_TRAVERSE | ALLOW_LIST)) != 0;
}

/* The folder keeps the name by which it was entered (RFC 3659, 6: TVFS). */
enum status
ftp_cwd(struct ftp_connection *c, struct str argument)
{
    struct found folder;

    /* People say "cd" and "cd ~" for the folder they began in. */
    if (argument.len == 0 || str_is(argument, "~"))
        argument = STR("/");
    if (!find(c, argument, VFS_FOLLOW, &folder))
        return OK;
    if (!S_ISDIR(folder.it.mode))
        return ftp_say_failure(c, ERR_NO_FOLDER);
    if (!may_enter(c, folder.path))
        return ftp_say_failure(c, ERR_DENIED);
    memcpy(c->folder, folder.text, folder.path.len + 1);
    return ftp_reply_path(&c->out, 250, folder.path, "is the current folder.");
}

enum status
ftp_cdup(struct ftp_connection *c, struct str argument)
{
    (void)argument;
    return ftp_cwd(c, STR(".."));
}

enum status
ftp_pwd(struct ftp_connection *c, struct str argument)
{
    (void)argument;
    return ftp_reply_path(&c->out, 257, str_of(c->folder),
                          "is the current folder.");
}

enum status
ftp_mkd(struct ftp_connection *c, struct str argument)
{
    const struct vfs_attributes usual = { 0 };
    char text[VFS_PATH + 1];
    struct str path;

    if (!ftp_path(c, argument, text, &path))
        return OK;
    return say_done(c, vfs_make_folder(session_files(c->session), path, &usual),
                    257, path, "has been made.");
}

/* ---- removing ---- */

static enum status
remove_it(struct ftp_connection *c, struct str argument,
          enum vfs_remove_kind kind)
{
    char text[VFS_PATH + 1];
    struct str path;

    if (!ftp_path(c, argument, text, &path))
        return OK;
    return say_done(c, vfs_remove(session_files(c->session), path, kind), 250,
                    path, "has been removed.");
}

enum status
ftp_rmd(struct ftp_connection *c, struct str argument)
{
    return remove_it(c, argument, VFS_REMOVE_FOLDER);
}

enum status
ftp_dele(struct ftp_connection *c, struct str argument)
{
    return remove_it(c, argument, VFS_REMOVE_FILE);
}

/* ---- renaming ---- */

enum status
ftp_rnfr(struct ftp_connection *c, struct str argument)
{
    struct found from;

    c->rename_from[0] = '\0';
    if (!find(c, argument, 0, &from))
        return OK;
    memcpy(c->rename_from, from.text, from.path.len + 1);
    return ftp_say(c, 350, "Say RNTO and the new name.");
}

/* A file that has the new name is replaced, as everywhere on Unix: clients
 * upload under a temporary name and rename it over the old one. */
enum status
ftp_rnto(struct ftp_connection *c, struct str argument)
{
    char text[VFS_PATH + 1];
    struct str path;

    if (c->rename_from[0] == '\0')
        return ftp_say(c, 503, "RNFR and the old name come first.");
    if (!ftp_path(c, argument, text, &path))
        return OK;
    return say_done(c,
                    vfs_rename(session_files(c->session),
                               str_of(c->rename_from), path, true),
                    250, path, "is the new name.");
}
