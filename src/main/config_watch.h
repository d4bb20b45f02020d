/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_watch.h - noticing that server.ini has changed.
 *
 * The kernel tells what happens in its folder; where it does not (a link that
 * leads elsewhere, a file system of the network), a look every few seconds
 * finds it. One thread uses a watch at a time.
 */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum { CONFIG_DIGEST = 32 };

struct config_watch;

/* Of the file and its override together, as they are now; all zero when the
 * file cannot be read. */
void config_digest(const char *path, unsigned char digest_out[CONFIG_DIGEST]);

/* `path` is copied. */
MUST_CHECK enum status config_watch_open(const char *path,
                                         struct config_watch **watch_out);
void config_watch_close(struct config_watch **); /* safe on NULL */

/* Readable when the kernel has something to tell; -1 when it never will. */
int config_watch_descriptor(const struct config_watch *);

/* How long to wait for the descriptor before config_watch_look(). */
int config_watch_patience_ms(const struct config_watch *);

/* Whether the files may have changed, and have been left alone for long enough
 * to be whole. Answers true once for each change. */
bool config_watch_look(struct config_watch *);
