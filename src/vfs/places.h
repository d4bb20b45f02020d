/* SPDX-License-Identifier: Apache-2.0 */
/*
 * places.h - what stacks are built from.
 *
 * Each call gives a vfs; layers take the one below over (also when they fail).
 * A session's stack, top first:
 *
 *   with_audit         tells events what was done, before it is acknowledged
 *   with_permissions   may this be done to the path that was asked for?
 *   with_links         turns symbolic links into the path that is meant
 *   with_permissions   may it be done to the path that was meant?
 *   with_names         may it be called that, and what is it called? For
 *                      accounts with denied_names or amend_write_name
 *   with_folders       shows virtual folders, and keeps them as they are; for
 *                      accounts that have any
 *   on_disk            never follows a link
 */
#pragma once

#include "event/event.h"
#include "store/store.h"
#include "vfs/vfs.h"

#include <sys/types.h>

/* What the uploads of all sessions of this process share. */
struct uploads;

struct uploads_options {
    struct store *store;   /* borrowed, all of them */
    struct events *events; /* may be NULL */
    struct clock *clock;
    const char *node; /* this node's uuid */
    int64_t lease_ms; /* lease of this node's locks */
    int64_t keep_ms;  /* staged_upload_keep */
};

/* Start: takes a lease, and a thread that renews it, writes durable offsets
 * and reclaims left-overs. */
MUST_CHECK enum status uploads_new(const struct uploads_options *,
                                   struct uploads **uploads_out);
/* Another staged_upload_keep, from the next look at left-overs on. */
void uploads_keep(struct uploads *, int64_t keep_ms);
/* Stop; every vfs_on_disk that used it has been freed. */
void uploads_free(struct uploads **);

/* A folder of the host that the account sees at a path of its own. */
struct virtual_folder {
    const char *path; /* normalised, not "/" */
    const char *real; /* on the host, absolute, on any file system */
};

struct disk_options {
    const char *root;        /* the account's folder on the host, absolute;
                                NULL: it has virtual folders only */
    struct uploads *uploads; /* borrowed; longer-lived than the vfs */
    const char *owner;       /* the account's uuid: whose left-overs */
    bool staged_uploads;
    const struct staging_rules *staging; /* borrowed, for staged_uploads; NULL
                                            when all paths are alike */
    bool durability_cache;      /* no syncs: acknowledged = with the kernel */
    uint64_t maximum_file_size; /* 0: none */
    mode_t umask;
    bool ignore_create_permissions; /* client's mode bits of OPEN and MKDIR
                                       are ignored */
    const char *const *allowed_link_targets; /* host folders, NULL at the end;
                                                may be NULL */
    const struct virtual_folder *folders; /* in any order; may be in each other,
                                             here or there */
    size_t folder_count;
};

/* Files of the host's file system. Roots are opened here, once: what happens
 * to their names afterwards leads nowhere else. ERR_NOT_FOUND when a root is
 * not there, ERR_EXISTS when a virtual folder would hide something. */
MUST_CHECK enum status vfs_on_disk(const struct disk_options *,
                                   struct vfs **out);

/*
 * Virtual folders of the place below, which leads their paths to where they
 * really are: here they, and folders above them that exist nowhere, are shown
 * where they stand, and can be neither renamed, removed nor replaced. The
 * folders are copied; only their `path` counts.
 */
MUST_CHECK enum status vfs_with_folders(struct vfs *inner,
                                        const struct virtual_folder *,
                                        size_t count, struct vfs **out);

/* For tests: files in memory; writing is seen at once, nothing is staged. */
MUST_CHECK enum status vfs_in_memory(struct vfs **out);

/* Follow symbolic links, 40 at most, within what lies below. */
MUST_CHECK enum status vfs_with_links(struct vfs *inner, struct vfs **out);

