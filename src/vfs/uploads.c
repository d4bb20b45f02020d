/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uploads.c - what the uploads of all sessions of a process share, and the two
 * threads that look after them.
 *
 * The renewer only keeps the leases, so that nothing slow delays it. The keeper
 * records what idles, hands over what another process wants, and reclaims.
 */
#include "vfs/upload_lock.h"

#include "base/random.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    KEEPER_MS = 1000,
    RELEASE_MS = 200,
    RECLAIM_MS = 60000,
    FIRST_RECLAIM_MS = 4000,
    BATCH = 64,
};

static void
read_boot_id(char *text, size_t size)
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, size - 1) : -1;

    if (fd >= 0)
        close(fd);
    while (n > 0 && text[n - 1] == '\n')
        n--;
    /* Not known: like no other machine, so no end is ever confirmed. */
    if (n <= 0)
        random_uuid(text);
    else
        text[n] = '\0';
}

/* ---- leases ---- */

static enum status
take_leases(struct uploads *all)
{
    const struct uploads_options *o = &all->options;
    char key[STORE_NAME];
    uint64_t life;
    uint64_t claims;
    int64_t now_ms = clock_now_ms(o->clock);

    TRY(store_lease_grant(o->store, o->lease_ms, &life));
    TRY(store_lease_grant(o->store, 2 * o->keep_ms + o->lease_ms, &claims));
    snprintf(key, sizeof key, "holders/%s", all->incarnation);
    struct store_change put = { .kind = STORE_PUT,
                                .key = key,
                                .value = str_of(all->node),
                                .lease = life,
                                .expected = STORE_ANY };
    TRY(store_commit(o->store, &put, 1, NULL));
    atomic_store(&all->life, life);
    atomic_store(&all->claims, claims);
    atomic_store(&all->alive_until_ms, now_ms + o->lease_ms);
    return OK;
}

/* Take a reference on each upload; returns how many (at most `room`), going on
 * from bucket *at. */
static size_t
pin_some(struct uploads *all, size_t *at, struct upload **pinned, size_t room)
{
    LOCK_SCOPE(&all->mutex);
    size_t count = 0;

    for (; *at < UPLOAD_BUCKETS && count < room; (*at)++)
        for (struct upload *u = all->table[*at]; u != NULL && count < room;
             u = u->next) {
            u->references++;
            pinned[count++] = u;
        }
    return count;
}

static void
for_each_upload(struct uploads *all, void (*visit)(struct upload *))
{
    struct upload *pinned[BATCH];
    size_t at = 0;

    while (at < UPLOAD_BUCKETS) {
        size_t count = pin_some(all, &at, pinned, BATCH);
        for (size_t i = 0; i < count; i++) {
            visit(pinned[i]);
            upload_unref(pinned[i]);
        }
    }
}

/* From now on its next write fails; whoever is inside the gate ends first. */
static bool
lose(struct upload *u)
{
    LOCK_SCOPE(&u->mutex);

    if (u->machine.state != UPLOAD_STAGED &&
        u->machine.state != UPLOAD_UNDECIDED &&
        u->machine.state != UPLOAD_FAILED)
        return false;
    machine_move(&u->machine, UPLOAD_LOST);
    return true;
}

/* The lease ran out: whose are the locks now? */
static void
check_lock(struct upload *u)
{
    AUTO(holding_done) struct holding h = HOLDING();
    char key[STORE_NAME];

    if (upload_state(u) == UPLOAD_OPENING)
        return;
    lock_name(&u->key, key);
    enum status status = lock_read(u->uploads, key, &h);
    if (status == OK && h.modified == u->revision)
        return;
    if ((status == OK || status == ERR_NOT_FOUND) && lose(u))
        upload_event(u, EVENT_UPLOAD_LOCK_LOST, 0,
                     "the node's lease had run out");
}

