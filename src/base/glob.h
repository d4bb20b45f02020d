/* SPDX-License-Identifier: Apache-2.0 */
/*
 * glob.h - the patterns that people type for the names of files.
 *
 * For one component of a path: * ? [a-z] [!a-z], a backslash takes the next
 * byte as it is. By bytes and in their own case. The work is at most the
 * product of both lengths.
 */
#pragma once

#include "base/str.h"

/* Whether anything in it has a meaning of its own. */
bool glob_is_pattern(struct str text);

/* A name that begins with a dot only fits a pattern that says so. */
bool glob_matches(struct str pattern, struct str name);
