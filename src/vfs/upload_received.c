/* SPDX-License-Identifier: Apache-2.0 */
/* upload_received.c - which bytes of an upload are there. */
#include "vfs/upload_received.h"

#include <stdlib.h>
#include <string.h>

void
received_done(struct received *r)
{
    free(r->islands);
    *r = (struct received){ 0 };
}

static void
drop_islands(struct received *r, size_t at, size_t count)
{
    memmove(r->islands + at, r->islands + at + count,
            (r->count - at - count) * sizeof *r->islands);
    r->count -= count;
}

/* The prefix reaches `end`: it swallows the islands that it touches. */
static void
extend_prefix(struct received *r, uint64_t end)
{
    size_t touched = 0;

    while (touched < r->count && r->islands[touched].start <= end) {
        if (r->islands[touched].end > end)
            end = r->islands[touched].end;
        touched++;
    }
    if (touched > 0)
        drop_islands(r, 0, touched);
    r->prefix = end;
}

static enum status
make_room(struct received *r)
{
    if (r->count < r->room)
        return OK;
    if (r->count >= RECEIVED_ISLANDS)
        return fail(ERR_LIMIT, "the upload leaves over %d holes",
                    RECEIVED_ISLANDS);
    size_t room = r->room == 0 ? 8 : r->room * 2;
    struct received_run *grown = realloc(r->islands, room * sizeof *grown);
    if (grown == NULL)
        return fail(ERR_MEMORY, "no memory for the holes of an upload");
    r->islands = grown;
    r->room = room;
    return OK;
}

static enum status
add_island(struct received *r, uint64_t start, uint64_t end)
{
    size_t at = 0;

    while (at < r->count && r->islands[at].end < start)
        at++;
    if (at == r->count || r->islands[at].start > end) {
        TRY(make_room(r));
        memmove(r->islands + at + 1, r->islands + at,
                (r->count - at) * sizeof *r->islands);
        r->islands[at] = (struct received_run){ start, end };
        r->count++;
        return OK;
    }
    struct received_run *run = &r->islands[at];
    if (start < run->start)
        run->start = start;
    if (end > run->end)
        run->end = end;
    size_t touched = 0;
    while (at + 1 + touched < r->count && run[1 + touched].start <= run->end) {
        if (run[1 + touched].end > run->end)
            run->end = run[1 + touched].end;
        touched++;
    }
    drop_islands(r, at + 1, touched);
    return OK;
}

enum status
received_add(struct received *r, uint64_t start, uint64_t end)
{
    if (end <= start || end <= r->prefix)
        return OK;
    if (start > r->prefix)
        return add_island(r, start, end);
    extend_prefix(r, end);
    return OK;
}

void
received_cut(struct received *r, uint64_t size)
{
    if (r->prefix > size)
        r->prefix = size;
    while (r->count > 0 && r->islands[r->count - 1].start >= size)
        r->count--;
    if (r->count > 0 && r->islands[r->count - 1].end > size)
        r->islands[r->count - 1].end = size;
}
