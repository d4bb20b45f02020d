/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_write.c - bytes come in.
 *
 * Whatever can go wrong goes wrong here and not at CLOSE, since several
 * clients do not look at what CLOSE says (R2.5).
 */
#include "vfs/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum {
    RESERVE_FROM = 1024 * 1024, /* small files are not worth a call */
    RESERVE_AHEAD = 16 * 1024 * 1024,
    FLUSH_EVERY = 8 * 1024 * 1024,
};

static bool
is_on_disk(const struct upload *u)
{
    return !u->by->options.durability_cache && !u->storage->in_memory;
}

static enum status
reserve(struct upload *u, uint64_t end)
{
    const int keep = FALLOC_FL_KEEP_SIZE;

    if (end <= RESERVE_FROM || end <= u->reserved || !u->storage->reserves)
        return OK;
    uint64_t from = u->reserved > u->size ? u->reserved : u->size;
    if (from > end)
        from = end - 1; /* a write into a hole: its own bytes only */
    uint64_t ahead = end + RESERVE_AHEAD;
    if (fallocate(u->fd, keep, (off_t)from, (off_t)(ahead - from)) == 0) {
        u->reserved = ahead;
        return OK;
    }
    /* The last bytes of a disk are for whoever really writes them. */
    if (fallocate(u->fd, keep, (off_t)from, (off_t)(end - from)) == 0) {
        u->reserved = end;
        return OK;
    }
    if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
        return fail_errno(errno, "no room for '%s'", u->place.leaf);
    return OK;
}

static enum status
write_all(const struct upload *u, uint64_t offset, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t n = pwrite(u->fd, bytes.data, bytes.len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail_errno(n < 0 ? errno : ENOSPC, "cannot write '%s'",
                              u->place.leaf);
        bytes = str_from_offset(bytes, (size_t)n);
        offset += (uint64_t)n;
    }
    return OK;
}

static enum status
splice_all(const struct upload *u, uint64_t offset, int pipe, size_t left)
{
    off_t at = (off_t)offset;

    while (left > 0) {
        ssize_t n = splice(pipe, NULL, u->fd, &at, left, SPLICE_F_MOVE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EINVAL && at == (off_t)offset)
            return fail(ERR_UNSUPPORTED, "this storage takes no splice");
        if (n <= 0)
            return fail_errno(n < 0 ? errno : ENOSPC, "cannot write '%s'",
                              u->place.leaf);
        left -= (size_t)n;
    }
    return OK;
}

static enum status
take_all(const struct upload *u, uint64_t offset,
         const struct upload_input *input)
{
    if (input->pipe >= 0)
        return splice_all(u, offset, input->pipe, input->bytes.len);
    return write_all(u, offset, input->bytes);
}

static enum status
check_size(const struct upload *u, uint64_t size)
{
    uint64_t most = u->by->options.maximum_file_size;

    if (size > INT64_MAX)
        return fail(ERR_INVALID, "'%s' cannot have %llu bytes", u->place.leaf,
                    (unsigned long long)size);
    if (most > 0 && size > most)
        return fail(ERR_LIMIT,
                    "'%s' would have over maximum_file_size (%llu) bytes",
                    u->place.leaf, (unsigned long long)most);
    return OK;
}

/* Long before the sync, so that the sync finds little to do. */
static void
start_writeback(struct upload *u)
{
    if (u->received.prefix < u->flushed + FLUSH_EVERY || !is_on_disk(u))
        return;
    sync_file_range(u->fd, (off_t)u->flushed,
                    (off_t)(u->received.prefix - u->flushed),
                    SYNC_FILE_RANGE_WRITE);
    u->flushed = u->received.prefix;
}

enum status
upload_write_bytes(struct upload *u, uint64_t offset,
                   const struct upload_input *input)
{
    size_t len = input->bytes.len;
    uint64_t end;

    if (__builtin_add_overflow(offset, len, &end))
        return fail(ERR_INVALID, "a write behind the end of all files");
    TRY(check_size(u, end));
    TRY(upload_lower_record(u, offset));
    TRY(reserve(u, end));
    TRY(received_add(&u->received, offset, end));
    enum status status = take_all(u, offset, input);
    if (status != OK) {
        received_cut(&u->received, offset);
        return status;
    }
    if (end > u->size)
        u->size = end;
    u->fresh += len;
    u->wrote = true;
    /* The client's time was for the content before this (R2.4). */
    u->attributes.has &= ~(unsigned)VFS_HAS_TIMES;
    u->for_new.has &= ~(unsigned)VFS_HAS_TIMES;
    start_writeback(u);
    return OK;
}

enum status
upload_set_size(struct upload *u, uint64_t size)
{
    TRY(check_size(u, size));
    TRY(upload_lower_record(u, size));
    if (ftruncate(u->fd, (off_t)size) != 0)
        return fail_errno(errno, "cannot set the size of '%s'", u->place.leaf);
    received_cut(&u->received, size);
    u->size = size;
    if (u->reserved > size)
        u->reserved = size;
    if (u->flushed > size)
        u->flushed = size;
    u->size_was_set = true;
    u->wrote = true;
    return OK;
}

enum status
upload_start_over(struct upload *u)
{
    bool was_set = u->size_was_set;

    TRY(upload_set_size(u, 0));
    u->size_was_set = was_set;
    u->attributes.has = 0;
    return OK;
}
