/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_record.h - what a staging file says about itself.
 *
 * The record lies on the storage beside the bytes, so that any node can go on
 * from it, with the store or without (R2.2). It may lag behind the bytes and
 * never leads (R2.3): whoever writes it has synced the bytes before, and the
 * next fsync of the file makes it durable.
 */
#pragma once

#include "vfs/upload_names.h"
#include "vfs/vfs.h"

/* The published file that was there when the upload began (R4.7). */
struct published {
    bool exists;
    uint64_t inode;
    uint64_t size;
    int64_t mtime_ns;
};

struct record {
    unsigned char owner[OWNER_HASH];
    char leaf[VFS_NAME + 1];
    uint64_t offset; /* durable contiguous prefix */
    bool copying;    /* R3.5: complete, and being copied into a published
                        inode that has several links */
    struct published published;
    struct vfs_attributes attributes; /* to be set when it is published */
};

enum { RECORD_MAX = 512 };

/*
 * Write the record of the open staging file `fd`, called `name` in `folder`:
 * as an xattr, or as a sidecar when *as_sidecar, which is set when the xattr
 * cannot be written for want of room or support.
 */
MUST_CHECK enum status record_write(int folder, const char *name, int fd,
                                    const struct record *, bool *as_sidecar);

/* ERR_NOT_FOUND when there is none, or none that can be believed. */
MUST_CHECK enum status record_read(int folder, const char *name, int fd,
                                   struct record *out, bool *as_sidecar);

/* A published file carries no record of ours. */
MUST_CHECK enum status record_remove(int folder, const char *name, int fd,
                                     bool as_sidecar);
/* The sidecar of a staging file that is gone or was renamed, if any. */
void record_forget(int folder, const char *name);
MUST_CHECK enum status record_rename(int folder, const char *from,
                                     const char *to);