/* The verbs of SFTPPlus's `permissions`. */
enum permission {
    ALLOW_READ = 1 << 0,
    ALLOW_LIST = 1 << 1,
    ALLOW_TRAVERSE = 1 << 2, /* stat, realpath, change into */
    ALLOW_WRITE = 1 << 3,
    ALLOW_CREATE_FOLDER = 1 << 4,
    ALLOW_RENAME = 1 << 5,
    ALLOW_DELETE_FOLDER = 1 << 6,
    ALLOW_DELETE_FILE = 1 << 7,
    ALLOW_SET_ATTRIBUTES = 1 << 8,
    ALLOW_FULL_CONTROL = (1 << 9) - 1,
    DENY_FULL_CONTROL = 1 << 10, /* wins over every allow */
};

/* Verbs for all paths, and others for some. Immutable once parsed. */
struct permission_rules;

/*
 * The first line of `text` has the verbs for all paths ("allow-read,
 * allow-list"), each line below it those of the paths that an expression of
 * base/matching.h matches ("*.csv, allow-read"): the first that matches a path
 * replaces the verbs for all. What is matched is the whole path, without a
 * slash behind it. `user` stands for ${USER}; the clock is borrowed.
 * ERR_INVALID says what is wrong; ERR_LIMIT, ERR_MEMORY.
 */
MUST_CHECK enum status permissions_parse(struct str text, struct str user,
                                         struct clock *,
                                         struct permission_rules **out);
void permissions_free(struct permission_rules **);

/* enum permission without DENY_FULL_CONTROL, which leaves nothing. An
 * expression that goes over its limit leaves nothing either. */
unsigned permissions_of(const struct permission_rules *, struct str path);
/* Whether there are lines for single paths. */
bool permissions_have_paths(const struct permission_rules *);

/* The rules are borrowed and outlive the layer. */
MUST_CHECK enum status vfs_with_permissions(struct vfs *inner,
                                            const struct permission_rules *,
                                            struct vfs **out);

/* staged_uploads: "Yes" or "No", and below it "EXPRESSION, Yes" or "…, No" for
 * single paths, all as for permissions. */
struct staging_rules;

MUST_CHECK enum status staging_parse(struct str text, struct str user,
                                     struct clock *,
                                     struct staging_rules **out);
void staging_free(struct staging_rules **);
bool staging_of(const struct staging_rules *, struct str path);
bool staging_have_paths(const struct staging_rules *);
/* Whether any path is staged. */
bool staging_is_possible(const struct staging_rules *);

struct name_options {
    struct str denied; /* denied_names: an expression a line */
    struct str user;   /* for ${USER} in them */
    bool amend;        /* amend_write_name = uuid-prefix */
    struct clock *clock;
};

/*
 * What files may be called, and what they are called. No name is made, or file
 * of that name written, that a denied expression matches: its last component,
 * or the whole path for an expression with a slash in it.
 *
 * With `amend`, a file that writing would make or replace gets the name
 * "UUID-NAME" instead. Calls of the same session on NAME then mean that file
 * for as long as there is no real NAME (for the last 64 names), and renaming
 * it keeps the UUID in front.
 */
MUST_CHECK enum status vfs_with_names(struct vfs *inner,
                                      const struct name_options *,
                                      struct vfs **out);

/* The numbers under which a protocol's file events are known. */
struct audit_ids {
    enum event_id download, download_failed; /* a read handle was closed */
    enum event_id upload, upload_failed;     /* a write handle was */
    enum event_id open_failed, listed, list_failed, removed, remove_failed;
    enum event_id folder_made, folder_make_failed;
    enum event_id folder_removed, folder_remove_failed;
    enum event_id renamed, rename_failed, attributes_set, attributes_failed,
        link_made, link_failed;
};

/* Events and ids are borrowed; the subject's text is too. */
MUST_CHECK enum status vfs_with_audit(struct vfs *inner, struct events *,
                                      const struct event_subject *,
                                      const struct audit_ids *, struct clock *,
                                      struct vfs **out);

/* For tests: decides before each call whether it fails. `call` is the name of
 * the function of vfs.h ("vfs_write", …); OK lets it through. */
typedef enum status vfs_fault(void *arg, const char *call, struct str path);
MUST_CHECK enum status vfs_with_faults(struct vfs *inner, vfs_fault *fault,
                                       void *arg, struct vfs **out);
