/* SPDX-License-Identifier: Apache-2.0 */
/* glob.c - the patterns that people type for the names of files. */
#include "base/glob.h"

bool
glob_is_pattern(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (strchr("*?[", text.data[i]) != NULL && text.data[i] != '\0')
            return true;
    return false;
}

struct set {
    size_t end; /* behind its closing bracket, in the pattern; 0: none */
    bool has;
};

/* The set that begins at `at`, and whether the byte is of it. */
static struct set
look_in_set(struct str p, size_t at, unsigned char byte)
{
    size_t i = at + 1;
    bool is_other = i < p.len && (p.data[i] == '!' || p.data[i] == '^');
    bool found = false;

    i += is_other;
    for (size_t first = i; i < p.len && (p.data[i] != ']' || i == first); i++) {
        unsigned char low = (unsigned char)p.data[i];
        unsigned char high = low;

        if (i + 2 < p.len && p.data[i + 1] == '-' && p.data[i + 2] != ']') {
            high = (unsigned char)p.data[i + 2];
            i += 2;
        }
        found = found || (byte >= low && byte <= high);
    }
    return (struct set){ i < p.len ? i + 1 : 0, found != is_other };
}

/* One byte against what stands at *at, which is moved behind it. */
static bool
match_one(struct str p, size_t *at, char byte)
{
    size_t i = *at;

    *at = i + 1;
    if (p.data[i] == '?')
        return true;
    if (p.data[i] == '[') {
        struct set set = look_in_set(p, i, (unsigned char)byte);

        if (set.end != 0) {
            *at = set.end;
            return set.has;
        }
    }
    if (p.data[i] == '\\' && i + 1 < p.len) {
        *at = i + 2;
        i++;
    }
    return p.data[i] == byte;
}

bool
glob_matches(struct str pattern, struct str name)
{
    size_t p = 0;
    size_t n = 0;
    size_t star = 0;      /* behind the last star … */
    size_t star_name = 0; /* … and where in the name it is tried next */
    bool has_star = false;

    if (name.len > 0 && name.data[0] == '.' &&
        (pattern.len == 0 || pattern.data[0] != '.'))
        return false;
    while (n < name.len) {
        if (p < pattern.len && pattern.data[p] == '*') {
            star = ++p;
            star_name = n;
            has_star = true;
        } else if (p < pattern.len && match_one(pattern, &p, name.data[n])) {
            n++;
        } else if (has_star) {
            p = star;
            n = ++star_name;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.data[p] == '*')
        p++;
    return p == pattern.len;
}
