/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buffer.h - bytes that grow up to a limit.
 *
 * The one growable thing in Convoy. Its limit is fixed when it is made, so
 * whatever a client feeds has a cap; growing past it is ERR_LIMIT and changes
 * nothing. Bytes are taken from the front without moving the rest.
 */
#pragma once

#include "base/status.h"
#include "base/str.h"

struct buffer {
    char *data;   /* private: use the functions below */
    size_t start; /* first byte not yet taken */
    size_t end;   /* behind the last byte */
    size_t size;  /* allocated */
    size_t limit; /* most bytes it may hold */
};

#define BUFFER(limit_bytes) ((struct buffer){ .limit = (limit_bytes) })

/* Release the memory; the buffer is empty and usable again. */
void buffer_done(struct buffer *);

static inline size_t
buffer_len(const struct buffer *b)
{
    return b->end - b->start;
}

static inline struct str
buffer_str(const struct buffer *b)
{
    return b->data ? str_from(b->data + b->start, b->end - b->start) : STR_NONE;
}

/* Forget the content, keep the memory. */
static inline void
buffer_clear(struct buffer *b)
{
    b->start = b->end = 0;
}

/*
 * Room for `len` more bytes behind the last one, to be filled by the caller
 * and then counted with buffer_added(). ERR_LIMIT or ERR_MEMORY.
 */
MUST_CHECK enum status buffer_reserve(struct buffer *, size_t len,
                                      char **room_out);
void buffer_added(struct buffer *, size_t len);

MUST_CHECK enum status buffer_add(struct buffer *, struct str bytes);
MUST_CHECK enum status buffer_addf(struct buffer *, const char *format, ...)
    PRINTF(2, 3);

/* Drop `len` bytes (at most what is there) from the front. */
void buffer_take(struct buffer *, size_t len);

/* Cut the end so that `len` bytes are left. */
void buffer_cut(struct buffer *, size_t len);

/* The content as a NUL-terminated C string; NULL when memory is out. The NUL
 * is not counted and the buffer keeps the ownership. */
const char *buffer_text(struct buffer *);
