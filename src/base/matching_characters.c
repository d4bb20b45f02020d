/* SPDX-License-Identifier: Apache-2.0 */
/* matching_characters.c - characters of texts that may not be UTF-8. */
#include "base/matching_private.h"

enum { NOT_UTF8 = 0x110000 };

/* How many bytes start with this one in UTF-8 (RFC 3629, 4); 0: none. */
static size_t
length_of(unsigned char start)
{
    if (start < 0x80)
        return 1;
    if (start < 0xc2 || start > 0xf4)
        return 0;
    return start < 0xe0 ? 2 : start < 0xf0 ? 3 : 4;
}

/* Not written longer than it had to be, no half of a pair, not too large. */
static bool
is_proper(uint32_t character, size_t len)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

    return character >= least[len] && character <= 0x10ffff &&
           (character < 0xd800 || character >= 0xe000);
}

uint32_t
matching_character(struct str text, size_t at, size_t *len_out)
{
    const unsigned char *s = (const unsigned char *)text.data + at;
    size_t len = length_of(s[0]);

    *len_out = 1;
    if (len == 1)
        return s[0];
    if (len == 0 || text.len - at < len)
        return NOT_UTF8 + s[0];
    uint32_t character = s[0] & (0x7fU >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return NOT_UTF8 + s[0];
        character = character << 6 | (s[i] & 0x3f);
    }
    if (!is_proper(character, len))
        return NOT_UTF8 + s[0];
    *len_out = len;
    return character;
}

uint32_t
matching_fold(uint32_t c)
{
    static const struct {
        uint32_t from, to, step; /* step 0: capital and small by turns, the
                                    capital even; 1: odd */
    } ranges[] = {
        { 0xc0, 0xd6, 32 },    { 0xd8, 0xde, 32 },   { 0x100, 0x12f, 0 },
        { 0x132, 0x137, 0 },   { 0x139, 0x148, 1 },  { 0x14a, 0x177, 0 },
        { 0x179, 0x17e, 1 },   { 0x386, 0x386, 38 }, { 0x388, 0x38a, 37 },
        { 0x38c, 0x38c, 64 },  { 0x38e, 0x38f, 63 }, { 0x391, 0x3a1, 32 },
        { 0x3a3, 0x3ab, 32 },  { 0x400, 0x40f, 80 }, { 0x410, 0x42f, 32 },
        { 0x460, 0x481, 0 },   { 0x48a, 0x4bf, 0 },  { 0x1e00, 0x1e95, 0 },
        { 0x1ea0, 0x1eff, 0 },
    };

    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    if (c == 0x178) /* Ÿ, whose small letter is Latin-1's */
        return 0xff;
    if (c == 0x3c2) /* the sigma at the end of a word */
        return 0x3c3;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (c < ranges[i].from || c > ranges[i].to)
            continue;
        if (ranges[i].step > 1)
            return c + ranges[i].step;
        return (c & 1) == ranges[i].step ? c + 1 : c;
    }
    return c;
}