static void
renew(struct uploads *all)
{
    struct store *store = all->options.store;
    int64_t now_ms = clock_now_ms(all->options.clock);
    enum status status = store_lease_renew(store, atomic_load(&all->life));

    if (status == OK)
        status = store_lease_renew(store, atomic_load(&all->claims));
    if (status == OK)
        atomic_store(&all->alive_until_ms, now_ms + all->options.lease_ms);
    if (status != ERR_NOT_FOUND)
        return; /* the store is away: the lease may still hold */
    if (take_leases(all) == OK)
        for_each_upload(all, check_lock);
}

static bool
wait_to_stop(struct uploads *all)
{
    LOCK_SCOPE(&all->mutex);

    if (!all->stopping)
        thread_condition_wait(&all->wake_renewer, &all->mutex,
                              all->options.lease_ms / 3);
    return all->stopping;
}

static void *
run_renewer(void *arg)
{
    struct uploads *all = arg;

    while (!wait_to_stop(all))
        renew(all);
    return NULL;
}

/* ---- the keeper ---- */

static void
record_idle(struct upload *u)
{
    enum upload_state state = upload_enter(u);

    if (state == UPLOAD_STAGED && upload_record_is_due(u)) {
        enum status status = upload_record_now(u, true);
        if (status != OK)
            (void)!upload_failed(u, status);
    }
    upload_leave(u);
}

/* R5.2: another process wants it. Our session is told by its next write; what
 * it sent is kept for the newer one, and our lock ends with that. */
static void
hand_over(struct upload *u)
{
    pthread_mutex_lock(&u->mutex);
    bool wanted = u->evicted;
    u->evicted = false;
    pthread_mutex_unlock(&u->mutex);
    if (!wanted || !lose(u))
        return;
    upload_enter(u);
    upload_cut(u);
    upload_leave(u);
    upload_event(u, EVENT_UPLOAD_TAKEN_OVER, 0, "");
    LOCK_SCOPE(&u->uploads->mutex);
    uploads_unlist(u);
}

static bool
take_evictions(struct uploads *all)
{
    LOCK_SCOPE(&all->mutex);
    bool any = all->evictions;

    all->evictions = false;
    return any;
}

/* A short one when locks wait to be given back, else until one does; false
 * when it is time to stop. */
static bool
keeper_nap(struct uploads *all, bool *short_out)
{
    LOCK_SCOPE(&all->mutex);

    *short_out = all->released;
    all->released = false;
    all->keeper_dozes = !*short_out;
    if (!all->stopping)
        thread_condition_wait(&all->wake, &all->mutex,
                              *short_out ? RELEASE_MS : KEEPER_MS);
    all->keeper_dozes = false;
    return !all->stopping;
}

static void
look_after_uploads(struct uploads *all, int64_t *reclaimed_ms)
{
    int64_t now_ms = clock_now_ms(all->options.clock);

    for_each_upload(all, record_idle);
    if (now_ms - *reclaimed_ms >= RECLAIM_MS) {
        reclaim(all);
        *reclaimed_ms = now_ms;
    }
}

static void *
run_keeper(void *arg)
{
    struct uploads *all = arg;
    unsigned short_naps = 0;
    bool was_short;
    /* The first time soon: at the start some holders were too young to be
     * known as dead. */
    int64_t reclaimed_ms =
        clock_now_ms(all->options.clock) - RECLAIM_MS + FIRST_RECLAIM_MS;

    while (keeper_nap(all, &was_short)) {
        if (take_evictions(all))
            for_each_upload(all, hand_over);
        if (was_short)
            releases_flush(all);
        short_naps =
            was_short ? (short_naps + 1) % (KEEPER_MS / RELEASE_MS) : 0;
        if (short_naps == 0)
            look_after_uploads(all, &reclaimed_ms);
    }
    return NULL;
}

