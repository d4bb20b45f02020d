/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.h - what a channel talks to: SFTP, SCP or one of our few commands.
 *
 * Engines are pure: bytes of the channel go in, bytes for the channel come
 * out, files are a vfs. They hold no socket, clock or thread. ssh_channels.c
 * drives every one of them in the same way; what a client may ask for by name
 * is a table in ssh_requests.c.
 */
#pragma once

#include "base/buffer.h"
#include "base/status.h"
#include "base/str.h"

struct engine;

struct engine_ops {
    /*
     * Work on `bytes`; *taken_out says how many were used up, the rest is
     * offered again when output was drained. Anything but OK ends the channel
     * when the output has been sent.
     */
    enum status (*input)(struct engine *, struct str bytes, size_t *taken_out);
    /* The client will send no more. May be NULL: then the engine is over. */
    void (*input_ended)(struct engine *);
    /*
     * Output has been drained: put more there, if it is this side's turn.
     * Called until nothing comes. May be NULL. A failure as for input.
     */
    enum status (*produce)(struct engine *);
    struct buffer *(*output)(struct engine *); /* to standard output */
    struct buffer *(*errors)(struct engine *); /* to standard error; or NULL */
    /* Nothing more will come; *exit_status_out is for the client. */
    bool (*is_over)(const struct engine *, int *exit_status_out);
    /* Files are open: a drain waits. */
    bool (*is_busy)(const struct engine *);
    /*
     * It has work that takes a while, a piece of it with each produce(), and
     * nothing to say until then: call it again soon, the client being looked
     * at in between. Meanwhile it takes no input. May be NULL: never.
     */
    bool (*is_working)(const struct engine *);
    /* Nobody hears the answers any more: give up such work, so that the input
     * behind it is taken. The output is dropped by the caller. May be NULL. */
    void (*unheard)(struct engine *);
    /* The client is quiet: free what only transfers need. May be NULL. */
    void (*rest)(struct engine *);
    /* Close everything, nothing unfinished being committed. */
    void (*free)(struct engine *);
};

struct engine { /* first member of every engine */
    const struct engine_ops *ops;
};
