/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_private.h - how on_disk and the staging of uploads talk.
 *
 * on_disk resolves a path to a place (an open folder and a leaf, neither a
 * link) and asks here first whatever an unpublished upload could change: what
 * a name shows, what a write-open means, what a rename moves. The rules are
 * numbered in docs/uploads.md; R3.1 is the first rule of section 3.
 */
#pragma once

#include "vfs/places.h"
#include "vfs/vfs_private.h"

#include <sys/stat.h>

/* A name in a folder of the host, resolved without a link. */
struct place {
    int folder;              /* descriptor of the folder (O_DIRECTORY, fit for
                              *at() calls); owned by the caller */
    const char *folder_path; /* canonical host path of the folder */
    char leaf[VFS_NAME + 1]; /* "": the folder itself, for upload_barrier only
                                (a listing, or the account's root) */
};

/* One session's part in the uploads of this process. */
struct uploader;

/* The options' texts are copied. */
MUST_CHECK enum status uploader_new(const struct disk_options *,
                                    struct uploader **uploader_out);
/* Handles are closed before; what they left is kept for resuming. */
void uploader_free(struct uploader **);

/* R3.3: a folder whose names were changed is on the disk when this returns;
 * one sync answers all who ask while another runs. Nothing to do with
 * durability = cache. For what upload_*() below does not change itself: links
 * made, for example. */
MUST_CHECK enum status upload_sync_folder(struct uploader *,
                                          const struct place *);

/* R2.1: names that clients may not use and that listings leave out. */
bool upload_is_reserved_name(struct str leaf);

/* R3.6: wait for commits of this account, by any session of this node, that
 * name this place or its folder. Cheap when there are none. */
void upload_barrier(struct uploader *, const struct place *);

/* A write-open: decides between new content, an edit and the resuming of a
 * left-over, takes the lock, opens. R1, R4.5, R5. Called for VFS_WRITE, and
 * for VFS_CREATE without it, which publishes an empty file at once (R1.5) and
 * gives a handle to read. The leaf is no symbolic link and no folder, or the
 * answer is ERR_LINK or ERR_IS_FOLDER. */
MUST_CHECK enum status upload_open(struct uploader *, const struct place *,
                                   const struct vfs_open *how,
                                   struct vfs_file **file_out);

/* A read-open of what this session has staged under the name (R4.1);
 * ERR_NOT_FOUND when that is nothing: then the published file is meant. */
MUST_CHECK enum status upload_open_own(struct uploader *, const struct place *,
                                       struct vfs_file **file_out);

/* What this session has staged under the name (R4.1, R2.4), or, with VFS_TELL
 * and nothing published, what is told of a left-over (R4.3); ERR_NOT_FOUND
 * when neither is there: then the published file is meant. */
MUST_CHECK enum status upload_stat(struct uploader *, const struct place *,
                                   unsigned how, struct vfs_attributes *out);

/* Attributes of what this session has staged; ERR_NOT_FOUND as above. */
MUST_CHECK enum status upload_set_attributes(struct uploader *,
                                             const struct place *,
                                             const struct vfs_attributes *);

/* The index-th upload this session has staged in the folder: its leaf and
 * attributes; false behind the last. For listings. */
bool upload_own_in_folder(struct uploader *, const char *folder_path,
                          size_t index, char leaf[VFS_NAME + 1],
                          struct vfs_attributes *out);

/* Remove the published file and whatever of this account is staged or left
 * over under the name (R4.7, R4.8); folder synced unless durability = cache. */
MUST_CHECK enum status upload_remove(struct uploader *, const struct place *);

/* Rename file or folder: retargets own staged files, orphans what the target
 * had (R4.8, R3.3); both folders synced. */
MUST_CHECK enum status upload_rename(struct uploader *,
                                     const struct place *from,
                                     const struct place *to, bool replace);

/* Hard link; own staged files are published first (R4.8). */
MUST_CHECK enum status upload_link(struct uploader *,
                                   const struct place *existing,
                                   const struct place *name);

/* rmdir: cut left-overs go with an otherwise empty folder, running uploads
 * count as content (R4.7). */
MUST_CHECK enum status upload_remove_folder(struct uploader *,
                                            const struct place *);

/* R3.3: remember that this folder was made here and is not yet synced into its
 * parent; the first commit inside it does that. */
void upload_folder_made(struct uploader *, const struct place *);

/* What the uploader was made with; valid as long as it is. */
const struct disk_options *uploader_options(const struct uploader *);

/*
 * The edits in place that a session has under way, so that its own renames and
 * removals are told from those of others (R1.6). The list's head lives in the
 * uploader, which only keeps it; disk_file.c adds and takes out, on_disk calls
 * disk_edits_let_go() for both names when a rename or removal has worked.
 */
struct disk_edit {
    struct disk_edit *next;
    char *path;  /* host path, as the handle was opened */
    bool let_go; /* this session renamed or removed it, or a folder above it */
};
struct disk_edit **uploader_edits(struct uploader *);
void disk_edits_let_go(struct uploader *, const struct place *);

/* A reserved name was left out of a listing: it may be a left-over that the
 * store does not know, and the reclaimer looks at it in its time. */
void upload_noticed(struct uploader *, const struct place *);

/*
 * disk_file.c: a handle on a published file (or one that is edited in place),
 * which owns `descriptor` (also when this fails; it was opened with O_APPEND
 * for VFS_APPEND). Of the place it keeps its own copies. With `edit` the rules
 * of edits hold: sync and commit fail when the name no longer leads to this
 * inode, unless this session renamed or removed it (R1.6).
 */
MUST_CHECK enum status disk_file_open(struct uploader *, const struct place *,
                                      int descriptor,
                                      const struct vfs_open *how, bool edit,
                                      struct vfs_file **file_out);

/* fstat's result as vfs attributes, all but when it was created. */
void disk_attributes(const struct stat *, struct vfs_attributes *out);
/* All of a name's, links not followed; "" is the folder itself. Returns an
 * errno, 0 when it worked. */
MUST_CHECK int disk_look(int folder, const char *name,
                         struct vfs_attributes *out);

/* Apply what `attributes->has` names to an open file, as chmod, chown,
 * utimensat and ftruncate would. */
MUST_CHECK enum status disk_set_attributes(int descriptor,
                                           const struct vfs_attributes *);

/* The mode for a new file or folder: the client's or `usual`, less umask. */
mode_t disk_new_mode(const struct disk_options *, const struct vfs_attributes *,
                     mode_t usual);
