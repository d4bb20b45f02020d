/* SPDX-License-Identifier: Apache-2.0 */
/* disk_attributes.c - attributes and space, between the host and vfs.h. */
#include "vfs/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { PERMISSION_BITS = 07777, NEW_BITS = 0777, SECOND_NS = 1000000000 };

static int64_t
to_ns(struct timespec at)
{
    int64_t ns;

    /* A file can be dated beyond what 64 bits of nanoseconds hold. */
    if (__builtin_mul_overflow((int64_t)at.tv_sec, (int64_t)SECOND_NS, &ns))
        return at.tv_sec < 0 ? INT64_MIN : INT64_MAX;
    if (__builtin_add_overflow(ns, (int64_t)at.tv_nsec, &ns))
        return INT64_MAX;
    return ns;
}

static struct timespec
from_ns(int64_t ns)
{
    int64_t rest = ns % SECOND_NS;

    return (struct timespec){
        .tv_sec = ns / SECOND_NS - (rest < 0),
        .tv_nsec = rest < 0 ? rest + SECOND_NS : rest,
    };
}

void
disk_attributes(const struct stat *st, struct vfs_attributes *out)
{
    *out = (struct vfs_attributes){
        .has = VFS_HAS_SIZE | VFS_HAS_MODE | VFS_HAS_OWNER | VFS_HAS_TIMES,
        .size = (uint64_t)st->st_size,
        .mode = st->st_mode,
        .uid = st->st_uid,
        .gid = st->st_gid,
        .atime_ns = to_ns(st->st_atim),
        .mtime_ns = to_ns(st->st_mtim),
        .device = st->st_dev,
        .inode = st->st_ino,
        .links = st->st_nlink,
    };
}

static struct timespec
from_statx(struct statx_timestamp at)
{
    return (struct timespec){ .tv_sec = at.tv_sec, .tv_nsec = at.tv_nsec };
}

int
disk_look(int folder, const char *name, struct vfs_attributes *out)
{
    struct statx is;

    if (statx(folder, name, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH,
              STATX_BASIC_STATS | STATX_BTIME, &is) < 0)
        return errno;
    const struct stat st = {
        .st_dev = makedev(is.stx_dev_major, is.stx_dev_minor),
        .st_ino = is.stx_ino,
        .st_mode = is.stx_mode,
        .st_nlink = is.stx_nlink,
        .st_uid = is.stx_uid,
        .st_gid = is.stx_gid,
        .st_size = (off_t)is.stx_size,
        .st_atim = from_statx(is.stx_atime),
        .st_mtim = from_statx(is.stx_mtime),
    };
    disk_attributes(&st, out);
    if (is.stx_mask & STATX_BTIME)
        out->created_ns = to_ns(from_statx(is.stx_btime));
    return 0;
}

mode_t
disk_new_mode(const struct disk_options *options,
              const struct vfs_attributes *attributes, mode_t usual)
{
    mode_t mode = usual;

    if (attributes != NULL && (attributes->has & VFS_HAS_MODE) != 0 &&
        !options->ignore_create_permissions)
        mode = (mode_t)attributes->mode & NEW_BITS;
    return mode & ~options->umask;
}

/* What a change of attributes goes to. */
struct target {
    int descriptor;
    const char *path; /* of a descriptor that is only a path; else NULL */
};

static int
set_size(const struct target *to, uint64_t size)
{
    return to->path != NULL ? truncate(to->path, (off_t)size)
                            : ftruncate(to->descriptor, (off_t)size);
}

static int
set_mode(const struct target *to, mode_t mode)
{
    return to->path != NULL ? chmod(to->path, mode)
                            : fchmod(to->descriptor, mode);
}

static int
set_times(const struct target *to, const struct timespec times[2])
{
    return to->path != NULL ? utimensat(AT_FDCWD, to->path, times, 0)
                            : futimens(to->descriptor, times);
}

