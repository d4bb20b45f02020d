/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mover_codec.h - what becomes of a file's bytes on the wire, and back: line
 * ends (RFC 959, 3.1.1.1) and compression (MODE Z: zlib, RFC 1950).
 */
#pragma once

#include "session/mover.h"

#include "base/buffer.h"

enum { CODEC_OUT = 1024 * 1024 /* most that one piece becomes at a time */ };

struct codec;

/* *out is NULL when bytes stay as they are. `is_upload`: from the wire to the
 * file. */
MUST_CHECK enum status codec_new(enum mover_type, bool is_deflated,
                                 bool is_upload, struct codec **out);
void codec_free(struct codec **);

/*
 * Turn up to all of `in` into *out, which is emptied first; *taken_out says
 * how much was used: the rest is to come again. ERR_INVALID: the compressed
 * bytes are broken.
 */
MUST_CHECK enum status codec_turn(struct codec *, struct str in,
                                  struct buffer *out, size_t *taken_out);

/* What is left when all has been given; *more_out: call again. ERR_CLOSED: the
 * compressed bytes are cut off. */
MUST_CHECK enum status codec_end(struct codec *, struct buffer *out,
                                 bool *more_out);
