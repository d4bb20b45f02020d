/* SPDX-License-Identifier: Apache-2.0 */
/*
 * in_memory_private.h - the tree behind vfs_in_memory().
 */
#pragma once

#include "vfs/vfs_private.h"

#include <sys/stat.h>

enum {
    MOST_BYTES = 512 << 20, /* of all files together */
    MOST_NODES = 1000000,
    BLOCK = 4096,
};

struct node {
    uint64_t users;                   /* names and open files */
    struct vfs_attributes attributes; /* of files, `size` is kept here */
    char *bytes;                      /* a file's content, a link's text */
    size_t room;                      /* allocated */
    struct name **names;              /* a folder's, in order */
    size_t name_count, name_room;
};

struct name {
    struct node *node;
    size_t len;
    char text[];
};

struct memory {
    struct vfs vfs;
    struct node *root;
    uint64_t bytes, nodes;
    uint64_t last_inode;
};

/* Where a path leads: the folder, the place of the leaf among its names, and
 * the node if there is one. For "/" there is no folder. */
struct spot {
    struct node *folder;
    struct str leaf;
    size_t at;
    struct node *node;
};

static inline bool
memory_is_type(const struct node *node, mode_t type)
{
    return (node->attributes.mode & S_IFMT) == type;
}

/* in_memory_tree.c */

/* It changed now. */
void memory_touch(struct node *);
MUST_CHECK enum status memory_node_new(struct memory *, mode_t,
                                       struct node **node_out);
/* The last user frees it. */
void memory_unref(struct memory *, struct node *);

/* The place of the first name that is not before `leaf`, and what has just
 * that name (or NULL). */
size_t memory_place(const struct node *folder, struct str leaf);
struct node *memory_node_at(const struct node *folder, size_t at,
                            struct str leaf);

/* ERR_NOT_FOUND, ERR_LINK or ERR_NO_FOLDER if it is none. */
MUST_CHECK enum status memory_check_folder(const struct node *);
MUST_CHECK enum status memory_find(struct memory *, struct str path,
                                   struct spot *out);
/* Something has to be there. */
MUST_CHECK enum status memory_find_existing(struct memory *, struct str path,
                                            struct spot *out);
/* And it has to be no link. */
MUST_CHECK enum status memory_find_meant(struct memory *, struct str path,
                                         struct spot *out);
/* Nothing may be there. */
MUST_CHECK enum status memory_find_free(struct memory *, struct str path,
                                        struct spot *out);
MUST_CHECK enum status memory_add_name(const struct spot *, struct node *);
void memory_drop_name(struct memory *, struct node *folder, size_t at);
/* Make a node under a free name. */
MUST_CHECK enum status memory_make(struct memory *, const struct spot *, mode_t,
                                   struct node **node_out);

/* in_memory_files.c */

/* What is new reads as zeros. */
MUST_CHECK enum status memory_resize(struct memory *, struct node *,
                                     uint64_t size);
MUST_CHECK enum status memory_set(struct memory *, struct node *,
                                  const struct vfs_attributes *);
void memory_space_of(const struct memory *, struct vfs_space *out);
MUST_CHECK enum status memory_file_open(struct memory *, struct node *,
                                        unsigned flags,
                                        struct vfs_file **file_out);
MUST_CHECK enum status memory_folder_open(struct memory *, struct node *,
                                          struct vfs_folder **folder_out);
