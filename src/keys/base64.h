/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64.h - RFC 4648, section 4, and nothing looser.
 *
 * Decoding accepts exactly what encoding gives: full quads, padding in place,
 * unused bits zero, no blanks. So equal bytes always have equal text, and a
 * key cannot be listed in two spellings.
 */
#pragma once

#include "base/buffer.h"

/* Both append to *out. Decoding fails with ERR_INVALID. */
MUST_CHECK enum status base64_encode(struct str bytes, struct buffer *out);
MUST_CHECK enum status base64_decode(struct str text, struct buffer *out);
