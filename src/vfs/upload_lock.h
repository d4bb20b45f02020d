/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_lock.h - who may publish under a name, said through the store.
 *
 * locks/<place>              who holds it: node, process, account, since when.
 *                            The revision that wrote it is part of the staging
 *                            name. Its lease is a long one, so that it still
 *                            names the staging file of a process that died.
 * holders/<process>          is there while the process lives: a short lease.
 * evictions/<process>/<place> asks that process to let go (R5.2).
 * leftovers/<account, place> a staging file that can be resumed; no lease.
 */
#pragma once

#include "vfs/staging.h"

enum { ENTRY_MAX = 16384 }; /* bytes of a value */

struct holding {
    struct buffer bytes; /* what the texts point into */
    struct str node, incarnation, boot, owner, folder_path, leaf;
    int64_t since_ms;
    bool exclusive;
    uint64_t modified;
    char staging[STAGING_NAME];
};

#define HOLDING() ((struct holding){ .bytes = BUFFER(ENTRY_MAX) })
void holding_done(struct holding *);

/* ERR_NOT_FOUND: nobody holds it. */
MUST_CHECK enum status lock_read(struct uploads *, const char *key,
                                 struct holding *out);
/* From an entry that store_list visits. */
MUST_CHECK enum status lock_parse(const struct store_entry *,
                                  struct holding *out);
/* What the lock of this upload says. */
MUST_CHECK enum status lock_value(const struct upload *, struct buffer *out);

enum holder {
    HOLDER_ENDED,   /* for sure */
    HOLDER_STARTS,  /* its staging file is not there yet, or no longer */
    HOLDER_LIVES,   /* it holds its staging file */
    HOLDER_COMMITS, /* its CLOSE was read */
    HOLDER_AWAY,    /* on another machine, and its lease holds */
    HOLDER_UNSURE,  /* on another machine, and its lease ran out */
};
enum holder holder_look(struct uploads *, int folder, const struct holding *);

/* Proof of life on the staging file: byte 0 is held while the upload runs, byte
 * 1 while it commits; whoever gets byte 1 first keeps the other out. */
enum { LIFE_BYTE = 0, COMMIT_BYTE = 1 };
bool staging_hold(int fd, int byte);
void staging_let_go(int fd, int byte);
bool staging_is_held(int fd, int byte);

/* Index entries. */
struct index_entry {
    bool exists;
    uint64_t modified;
    char staging[STAGING_NAME];
};
MUST_CHECK enum status index_read(struct uploads *, const char *key,
                                  struct index_entry *out);
MUST_CHECK enum status index_value(const char *owner, const char *folder_path,
                                   const char *leaf, const char *staging,
                                   int64_t now_ms, struct buffer *out);
struct index_place {
    char owner[VFS_NAME + 1];
    char folder_path[VFS_PATH * 2];
    char leaf[VFS_NAME + 1];
    char staging[STAGING_NAME];
    int64_t since_ms;
};
MUST_CHECK enum status index_parse(struct str value, struct index_place *out);
