/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfs_tree.h - an account's files on a real disk, and what lies around them.
 *
 *   <test_folder>/root      the account's folder
 *   <test_folder>/outside   must never be reached; holds `canary`
 *   <test_folder>/target    may be reached through links (with_target)
 *
 * tree_open() builds the stack that a session has; tree_close() takes it down
 * and checks that no descriptor stayed open.
 */
#pragma once

#include "vfs/places.h"

#include "test.h"

#include <sys/stat.h>

struct tree {
    char root[128];
    char outside[128];
    char target[128];
    struct vfs *files; /* the stack of a session */
    struct clock *clock;
    struct store *store;
    struct uploads *uploads;
    struct disk_options options; /* changed before tree_open_with() */
    const char *permissions;     /* the option's text */
    struct permission_rules *rules;
    const char *targets[3];
    int descriptors;
};

/* The folders, and options that allow everything. */
void tree_init(struct tree *);
/* Build the stack as the options have it by now. */
void tree_start(struct tree *);
/* Both. */
void tree_open(struct tree *);
/* Take the stack down, to start another one. */
void tree_stop(struct tree *);
void tree_close(struct tree *);

/* The account's path on the host; valid until the next call but three. */
const char *tree_host(const struct tree *, const char *path);

/* Make files and links behind the server's back. */
void host_file(const char *path, const char *text);
void host_folder(const char *path);
void host_link(const char *text, const char *path);

/* The inode on the host, 0 when there is none; links are not followed. */
ino_t host_inode(const char *path);

/* The text of a host's file; valid until the next call but three. */
const char *host_text(const char *path);

/* Through the stack: write, commit and close. */
enum status put(struct vfs *, const char *path, const char *text);
/* Read up to 255 bytes into `text`; its inode goes to *inode_out if not NULL.
 */
enum status get(struct vfs *, const char *path, char text[256],
                uint64_t *inode_out);
enum status open_with(struct vfs *, const char *path, unsigned flags,
                      struct vfs_file **file_out);
enum status stat_of(struct vfs *, const char *path, unsigned how,
                    struct vfs_attributes *out);
/* The names of a listing, sorted and joined with "|"; without "." and "..". */
enum status names_of(struct vfs *, const char *path, char *into, size_t size);
enum status read_link_of(struct vfs *, const char *path, char text[4200]);
