/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matching.h - SFTPPlus's matching expressions.
 *
 *   *.csv                 a glob over the whole text, in any case: * ? [a-z];
 *                         a star also passes slashes
 *   *.csv | *.txt         one or the other
 *   !*.tmp                everything else
 *   g/*.csv/              a glob, said in full
 *   m/regex/  m/regex/i   a regular expression that is found anywhere
 *   e/regex/  e/regex/i   one that is found nowhere
 *   t/in-{year.decimal}{month.padded}*.csv/-1d
 *                         a glob with a date in it, so many days from now
 *
 * Compiled once, then immutable: any number of threads may match. Regular
 * expressions are PCRE2's, with limits on work and depth, so that no text can
 * keep a thread; one that goes over a limit does not match (m) and is not let
 * through (e).
 */
#pragma once

#include "base/status.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { MATCHING_EXPRESSION = 4096 /* longest, in bytes */ };

struct matching;

/*
 * Compile `expression`. "${USER}" in it stands for `user`, character by
 * character: nothing in a name is special. ERR_INVALID says what is wrong and
 * at which character; ERR_LIMIT, ERR_MEMORY.
 */
MUST_CHECK enum status matching_compile(struct str expression, struct str user,
                                        struct matching **out);
void matching_free(struct matching **);

/* `now_ms`: wall time since 1970, for t/…/, in the local time zone. */
bool matching_matches(const struct matching *, struct str text, int64_t now_ms);
