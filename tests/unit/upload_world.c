/* SPDX-License-Identifier: Apache-2.0 */
/* upload_world.c - sessions of accounts that upload into one folder. */
#include "upload_world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NODE "11111111-1111-4111-8111-111111111111"

static void
start(struct world *w)
{
    EXPECT_OK(events_new(w->clock, NODE, "test", &w->events));
    EXPECT_OK(event_to_memory(&w->sink));
    events_add_sink(w->events, w->sink);
    struct uploads_options options = {
        .store = w->store,
        .events = w->events,
        .clock = w->clock,
        .node = w->node != NULL ? w->node : NODE,
        .lease_ms = w->lease_ms > 0 ? w->lease_ms : 30000,
        .keep_ms = w->keep_ms > 0 ? w->keep_ms : 86400000,
    };
    EXPECT_OK(uploads_new(&options, &w->uploads));
}

static void
open_store(struct world *w)
{
    if (w->database != NULL)
        EXPECT_OK(store_in_sqlite(w->database, false, w->clock, &w->store));
    else
        EXPECT_OK(store_in_memory(w->clock, &w->store));
    if (w->fault != NULL)
        EXPECT_OK(store_with_faults(w->store, w->fault, w, &w->store));
}

void
world_open(struct world *w)
{
    if (w->at != NULL) {
        snprintf(w->root, sizeof w->root, "%s", w->at);
    } else {
        snprintf(w->root, sizeof w->root, "%s/root", test_folder());
        EXPECT(mkdir(w->root, 0755) == 0 || errno == EEXIST);
    }
    w->clock = w->time_stands ? clock_settable(1795464000000) : clock_real();
    open_store(w);
    start(w);
}

static void
stop(struct world *w)
{
    for (size_t i = 0; i < w->session_count; i++)
        vfs_free(&w->sessions[i]);
    w->session_count = 0;
    uploads_free(&w->uploads);
    events_free(&w->events);
}

void
world_close(struct world *w)
{
    stop(w);
    store_close(&w->store);
    if (w->time_stands)
        clock_free(&w->clock);
}

void
world_restart(struct world *w, bool same_store)
{
    stop(w);
    if (!same_store) {
        store_close(&w->store);
        open_store(w);
    }
    start(w);
}

struct vfs *
session_with(struct world *w, const char *account,
             void (*change)(struct disk_options *))
{
    struct disk_options options = {
        .root = w->root,
        .uploads = w->uploads,
        .owner = account,
        .staged_uploads = true,
        .durability_cache = w->cache,
        .umask = 022,
    };
    struct vfs *files;

    if (change != NULL)
        change(&options);
    EXPECT_OK(vfs_on_disk(&options, &files));
    EXPECT_OK(vfs_with_links(files, &files));
    w->sessions[w->session_count++] = files;
    return files;
}

struct vfs *
session(struct world *w, const char *account)
{
    return session_with(w, account, NULL);
}

void
session_end(struct world *w, struct vfs *files)
{
    for (size_t i = 0; i < w->session_count; i++)
        if (w->sessions[i] == files)
            vfs_free(&w->sessions[i]);
}

enum status
open_as(struct vfs *files, const char *path, unsigned flags,
        struct vfs_file **file_out)
{
    struct vfs_open how = { .flags = flags };

    return vfs_open(files, str_of(path), &how, file_out);
}

struct vfs_file *
open_ok(struct vfs *files, const char *path, unsigned flags)
{
    struct vfs_file *file = NULL;

    EXPECT_OK(open_as(files, path, flags, &file));
    return file;
}

struct vfs_file *
resume_ok(struct vfs *files, const char *path, uint64_t at)
{
    struct vfs_open how = { .flags = W | C | VFS_RESUME, .resume_at = at };
    struct vfs_file *file = NULL;

    EXPECT_OK(vfs_open(files, str_of(path), &how, &file));
    return file;
}

enum status
try_send(struct vfs_file *file, uint64_t at, const char *text)
{
    return vfs_write(file, at, str_of(text));
}

void
send(struct vfs_file *file, uint64_t at, const char *text)
{
    EXPECT_OK(try_send(file, at, text));
}

enum { PIECE = 256 * 1024 };

static void
fill_pattern(char *piece, uint64_t at, size_t len, unsigned seed)
{
    for (size_t i = 0; i < len; i++) {
        uint64_t n = at + i + seed * 7919ULL;
        piece[i] = (char)(n ^ (n >> 8) * 31 ^ (n >> 16) * 17);
    }
}

