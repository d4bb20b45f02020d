/* SPDX-License-Identifier: Apache-2.0 */
/*
 * glob.c - the wildcards of a shell (POSIX XCU 2.13), matched by ourselves.
 *
 * A star that has to be tried again is always the last one, so the work is at
 * most the product of both lengths, whatever the pattern.
 */
#include "base/glob.h"

bool
glob_is_pattern(struct str pattern)
{
    for (size_t i = 0; i < pattern.len; i++) {
        char c = pattern.data[i];

        if (c == '*' || c == '?' || c == '[')
            return true;
        if (c == '\\')
            i++;
    }
    return false;
}

struct str
glob_text(struct str pattern, char *into)
{
    size_t len = 0;

    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.data[i] == '\\' && i + 1 < pattern.len)
            i++;
        into[len++] = pattern.data[i];
    }
    return str_from(into, len);
}

/* The byte at *at, which may have a backslash in front; *at goes behind it. */
static unsigned char
plain_byte(struct str pattern, size_t *at)
{
    if (pattern.data[*at] == '\\' && *at + 1 < pattern.len)
        (*at)++;
    return (unsigned char)pattern.data[(*at)++];
}

/* Where the bracket expression that starts at `at` ends; 0: it does not, and
 * its bracket is a plain one. */
static size_t
bracket_end(struct str pattern, size_t at)
{
    size_t i = at + 1;

    if (i < pattern.len && (pattern.data[i] == '!' || pattern.data[i] == '^'))
        i++;
    size_t first = i;
    while (i < pattern.len) {
        if (pattern.data[i] == ']' && i > first)
            return i;
        i += pattern.data[i] == '\\' ? 2 : 1;
    }
    return 0;
}

static bool
is_in_bracket(struct str inside, unsigned char c)
{
    bool found = false;

    for (size_t i = 0; i < inside.len;) {
        unsigned char low = plain_byte(inside, &i);
        unsigned char high = low;

        if (i + 1 < inside.len && inside.data[i] == '-') {
            i++;
            high = plain_byte(inside, &i);
        }
        found |= low <= c && c <= high;
    }
    return found;
}

/* How long the character of UTF-8 at the start is; 1 if it is none. */
static size_t
character_len(struct str name)
{
    unsigned char lead = (unsigned char)name.data[0];
    size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;

    if (len > name.len)
        return 1;
    for (size_t i = 1; i < len; i++)
        if (((unsigned char)name.data[i] & 0xc0) != 0x80)
            return 1;
    return len;
}

/* How many bytes of `name`, which has some, the element at *at matches; 0:
 * none. *at goes behind the element. */
static size_t
match_element(struct str pattern, size_t *at, struct str name)
{
    unsigned char c = (unsigned char)name.data[0];
    size_t start = *at;

    if (pattern.data[start] == '?') {
        (*at)++;
        return character_len(name);
    }
    size_t end = pattern.data[start] == '[' ? bracket_end(pattern, start) : 0;
    if (end == 0)
        return plain_byte(pattern, at) == c;
    *at = end + 1;
    start++;
    bool others = pattern.data[start] == '!' || pattern.data[start] == '^';
    start += others;
    struct str inside = str_from(pattern.data + start, end - start);
    return is_in_bracket(inside, c) != others;
}

static bool
matches(struct str pattern, struct str name)
{
    size_t p = 0, n = 0;
    size_t star = SIZE_MAX, tried = 0; /* behind the last star */

    while (n < name.len) {
        size_t next = p;

        if (p < pattern.len && pattern.data[p] == '*') {
            star = ++p;
            tried = n;
            continue;
        }
        size_t len = p < pattern.len ? match_element(pattern, &next,
                                                     str_from_offset(name, n))
                                     : 0;
        if (len == 0 && star == SIZE_MAX)
            return false;
        p = len > 0 ? next : star;
        n = len > 0 ? n + len : ++tried;
    }
    while (p < pattern.len && pattern.data[p] == '*')
        p++;
    return p == pattern.len;
}

bool
glob_matches(struct str pattern, struct str name)
{
    if (name.len > 0 && name.data[0] == '.' &&
        (pattern.len == 0 || pattern.data[0] != '.'))
        return false;
    return matches(pattern, name);
}
