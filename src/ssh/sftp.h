/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp.h - the SSH File Transfer Protocol, version 3, server side.
 *
 * draft-ietf-secsh-filexfer-02 and the extensions of OpenSSH's PROTOCOL file.
 * A pure engine: bytes of the channel go in, bytes of the channel come out;
 * the files are a vfs. It holds no socket, clock or thread.
 *
 * Input is taken packet by packet while the replies waiting in sftp_output()
 * are under SFTP_OUTPUT_HIGH, so that a client that does not read its replies
 * cannot make us hold more than that and one reply.
 *
 * A packet that cannot be framed or has no request number, any message but
 * INIT before INIT, a second INIT, and what only servers say end the channel.
 * Numbers and extensions we do not know are answered with OP_UNSUPPORTED, a
 * body that is too short with BAD_MESSAGE; bytes behind a body are ignored.
 */
#pragma once

#include "base/buffer.h"
#include "vfs/vfs.h"

enum {
    SFTP_PACKET = 256 * 1024 + 1024, /* largest packet taken or made */
    SFTP_DATA = 255 * 1024,          /* most bytes of one READ or WRITE */
    SFTP_HANDLES = 256,              /* open handles of one channel */
    SFTP_OUTPUT_HIGH = 512 * 1024,
};

struct engine;
struct sftp;

struct sftp_options {
    struct vfs *files;        /* borrowed */
    const char *account_name; /* for expand-path of "~name", home-directory
                                 and users-groups-by-id; borrowed */
};

MUST_CHECK enum status sftp_new(const struct sftp_options *,
                                struct sftp **sftp_out);

/* The same as an engine of a channel; either way of freeing frees it. */
struct engine *sftp_engine(struct sftp *);

/* Closes every handle without a commit: uploads become left-overs. */
void sftp_free(struct sftp **);

/*
 * Work on `bytes`, in any portions. *taken_out says how many were used up;
 * the rest is to be offered again, with more behind it, after output was
 * drained. Anything but OK means the client broke the protocol and the
 * channel is to be closed; replies made before are still to be sent.
 */
MUST_CHECK enum status sftp_input(struct sftp *, struct str bytes,
                                  size_t *taken_out);

/* Replies to be sent, oldest first; the caller takes from the front. */
struct buffer *sftp_output(struct sftp *);

/*
 * A checksum of a large file is under way: no input is taken until sftp_work()
 * has been called often enough, each time for a piece of it and at last its
 * answer. Nothing to do otherwise; a failure as for input.
 */
bool sftp_is_working(const struct sftp *);
MUST_CHECK enum status sftp_work(struct sftp *);
/* Give it up, without an answer. */
void sftp_stop_working(struct sftp *);

/* How many handles are open: with none, the client is between transfers. */
size_t sftp_handle_count(const struct sftp *);

/* Free buffers that are only needed while transferring. */
void sftp_rest(struct sftp *);
