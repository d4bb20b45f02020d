/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_handles.c - the client's names for what it has open.
 *
 * A handle is eight bytes: its slot, and a number that no other handle of this
 * channel has had (until 2^32 later), so that a stale one finds nothing.
 */
#include "ssh/sftp_private.h"

#include <stdlib.h>

enum { HANDLE_TEXT = 8, FIRST_SLOTS = 8 };

static bool
is_free(const struct sftp_handle *h)
{
    return h->file == NULL && h->folder == NULL;
}

static enum status
add_slots(struct sftp *s)
{
    size_t count = s->handle_count ? s->handle_count * 2 : FIRST_SLOTS;

    if (s->handle_count >= SFTP_HANDLES)
        return fail(ERR_LIMIT, "more than %d open handles", SFTP_HANDLES);
    if (count > SFTP_HANDLES)
        count = SFTP_HANDLES;
    struct sftp_handle *handles = realloc(s->handles, count * sizeof *handles);
    if (handles == NULL)
        return fail(ERR_MEMORY, "no memory for %zu handles", count);
    for (size_t i = s->handle_count; i < count; i++)
        handles[i] = (struct sftp_handle){ 0 };
    s->handles = handles;
    s->handle_count = count;
    return OK;
}

enum status
sftp_handle_new(struct sftp *s, struct sftp_handle **handle_out)
{
    size_t slot = 0;

    while (slot < s->handle_count && !is_free(&s->handles[slot]))
        slot++;
    if (slot == s->handle_count)
        TRY(add_slots(s));
    s->handles[slot].generation = ++s->generation;
    *handle_out = &s->handles[slot];
    return OK;
}

enum status
sftp_handle_find(struct sftp *s, struct str text,
                 struct sftp_handle **handle_out)
{
    if (text.len != HANDLE_TEXT)
        return fail(ERR_INVALID, "a handle of %zu bytes", text.len);
    uint32_t slot = get_u32(text.data);
    if (slot >= s->handle_count || is_free(&s->handles[slot]) ||
        s->handles[slot].generation != get_u32(text.data + 4))
        return fail(ERR_INVALID, "a handle that is not open");
    *handle_out = &s->handles[slot];
    return OK;
}

void
sftp_handle_close(struct sftp_handle *h)
{
    vfs_close(&h->file);
    vfs_folder_close(&h->folder);
}

void
sftp_handles_rest(struct sftp *s)
{
    for (size_t i = 0; i < s->handle_count; i++)
        if (!is_free(&s->handles[i]))
            return;
    free(s->handles);
    s->handles = NULL;
    s->handle_count = 0;
}

enum status
sftp_reply_handle(struct sftp *s, const struct sftp_request *r,
                  const struct sftp_handle *h)
{
    char text[HANDLE_TEXT];
    size_t mark;

    put_u32(text, (uint32_t)(h - s->handles));
    put_u32(text + 4, h->generation);
    TRY(sftp_reply_start(s, SSH_FXP_HANDLE, r->id, &mark));
    TRY(add_string(&s->output, str_from(text, sizeof text)));
    sftp_reply_end(s, mark);
    return OK;
}

size_t
sftp_handle_count(const struct sftp *s)
{
    size_t count = 0;

    for (size_t i = 0; i < s->handle_count; i++)
        if (!is_free(&s->handles[i]))
            count++;
    return count;
}
