/* SPDX-License-Identifier: Apache-2.0 */
/*
 * glob.h - the patterns that people type for the names of files.
 *
 * For one component of a path: * ? [a-z] [!a-z]; a backslash takes the next
 * byte as it is. In the name's own case. A question mark is a character of
 * UTF-8, or a byte that is none; the rest goes by bytes. The work is at most
 * the product of both lengths.
 */
#pragma once

#include "base/str.h"

/* Whether anything in it, not behind a backslash, has a meaning of its own. */
bool glob_is_pattern(struct str text);

/* A name that begins with a dot only fits a pattern that says so. */
bool glob_matches(struct str pattern, struct str name);

/* The bytes that it stands for when it is no pattern; `into` has room for its
 * length. */
struct str glob_text(struct str pattern, char *into);