/* The first failure counts; what can be set is set all the same. */
static void
note(enum status *status, int result, const char *what)
{
    if (result < 0 && *status == OK)
        *status = fail_errno(errno, "set the %s", what);
}

/* Size first, since it changes the times; owner before mode, since it clears
 * bits of it. */
static enum status
apply(const struct target *to, const struct vfs_attributes *attributes)
{
    const struct timespec times[2] = { from_ns(attributes->atime_ns),
                                       from_ns(attributes->mtime_ns) };
    unsigned has = attributes->has;
    enum status status = OK;

    if ((has & VFS_HAS_SIZE) != 0 && attributes->size > INT64_MAX)
        return fail(ERR_FULL, "no file is as large as that");
    if ((has & VFS_HAS_SIZE) != 0)
        note(&status, set_size(to, attributes->size), "size");
    if ((has & VFS_HAS_OWNER) != 0)
        note(&status,
             fchownat(to->descriptor, "", attributes->uid, attributes->gid,
                      AT_EMPTY_PATH),
             "owner");
    if ((has & VFS_HAS_MODE) != 0)
        note(&status, set_mode(to, attributes->mode & PERMISSION_BITS), "mode");
    if ((has & VFS_HAS_TIMES) != 0)
        note(&status, set_times(to, times), "times");
    return status;
}

enum status
disk_set_attributes(int descriptor, const struct vfs_attributes *attributes)
{
    return apply(&(struct target){ .descriptor = descriptor }, attributes);
}

/* A link has no mode and no size, and /proc would follow it. */
static enum status
set_link_attributes(int descriptor, const struct vfs_attributes *attributes)
{
    const struct timespec times[2] = { from_ns(attributes->atime_ns),
                                       from_ns(attributes->mtime_ns) };
    enum status status = OK;

    if ((attributes->has & (VFS_HAS_SIZE | VFS_HAS_MODE)) != 0)
        return fail(ERR_UNSUPPORTED, "a symbolic link has no mode or size");
    if ((attributes->has & VFS_HAS_OWNER) != 0)
        note(&status,
             fchownat(descriptor, "", attributes->uid, attributes->gid,
                      AT_EMPTY_PATH),
             "owner");
    if ((attributes->has & VFS_HAS_TIMES) != 0)
        note(&status, utimensat(descriptor, "", times, AT_EMPTY_PATH), "times");
    return status;
}

enum status
disk_set_path_attributes(int descriptor,
                         const struct vfs_attributes *attributes)
{
    char path[32];
    struct stat st;

    if (fstat(descriptor, &st) < 0)
        return fail_errno(errno, "look at the file");
    if (S_ISLNK(st.st_mode))
        return set_link_attributes(descriptor, attributes);
    if ((attributes->has & VFS_HAS_SIZE) != 0 && S_ISDIR(st.st_mode))
        return fail(ERR_IS_FOLDER, "a folder has no size to set");
    if ((attributes->has & VFS_HAS_SIZE) != 0 && !S_ISREG(st.st_mode))
        return fail(ERR_DENIED, "this is not a regular file");
    /* The descriptor may not be written or changed itself, but its entry in
     * /proc leads to exactly this inode, wherever the name leads by now. */
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return apply(&(struct target){ descriptor, path }, attributes);
}

enum status
disk_space(int descriptor, struct vfs_space *out)
{
    struct statvfs st;

    if (fstatvfs(descriptor, &st) < 0)
        return fail_errno(errno, "look at the storage");
    *out = (struct vfs_space){
        .block_size = st.f_bsize,
        .fragment_size = st.f_frsize,
        .blocks = st.f_blocks,
        .blocks_free = st.f_bfree,
        .blocks_available = st.f_bavail,
        .files = st.f_files,
        .files_free = st.f_ffree,
        .files_available = st.f_favail,
        .id = st.f_fsid,
        .flags = st.f_flag,
        .name_max = st.f_namemax,
    };
    return OK;
}