void
send_pattern(struct vfs_file *file, uint64_t at, uint64_t size)
{
    send_seeded(file, at, size, 0);
}

void
send_seeded(struct vfs_file *file, uint64_t at, uint64_t size, unsigned seed)
{
    char *piece = malloc(PIECE);
    uint64_t end = at + size;

    EXPECT(piece != NULL);
    while (at < end) {
        size_t len = end - at < PIECE ? (size_t)(end - at) : PIECE;
        fill_pattern(piece, at, len, seed);
        EXPECT_OK(vfs_write(file, at, str_from(piece, len)));
        at += len;
    }
    free(piece);
}

bool
has_pattern(const struct world *w, const char *path, uint64_t size)
{
    return has_seeded(w, path, size, 0);
}

bool
has_seeded(const struct world *w, const char *path, uint64_t size,
           unsigned seed)
{
    char *piece = malloc(PIECE);
    char *expected = malloc(PIECE);
    int fd = open(host_path(w, path), O_RDONLY | O_CLOEXEC);
    uint64_t at = 0;
    ssize_t n = 0;

    EXPECT(piece != NULL && expected != NULL);
    while (fd >= 0 && (n = read(fd, piece, PIECE)) > 0) {
        fill_pattern(expected, at, (size_t)n, seed);
        if (memcmp(piece, expected, (size_t)n) != 0)
            break;
        at += (uint64_t)n;
    }
    if (fd >= 0)
        close(fd);
    free(piece);
    free(expected);
    return fd >= 0 && n == 0 && at == size;
}

void
finish(struct vfs_file *file)
{
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
}

void
cut(struct vfs_file *file)
{
    vfs_close(&file);
}

enum status
set_size(struct vfs_file *file, uint64_t size)
{
    struct vfs_attributes set = { .has = VFS_HAS_SIZE, .size = size };

    return vfs_file_set_attributes(file, &set);
}

void
publish(struct vfs *files, const char *path, const char *text)
{
    struct vfs_file *file = open_ok(files, path, W | C | T);

    send(file, 0, text);
    finish(file);
}

int64_t
told(struct vfs *files, const char *path)
{
    struct vfs_attributes is;
    enum status status =
        vfs_stat(files, str_of(path), VFS_FOLLOW | VFS_TELL, &is);

    if (status == ERR_NOT_FOUND)
        return -1;
    EXPECT_OK(status);
    return (int64_t)is.size;
}

int64_t
handle_size(struct vfs_file *file)
{
    struct vfs_attributes is;

    EXPECT_OK(vfs_file_stat(file, &is));
    return (int64_t)is.size;
}

const char *
host_path(const struct world *w, const char *path)
{
    static char paths[4][4096];
    static unsigned next;
    char *at = paths[next++ % 4];

    snprintf(at, sizeof paths[0], "%s%s", w->root, path);
    return at;
}

bool
is_published(const struct world *w, const char *path)
{
    struct stat is;

    return lstat(host_path(w, path), &is) == 0;
}

const char *
published(const struct world *w, const char *path)
{
    static char texts[4][512];
    static unsigned next;
    char *text = texts[next++ % 4];
    int fd = open(host_path(w, path), O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return "(none)";
    ssize_t n = read(fd, text, sizeof texts[0] - 1);
    close(fd);
    EXPECT(n >= 0);
    text[n] = '\0';
    return text;
}

void
host_write(const struct world *w, const char *path, const char *text)
{
    int fd = open(host_path(w, path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                  0644);

    EXPECT(fd >= 0);
    EXPECT(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static int
look_for_staged(const struct world *w, char *path, size_t size)
{
    DIR *dir = opendir(w->root);
    int count = 0;

    EXPECT(dir != NULL);
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        if (strncmp(e->d_name, ".convoy-", 8) == 0) {
            count++;
            snprintf(path, size, "%s/%.200s", w->root, e->d_name);
        }
    closedir(dir);
    return count;
}

int
staged(const struct world *w)
{
    char path[512];

    return look_for_staged(w, path, sizeof path);
}

const char *
staged_path(const struct world *w)
{
    static char path[512];

    EXPECT(look_for_staged(w, path, sizeof path) > 0);
    return path;
}

bool
was_told(struct world *w, const char *event)
{
    const char *record;

    for (size_t i = 0; (record = event_memory_record(w->sink, i)) != NULL; i++)
        if (strstr(record, event) != NULL)
            return true;
    return false;
}
