/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_claim.c - a name becomes ours: registry, lock, staging file.
 *
 * The common case is one commit that finds neither a lock nor a left-over, and
 * one file made. Everything else (a newer session, a dead process, a file to
 * go on with) is found out when that commit fails, and tried again.
 */
#include "vfs/upload_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    STEP_MS = 10,
    HAND_OVER_MS = 2000,
    START_CHECK_MS = 1000,
    TRIES = 64,
    OWN_CHANGES = 4,
    RIDERS = 8
};

struct claiming {
    struct upload *u;
    struct upload *previous; /* ended in this process, its gate is ours */
    enum claim claim;
    bool removes; /* CLAIM_REMOVE */
    char lock_key[STORE_NAME];
    uint64_t expected; /* of the lock, in the next commit */
    int64_t since_ms;  /* when that was tried */
    struct index_entry index;
    char old[STAGING_NAME];     /* of a holder of this account that ended */
    char other_key[STORE_NAME]; /* of another account's: to be indexed */
    char other_owner[VFS_NAME + 1];
    char other[STAGING_NAME];
    char eviction[2 * STORE_NAME]; /* a request that was put */
    int waited_ms;
    struct release riders[RIDERS]; /* locks to be given back with it */
    size_t rider_count;
};

static void
pause_ms(int ms)
{
    struct timespec t = { .tv_nsec = ms * 1000000L };

    nanosleep(&t, NULL);
}

/* uploads.mutex is held. Opening and committing ones are waited for. */
static bool
end_other(struct upload *other)
{
    LOCK_SCOPE(&other->mutex);

    if (other->machine.state != UPLOAD_UNDECIDED &&
        other->machine.state != UPLOAD_STAGED &&
        other->machine.state != UPLOAD_FAILED)
        return false;
    machine_move(&other->machine, UPLOAD_LOST);
    return true;
}

static enum status
busy(const struct upload *u)
{
    return fail(ERR_BUSY, "'%s' is being uploaded by somebody else",
                u->place.leaf);
}

/* R5.2, R5.3, R3.6 within this process. */
static enum status
enter_registry(struct claiming *c)
{
    struct uploads *all = c->u->uploads;
    int64_t until = clock_now_ms(clock_real()) + LOCK_WAIT_MS;
    struct upload *other;

    LOCK_SCOPE(&all->mutex);
    while ((other = uploads_find(all, &c->u->key)) != NULL) {
        if (strcmp(other->owner, c->u->owner) != 0 || c->u->exclusive ||
            (other->exclusive && other->by != c->u->by && !c->removes))
            return busy(c->u);
        if (end_other(other)) {
            other->references++;
            uploads_unlist(other);
            c->previous = other;
            break;
        }
        int64_t left_ms = until - clock_now_ms(clock_real());
        if (left_ms <= 0 ||
            !thread_condition_wait(&all->changed, &all->mutex, left_ms))
            return busy(c->u);
    }
    uploads_list(all, c->u);
    return OK;
}

static void
leave_registry(struct upload *u)
{
    LOCK_SCOPE(&u->uploads->mutex);

    uploads_unlist(u);
}

/* What becomes of the index entry of this account's left-over. */
static enum status
change_index(struct claiming *c, struct buffer *value,
             struct store_change *change)
{
    struct upload *u = c->u;

    *change = (struct store_change){ .kind = STORE_CHECK,
                                     .key = u->index_key,
                                     .expected = c->index.modified };
    u->indexed = c->claim == CLAIM_CONTENT && c->index.exists;
    if (c->claim == CLAIM_NEW && c->index.exists)
        change->kind = STORE_DELETE;
    if (c->claim == CLAIM_NEW || c->index.exists || c->old[0] == '\0')
        return OK;
    TRY(index_value(u->owner, u->place.folder_path, u->place.leaf, c->old,
                    clock_wall_ms(u->uploads->options.clock), value));
    change->kind = STORE_PUT;
    change->value = buffer_str(value);
    u->indexed = true;
    return OK;
}

static enum status
change_others_index(struct claiming *c, struct buffer *value,
                    struct store_change *change)
{
    struct upload *u = c->u;

    TRY(index_value(c->other_owner, u->place.folder_path, u->place.leaf,
                    c->other, clock_wall_ms(u->uploads->options.clock), value));
    *change = (struct store_change){ .kind = STORE_PUT,
                                     .key = c->other_key,
                                     .value = buffer_str(value),
                                     .expected = STORE_ANY };
    return OK;
}

