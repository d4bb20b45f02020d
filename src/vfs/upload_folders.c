/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_folders.c - folders that are not yet synced into their parents.
 *
 * MKDIR is answered without a sync; the first file that is acknowledged inside
 * brings its folder along, and that folder's folder, up to the first one that
 * was there before (R3.3).
 */
#include "vfs/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FOLDERS_MAX = 65536 };

struct made_folder {
    struct made_folder *next;
    size_t parent_len; /* of the path, without the slash behind it */
    char path[];
};

static struct made_folder *
made_new(const char *parent, const char *leaf)
{
    size_t parent_len = strcmp(parent, "/") == 0 ? 0 : strlen(parent);
    size_t leaf_len = strlen(leaf);
    struct made_folder *made = malloc(sizeof *made + parent_len + leaf_len + 2);

    if (made == NULL)
        return NULL;
    made->parent_len = parent_len;
    snprintf(made->path, parent_len + leaf_len + 2, "%.*s/%s", (int)parent_len,
             parent, leaf);
    return made;
}

void
upload_folder_made(struct uploader *by, const struct place *place)
{
    struct uploads *all = by->uploads;

    if (by->options.durability_cache)
        return;
    struct made_folder *made = made_new(place->folder_path, place->leaf);
    pthread_mutex_lock(&all->mutex);
    bool keeps = made != NULL && all->made_count < FOLDERS_MAX;
    if (keeps) {
        made->next = all->made;
        all->made = made;
        all->made_count++;
        atomic_fetch_add(&all->made_any, 1);
    }
    pthread_mutex_unlock(&all->mutex);
    if (keeps)
        return;
    free(made);
    /* A failure shows when something in it is published. */
    (void)!upload_sync_folder(by, place);
}

/* Take the folder off the list; NULL when it is not on it. */
static struct made_folder *
take(struct uploads *all, const char *path)
{
    LOCK_SCOPE(&all->mutex);

    for (struct made_folder **at = &all->made; *at != NULL; at = &(*at)->next) {
        struct made_folder *made = *at;
        if (strcmp(made->path, path) != 0)
            continue;
        *at = made->next;
        all->made_count--;
        atomic_fetch_sub(&all->made_any, 1);
        return made;
    }
    return NULL;
}

static void
put_back(struct uploads *all, struct made_folder *made)
{
    LOCK_SCOPE(&all->mutex);

    made->next = all->made;
    all->made = made;
    all->made_count++;
    atomic_fetch_add(&all->made_any, 1);
}

static enum status
sync_parent(struct uploads *all, const char *parent, int inside)
{
    int fd = open(parent[0] == '\0' ? "/" : parent,
                  O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    /* Moved meanwhile, or not ours to open: everything, then. */
    if (fd < 0)
        return syncfs(inside) == 0 ? OK
                                   : fail_errno(errno, "cannot sync a storage");
    enum status status = folder_sync(all->syncs, parent, fd, inside);
    close(fd);
    return status;
}

enum status
folders_made_sync(struct uploads *all, const struct place *place, int inside)
{
    char path[VFS_PATH * 2];
    size_t len = strlen(place->folder_path);
    struct made_folder *made;

    if (len >= sizeof path)
        return OK;
    memcpy(path, place->folder_path, len + 1);
    /* Its parent may have been made here, too. */
    while ((made = take(all, path)) != NULL) {
        memcpy(path, made->path, made->parent_len);
        path[made->parent_len] = '\0';
        enum status status = sync_parent(all, path, inside);
        if (status != OK) {
            put_back(all, made);
            return status;
        }
        free(made);
    }
    return OK;
}

static struct made_folder *
moved(const struct made_folder *made, const char *from, const char *to)
{
    size_t from_len = strlen(from);
    size_t to_len = strlen(to);
    size_t rest = strlen(made->path) - from_len;
    struct made_folder *other = malloc(sizeof *other + to_len + rest + 1);

    if (other == NULL)
        return NULL;
    snprintf(other->path, to_len + rest + 1, "%s%s", to, made->path + from_len);
    const char *slash = strrchr(other->path, '/');
    other->parent_len = (size_t)(slash - other->path);
    return other;
}

void
folders_made_renamed(struct uploads *all, const char *from, const char *to)
{
    size_t len = strlen(from);

    if (atomic_load(&all->made_any) == 0)
        return;
    LOCK_SCOPE(&all->mutex);
    for (struct made_folder **at = &all->made; *at != NULL; at = &(*at)->next) {
        struct made_folder *made = *at;
        if (strncmp(made->path, from, len) != 0 ||
            (made->path[len] != '\0' && made->path[len] != '/'))
            continue;
        struct made_folder *other = moved(made, from, to);
        if (other == NULL)
            continue;
        other->next = made->next;
        *at = other;
        free(made);
    }
}

void
folders_made_free(struct uploads *all)
{
    while (all->made != NULL) {
        struct made_folder *made = all->made;
        all->made = made->next;
        free(made);
    }
}
