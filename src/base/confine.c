/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confine.c - keeping a thread to some folders, by Landlock.
 *
 * The rules are tied to the inodes of the folders at this moment, not to
 * their paths: a folder that is replaced afterwards is closed to the thread.
 * What the thread starts inherits the rules, and no second call can widen
 * them.
 */
#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the kernel headers that we are built with. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif

enum {
    ABI_WITH_RENAMES = 2, /* below it, no file may change its folder at all */
    ABI_WITH_TRUNCATE = 3,
    ABI_WITH_IOCTL = 5,
};

static const uint64_t to_read =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

/* No device, socket or pipe is made, and nothing is executed. */
static const uint64_t to_write =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM |
    LANDLOCK_ACCESS_FS_REFER | LANDLOCK_ACCESS_FS_TRUNCATE;

static const uint64_t never =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SOCK |
    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_IOCTL_DEV;

/* What this kernel can watch over; it refuses bits that it does not know. */
static uint64_t
known_to(int version)
{
    uint64_t all = to_read | to_write | never;

    if (version < ABI_WITH_TRUNCATE)
        all &= ~LANDLOCK_ACCESS_FS_TRUNCATE;
    if (version < ABI_WITH_IOCTL)
        all &= ~LANDLOCK_ACCESS_FS_IOCTL_DEV;
    return all;
}

int
confine_landlock_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
                           LANDLOCK_CREATE_RULESET_VERSION);

    return version > 0 ? (int)version : 0;
}

/* What this process cannot reach by the path is no hole to leave open. */
static bool
is_out_of_reach(int error)
{
    return error == ENOENT || error == ENOTDIR || error == EACCES ||
           error == ELOOP;
}

static enum status
allow_folder(int rules, uint64_t known, const struct confine_folder *folder)
{
    struct landlock_path_beneath_attr below = {
        .allowed_access =
            known & (folder->may_write ? to_read | to_write : to_read),
    };

    below.parent_fd = open(folder->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (below.parent_fd < 0 && is_out_of_reach(errno))
        return OK;
    if (below.parent_fd < 0)
        return fail_errno(errno, "cannot confine to '%s'", folder->path);
    long done = syscall(SYS_landlock_add_rule, rules,
                        LANDLOCK_RULE_PATH_BENEATH, &below, 0);
    int error = errno;
    close(below.parent_fd);
    return done == 0
               ? OK
               : fail_errno(error, "cannot confine to '%s'", folder->path);
}

static enum status
enforce(int rules)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return fail_errno(errno, "cannot give up new privileges");
    if (syscall(SYS_landlock_restrict_self, rules, 0) < 0)
        return fail_errno(errno, "cannot confine the thread");
    return OK;
}

enum status
confine_thread(const struct confine_folder *folders, size_t count)
{
    int version = confine_landlock_version();

    if (version < ABI_WITH_RENAMES)
        return fail(ERR_UNSUPPORTED,
                    "this kernel has no Landlock of version %d",
                    ABI_WITH_RENAMES);
    struct landlock_ruleset_attr handled = {
        .handled_access_fs = known_to(version),
    };
    int rules =
        (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    if (rules < 0)
        return fail_errno(errno, "cannot make rules of confinement");
    enum status status = OK;
    for (size_t i = 0; i < count && status == OK; i++)
        status = allow_folder(rules, handled.handled_access_fs, &folders[i]);
    if (status == OK)
        status = enforce(rules);
    close(rules);
    return status;
}
