/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.c - HASH: the server's own checksum of a file, or of a part of it
 * (draft-bryan-ftpext-hash; the part is what RANG or REST said).
 *
 * A large file takes its time, so it is read in pieces, and between them the
 * client is listened to: who aborts or leaves is not calculated for.
 */
#include "ftp/ftp_private.h"

#include "vfs/checksum.h"

enum { HEX = 2 * CHECKSUM_BYTES + 1 };

struct part { /* of a file: from `first` to behind the last byte */
    uint64_t first;
    uint64_t end;
};

/* What is asked for, within the file. A file without bytes has one part. */
static enum status
choose_part(const struct ftp_wish *wish, uint64_t size, struct part *out)
{
    *out = (struct part){ 0, size };
    if (wish->has_range) {
        out->first = wish->first;
        if (wish->last < size)
            out->end = wish->last + 1;
    } else if (wish->has_rest) {
        out->first = wish->rest;
    }
    if (out->first > out->end || (out->first == size && size > 0))
        return fail(ERR_INVALID, "the part does not begin within the file");
    return OK;
}

static enum status
add_part(struct ftp_connection *c, struct vfs_file *file,
         struct checksum *checksum, struct part *part)
{
    uint64_t at = part->first;

    while (at < part->end) {
        uint64_t added = 0;

        TRY(checksum_add_file(checksum, file, at, part->end - at, &added));
        if (added == 0) /* it has become shorter meanwhile */
            part->end = at;
        at += added;
        c->mover.wire_bytes += added;
        session_touch(c->session);
        TRY(ftp_look(c));
    }
    return OK;
}

static enum status
sum_part(struct ftp_connection *c, struct vfs_file *file, struct part *part,
         char text[HEX])
{
    static const char digits[] = "0123456789abcdef";
    const struct checksum_kind *kind =
        checksum_find(str_of(ftp_hash_kind(c->hash)));
    AUTO(checksum_free) struct checksum *checksum = NULL;
    unsigned char sum[CHECKSUM_BYTES];
    size_t size = checksum_size(kind);

    TRY(checksum_new(kind, &checksum));
    TRY(add_part(c, file, checksum, part));
    TRY(checksum_take(checksum, sum));
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[sum[i] >> 4];
        text[2 * i + 1] = digits[sum[i] & 15];
    }
    text[2 * size] = '\0';
    return OK;
}

static enum status
calculate(struct ftp_connection *c, struct str path, struct part *part,
          char text[HEX])
{
    static const struct vfs_open how = { .flags = VFS_READ };
    AUTO(vfs_close) struct vfs_file *file = NULL;
    struct vfs_attributes it;

    TRY(vfs_open(session_files(c->session), path, &how, &file));
    TRY(vfs_file_stat(file, &it));
    TRY(choose_part(&c->wish, it.size, part));
    return sum_part(c, file, part, text);
}

/* As a transfer, so that ABOR ends it, and STAT tells how far it is. */
static enum status
calculate_as_transfer(struct ftp_connection *c, struct str path,
                      struct part *part, char text[HEX])
{
    c->mover = (struct mover){ .clock = c->clock };
    c->moving = &c->mover;
    c->is_aborted = false;
    enum status status = calculate(c, path, part, text);
    c->moving = NULL;
    return status;
}

/* Why it was stopped is said by ABOR, or when the connection ends. */
static enum status
say_stopped(struct ftp_connection *c)
{
    bool is_aborted = c->is_aborted;

    c->is_aborted = false;
    if (c->is_lost)
        return fail(ERR_CLOSED, "the client left");
    TRY(ftp_say(c, 426, "The hash was not finished."));
    return is_aborted ? ftp_say(c, 226, "ABOR is done.") : OK;
}

/* The last byte is named, as RANG names it; an empty file is "0-0". */
enum status
ftp_hash(struct ftp_connection *c, struct str argument)
{
    char text[VFS_PATH + 1];
    char hex[HEX];
    struct str path;
    struct part part;
    const char *name = ftp_hash_name(c->hash);

    if (!ftp_path(c, argument, text, &path))
        return OK;
    enum status status = calculate_as_transfer(c, path, &part, hex);
    if (status == ERR_CLOSED)
        return say_stopped(c);
    if (status != OK)
        return ftp_say_failure(c, status);
    return ftp_say(c, 213, "%s %llu-%llu %s %s", name,
                   (unsigned long long)part.first,
                   (unsigned long long)(part.end - (part.end > 0)), hex, text);
}
