/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_names.h - what staging files, locks and index entries are called.
 *
 * An upload is known by the hash of its resolved folder and leaf, not by the
 * path that the client used (R5.1), and a left-over by the same with the
 * account in front, since accounts do not see each other's.
 */
#pragma once

#include "base/status.h"
#include "base/str.h"

#include <stdint.h>

enum {
    PLACE_KEY = 32,    /* bytes of a SHA-256 */
    STORE_NAME = 96,   /* "leftovers/" and 64 digits, and room */
    STAGING_NAME = 64, /* .convoy-<16 digits>-<8 digits>-<revision> */
    OWNER_HASH = 16,
};

struct place_key {
    unsigned char hash[PLACE_KEY];
};

#define STAGING_PREFIX ".convoy-"

/* The identity of a name in a folder. */
MUST_CHECK enum status place_key_of(const char *folder_path, const char *leaf,
                                    struct place_key *out);

/* "locks/<hash>" */
void lock_name(const struct place_key *, char out[STORE_NAME]);

/* "leftovers/<hash of account and place>" */
MUST_CHECK enum status leftover_name(const char *owner,
                                     const struct place_key *,
                                     char out[STORE_NAME]);

/* The part of a staging name that account and leaf decide:
 * ".convoy-<16 digits>-", by which a listing finds what may be theirs. */
MUST_CHECK enum status staging_stem(const char *owner, const char *leaf,
                                    char out[STAGING_NAME]);

/* The stem, the node's first eight digits, and the lock's revision. */
void staging_name(const char *stem, const char *node, uint64_t revision,
                  char out[STAGING_NAME]);

/* The hash by which a record names its account. */
MUST_CHECK enum status owner_hash(const char *owner,
                                  unsigned char out[OWNER_HASH]);

/* Is this a sidecar of a staging file rather than the file itself? */
bool is_sidecar_name(const char *name);
