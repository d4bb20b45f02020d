/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scp_source_file.c - one file or folder goes: its header, then its bytes.
 *
 * A file is as long as its header said. One that has become shorter, or cannot
 * be read on, is filled up with zeros, and said to be broken behind them.
 */
#include "ssh/scp_private.h"

#include <sys/stat.h>

enum { CHUNK = 128 * 1024, SECOND_NS = 1000000000 };

void
scp_source_leave(struct scp *s)
{
    vfs_close(&s->source.file);
    vfs_folder_close(&s->source.folder);
}

static enum status
give_up(struct scp *s, const char *text)
{
    enum status said =
        scp_say(s, SCP_ERROR, scp_path_str(&s->source.path), text);

    scp_source_leave(s);
    return said;
}

static unsigned long long
seconds(int64_t ns)
{
    return ns < 0 ? 0 : (unsigned long long)(ns / SECOND_NS);
}

/* What the account's root is called elsewhere. */
static struct str
name_of(const struct scp *s)
{
    struct str name = scp_path_name(&s->source.path);
    struct str account = str_of(s->account_name);

    if (name.len > 0)
        return name;
    bool is_name = account.len > 0 && !str_is(account, ".") &&
                   !str_is(account, "..") &&
                   memchr(account.data, '/', account.len) == NULL &&
                   memchr(account.data, '\n', account.len) == NULL;
    return is_name ? account : STR("home");
}

enum status
scp_source_header(struct scp *s)
{
    struct scp_source *source = &s->source;
    const struct vfs_attributes *a = &source->attributes;
    struct str name = name_of(s);
    bool is_file = source->file != NULL;
    uint64_t size = is_file ? a->size : 0;

    source->state = SOURCE_HEADER;
    return buffer_addf(&s->output, "%c%04o %llu %.*s\n", is_file ? 'C' : 'D',
                       a->mode & SCP_MODE & ~(unsigned)S_ISVTX,
                       (unsigned long long)size, STR_ARG(name));
}

static enum status
say_header(struct scp *s)
{
    const struct vfs_attributes *a = &s->source.attributes;

    if (!(s->command.flags & SCP_PRESERVE))
        return scp_source_header(s);
    s->source.state = SOURCE_TIMES;
    return buffer_addf(&s->output, "T%llu 0 %llu 0\n", seconds(a->mtime_ns),
                       seconds(a->atime_ns));
}

static enum status
open_file(struct scp *s)
{
    const struct vfs_open how = { .flags = VFS_READ };

    TRY(vfs_open(s->files, scp_path_str(&s->source.path), &how,
                 &s->source.file));
    TRY(vfs_file_stat(s->source.file, &s->source.attributes));
    s->source.sent = 0;
    s->source.failure = OK;
    return OK;
}

/* A link that leads to a folder above itself would never end. The device is
 * not told, so the time has to do with the inode. */
static bool
is_inside_itself(const struct scp_source *source)
{
    const struct vfs_attributes *a = &source->attributes;

    for (size_t i = 0; i < source->depth; i++) {
        const struct scp_listing *above = &source->listings[i];
        if (!above->is_glob && a->inode != 0 && above->inode == a->inode &&
            above->mtime_ns == a->mtime_ns)
            return true;
    }
    return false;
}

static enum status
offer_folder(struct scp *s)
{
    struct scp_source *source = &s->source;

    if (!(s->command.flags & SCP_RECURSIVE))
        return give_up(s, "not a regular file");
    if (is_inside_itself(source))
        return give_up(s, "a link that leads to a folder above it");
    if (source->depth == SCP_DEPTH)
        return give_up(s, "too many folders inside each other");
    enum status status =
        vfs_list(s->files, scp_path_str(&source->path), &source->folder);
    if (status == OK)
        return say_header(s);
    status = scp_say_failure(s, scp_path_str(&source->path), status);
    scp_source_leave(s);
    return status;
}

static enum status
look(struct scp *s, const struct vfs_attributes *known)
{
    if (known != NULL && (S_ISREG(known->mode) || S_ISDIR(known->mode))) {
        s->source.attributes = *known;
        return OK;
    }
    return vfs_stat(s->files, scp_path_str(&s->source.path), VFS_FOLLOW,
                    &s->source.attributes);
}

enum status
scp_source_offer(struct scp *s, const struct vfs_attributes *known)
{
    struct scp_source *source = &s->source;
    struct str path = scp_path_str(&source->path);

    if (memchr(path.data, '\n', path.len) != NULL)
        return give_up(s, "a name with a line break cannot be sent");
    enum status status = look(s, known);
    if (status == OK && S_ISDIR(source->attributes.mode))
        return offer_folder(s);
    if (status == OK && !S_ISREG(source->attributes.mode))
        return give_up(s, "not a regular file");
    if (status == OK)
        status = open_file(s);
    if (status == OK)
        return say_header(s);
    status = scp_say_failure(s, path, status);
    scp_source_leave(s);
    return status;
}

/* Read into the output; zeros where nothing can be read. */
static enum status
send_some(struct scp *s, size_t len)
{
    struct scp_source *source = &s->source;
    size_t got = 0;
    char *room;

    TRY(buffer_reserve(&s->output, len, &room));
    if (source->failure == OK) {
        source->failure = vfs_read(source->file, source->sent, room, len, &got);
        if (source->failure == OK && got == 0)
            source->failure = fail(ERR_IO, "the file has become shorter");
    }
    if (source->failure != OK) {
        memset(room, 0, len);
        got = len;
    }
    buffer_added(&s->output, got);
    source->sent += got;
    return OK;
}

enum status
scp_source_send(struct scp *s)
{
    struct scp_source *source = &s->source;
    uint64_t left = source->attributes.size - source->sent;

    if (left > 0)
        return send_some(s, left < CHUNK ? (size_t)left : CHUNK);
    source->state = SOURCE_AFTER_FILE;
    if (source->failure == OK)
        return scp_say_ok(s);
    return scp_say_failure(s, scp_path_str(&source->path), source->failure);
}
