/* SPDX-License-Identifier: Apache-2.0 */
/*
 * staging.h - an upload on its way, for the files that move it along.
 *
 *   OPENING -> UNDECIDED -> STAGED -> COMMITTING -> PUBLISHED
 *                 |            |  \         |
 *                 |            |   FAILED <-+
 *                 |            |     |
 *                 +------------+-----+----> LOST, ORPHANED, CUT
 *
 * One struct upload is shared by all handles that one session has on a name.
 * The session's thread writes and publishes; others only take it over, put it
 * out of the way, or record its durable offset while it idles. Whoever works
 * on the bytes is inside the gate (upload_enter), one at a time, without a
 * lock over the work. Order of locks: uploads.mutex, then upload.mutex; none
 * of them is held while a disk or the store works.
 */
#pragma once

#include "base/clock.h"
#include "base/machine.h"
#include "base/thread.h"
#include "vfs/folder_sync.h"
#include "vfs/storage_probe.h"
#include "vfs/upload_private.h"
#include "vfs/upload_received.h"
#include "vfs/upload_record.h"

#include <stdatomic.h>

enum {
    UPLOAD_BUCKETS = 1024,
    TOLD_MAX = 1024,
    NOTICED_MAX = 64,
    LOCK_WAIT_MS = 10000,
    RELEASES_MAX = 32,
};

enum upload_state {
    UPLOAD_OPENING,
    UPLOAD_UNDECIDED, /* over a left-over: the first write decides (R1.3) */
    UPLOAD_STAGED,
    UPLOAD_COMMITTING,
    UPLOAD_PUBLISHED,
    UPLOAD_FAILED,   /* can never publish; what is contiguous is kept */
    UPLOAD_LOST,     /* somebody else's now */
    UPLOAD_ORPHANED, /* this session removed its name: publishes nothing */
    UPLOAD_CUT,      /* kept for resuming, or gone; over for this session */
};

struct upload {
    struct upload *next; /* in its bucket; uploads.mutex guards it */
    bool listed;         /* uploads.mutex */
    unsigned references; /* uploads.mutex: session, keeper, newcomer */
    struct uploads *uploads;
    struct uploader *by;     /* whose handles have it */
    struct upload *own_next; /* the session's list; its thread only */
    unsigned handles;        /* its thread only */
    unsigned writers;        /* of them, open for writing and not closed */

    struct place place; /* descriptor and path are the upload's own */
    struct place_key key;
    char owner[VFS_NAME + 1];
    char stem[STAGING_NAME]; /* of the staging name */
    char index_key[STORE_NAME];
    bool exclusive; /* opened X: not taken over while its session lives */

    pthread_mutex_t mutex; /* guards the next four */
    pthread_cond_t left;   /* the gate is free */
    struct machine machine;
    bool busy;    /* somebody is inside the gate */
    bool evicted; /* another process wants it: hand it over (R5.2) */

    /* Only inside the gate: */
    char staging[STAGING_NAME];
    uint64_t revision; /* of the lock */
    int fd;            /* -1 when it was handed on */
    const struct storage *storage;
    struct received received;
    uint64_t size;       /* of the staging file, as the session sees it */
    uint64_t reserved;   /* space is reserved up to here */
    uint64_t fresh;      /* bytes since the last record */
    uint64_t flushed;    /* writeback was started up to here */
    uint64_t recorded;   /* the durable offset */
    int64_t recorded_ms; /* when */
    bool has_record;
    bool as_sidecar; /* the record is one */
    bool indexed;    /* leftovers/… names it */
    bool size_was_set;
    bool keeps_tail; /* R1.3: bytes of the published file go behind it */
    bool no_replace; /* publish only if the name is free */
    bool wrote;      /* a write or a size has come in */
    bool resumed;    /* it went on with a left-over */
    bool at_once;    /* the claim met nobody: it has not waited */
    struct published published;       /* there when it began */
    struct vfs_attributes attributes; /* SETSTAT and FSETSTAT: they win */
    struct vfs_attributes for_new;    /* OPEN: for a new name only */
    enum status failure;
    char why[256];
};

/* R1.6, R4.3: what a session was told, or may not be told, about a place. */
struct told {
    struct place_key key;
    uint64_t size; /* 0: after a failed CLOSE nothing is told */
};

struct uploader {
    struct disk_options options; /* texts are copies */
    struct uploads *uploads;
    struct upload *own;
    struct told *told; /* a ring of TOLD_MAX */
    size_t told_count;
    size_t told_next;
    struct disk_edit *edits;
};

/* A lock of this process that is of no more use. */
struct release {
    struct place_key key;
    uint64_t revision;
};

