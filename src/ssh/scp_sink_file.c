/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scp_sink_file.c - one file comes.
 *
 * When it cannot be written its bytes are still to be taken, since the client
 * sends them anyhow; that it failed is the answer to the last of them.
 */
#include "ssh/scp_private.h"

#include <stdlib.h>

enum status
scp_sink_open(struct scp *s, const struct scp_record *record)
{
    struct scp_sink *sink = &s->sink;
    struct vfs_open how = {
        .flags = VFS_WRITE | VFS_CREATE | VFS_TRUNCATE,
        .attributes = { .has = VFS_HAS_MODE, .mode = record->mode & 0777 },
    };

    TRY(vfs_open(s->files, scp_path_str(&sink->path), &how, &sink->file));
    sink->mode = record->mode & SCP_MODE;
    sink->size = record->size;
    sink->got = 0;
    sink->failure = OK;
    return OK;
}

void
scp_sink_write(struct scp *s, struct str *bytes)
{
    struct scp_sink *sink = &s->sink;
    uint64_t left = sink->size - sink->got;
    struct str part =
        str_from(bytes->data, bytes->len < left ? bytes->len : (size_t)left);

    if (sink->failure == OK)
        sink->failure = vfs_write(sink->file, sink->got, part);
    sink->got += part.len;
    *bytes = str_from_offset(*bytes, part.len);
}

void
scp_sink_close(struct scp *s)
{
    vfs_close(&s->sink.file);
    s->sink.times.known = false;
}

static enum status
set_file(struct scp *s)
{
    struct scp_sink *sink = &s->sink;
    struct vfs_attributes set = { .mode = sink->mode,
                                  .atime_ns = sink->times.atime_ns,
                                  .mtime_ns = sink->times.mtime_ns };

    if (s->command.flags & SCP_PRESERVE)
        set.has |= VFS_HAS_MODE;
    if (sink->times.known)
        set.has |= VFS_HAS_TIMES;
    return set.has == 0 ? OK : vfs_file_set_attributes(sink->file, &set);
}

/* A file whose times could not be set is still a whole one. */
enum status
scp_sink_publish(struct scp *s)
{
    struct scp_sink *sink = &s->sink;
    enum status is_set = OK;
    enum status status = sink->failure;

    if (status == OK)
        is_set = set_file(s);
    if (status == OK)
        status = vfs_commit(sink->file);
    scp_sink_close(s);
    if (status == OK && is_set == OK)
        return scp_say_ok(s);
    return scp_say_failure(s, scp_path_str(&sink->path),
                           status != OK ? status : is_set);
}

/* What stands for bytes that the client could not read is nothing to be
 * resumed. */
enum status
scp_sink_discard(struct scp *s)
{
    struct scp_sink *sink = &s->sink;
    const struct vfs_attributes nothing = { .has = VFS_HAS_SIZE };

    if (sink->failure == OK)
        sink->failure = vfs_file_set_attributes(sink->file, &nothing);
    scp_sink_close(s);
    return scp_say(s, SCP_ERROR, scp_path_str(&sink->path),
                   "not kept, since it could not be read in full");
}
