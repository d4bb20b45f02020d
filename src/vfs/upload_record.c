/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_record.c - what a staging file says about itself.
 *
 *   version u8, flags u8, owner 16 bytes, leaf string, offset u64,
 *   published: inode u64, size u64, mtime u64,
 *   attributes: has u32, mode u32, uid u32, gid u32, atime u64, mtime u64,
 *   the first 8 bytes of the SHA-256 of all before
 */
#include "vfs/upload_record.h"

#include "base/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/xattr.h>
#include <unistd.h>

#define RECORD_XATTR "user.convoy.upload"

enum { VERSION = 1, CHECK = 8, IS_COPYING = 1 << 0, HAD_PUBLISHED = 1 << 1 };

static enum status
add_check(struct buffer *b)
{
    unsigned char hash[PLACE_KEY];
    struct str all = buffer_str(b);

    if (!EVP_Q_digest(NULL, "SHA256", NULL, all.data, all.len, hash, NULL))
        return fail(ERR_MEMORY, "cannot hash a record");
    return buffer_add(b, str_from(hash, CHECK));
}

static enum status
add_numbers(struct buffer *b, const uint64_t *numbers, size_t count)
{
    enum status status = OK;

    for (size_t i = 0; i < count && status == OK; i++)
        status = add_u64(b, numbers[i]);
    return status;
}

static enum status
add_attributes(struct buffer *b, const struct vfs_attributes *a)
{
    const uint64_t times[] = { (uint64_t)a->atime_ns, (uint64_t)a->mtime_ns };

    TRY(add_u32(b, a->has));
    TRY(add_u32(b, a->mode));
    TRY(add_u32(b, a->uid));
    TRY(add_u32(b, a->gid));
    return add_numbers(b, times, 2);
}

static enum status
add_owner(struct buffer *b, const struct record *r)
{
    unsigned flags = (r->copying ? IS_COPYING : 0U) |
                     (r->published.exists ? HAD_PUBLISHED : 0U);

    TRY(add_u8(b, VERSION));
    TRY(add_u8(b, (uint8_t)flags));
    TRY(buffer_add(b, str_from(r->owner, OWNER_HASH)));
    return add_string(b, str_of(r->leaf));
}

static enum status
encode(const struct record *r, struct buffer *b)
{
    const uint64_t numbers[] = { r->offset, r->published.inode,
                                 r->published.size,
                                 (uint64_t)r->published.mtime_ns };

    TRY(add_owner(b, r));
    TRY(add_numbers(b, numbers, sizeof numbers / sizeof numbers[0]));
    TRY(add_attributes(b, &r->attributes));
    return add_check(b);
}

static bool
check_holds(struct str bytes)
{
    unsigned char hash[PLACE_KEY];
    size_t len = bytes.len - CHECK;

    return bytes.len > CHECK &&
           EVP_Q_digest(NULL, "SHA256", NULL, bytes.data, len, hash, NULL) &&
           memcmp(hash, bytes.data + len, CHECK) == 0;
}

static enum status
decode(struct str bytes, struct record *out)
{
    struct reader r = reader_of(bytes);

    if (!check_holds(bytes) || read_u8(&r) != VERSION)
        return fail(ERR_NOT_FOUND, "the record of an upload is damaged");
    *out = (struct record){ 0 };
    unsigned flags = read_u8(&r);
    out->copying = flags & IS_COPYING;
    out->published.exists = flags & HAD_PUBLISHED;
    if (r.rest.len < OWNER_HASH)
        return fail(ERR_NOT_FOUND, "the record of an upload is too short");
    memcpy(out->owner, r.rest.data, OWNER_HASH);
    r.rest = str_from_offset(r.rest, OWNER_HASH);
    struct str leaf = read_string(&r);
    if (leaf.len > VFS_NAME)
        return fail(ERR_NOT_FOUND, "the record of an upload is damaged");
    memcpy(out->leaf, leaf.data, leaf.len);
    out->offset = read_u64(&r);
    out->published.inode = read_u64(&r);
    out->published.size = read_u64(&r);
    out->published.mtime_ns = (int64_t)read_u64(&r);
    out->attributes.has = read_u32(&r);
    out->attributes.mode = read_u32(&r);
    out->attributes.uid = read_u32(&r);
    out->attributes.gid = read_u32(&r);
    out->attributes.atime_ns = (int64_t)read_u64(&r);
    out->attributes.mtime_ns = (int64_t)read_u64(&r);
    if (reader_is_broken(&r) || r.rest.len != CHECK)
        return fail(ERR_NOT_FOUND, "the record of an upload is damaged");
    return OK;
}