/* On a thread of the store's: only mark it and wake the keeper. */
static void
evicted(void *arg, const struct store_entry *entry)
{
    struct uploads *all = arg;
    uint64_t revision;
    char key[STORE_NAME];

    if (entry->modified == 0 ||
        !str_to_number(entry->value, UINT64_MAX, &revision))
        return;
    struct str name = entry->key;
    str_cut(&name, '/');
    str_cut(&name, '/');
    LOCK_SCOPE(&all->mutex);
    for (size_t i = 0; i < UPLOAD_BUCKETS; i++)
        for (struct upload *u = all->table[i]; u != NULL; u = u->next) {
            lock_name(&u->key, key);
            if (!str_is(name, key + sizeof "locks"))
                continue;
            pthread_mutex_lock(&u->mutex);
            u->evicted = true;
            pthread_mutex_unlock(&u->mutex);
            all->evictions = true;
            pthread_cond_signal(&all->wake);
        }
}

/* ---- start and stop ---- */

static enum status
join_store(struct uploads *all)
{
    char prefix[STORE_NAME];

    TRY(take_leases(all));
    snprintf(prefix, sizeof prefix, "evictions/%s/", all->incarnation);
    TRY(store_watch(all->options.store, prefix, evicted, all, &all->watch));
    return reclaim_at_start(all);
}

static enum status
start_threads(struct uploads *all)
{
    TRY(thread_start(&all->renewer, "uploads-lease", run_renewer, all));
    all->has_renewer = true;
    TRY(thread_start(&all->keeper, "uploads-keep", run_keeper, all));
    all->has_keeper = true;
    return OK;
}

static enum status
start(struct uploads *all)
{
    TRY(folder_syncs_new(&all->syncs));
    TRY(storages_new(&all->storages));
    TRY(join_store(all));
    return start_threads(all);
}

enum status
uploads_new(const struct uploads_options *options, struct uploads **uploads_out)
{
    struct uploads *all = calloc(1, sizeof *all);

    if (all == NULL)
        return fail(ERR_MEMORY, "no memory for uploads");
    all->options = *options;
    all->keep_ms = options->keep_ms;
    snprintf(all->node, sizeof all->node, "%s", options->node);
    all->options.node = all->node;
    random_bytes(&all->life, sizeof all->life);
    snprintf(all->incarnation, sizeof all->incarnation, "%016llx",
             (unsigned long long)atomic_load(&all->life));
    read_boot_id(all->boot, sizeof all->boot);
    pthread_mutex_init(&all->mutex, NULL);
    thread_condition_init(&all->changed);
    thread_condition_init(&all->wake);
    thread_condition_init(&all->wake_renewer);
    enum status status = start(all);
    if (status != OK)
        uploads_free(&all);
    else
        *uploads_out = all;
    return status;
}

static void
stop_threads(struct uploads *all)
{
    pthread_mutex_lock(&all->mutex);
    all->stopping = true;
    pthread_cond_signal(&all->wake);
    pthread_cond_signal(&all->wake_renewer);
    pthread_mutex_unlock(&all->mutex);
    if (all->has_keeper)
        pthread_join(all->keeper, NULL);
    if (all->has_renewer)
        pthread_join(all->renewer, NULL);
}

void
uploads_keep(struct uploads *all, int64_t keep_ms)
{
    all->keep_ms = keep_ms;
}

void
uploads_free(struct uploads **uploads)
{
    struct uploads *all = *uploads;

    if (all == NULL)
        return;
    store_unwatch(all->options.store, &all->watch);
    stop_threads(all);
    releases_flush(all);
    /* Locks that are still there name files that can be resumed: only the
     * sign of life goes. */
    if (atomic_load(&all->alive_until_ms) != 0)
        (void)!store_lease_revoke(all->options.store, atomic_load(&all->life));
    folder_syncs_free(&all->syncs);
    storages_free(&all->storages);
    scans_free(all);
    folders_made_free(all);
    noticed_free(all);
    pthread_mutex_destroy(&all->mutex);
    pthread_cond_destroy(&all->changed);
    pthread_cond_destroy(&all->wake);
    pthread_cond_destroy(&all->wake_renewer);
    free(all);
    *uploads = NULL;
}
