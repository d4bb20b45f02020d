/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_line.h - an entry as ls -l shows it, for people and the clients that
 * read such lines (SFTP's longname, FTP's LIST).
 */
#pragma once

#include "vfs/vfs.h"

enum { VFS_LIST_LINE = VFS_NAME + 160 };

/*
 * The line without its end; returns its length. It is not terminated, and the
 * name's bytes are as they are. Times are UTC: with the year, or, when the
 * moment is within half a year before `now_ns` (0: none is), with the hour.
 */
size_t vfs_list_line(const struct vfs_entry *, const char *owner,
                     int64_t now_ns, char line[VFS_LIST_LINE]);