/* A commit of unknown outcome: did it happen? */
static enum status
read_back(struct claiming *c)
{
    AUTO(holding_done) struct holding h = HOLDING();

    TRY(lock_read(c->u->uploads, c->lock_key, &h));
    if (!str_is(h.incarnation, c->u->uploads->incarnation) ||
        h.since_ms != c->since_ms)
        return fail(ERR_TIMEOUT, "the store did not answer in time");
    c->u->revision = h.modified;
    return OK;
}

static enum status
commit_lock(struct claiming *c)
{
    AUTO(buffer_done) struct buffer lock = BUFFER(ENTRY_MAX);
    AUTO(buffer_done) struct buffer index = BUFFER(ENTRY_MAX);
    AUTO(buffer_done) struct buffer other = BUFFER(ENTRY_MAX);
    char riders[RIDERS][STORE_NAME];
    struct store_change changes[OWN_CHANGES + RIDERS];
    struct uploads *all = c->u->uploads;
    size_t n = 2;

    c->since_ms = clock_wall_ms(all->options.clock);
    TRY(lock_value(c->u, &lock));
    changes[0] = (struct store_change){ .kind = STORE_PUT,
                                        .key = c->lock_key,
                                        .value = buffer_str(&lock),
                                        .lease = atomic_load(&all->claims),
                                        .expected = c->expected };
    TRY(change_index(c, &index, &changes[1]));
    if (c->other[0] != '\0')
        TRY(change_others_index(c, &other, &changes[n++]));
    if (c->eviction[0] != '\0')
        changes[n++] = (struct store_change){ .kind = STORE_DELETE,
                                              .key = c->eviction,
                                              .expected = STORE_ANY };
    releases_say(c->riders, c->rider_count, riders, &changes[n]);
    enum status status = store_commit(all->options.store, changes,
                                      n + c->rider_count, &c->u->revision);
    return status == ERR_TIMEOUT ? read_back(c) : status;
}

/* Another account's file stays for that account, if it can be resumed. */
static enum status
keep_others(struct claiming *c, const struct holding *h)
{
    struct left_file file;

    snprintf(c->other_owner, sizeof c->other_owner, "%.*s", STR_ARG(h->owner));
    enum status status = leftover_open(c->u->place.folder, h->staging,
                                       c->other_owner, c->u->place.leaf, &file);
    if (status == ERR_NOT_FOUND)
        return OK;
    TRY(status);
    close(file.fd);
    memcpy(c->other, h->staging, sizeof c->other);
    return leftover_name(c->other_owner, &c->u->key, c->other_key);
}

/* Ask the holder's process to let go; it answers by ending its lock. */
static enum status
evict(struct claiming *c, const struct holding *h)
{
    struct uploads *all = c->u->uploads;
    char revision[24];

    if (c->eviction[0] != '\0')
        return OK;
    snprintf(c->eviction, sizeof c->eviction, "evictions/%.*s/%s",
             STR_ARG(h->incarnation), c->lock_key + sizeof "locks");
    int len = snprintf(revision, sizeof revision, "%llu",
                       (unsigned long long)h->modified);
    struct store_change put = { .kind = STORE_PUT,
                                .key = c->eviction,
                                .value = str_from(revision, (size_t)len),
                                .lease = atomic_load(&all->life),
                                .expected = STORE_ANY };
    return store_commit(all->options.store, &put, 1, NULL);
}

static void
withdraw_eviction(struct claiming *c)
{
    struct store_change gone = { .kind = STORE_DELETE,
                                 .key = c->eviction,
                                 .expected = STORE_ANY };

    /* Its lease ends it in any case. */
    if (c->eviction[0] != '\0' &&
        store_commit(c->u->uploads->options.store, &gone, 1, NULL) == OK)
        c->eviction[0] = '\0';
}

/*
 * The holder did not let go: stopped, or unreachable. New content needs
 * nothing of it: with the right to commit, or the staging name itself, taken
 * away, its rename will find nothing (R5.4).
 */
