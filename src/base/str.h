/* SPDX-License-Identifier: Apache-2.0 */
/*
 * str.h - a run of bytes that somebody else owns.
 *
 * It carries its length, so a NUL inside is a byte like any other, and it is
 * never assumed to end in one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *data;
    size_t len;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_NONE     ((struct str){ "", 0 })
#define STR_ARG(s)   (int)(s).len, (s).data /* for printf's "%.*s" */

/* The bytes of a C string; NULL counts as empty. */
static inline struct str
str_of(const char *text)
{
    return text ? (struct str){ text, strlen(text) } : STR_NONE;
}

static inline struct str
str_from(const void *data, size_t len)
{
    return (struct str){ data, len };
}

static inline bool
str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool
str_is(struct str a, const char *b)
{
    return str_equal(a, str_of(b));
}

static inline bool
str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len &&
           (prefix.len == 0 || memcmp(s.data, prefix.data, prefix.len) == 0);
}

static inline bool
str_has_nul(struct str s)
{
    return s.len > 0 && memchr(s.data, '\0', s.len) != NULL;
}

/* The bytes from `at` on; empty when there are none. */
static inline struct str
str_from_offset(struct str s, size_t at)
{
    return at >= s.len ? STR_NONE : str_from(s.data + at, s.len - at);
}

/* Equal but for the case of ASCII letters. */
bool str_same_word(struct str a, const char *b);

/* Order by bytes, shorter first: for qsort and bsearch. */
int str_compare(struct str a, struct str b);

/* Cut the part before the separator off *rest and return it; the whole of
 * *rest, leaving it empty, when there is none. */
struct str str_cut(struct str *rest, char separator);

/* Without the blanks (space, tab, CR, LF) at both ends. */
struct str str_trim(struct str);

/* Parse a decimal number that fills the whole of `s` and is at most `max`. */
bool str_to_number(struct str s, uint64_t max, uint64_t *number_out);

/* A NUL-terminated copy, freed by the caller; NULL when memory is out. */
char *str_copy(struct str);

/* For AUTO(str_free) char *text. */
void str_free(char **);
