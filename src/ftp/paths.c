/* SPDX-License-Identifier: Apache-2.0 */
/* paths.c - names that clients give, and what they are told when it fails. */
#include "ftp/ftp_private.h"

static const unsigned codes[] = {
    [ERR_NOT_FOUND] = 550, [ERR_DENIED] = 553,    [ERR_EXISTS] = 550,
    [ERR_NOT_EMPTY] = 550, [ERR_IS_FOLDER] = 550, [ERR_NO_FOLDER] = 550,
    [ERR_LINK] = 550,      [ERR_FULL] = 552,      [ERR_BUSY] = 450,
    [ERR_LIMIT] = 552,     [ERR_INVALID] = 501,   [ERR_UNSUPPORTED] = 504,
    [ERR_CONFLICT] = 450,  [ERR_TIMEOUT] = 451,   [ERR_CLOSED] = 451,
    [ERR_MEMORY] = 451,    [ERR_IO] = 451,
};

/* The kind, not the sentence: that may name what is not the client's. */
enum status
ftp_say_failure(struct ftp_connection *c, enum status status)
{
    return ftp_say(c, codes[status], "That did not work: %s.",
                   status_name(status));
}

static enum status
join(const struct ftp_connection *c, struct str argument, struct buffer *out)
{
    if (str_starts(argument, STR("/")))
        return buffer_add(out, argument);
    return buffer_addf(out, "%s/%.*s", c->folder, STR_ARG(argument));
}

static enum status
make_path(const struct ftp_connection *c, struct str argument,
          char path[VFS_PATH + 1], struct str *out)
{
    AUTO(buffer_done) struct buffer whole = BUFFER(2 * VFS_PATH + FTP_LINE);
    size_t len = 0;

    TRY(join(c, argument, &whole));
    TRY(vfs_normalise(buffer_str(&whole), path, &len));
    *out = str_from(path, len);
    return OK;
}

bool
ftp_path(struct ftp_connection *c, struct str argument, char path[VFS_PATH + 1],
         struct str *out)
{
    enum status status = make_path(c, argument, path, out);

    if (status == OK)
        return true;
    if (ftp_say_failure(c, status) != OK)
        c->is_ending = true;
    return false;
}
