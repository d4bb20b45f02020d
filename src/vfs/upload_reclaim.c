/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_reclaim.c - left-overs whose time has come (R4.7).
 *
 * Any node may do it for any: a staging file that somebody holds is let be.
 */
#include "vfs/upload_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int
open_folder(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void
forget_key(struct uploads *all, const char *key, uint64_t modified)
{
    struct store_change gone = { .kind = STORE_DELETE,
                                 .key = key,
                                 .expected = modified };

    /* When it fails it is found again the next time. */
    (void)!store_commit(all->options.store, &gone, 1, NULL);
}

struct found {
    char owner[VFS_NAME + 1];
    char leaf[VFS_NAME + 1];
    const char *folder_path;
    const char *staging;
    int64_t since_ms;
};

static void
tell_discarded(struct uploads *all, const struct found *f, uint64_t size)
{
    char path[VFS_PATH * 3];

    if (all->options.events == NULL)
        return;
    snprintf(path, sizeof path, "%s/%s", f->folder_path, f->leaf);
    struct event_subject subject = { "", "", "", f->owner, "", "", 0, "" };
    struct event_field fields[] = {
        EVENT_TEXT("path", str_of(path)),
        EVENT_NUMBER("size", size),
        EVENT_TEXT("reason", STR("it was not gone on with in time")),
    };
    event_emit(all->options.events, EVENT_UPLOAD_DISCARDED, &subject, fields,
               sizeof fields / sizeof fields[0]);
}

enum fate { FATE_GONE, FATE_KEPT, FATE_BUSY };

/* Look at the staging file, and remove it if it is due or of no use. */
static enum fate
judge(struct uploads *all, const struct found *f)
{
    struct left_file file;
    int folder = open_folder(f->folder_path);
    enum fate fate = FATE_KEPT;

    if (folder < 0)
        return errno == ENOENT || errno == ENOTDIR ? FATE_GONE : FATE_BUSY;
    enum status status =
        leftover_open(folder, f->staging, f->owner, f->leaf, &file);
    if (status == OK) {
        int64_t age_ms = clock_wall_ms(all->options.clock) - f->since_ms;
        if (age_ms >= all->keep_ms) {
            staging_remove(folder, f->staging);
            tell_discarded(all, f, file.record.offset);
            fate = FATE_GONE;
        }
        close(file.fd);
    } else {
        fate = status == ERR_NOT_FOUND ? FATE_GONE : FATE_BUSY;
    }
    close(folder);
    return fate;
}

static enum status
visit_index(void *arg, const struct store_entry *entry)
{
    struct uploads *all = arg;
    struct index_place place;
    char key[STORE_KEY + 1];

    snprintf(key, sizeof key, "%.*s", STR_ARG(entry->key));
    if (index_parse(entry->value, &place) != OK) {
        forget_key(all, key, entry->modified);
        return OK;
    }
    struct found f = { .folder_path = place.folder_path,
                       .staging = place.staging,
                       .since_ms = place.since_ms };
    memcpy(f.owner, place.owner, sizeof f.owner);
    memcpy(f.leaf, place.leaf, sizeof f.leaf);
    if (judge(all, &f) == FATE_GONE)
        forget_key(all, key, entry->modified);
    return OK;
}

/* Turn the lock of an upload that has ended into an index entry. */
static void
lock_to_index(struct uploads *all, const char *key, const struct found *f,
              uint64_t modified)
{
    AUTO(buffer_done) struct buffer value = BUFFER(ENTRY_MAX);
    char name[STORE_NAME];
    struct place_key place;

    if (place_key_of(f->folder_path, f->leaf, &place) != OK ||
        leftover_name(f->owner, &place, name) != OK ||
        index_value(f->owner, f->folder_path, f->leaf, f->staging, f->since_ms,
                    &value) != OK)
        return;
    struct store_change changes[] = {
        { .kind = STORE_DELETE, .key = key, .expected = modified },
        { .kind = STORE_PUT,
          .key = name,
          .value = buffer_str(&value),
          .expected = STORE_ANY },
    };
    (void)!store_commit(all->options.store, changes, 2, NULL);
}

static enum holder
look_at_holder(struct uploads *all, const char *folder_path,
               const struct holding *h)
{
    int folder = open_folder(folder_path);

    if (folder < 0)
        return errno == ENOENT ? HOLDER_ENDED : HOLDER_LIVES;
    enum holder is = holder_look(all, folder, h);
    close(folder);
    return is;
}

static enum status
visit_lock(void *arg, const struct store_entry *entry)
{
    struct uploads *all = arg;
    AUTO(holding_done) struct holding h = HOLDING();
    char key[STORE_KEY + 1];
    char folder_path[VFS_PATH * 2];

    if (lock_parse(entry, &h) != OK ||
        h.folder_path.len >= sizeof folder_path ||
        str_is(h.incarnation, all->incarnation))
        return OK;
    snprintf(key, sizeof key, "%.*s", STR_ARG(entry->key));
    snprintf(folder_path, sizeof folder_path, "%.*s", STR_ARG(h.folder_path));
    if (look_at_holder(all, folder_path, &h) != HOLDER_ENDED)
        return OK;
    struct found f = { .folder_path = folder_path,
                       .staging = h.staging,
                       .since_ms = h.since_ms };
    snprintf(f.owner, sizeof f.owner, "%.*s", STR_ARG(h.owner));
    snprintf(f.leaf, sizeof f.leaf, "%.*s", STR_ARG(h.leaf));
    enum fate fate = judge(all, &f);
    if (fate == FATE_GONE)
        forget_key(all, key, entry->modified);
    else if (fate == FATE_KEPT)
        lock_to_index(all, key, &f, entry->modified);
    return OK;
}

/* ---- files that only a listing came across ---- */

struct noticed {
    char staging[STAGING_NAME];
    char folder_path[];
};

/* uploads.mutex is held. */
static bool
is_noticed(const struct uploads *all, const struct place *place)
{
    for (size_t i = 0; i < all->noticed_count; i++)
        if (strcmp(all->noticed[i]->staging, place->leaf) == 0 &&
            strcmp(all->noticed[i]->folder_path, place->folder_path) == 0)
            return true;
    return false;
}

void
upload_noticed(struct uploader *by, const struct place *place)
{
    struct uploads *all = by->uploads;
    size_t len = strlen(place->folder_path) + 1;

    if (!str_starts(str_of(place->leaf), STR(STAGING_PREFIX)) ||
        is_sidecar_name(place->leaf) || strlen(place->leaf) >= STAGING_NAME)
        return;
    LOCK_SCOPE(&all->mutex);
    if (all->noticed_count >= NOTICED_MAX || is_noticed(all, place))
        return;
    struct noticed *n = malloc(sizeof *n + len);
    if (n == NULL)
        return;
    memcpy(n->staging, place->leaf, strlen(place->leaf) + 1);
    memcpy(n->folder_path, place->folder_path, len);
    all->noticed[all->noticed_count++] = n;
}

static struct noticed *
next_noticed(struct uploads *all)
{
    LOCK_SCOPE(&all->mutex);

    return all->noticed_count > 0 ? all->noticed[--all->noticed_count] : NULL;
}

/* Nobody's entry says since when, so the file's own time does. */
static void
judge_noticed(struct uploads *all, const struct noticed *n, int folder)
{
    struct left_file file;
    struct stat is;

    if (fstatat(folder, n->staging, &is, AT_SYMLINK_NOFOLLOW) != 0 ||
        clock_wall_ms(all->options.clock) - is.st_mtim.tv_sec * 1000 <
            all->keep_ms)
        return;
    if (leftover_open(folder, n->staging, NULL, NULL, &file) != OK)
        return;
    staging_remove(folder, n->staging);
    close(file.fd);
}

static void
reclaim_noticed(struct uploads *all)
{
    struct noticed *n;

    while ((n = next_noticed(all)) != NULL) {
        int folder = open_folder(n->folder_path);
        if (folder >= 0) {
            judge_noticed(all, n, folder);
            close(folder);
        }
        free(n);
    }
}

void
noticed_free(struct uploads *all)
{
    struct noticed *n;

    while ((n = next_noticed(all)) != NULL)
        free(n);
}

void
reclaim(struct uploads *all)
{
    /* A store that is away is asked again the next time. */
    (void)!store_list(all->options.store, "locks/", visit_lock, all);
    (void)!store_list(all->options.store, "leftovers/", visit_index, all);
    reclaim_noticed(all);
}

enum status
reclaim_at_start(struct uploads *all)
{
    return store_list(all->options.store, "locks/", visit_lock, all);
}
