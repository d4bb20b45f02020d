/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uploads_view.h - the uploads that are not published, for the operator: those
 * that run and those left over, of every account, by any process of the store.
 */
#pragma once

#include "vfs/places.h"

enum { UPLOAD_ID = 17 }; /* 16 hexadecimal digits and a NUL */

struct upload_view {         /* text is there during the call only */
    const char *id;          /* the same as long as account and path are */
    const char *owner;       /* the account's uuid */
    const char *folder_path; /* on the host */
    const char *leaf;        /* what it is to be called there */
    const char *staging;     /* what it is called there now */
    uint64_t durable;        /* bytes that a crash would leave */
    int64_t since_ms;        /* wall time: it began, or was cut */
    bool is_running;
};

/* `see` may stop the walk: what it returns but OK comes back. */
typedef enum status upload_see(void *arg, const struct upload_view *);
MUST_CHECK enum status uploads_each(struct uploads *, upload_see *see,
                                    void *arg);

struct upload_discarded {
    uint64_t durable;
    bool was_running;
};

/*
 * Remove what was sent of an upload; nothing of it can be resumed then.
 * ERR_BUSY: it runs; with `force` its session's next write fails instead.
 * ERR_NOT_FOUND: it is no longer there, or was published meanwhile. `why` is
 * for the event.
 */
MUST_CHECK enum status uploads_discard(struct uploads *,
                                       const struct upload_view *, bool force,
                                       const char *why,
                                       struct upload_discarded *out);
