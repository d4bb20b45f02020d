/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfs.h - the files that one account may see.
 *
 * The only door between protocols and storage. Behind it stands a stack:
 * layers that add a rule on top, a place that keeps bytes at the bottom. Login
 * builds the stack, and a protocol holds only its top, so there is no way
 * around a rule.
 *
 * Paths are absolute and normalised (vfs_normalise): they start with a slash,
 * have no empty, "." or ".." component and no trailing slash; "/" is the
 * account's own root. Names are bytes without NUL and slash, at most 255;
 * a path has at most VFS_PATH bytes.
 *
 * Names that are kept for ourselves (".convoy-…", ".nfs…") do not exist for
 * clients: looked up they are ERR_NOT_FOUND, made they are ERR_DENIED, and no
 * listing shows them. A link out of the account is ERR_DENIED, one that leads
 * nowhere, to itself or over too many others is ERR_NOT_FOUND.
 *
 * A stack belongs to one session and is used by one thread at a time.
 *
 * Errors: ERR_NOT_FOUND, ERR_DENIED, ERR_EXISTS, ERR_NOT_EMPTY,
 * ERR_IS_FOLDER, ERR_NO_FOLDER, ERR_FULL, ERR_BUSY, ERR_LIMIT, ERR_INVALID,
 * ERR_UNSUPPORTED, ERR_MEMORY, ERR_IO. ERR_LINK is between layers only: a
 * component of the path is a symbolic link; with_links turns it into the path
 * that is meant and never lets it out.
 */
#pragma once

#include "base/buffer.h"
#include "base/status.h"
#include "base/str.h"

#include <stdint.h>

enum { VFS_PATH = 4096, VFS_NAME = 255 };

struct vfs;
struct vfs_file;   /* an open file, owned by whoever opened it */
struct vfs_folder; /* a listing under way, owned likewise */

enum vfs_has {
    VFS_HAS_SIZE = 1 << 0,
    VFS_HAS_MODE = 1 << 1,
    VFS_HAS_OWNER = 1 << 2, /* uid and gid */
    VFS_HAS_TIMES = 1 << 3, /* atime and mtime */
};

struct vfs_attributes {
    unsigned has; /* enum vfs_has: which of the next are meant */
    uint64_t size;
    uint32_t mode; /* type and permission bits, as in st_mode */
    uint32_t uid;
    uint32_t gid;
    int64_t atime_ns; /* since 1970 */
    int64_t mtime_ns;
    /* Only told, never set: */
    uint64_t inode;
    uint64_t device; /* with the inode, one file's alone */
    uint64_t links;
    int64_t created_ns; /* 0: not known */
};

/* SFTP's flags of OPEN; FTP and HTTP map onto the same. */
enum vfs_open_flags {
    VFS_READ = 1 << 0,
    VFS_WRITE = 1 << 1,
    VFS_CREATE = 1 << 2,
    VFS_TRUNCATE = 1 << 3,
    VFS_APPEND = 1 << 4,
    VFS_EXCLUSIVE = 1 << 5, /* with VFS_CREATE: fail if the name exists */
    VFS_RESUME = 1 << 6,    /* resume a left-over at `resume_at` (REST n) */
};

struct vfs_open {
    unsigned flags;
    uint64_t resume_at;
    struct vfs_attributes attributes; /* for a file that is made */
    bool in_place; /* between layers: written in place, whatever
                      staged_uploads says of all paths */
};

enum vfs_stat_flags {
    VFS_FOLLOW = 1 << 0, /* what a link leads to, not the link */
    VFS_TELL = 1 << 1,   /* the size of a left-over may be told, where nothing
                            is published: STAT, SIZE, MLST */
};

enum vfs_remove_kind { VFS_REMOVE_FILE, VFS_REMOVE_FOLDER };

struct vfs_space { /* as statvfs(3) */
    uint64_t block_size, fragment_size, blocks, blocks_free, blocks_available;
    uint64_t files, files_free, files_available, id, flags, name_max;
};

struct vfs_entry {
    struct str name; /* valid until the next call on the folder */
    struct vfs_attributes attributes; /* of the entry itself, links not
                                         followed */
};

/*
 * Make `path` absolute and normalised: relative to "/", "." and ".." worked
 * out by text, ".." at the root staying there. ERR_INVALID for a NUL, a name
 * over VFS_NAME or a path over VFS_PATH. `into` is NUL-terminated.
 */
MUST_CHECK enum status vfs_normalise(struct str path, char into[VFS_PATH + 1],
                                     size_t *len_out);

