/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_revision.c - the number of the last commit.
 *
 * It is drawn with every commit and would cost a second page in each of them
 * if it were a row. So it is a word in a file that all processes map. It
 * outlives a killed process, but not a power cut: the schema's set-up therefore
 * starts a new range in each boot of the machine.
 */
#include "store/sqlite_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct sqlite_revision {
    _Atomic uint64_t id; /* the same in the database, or all is void */
    _Atomic uint64_t last;
};

static enum status
map_file(int fd, const char *path, struct sqlite_revision **out)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return fail_errno(errno, "cannot look at '%s'", path);
    /* With room on the disk, or a full one would kill us at the first number;
     * that is the same whoever does it, and changes nothing that is there. */
    int failed = st.st_size < (off_t)sizeof **out
                     ? posix_fallocate(fd, 0, sizeof **out)
                     : 0;
    if (failed != 0)
        return fail_errno(failed, "cannot make '%s'", path);
    void *at =
        mmap(NULL, sizeof **out, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return fail_errno(errno, "cannot map '%s'", path);
    *out = at;
    return OK;
}

enum status
sqlite_revision_open(const char *path, struct sqlite_revision **out)
{
    char *name;

    if (asprintf(&name, "%s-revision", path) < 0)
        return fail(ERR_MEMORY, "no memory for a path");
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    enum status status = fd < 0 ? fail_errno(errno, "cannot open '%s'", name)
                                : map_file(fd, name, out);
    if (fd >= 0)
        close(fd);
    free(name);
    return status;
}

void
sqlite_revision_close(struct sqlite_revision **revision)
{
    if (*revision != NULL)
        munmap(*revision, sizeof **revision);
    *revision = NULL;
}

uint64_t
sqlite_revision_id(const struct sqlite_revision *revision)
{
    return atomic_load(&revision->id);
}

uint64_t
sqlite_revision_last(const struct sqlite_revision *revision)
{
    return atomic_load(&revision->last);
}

void
sqlite_revision_restart(struct sqlite_revision *revision, uint64_t id,
                        uint64_t last)
{
    atomic_store(&revision->last, last);
    atomic_store(&revision->id, id);
}

uint64_t
sqlite_revision_next(struct sqlite_revision *revision)
{
    return atomic_fetch_add(&revision->last, 1) + 1;
}
