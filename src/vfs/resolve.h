/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve.h - from a path of the account to a descriptor on the host.
 *
 * Only the kernel resolves, in one openat2() beneath an open root and without
 * following any link: there is no string check to get wrong and no moment
 * between check and use. A link anywhere is ERR_LINK.
 *
 * An account has several roots: its home, which is "/", its virtual folders,
 * each at a path of its own, and targets, host folders that existing links may
 * lead to. Targets appear under reserved names in "/", which clients cannot
 * say (vfs.c refuses them), only with_links can. The root with the longest
 * path in front is the one that is meant, whatever lies below another.
 */
#pragma once

#include "vfs/upload_private.h"

#include <limits.h>

struct root {
    int descriptor; /* -1: an account without a home has no such root */
    char *host;     /* canonical path; "" for the host's own "/" */
    char *named; /* the same as it was configured, since links may say that */
    char *path;  /* where the account sees it; "" for its "/" */
    bool is_target;
};

struct roots {
    struct root *at; /* the home, virtual folders, then the targets */
    size_t count;
};

/*
 * What the options name (roots.c). Targets that are not there are left out;
 * a home or a virtual folder that is not there is ERR_NOT_FOUND. ERR_INVALID
 * for a virtual folder that has no path of its own.
 */
MUST_CHECK enum status roots_init(struct roots *, const struct disk_options *);
void roots_done(struct roots *);

/* The root that a path of the account belongs to, or NULL. *rest_out is the
 * path in it, without a slash in front. */
const struct root *roots_find(const struct roots *, struct str path,
                              struct str *rest_out);

/* The root that a normalised path of the host is in, or NULL; a target only
 * where nothing else would do. *rest_out has its slash in front, if any. */
const struct root *roots_find_host(const struct roots *, struct str host,
                                   struct str *rest_out);

/* ERR_EXISTS when a virtual folder would hide something that is really
 * there, or stands below what is no folder. */
MUST_CHECK enum status resolve_check_hidden(const struct roots *);

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

/* ERR_DENIED when the name is that of the home or of a virtual folder on the
 * host, or of a folder above one: reached through another root, it must not
 * be moved or removed either. */
MUST_CHECK enum status resolve_check_loose(const struct roots *,
                                           const struct resolved *);

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

/* Is one of its names kept for ourselves? */
bool has_reserved_name(struct str path);
