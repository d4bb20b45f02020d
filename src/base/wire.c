/* SPDX-License-Identifier: Apache-2.0 */
/* wire.c - the data types of RFC 4251, section 5. */
#include "base/wire.h"

/* The next `len` bytes, or NULL and a broken reader. */
static const unsigned char *
read_bytes(struct reader *r, size_t len)
{
    const char *at = r->rest.data;

    if (r->broken || r->rest.len < len) {
        r->broken = true;
        r->rest = STR_NONE;
        return NULL;
    }
    r->rest = str_from(at + len, r->rest.len - len);
    return (const unsigned char *)at;
}

uint8_t
read_u8(struct reader *r)
{
    const unsigned char *p = read_bytes(r, 1);
    return p ? *p : 0;
}

uint32_t
read_u32(struct reader *r)
{
    const unsigned char *p = read_bytes(r, 4);
    return p ? get_u32(p) : 0;
}

uint64_t
read_u64(struct reader *r)
{
    uint64_t high = read_u32(r);
    return high << 32 | read_u32(r);
}

struct str
read_string(struct reader *r)
{
    uint32_t len = read_u32(r);
    const unsigned char *p = read_bytes(r, len);
    return p ? str_from(p, len) : STR_NONE;
}

enum status
add_u8(struct buffer *b, uint8_t value)
{
    return buffer_add(b, str_from(&value, 1));
}

enum status
add_u32(struct buffer *b, uint32_t value)
{
    char bytes[4];

    put_u32(bytes, value);
    return buffer_add(b, str_from(bytes, sizeof bytes));
}

enum status
add_u64(struct buffer *b, uint64_t value)
{
    char bytes[8];

    put_u32(bytes, (uint32_t)(value >> 32));
    put_u32(bytes + 4, (uint32_t)value);
    return buffer_add(b, str_from(bytes, sizeof bytes));
}

enum status
add_string(struct buffer *b, struct str s)
{
    char *room;

    if (s.len > UINT32_MAX)
        return fail(ERR_LIMIT, "a string of %zu bytes", s.len);
    TRY(buffer_reserve(b, 4 + s.len, &room));
    put_u32(room, (uint32_t)s.len);
    if (s.len > 0)
        memcpy(room + 4, s.data, s.len);
    buffer_added(b, 4 + s.len);
    return OK;
}
