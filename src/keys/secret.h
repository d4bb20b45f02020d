/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secret.h - buffers that leave nothing behind.
 *
 * A buffer that grows leaves its old bytes in freed memory. A secret has all
 * its memory from the start, so it never moves, and is wiped before it is
 * freed.
 */
#pragma once

#include "base/buffer.h"

/* A secret of at most `limit` bytes. */
MUST_CHECK enum status secret_new(size_t limit, struct buffer *secret_out);

/* Wipe and free; safe on a buffer that was never filled. For AUTO(). */
void secret_done(struct buffer *);
