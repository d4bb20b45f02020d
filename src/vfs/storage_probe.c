/* SPDX-License-Identifier: Apache-2.0 */
/* storage_probe.c - what a storage can do, tried out once. */
#include "vfs/storage_probe.h"

#include "base/random.h"
#include "base/thread.h"
#include "vfs/upload_names.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { TURNS = 2 }; /* background syncs of one storage at a time */

struct known {
    struct known *next;
    struct storage storage; /* never changes once it is listed */
    unsigned turns;         /* taken */
};

struct storages {
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t turn_ended;
    struct known *first;
};

enum status
storages_new(struct storages **storages_out)
{
    struct storages *storages = calloc(1, sizeof *storages);

    if (storages == NULL)
        return fail(ERR_MEMORY, "no memory for storages");
    pthread_mutex_init(&storages->mutex, NULL);
    pthread_cond_init(&storages->turn_ended, NULL);
    *storages_out = storages;
    return OK;
}

void
storages_free(struct storages **storages)
{
    if (*storages == NULL)
        return;
    for (struct known *k = (*storages)->first, *next; k != NULL; k = next) {
        next = k->next;
        free(k);
    }
    pthread_mutex_destroy(&(*storages)->mutex);
    pthread_cond_destroy(&(*storages)->turn_ended);
    free(*storages);
    *storages = NULL;
}

/* A refusal because it does not exist here, not because there is no room. */
static bool
is_missing(int error)
{
    return error == EOPNOTSUPP || error == ENOSYS || error == EINVAL ||
           error == ENOTTY || error == ENOLCK || error == EPERM;
}

static bool
try_noreplace(int folder, const char *name)
{
    char other[STAGING_NAME];

    snprintf(other, sizeof other, "%.60s.n", name);
    if (renameat2(folder, name, folder, other, RENAME_NOREPLACE) != 0)
        return !is_missing(errno);
    if (renameat2(folder, other, folder, name, RENAME_NOREPLACE) != 0)
        unlinkat(folder, other, 0);
    return true;
}

static void
try_file(int folder, const char *name, int fd, struct storage *out)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
    struct statfs about;

    out->in_memory = fstatfs(fd, &about) == 0 && (about.f_type == TMPFS_MAGIC ||
                                                  about.f_type == RAMFS_MAGIC);
    out->xattrs = fsetxattr(fd, "user.convoy.probe", "1", 1, 0) == 0 ||
                  !is_missing(errno);
    /* On tmpfs reserving is writing twice, and a write never fails late. */
    out->reserves =
        !out->in_memory && (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 4096) == 0 ||
                            !is_missing(errno));
    out->locks = fcntl(fd, F_OFD_SETLK, &lock) == 0;
    out->noreplace = try_noreplace(folder, name);
}

static enum status
probe(int folder, struct storage *out)
{
    char uuid[UUID_TEXT];
    char name[STAGING_NAME];

    random_uuid(uuid);
    snprintf(name, sizeof name, STAGING_PREFIX "probe-%s", uuid);
    int fd = openat(folder, name,
                    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail_errno(errno, "cannot make a file to try the storage");
    try_file(folder, name, fd, out);
    unlinkat(folder, name, 0);
    close(fd);
    return OK;
}

static struct known *
find(struct storages *storages, dev_t device)
{
    struct known *k = storages->first;

    while (k != NULL && k->storage.device != device)
        k = k->next;
    return k;
}

enum status
storage_of(struct storages *storages, dev_t device, int folder,
           const struct storage **out, bool *is_new_out)
{
    LOCK_SCOPE(&storages->mutex);
    struct known *known = find(storages, device);

    *is_new_out = known == NULL;
    if (known == NULL) {
        known = calloc(1, sizeof *known);
        if (known == NULL)
            return fail(ERR_MEMORY, "no memory for a storage");
        known->storage.device = device;
        enum status status = probe(folder, &known->storage);
        if (status != OK) {
            free(known);
            return status;
        }
        known->next = storages->first;
        storages->first = known;
    }
    *out = &known->storage;
    return OK;
}

void
storage_turn_begin(struct storages *storages, const struct storage *storage)
{
    LOCK_SCOPE(&storages->mutex);
    struct known *known = find(storages, storage->device);

    while (known->turns >= TURNS)
        pthread_cond_wait(&storages->turn_ended, &storages->mutex);
    known->turns++;
}

void
storage_turn_end(struct storages *storages, const struct storage *storage)
{
    LOCK_SCOPE(&storages->mutex);

    find(storages, storage->device)->turns--;
    pthread_cond_broadcast(&storages->turn_ended);
}
