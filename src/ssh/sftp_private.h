/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_private.h - what the parts of the SFTP engine share.
 *
 * A request is answered by exactly one reply. Its handler reads the rest of
 * the packet, acts, and either adds that reply or fails; a failure becomes a
 * STATUS in one place, sftp.c. What a row of a table says a request needs (a
 * path, an open file, ...) was read and checked before the handler runs.
 */
#pragma once

#include "base/wire.h"
#include "ssh/engine.h"
#include "ssh/sftp.h"

/* Message numbers (draft-ietf-secsh-filexfer-02, section 3). */
enum {
    SSH_FXP_INIT = 1,
    SSH_FXP_VERSION = 2,
    SSH_FXP_OPEN = 3,
    SSH_FXP_CLOSE = 4,
    SSH_FXP_READ = 5,
    SSH_FXP_WRITE = 6,
    SSH_FXP_LSTAT = 7,
    SSH_FXP_FSTAT = 8,
    SSH_FXP_SETSTAT = 9,
    SSH_FXP_FSETSTAT = 10,
    SSH_FXP_OPENDIR = 11,
    SSH_FXP_READDIR = 12,
    SSH_FXP_REMOVE = 13,
    SSH_FXP_MKDIR = 14,
    SSH_FXP_RMDIR = 15,
    SSH_FXP_REALPATH = 16,
    SSH_FXP_STAT = 17,
    SSH_FXP_RENAME = 18,
    SSH_FXP_READLINK = 19,
    SSH_FXP_SYMLINK = 20,
    SSH_FXP_STATUS = 101,
    SSH_FXP_HANDLE = 102,
    SSH_FXP_DATA = 103,
    SSH_FXP_NAME = 104,
    SSH_FXP_ATTRS = 105,
    SSH_FXP_EXTENDED = 200,
    SSH_FXP_EXTENDED_REPLY = 201,
};

/* Section 7: what a STATUS says. */
enum sftp_code {
    SSH_FX_OK = 0,
    SSH_FX_EOF = 1,
    SSH_FX_NO_SUCH_FILE = 2,
    SSH_FX_PERMISSION_DENIED = 3,
    SSH_FX_FAILURE = 4,
    SSH_FX_BAD_MESSAGE = 5,
    SSH_FX_OP_UNSUPPORTED = 8,
};

enum { SFTP_VERSION = 3 };

enum sftp_state {
    BEFORE_INIT = 1 << 0,
    AFTER_INIT = 1 << 1,
};

enum sftp_needs {
    NEEDS_PATH = 1 << 0,   /* starts with a path that names something */
    NEEDS_PLACE = 1 << 1,  /* starts with a path; an empty one means "/" */
    NEEDS_FILE = 1 << 2,   /* starts with the handle of a file */
    NEEDS_FOLDER = 1 << 3, /* starts with the handle of a folder */
    HAS_NO_ID = 1 << 4,
};

/* An open file or folder of the client; neither means a free slot. */
struct sftp_handle {
    struct vfs_file *file;
    struct vfs_folder *folder;
    unsigned flags;      /* enum vfs_open_flags of the file */
    uint32_t generation; /* tells a handle from an older one in its slot */
    uint64_t path_hash;  /* which path it was opened by */
};

struct sftp {
    struct engine engine; /* first: the engine is the sftp */
    struct vfs *files;
    const char *account_name;
    enum sftp_state state;
    bool broken; /* the protocol was: nothing is taken any more */
    bool owner_asked, owner_known, owner_fits;
    uint32_t owner; /* uid of the account's root, if known */
    uint32_t generation;
    size_t handle_count; /* slots, free ones included */
    struct sftp_handle *handles;
    struct sftp_check *check; /* a checksum under way, or NULL */
    struct buffer partial;    /* the beginning of a packet */
    struct buffer output;
};

struct sftp_request {
    uint32_t id;
    struct reader body;         /* what is not yet read of the packet */
    struct str path;            /* NEEDS_PATH, NEEDS_PLACE: normalised */
    struct sftp_handle *handle; /* NEEDS_FILE, NEEDS_FOLDER */
    char path_text[VFS_PATH + 1];
};

typedef enum status sftp_handler(struct sftp *, struct sftp_request *);

