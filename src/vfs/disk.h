/* SPDX-License-Identifier: Apache-2.0 */
/* disk.h - what the files of on_disk share. */
#pragma once

#include "vfs/resolve.h"

#include <sys/statvfs.h>

/* List the folder that `descriptor` (which is taken over, also on failure) has
 * open; `at_root` hides what is above it. The own staged uploads of the folder
 * are shown as they are now. */
MUST_CHECK enum status disk_folder_open(struct uploader *, int descriptor,
                                        const char *folder_path, bool at_root,
                                        struct vfs_folder **folder_out);

/* As disk_set_attributes(), for a descriptor that is only a path (O_PATH). */
MUST_CHECK enum status disk_set_path_attributes(int descriptor,
                                                const struct vfs_attributes *);

/* The storage that the open file is on. */
MUST_CHECK enum status disk_space(int descriptor, struct vfs_space *out);
