/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_files.c - open files: OPEN, CLOSE, READ, WRITE, FSTAT, FSETSTAT, fsync.
 *
 * Bulk data is never copied here: READ lets the file write into the reply, and
 * WRITE hands on the bytes of the packet.
 */
#include "ssh/sftp_private.h"

/* pflags of OPEN, section 6.3. */
enum {
    SSH_FXF_READ = 0x01,
    SSH_FXF_WRITE = 0x02,
    SSH_FXF_APPEND = 0x04,
    SSH_FXF_CREAT = 0x08,
    SSH_FXF_TRUNC = 0x10,
    SSH_FXF_EXCL = 0x20,
};

/* length, number, id, and the length of the data */
enum { DATA_HEADER = 4 + 1 + 4 + 4 };

static unsigned
open_flags(uint32_t pflags)
{
    static const struct {
        uint32_t pflag;
        unsigned flag;
    } flags[] = {
        { SSH_FXF_READ, VFS_READ },      { SSH_FXF_WRITE, VFS_WRITE },
        { SSH_FXF_APPEND, VFS_APPEND },  { SSH_FXF_CREAT, VFS_CREATE },
        { SSH_FXF_TRUNC, VFS_TRUNCATE }, { SSH_FXF_EXCL, VFS_EXCLUSIVE },
    };
    unsigned result = 0;

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (pflags & flags[i].pflag)
            result |= flags[i].flag;
    /* Without CREAT the draft gives EXCL no meaning. */
    return (result & VFS_CREATE) ? result : result & ~(unsigned)VFS_EXCLUSIVE;
}

/* FNV-1a: copy-data only asks whether two handles were opened by one path. */
static uint64_t
hash_path(struct str path)
{
    uint64_t hash = 0xcbf29ce484222325U;

    for (size_t i = 0; i < path.len; i++)
        hash = (hash ^ (unsigned char)path.data[i]) * 0x100000001b3U;
    return hash;
}

enum status
sftp_open_file(struct sftp *s, struct sftp_request *r)
{
    struct vfs_open how = { .flags = open_flags(read_u32(&r->body)) };
    struct sftp_handle *h;

    TRY(sftp_read_attributes(&r->body, &how.attributes));
    if (!(how.flags & (VFS_READ | VFS_WRITE | VFS_CREATE)))
        how.flags |= VFS_READ; /* open(2) has no "neither" */
    TRY(sftp_handle_new(s, &h));
    TRY(vfs_open(s->files, r->path, &how, &h->file));
    h->flags = how.flags;
    h->path_hash = hash_path(r->path);
    enum status result = sftp_reply_handle(s, r, h);
    if (result != OK)
        sftp_handle_close(h);
    return result;
}

/* The handle is gone whatever the answer (section 6.3). */
enum status
sftp_close_handle(struct sftp *s, struct sftp_request *r)
{
    struct sftp_handle *h = r->handle;
    enum status result = OK;

    if (h->file != NULL && (h->flags & VFS_WRITE))
        result = vfs_commit(h->file);
    if (result == OK) {
        sftp_handle_close(h);
        return sftp_reply_result(s, r, OK);
    }
    AUTO(str_free) char *why = str_copy(str_of(fail_reason()));
    sftp_handle_close(h); /* which may have reasons of its own */
    return fail(result, "%s", why ? why : "");
}

enum status
sftp_check_range(uint64_t offset, uint64_t len)
{
    if (offset > INT64_MAX || len > INT64_MAX - offset)
        return fail(ERR_INVALID, "%llu bytes at %llu", (unsigned long long)len,
                    (unsigned long long)offset);
    return OK;
}

enum status
sftp_read_data(struct sftp *s, struct sftp_request *r)
{
    uint64_t offset = read_u64(&r->body);
    uint32_t len = read_u32(&r->body);
    char *reply;
    size_t got;

    if (len > SFTP_DATA)
        len = SFTP_DATA;
    TRY(sftp_read_all(r));
    TRY(sftp_check_range(offset, len));
    TRY(buffer_reserve(&s->output, DATA_HEADER + len, &reply));
    TRY(vfs_read(r->handle->file, offset, reply + DATA_HEADER, len, &got));
    if (got == 0 && len > 0)
        return sftp_reply_status(s, r, SSH_FX_EOF, "End of file");

    put_u32(reply, (uint32_t)(DATA_HEADER - 4 + got));
    reply[4] = SSH_FXP_DATA;
    put_u32(reply + 5, r->id);
    put_u32(reply + 9, (uint32_t)got);
    buffer_added(&s->output, DATA_HEADER + got);
    return OK;
}

enum status
sftp_write_data(struct sftp *s, struct sftp_request *r)
{
    uint64_t offset = read_u64(&r->body);
    struct str bytes = read_string(&r->body);

    TRY(sftp_read_all(r));
    TRY(sftp_check_range(offset, bytes.len));
    TRY(vfs_write(r->handle->file, offset, bytes));
    return sftp_reply_result(s, r, OK);
}

enum status
sftp_stat_file(struct sftp *s, struct sftp_request *r)
{
    struct vfs_attributes attributes;

    TRY(vfs_file_stat(r->handle->file, &attributes));
    return sftp_reply_attributes(s, r, &attributes);
}

enum status
sftp_set_file_attributes(struct sftp *s, struct sftp_request *r)
{
    struct vfs_attributes attributes;

    TRY(sftp_read_attributes(&r->body, &attributes));
    TRY(vfs_file_set_attributes(r->handle->file, &attributes));
    return sftp_reply_result(s, r, OK);
}

enum status
sftp_sync_file(struct sftp *s, struct sftp_request *r)
{
    TRY(vfs_sync(r->handle->file));
    return sftp_reply_result(s, r, OK);
}
