/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mover.h - one file between a stream and the files of a session.
 *
 * For the protocols that give a file a connection of its own, or a body on
 * one (FTP, HTTP). Plain streams move by sendfile and splice, TLS in large
 * pieces. The calling thread moves; it asks `go_on` between pieces.
 */
#pragma once

#include "net/stream.h"
#include "session/session.h"
#include "vfs/vfs.h"

enum mover_type { MOVER_IMAGE, MOVER_ASCII /* CR LF on the wire */ };

struct mover {
    struct stream *stream;
    struct vfs_file *file;
    struct clock *clock;
    struct session *session; /* touched as bytes move; may be NULL */
    uint64_t offset;         /* where to begin in the file */
    uint64_t length;         /* most bytes of the file; UINT64_MAX: all */
    enum mover_type type;
    bool is_deflated;   /* MODE Z: a zlib stream on the wire */
    int64_t idle_ms;    /* without a byte moving: ERR_TIMEOUT */
    int64_t stalled_ms; /* below `stalled_bytes` in this time; 0: off */
    uint64_t stalled_bytes;
    /* false ends the move with ERR_CLOSED (ABOR, a drain, an operator); the
     * sentence is the caller's. Called at least once a second. */
    bool (*go_on)(void *arg);
    void *arg;
    /* Out: */
    uint64_t file_bytes; /* moved, as the file counts */
    uint64_t wire_bytes;
};

/* From the file to the stream, whose end is left to the caller. */
MUST_CHECK enum status mover_download(struct mover *);
/* From the stream to the file until the peer ends its side in order; neither
 * committed nor closed. A stream that ends otherwise is ERR_CLOSED. */
MUST_CHECK enum status mover_upload(struct mover *);
