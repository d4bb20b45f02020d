/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.h - reading and writing the data types of RFC 4251, section 5.
 *
 * A reader never goes past its end: the first read that does not fit makes it
 * broken, everything read from then on is zero or empty, and one look at
 * reader_is_broken() after a whole packet is enough.
 */
#pragma once

#include "base/buffer.h"

struct reader {
    struct str rest;
    bool broken;
};

static inline struct reader
reader_of(struct str bytes)
{
    return (struct reader){ .rest = bytes };
}

static inline bool
reader_is_broken(const struct reader *r)
{
    return r->broken;
}

uint8_t read_u8(struct reader *);
uint32_t read_u32(struct reader *);
uint64_t read_u64(struct reader *);

/* A string with its length in front; points into the packet. */
struct str read_string(struct reader *);

/* Numbers at a place that the caller has checked. */
static inline uint32_t
get_u32(const void *at)
{
    const unsigned char *p = at;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

static inline void
put_u32(void *at, uint32_t value)
{
    unsigned char *p = at;
    p[0] = (unsigned char)(value >> 24);
    p[1] = (unsigned char)(value >> 16);
    p[2] = (unsigned char)(value >> 8);
    p[3] = (unsigned char)value;
}

MUST_CHECK enum status add_u8(struct buffer *, uint8_t);
MUST_CHECK enum status add_u32(struct buffer *, uint32_t);
MUST_CHECK enum status add_u64(struct buffer *, uint64_t);
MUST_CHECK enum status add_string(struct buffer *, struct str);
