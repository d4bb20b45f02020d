/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_copy.c - copy-data (draft-ietf-secsh-filexfer-extensions-00, section 7):
 * bytes from one open file to another without passing the client.
 *
 * The free room behind the replies serves as the only memory it needs.
 */
#include "ssh/sftp_private.h"

enum { PIECE = 64 * 1024 };

struct copy {
    struct sftp_handle *from, *to;
    uint64_t from_offset, to_offset;
    uint64_t len;
    bool to_the_end; /* of the file; a length of 0 asks for that */
};

static enum status
find_file(struct sftp *s, struct sftp_request *r, struct sftp_handle **out)
{
    struct str text = read_string(&r->body);

    TRY(sftp_read_all(r));
    TRY(sftp_handle_find(s, text, out));
    if ((*out)->file == NULL)
        return fail(ERR_INVALID, "a handle of a folder");
    return OK;
}

static enum status
read_copy(struct sftp *s, struct sftp_request *r, struct copy *copy)
{
    copy->from = r->handle;
    copy->from_offset = read_u64(&r->body);
    copy->len = read_u64(&r->body);
    copy->to_the_end = copy->len == 0;
    TRY(find_file(s, r, &copy->to));
    copy->to_offset = read_u64(&r->body);
    TRY(sftp_read_all(r));
    TRY(sftp_check_range(copy->from_offset, copy->len));
    TRY(sftp_check_range(copy->to_offset, copy->len));
    if (copy->to_the_end)
        copy->len = INT64_MAX;
    return OK;
}

/* As OpenSSH, which so avoids the question of overlapping ranges. */
static enum status
check_copy(const struct copy *copy)
{
    if (!(copy->from->flags & VFS_READ) || !(copy->to->flags & VFS_WRITE))
        return fail(ERR_DENIED, "not opened for this");
    if (copy->from->path_hash == copy->to->path_hash)
        return fail(ERR_EXISTS, "copying within one file");
    return OK;
}

/* *got_out == 0 at the end of the file. */
static enum status
copy_piece(struct copy *copy, char *room, size_t *got_out)
{
    size_t len = copy->len < PIECE ? (size_t)copy->len : PIECE;

    TRY(vfs_read(copy->from->file, copy->from_offset, room, len, got_out));
    if (*got_out == 0)
        return OK;
    TRY(sftp_check_range(copy->to_offset, *got_out));
    TRY(vfs_write(copy->to->file, copy->to_offset, str_from(room, *got_out)));
    copy->from_offset += *got_out;
    copy->to_offset += *got_out;
    copy->len -= *got_out;
    return OK;
}

/* Until the length or the end of the file is reached. */
static enum status
copy_all(struct sftp *s, struct copy *copy)
{
    size_t got = 1;
    char *room;

    TRY(buffer_reserve(&s->output, PIECE, &room));
    while (copy->len > 0 && got > 0)
        TRY(copy_piece(copy, room, &got));
    return OK;
}

enum status
sftp_copy_data(struct sftp *s, struct sftp_request *r)
{
    struct copy copy;

    TRY(read_copy(s, r, &copy));
    TRY(check_copy(&copy));
    TRY(copy_all(s, &copy));
    if (copy.len > 0 && !copy.to_the_end)
        return sftp_reply_status(s, r, SSH_FX_EOF, "End of file");
    return sftp_reply_result(s, r, OK);
}
