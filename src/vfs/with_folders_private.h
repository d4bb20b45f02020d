/* SPDX-License-Identifier: Apache-2.0 */
/* with_folders_private.h - what the layer and its listings share. */
#pragma once

#include "vfs/places.h"
#include "vfs/vfs_private.h"

struct with_folders {
    struct vfs vfs; /* its `inner` stays NULL: with_links is to ask this layer
                       what is where, as if it were the place itself */
    struct vfs *files;
    char **paths;
    size_t count;
};

/* What stands at a path, as far as virtual folders decide it. */
enum spot {
    SPOT_FREE,   /* nothing of ours */
    SPOT_FOLDER, /* a virtual folder */
    SPOT_ABOVE,  /* what leads to one: real, or there for that only */
};

enum spot folders_spot(const struct with_folders *, struct str path);

/* The first virtual folder below the path, or NULL. */
const char *folders_below(const struct with_folders *, struct str path);

/* The part of a virtual folder's path below `path`, without a slash in front;
 * empty when it is not below. */
struct str folders_rest(const char *folder, struct str path);

/* Does the place have nothing to show at a path above a virtual folder? */
bool folders_is_nothing(enum status);

/* The attributes of what the layer shows at the path: never ERR_LINK. */
MUST_CHECK enum status folders_look(struct with_folders *, struct str path,
                                    struct vfs_attributes *out);

MUST_CHECK enum status folders_list(struct with_folders *, struct str path,
                                    struct vfs_folder **folder_out);
