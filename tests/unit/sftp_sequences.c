/* SPDX-License-Identifier: Apache-2.0 */
/* sftp_sequences.c - how the clients of the field upload. */
#include "sftp_sequences.h"

#include <stdio.h>

enum { K30 = 30000, K32 = 32768, K255 = 261120 };

/* clang-format off */
const struct sequence sequences[] = {
    { "sftp put",       W | C | T,     K255, ASKS_STAT, NULL },
    { "sftp put -p",    W | C | T,     K255, ASKS_STAT | SETS_MODE | SETS_TIMES, NULL },
    { "sftp put -f",    W | C | T,     K255, ASKS_STAT | SYNCS, NULL },
    { "sftp reput",     W | C | A,     K255, ASKS_STAT | RESUMES, NULL },
    { "scp",            W | C,         K255, ASKS_STAT | SETS_SIZE, NULL },
    { "scp -p",         W | C,         K255, ASKS_STAT | SETS_SIZE | SETS_MODE | SETS_TIMES, NULL },
    { "sshfs create",   W | C | X,     K32,  ASKS_LSTAT | ASKS_FSTAT | NEEDS_NONE | DOES_NOT_WAIT, NULL },
    { "sshfs rewrite",  W | T,         K32,  ASKS_LSTAT | NEEDS_ONE | DOES_NOT_WAIT, NULL },
    { "sshfs append",   W | A,         K32,  ASKS_LSTAT | NEEDS_ONE | APPENDS | DOES_NOT_WAIT, NULL },
    { "rclone",         W | C | T,     K32,  ASKS_STAT | SETSTAT_AFTER | STAT_AFTER, NULL },
    { "rclone partial", W | C | T,     K32,  ASKS_STAT | MOVES_REPLACING | SETSTAT_AFTER | STAT_AFTER, ".partial" },
    { "lftp put",       W | C | T,     K32,  SETS_SIZE | SETS_TIMES, NULL },
    { "lftp put -c",    W | C,         K32,  ASKS_STAT | RESUMES | SETS_SIZE | SETS_TIMES, NULL },
    { "curl -T",        W | C | T,     K30,  0, NULL },
    { "curl -T -C -",   W | A,         K30,  ASKS_STAT | NEEDS_ONE | RESUMES, NULL },
    { "curl --append",  W | C | A,     K30,  APPENDS, NULL },
    { "psftp put",      W | C | T,     4096, 0, NULL },
    { "psftp reput",    W,             4096, ASKS_FSTAT | NEEDS_ONE | RESUMES, NULL },
    { "paramiko put",   W | C | T,     K32,  STAT_AFTER, NULL },
    { "paramiko wx",    W | C | T | X, K32,  NEEDS_NONE, NULL },
    { "paramiko a",     W | C | A,     K32,  ASKS_FSTAT | APPENDS, NULL },
    { "paramiko r+",    R | W,         K32,  NEEDS_ONE, NULL },
    { "restic",         W | C | X,     K32,  MOVES, "-restic-temp-1f2e" },
    { "WinSCP",         W | C | T,     K32,  ASKS_STAT | SETS_TIMES | MOVES | REMOVES_FIRST, ".filepart" },
};
/* clang-format on */
const size_t sequence_count = sizeof sequences / sizeof sequences[0];

static const struct vfs_attributes times = {
    .has = VFS_HAS_TIMES,
    .atime_ns = 1234567890000000000,
    .mtime_ns = 1234567890000000000,
};

const struct sequence *
sequence_of(const char *client)
{
    const struct sequence *found = NULL;

    for (size_t i = 0; i < sequence_count; i++)
        if (strcmp(sequences[i].client, client) == 0)
            found = &sequences[i];
    EXPECT(found != NULL);
    return found;
}

/* The size in an ATTRS, or 0 of a STATUS. */
static uint64_t
size_told(void)
{
    struct reader replies = reader_of(dialogue_replies());

    read_u32(&replies);
    if (read_u8(&replies) == SSH_FXP_STATUS) {
        SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
        return 0;
    }
    return SERVER_ATTRIBUTES().size;
}

struct upload
sequence_begin(const struct sequence *sequence, const char *path,
               struct str content)
{
    struct vfs_attributes mode = { .has = VFS_HAS_MODE, .mode = 0644 };
    struct upload u = { .sequence = sequence, .content = content };
    unsigned does = sequence->does;

