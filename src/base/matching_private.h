/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matching_private.h - the kinds of matching expressions.
 *
 * `at` is where a text begins in the whole expression, so that a mistake can
 * be told by its place there.
 */
#pragma once

#include "base/matching.h"

#include <time.h>

/* A date shift: "-1d" is { 0, 0, -1 }. */
struct matching_shift {
    int minutes;
    int hours;
    int days;
};

enum { DATE_TEXT = 12 };

/* The index of "year.decimal" and the like, or -1. */
int matching_date_variable(struct str name);
/* That variable as digits; returns their number. */
size_t matching_date_text(int variable, const struct tm *,
                          char into[DATE_TEXT]);
/* Parse "", "-1d", "+2h" or "-30m". */
MUST_CHECK enum status matching_date_shift_parse(struct str, size_t at,
                                                 struct matching_shift *out);
/* The local time, shifted; days are the calendar's. */
void matching_date_shifted(int64_t now_ms, const struct matching_shift *,
                           struct tm *out);

/* One glob, or several with bars between them. */
struct matching_glob;

enum glob_flags {
    GLOB_DATES = 1 << 0, /* "{…}" is a date variable */
    GLOB_TRIM = 1 << 1,  /* blanks around a bar mean nothing */
};

MUST_CHECK enum status matching_glob_compile(struct str text, size_t at,
                                             struct str user, unsigned flags,
                                             struct matching_glob **out);
void matching_glob_free(struct matching_glob **);
/* `date` may be NULL without GLOB_DATES. */
bool matching_glob_matches(const struct matching_glob *, struct str text,
                           const struct tm *date);

/* A regular expression of PCRE2's, with limits. */
struct matching_regex;

MUST_CHECK enum status matching_regex_compile(struct str text, size_t at,
                                              struct str user, struct str flags,
                                              struct matching_regex **out);
void matching_regex_free(struct matching_regex **);
enum matching_answer matching_regex_ask(const struct matching_regex *,
                                        struct str text);

/* The next character of a text that may not be UTF-8: a byte that starts none
 * counts as one of its own, above all code points. */
uint32_t matching_character(struct str text, size_t at, size_t *len_out);
/* In lower case: ASCII, Latin, Greek and Cyrillic letters. */
uint32_t matching_fold(uint32_t character);
