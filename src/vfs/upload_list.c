/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_list.c - unpublished uploads, for an operator to see and to discard.
 *
 * The store names them: a lock for each that runs or died, an index entry for
 * each that was recorded. How much is durable the staging file itself says.
 */
#include "vfs/upload_lock.h"
#include "vfs/uploads_view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct walk {
    struct uploads *uploads;
    upload_see *see;
    void *arg;
};

/* A view with room for its own text. */
struct shown {
    struct upload_view view;
    char id[UPLOAD_ID];
    char owner[VFS_NAME + 1];
    char folder_path[VFS_PATH * 2];
    char leaf[VFS_NAME + 1];
    char staging[STAGING_NAME];
};

static int
open_folder(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool
copy_text(struct str from, char *to, size_t size)
{
    if (from.len >= size)
        return false;
    memcpy(to, from.data, from.len);
    to[from.len] = '\0';
    return true;
}

/* The part of the index key that is the upload's own. */
static enum status
name_it(struct shown *s, const struct place_key *key)
{
    char name[STORE_NAME];

    TRY(leftover_name(s->owner, key, name));
    snprintf(s->id, sizeof s->id, "%.16s", name + sizeof "leftovers");
    s->view.id = s->id;
    s->view.owner = s->owner;
    s->view.folder_path = s->folder_path;
    s->view.leaf = s->leaf;
    s->view.staging = s->staging;
    return OK;
}

/* False when there is no such file. */
static bool
read_durable(int folder, const char *staging, uint64_t *durable_out)
{
    struct record record;
    bool as_sidecar;
    int fd = openat(folder, staging, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    *durable_out = 0;
    if (fd < 0)
        return false;
    if (record_read(folder, staging, fd, &record, &as_sidecar) == OK)
        *durable_out = record.offset;
    close(fd);
    return true;
}

/* An upload of this process is on its way, rather than just published. */
static bool
runs_here(struct uploads *all, const struct place_key *key)
{
    LOCK_SCOPE(&all->mutex);

    return uploads_find(all, key) != NULL;
}

static bool
is_running(struct uploads *all, int folder, const struct holding *h,
           const struct place_key *key)
{
    if (str_is(h->incarnation, all->incarnation))
        return runs_here(all, key);
    return holder_look(all, folder, h) != HOLDER_ENDED;
}

static enum status
show(struct walk *w, struct shown *s, const struct holding *h,
     const struct place_key *key)
{
    int folder = open_folder(s->folder_path);

    if (folder < 0)
        return OK; /* the storage is away, or gone */
    s->view.is_running = h != NULL && is_running(w->uploads, folder, h, key);
    bool exists = read_durable(folder, s->staging, &s->view.durable);
    close(folder);
    if (!exists)
        return OK;
    TRY(name_it(s, key));
    return w->see(w->arg, &s->view);
}

static enum status
visit_lock(void *arg, const struct store_entry *entry)
{
    struct walk *w = arg;
    AUTO(holding_done) struct holding h = HOLDING();
    struct place_key key;
    struct shown s;

    if (lock_parse(entry, &h) != OK ||
        !copy_text(h.owner, s.owner, sizeof s.owner) ||
        !copy_text(h.folder_path, s.folder_path, sizeof s.folder_path) ||
        !copy_text(h.leaf, s.leaf, sizeof s.leaf))
        return OK;
    memcpy(s.staging, h.staging, sizeof s.staging);
    s.view = (struct upload_view){ .since_ms = h.since_ms };
    TRY(place_key_of(s.folder_path, s.leaf, &key));
    return show(w, &s, &h, &key);
}

/* The lock of an upload says more than its index entry, and was shown. */
static bool
has_lock(struct uploads *all, const struct index_place *place,
         const struct place_key *key)
{
    AUTO(holding_done) struct holding h = HOLDING();
    char name[STORE_NAME];

    lock_name(key, name);
    return lock_read(all, name, &h) == OK && str_is(h.owner, place->owner) &&
           strcmp(h.staging, place->staging) == 0;
}

static enum status
visit_index(void *arg, const struct store_entry *entry)
{
    struct walk *w = arg;
    struct index_place place;
    struct place_key key;
    struct shown s;

    if (index_parse(entry->value, &place) != OK)
        return OK;
    TRY(place_key_of(place.folder_path, place.leaf, &key));
    if (has_lock(w->uploads, &place, &key))
        return OK;
    memcpy(s.owner, place.owner, sizeof s.owner);
    memcpy(s.folder_path, place.folder_path, sizeof s.folder_path);
    memcpy(s.leaf, place.leaf, sizeof s.leaf);
    memcpy(s.staging, place.staging, sizeof s.staging);
    s.view = (struct upload_view){ .since_ms = place.since_ms };
    return show(w, &s, NULL, &key);
}

enum status
uploads_each(struct uploads *all, upload_see *see, void *arg)
{
    struct walk walk = { .uploads = all, .see = see, .arg = arg };

    TRY(store_list(all->options.store, "locks/", visit_lock, &walk));
    return store_list(all->options.store, "leftovers/", visit_index, &walk);
}

static void
tell_discarded(struct uploads *all, const struct upload_view *v, uint64_t size,
               const char *why)
{
    char path[VFS_PATH * 3];

    if (all->options.events == NULL)
        return;
    snprintf(path, sizeof path, "%s/%s", v->folder_path, v->leaf);
    struct event_subject subject = { "", "", "", v->owner, "", "", 0, "" };
    struct event_field fields[] = {
        EVENT_TEXT("path", str_of(path)),
        EVENT_NUMBER("size", size),
        EVENT_TEXT("reason", str_of(why)),
    };
    event_emit(all->options.events, EVENT_UPLOAD_DISCARDED, &subject, fields,
               sizeof fields / sizeof fields[0]);
}

/* Nothing in the store names the file any more; what names a newer upload of
 * the same name stays. */
static enum status
forget(struct uploads *all, const struct upload_view *v,
       const struct place_key *key)
{
    AUTO(holding_done) struct holding h = HOLDING();
    struct store_change gone[2];
    struct index_entry entry;
    char lock[STORE_NAME];
    char index[STORE_NAME];
    size_t count = 0;

    lock_name(key, lock);
    TRY(leftover_name(v->owner, key, index));
    TRY(index_read(all, index, &entry));
    if (entry.exists && strcmp(entry.staging, v->staging) == 0)
        gone[count++] = (struct store_change){ .kind = STORE_DELETE,
                                               .key = index,
                                               .expected = entry.modified };
    if (lock_read(all, lock, &h) == OK && str_is(h.owner, v->owner) &&
        strcmp(h.staging, v->staging) == 0)
        gone[count++] = (struct store_change){ .kind = STORE_DELETE,
                                               .key = lock,
                                               .expected = h.modified };
    if (count == 0)
        return OK;
    enum status status = store_commit(all->options.store, gone, count, NULL);
    return status == ERR_CONFLICT ? OK : status;
}

/* Whoever holds the staging file works on it: ERR_BUSY. */
static enum status
discard_left_over(struct uploads *all, int folder, const struct upload_view *v,
                  const struct place_key *key, struct upload_discarded *out)
{
    struct left_file file;

    enum status status =
        leftover_open(folder, v->staging, v->owner, v->leaf, &file);
    if (status == ERR_NOT_FOUND) {
        char why[256];

        snprintf(why, sizeof why, "%s", fail_reason());
        TRY(forget(all, v, key));
        return fail(ERR_NOT_FOUND, "%s", why);
    }
    TRY(status);
    out->durable = file.record.offset;
    staging_remove(folder, v->staging);
    close(file.fd);
    if (fsync(folder) != 0)
        return fail_errno(errno, "cannot sync '%s'", v->folder_path);
    return forget(all, v, key);
}

/* As a REMOVE by another session of the account would. */
static enum status
discard_running(struct uploads *all, int folder, const struct upload_view *v)
{
    struct disk_options options = { .root = v->folder_path,
                                    .uploads = all,
                                    .owner = v->owner,
                                    .staged_uploads = true };
    struct place place = { .folder = folder, .folder_path = v->folder_path };
    AUTO(uploader_free) struct uploader *by = NULL;
    bool had;

    if (strlen(v->leaf) > VFS_NAME)
        return fail(ERR_INVALID, "no file is called that");
    snprintf(place.leaf, sizeof place.leaf, "%s", v->leaf);
    TRY(uploader_new(&options, &by));
    TRY(put_out_of_the_way(by, &place, &had));
    return had ? OK : fail(ERR_NOT_FOUND, "'%s' is not uploaded", v->leaf);
}

static enum status
discard_in(struct uploads *all, int folder, const struct upload_view *v,
           bool force, struct upload_discarded *out)
{
    struct place_key key;

    TRY(place_key_of(v->folder_path, v->leaf, &key));
    enum status status = discard_left_over(all, folder, v, &key, out);
    if (status != ERR_BUSY)
        return status;
    if (!force)
        return fail(ERR_BUSY, "the upload of '%s/%s' is running",
                    v->folder_path, v->leaf);
    out->was_running = true;
    read_durable(folder, v->staging, &out->durable);
    return discard_running(all, folder, v);
}

enum status
uploads_discard(struct uploads *all, const struct upload_view *v, bool force,
                const char *why, struct upload_discarded *out)
{
    int folder = open_folder(v->folder_path);

    *out = (struct upload_discarded){ 0 };
    if (folder < 0)
        return fail_errno(errno, "cannot open '%s'", v->folder_path);
    enum status status = discard_in(all, folder, v, force, out);
    close(folder);
    if (status == OK)
        tell_discarded(all, v, out->durable, why);
    return status;
}
