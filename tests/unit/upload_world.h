/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_world.h - sessions of accounts that upload into one folder.
 *
 * Each session is a vfs_on_disk of its own with links followed; `alice` and
 * `bob` are two accounts that share the folder <test_folder>/root.
 */
#pragma once

#include "vfs/places.h"

#include "test.h"

#include <stdbool.h>
#include <sys/stat.h>

enum { SESSIONS = 8 };

enum {
    W = VFS_WRITE,
    R = VFS_READ,
    C = VFS_CREATE,
    T = VFS_TRUNCATE,
    A = VFS_APPEND,
    X = VFS_EXCLUSIVE,
};

struct world {
    char root[160];
    struct clock *clock; /* settable when time_stands */
    struct store *store;
    struct events *events;
    struct event_sink *sink;
    struct uploads *uploads;
    struct vfs *sessions[SESSIONS];
    size_t session_count;
    /* Changed before world_open(): */
    bool time_stands;
    bool cache;           /* durability = cache */
    const char *database; /* NULL: in memory */
    const char *at;       /* another folder than <test_folder>/root */
    int64_t lease_ms;
    int64_t keep_ms;
    const char *node;
    store_fault *fault; /* NULL: the store never fails */
};

void world_open(struct world *);
/* Sessions end, then the process's uploads; the store stays with `reopen`. */
void world_close(struct world *);
/* End and start the process's part again: the same store, or a new one. */
void world_restart(struct world *, bool same_store);

struct vfs *session(struct world *, const char *account);
/* With other options than usual. */
struct vfs *session_with(struct world *, const char *account,
                         void (*change)(struct disk_options *));
void session_end(struct world *, struct vfs *);

struct vfs_file *open_ok(struct vfs *, const char *path, unsigned flags);
enum status open_as(struct vfs *, const char *path, unsigned flags,
                    struct vfs_file **file_out);
struct vfs_file *resume_ok(struct vfs *, const char *path, uint64_t at);
void send(struct vfs_file *, uint64_t at, const char *text);
enum status try_send(struct vfs_file *, uint64_t at, const char *text);
/* `size` bytes of a pattern that depends on their offset. */
void send_pattern(struct vfs_file *, uint64_t at, uint64_t size);
/* The same, but each seed makes another one. */
void send_seeded(struct vfs_file *, uint64_t at, uint64_t size, unsigned seed);
bool has_seeded(const struct world *, const char *path, uint64_t size,
                unsigned seed);
bool has_pattern(const struct world *, const char *path, uint64_t size);
void finish(struct vfs_file *); /* CLOSE works */
void cut(struct vfs_file *);    /* the session is cut */
enum status set_size(struct vfs_file *, uint64_t size);
/* Upload in one go. */
void publish(struct vfs *, const char *path, const char *text);

/* What STAT tells (VFS_TELL), -1: no such file. */
int64_t told(struct vfs *, const char *path);
/* What the handle tells. */
int64_t handle_size(struct vfs_file *);

/* On the host: */
bool is_published(const struct world *, const char *path);
/* The published text; "(none)" when there is none. */
const char *published(const struct world *, const char *path);
void host_write(const struct world *, const char *path, const char *text);
const char *host_path(const struct world *, const char *path);
/* How many staging files lie in the account's root, sidecars included. */
int staged(const struct world *);
/* The name of one of them on the host, whole. */
const char *staged_path(const struct world *);
/* An event of this name has been told. */
bool was_told(struct world *, const char *event);