static void
sidecar_name(const char *name, char kind, char out[STAGING_NAME])
{
    snprintf(out, STAGING_NAME, "%.60s.%c", name, kind);
}

static enum status
write_whole(int fd, struct str bytes)
{
    ssize_t n = write(fd, bytes.data, bytes.len);

    if (n < 0)
        return fail_errno(errno, "cannot write the record of an upload");
    if ((size_t)n != bytes.len)
        return fail(ERR_FULL, "no room for the record of an upload");
    if (fsync(fd) != 0)
        return fail_errno(errno, "cannot sync the record of an upload");
    return OK;
}

/* Beside the old one and renamed over it: never half of a record. */
static enum status
write_sidecar(int folder, const char *name, struct str bytes)
{
    char fresh[STAGING_NAME];
    char final[STAGING_NAME];

    sidecar_name(name, 'n', fresh);
    sidecar_name(name, 'r', final);
    int fd =
        openat(folder, fresh,
               O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail_errno(errno, "cannot make the record of an upload");
    enum status status = write_whole(fd, bytes);
    close(fd);
    if (status == OK && renameat(folder, fresh, folder, final) != 0)
        status = fail_errno(errno, "cannot rename the record of an upload");
    if (status != OK)
        unlinkat(folder, fresh, 0);
    return status;
}

static bool
is_no_room_for_xattrs(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EOPNOTSUPP ||
           error == E2BIG || error == ERANGE || error == EPERM;
}

enum status
record_write(int folder, const char *name, int fd, const struct record *r,
             bool *as_sidecar)
{
    AUTO(buffer_done) struct buffer b = BUFFER(RECORD_MAX);

    TRY(encode(r, &b));
    struct str bytes = buffer_str(&b);
    if (*as_sidecar)
        return write_sidecar(folder, name, bytes);
    if (fsetxattr(fd, RECORD_XATTR, bytes.data, bytes.len, 0) == 0)
        return OK;
    if (!is_no_room_for_xattrs(errno))
        return fail_errno(errno, "cannot write the record of an upload");
    TRY(write_sidecar(folder, name, bytes));
    /* An older xattr must not be believed instead. */
    fremovexattr(fd, RECORD_XATTR);
    *as_sidecar = true;
    return OK;
}

static enum status
read_sidecar(int folder, const char *name, struct record *out)
{
    char bytes[RECORD_MAX];
    char sidecar[STAGING_NAME];

    sidecar_name(name, 'r', sidecar);
    int fd = openat(folder, sidecar, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return fail_errno(errno, "cannot open the record of an upload");
    ssize_t n = read(fd, bytes, sizeof bytes);
    close(fd);
    if (n < 0)
        return fail_errno(errno, "cannot read the record of an upload");
    return decode(str_from(bytes, (size_t)n), out);
}

enum status
record_read(int folder, const char *name, int fd, struct record *out,
            bool *as_sidecar)
{
    char bytes[RECORD_MAX];
    ssize_t n = fgetxattr(fd, RECORD_XATTR, bytes, sizeof bytes);

    if (n < 0) {
        TRY(read_sidecar(folder, name, out));
        *as_sidecar = true;
        return OK;
    }
    TRY(decode(str_from(bytes, (size_t)n), out));
    *as_sidecar = false;
    return OK;
}

enum status
record_remove(int folder, const char *name, int fd, bool as_sidecar)
{
    if (as_sidecar) {
        record_forget(folder, name);
        return OK;
    }
    if (fremovexattr(fd, RECORD_XATTR) != 0 && errno != ENODATA)
        return fail_errno(errno, "cannot remove the record of an upload");
    return OK;
}

void
record_forget(int folder, const char *name)
{
    char sidecar[STAGING_NAME];

    sidecar_name(name, 'r', sidecar);
    unlinkat(folder, sidecar, 0);
}

enum status
record_rename(int folder, const char *from, const char *to)
{
    char old[STAGING_NAME];
    char new[STAGING_NAME];

    sidecar_name(from, 'r', old);
    sidecar_name(to, 'r', new);
    if (renameat(folder, old, folder, new) != 0 && errno != ENOENT)
        return fail_errno(errno, "cannot rename the record of an upload");
    return OK;
}
