/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matching.h - SFTPPlus's matching expressions.
 *
 *   *.csv                 a glob over the whole text, in any case: * ? [a-z]
 *                         [!a-z]; a star also passes slashes
 *   *.csv | *.txt         one or the other
 *   !*.tmp | *.bak        neither the one nor the other
 *   g/re* [1].csv/        a glob, said in full: blanks count
 *   m/regex/  m/regex/i   a regular expression that is found anywhere
 *   e/regex/  e/regex/i   one that is found nowhere; flags i, m, s, x
 *   t/in-{year.decimal}{month.padded}*.csv/-1d
 *                         a glob with a date in it, so many days (d), hours
 *                         (h) or minutes (m) from now
 *
 * Compiled once, then immutable: any number of threads may match. Regular
 * expressions are PCRE2's, with limits on work and depth, so that no text can
 * keep a thread; one that goes over a limit is undecided.
 */
#pragma once

#include "base/status.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { MATCHING_EXPRESSION = 4096 /* longest, in bytes */ };

enum matching_answer {
    MATCHING_NO,
    MATCHING_YES,
    MATCHING_UNDECIDED, /* over a limit: who protects something with the
                           expression has to refuse */
};

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
enum matching_answer matching_ask(const struct matching *, struct str text,
                                  int64_t now_ms);

/* Whether the answer is MATCHING_YES. */
bool matching_matches(const struct matching *, struct str text, int64_t now_ms);

/* Whether the expression itself has a slash, and so means paths. */
bool matching_has_slash(const struct matching *);

/*
 * Cut the expression off a line "EXPRESSION, word, word": behind the last
 * slash and its flags for one that is said in full, so that commas inside do
 * no harm, else at the first comma. *line keeps the words.
 */
struct str matching_cut(struct str *line);
