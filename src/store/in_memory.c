/* SPDX-License-Identifier: Apache-2.0 */
/*
 * in_memory.c - a store that lasts as long as its process.
 *
 * A sorted array of items under one lock. Every call first ends the leases
 * that have run out, so what is found is never stale.
 */
#include "base/thread.h"
#include "store/store_private.h"

#include <stdlib.h>

struct item {
    char *key;
    char *value;
    size_t value_len;
    uint64_t created, modified, lease;
};

struct lease {
    uint64_t id;
    int64_t ttl_ms;
    int64_t expires_ms;
};

struct memory_store {
    struct store store;
    struct clock *clock;
    pthread_mutex_t lock; /* guards all below */
    uint64_t revision;
    struct item *items; /* sorted by key */
    size_t count, room;
    struct lease *leases; /* sorted by id: a new one has the highest */
    size_t lease_count, lease_room;
    int64_t next_expiry_ms; /* no lease runs out before */
};

static struct memory_store *
memory_of(struct store *store)
{
    return (struct memory_store *)store;
}

static struct store_entry
entry_of(const struct item *item)
{
    return (struct store_entry){
        .key = str_of(item->key),
        .value = str_from(item->value, item->value_len),
        .created = item->created,
        .modified = item->modified,
        .lease = item->lease,
    };
}

