/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lister.h - what LIST, NLST, MLSD and STAT name, as lines, a piece at a time.
 *
 * However large a folder is, no more of it is held than a piece.
 */
#pragma once

#include "ftp/ftp_private.h"

enum { LISTER_PIECE = 32 * 1024, LISTER_LINES = 64 * 1024 };

enum lister_form {
    LISTER_LONG,  /* LIST, STAT: as ls -l */
    LISTER_NAMES, /* NLST */
    LISTER_FACTS, /* MLSD: of folders only */
};

struct lister {
    struct ftp_connection *c;
    enum lister_form form;
    bool shows_dots;
    struct buffer lines; /* to be sent, and then cleared, by the caller */

    struct vfs_folder *folder; /* NULL: one entry is all */
    char path[VFS_PATH + 1];   /* of the folder, or of that one */
    char pattern[VFS_NAME + 1];
    struct buffer prefix;      /* NLST: what makes a name one to be used */
    struct vfs_attributes one; /* … which is like this */
    struct str one_name;

    const char *owner; /* the account, who owns what `owner_id` owns; or NULL */
    uint32_t owner_id;
    int64_t now_ns;
    bool may_is_same; /* what may be done with one may be with all */
    unsigned may;
};

/* What the argument names. False: a reply says why not. The lister is to be
 * given back in any case. */
MUST_CHECK bool lister_begin(struct lister *, struct ftp_connection *,
                             enum lister_form, struct str argument);
/* Add lines, a piece at most, or none for a while. */
MUST_CHECK enum status lister_fill(struct lister *, bool *more_out);
void lister_done(struct lister *);

/* The facts of a single path (MLST), "type=file; /path". */
MUST_CHECK enum status lister_facts(struct ftp_connection *, struct str path,
                                    const struct vfs_attributes *,
                                    struct buffer *out);
