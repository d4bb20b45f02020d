/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage_probe.h - what a storage can do, tried out once.
 *
 * File systems differ, above all those of networks: the answer is found by
 * doing it with a file of our own, when the first upload comes to a storage,
 * and kept for the life of the process.
 */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <sys/types.h>

struct storage {
    dev_t device;
    bool xattrs;    /* user.* can be set: records are xattrs */
    bool noreplace; /* renameat2(RENAME_NOREPLACE) */
    bool reserves;  /* fallocate(KEEP_SIZE), and it is of use */
    bool locks;     /* OFD locks */
    bool in_memory; /* nothing survives anyway: tmpfs */
};

struct storages;

MUST_CHECK enum status storages_new(struct storages **storages_out);
void storages_free(struct storages **);

/*
 * What the storage `device`, on which `folder` lies, can do; valid as long as
 * the storages are. *is_new_out: it has just been tried.
 */
MUST_CHECK enum status storage_of(struct storages *, dev_t device, int folder,
                                  const struct storage **out, bool *is_new_out);

/* Wait for a turn to sync in the background, so that a few large syncs at a
 * time leave the storage to those who wait for an answer (R2.3). */
void storage_turn_begin(struct storages *, const struct storage *);
void storage_turn_end(struct storages *, const struct storage *);