struct made_folder;
struct scanned_folder;
struct noticed;

struct uploads {
    struct uploads_options options;
    _Atomic int64_t keep_ms;
    char node[VFS_NAME + 1];
    char incarnation[17];
    char boot[48];
    struct folder_syncs *syncs;
    struct storages *storages;

    pthread_mutex_t mutex;  /* guards all below but the atomics */
    pthread_cond_t changed; /* an upload was opened, published or ended */
    struct upload *table[UPLOAD_BUCKETS];
    _Atomic uint64_t life;          /* lease: this process lives */
    _Atomic uint64_t claims;        /* lease: its locks, which outlive it */
    _Atomic int64_t alive_until_ms; /* the lease is known to hold so long */
    struct made_folder *made;
    size_t made_count;
    struct scanned_folder *scanned;
    size_t scanned_count;
    struct noticed *noticed[NOTICED_MAX];
    size_t noticed_count;
    struct release releases[RELEASES_MAX]; /* upload_releases.c */
    size_t release_count;
    bool released;     /* since the keeper looked */
    bool keeper_dozes; /* to be woken by a release */
    bool stopping;
    bool evictions; /* some upload was evicted: the keeper has work */
    pthread_cond_t wake;
    pthread_cond_t wake_renewer;
    pthread_t keeper;
    pthread_t renewer;
    bool has_keeper, has_renewer;
    struct store_watch *watch;

    atomic_uint committing; /* uploads in COMMITTING: zero is the fast path */
    atomic_uint made_any;   /* folders in `made` */
};

/* staging.c: life, gate, registry */
MUST_CHECK enum status upload_new(struct uploader *, const struct place *,
                                  struct upload **upload_out);
void upload_unref(struct upload *);
/* Wait until nobody else works on it; the state then. */
enum upload_state upload_enter(struct upload *);
void upload_leave(struct upload *);
enum upload_state upload_state(struct upload *);
/* Inside the gate: move, unless another has ended it meanwhile (false). */
bool upload_move(struct upload *, enum upload_state to);
/* Inside the gate: remember the failure and never publish (R2.6). */
MUST_CHECK enum status upload_failed(struct upload *, enum status);
/* The failure that everything gets from now on. */
MUST_CHECK enum status upload_refuse(struct upload *, enum upload_state);
struct upload *uploads_find(struct uploads *, const struct place_key *);
void uploads_list(struct uploads *, struct upload *);
void uploads_unlist(struct upload *);
/* `about` goes into the event's sentence as its reason or details. */
void upload_event(const struct upload *, enum event_id, uint64_t size,
                  const char *about);

/* upload_claim.c: the name is ours, its lock and its staging file */
enum claim {
    CLAIM_NEW,     /* what was left over is discarded */
    CLAIM_CONTENT, /* it is gone on with */
    CLAIM_REMOVE,  /* as new, and no upload of the account may stay (R4.8) */
};
MUST_CHECK enum status upload_claim(struct uploader *, const struct place *,
                                    const struct place_key *, enum claim,
                                    const struct vfs_open *how,
                                    struct upload **upload_out);
/* Give the lock back, with the index entry when it is of no more use. */
void upload_release(struct upload *);

/* upload_releases.c: locks of published uploads, given back together. None of
 * these may be called with uploads.mutex held. */
void releases_add(struct upload *);
/* Take up to `room` out of the queue, for a commit that has room for them. */
size_t releases_take(struct uploads *, struct release *out, size_t room);
/* Take the name's own out, before it is claimed again. */
bool releases_take_of(struct uploads *, const struct place_key *,
                      struct release *out);
void releases_say(const struct release *, size_t count, char keys[][STORE_NAME],
                  struct store_change *changes);
/* Now, each once; at most RELEASES_MAX. */
void releases_commit(struct uploads *, const struct release *, size_t count);
void releases_flush(struct uploads *);
/* No lock of an upload that is over stays under the name. */
void releases_settle(struct uploads *, const struct place_key *);

/* upload_write.c: inside the gate */
struct upload_input {
    struct str bytes; /* or only their number, when they are in */
    int pipe;         /* this pipe; -1: they are not */
};
MUST_CHECK enum status upload_write_bytes(struct upload *, uint64_t offset,
                                          const struct upload_input *);
MUST_CHECK enum status upload_set_size(struct upload *, uint64_t size);
/* Forget all that was received and start over (new content). */
MUST_CHECK enum status upload_start_over(struct upload *);

