/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_check_file.c - check-file (draft-ietf-secsh-filexfer-extensions-00,
 * section 3): the server's checksums of a file, whole or in blocks.
 *
 * A large file takes its time. So the request is worked on in pieces, between
 * which the connection is looked after; requests behind it wait, as answers
 * keep their order, and with them the handle that it reads stays open.
 */
#include "ssh/sftp_private.h"

#include "vfs/checksum.h"

#include <stdlib.h>

enum { LEAST_BLOCK = 256, ANSWER_MOST = SFTP_DATA };

struct sftp_check {
    uint32_t id;
    const struct checksum_kind *kind;
    struct checksum *checksum;
    struct vfs_file *file;
    struct vfs_file *own; /* opened for this, or NULL */
    uint64_t offset;
    uint64_t left;  /* bytes still to be read at most */
    uint64_t block; /* bytes of one sum */
    uint64_t in_block;
    bool is_whole;      /* one sum, also of nothing */
    struct buffer sums; /* those that are done */
};

void
sftp_check_free(struct sftp *s)
{
    struct sftp_check *check = s->check;

    s->check = NULL;
    if (check == NULL)
        return;
    vfs_close(&check->own);
    checksum_free(&check->checksum);
    buffer_done(&check->sums);
    free(check);
}

/* The first that we know, as the draft demands. */
static const struct checksum_kind *
choose(struct str names)
{
    const struct checksum_kind *kind = NULL;

    while (kind == NULL && names.len > 0)
        kind = checksum_find(str_trim(str_cut(&names, ',')));
    return kind;
}

static enum status
read_rest(struct sftp_request *r, struct sftp_check *check)
{
    check->kind = choose(read_string(&r->body));
    check->offset = read_u64(&r->body);
    check->left = read_u64(&r->body);
    check->block = read_u32(&r->body);
    TRY(sftp_read_all(r));
    TRY(sftp_check_range(check->offset, check->left));
    if (check->kind == NULL)
        return fail(ERR_UNSUPPORTED, "no checksum that is known here");
    if (check->block != 0 && check->block < LEAST_BLOCK)
        return fail(ERR_INVALID, "blocks under %d bytes", LEAST_BLOCK);
    if (check->left == 0)
        check->left = (uint64_t)INT64_MAX - check->offset;
    check->is_whole = check->block == 0;
    if (check->is_whole)
        check->block = UINT64_MAX;
    check->id = r->id;
    return OK;
}

static enum status
end_block(struct sftp_check *check)
{
    unsigned char sum[CHECKSUM_BYTES];

    check->in_block = 0;
    TRY(checksum_take(check->checksum, sum));
    return buffer_add(&check->sums, str_from(sum, checksum_size(check->kind)));
}

/* One piece; *more_out until the range or the file has ended. */
static enum status
check_piece(struct sftp_check *check, bool *more_out)
{
    uint64_t room = check->block - check->in_block;
    uint64_t wanted = check->left < room ? check->left : room;
    uint64_t added;

    TRY(checksum_add_file(check->checksum, check->file, check->offset, wanted,
                          &added));
    check->offset += added;
    check->left -= added;
    check->in_block += added;
    *more_out = check->left > 0 && added > 0;
    if (check->in_block == check->block ||
        (!*more_out && (check->is_whole || check->in_block > 0)))
        return end_block(check);
    return OK;
}

/* As much as one piece of a file with small blocks, too. */
static enum status
check_step(struct sftp_check *check, bool *more_out)
{
    uint64_t end = check->offset + CHECKSUM_PIECE;

    *more_out = true;
    while (*more_out && check->offset < end)
        TRY(check_piece(check, more_out));
    return OK;
}

static enum status
reply(struct sftp *s, const struct sftp_request *r,
      const struct sftp_check *check)
{
    size_t mark;

    TRY(sftp_reply_start(s, SSH_FXP_EXTENDED_REPLY, r->id, &mark));
    TRY(add_string(&s->output, STR("check-file")));
    TRY(add_string(&s->output, str_of(checksum_name(check->kind))));
    TRY(buffer_add(&s->output, buffer_str(&check->sums)));
    sftp_reply_end(s, mark);
    return OK;
}

/* The next piece; a failure is left to whoever answers. */
static enum status
go_on(struct sftp *s, const struct sftp_request *r)
{
    bool more = false;
    enum status status = check_step(s->check, &more);

    if (status == OK && more)
        return OK;
    if (status == OK)
        status = reply(s, r, s->check);
    sftp_check_free(s);
    return status;
}

bool
sftp_is_working(const struct sftp *s)
{
    return s->check != NULL;
}

void
sftp_stop_working(struct sftp *s)
{
    sftp_check_free(s);
}

enum status
sftp_work(struct sftp *s)
{
    struct sftp_request r; /* not cleared: its path is large */

    if (s->check == NULL)
        return OK;
    r.id = s->check->id;
    size_t before = buffer_len(&s->output);
    enum status status = go_on(s, &r);
    if (status == OK)
        return OK;
    buffer_cut(&s->output, before);
    return sftp_reply_result(s, &r, status);
}

static enum status
begin(struct sftp *s, struct sftp_request *r)
{
    s->check = calloc(1, sizeof *s->check);
    if (s->check == NULL)
        return fail(ERR_MEMORY, "no memory for a checksum");
    s->check->sums = BUFFER(ANSWER_MOST);
    TRY(read_rest(r, s->check));
    return checksum_new(s->check->kind, &s->check->checksum);
}

static enum status
by_handle(struct sftp *s, struct sftp_request *r)
{
    TRY(begin(s, r));
    if (!(r->handle->flags & VFS_READ))
        return fail(ERR_DENIED, "not opened for this");
    s->check->file = r->handle->file;
    return go_on(s, r);
}

static enum status
by_name(struct sftp *s, struct sftp_request *r)
{
    static const struct vfs_open how = { .flags = VFS_READ };

    TRY(begin(s, r));
    TRY(vfs_open(s->files, r->path, &how, &s->check->own));
    s->check->file = s->check->own;
    return go_on(s, r);
}

enum status
sftp_check_handle(struct sftp *s, struct sftp_request *r)
{
    enum status status = by_handle(s, r);

    if (status != OK)
        sftp_check_free(s);
    return status;
}

enum status
sftp_check_name(struct sftp *s, struct sftp_request *r)
{
    enum status status = by_name(s, r);

    if (status != OK)
        sftp_check_free(s);
    return status;
}
