/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command_words.h - the words of an exec request, as a shell would see them.
 *
 * Blanks part them; quotes and backslashes are undone (POSIX XCU 2.2). No
 * other byte has a meaning, and nothing is expanded.
 */
#pragma once

#include "base/buffer.h"

bool command_is_blank(char);
/* Without the blanks at the front. */
struct str command_skip_blanks(struct str text);

/*
 * Append what the next byte of *rest, which has one, begins: itself, what a
 * backslash makes of the next, or all up to the closing quote. A byte of
 * `marked` that was quoted in some way gets a backslash. ERR_INVALID: a quote
 * that is not closed.
 */
MUST_CHECK enum status command_add_next(struct str *rest, const char *marked,
                                        struct buffer *word);

/* Append each word and a NUL behind it: at most twice the bytes of `command`.
 * ERR_INVALID: a quote that is not closed, or a NUL. */
MUST_CHECK enum status command_words(struct str command, struct buffer *words);
