/* SPDX-License-Identifier: Apache-2.0 */
/* buffer.c - bytes that grow up to a limit. */
#include "base/buffer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { SMALLEST = 256 };

void
buffer_done(struct buffer *b)
{
    free(b->data);
    *b = BUFFER(b->limit);
}

/* Doubling, but never past the limit (and one byte for a NUL). */
static size_t
grown_size(const struct buffer *b, size_t needed)
{
    size_t size = b->size < SMALLEST ? SMALLEST : b->size;

    while (size < needed)
        size = size > b->limit / 2 ? b->limit + 1 : size * 2;
    return size;
}

enum status
buffer_reserve(struct buffer *b, size_t len, char **room_out)
{
    size_t used = buffer_len(b);

    if (used > b->limit || len > b->limit - used)
        return fail(ERR_LIMIT, "more than %zu bytes", b->limit);
    if (b->data == NULL || b->size - b->end < len + 1) {
        if (b->data != NULL && b->start > 0) {
            memmove(b->data, b->data + b->start, used);
            b->start = 0;
            b->end = used;
        }
        if (b->data == NULL || b->size - used < len + 1) {
            size_t size = grown_size(b, used + len + 1);
            char *data = realloc(b->data, size);

            if (data == NULL)
                return fail(ERR_MEMORY, "no memory for %zu bytes", size);
            b->data = data;
            b->size = size;
        }
    }
    *room_out = b->data + b->end;
    return OK;
}

void
buffer_added(struct buffer *b, size_t len)
{
    assert(len <= b->size - b->end);
    b->end += len;
}

enum status
buffer_add(struct buffer *b, struct str bytes)
{
    char *room;

    TRY(buffer_reserve(b, bytes.len, &room));
    if (bytes.len > 0)
        memcpy(room, bytes.data, bytes.len);
    b->end += bytes.len;
    return OK;
}

enum status
buffer_addf(struct buffer *b, const char *format, ...)
{
    char *room;
    va_list args;

    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        return fail(ERR_INVALID, "cannot format '%s'", format);
    TRY(buffer_reserve(b, (size_t)len, &room));
    va_start(args, format);
    vsnprintf(room, (size_t)len + 1, format, args);
    va_end(args);
    b->end += (size_t)len;
    return OK;
}

void
buffer_take(struct buffer *b, size_t len)
{
    b->start += len < buffer_len(b) ? len : buffer_len(b);
    if (b->start == b->end)
        buffer_clear(b);
}

void
buffer_cut(struct buffer *b, size_t len)
{
    if (len < buffer_len(b))
        b->end = b->start + len;
}

const char *
buffer_text(struct buffer *b)
{
    char *room;

    if (b->data == NULL && buffer_reserve(b, 0, &room) != OK)
        return NULL;
    b->data[b->end] = '\0';
    return b->data + b->start;
}
