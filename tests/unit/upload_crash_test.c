/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_crash_test.c - a process is killed at some moment of its uploads.
 *
 * A child uploads one file after another and says through a pipe which were
 * acknowledged. Whenever it dies: what was acknowledged is there and whole,
 * nothing else is visible, and what can be resumed is a true prefix.
 */
#include "upload_world.h"

#include "vfs/upload_record.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIVES = 25, SIZE = 300 * 1000 };

static struct world w;
static unsigned last_twin; /* seed of its content */
static char database[256];

SETUP()
{
    w = (struct world){ 0 };
    snprintf(database, sizeof database, "%s/store.db", test_folder());
}

TEARDOWN()
{
    if (w.store != NULL)
        world_close(&w);
}

/* Every other one replaces a file that has two names. */
static bool
is_twin(int number)
{
    return number % 2 == 1;
}

/* The file with two names is whole, from one upload, under both. */
static int
twin_number(int life, int done)
{
    for (int i = done + 2; i >= 0; i--) {
        unsigned seed = (unsigned)(life * 1000 + i);
        if (is_twin(i) && has_seeded(&w, "/twin-a", SIZE, seed) &&
            has_seeded(&w, "/twin-b", SIZE, seed))
            return i;
    }
    return -1;
}

/* All sync in the middle. */
static void
upload_one(struct vfs *files, int life, int number)
{
    char path[64];
    unsigned seed = is_twin(number) ? (unsigned)(life * 1000 + number) : 0;

    snprintf(path, sizeof path, "/f-%d-%d", life, number);
    if (is_twin(number))
        snprintf(path, sizeof path, "/twin-a");
    struct vfs_file *file = open_ok(files, path, W | C | T);
    send_seeded(file, 0, SIZE / 2, seed);
    EXPECT_OK(vfs_sync(file));
    send_seeded(file, SIZE / 2, SIZE / 2, seed);
    finish(file);
}

static void
live(int life, int out)
{
    struct world mine = { .database = database };

    setenv("CMOCKA_TEST_ABORT", "1", 1);
    world_open(&mine);
    struct vfs *files = session(&mine, "alice");
    for (int i = 0;; i++) {
        upload_one(files, life, i);
        if (write(out, &i, sizeof i) != (ssize_t)sizeof i)
            _exit(1);
    }
}

/* How many the child had been told were done when it was killed. */
static int
live_and_die(int life, long after_us)
{
    int fds[2];
    int done = -1;
    int number;

    EXPECT(pipe2(fds, O_CLOEXEC) == 0);
    pid_t pid = fork();
    EXPECT(pid >= 0);
    if (pid == 0)
        live(life, fds[1]);
    close(fds[1]);
    usleep((useconds_t)after_us);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    while (read(fds[0], &number, sizeof number) == (ssize_t)sizeof number)
        done = number;
    close(fds[0]);
    return done;
}

static bool
is_cut_off_prefix(const char *path)
{
    struct stat is;
    char again[64];

    /* Told a size: going on at it must give the whole. */
    int64_t size = told(w.sessions[0], path);
    if (size < 0)
        return true;
    struct vfs_file *file = open_ok(w.sessions[0], path, W);
    send_pattern(file, (uint64_t)size, SIZE - (uint64_t)size);
    finish(file);
    snprintf(again, sizeof again, "%s", path);
    return stat(host_path(&w, again), &is) == 0 && has_pattern(&w, again, SIZE);
}

static void
check(int life, int done)
{
    char path[64];

    w = (struct world){ .database = database };
    world_open(&w);
    session(&w, "alice");
    for (int i = 0; i <= done; i++) {
        snprintf(path, sizeof path, "/f-%d-%d", life, i);
        EXPECT(is_twin(i) || has_pattern(&w, path, SIZE));
    }
    int twin = twin_number(life, done);
    if (done >= 1)
        EXPECT(twin >= done - 1);
    else if (twin < 0)
        EXPECT(has_seeded(&w, "/twin-a", SIZE, last_twin));
    if (twin >= 0)
        last_twin = (unsigned)(life * 1000 + twin);
    snprintf(path, sizeof path, "/f-%d-%d", life, done + 1);
    EXPECT(!is_published(&w, path) || has_pattern(&w, path, SIZE));
    EXPECT(is_twin(done + 1) || is_published(&w, path) ||
           is_cut_off_prefix(path));
    world_close(&w);
    w.store = NULL;
}

TEST(nothing_acknowledged_is_lost_and_nothing_torn_is_seen_after_a_kill)
{
    w.database = database;
    world_open(&w);
    struct vfs *files = session(&w, "alice");
    struct vfs_file *file = open_ok(files, "/twin-a", W | C | T);
    send_pattern(file, 0, SIZE);
    finish(file);
    EXPECT_OK(vfs_link(files, STR("/twin-a"), STR("/twin-b")));
    world_close(&w);
    w.store = NULL;
    srandom(20261123);
    for (int life = 0; life < LIVES; life++)
        check(life, live_and_die(life, 20000 + random() % 150000));
}

TEST(a_copy_into_a_file_with_several_names_is_repeated_after_a_crash)
{
    w.database = database;
    world_open(&w);
    struct vfs *files = session(&w, "alice");
    publish(files, "/a", "old content");
    EXPECT_OK(vfs_link(files, STR("/a"), STR("/b")));
    struct vfs_file *file = open_ok(files, "/a", W | C | T);
    send(file, 0, "the new content");
    EXPECT_OK(vfs_sync(file));
    cut(file);
    /* As it lies when the machine fails in the middle of the copy. */
    int staging = open(staged_path(&w), O_RDWR | O_CLOEXEC);
    int folder = open(w.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char *name = strrchr(staged_path(&w), '/') + 1;
    struct record record;
    bool as_sidecar;
    EXPECT_OK(record_read(folder, name, staging, &record, &as_sidecar));
    record.copying = true;
    EXPECT_OK(record_write(folder, name, staging, &record, &as_sidecar));
    close(staging);
    close(folder);
    host_write(&w, "/a", "the new torn");
    /* Whoever comes next to the name carries it out first. */
    file = open_ok(files, "/a", W | C | T);
    EXPECT_TEXT(published(&w, "/a"), "the new content");
    EXPECT_TEXT(published(&w, "/b"), "the new content");
    cut(file);
    EXPECT(staged(&w) == 0);
}
