/* SPDX-License-Identifier: Apache-2.0 */
/* folder_sync.c - names that survive a power cut, many for one sync. */
#include "vfs/folder_sync.h"

#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUCKETS = 64 };

/* A folder that somebody syncs or waits for; gone when nobody does. */
struct syncing {
    struct syncing *next;
    unsigned users;
    bool running;
    uint64_t started; /* syncs begun */
    uint64_t done;    /* the last one that has ended */
    uint64_t failed;  /* the last one that has ended badly */
    pthread_cond_t ended;
    char path[];
};

struct folder_syncs {
    pthread_mutex_t mutex; /* guards all below; held over no sync */
    struct syncing *buckets[BUCKETS];
};

enum status
folder_syncs_new(struct folder_syncs **syncs_out)
{
    struct folder_syncs *syncs = calloc(1, sizeof *syncs);

    if (syncs == NULL)
        return fail(ERR_MEMORY, "no memory for syncing folders");
    pthread_mutex_init(&syncs->mutex, NULL);
    *syncs_out = syncs;
    return OK;
}

void
folder_syncs_free(struct folder_syncs **syncs)
{
    if (*syncs == NULL)
        return;
    pthread_mutex_destroy(&(*syncs)->mutex);
    free(*syncs);
    *syncs = NULL;
}

static struct syncing **
bucket_of(struct folder_syncs *syncs, const char *path)
{
    uint32_t hash = 2166136261u;

    for (; *path; path++)
        hash = (hash ^ (unsigned char)*path) * 16777619u;
    return &syncs->buckets[hash % BUCKETS];
}

static struct syncing *
join(struct folder_syncs *syncs, const char *path)
{
    struct syncing **bucket = bucket_of(syncs, path);
    size_t len = strlen(path) + 1;

    for (struct syncing *s = *bucket; s != NULL; s = s->next)
        if (strcmp(s->path, path) == 0) {
            s->users++;
            return s;
        }
    struct syncing *s = calloc(1, sizeof *s + len);
    if (s == NULL)
        return NULL;
    memcpy(s->path, path, len);
    pthread_cond_init(&s->ended, NULL);
    s->users = 1;
    s->next = *bucket;
    *bucket = s;
    return s;
}

static void
leave(struct folder_syncs *syncs, struct syncing *s)
{
    struct syncing **at = bucket_of(syncs, s->path);

    if (--s->users > 0)
        return;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    pthread_cond_destroy(&s->ended);
    free(s);
}

static enum status
sync_now(int folder, int inside)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 && errno == EACCES && inside >= 0)
        return syncfs(inside) == 0 ? OK
                                   : fail_errno(errno, "cannot sync a storage");
    if (fd < 0)
        return fail_errno(errno, "cannot open a folder to sync it");
    /* EINVAL: a storage that has no notion of syncing folders. */
    int error = fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
    close(fd);
    return error == 0 ? OK : fail_errno(error, "cannot sync a folder");
}

/* Called and returns with the mutex held. */
static enum status
run_one(struct folder_syncs *syncs, struct syncing *s, int folder, int inside)
{
    uint64_t mine = ++s->started;

    s->running = true;
    pthread_mutex_unlock(&syncs->mutex);
    enum status status = sync_now(folder, inside);
    pthread_mutex_lock(&syncs->mutex);
    s->running = false;
    s->done = mine;
    if (status != OK)
        s->failed = mine;
    pthread_cond_broadcast(&s->ended);
    return status;
}

enum status
folder_sync(struct folder_syncs *syncs, const char *path, int folder,
            int inside)
{
    LOCK_SCOPE(&syncs->mutex);
    struct syncing *s = join(syncs, path);

    if (s == NULL)
        return sync_now(folder, inside);
    uint64_t wanted = s->started + 1;
    enum status status = OK;
    while (s->done < wanted && status == OK)
        if (s->running)
            pthread_cond_wait(&s->ended, &syncs->mutex);
        else
            status = run_one(syncs, s, folder, inside);
    if (status == OK && s->failed >= wanted)
        status = fail(ERR_IO, "cannot sync the folder '%s'", path);
    leave(syncs, s);
    return status;
}
