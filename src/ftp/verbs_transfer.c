/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verbs_transfer.c - files go and come, and the client hears the truth.
 *
 * 226 is said when a download has left whole, and when an upload is published:
 * never before, and never for one of which the end is missing.
 */
#include "ftp/transfer.h"

#include <stdio.h>

enum {
    SAID = VFS_PATH + 64,
    UNIQUE_TRIES = 100,
};

static struct vfs *
files_of(const struct ftp_connection *c)
{
    return session_files(c->session);
}

/* ---- to the client ---- */

/* Which part of the file is wanted. */
static enum status
choose_part(struct ftp_connection *c, uint64_t size)
{
    const struct ftp_wish *wish = &c->wish;

    if (wish->has_range) {
        c->mover.offset = wish->first;
        c->mover.length = wish->last - wish->first + 1;
    } else if (wish->has_rest) {
        c->mover.offset = wish->rest;
    }
    if (c->mover.offset > size || (wish->has_range && wish->last < wish->first))
        return fail(ERR_INVALID, "the file has %llu bytes",
                    (unsigned long long)size);
    return OK;
}

static enum status
send_file(struct ftp_connection *c, struct vfs_file *file, uint64_t size)
{
    struct stream *stream = NULL;
    char said[SAID];

    ftp_mover(c, NULL, file);
    if (choose_part(c, size) != OK)
        return ftp_say(c, 554, "It cannot start there: %s.", fail_reason());
    uint64_t offset = c->mover.offset;
    uint64_t length = c->mover.length;
    snprintf(
        said, sizeof said, "Here it comes (%llu bytes).",
        (unsigned long long)(length < size - offset ? length : size - offset));
    if (!ftp_open_data_saying(c, said, &stream))
        return OK;
    ftp_mover(c, stream, file);
    c->mover.offset = offset;
    c->mover.length = length;
    return ftp_end_data(c, &stream, mover_download(&c->mover));
}

enum status
ftp_retr(struct ftp_connection *c, struct str argument)
{
    struct vfs_open how = { .flags = VFS_READ };
    struct vfs_attributes is = { 0 };
    struct vfs_file *file = NULL;
    char path[VFS_PATH + 1];
    struct str at;

    if (!ftp_path(c, argument, path, &at))
        return OK;
    enum status status = vfs_open(files_of(c), at, &how, &file);
    if (status == OK)
        status = vfs_file_stat(file, &is);
    if (status == OK)
        status = send_file(c, file, is.size);
    else
        status = ftp_say_failure(c, status);
    vfs_close(&file);
    return status;
}

/* ---- from the client ---- */

/* Under TLS only a close_notify says that this was all (R6.1). */
static enum status
forgive_end(struct ftp_connection *c, enum status status)
{
    if (status != ERR_CLOSED || c->is_aborted || c->is_lost ||
        stream_end_kind(c->mover.stream) != STREAM_TRUNCATED ||
        session_requires_close_notify(c->session))
        return status;
    ftp_tell(c, EVENT_FTP_NO_CLOSE_NOTIFY,
             "the upload ended without the close_notify of TLS");
    return OK;
}

/* Fewer bytes than ALLO announced (R6.2), counted as they travel or as they
 * lie in the file. */
static bool
is_short(const struct ftp_connection *c)
{
    const struct ftp_wish *wish = &c->wish;

    return wish->has_size && c->mover.wire_bytes < wish->size &&
           c->mover.file_bytes + (wish->has_rest ? wish->rest : 0) < wish->size;
}

static enum status
publish(struct ftp_connection *c, struct vfs_file *file)
{
    if (is_short(c))
        return fail(ERR_CLOSED, "there were fewer bytes than were announced");
    if (ftp_control_is_gone(c)) {
        c->is_lost = true;
        return fail(ERR_CLOSED, "the control connection has ended");
    }
    return vfs_commit(file);
}

static enum status
take_file(struct ftp_connection *c, struct vfs_file **file, const char *said)
{
    struct stream *stream = NULL;
    char reason[FTP_REASON];

    if (!ftp_open_data_saying(c, said, &stream)) {
        vfs_close(file);
        return OK;
    }
    ftp_mover(c, stream, *file);
    c->mover.offset = c->wish.has_rest ? c->wish.rest : 0;
    enum status status = forgive_end(c, mover_upload(&c->mover));
    if (status == OK)
        status = publish(c, *file);
    /* What a close has to say is for the log. */
    snprintf(reason, sizeof reason, "%s", status != OK ? fail_reason() : "");
    vfs_close(file);
    if (status != OK)
        fail(status, "%s", reason);
    return ftp_end_data(c, &stream, status);
}

static enum status
store(struct ftp_connection *c, struct str argument, unsigned flags)
{
    struct vfs_open how = { .flags = flags, .resume_at = c->wish.rest };
    struct vfs_file *file = NULL;
    char path[VFS_PATH + 1];
    struct str at;

    if (c->wish.has_range)
        return ftp_say(c, 504, "RANG is for downloads.");
    if (!ftp_path(c, argument, path, &at))
        return OK;
    enum status status = vfs_open(files_of(c), at, &how, &file);
    if (status != OK)
        return ftp_say_failure(c, status);
    return take_file(c, &file, "Send it.");
}

enum status
ftp_stor(struct ftp_connection *c, struct str argument)
{
    bool resumes = c->wish.has_rest && c->wish.rest > 0;

    return store(c, argument,
                 VFS_WRITE | VFS_CREATE |
                     (resumes ? VFS_RESUME : VFS_TRUNCATE));
}

enum status
ftp_appe(struct ftp_connection *c, struct str argument)
{
    c->wish.has_rest = false;
    c->wish.rest = 0;
    return store(c, argument, VFS_WRITE | VFS_CREATE | VFS_APPEND);
}

/* The wished name, or with a number behind it, that nobody has. */
static enum status
open_unique(struct ftp_connection *c, struct str wished, struct str *name_out,
            char path[VFS_PATH + 1], struct vfs_file **out)
{
    struct vfs_open how = { .flags = VFS_WRITE | VFS_CREATE | VFS_EXCLUSIVE };
    enum status status = ERR_EXISTS;
    char name[VFS_PATH];

    for (unsigned i = 0; i < UNIQUE_TRIES && status == ERR_EXISTS; i++) {
        if (i == 0)
            snprintf(name, sizeof name, "%.*s", STR_ARG(wished));
        else
            snprintf(name, sizeof name, "%.*s.%u", STR_ARG(wished), i);
        if (!ftp_path(c, str_of(name), path, name_out))
            return ERR_BUSY;
        status = vfs_open(files_of(c), *name_out, &how, out);
    }
    return status;
}

/* RFC 1123, 4.1.2.9: the name is told before the file is sent. */
enum status
ftp_stou(struct ftp_connection *c, struct str argument)
{
    struct str wished = argument.len > 0 ? argument : STR("stou");
    struct vfs_file *file = NULL;
    char path[VFS_PATH + 1];
    char said[SAID];
    struct str at;

    if (c->wish.has_range || (c->wish.has_rest && c->wish.rest > 0))
        return ftp_say(c, 504, "A new file starts at its beginning.");
    enum status status = open_unique(c, wished, &at, path, &file);
    if (status == ERR_BUSY)
        return OK; /* it has been said */
    if (status != OK)
        return ftp_say_failure(c, status);
    snprintf(said, sizeof said, "FILE: %s", strrchr(path, '/') + 1);
    return take_file(c, &file, said);
}