    snprintf(u.path, sizeof u.path, "%s", path);
    snprintf(u.target, sizeof u.target, "%s%s", path,
             sequence->elsewhere ? sequence->elsewhere : "");
    if (does & ASKS_STAT) {
        CLIENT(SSH_FXP_STAT, "s", u.target);
        u.size_there = size_told();
    }
    CLIENT(SSH_FXP_OPEN, "sua", u.target, sequence->pflags, &mode);
    if (does & ASKS_LSTAT)
        CLIENT(SSH_FXP_LSTAT, "s", u.target);
    u.handle = SERVER_HANDLE();
    if (does & ASKS_LSTAT)
        u.size_there = size_told();
    if (does & ASKS_FSTAT) {
        CLIENT(SSH_FXP_FSTAT, "h", u.handle);
        u.size_there = size_told();
    }
    return u;
}

/* Where its first byte is written, and which byte of the content that is. */
static uint64_t
first_offset(const struct upload *u)
{
    return (u->sequence->does & (RESUMES | APPENDS)) ? u->size_there : 0;
}

static size_t
first_byte(const struct upload *u)
{
    return (u->sequence->does & RESUMES) ? (size_t)u->size_there : 0;
}

void
sequence_write(const struct upload *u, size_t most)
{
    uint64_t offset = first_offset(u);
    struct str rest = str_from_offset(u->content, first_byte(u));
    size_t sent = 0;

    rest.len = rest.len < most ? rest.len : most;
    for (; rest.len > 0; sent++) {
        size_t len =
            rest.len < u->sequence->piece ? rest.len : u->sequence->piece;
        CLIENT(SSH_FXP_WRITE, "hqt", u->handle, offset,
               str_from(rest.data, len));
        offset += len;
        rest = str_from_offset(rest, len);
    }
    while (sent-- > 0)
        SERVER_OK();
}

static void
set_before_close(const struct upload *u)
{
    struct vfs_attributes a = times;
    unsigned does = u->sequence->does;

    a.size = first_offset(u) + u->content.len - first_byte(u);
    a.mode = 0640;
    a.has = ((does & SETS_SIZE) ? VFS_HAS_SIZE : 0U) |
            ((does & SETS_TIMES) ? VFS_HAS_TIMES : 0U) |
            ((does & SETS_MODE) ? VFS_HAS_MODE : 0U);
    if (a.has == 0)
        return;
    CLIENT(SSH_FXP_FSETSTAT, "ha", u->handle, &a);
    SERVER_OK();
}

static void
move(const struct upload *u)
{
    unsigned does = u->sequence->does;

    if (does & REMOVES_FIRST) {
        CLIENT(SSH_FXP_REMOVE, "s", u->path);
        (void)SERVER_ANY_STATUS();
    }
    if (does & MOVES_REPLACING) {
        CLIENT(SSH_FXP_EXTENDED, "sss", "posix-rename@openssh.com", u->target,
               u->path);
        SERVER_OK();
    }
    if (does & MOVES) {
        CLIENT(SSH_FXP_RENAME, "ss", u->target, u->path);
        SERVER_OK();
    }
}

void
sequence_end(const struct upload *u)
{
    unsigned does = u->sequence->does;

    set_before_close(u);
    if (does & SYNCS) {
        CLIENT(SSH_FXP_EXTENDED, "sh", "fsync@openssh.com", u->handle);
        SERVER_OK();
    }
    CLIENT(SSH_FXP_CLOSE, "h", u->handle);
    if (does & DOES_NOT_WAIT)
        CLIENT(SSH_FXP_LSTAT, "s", u->target);
    SERVER_OK();
    if (does & DOES_NOT_WAIT)
        EXPECT(SERVER_ATTRIBUTES().size ==
               first_offset(u) + u->content.len - first_byte(u));
    move(u);
    if (does & SETSTAT_AFTER) {
        CLIENT(SSH_FXP_SETSTAT, "sa", u->path, &times);
        SERVER_OK();
    }
    if (does & STAT_AFTER) {
        CLIENT(SSH_FXP_STAT, "s", u->path);
        EXPECT(SERVER_ATTRIBUTES().size == u->content.len);
    }
}

void
sequence_upload(const struct sequence *sequence, const char *path,
                struct str content)
{
    struct upload u = sequence_begin(sequence, path, content);

    sequence_write(&u, SIZE_MAX);
    sequence_end(&u);
}
