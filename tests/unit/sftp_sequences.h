/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_sequences.h - how the clients of the field upload.
 *
 * Recorded from OpenSSH 9.2 (sftp, scp), sshfs 3.7, rclone 1.60, lftp 4.9, curl
 * 7.88, psftp 0.78 and paramiko 2.12, and reduced to what differs between
 * them; restic and WinSCP from their descriptions. A row is replayed over
 * whatever files the dialogue in use has:
 *
 *   struct upload u = sequence_begin(row, "/f", content);
 *   sequence_write(&u, SIZE_MAX);  (or some of it, and the channel breaks)
 *   sequence_end(&u);
 */
#pragma once

#include "sftp_dialogue.h"

enum sequence_does {
    ASKS_STAT = 1 << 0,        /* the size of what is there, by STAT, */
    ASKS_LSTAT = 1 << 1,       /* LSTAT behind the OPEN without waiting, */
    ASKS_FSTAT = 1 << 2,       /* or FSTAT of the handle */
    RESUMES = 1 << 3,          /* writes only what lies behind that size */
    APPENDS = 1 << 4,          /* writes all of it behind what is there */
    NEEDS_ONE = 1 << 5,        /* only works on a name that is there */
    NEEDS_NONE = 1 << 6,       /* only on one that is not */
    SETS_SIZE = 1 << 7,        /* FSETSTAT before CLOSE */
    SETS_TIMES = 1 << 8,       /* likewise */
    SETS_MODE = 1 << 9,        /* likewise */
    SYNCS = 1 << 10,           /* fsync@openssh.com before CLOSE */
    DOES_NOT_WAIT = 1 << 11,   /* for the answer to CLOSE */
    SETSTAT_AFTER = 1 << 12,   /* of the times, behind CLOSE */
    STAT_AFTER = 1 << 13,      /* compares the size behind CLOSE */
    MOVES = 1 << 14,           /* writes elsewhere, then RENAME */
    MOVES_REPLACING = 1 << 15, /* the same with posix-rename */
    REMOVES_FIRST = 1 << 16,   /* the target, before RENAME */
};

struct sequence {
    const char *client;
    uint32_t pflags;
    uint32_t piece;        /* bytes of one WRITE */
    unsigned does;         /* enum sequence_does */
    const char *elsewhere; /* what it adds to the name with MOVES… */
};

extern const struct sequence sequences[];
extern const size_t sequence_count;

/* An upload under way. */
struct upload {
    const struct sequence *sequence;
    char path[256];   /* where it is to end */
    char target[288]; /* where it is written */
    struct str content;
    uint64_t size_there; /* what was told of the target; 0 if nothing */
    struct dialogue_handle handle;
};

/* The row of a client; fails the test when there is none. */
const struct sequence *sequence_of(const char *client);

/* Everything up to the answer to OPEN. */
struct upload sequence_begin(const struct sequence *, const char *path,
                             struct str content);
/* WRITEs, all sent before their answers are read. `most` bytes of them. */
void sequence_write(const struct upload *, size_t most);
/* Everything from there on. */
void sequence_end(const struct upload *);

/* All of it, ending well. */
void sequence_upload(const struct sequence *, const char *path,
                     struct str content);
