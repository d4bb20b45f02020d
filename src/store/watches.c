/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watches.c - tells whoever watches which keys have changed.
 *
 * Changed keys wait in a sorted set, each once, until the thread reads what
 * they are now and calls the watches. No lock is held during such a call, and
 * the watch that is being called is marked, so that unwatching it can wait.
 * A store that others write to as well is compared with what each watch knew:
 * that needs no journal, so a commit pays nothing for watches elsewhere.
 */
#include "base/thread.h"
#include "store/store_private.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    LOOK_MS = 100,        /* between ticks while somebody watches */
    REST_MS = 1000,       /* and while nobody does */
    MOST_WAITING = 65536, /* keys; beyond that all is compared */
};

struct store_watch {
    struct store_watch *next;
    char *prefix;
    store_changed *changed;
    void *arg;
    struct listing known; /* used by the thread only, once it is in the list */
    bool is_ending;       /* not to be called any more */
};

struct watches {
    struct store *store;
    pthread_t thread;
    atomic_size_t count;  /* of watches, to be looked at without the lock */
    pthread_mutex_t lock; /* guards all below; the last in the lock order */
    pthread_cond_t wake;  /* something for the thread to do */
    pthread_cond_t idle;  /* `running` changed */
    struct store_watch *first;
    struct store_watch *running; /* being called, or compared */
    char **waiting;              /* sorted */
    size_t waiting_count;
    size_t waiting_room;
    bool overflowed; /* a key did not fit: compare all */
    bool in_trouble; /* the store did not answer: do not ask at once again */
    bool stopping;
};

