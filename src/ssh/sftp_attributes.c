/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_attributes.c - ATTRS, draft-ietf-secsh-filexfer-02, section 5.
 *
 * Times are seconds in 32 bits on the wire and nanoseconds here; what does not
 * fit is told as the nearest that does.
 */
#include "ssh/sftp_private.h"

enum {
    ATTR_SIZE = 0x1,
    ATTR_UIDGID = 0x2,
    ATTR_PERMISSIONS = 0x4,
    ATTR_ACMODTIME = 0x8,
};
#define ATTR_EXTENDED 0x80000000U

enum { EXTENDED_PAIRS = 64, ALL_ATTRIBUTES = 4 + 8 + 8 + 4 + 8 };

#define SECOND_NS 1000000000

static uint32_t
seconds(int64_t time_ns)
{
    if (time_ns < 0)
        return 0;
    int64_t whole = time_ns / SECOND_NS;
    return whole > UINT32_MAX ? UINT32_MAX : (uint32_t)whole;
}

static uint32_t
flags_of(const struct vfs_attributes *a)
{
    return ((a->has & VFS_HAS_SIZE) ? ATTR_SIZE : 0U) |
           ((a->has & VFS_HAS_OWNER) ? ATTR_UIDGID : 0U) |
           ((a->has & VFS_HAS_MODE) ? ATTR_PERMISSIONS : 0U) |
           ((a->has & VFS_HAS_TIMES) ? ATTR_ACMODTIME : 0U);
}

static char *
append_u32(char *at, uint32_t value)
{
    put_u32(at, value);
    return at + 4;
}

enum status
sftp_add_attributes(struct buffer *b, const struct vfs_attributes *a)
{
    char bytes[ALL_ATTRIBUTES];
    char *at = append_u32(bytes, flags_of(a));

    if (a->has & VFS_HAS_SIZE) {
        at = append_u32(at, (uint32_t)(a->size >> 32));
        at = append_u32(at, (uint32_t)a->size);
    }
    if (a->has & VFS_HAS_OWNER) {
        at = append_u32(at, a->uid);
        at = append_u32(at, a->gid);
    }
    if (a->has & VFS_HAS_MODE)
        at = append_u32(at, a->mode);
    if (a->has & VFS_HAS_TIMES) {
        at = append_u32(at, seconds(a->atime_ns));
        at = append_u32(at, seconds(a->mtime_ns));
    }
    return buffer_add(b, str_from(bytes, (size_t)(at - bytes)));
}

/* Nobody defined any for version 3: they are read over. */
static enum status
skip_extended(struct reader *r)
{
    uint32_t pairs = read_u32(r);

    if (pairs > EXTENDED_PAIRS)
        return fail(ERR_INVALID, "%u extended attributes", pairs);
    for (uint32_t i = 0; i < pairs; i++) {
        read_string(r);
        read_string(r);
    }
    return OK;
}

enum status
sftp_read_attributes(struct reader *r, struct vfs_attributes *out)
{
    struct vfs_attributes a = { 0 };
    uint32_t flags = read_u32(r);

    if (flags & ATTR_SIZE) {
        a.has |= VFS_HAS_SIZE;
        a.size = read_u64(r);
    }
    if (flags & ATTR_UIDGID) {
        a.has |= VFS_HAS_OWNER;
        a.uid = read_u32(r);
        a.gid = read_u32(r);
    }
    if (flags & ATTR_PERMISSIONS) {
        a.has |= VFS_HAS_MODE;
        a.mode = read_u32(r) & 07777; /* the type is not the client's */
    }
    if (flags & ATTR_ACMODTIME) {
        a.has |= VFS_HAS_TIMES;
        a.atime_ns = (int64_t)read_u32(r) * SECOND_NS;
        a.mtime_ns = (int64_t)read_u32(r) * SECOND_NS;
    }
    if (flags & ATTR_EXTENDED)
        TRY(skip_extended(r));
    if (reader_is_broken(r))
        return fail(ERR_INVALID, "attributes are cut short");
    if (a.size > INT64_MAX)
        return fail(ERR_INVALID, "a size of %#llx", (unsigned long long)a.size);
    *out = a;
    return OK;
}
