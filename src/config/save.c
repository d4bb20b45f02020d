/* SPDX-License-Identifier: Apache-2.0 */
/*
 * save.c - replacing a file as a whole, if nobody else has.
 *
 * Everything happens under a lock of the folder, so that of two commands that
 * change the file at the same time the second one sees the work of the first.
 */
#include "config/save.h"
#include "config/config_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void
close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static enum status
lock_folder(const char *path, int *fd_out)
{
    const char *slash = strrchr(path, '/');
    AUTO(str_free)
    char *folder = slash == path
                       ? str_copy(STR("/"))
                       : str_copy(str_from(path, (size_t)(slash - path)));

    if (folder == NULL)
        return fail(ERR_MEMORY, "no memory to save '%s'", path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(errno, "cannot open '%s'", folder);
    while (flock(fd, LOCK_EX) != 0)
        if (errno != EINTR) {
            close(fd);
            return fail_errno(errno, "cannot lock '%s'", folder);
        }
    *fd_out = fd;
    return OK;
}

static enum status
compare_file(const char *path, struct str expected)
{
    AUTO(buffer_done) struct buffer now = BUFFER(INI_FILE_MAX + 131072);

    TRY(config_read_file(path, &now));
    if (!str_equal(buffer_str(&now), expected))
        return fail(ERR_CONFLICT, "'%s' was changed meanwhile", path);
    return OK;
}

static enum status
write_all(int fd, struct str text)
{
    while (text.len > 0) {
        ssize_t done = write(fd, text.data, text.len);

        if (done < 0 && errno != EINTR)
            return fail_errno(errno, "cannot write the new configuration");
        text = str_from_offset(text, done > 0 ? (size_t)done : 0);
    }
    return OK;
}

/* What the old file had; a file of somebody else stays theirs. */
static enum status
keep_owner_and_mode(const char *path, int fd)
{
    struct stat old, new;

    if (stat(path, &old) != 0 || fstat(fd, &new) != 0)
        return fail_errno(errno, "cannot look at '%s'", path);
    if ((old.st_uid != new.st_uid || old.st_gid != new.st_gid) &&
        fchown(fd, old.st_uid, old.st_gid) != 0)
        return fail_errno(errno, "cannot keep the owner of '%s'", path);
    if (fchmod(fd, old.st_mode & 07777) != 0)
        return fail_errno(errno, "cannot keep the mode of '%s'", path);
    return OK;
}

static enum status
fill(int fd, const char *path, struct str text)
{
    TRY(write_all(fd, text));
    TRY(keep_owner_and_mode(path, fd));
    if (fsync(fd) != 0)
        return fail_errno(errno, "cannot sync '%s'", path);
    return OK;
}

static enum status
replace(const char *path, int folder, struct str text)
{
    AUTO(str_free) char *name = NULL;

    if (asprintf(&name, "%s.XXXXXX", path) < 0) {
        name = NULL;
        return fail(ERR_MEMORY, "no memory to save '%s'", path);
    }
    AUTO(close_fd) int fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0)
        return fail_errno(errno, "cannot make a file beside '%s'", path);
    enum status status = fill(fd, path, text);
    if (status == OK && rename(name, path) != 0)
        status = fail_errno(errno, "cannot replace '%s'", path);
    if (status != OK) {
        unlink(name);
        return status;
    }
    if (fsync(folder) != 0)
        return fail_errno(errno, "cannot sync the folder of '%s'", path);
    return OK;
}

enum status
config_save(const char *path, struct str expected, struct str text)
{
    AUTO(close_fd) int folder = -1;

    TRY(lock_folder(path, &folder));
    TRY(compare_file(path, expected));
    return replace(path, folder, text);
}
