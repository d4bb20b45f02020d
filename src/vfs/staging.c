/* SPDX-License-Identifier: Apache-2.0 */
/* staging.c - one upload's life, its gate, and where it is listed. */
#include "vfs/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct machine_move moves[] = {
    /* clang-format off */
    { UPLOAD_OPENING,    UPLOAD_UNDECIDED,  "a left-over is there; the first write decides" },
    { UPLOAD_OPENING,    UPLOAD_STAGED,     "the lock is ours and the staging file open" },
    { UPLOAD_OPENING,    UPLOAD_CUT,        "it could not be opened" },
    { UPLOAD_UNDECIDED,  UPLOAD_STAGED,     "the first write decided" },
    { UPLOAD_UNDECIDED,  UPLOAD_FAILED,     "a sync or a size change failed" },
    { UPLOAD_UNDECIDED,  UPLOAD_LOST,       "a newer session took it over" },
    { UPLOAD_UNDECIDED,  UPLOAD_ORPHANED,   "its session removed the name" },
    { UPLOAD_UNDECIDED,  UPLOAD_CUT,        "the session ended before a write" },
    { UPLOAD_STAGED,     UPLOAD_COMMITTING, "its CLOSE was read" },
    { UPLOAD_STAGED,     UPLOAD_FAILED,     "a write, a size change or a sync failed" },
    { UPLOAD_STAGED,     UPLOAD_LOST,       "a newer session took it over" },
    { UPLOAD_STAGED,     UPLOAD_ORPHANED,   "its session removed the name" },
    { UPLOAD_STAGED,     UPLOAD_CUT,        "the session ended before its CLOSE" },
    { UPLOAD_COMMITTING, UPLOAD_PUBLISHED,  "it is on the disk under its name" },
    { UPLOAD_COMMITTING, UPLOAD_FAILED,     "it could not be published" },
    { UPLOAD_COMMITTING, UPLOAD_LOST,       "its staging file was taken away" },
    { UPLOAD_FAILED,     UPLOAD_LOST,       "a newer session took it over" },
    { UPLOAD_FAILED,     UPLOAD_ORPHANED,   "its session removed the name" },
    { UPLOAD_FAILED,     UPLOAD_CUT,        "what was contiguous is kept" },
    /* clang-format on */
};

static enum status
copy_place(const struct place *from, struct place *to)
{
    *to = *from;
    to->folder_path = strdup(from->folder_path);
    to->folder = fcntl(from->folder, F_DUPFD_CLOEXEC, 0);
    if (to->folder_path == NULL)
        return fail(ERR_MEMORY, "no memory for an upload");
    if (to->folder < 0)
        return fail_errno(errno, "cannot keep a folder open");
    return OK;
}

static void
upload_free(struct upload *u)
{
    if (u->fd >= 0)
        close(u->fd);
    if (u->place.folder >= 0)
        close(u->place.folder);
    free((void *)(uintptr_t)u->place.folder_path);
    received_done(&u->received);
    pthread_mutex_destroy(&u->mutex);
    pthread_cond_destroy(&u->left);
    free(u);
}

enum status
upload_new(struct uploader *by, const struct place *place,
           struct upload **upload_out)
{
    struct upload *u = calloc(1, sizeof *u);

    if (u == NULL)
        return fail(ERR_MEMORY, "no memory for an upload");
    u->uploads = by->uploads;
    u->by = by;
    u->references = 1;
    u->fd = -1;
    u->place.folder = -1;
    u->machine = (struct machine){ moves, sizeof moves / sizeof moves[0],
                                   UPLOAD_OPENING };
    snprintf(u->owner, sizeof u->owner, "%s", by->options.owner);
    pthread_mutex_init(&u->mutex, NULL);
    thread_condition_init(&u->left);
    enum status status = copy_place(place, &u->place);
    if (status != OK)
        upload_free(u);
    else
        *upload_out = u;
    return status;
}

void
upload_unref(struct upload *u)
{
    struct uploads *all = u->uploads;

    pthread_mutex_lock(&all->mutex);
    bool last = --u->references == 0;
    pthread_mutex_unlock(&all->mutex);
    if (last)
        upload_free(u);
}

enum upload_state
upload_enter(struct upload *u)
{
    LOCK_SCOPE(&u->mutex);

    while (u->busy)
        pthread_cond_wait(&u->left, &u->mutex);
    u->busy = true;
    return (enum upload_state)u->machine.state;
}

void
upload_leave(struct upload *u)
{
    LOCK_SCOPE(&u->mutex);

    u->busy = false;
    pthread_cond_broadcast(&u->left);
}

enum upload_state
upload_state(struct upload *u)
{
    LOCK_SCOPE(&u->mutex);

    return (enum upload_state)u->machine.state;
}

bool
upload_move(struct upload *u, enum upload_state to)
{
    LOCK_SCOPE(&u->mutex);

    if (u->machine.state == UPLOAD_LOST)
        return false;
    machine_move(&u->machine, (int)to);
    return true;
}

enum status
upload_failed(struct upload *u, enum status why)
{
    u->failure = why;
    snprintf(u->why, sizeof u->why, "%s", fail_reason());
    if (upload_state(u) != UPLOAD_FAILED)
        upload_move(u, UPLOAD_FAILED);
    return fail(why, "%s", u->why);
}

enum status
upload_refuse(struct upload *u, enum upload_state state)
{
    if (state == UPLOAD_LOST)
        return fail(ERR_BUSY,
                    "a newer session has taken over the upload of "
                    "'%s'",
                    u->place.leaf);
    if (u->failure != OK)
        return fail(u->failure, "the upload of '%s' has failed before: %s",
                    u->place.leaf, u->why);
    return fail(ERR_IO, "the upload of '%s' is over", u->place.leaf);
}

static struct upload **
bucket_of(struct uploads *all, const struct place_key *key)
{
    uint32_t number;

    memcpy(&number, key->hash, sizeof number);
    return &all->table[number % UPLOAD_BUCKETS];
}

struct upload *
uploads_find(struct uploads *all, const struct place_key *key)
{
    struct upload *u = *bucket_of(all, key);

    while (u != NULL && memcmp(u->key.hash, key->hash, PLACE_KEY) != 0)
        u = u->next;
    return u;
}

void
uploads_list(struct uploads *all, struct upload *u)
{
    struct upload **bucket = bucket_of(all, &u->key);

    u->next = *bucket;
    *bucket = u;
    u->listed = true;
}

void
uploads_unlist(struct upload *u)
{
    if (!u->listed)
        return;
    struct upload **at = bucket_of(u->uploads, &u->key);
    while (*at != u)
        at = &(*at)->next;
    *at = u->next;
    u->listed = false;
    pthread_cond_broadcast(&u->uploads->changed);
}

void
upload_event(const struct upload *u, enum event_id id, uint64_t size,
             const char *about)
{
    struct events *events = u->uploads->options.events;
    char path[VFS_PATH * 2];

    if (events == NULL)
        return;
    snprintf(path, sizeof path, "%s/%s", u->place.folder_path, u->place.leaf);
    struct event_subject subject = { "", "", "", u->owner, "", "", 0, "" };
    struct event_field fields[] = {
        EVENT_TEXT("path", str_of(path)),
        EVENT_NUMBER("offset", size),
        EVENT_NUMBER("size", size),
        EVENT_TEXT("account", str_of(u->owner)),
        EVENT_TEXT("reason", str_of(about)),
        EVENT_TEXT("details", str_of(about)),
    };
    event_emit(events, id, &subject, fields, sizeof fields / sizeof fields[0]);
}
