/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - bytes of strangers, made fit to be read on one line. */
#include "event/sink_private.h"

/* The bytes that a sequence with this first byte has, or 0, and the smallest
 * code point that may be written with so many (RFC 3629, section 3). */
static size_t
sequence_len(unsigned char first, uint32_t *bits_out, uint32_t *least_out)
{
    static const struct {
        unsigned char mask, mark;
        uint32_t least;
    } forms[] = {
        { 0x80, 0x00, 0 },
        { 0xe0, 0xc0, 0x80 },
        { 0xf0, 0xe0, 0x800 },
        { 0xf8, 0xf0, 0x10000 },
    };

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if ((first & forms[i].mask) == forms[i].mark) {
            *bits_out = first & (unsigned char)~forms[i].mask;
            *least_out = forms[i].least;
            return i + 1;
        }
    return 0;
}

bool
event_code_point(struct str text, uint32_t *code_out, size_t *len_out)
{
    uint32_t code;
    uint32_t least;
    size_t len = sequence_len((unsigned char)text.data[0], &code, &least);

    *len_out = 1;
    if (len == 0 || len > text.len)
        return false;
    for (size_t i = 1; i < len; i++) {
        unsigned char next = (unsigned char)text.data[i];
        if ((next & 0xc0) != 0x80)
            return false;
        code = code << 6 | (next & 0x3f);
    }
    if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return false;
    *code_out = code;
    *len_out = len;
    return true;
}

bool
event_is_unsafe(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } unsafe[] = {
        { 0x00, 0x1f },     /* C0: newline, escape, … */
        { 0x7f, 0x9f },     /* DEL and C1, which terminals obey as well */
        { 0x061c, 0x061c }, /* marks and overrides of direction */
        { 0x200b, 0x200f },   { 0x2028, 0x202e }, /* line and paragraph
                                                     separators, overrides */
        { 0x2060, 0x206f },   { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
        { 0xe0000, 0xe007f }, /* tags, which are not seen */
    };

    for (size_t i = 0; i < sizeof unsafe / sizeof unsafe[0]; i++)
        if (code >= unsafe[i].first && code <= unsafe[i].last)
            return true;
    return false;
}

size_t
event_plain_run(struct str text)
{
    size_t len = 0;

    while (len < text.len && text.data[len] >= 0x20 && text.data[len] < 0x7f)
        len++;
    return len;
}

struct str
event_cut(struct str text, size_t most)
{
    if (text.len <= most)
        return text;
    text.len = most;
    /* Not inside of a character: its further bytes begin with 10. */
    for (size_t back = 1; back <= 3 && back < most; back++)
        if (((unsigned char)text.data[most - back] & 0xc0) != 0x80) {
            uint32_t code;
            size_t len;
            struct str last = str_from(text.data + most - back, back);
            if (((unsigned char)last.data[0] & 0xc0) == 0xc0 &&
                !event_code_point(last, &code, &len))
                text.len = most - back;
            break;
        }
    return text;
}

/* Add the first character as it may be shown; *len_out: its bytes. */
static enum status
add_character(struct buffer *out, struct str text, size_t *len_out)
{
    uint32_t code;

    if (!event_code_point(text, &code, len_out))
        return buffer_addf(out, "\\x%02x", (unsigned char)text.data[0]);
    if (event_is_unsafe(code))
        return buffer_addf(out, code < 0x80 ? "\\x%02x" : "\\u%04x", code);
    return buffer_add(out, str_from(text.data, *len_out));
}

enum status
event_add_visible(struct buffer *out, struct str text)
{
    enum status status = OK;

    while (text.len > 0 && status == OK) {
        size_t len = event_plain_run(text);
        status = len > 0 ? buffer_add(out, str_from(text.data, len))
                         : add_character(out, text, &len);
        text = str_from_offset(text, len);
    }
    return status;
}
