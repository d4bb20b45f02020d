/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_releases.c - the locks of published uploads, given back together.
 *
 * A commit of the store costs more than all else that a small file needs, so a
 * published upload's lock waits for the next claim's commit to take it along.
 * What no claim takes along the keeper gives back within RELEASE_MS. Each is
 * compared with its revision, so that a lock that somebody else has by now is
 * let be, and each is tried once: who finds one that stayed sees that its
 * staging file is gone (docs/decisions/0006-releasing-locks-in-batches.md).
 */
#include "vfs/staging.h"

void
releases_add(struct upload *u)
{
    struct release full[RELEASES_MAX];
    struct uploads *all = u->uploads;
    size_t count = 0;

    pthread_mutex_lock(&all->mutex);
    if (all->release_count == RELEASES_MAX) {
        memcpy(full, all->releases, sizeof full);
        count = RELEASES_MAX;
        all->release_count = 0;
    }
    all->releases[all->release_count++] =
        (struct release){ u->key, u->revision };
    all->released = true;
    if (all->keeper_dozes) {
        all->keeper_dozes = false;
        pthread_cond_signal(&all->wake);
    }
    pthread_mutex_unlock(&all->mutex);
    releases_commit(all, full, count);
}

size_t
releases_take(struct uploads *all, struct release *out, size_t room)
{
    LOCK_SCOPE(&all->mutex);
    size_t count = all->release_count < room ? all->release_count : room;

    all->release_count -= count;
    memcpy(out, &all->releases[all->release_count], count * sizeof *out);
    return count;
}

bool
releases_take_of(struct uploads *all, const struct place_key *key,
                 struct release *out)
{
    LOCK_SCOPE(&all->mutex);

    for (size_t i = 0; i < all->release_count; i++) {
        struct release *at = &all->releases[i];
        if (memcmp(at->key.hash, key->hash, PLACE_KEY) != 0)
            continue;
        *out = *at;
        *at = all->releases[--all->release_count];
        return true;
    }
    return false;
}

void
releases_say(const struct release *releases, size_t count,
             char keys[][STORE_NAME], struct store_change *changes)
{
    for (size_t i = 0; i < count; i++) {
        lock_name(&releases[i].key, keys[i]);
        changes[i] = (struct store_change){ .kind = STORE_DELETE,
                                            .key = keys[i],
                                            .expected = releases[i].revision };
    }
}

void
releases_commit(struct uploads *all, const struct release *releases,
                size_t count)
{
    char keys[RELEASES_MAX][STORE_NAME];
    struct store_change changes[RELEASES_MAX];

    if (count == 0)
        return;
    releases_say(releases, count, keys, changes);
    enum status status = store_commit(all->options.store, changes, count, NULL);
    /* One of them is somebody else's by now; the others are still to go. */
    for (size_t i = 0; i < count && count > 1 && status == ERR_CONFLICT; i++)
        (void)!store_commit(all->options.store, &changes[i], 1, NULL);
}

void
releases_flush(struct uploads *all)
{
    struct release some[RELEASES_MAX];

    releases_commit(all, some, releases_take(all, some, RELEASES_MAX));
}

void
releases_settle(struct uploads *all, const struct place_key *key)
{
    struct release own;

    if (releases_take_of(all, key, &own))
        releases_commit(all, &own, 1);
}
