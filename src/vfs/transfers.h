/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfers.h - the files that a session has on the move, for others to see.
 *
 * A layer counts what its files read and write; any thread may look. Looking
 * never waits for a file, and a file never waits for more than the look.
 */
#pragma once

#include "base/clock.h"
#include "vfs/vfs.h"

struct transfers; /* of one session; counted */

MUST_CHECK enum status transfers_new(struct clock *, struct transfers **out);
struct transfers *transfers_ref(struct transfers *);
void transfers_unref(struct transfers **);

/* Takes `inner` over, also when it fails; keeps a reference of the list. */
MUST_CHECK enum status vfs_with_transfers(struct vfs *inner, struct transfers *,
                                          struct vfs **out);

struct transfer_view {
    const char *path; /* as the client named it; during the call only */
    bool is_upload;
    uint64_t bytes;     /* moved in this transfer */
    uint64_t size;      /* of the file to be read; 0: not known */
    int64_t began_ms;   /* clock_now_ms */
    int64_t touched_ms; /* last byte moved */
    uint64_t speed;     /* bytes a second, of late; 0 when it stands */
};

/* Those open now, oldest first. `see` must not call back into the list. */
void transfers_each(struct transfers *,
                    void (*see)(void *arg, const struct transfer_view *),
                    void *arg);

/* Bytes moved since the session began, both ways. */
void transfers_totals(struct transfers *, uint64_t *uploaded_out,
                      uint64_t *downloaded_out);
