/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listing.h - entries of folders as lines: LIST, NLST, MLSD and MLST. Pure.
 */
#pragma once

#include "base/buffer.h"
#include "vfs/vfs.h"

enum ftp_fact { /* RFC 3659, 7.5; UNIX.mode */
                FACT_TYPE = 1 << 0,
                FACT_SIZE = 1 << 1,
                FACT_MODIFY = 1 << 2,
                FACT_CREATE = 1 << 3,
                FACT_PERM = 1 << 4,
                FACT_UNIQUE = 1 << 5,
                FACT_UNIX_MODE = 1 << 6,
                FACT_ALL = (1 << 7) - 1,
};

enum entry_kind { ENTRY_PLAIN, ENTRY_CURRENT, ENTRY_PARENT }; /* cdir, pdir */

/* What a client may do with it, for `perm`. */
struct ftp_may {
    bool read, write, remove, rename, list, enter, make, purge;
};

/* A line of LIST (vfs/list_line.h) with its end; `link_target` may be empty. */
MUST_CHECK enum status ftp_list_line(const struct vfs_entry *,
                                     const char *owner, struct str link_target,
                                     int64_t now_ns, struct buffer *out);
/* "type=file;size=3; name", without the line's end. */
MUST_CHECK enum status ftp_facts(const struct vfs_entry *, unsigned facts,
                                 enum entry_kind, const struct ftp_may *,
                                 struct str name, struct buffer *out);
/* A line of NLST with its end. */
MUST_CHECK enum status ftp_name_line(struct str prefix, struct str name,
                                     struct buffer *out);

/* What stands behind LIST and NLST: options, as people type them for ls, and a
 * path, which may be empty and may begin with "./-". */
struct ftp_list_request {
    bool has_dots;  /* -a: "." and ".." too */
    bool is_itself; /* -d: a folder, not what is in it */
    struct str path;
};
/* Other options say nothing here. */
struct ftp_list_request ftp_list_arguments(struct str argument);

/* OPTS MLST type;size: the facts that are known among those named. */
unsigned ftp_facts_parse(struct str);
/* "Type*;Size*;…" for FEAT, a star behind those in `chosen`. */
MUST_CHECK enum status ftp_facts_names(unsigned chosen, struct buffer *out);
