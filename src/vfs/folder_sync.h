/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder_sync.h - names that survive a power cut, many for one sync.
 *
 * Syncing a folder puts every change of its names on the disk, whoever made
 * it. So while one sync of a folder runs, all who come wait, and one of them
 * then syncs for all (R3.3). There is no timer: who comes alone waits for
 * nobody.
 */
#pragma once

#include "base/status.h"

struct folder_syncs;

MUST_CHECK enum status folder_syncs_new(struct folder_syncs **syncs_out);
void folder_syncs_free(struct folder_syncs **);

/*
 * When this returns OK, changes of names that were made in the folder before
 * the call are on the disk. `path` tells folders apart, `folder` is a
 * descriptor of it, also one opened with O_PATH. `inside` is a descriptor of
 * a file on the same storage, or -1: a folder that we may write but not read
 * cannot be synced by itself, and then the storage is synced by way of it.
 */
MUST_CHECK enum status folder_sync(struct folder_syncs *, const char *path,
                                   int folder, int inside);