/*
 * Open a file. Writing follows the rules of uploads: new content is invisible
 * to others until vfs_commit(), an edit of a published file is done in place.
 */
MUST_CHECK enum status vfs_open(struct vfs *, struct str path,
                                const struct vfs_open *how,
                                struct vfs_file **file_out);

MUST_CHECK enum status vfs_list(struct vfs *, struct str path,
                                struct vfs_folder **folder_out);
MUST_CHECK enum status vfs_stat(struct vfs *, struct str path, unsigned how,
                                struct vfs_attributes *out);
/* `how`: VFS_FOLLOW or not. Size, mode, owner, times: what `has` names. */
MUST_CHECK enum status vfs_set_attributes(struct vfs *, struct str path,
                                          unsigned how,
                                          const struct vfs_attributes *);
MUST_CHECK enum status vfs_make_folder(struct vfs *, struct str path,
                                       const struct vfs_attributes *);
MUST_CHECK enum status vfs_remove(struct vfs *, struct str path,
                                  enum vfs_remove_kind);
/* With `replace`, an existing target is replaced at once (posix-rename). */
MUST_CHECK enum status vfs_rename(struct vfs *, struct str from, struct str to,
                                  bool replace);
/* A second name for the same file. */
MUST_CHECK enum status vfs_link(struct vfs *, struct str existing,
                                struct str name);
/* A symbolic link `name` whose text is `target`; an absolute target is a path
 * of the account. */
MUST_CHECK enum status vfs_make_link(struct vfs *, struct str target,
                                     struct str name);
MUST_CHECK enum status vfs_read_link(struct vfs *, struct str path,
                                     struct buffer *target_out);
MUST_CHECK enum status vfs_space(struct vfs *, struct str path,
                                 struct vfs_space *out);
/*
 * What the rules allow to be done with the path, whether it is there or not:
 * enum permission of places.h. Not what the host's modes make of it. Of a link
 * it is what may be done with the link (removing, renaming) and with what it
 * leads to (all else). *is_same_out: the same answer holds for every path, so
 * there is no need to ask for each.
 */
unsigned vfs_may(struct vfs *, struct str path, bool *is_same_out);
/* Free the stack from here down; files and folders are closed before. */
void vfs_free(struct vfs **);

/* Read up to `size` bytes; *got_out == 0 means the end of the file. */
MUST_CHECK enum status vfs_read(struct vfs_file *, uint64_t offset, void *into,
                                size_t size, size_t *got_out);
/* Write all the bytes or fail. A file opened to append ignores the offset. */
MUST_CHECK enum status vfs_write(struct vfs_file *, uint64_t offset,
                                 struct str bytes);
/*
 * The same without the bytes passing through us. vfs_send: to a socket, which
 * does not block (sendfile); *sent_out is 0 when it takes nothing now, or when
 * this is the end of the file: ask vfs_read. vfs_receive: the next `size`
 * bytes of a pipe that holds them (splice), all or none. ERR_UNSUPPORTED,
 * nothing having happened: use vfs_read and vfs_write.
 */
MUST_CHECK enum status vfs_send(struct vfs_file *, uint64_t offset, size_t size,
                                int to_socket, size_t *sent_out);
MUST_CHECK enum status vfs_receive(struct vfs_file *, uint64_t offset,
                                   size_t size, int from_pipe);
MUST_CHECK enum status vfs_file_stat(struct vfs_file *,
                                     struct vfs_attributes *out);
/* A size needs a handle opened to write, all else the permission to set
 * attributes: ERR_DENIED. */
MUST_CHECK enum status vfs_file_set_attributes(struct vfs_file *,
                                               const struct vfs_attributes *);
/* fsync: what was written survives a power cut. */
MUST_CHECK enum status vfs_sync(struct vfs_file *);
MUST_CHECK enum status vfs_file_space(struct vfs_file *, struct vfs_space *out);
/*
 * The client said that it is done: publish what was staged, sync what was
 * edited. OK means it survives a power cut (unless durability = cache). To be
 * called once, before vfs_close; a file only read needs none, but may.
 */
MUST_CHECK enum status vfs_commit(struct vfs_file *);
/* Alone, without a commit, it keeps an upload for resuming. Safe on NULL. */
void vfs_close(struct vfs_file **);

/* The next entry ("." and ".." included where the place has them), or
 * *more_out = false. Memory stays bounded however large the folder is. */
MUST_CHECK enum status vfs_folder_next(struct vfs_folder *,
                                       struct vfs_entry *out, bool *more_out);
void vfs_folder_close(struct vfs_folder **);