/* Where the key is, or belongs, among those that wait. */
static size_t
find_waiting(const struct watches *w, const char *key, bool *found_out)
{
    size_t low = 0;
    size_t high = w->waiting_count;

    *found_out = false;
    while (low < high && !*found_out) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(key, w->waiting[middle]);
        *found_out = order == 0;
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool
make_room(struct watches *w)
{
    size_t room = w->waiting_room == 0 ? 64 : w->waiting_room * 2;
    char **waiting;

    if (w->waiting_count < w->waiting_room)
        return true;
    if (room > MOST_WAITING)
        return false;
    waiting = reallocarray(w->waiting, room, sizeof *waiting);
    if (waiting == NULL)
        return false;
    w->waiting = waiting;
    w->waiting_room = room;
    return true;
}

static void
add_waiting(struct watches *w, const char *key)
{
    bool found;
    size_t at = find_waiting(w, key, &found);
    char *copy;

    if (found)
        return;
    if (!make_room(w) || (copy = strdup(key)) == NULL) {
        w->overflowed = true;
        return;
    }
    memmove(&w->waiting[at + 1], &w->waiting[at],
            (w->waiting_count - at) * sizeof *w->waiting);
    w->waiting[at] = copy;
    w->waiting_count++;
}

static bool
is_watched(const struct store_watch *watch, const char *key)
{
    return strncmp(key, watch->prefix, strlen(watch->prefix)) == 0;
}

void
watches_note(struct watches *w, const char *key)
{
    if (atomic_load(&w->count) == 0)
        return;
    LOCK_SCOPE(&w->lock);
    for (struct store_watch *watch = w->first; watch; watch = watch->next)
        if (is_watched(watch, key)) {
            add_waiting(w, key);
            pthread_cond_signal(&w->wake);
            return;
        }
}

/* Let go of the lock for what is done with `watch`; it stays in the list. */
static void
begin_running(struct watches *w, struct store_watch *watch)
{
    w->running = watch;
    pthread_mutex_unlock(&w->lock);
}

static void
end_running(struct watches *w)
{
    pthread_mutex_lock(&w->lock);
    w->running = NULL;
    pthread_cond_broadcast(&w->idle);
}

/* Call every watch of the key; the lock is held, but not during the calls. */
static void
tell(struct watches *w, const struct store_entry *entry)
{
    for (struct store_watch *it = w->first; it != NULL; it = it->next) {
        if (it->is_ending || !is_watched(it, entry->key.data))
            continue;
        begin_running(w, it);
        it->changed(it->arg, entry);
        end_running(w);
    }
}

/* Read what the key is now, and tell; without the lock. */
static void
tell_key(struct watches *w, const char *key)
{
    AUTO(buffer_done) struct buffer value = BUFFER(STORE_VALUE);
    struct store_entry entry = { 0 };
    enum status status = w->store->ops->get(w->store, key, &value, &entry);

    LOCK_SCOPE(&w->lock);
    if (status != OK && status != ERR_NOT_FOUND) {
        add_waiting(w, key);
        w->in_trouble = true;
        return;
    }
    if (status == ERR_NOT_FOUND)
        entry = (struct store_entry){ 0 };
    entry.key = str_of(key);
    entry.value = status == OK ? buffer_str(&value) : STR_NONE;
    tell(w, &entry);
}

static void
tell_waiting(struct watches *w)
{
    char **waiting;
    size_t count;

    pthread_mutex_lock(&w->lock);
    waiting = w->waiting;
    count = w->waiting_count;
    w->waiting = NULL;
    w->waiting_count = w->waiting_room = 0;
    pthread_mutex_unlock(&w->lock);

    for (size_t i = 0; i < count; i++) {
        tell_key(w, waiting[i]);
        free(waiting[i]);
    }
    free(waiting);
}

static enum status
add_known(void *arg, const struct store_entry *entry)
{
    return listing_add(arg, entry, false);
}

/* Note every key that differs between the two; the lock is held. */
static void
note_differences(struct watches *w, const struct listing *old,
                 const struct listing *now)
{
    size_t i = 0;
    size_t j = 0;

    while (i < old->count || j < now->count) {
        int order = i == old->count   ? 1
                    : j == now->count ? -1
                                      : strcmp(old->entries[i].key.data,
                                               now->entries[j].key.data);
        if (order != 0 || old->entries[i].modified != now->entries[j].modified)
            add_waiting(w, order > 0 ? now->entries[j].key.data
                                     : old->entries[i].key.data);
        i += order <= 0;
        j += order >= 0;
    }
}

/* Compare with what every watch knew; false when the store would not list. */
static bool
compare_all(struct watches *w)
{
    bool all = true;

    pthread_mutex_lock(&w->lock);
    w->overflowed = false;
    for (struct store_watch *it = w->first; it != NULL; it = it->next) {
        struct listing now = { 0 };
        begin_running(w, it);
        bool listed =
            w->store->ops->list(w->store, it->prefix, add_known, &now) == OK;
        end_running(w);
        if (listed) {
            note_differences(w, &it->known, &now);
            listing_done(&it->known);
            it->known = now;
        } else {
            listing_done(&now);
            all = false;
        }
    }
    pthread_mutex_unlock(&w->lock);
    return all;
}

/* Wait for keys or for the next tick; false when the thread shall end. */
static bool
wait_for_work(struct watches *w, bool *overflowed_out)
{
    LOCK_SCOPE(&w->lock);
    if (!w->stopping && (w->waiting_count == 0 || w->in_trouble))
        (void)thread_condition_wait(&w->wake, &w->lock,
                                    w->first != NULL ? LOOK_MS : REST_MS);
    *overflowed_out = w->overflowed;
    w->in_trouble = false;
    return !w->stopping;
}

static void *
run(void *arg)
{
    struct watches *w = arg;
    int64_t next_look_ms = 0;
    bool overflowed;
    bool compare = false;

    while (wait_for_work(w, &overflowed)) {
        int64_t now_ms = clock_now_ms(clock_real());
        if (now_ms >= next_look_ms) {
            compare |= w->store->ops->tick(w->store);
            next_look_ms = now_ms + LOOK_MS;
        }
        if (compare || overflowed)
            compare = !compare_all(w);
        tell_waiting(w);
    }
    return NULL;
}

enum status
watches_new(struct store *store, struct watches **out)
{
    struct watches *w = calloc(1, sizeof *w);

    if (w == NULL)
        return fail(ERR_MEMORY, "no memory for watches");
    w->store = store;
    pthread_mutex_init(&w->lock, NULL);
    thread_condition_init(&w->wake);
    thread_condition_init(&w->idle);
    *out = w;
    enum status status = thread_start(&w->thread, "store", run, w);
    if (status != OK) {
        free(w);
        *out = NULL;
    }
    return status;
}

void
watches_free(struct watches **watches)
{
    struct watches *w = *watches;

    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    for (size_t i = 0; i < w->waiting_count; i++)
        free(w->waiting[i]);
    free(w->waiting);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->wake);
    pthread_cond_destroy(&w->idle);
    free(w);
    *watches = NULL;
}

static void
watch_free(struct store_watch *watch)
{
    listing_done(&watch->known);
    free(watch->prefix);
    free(watch);
}

enum status
watches_watch(struct store *store, const char *prefix, store_changed *changed,
              void *arg, struct store_watch **watch_out)
{
    struct watches *w = store->watches;
    struct store_watch *watch = calloc(1, sizeof *watch);

    if (watch == NULL || (watch->prefix = strdup(prefix)) == NULL) {
        free(watch);
        return fail(ERR_MEMORY, "no memory for a watch");
    }
    watch->changed = changed;
    watch->arg = arg;
    enum status status =
        store->ops->list(store, prefix, add_known, &watch->known);
    if (status != OK) {
        watch_free(watch);
        return status;
    }
    LOCK_SCOPE(&w->lock);
    watch->next = w->first;
    w->first = watch;
    atomic_fetch_add(&w->count, 1);
    pthread_cond_signal(&w->wake);
    *watch_out = watch;
    return OK;
}

void
watches_unwatch(struct store *store, struct store_watch *watch)
{
    struct watches *w = store->watches;
    struct store_watch **link = &w->first;

    pthread_mutex_lock(&w->lock);
    watch->is_ending = true;
    while (w->running == watch)
        pthread_cond_wait(&w->idle, &w->lock);
    while (*link != watch)
        link = &(*link)->next;
    *link = watch->next;
    atomic_fetch_sub(&w->count, 1);
    pthread_mutex_unlock(&w->lock);
    watch_free(watch);
}
