/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - bytes of strangers, made fit to be read by people.
 */
#pragma once

#include "base/buffer.h"

#include <stdint.h>

/* Append `text` as it may be shown on one line: what is not valid UTF-8 and
 * what would move a cursor or change direction becomes \xNN or \uNNNN. */
MUST_CHECK enum status event_add_visible(struct buffer *out, struct str text);

/*
 * The code point at the start of `text` (not empty) and how many bytes it
 * takes; a byte that begins no valid UTF-8 is one byte and false.
 */
bool event_code_point(struct str text, uint32_t *code_out, size_t *len_out);

/* How many bytes at the start are plain visible ASCII. */
size_t event_plain_run(struct str text);

/* Would it do something to a terminal, a line reader or the reader's eyes? */
bool event_is_unsafe(uint32_t code);