/* upload_durable.c: inside the gate */
MUST_CHECK enum status upload_sync_bytes(struct upload *);
/* Sync, then record the prefix (R2.3). */
MUST_CHECK enum status upload_record_now(struct upload *, bool background);
bool upload_record_is_due(const struct upload *);
/* Bytes from `size` on are about to change: the record goes first. */
MUST_CHECK enum status upload_lower_record(struct upload *, uint64_t size);
/* R3.5: from now on a crash means to repeat the copy. */
MUST_CHECK enum status upload_record_copying(struct upload *);
/* End of the session's part: keep what is contiguous, or remove it. */
void upload_cut(struct upload *);
void upload_discard(struct upload *);

/* upload_publish.c */
MUST_CHECK enum status upload_publish(struct upload *);
/* Copy a staged file into a published inode with several links (R3.5). */
MUST_CHECK enum status upload_copy_into(int from, int into,
                                        const struct record *, bool synced);
MUST_CHECK enum status upload_copy(int from, int into, uint64_t start,
                                   uint64_t end);

/* upload_leftover.c */
struct leftover {
    bool running; /* in another session of this process */
    char staging[STAGING_NAME];
    uint64_t durable;
    struct record record;
};
/* What this account has left over under a name (R4); `scan`: look through the
 * folder when the store knows nothing. ERR_NOT_FOUND. */
MUST_CHECK enum status leftover_find(struct uploader *, const struct place *,
                                     const struct place_key *, bool scan,
                                     struct leftover *out);
/* Open and check a staging file that nobody holds, and hold it. ERR_NOT_FOUND
 * when it is no left-over of `owner` under the leaf (NULL: of whoever, under
 * whichever its record names); it is removed when it can be of no use to
 * anybody, and a copy that a crash cut (R3.5) is carried out. */
struct left_file {
    struct record record;
    bool as_sidecar;
    int fd;
};
MUST_CHECK enum status leftover_open(int folder, const char *staging,
                                     const char *owner, const char *leaf,
                                     struct left_file *out);
/* Remove a staging file and its sidecar. */
void staging_remove(int folder, const char *staging);
bool published_changed(const struct record *, const struct stat *now);
void published_of(const struct stat *, struct published *out);
uint64_t told_of(const struct uploader *, const struct place_key *);
void tell(struct uploader *, const struct place_key *, uint64_t size);
bool may_tell(const struct uploader *, const struct place_key *);
struct upload *own_find(struct uploader *, const struct place *);

/* upload_scan.c: left-overs that only the storage knows */
void scans_free(struct uploads *);
MUST_CHECK enum status scan_for(struct uploads *, const struct place *,
                                const char *stem, char staging[STAGING_NAME]);

/* upload_file.c */
MUST_CHECK enum status upload_file_new(struct uploader *, struct upload *,
                                       const struct place *,
                                       const struct vfs_open *how,
                                       struct vfs_file **file_out);

/* What the session sees of its staged file, inside the gate. */
MUST_CHECK enum status upload_show(struct upload *, struct vfs_attributes *);

/* upload_join.c: from a place to a handle. `known`: what was published just
 * before, or NULL when that is to be looked up. */
MUST_CHECK enum status start_upload(struct uploader *, const struct place *,
                                    const struct vfs_open *how, enum claim,
                                    const struct published *known,
                                    struct upload **upload_out);
void own_add(struct uploader *, struct upload *);
/* A handle on it is closed; the last one lets it go. */
void own_drop(struct upload *, bool writer);
/* Go on behind `offset`; the rest is cut off (R4.6). */
MUST_CHECK enum status resume_at(struct upload *, uint64_t offset);
/* Open a published file, or one in place, to edit it. */
MUST_CHECK enum status open_edit(struct uploader *, const struct place *,
                                 const struct vfs_open *how,
                                 struct vfs_file **file_out);
MUST_CHECK enum status published_stat(const struct place *, struct stat *out);

/* upload_folders.c: folders that are not yet synced into their parents */
MUST_CHECK enum status folders_made_sync(struct uploads *, const struct place *,
                                         int inside);
void folders_made_renamed(struct uploads *, const char *from, const char *to);
void folders_made_free(struct uploads *);

/* upload_change.c */
/* End the account's uploads to a name and discard what is left over of them;
 * *had_out: there was something. Another account's are let be. */
MUST_CHECK enum status put_out_of_the_way(struct uploader *,
                                          const struct place *, bool *had_out);

/* upload_retarget.c: a staged file is renamed (R4.8) */
MUST_CHECK enum status upload_retarget(struct upload *, const struct place *to,
                                       bool replace);

/* upload_reclaim.c */
void reclaim(struct uploads *);
void noticed_free(struct uploads *);
/* At start: what an earlier life of this node left behind. */
MUST_CHECK enum status reclaim_at_start(struct uploads *);
