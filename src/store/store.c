/* SPDX-License-Identifier: Apache-2.0 */
/* store.c - the door of the store: arguments are checked here, once. */
#include "store/store_private.h"

#include <assert.h>

static enum status
check_key(const char *key)
{
    size_t len = strnlen(key, STORE_KEY + 1);

    if (len == 0)
        return fail(ERR_INVALID, "a key of the store is empty");
    if (len > STORE_KEY)
        return fail(ERR_LIMIT, "a key of the store has over %d bytes",
                    STORE_KEY);
    return OK;
}

static enum status
check_change(const struct store_change *changes, size_t at)
{
    const struct store_change *change = &changes[at];

    TRY(check_key(change->key));
    if (change->kind == STORE_PUT && change->value.len > STORE_VALUE)
        return fail(ERR_LIMIT, "the value of '%s' has over %d bytes",
                    change->key, STORE_VALUE);
    for (size_t i = 0; i < at; i++)
        if (change->kind != STORE_CHECK && changes[i].kind != STORE_CHECK &&
            strcmp(changes[i].key, change->key) == 0)
            return fail(ERR_INVALID, "'%s' is written twice in one commit",
                        change->key);
    return OK;
}

enum status
store_compare(const struct store_change *change, uint64_t modified)
{
    if (change->expected == STORE_ANY || change->expected == modified)
        return OK;
    if (modified == 0)
        return fail(ERR_CONFLICT, "'%s' is no longer there", change->key);
    return fail(ERR_CONFLICT, "'%s' was changed by somebody else", change->key);
}

enum status
store_get(struct store *store, const char *key, struct buffer *value_out,
          struct store_entry *entry_out)
{
    TRY(check_key(key));
    return store->ops->get(store, key, value_out, entry_out);
}

enum status
store_list(struct store *store, const char *prefix, store_visit *visit,
           void *arg)
{
    if (strnlen(prefix, STORE_KEY + 1) > STORE_KEY)
        return OK;
    return store->ops->list(store, prefix, visit, arg);
}

enum status
store_commit(struct store *store, const struct store_change *changes,
             size_t count, uint64_t *revision_out)
{
    uint64_t revision;

    if (count == 0 || count > STORE_CHANGES)
        return fail(ERR_INVALID, "a commit has 1 to %d changes", STORE_CHANGES);
    for (size_t i = 0; i < count; i++)
        TRY(check_change(changes, i));
    TRY(store->ops->commit(store, changes, count, &revision));
    if (revision_out != NULL)
        *revision_out = revision;
    return OK;
}

enum status
store_lease_grant(struct store *store, int64_t ttl_ms, uint64_t *lease_out)
{
    /* Ten years: far enough from an overflow of the clock. */
    const int64_t longest_ms = 10LL * 366 * 24 * 3600 * 1000;

    if (ttl_ms <= 0 || ttl_ms > longest_ms)
        return fail(ERR_INVALID, "a lease of %lld ms", (long long)ttl_ms);
    return store->ops->lease_grant(store, ttl_ms, lease_out);
}

enum status
store_lease_renew(struct store *store, uint64_t lease)
{
    return store->ops->lease_renew(store, lease);
}

enum status
store_lease_revoke(struct store *store, uint64_t lease)
{
    return store->ops->lease_revoke(store, lease);
}

enum status
store_watch(struct store *store, const char *prefix, store_changed *changed,
            void *arg, struct store_watch **watch_out)
{
    if (strnlen(prefix, STORE_KEY + 1) > STORE_KEY)
        return fail(ERR_LIMIT, "a prefix of the store has over %d bytes",
                    STORE_KEY);
    return store->ops->watch(store, prefix, changed, arg, watch_out);
}

void
store_unwatch(struct store *store, struct store_watch **watch)
{
    if (*watch != NULL)
        store->ops->unwatch(store, *watch);
    *watch = NULL;
}

void
store_close(struct store **store)
{
    if (*store != NULL)
        (*store)->ops->close(*store);
    *store = NULL;
}
