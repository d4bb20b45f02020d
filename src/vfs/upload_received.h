/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_received.h - which bytes of an upload are there.
 *
 * Clients write out of order and leave holes, and scp sets the size before it
 * writes, so the size of the file says nothing about what was received. What
 * can be resumed is the contiguous prefix (R2.3).
 */
#pragma once

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { RECEIVED_ISLANDS = 1024 }; /* most runs of bytes behind a hole */

struct received_run {
    uint64_t start;
    uint64_t end;
};

struct received {
    uint64_t prefix;              /* all bytes before this one are there */
    struct received_run *islands; /* behind the prefix, in order, apart */
    size_t count;
    size_t room;
};

void received_done(struct received *);

/* Bytes [start, end) were written. ERR_LIMIT when they leave too many holes,
 * ERR_MEMORY; nothing has changed then. */
MUST_CHECK enum status received_add(struct received *, uint64_t start,
                                    uint64_t end);

/* Bytes from `size` on are gone. */
void received_cut(struct received *, uint64_t size);