/* The first item that is not before `key`. */
static size_t
find_place(const struct memory_store *m, const char *key)
{
    size_t low = 0;
    size_t high = m->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(m->items[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct item *
find_item(struct memory_store *m, const char *key)
{
    size_t at = find_place(m, key);

    return at < m->count && strcmp(m->items[at].key, key) == 0 ? &m->items[at]
                                                               : NULL;
}

static struct lease *
find_lease(struct memory_store *m, uint64_t id)
{
    size_t low = 0;
    size_t high = m->lease_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (m->leases[middle].id == id)
            return &m->leases[middle];
        if (m->leases[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void
remove_item(struct memory_store *m, size_t at)
{
    struct item item = m->items[at];

    m->count--;
    memmove(&m->items[at], &m->items[at + 1],
            (m->count - at) * sizeof *m->items);
    watches_note(m->store.watches, item.key);
    free(item.key);
    free(item.value);
}

/* End the leases that ran out, and all that was written under them. */
static void
end_expired(struct memory_store *m)
{
    int64_t now_ms = clock_now_ms(m->clock);
    size_t kept = 0;

    if (now_ms < m->next_expiry_ms)
        return;
    m->next_expiry_ms = INT64_MAX;
    for (size_t i = 0; i < m->lease_count; i++) {
        struct lease lease = m->leases[i];
        if (lease.expires_ms <= now_ms)
            continue;
        if (lease.expires_ms < m->next_expiry_ms)
            m->next_expiry_ms = lease.expires_ms;
        m->leases[kept++] = lease;
    }
    if (kept == m->lease_count)
        return;
    m->lease_count = kept;
    for (size_t i = m->count; i-- > 0;)
        if (m->items[i].lease != 0 && find_lease(m, m->items[i].lease) == NULL)
            remove_item(m, i);
}

static enum status
memory_get(struct store *store, const char *key, struct buffer *value_out,
           struct store_entry *entry_out)
{
    struct memory_store *m = memory_of(store);

    LOCK_SCOPE(&m->lock);
    end_expired(m);
    struct item *item = find_item(m, key);
    if (item == NULL)
        return fail(ERR_NOT_FOUND, "no '%s' in the store", key);
    struct store_entry entry = entry_of(item);
    if (value_out != NULL)
        TRY(buffer_add(value_out, entry.value));
    entry.key = entry.value = STR_NONE;
    if (entry_out != NULL)
        *entry_out = entry;
    return OK;
}

static enum status
copy_prefix(struct memory_store *m, const char *prefix, struct listing *list)
{
    size_t len = strlen(prefix);

    LOCK_SCOPE(&m->lock);
    end_expired(m);
    for (size_t i = find_place(m, prefix);
         i < m->count && strncmp(m->items[i].key, prefix, len) == 0; i++) {
        struct store_entry entry = entry_of(&m->items[i]);
        TRY(listing_add(list, &entry, true));
    }
    return OK;
}

static enum status
memory_list(struct store *store, const char *prefix, store_visit *visit,
            void *arg)
{
    AUTO(listing_done) struct listing list = { 0 };

    TRY(copy_prefix(memory_of(store), prefix, &list));
    return listing_visit(&list, visit, arg);
}

static enum status
check_change(struct memory_store *m, const struct store_change *change)
{
    const struct item *item = find_item(m, change->key);

    TRY(store_compare(change, item != NULL ? item->modified : 0));
    if (change->kind == STORE_PUT && change->lease != 0 &&
        find_lease(m, change->lease) == NULL)
        return fail(ERR_NOT_FOUND, "the lease of '%s' has ended", change->key);
    return OK;
}

/* What a commit needs in memory, taken before anything is changed. */
struct prepared {
    char *key;
    char *value;
};

static enum status
prepare(struct memory_store *m, const struct store_change *changes,
        size_t count, struct prepared *prepared)
{
    if (m->count + count > m->room) {
        size_t room = (m->count + count) * 2;
        struct item *items = reallocarray(m->items, room, sizeof *items);
        if (items == NULL)
            return fail(ERR_MEMORY, "no memory for %zu keys", room);
        m->items = items;
        m->room = room;
    }
    for (size_t i = 0; i < count; i++) {
        if (changes[i].kind != STORE_PUT)
            continue;
        prepared[i].key = strdup(changes[i].key);
        prepared[i].value = str_copy(changes[i].value);
        if (prepared[i].key == NULL || prepared[i].value == NULL)
            return fail(ERR_MEMORY, "no memory for a value of the store");
    }
    return OK;
}

static void
prepared_done(struct prepared *prepared, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(prepared[i].key);
        free(prepared[i].value);
    }
}

static void
put_item(struct memory_store *m, const struct store_change *change,
         struct prepared *prepared)
{
    size_t at = find_place(m, change->key);
    struct item *item = &m->items[at];

    if (at == m->count || strcmp(item->key, change->key) != 0) {
        memmove(item + 1, item, (m->count - at) * sizeof *item);
        m->count++;
        *item = (struct item){ .key = prepared->key, .created = m->revision };
        prepared->key = NULL;
    }
    free(item->value);
    item->value = prepared->value;
    item->value_len = change->value.len;
    item->modified = m->revision;
    item->lease = change->lease;
    prepared->value = NULL;
    watches_note(m->store.watches, item->key);
}

static void
apply(struct memory_store *m, const struct store_change *change,
      struct prepared *prepared)
{
    if (change->kind == STORE_PUT)
        put_item(m, change, prepared);
    if (change->kind == STORE_DELETE && find_item(m, change->key) != NULL)
        remove_item(m, find_place(m, change->key));
}

static enum status
memory_commit(struct store *store, const struct store_change *changes,
              size_t count, uint64_t *revision_out)
{
    struct memory_store *m = memory_of(store);
    struct prepared prepared[STORE_CHANGES] = { 0 };

    LOCK_SCOPE(&m->lock);
    end_expired(m);
    for (size_t i = 0; i < count; i++)
        TRY(check_change(m, &changes[i]));
    enum status status = prepare(m, changes, count, prepared);
    if (status == OK) {
        *revision_out = ++m->revision;
        for (size_t i = 0; i < count; i++)
            apply(m, &changes[i], &prepared[i]);
    }
    prepared_done(prepared, count);
    return status;
}

static enum status
memory_lease_grant(struct store *store, int64_t ttl_ms, uint64_t *lease_out)
{
    struct memory_store *m = memory_of(store);

    LOCK_SCOPE(&m->lock);
    if (m->lease_count == m->lease_room) {
        size_t room = m->lease_room * 2 + 8;
        struct lease *leases = reallocarray(m->leases, room, sizeof *leases);
        if (leases == NULL)
            return fail(ERR_MEMORY, "no memory for a lease");
        m->leases = leases;
        m->lease_room = room;
    }
    struct lease lease = { .id = ++m->revision,
                           .ttl_ms = ttl_ms,
                           .expires_ms = clock_now_ms(m->clock) + ttl_ms };
    m->leases[m->lease_count++] = lease;
    if (lease.expires_ms < m->next_expiry_ms)
        m->next_expiry_ms = lease.expires_ms;
    *lease_out = lease.id;
    return OK;
}

static enum status
memory_lease_renew(struct store *store, uint64_t id)
{
    struct memory_store *m = memory_of(store);

    LOCK_SCOPE(&m->lock);
    end_expired(m);
    struct lease *lease = find_lease(m, id);
    if (lease == NULL)
        return fail(ERR_NOT_FOUND, "the lease has ended");
    lease->expires_ms = clock_now_ms(m->clock) + lease->ttl_ms;
    return OK;
}

static enum status
memory_lease_revoke(struct store *store, uint64_t id)
{
    struct memory_store *m = memory_of(store);

    LOCK_SCOPE(&m->lock);
    end_expired(m);
    struct lease *lease = find_lease(m, id);
    if (lease == NULL)
        return fail(ERR_NOT_FOUND, "the lease has ended");
    lease->expires_ms = INT64_MIN;
    m->next_expiry_ms = INT64_MIN;
    end_expired(m);
    return OK;
}

static bool
memory_tick(struct store *store)
{
    struct memory_store *m = memory_of(store);

    LOCK_SCOPE(&m->lock);
    end_expired(m);
    return false;
}

static void
memory_close(struct store *store)
{
    struct memory_store *m = memory_of(store);

    watches_free(&m->store.watches);
    for (size_t i = 0; i < m->count; i++) {
        free(m->items[i].key);
        free(m->items[i].value);
    }
    free(m->items);
    free(m->leases);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

static const struct store_ops memory_ops = {
    .get = memory_get,
    .list = memory_list,
    .commit = memory_commit,
    .lease_grant = memory_lease_grant,
    .lease_renew = memory_lease_renew,
    .lease_revoke = memory_lease_revoke,
    .watch = watches_watch,
    .unwatch = watches_unwatch,
    .close = memory_close,
    .tick = memory_tick,
};

enum status
store_in_memory(struct clock *clock, struct store **store_out)
{
    struct memory_store *m = calloc(1, sizeof *m);

    if (m == NULL)
        return fail(ERR_MEMORY, "no memory for a store");
    m->store.ops = &memory_ops;
    m->clock = clock;
    pthread_mutex_init(&m->lock, NULL);
    enum status status = watches_new(&m->store, &m->store.watches);
    if (status != OK) {
        memory_close(&m->store);
        return status;
    }
    *store_out = &m->store;
    return OK;
}
