/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_folders.c - OPENDIR, READDIR, MKDIR, RMDIR.
 */
#include "ssh/sftp_private.h"

#include "vfs/list_line.h"

#include <stdio.h>

enum {
    BATCH_NAMES = 100,
    BATCH_BYTES = 32 * 1024,
    LARGEST_NAME = 4 + VFS_NAME + 4 + VFS_LIST_LINE + 32,
    OWNER_NUMBER = 11,
};

enum status
sftp_open_folder(struct sftp *s, struct sftp_request *r)
{
    struct sftp_handle *h;

    TRY(sftp_handle_new(s, &h));
    TRY(vfs_list(s->files, r->path, &h->folder));
    enum status result = sftp_reply_handle(s, r, h);
    if (result != OK)
        sftp_handle_close(h);
    return result;
}

static enum status
add_entry(struct sftp *s, const struct vfs_entry *entry)
{
    const char *owner = sftp_owner_column(s, entry->attributes.uid);
    char number[OWNER_NUMBER];
    char line[VFS_LIST_LINE];

    if (owner == NULL) {
        snprintf(number, sizeof number, "%u", entry->attributes.uid);
        owner = number;
    }
    TRY(add_string(&s->output, entry->name));
    /* Without a clock there is no telling which times are recent. */
    size_t len = vfs_list_line(entry, owner, 0, line);
    TRY(add_string(&s->output, str_from(line, len)));
    return sftp_add_attributes(&s->output, &entry->attributes);
}

/* As many names as fit in a reply of reasonable size. */
static enum status
add_entries(struct sftp *s, struct vfs_folder *folder, size_t mark,
            uint32_t *count_out)
{
    uint32_t count = 0;

    while (count < BATCH_NAMES &&
           buffer_len(&s->output) - mark < BATCH_BYTES - LARGEST_NAME) {
        struct vfs_entry entry;
        bool more;

        TRY(vfs_folder_next(folder, &entry, &more));
        if (!more)
            break;
        TRY(add_entry(s, &entry));
        count++;
    }
    *count_out = count;
    return OK;
}

enum status
sftp_read_folder(struct sftp *s, struct sftp_request *r)
{
    uint32_t count;
    size_t mark;

    TRY(sftp_reply_start(s, SSH_FXP_NAME, r->id, &mark));
    size_t count_at = buffer_len(&s->output);
    TRY(add_u32(&s->output, 0));
    TRY(add_entries(s, r->handle->folder, mark, &count));
    if (count == 0) {
        buffer_cut(&s->output, mark);
        return sftp_reply_status(s, r, SSH_FX_EOF, "End of folder");
    }
    sftp_reply_patch(s, count_at, count);
    sftp_reply_end(s, mark);
    return OK;
}

enum status
sftp_make_folder(struct sftp *s, struct sftp_request *r)
{
    struct vfs_attributes attributes;

    TRY(sftp_read_attributes(&r->body, &attributes));
    TRY(vfs_make_folder(s->files, r->path, &attributes));
    return sftp_reply_result(s, r, OK);
}

enum status
sftp_remove_folder(struct sftp *s, struct sftp_request *r)
{
    TRY(vfs_remove(s->files, r->path, VFS_REMOVE_FOLDER));
    return sftp_reply_result(s, r, OK);
}
