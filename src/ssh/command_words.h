/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command_words.h - the words of an exec request, as a shell would see them.
 *
 * Blanks part them; quotes and backslashes are undone (POSIX XCU 2.2). No
 * other byte has a meaning, and nothing is expanded.
 */
#pragma once

#include "base/buffer.h"

/* Append each word and a NUL behind it: at most twice the bytes of `command`.
 * ERR_INVALID: a quote that is not closed, or a NUL. */
MUST_CHECK enum status command_words(struct str command, struct buffer *words);
