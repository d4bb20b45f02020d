/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_durable.c - what of an upload survives, and the end of a cut one.
 *
 * Always in this order: the bytes are synced, then the record says so, then
 * some later fsync makes the record durable. So the record may lag and never
 * leads (R2.3).
 */
#include "vfs/upload_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORD_BYTES (64ULL * 1024 * 1024)

enum { RECORD_MS = 10000 };

static bool
is_on_disk(const struct upload *u)
{
    return !u->by->options.durability_cache;
}

enum status
upload_sync_bytes(struct upload *u)
{
    if (is_on_disk(u) && fsync(u->fd) != 0)
        return fail_errno(errno, "cannot sync '%s'", u->place.leaf);
    return OK;
}

static enum status
write_record_as(struct upload *u, uint64_t offset, bool copying)
{
    struct record record = { .offset = offset,
                             .copying = copying,
                             .published = u->published,
                             .attributes = u->attributes };

    TRY(owner_hash(u->owner, record.owner));
    memcpy(record.leaf, u->place.leaf, sizeof record.leaf);
    TRY(record_write(u->place.folder, u->staging, u->fd, &record,
                     &u->as_sidecar));
    u->has_record = true;
    u->recorded = offset;
    return OK;
}

static enum status
write_record(struct upload *u, uint64_t offset)
{
    return write_record_as(u, offset, false);
}

/* After a crash the store says where to look, without a search. */
static enum status
put_index(struct upload *u, bool release)
{
    AUTO(buffer_done) struct buffer value = BUFFER(ENTRY_MAX);
    struct uploads *all = u->uploads;
    char key[STORE_NAME];

    lock_name(&u->key, key);
    TRY(index_value(u->owner, u->place.folder_path, u->place.leaf, u->staging,
                    clock_wall_ms(all->options.clock), &value));
    struct store_change changes[] = {
        { .kind = release ? STORE_DELETE : STORE_CHECK,
          .key = key,
          .expected = u->revision },
        { .kind = STORE_PUT,
          .key = u->index_key,
          .value = buffer_str(&value),
          .expected = STORE_ANY },
    };
    TRY(store_commit(all->options.store, changes, 2, NULL));
    u->indexed = true;
    return OK;
}

bool
upload_record_is_due(const struct upload *u)
{
    if (u->fresh == 0 || u->received.prefix <= u->recorded)
        return false;
    return u->fresh >= RECORD_BYTES ||
           clock_now_ms(u->uploads->options.clock) - u->recorded_ms >=
               RECORD_MS;
}

enum status
upload_record_now(struct upload *u, bool background)
{
    struct storages *storages = u->uploads->storages;
    uint64_t prefix = u->received.prefix;
    int result = 0;

    if (background)
        storage_turn_begin(storages, u->storage);
    if (is_on_disk(u))
        result = background ? fdatasync(u->fd) : fsync(u->fd);
    int error = errno;
    if (background)
        storage_turn_end(storages, u->storage);
    u->recorded_ms = clock_now_ms(u->uploads->options.clock);
    u->fresh = 0;
    if (result != 0)
        return fail_errno(error, "cannot sync '%s'", u->place.leaf);
    if (prefix == 0 && !u->has_record)
        return OK;
    TRY(write_record(u, prefix));
    if (u->indexed)
        return OK;
    /* A store that is away costs a search after a crash, not the upload. */
    return put_index(u, false) == ERR_CONFLICT
               ? fail(ERR_CONFLICT, "the lock of '%s' is lost", u->place.leaf)
               : OK;
}

enum status
upload_lower_record(struct upload *u, uint64_t size)
{
    if (!u->has_record || size >= u->recorded)
        return OK;
    TRY(write_record(u, size));
    return upload_sync_bytes(u);
}

enum status
upload_record_copying(struct upload *u)
{
    TRY(upload_sync_bytes(u));
    TRY(write_record_as(u, u->size, true));
    TRY(upload_sync_bytes(u));
    return put_index(u, false) == ERR_CONFLICT
               ? fail(ERR_BUSY, "the lock of '%s' is lost", u->place.leaf)
               : OK;
}

void
upload_discard(struct upload *u)
{
    if (u->fd < 0)
        return;
    staging_remove(u->place.folder, u->staging);
    upload_release(u);
    close(u->fd);
    u->fd = -1;
}

static enum status
keep(struct upload *u)
{
    uint64_t prefix = u->received.prefix;

    TRY(upload_lower_record(u, prefix));
    if (ftruncate(u->fd, (off_t)prefix) != 0)
        return fail_errno(errno, "cannot cut '%s'", u->place.leaf);
    TRY(upload_sync_bytes(u));
    TRY(write_record(u, prefix));
    return upload_sync_bytes(u);
}

void
upload_cut(struct upload *u)
{
    if (u->fd < 0)
        return;
    if (u->received.prefix == 0) {
        upload_discard(u);
        return;
    }
    /* When keeping fails (a full or broken disk), an older record may still
     * hold, and without one the file is of no use. */
    if (keep(u) != OK && !u->has_record) {
        upload_discard(u);
        return;
    }
    enum status status = put_index(u, true);
    close(u->fd);
    u->fd = -1;
    /* ERR_CONFLICT: taken over meanwhile; the newer session has it. */
    if (status != ERR_CONFLICT)
        upload_event(u, EVENT_UPLOAD_KEPT, u->recorded, "");
}