static enum status
fence(struct claiming *c, const struct holding *h)
{
    int folder = c->u->place.folder;

    if (c->claim == CLAIM_CONTENT)
        return busy(c->u);
    int fd = openat(folder, h->staging, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT
                   ? OK
                   : fail_errno(errno, "cannot fence '%s'", c->u->place.leaf);
    enum status status = staging_hold(fd, COMMIT_BYTE) ? OK : busy(c->u);
    if (status == OK)
        staging_remove(folder, h->staging);
    close(fd);
    return status;
}

/* OK: look again; ERR_CONFLICT: try with c->expected; else refused. */
static enum status
meet_living(struct claiming *c, const struct holding *h, enum holder is)
{
    int limit_ms = is == HOLDER_COMMITS ? LOCK_WAIT_MS : HAND_OVER_MS;

    if (!str_is(h->owner, c->u->owner) || c->u->exclusive ||
        (h->exclusive && !c->removes))
        return busy(c->u);
    if (is != HOLDER_COMMITS)
        TRY(evict(c, h));
    if (c->waited_ms < limit_ms) {
        pause_ms(STEP_MS);
        c->waited_ms += STEP_MS;
        return OK;
    }
    if (is == HOLDER_COMMITS)
        return busy(c->u);
    TRY(fence(c, h));
    c->expected = h->modified;
    return ERR_CONFLICT;
}

static enum status
meet_holder(struct claiming *c, const struct holding *h)
{
    switch (holder_look(c->u->uploads, c->u->place.folder, h)) {
    case HOLDER_STARTS:
        if (!str_is(h->owner, c->u->owner) && c->waited_ms >= HAND_OVER_MS)
            return busy(c->u);
        pause_ms(STEP_MS);
        c->waited_ms += STEP_MS;
        return OK;
    case HOLDER_COMMITS: return meet_living(c, h, HOLDER_COMMITS);
    case HOLDER_LIVES: return meet_living(c, h, HOLDER_LIVES);
    case HOLDER_AWAY: return meet_living(c, h, HOLDER_AWAY);
    case HOLDER_UNSURE:
        /* Nobody can say that it has ended: only new content may fence it. */
        c->waited_ms = HAND_OVER_MS;
        return meet_living(c, h, HOLDER_UNSURE);
    case HOLDER_ENDED: break;
    }
    c->expected = h->modified;
    if (str_is(h->owner, c->u->owner))
        memcpy(c->old, h->staging, sizeof c->old);
    else
        TRY(keep_others(c, h));
    return ERR_CONFLICT;
}

/* The commit failed: find out why, until another try makes sense. */
static enum status
look_again(struct claiming *c)
{
    AUTO(holding_done) struct holding h = HOLDING();
    enum status status;

    do {
        c->old[0] = c->other[0] = '\0';
        status = lock_read(c->u->uploads, c->lock_key, &h);
        if (status == ERR_NOT_FOUND) {
            c->expected = STORE_ABSENT;
            status = ERR_CONFLICT;
        } else if (status == OK) {
            status = meet_holder(c, &h);
        }
    } while (status == OK);
    if (status != ERR_CONFLICT)
        return status;
    return index_read(c->u->uploads, c->u->index_key, &c->index);
}

/* With the locks of published uploads that wait to be given back; when they
 * are in the way, without. */
static enum status
commit_with_riders(struct claiming *c)
{
    struct uploads *all = c->u->uploads;

    c->rider_count = releases_take(all, c->riders, RIDERS);
    enum status status = commit_lock(c);
    if (status != ERR_CONFLICT || c->rider_count == 0)
        return status;
    releases_commit(all, c->riders, c->rider_count);
    c->rider_count = 0;
    return commit_lock(c);
}

static enum status
take_lock(struct claiming *c)
{
    enum status status = OK;
    struct release own;

    if (releases_take_of(c->u->uploads, &c->u->key, &own))
        c->expected = own.revision;
    if (c->previous != NULL) {
        c->expected = c->previous->revision;
        memcpy(c->old, c->previous->staging, sizeof c->old);
        status = index_read(c->u->uploads, c->u->index_key, &c->index);
    }
    for (int i = 0; i < TRIES && status == OK; i++) {
        status = commit_with_riders(c);
        if (status == OK) {
            c->u->at_once = i == 0 && c->previous == NULL;
            c->eviction[0] = '\0'; /* the commit took the request with it */
            return OK;
        }
        if (status == ERR_CONFLICT)
            status = look_again(c);
    }
    return status == OK ? busy(c->u) : status;
}

static void
tell_storage(const struct upload *u)
{
    const struct storage *s = u->storage;
    char details[160];

    snprintf(details, sizeof details,
             "records in %s; rename without replacing: %s; space reserved: "
             "%s; locks: %s",
             s->xattrs ? "extended attributes" : "files beside it",
             s->noreplace ? "yes" : "by a link", s->reserves ? "yes" : "no",
             s->locks ? "yes" : "no");
    upload_event(u, EVENT_STORAGE_PROBED, 0, details);
}

static enum status
set_storage(struct upload *u)
{
    struct stat is;
    bool is_new;

    if (fstat(u->fd, &is) != 0)
        return fail_errno(errno, "cannot look at a staging file");
    TRY(storage_of(u->uploads->storages, is.st_dev, u->place.folder,
                   &u->storage, &is_new));
    if (is_new)
        tell_storage(u);
    return OK;
}

static enum status
make_file(struct claiming *c)
{
    struct upload *u = c->u;
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;

    u->fd = openat(u->place.folder, u->staging, flags, 0600);
    if (u->fd < 0 && errno == EEXIST) {
        /* From before the store forgot its revisions: it is this name's. */
        staging_remove(u->place.folder, u->staging);
        u->fd = openat(u->place.folder, u->staging, flags, 0600);
    }
    if (u->fd < 0)
        return fail_errno(errno, "cannot make a staging file for '%s'",
                          u->place.leaf);
    if (!staging_hold(u->fd, LIFE_BYTE))
        return busy(u);
    TRY(set_storage(u));
    u->as_sidecar = !u->storage->xattrs;
    u->recorded_ms = clock_now_ms(u->uploads->options.clock);
    return OK;
}

/* Whoever found no staging file for long enough took us for dead. */
static enum status
check_start(struct claiming *c)
{
    AUTO(holding_done) struct holding h = HOLDING();
    struct uploads *all = c->u->uploads;
    int64_t now_ms = clock_wall_ms(all->options.clock);

    if (now_ms >= c->since_ms && now_ms - c->since_ms < START_CHECK_MS)
        return OK;
    enum status status = lock_read(all, c->lock_key, &h);
    if (status == ERR_NOT_FOUND ||
        (status == OK && h.modified != c->u->revision))
        return busy(c->u);
    return status;
}

/* Everything that is known of the bytes goes to the newer session. */
static void
inherit(struct upload *u, struct upload *from)
{
    u->fd = from->fd;
    from->fd = -1;
    u->storage = from->storage;
    received_done(&u->received);
    u->received = from->received;
    from->received = (struct received){ 0 };
    u->size = from->size;
    u->reserved = from->reserved;
    u->fresh = from->fresh;
    u->flushed = from->flushed;
    u->recorded = from->recorded;
    u->recorded_ms = from->recorded_ms;
    u->has_record = from->has_record;
    u->as_sidecar = from->as_sidecar;
    u->attributes = from->attributes;
    u->for_new = from->for_new;
    u->published = from->published;
}

static enum status
adopt_file(struct upload *u, const char *staging)
{
    struct left_file file;

    TRY(leftover_open(u->place.folder, staging, u->owner, u->place.leaf,
                      &file));
    uint64_t offset = file.record.offset;
    u->fd = file.fd;
    u->as_sidecar = file.as_sidecar;
    TRY(set_storage(u));
    /* Behind the durable offset nothing is sure. */
    if (ftruncate(u->fd, (off_t)offset) != 0)
        return fail_errno(errno, "cannot cut a left-over");
    u->received.prefix = u->size = u->recorded = offset;
    u->flushed = u->reserved = offset;
    u->has_record = true;
    u->recorded_ms = clock_now_ms(u->uploads->options.clock);
    u->attributes = file.record.attributes;
    u->published = file.record.published;
    return OK;
}

static enum status
update_index(struct upload *u)
{
    AUTO(buffer_done) struct buffer value = BUFFER(ENTRY_MAX);
    struct uploads *all = u->uploads;

    TRY(index_value(u->owner, u->place.folder_path, u->place.leaf, u->staging,
                    clock_wall_ms(all->options.clock), &value));
    struct store_change put = { .kind = STORE_PUT,
                                .key = u->index_key,
                                .value = buffer_str(&value),
                                .expected = STORE_ANY };
    TRY(store_commit(all->options.store, &put, 1, NULL));
    u->indexed = true;
    return OK;
}

/* R5.4: the file gets the name of the new revision, and so out of reach. */
static enum status
rename_staging(struct upload *u, const char *from)
{
    int folder = u->place.folder;

    if (renameat(folder, from, folder, u->staging) != 0)
        return fail_errno(errno, "cannot take over the upload of '%s'",
                          u->place.leaf);
    if (u->as_sidecar)
        TRY(record_rename(folder, from, u->staging));
    return u->has_record || u->indexed ? update_index(u) : OK;
}

/* Names of what may be left over, best first; the folder itself is asked when
 * the store knows nothing. */
struct candidates {
    const char *names[3];
    size_t count;
    char scanned[STAGING_NAME];
};

static void
find_candidates(const struct claiming *c, struct candidates *out)
{
    const struct upload *u = c->u;

    *out = (struct candidates){ 0 };
    if (c->old[0] != '\0')
        out->names[out->count++] = c->old;
    if (c->index.staging[0] != '\0')
        out->names[out->count++] = c->index.staging;
    if (out->count == 0 &&
        scan_for(u->uploads, &u->place, u->stem, out->scanned) == OK)
        out->names[out->count++] = out->scanned;
}

/* ERR_NOT_FOUND: there is nothing to go on with. */
static enum status
adopt(struct claiming *c)
{
    struct upload *u = c->u;
    struct candidates found;

    if (c->previous != NULL && c->previous->fd >= 0) {
        inherit(u, c->previous);
        return rename_staging(u, c->previous->staging);
    }
    find_candidates(c, &found);
    for (size_t i = 0; i < found.count; i++) {
        enum status status = adopt_file(u, found.names[i]);
        if (status == OK)
            return rename_staging(u, found.names[i]);
        if (status != ERR_NOT_FOUND)
            return status;
    }
    return fail(ERR_NOT_FOUND, "nothing is left over of '%s'", u->place.leaf);
}

/* R4.7: new content makes what was left over useless. Opening it first ends a
 * commit that a crash has cut. */
static void
discard_old(struct claiming *c)
{
    struct upload *u = c->u;
    struct candidates found;
    struct left_file file;

    if (c->previous != NULL) {
        staging_remove(u->place.folder, c->previous->staging);
        return;
    }
    find_candidates(c, &found);
    for (size_t i = 0; i < found.count; i++) {
        if (leftover_open(u->place.folder, found.names[i], u->owner,
                          u->place.leaf, &file) != OK)
            continue;
        upload_event(u, EVENT_UPLOAD_DISCARDED, file.record.offset,
                     "new content was begun");
        staging_remove(u->place.folder, found.names[i]);
        close(file.fd);
    }
}

static enum status
open_staging(struct claiming *c)
{
    struct upload *u = c->u;

    staging_name(u->stem, u->uploads->node, u->revision, u->staging);
    if (c->claim == CLAIM_CONTENT) {
        enum status status = adopt(c);
        if (status != ERR_NOT_FOUND)
            return status;
    } else {
        discard_old(c);
    }
    TRY(make_file(c));
    return check_start(c);
}

static enum status
claim_name(struct claiming *c)
{
    TRY(take_lock(c));
    enum status status = open_staging(c);
    if (status == OK)
        return OK;
    /* What cannot be opened now may be resumed later; a fresh file cannot. */
    if (c->u->fd >= 0 && !c->u->has_record)
        staging_remove(c->u->place.folder, c->u->staging);
    upload_release(c->u);
    return status;
}

static void
end_previous(struct claiming *c, enum status status)
{
    struct upload *previous = c->previous;

    if (previous == NULL)
        return;
    if (status != OK && previous->fd >= 0)
        upload_cut(previous);
    if (previous->fd >= 0) {
        close(previous->fd);
        previous->fd = -1;
    }
    upload_event(previous, EVENT_UPLOAD_TAKEN_OVER, 0, "");
    upload_leave(previous);
    upload_unref(previous);
}

enum status
upload_claim(struct uploader *by, const struct place *place,
             const struct place_key *key, enum claim claim,
             const struct vfs_open *how, struct upload **upload_out)
{
    struct claiming c = { .claim = claim, .removes = claim == CLAIM_REMOVE };

    if (c.removes)
        c.claim = CLAIM_NEW;

    TRY(upload_new(by, place, &c.u));
    c.u->key = *key;
    c.u->exclusive = how->flags & VFS_EXCLUSIVE;
    c.u->no_replace = c.u->exclusive;
    lock_name(key, c.lock_key);
    enum status status = leftover_name(c.u->owner, key, c.u->index_key);
    if (status == OK)
        status = staging_stem(c.u->owner, place->leaf, c.u->stem);
    if (status == OK)
        status = enter_registry(&c);
    if (status != OK) {
        upload_unref(c.u);
        return status;
    }
    if (c.previous != NULL)
        upload_enter(c.previous);
    status = claim_name(&c);
    withdraw_eviction(&c);
    end_previous(&c, status);
    if (status != OK) {
        leave_registry(c.u);
        upload_unref(c.u);
        return status;
    }
    *upload_out = c.u;
    return OK;
}

void
upload_release(struct upload *u)
{
    char key[STORE_NAME];

    lock_name(&u->key, key);
    struct store_change changes[] = {
        { .kind = STORE_DELETE, .key = key, .expected = u->revision },
        { .kind = STORE_DELETE, .key = u->index_key, .expected = STORE_ANY },
    };
    /* ERR_CONFLICT: somebody has taken it over, and then it is theirs. A store
     * that is away keeps a lock that all can see has no holder. */
    enum status status = store_commit(u->uploads->options.store, changes,
                                      u->indexed ? 2 : 1, NULL);
    if (status == OK)
        u->indexed = false;
}
