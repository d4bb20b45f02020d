/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mover_codec.c - line ends and compression.
 *
 * To the wire: line ends first, then compression; from the wire the other way
 * round. Each stage works on what the one before made of a piece, so nothing
 * grows beyond a piece and what it becomes.
 */
#include "session/mover_codec.h"

#include <stdlib.h>
#include <zlib.h>

enum { STAGE = 256 * 1024 };

struct codec {
    bool is_ascii;
    bool is_deflated;
    bool is_upload;
    bool was_cr;    /* the last byte before this piece was a CR */
    bool has_ended; /* the compressed stream has */
    z_stream zip;
    struct buffer between; /* of the two stages */
    size_t lined;          /* how much of the piece is in there */
};

enum status
codec_new(enum mover_type type, bool is_deflated, bool is_upload,
          struct codec **out)
{
    *out = NULL;
    if (type == MOVER_IMAGE && !is_deflated)
        return OK;
    struct codec *c = calloc(1, sizeof *c);
    if (c == NULL)
        return fail(ERR_MEMORY, "no memory for a transfer");
    c->is_ascii = type == MOVER_ASCII;
    c->is_upload = is_upload;
    c->between = BUFFER(2UL * STAGE);
    if (is_deflated) {
        int made = is_upload ? inflateInit(&c->zip)
                             : deflateInit(&c->zip, Z_DEFAULT_COMPRESSION);
        if (made != Z_OK) {
            free(c);
            return fail(ERR_MEMORY, "no memory for a transfer");
        }
        c->is_deflated = true;
    }
    *out = c;
    return OK;
}

void
codec_free(struct codec **codec)
{
    struct codec *c = *codec;

    if (c == NULL)
        return;
    if (c->is_deflated && c->is_upload)
        inflateEnd(&c->zip);
    else if (c->is_deflated)
        deflateEnd(&c->zip);
    buffer_done(&c->between);
    free(c);
    *codec = NULL;
}

/* ---- line ends ---- */

/* LF becomes CR LF, unless there is a CR before it already. */
static enum status
to_wire_lines(struct codec *c, struct str in, struct buffer *out)
{
    char *room;
    size_t used = 0;

    TRY(buffer_reserve(out, in.len * 2, &room));
    for (size_t i = 0; i < in.len; i++) {
        if (in.data[i] == '\n' && !c->was_cr)
            room[used++] = '\r';
        room[used++] = in.data[i];
        c->was_cr = in.data[i] == '\r';
    }
    buffer_added(out, used);
    return OK;
}

/* CR LF becomes LF; a CR by itself stays. */
static enum status
from_wire_lines(struct codec *c, struct str in, struct buffer *out)
{
    char *room;
    size_t used = 0;

    TRY(buffer_reserve(out, in.len + 1, &room));
    for (size_t i = 0; i < in.len; i++) {
        if (c->was_cr && in.data[i] != '\n')
            room[used++] = '\r';
        c->was_cr = in.data[i] == '\r';
        if (!c->was_cr)
            room[used++] = in.data[i];
    }
    buffer_added(out, used);
    return OK;
}

/* ---- compression ---- */

/* One call of zlib into a stage's worth of room. */
static enum status
run_zip(struct codec *c, struct str in, bool is_last, struct buffer *out,
        size_t *taken_out)
{
    char *room;

    TRY(buffer_reserve(out, STAGE, &room));
    c->zip.next_in = (unsigned char *)(uintptr_t)in.data;
    c->zip.avail_in = (unsigned)in.len;
    c->zip.next_out = (unsigned char *)room;
    c->zip.avail_out = STAGE;
    int result = c->is_upload
                     ? inflate(&c->zip, Z_NO_FLUSH)
                     : deflate(&c->zip, is_last ? Z_FINISH : Z_NO_FLUSH);
    *taken_out = in.len - c->zip.avail_in;
    buffer_added(out, STAGE - c->zip.avail_out);
    if (result == Z_STREAM_END)
        c->has_ended = true;
    else if (result != Z_OK && result != Z_BUF_ERROR)
        return fail(ERR_INVALID, "the compressed bytes are broken");
    return OK;
}

static enum status
inflate_piece(struct codec *c, struct str in, struct buffer *out,
              size_t *taken_out)
{
    if (c->has_ended)
        return fail(ERR_INVALID,
                    "there are bytes behind the end of the compressed ones");
    if (!c->is_ascii)
        return run_zip(c, in, false, out, taken_out);
    buffer_clear(&c->between);
    TRY(run_zip(c, in, false, &c->between, taken_out));
    return from_wire_lines(c, buffer_str(&c->between), out);
}

/* The line ends of a whole piece are made before any of it is compressed, so
 * the piece counts as taken with the last of what it became. */
static enum status
deflate_piece(struct codec *c, struct str in, struct buffer *out,
              size_t *taken_out)
{
    size_t taken = 0;

    if (!c->is_ascii)
        return run_zip(c, in, false, out, taken_out);
    if (buffer_len(&c->between) == 0) {
        TRY(to_wire_lines(c, in, &c->between));
        c->lined = in.len;
    }
    TRY(run_zip(c, buffer_str(&c->between), false, out, &taken));
    buffer_take(&c->between, taken);
    *taken_out = buffer_len(&c->between) == 0 ? c->lined : 0;
    return OK;
}

enum status
codec_turn(struct codec *c, struct str in, struct buffer *out,
           size_t *taken_out)
{
    struct str piece = str_from(in.data, in.len < STAGE ? in.len : STAGE);

    buffer_clear(out);
    *taken_out = piece.len;
    if (c->is_deflated)
        return c->is_upload ? inflate_piece(c, piece, out, taken_out)
                            : deflate_piece(c, piece, out, taken_out);
    return c->is_upload ? from_wire_lines(c, piece, out)
                        : to_wire_lines(c, piece, out);
}

/* zlib may keep bytes for which there was no room. */
static enum status
drain_zip(struct codec *c, struct buffer *out)
{
    unsigned long before = c->zip.total_out;
    size_t taken;

    TRY(inflate_piece(c, STR_NONE, out, &taken));
    if (!c->has_ended && c->zip.total_out == before)
        return fail(ERR_CLOSED, "the compressed bytes are cut off");
    return OK;
}

static enum status
end_upload(struct codec *c, struct buffer *out, bool *more_out)
{
    *more_out = c->is_deflated && !c->has_ended;
    if (*more_out)
        return drain_zip(c, out);
    if (c->is_ascii && c->was_cr)
        TRY(buffer_add(out, STR("\r")));
    c->was_cr = false;
    return OK;
}

enum status
codec_end(struct codec *c, struct buffer *out, bool *more_out)
{
    size_t taken;

    buffer_clear(out);
    *more_out = false;
    if (c->is_upload)
        return end_upload(c, out, more_out);
    if (!c->is_deflated)
        return OK;
    TRY(run_zip(c, STR_NONE, true, out, &taken));
    *more_out = !c->has_ended;
    return OK;
}