/* sftp.c: read and check what is needed, then handle. */
MUST_CHECK enum status sftp_answer(struct sftp *, struct sftp_request *,
                                   unsigned needs, sftp_handler *);
/* Read another path, normalised into `text`. */
MUST_CHECK enum status sftp_read_path(struct sftp_request *,
                                      char text[VFS_PATH + 1],
                                      struct str *path_out);
/* ERR_INVALID when the packet was shorter than what was read of it. What it
 * has beyond that is tolerated, as OpenSSH does. */
MUST_CHECK enum status sftp_read_all(const struct sftp_request *);

/* sftp_engine.c */
extern const struct engine_ops sftp_engine_ops;

/* sftp_handles.c */
MUST_CHECK enum status sftp_handle_new(struct sftp *,
                                       struct sftp_handle **handle_out);
MUST_CHECK enum status sftp_handle_find(struct sftp *, struct str text,
                                        struct sftp_handle **handle_out);
/* Close what it stands for, and free the slot. */
void sftp_handle_close(struct sftp_handle *);
/* Free the slots if all are free. */
void sftp_handles_rest(struct sftp *);
/* Reply with a handle (section 7). */
MUST_CHECK enum status sftp_reply_handle(struct sftp *,
                                         const struct sftp_request *,
                                         const struct sftp_handle *);

/* sftp_reply.c: start a reply, add its fields to the output, end it. A VERSION
 * has its number where others have their id. */
MUST_CHECK enum status sftp_reply_start(struct sftp *, uint8_t number,
                                        uint32_t id, size_t *mark_out);
void sftp_reply_end(struct sftp *, size_t mark);
/* The reply's bytes from `at` on were left open: fill them in. */
void sftp_reply_patch(struct sftp *, size_t at, uint32_t value);
MUST_CHECK enum status sftp_reply_status(struct sftp *,
                                         const struct sftp_request *,
                                         enum sftp_code, const char *text);
/* "Success", or what a failure is to the client. */
MUST_CHECK enum status
sftp_reply_result(struct sftp *, const struct sftp_request *, enum status);
MUST_CHECK enum status sftp_reply_attributes(struct sftp *,
                                             const struct sftp_request *,
                                             const struct vfs_attributes *);
/* One name, without attributes. */
MUST_CHECK enum status
sftp_reply_name(struct sftp *, const struct sftp_request *, struct str name);

/* sftp_attributes.c: ATTRS (section 5). */
MUST_CHECK enum status sftp_add_attributes(struct buffer *,
                                           const struct vfs_attributes *);
MUST_CHECK enum status sftp_read_attributes(struct reader *,
                                            struct vfs_attributes *out);

/* sftp_owner.c: is this user id the account's own? */
bool sftp_is_owner(struct sftp *, uint32_t uid);
/* Its name if it is and the name fits a column of ls -l, otherwise NULL. */
const char *sftp_owner_column(struct sftp *, uint32_t uid);

/* sftp_files.c: ERR_INVALID where no file can reach. */
MUST_CHECK enum status sftp_check_range(uint64_t offset, uint64_t len);

/* The handlers: sftp_files.c, sftp_names.c, sftp_folders.c. */
sftp_handler sftp_open_file, sftp_close_handle, sftp_read_data, sftp_write_data;
sftp_handler sftp_stat_file, sftp_set_file_attributes, sftp_sync_file;
sftp_handler sftp_stat, sftp_lstat, sftp_set_attributes, sftp_lset_attributes;
sftp_handler sftp_remove, sftp_rename, sftp_posix_rename, sftp_hardlink;
sftp_handler sftp_symlink, sftp_readlink, sftp_realpath, sftp_expand_path;
sftp_handler sftp_home_folder, sftp_space, sftp_file_space;
sftp_handler sftp_open_folder, sftp_read_folder, sftp_make_folder;
sftp_handler sftp_remove_folder;

/* sftp_extensions.c: EXTENDED, and what VERSION says of it. */
sftp_handler sftp_extended, sftp_limits, sftp_users_groups;
MUST_CHECK enum status sftp_add_extensions(struct buffer *);

/* sftp_check_file.c: check-file. Only one at a time: input waits. */
sftp_handler sftp_check_handle, sftp_check_name;
/* Give it up, without an answer. */
void sftp_check_free(struct sftp *);

/* sftp_copy.c: copy-data. */
sftp_handler sftp_copy_data;
