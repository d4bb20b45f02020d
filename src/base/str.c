/* SPDX-License-Identifier: Apache-2.0 */
/* str.c - cutting, comparing and copying runs of bytes. */
#include "base/str.h"

#include <stdlib.h>
#include <strings.h>

bool
str_same_word(struct str a, const char *b)
{
    return a.len == strlen(b) && strncasecmp(a.data, b, a.len) == 0;
}

int
str_compare(struct str a, struct str b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared ? memcmp(a.data, b.data, shared) : 0;

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

struct str
str_cut(struct str *rest, char separator)
{
    const char *end =
        rest->len ? memchr(rest->data, separator, rest->len) : NULL;
    struct str head = *rest;

    if (end == NULL) {
        *rest = STR_NONE;
        return head;
    }
    head.len = (size_t)(end - rest->data);
    *rest = str_from_offset(*rest, head.len + 1);
    return head;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str
str_trim(struct str s)
{
    while (s.len > 0 && is_blank(s.data[0])) {
        s.data++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.data[s.len - 1]))
        s.len--;
    return s;
}

bool
str_to_number(struct str s, uint64_t max, uint64_t *number_out)
{
    uint64_t number = 0;

    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(s.data[i] - '0');
        if (digit > max || number > (max - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *number_out = number;
    return true;
}

char *
str_copy(struct str s)
{
    char *copy = malloc(s.len + 1);

    if (copy == NULL)
        return NULL;
    if (s.len > 0)
        memcpy(copy, s.data, s.len);
    copy[s.len] = '\0';
    return copy;
}

void
str_free(char **text)
{
    free(*text);
    *text = NULL;
}
