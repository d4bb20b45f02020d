/* SPDX-License-Identifier: Apache-2.0 */
/* verbs_facts.c - the size and the time of one file (RFC 3659, 3 and 4). */
#include "ftp/arguments.h"
#include "ftp/ftp_private.h"

#include <sys/stat.h>

/* False when there is nothing to look at; a reply has been made. */
static bool
look(struct ftp_connection *c, struct str argument, unsigned how,
     char path[VFS_PATH + 1], struct vfs_attributes *out)
{
    struct str full;

    if (!ftp_path(c, argument, path, &full))
        return false;
    enum status status = vfs_stat(session_files(c->session), full, how, out);
    if (status == OK)
        return true;
    /* When not even this reply fits, the next one will not either. */
    (void)(ftp_say_failure(c, status) == OK);
    return false;
}

/* Always as TYPE I would transfer it: to count line ends would mean to read
 * the file. Of a left-over, what may be resumed (REST, APPE) is told. */
enum status
ftp_size(struct ftp_connection *c, struct str argument)
{
    char path[VFS_PATH + 1];
    struct vfs_attributes it;

    if (!look(c, argument, VFS_FOLLOW | VFS_TELL, path, &it))
        return OK;
    if (!S_ISREG(it.mode))
        return ftp_say(c, 550, "That is no file.");
    return ftp_say(c, 213, "%llu", (unsigned long long)it.size);
}

/* ---- times ---- */

/* The file, which is there, is of that time now; or a reply says why not. */
static bool
set_time(struct ftp_connection *c, const char *path, struct vfs_attributes *it,
         int64_t ns)
{
    it->has = VFS_HAS_TIMES;
    it->mtime_ns = ns;
    enum status status = vfs_set_attributes(session_files(c->session),
                                            str_of(path), VFS_FOLLOW, it);
    if (status == OK)
        return true;
    /* When not even this reply fits, the next one will not either. */
    (void)(ftp_say_failure(c, status) == OK);
    return false;
}

/* MDTM YYYYMMDDHHMMSS name sets, as many clients have it, where there is such
 * a name; else the whole is the name of a file to be asked about. */
enum status
ftp_mdtm(struct ftp_connection *c, struct str argument)
{
    char path[VFS_PATH + 1];
    char text[FTP_TIME];
    struct vfs_attributes it;
    struct str name = argument;
    struct str full;
    int64_t ns;

    if (ftp_parse_time(&name, &ns) == OK && name.len > 0) {
        if (!ftp_path(c, name, path, &full))
            return OK;
        if (vfs_stat(session_files(c->session), full, VFS_FOLLOW, &it) == OK)
            return set_time(c, path, &it, ns)
                       ? ftp_say(c, 213, "The time has been set.")
                       : OK;
    }
    if (!look(c, argument, VFS_FOLLOW, path, &it))
        return OK;
    ftp_format_time(it.mtime_ns, text);
    return ftp_say(c, 213, "%s", text);
}

/* draft-somers-ftp-mfxx, 3.1 */
enum status
ftp_mfmt(struct ftp_connection *c, struct str argument)
{
    char path[VFS_PATH + 1];
    char text[FTP_TIME];
    struct vfs_attributes it;
    struct str name = argument;
    int64_t ns;

    if (ftp_parse_time(&name, &ns) != OK || name.len == 0)
        return ftp_say(c, 501,
                       "A time is wanted, YYYYMMDDHHMMSS in UTC, and a "
                       "name.");
    if (!look(c, name, VFS_FOLLOW, path, &it) || !set_time(c, path, &it, ns))
        return OK;
    ftp_format_time(ns, text);
    return ftp_say(c, 213, "Modify=%s; %s", text, path);
}
