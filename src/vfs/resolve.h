/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve.h - from a path of the account to a descriptor on the host.
 *
 * Only the kernel resolves, in one openat2() beneath an open root and without
 * following any link: there is no string check to get wrong and no moment
 * between check and use. A link anywhere is ERR_LINK.
 *
 * Beside the account's own root there are targets: host folders that existing
 * links may lead to. They appear under reserved names in "/", which clients
 * cannot say (vfs.c refuses them), only with_links can.
 */
#pragma once

#include "vfs/upload_private.h"

#include <limits.h>

struct root {
    int descriptor;
    char *host;  /* canonical path; "" for the host's own "/" */
    char *named; /* the same as it was configured, since links may say that */
};

struct roots {
    struct root *at; /* the account's own, then the targets */
    size_t count;
};

/* `targets` as in struct disk_options; those that are not there are left out.
 * ERR_NOT_FOUND when there is no root. */
MUST_CHECK enum status roots_init(struct roots *, const char *root,
                                  const char *const *targets);
void roots_done(struct roots *);

/* Open what the path leads to. `flags` as openat's; O_CLOEXEC is added. */
MUST_CHECK enum status resolve_open(const struct roots *, struct str path,
                                    int flags, int *descriptor_out);

/* A place, and the storage that it points to. */
struct resolved {
    struct place place;
    bool is_root;  /* a root itself: leaf is "" */
    bool borrowed; /* the descriptor belongs to the roots */
    char folder_path[PATH_MAX + VFS_PATH + 1];
};

enum resolve_for {
    TO_LOOK,   /* a descriptor for *at() calls */
    TO_CHANGE, /* one that can be synced and listed, too, if the folder may be
                  read */
};

/* The place of a name. `out` is fit for resolved_done() also on failure. */
MUST_CHECK enum status resolve_place(const struct roots *, struct str path,
                                     enum resolve_for, struct resolved *out);

/* The same, of a name that is made, changed or removed: no root. */
MUST_CHECK enum status resolve_name(const struct roots *, struct str path,
                                    struct resolved *out);

/* The folder itself as a place: its path with an empty leaf, no descriptor. */
MUST_CHECK enum status resolve_folder_path(const struct roots *,
                                           struct str path,
                                           struct resolved *out);
void resolved_done(struct resolved *);

/*
 * Texts of links (link_text.c). Absolute ones are host paths on the disk, so
 * that the host's own tools agree, and paths of the account towards clients.
 */

/* What to store for a `target` said by a client, in a link called `name`:
 * ERR_DENIED when it leads outside. */
MUST_CHECK enum status link_text_to_host(const struct roots *,
                                         struct str target, struct str name,
                                         struct buffer *text_out);

/* What the `text` of the link `name` means; a target's reserved name may come
 * first. ERR_DENIED when it leads outside. */
MUST_CHECK enum status link_text_from_host(const struct roots *,
                                           struct str text, struct str name,
                                           struct buffer *target_out);

/* Is this a path in one of the targets? */
bool is_target_path(struct str path);
