/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfs_private.h - what a place or a layer is made of.
 *
 * The functions of vfs.h check their arguments and call these. A layer embeds
 * struct vfs as its first member, keeps the next one below as `inner`, and
 * owns it: its `free` frees the inner one too. Whatever it has nothing to say
 * about it hands down, by way of inner->ops: the checks of vfs.h were made at
 * the top, and below with_links there are paths that no client may name.
 */
#pragma once

#include "vfs/vfs.h"

struct vfs_ops {
    enum status (*open)(struct vfs *, struct str, const struct vfs_open *,
                        struct vfs_file **);
    enum status (*list)(struct vfs *, struct str, struct vfs_folder **);
    enum status (*stat)(struct vfs *, struct str, unsigned,
                        struct vfs_attributes *);
    enum status (*set_attributes)(struct vfs *, struct str, unsigned,
                                  const struct vfs_attributes *);
    enum status (*make_folder)(struct vfs *, struct str,
                               const struct vfs_attributes *);
    enum status (*remove)(struct vfs *, struct str, enum vfs_remove_kind);
    enum status (*rename)(struct vfs *, struct str, struct str, bool);
    enum status (*link)(struct vfs *, struct str, struct str);
    enum status (*make_link)(struct vfs *, struct str, struct str);
    enum status (*read_link)(struct vfs *, struct str, struct buffer *);
    enum status (*space)(struct vfs *, struct str, struct vfs_space *);
    /* May be NULL: no opinion. *is_same is true when it is called. */
    unsigned (*may)(struct vfs *, struct str, bool *is_same);
    void (*free)(struct vfs *);
};

struct vfs {
    const struct vfs_ops *ops;
    struct vfs *inner; /* NULL in a place */
};

/* What the layers from here down allow; ALLOW_FULL_CONTROL of no opinion. */
unsigned vfs_layers_may(struct vfs *, struct str path, bool *is_same);

/* The path without links on the way that `path` means; the last name is not
 * followed. `ground` is the place at the bottom of a stack. */
MUST_CHECK enum status vfs_links_meant(struct vfs *ground, struct str path,
                                       char into[VFS_PATH + 1],
                                       size_t *len_out);

struct vfs_file_ops {
    enum status (*read)(struct vfs_file *, uint64_t, void *, size_t, size_t *);
    enum status (*write)(struct vfs_file *, uint64_t, struct str);
    /* These two may be NULL: then nothing passes by us. */
    enum status (*send)(struct vfs_file *, uint64_t, size_t, int, size_t *);
    enum status (*receive)(struct vfs_file *, uint64_t, size_t, int);
    enum status (*stat)(struct vfs_file *, struct vfs_attributes *);
    enum status (*set_attributes)(struct vfs_file *,
                                  const struct vfs_attributes *);
    enum status (*sync)(struct vfs_file *);
    enum status (*space)(struct vfs_file *, struct vfs_space *);
    enum status (*commit)(struct vfs_file *);
    void (*close)(struct vfs_file *);
};

struct vfs_file {
    const struct vfs_file_ops *ops;
    unsigned flags;        /* enum vfs_open_flags it was opened with */
    bool keeps_attributes; /* set by with_permissions: set_attributes is
                              refused */
};

struct vfs_folder_ops {
    enum status (*next)(struct vfs_folder *, struct vfs_entry *, bool *);
    void (*close)(struct vfs_folder *);
};

struct vfs_folder {
    const struct vfs_folder_ops *ops;
};
