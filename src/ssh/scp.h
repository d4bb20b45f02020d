/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scp.h - the older copy protocol, server side: `scp -t` and `scp -f`.
 *
 * What a client starts by exec is read by ourselves, no shell and no program
 * is run. Quotes and backslashes are undone as a shell would, `~` is the
 * account's root, and relative paths start there; `*`, `?` and `[...]` of a
 * download are looked up in the account's files. Nothing else has a meaning:
 * `$`, `;`, a line break and the like are bytes of a name.
 *
 * Uploads follow the rules of uploads: a file is published, synced, and only
 * then acknowledged; one whose bytes did not all come, or that the client
 * itself calls broken, is not published.
 */
#pragma once

#include "ssh/engine.h"
#include "vfs/vfs.h"

enum {
    SCP_COMMAND = 8192,           /* longest command taken */
    SCP_DEPTH = 100,              /* folders inside each other */
    SCP_OUTPUT_HIGH = 256 * 1024, /* no more is made while this much waits */
    SCP_OUTPUT_MOST = 272 * 1024, /* ... and one file's bytes or message */
};

struct scp_options {
    struct vfs *files;        /* borrowed */
    const char *account_name; /* "~name", and what the account's root is called
                                 when it is downloaded; borrowed */
};

/*
 * An engine for `command`. ERR_UNSUPPORTED: it is not scp at all. ERR_INVALID:
 * it is, but none that is served here: an unknown flag, both or none of -t and
 * -f, no path, a quote that is not closed, a NUL, over SCP_COMMAND bytes.
 */
MUST_CHECK enum status scp_new(const struct scp_options *, struct str command,
                               struct engine **engine_out);
