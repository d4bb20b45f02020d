/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_scan.c - left-overs that only the storage knows.
 *
 * Of two nodes without a common store, or after a lost one, only the folder
 * tells what is left over. Reading a folder of 200,000 names for each question
 * would cost more than any upload, so it is read again only when it has
 * changed, and when at least a hundred times the reading's own time has gone
 * by since: never more than one percent (docs/decisions/0003).
 */
#include "vfs/staging.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FOLDERS_MAX = 256, NAMES_MAX = 4096, REST_FACTOR = 100 };

struct scanned_folder {
    dev_t device;
    ino_t inode;
    struct timespec changed; /* mtime when it was read */
    int64_t again_us;        /* not before */
    char (*names)[STAGING_NAME];
    size_t count;
};

static int64_t
now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void
scans_free(struct uploads *all)
{
    for (size_t i = 0; i < all->scanned_count; i++)
        free(all->scanned[i].names);
    free(all->scanned);
}

static bool
is_staging(const char *name)
{
    return strncmp(name, STAGING_PREFIX, sizeof STAGING_PREFIX - 1) == 0 &&
           !is_sidecar_name(name) && strlen(name) < STAGING_NAME;
}

static void
add_name(struct scanned_folder *f, const char *name)
{
    if (f->count >= NAMES_MAX)
        return;
    if ((f->count & (f->count - 1)) == 0) {
        size_t room = f->count == 0 ? 1 : f->count * 2;
        void *grown = realloc(f->names, room * sizeof *f->names);
        if (grown == NULL)
            return;
        f->names = grown;
    }
    snprintf(f->names[f->count++], STAGING_NAME, "%s", name);
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Read the folder into `out`, whose names the caller frees. */
static enum status
scan(int folder, struct scanned_folder *out)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return fail_errno(errno, "cannot look through a folder");
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        close(fd);
        return fail_errno(errno, "cannot look through a folder");
    }
    int64_t begun_us = now_us();
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (is_staging(entry->d_name))
            add_name(out, entry->d_name);
    closedir(dir);
    if (out->count > 0)
        qsort(out->names, out->count, sizeof *out->names, compare_names);
    int64_t ended_us = now_us();
    out->again_us = ended_us + (ended_us - begun_us) * REST_FACTOR;
    return OK;
}

/* uploads.mutex is held. A new folder takes the place of an old one. */
static struct scanned_folder *
slot_of(struct uploads *all, const struct stat *is)
{
    for (size_t i = 0; i < all->scanned_count; i++)
        if (all->scanned[i].device == is->st_dev &&
            all->scanned[i].inode == is->st_ino)
            return &all->scanned[i];
    if (all->scanned == NULL)
        all->scanned = calloc(FOLDERS_MAX, sizeof *all->scanned);
    if (all->scanned == NULL)
        return NULL;
    size_t at = all->scanned_count < FOLDERS_MAX ? all->scanned_count++
                                                 : is->st_ino % FOLDERS_MAX;
    free(all->scanned[at].names);
    all->scanned[at] =
        (struct scanned_folder){ .device = is->st_dev, .inode = is->st_ino };
    return &all->scanned[at];
}

static bool
is_fresh(const struct scanned_folder *f, const struct stat *is)
{
    return (f->changed.tv_sec == is->st_mtim.tv_sec &&
            f->changed.tv_nsec == is->st_mtim.tv_nsec) ||
           now_us() < f->again_us;
}

static enum status
scan_again(struct uploads *all, int folder, const struct stat *is)
{
    struct scanned_folder found = { .device = is->st_dev,
                                    .inode = is->st_ino,
                                    .changed = is->st_mtim };

    enum status status = scan(folder, &found);
    if (status != OK) {
        free(found.names);
        return status;
    }
    LOCK_SCOPE(&all->mutex);
    struct scanned_folder *slot = slot_of(all, is);
    if (slot == NULL) {
        free(found.names);
        return fail(ERR_MEMORY, "no memory for a folder's left-overs");
    }
    free(slot->names);
    *slot = found;
    return OK;
}

static bool
needs_scan(struct uploads *all, const struct stat *is)
{
    LOCK_SCOPE(&all->mutex);
    struct scanned_folder *slot = slot_of(all, is);

    return slot != NULL && !is_fresh(slot, is);
}

static bool
look_up(const struct scanned_folder *f, const char *stem,
        char staging[STAGING_NAME])
{
    size_t len = strlen(stem);
    size_t from = 0;
    size_t to = f->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = strncmp(f->names[middle], stem, len);
        if (order == 0) {
            memcpy(staging, f->names[middle], STAGING_NAME);
            return true;
        }
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}

enum status
scan_for(struct uploads *all, const struct place *place, const char *stem,
         char staging[STAGING_NAME])
{
    struct stat is;

    if (fstat(place->folder, &is) != 0)
        return fail_errno(errno, "cannot look at a folder");
    if (needs_scan(all, &is))
        TRY(scan_again(all, place->folder, &is));
    LOCK_SCOPE(&all->mutex);
    const struct scanned_folder *slot = slot_of(all, &is);
    return slot != NULL && look_up(slot, stem, staging)
               ? OK
               : fail(ERR_NOT_FOUND, "nothing is left over of '%s'",
                      place->leaf);
}
