/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_store_test.c - uploads while the store is slow, away or unsure, and
 * what others do while a CLOSE is carried out (docs/uploads.md, R3.6)
 */
#include "upload_world.h"

#include "base/thread.h"

#include <stdio.h>
#include <unistd.h>

static struct world w;

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool holds;    /* who looks at a lock waits */
    bool waiting;  /* one does */
    bool released; /* it may go on */
    enum status answer;
    bool done; /* carried out all the same */
} store;

static enum status
fault(void *arg, const char *call, const char *key, bool *done_out)
{
    (void)arg;
    LOCK_SCOPE(&store.mutex);
    if (strcmp(call, "store_get") == 0 && strncmp(key, "locks/", 6) == 0) {
        store.waiting = store.waiting || store.holds;
        pthread_cond_broadcast(&store.changed);
        while (store.holds && !store.released)
            pthread_cond_wait(&store.changed, &store.mutex);
    }
    *done_out = store.done;
    return strncmp(call, "store_lease", 11) == 0 ? OK : store.answer;
}

SETUP()
{
    memset(&store, 0, sizeof store);
    pthread_mutex_init(&store.mutex, NULL);
    pthread_cond_init(&store.changed, NULL);
    w = (struct world){ .fault = fault, .time_stands = true };
    world_open(&w);
}

TEARDOWN()
{
    world_close(&w);
    pthread_mutex_destroy(&store.mutex);
    pthread_cond_destroy(&store.changed);
}

static void
answers(enum status status, bool done)
{
    LOCK_SCOPE(&store.mutex);
    store.answer = status;
    store.done = done;
}

/* ---- a CLOSE that takes its time ---- */

struct actor {
    struct vfs *files;
    struct vfs_file *file;
    const char *path;
    pthread_t thread;
    enum status status;
    bool after; /* it came back only when the CLOSE could go on */
};

static void *
run_commit(void *arg)
{
    struct actor *a = arg;

    a->status = vfs_commit(a->file);
    return NULL;
}

static void
note(struct actor *a)
{
    LOCK_SCOPE(&store.mutex);
    a->after = store.released;
}

static void *
run_stat(void *arg)
{
    struct actor *a = arg;
    struct vfs_attributes is;

    a->status = vfs_stat(a->files, str_of(a->path), 0, &is);
    note(a);
    return NULL;
}

static void *
run_list(void *arg)
{
    struct actor *a = arg;
    struct vfs_folder *folder = NULL;

    a->status = vfs_list(a->files, str_of(a->path), &folder);
    note(a);
    vfs_folder_close(&folder);
    return NULL;
}

static void *
run_open(void *arg)
{
    struct actor *a = arg;

    a->status = open_as(a->files, a->path, W | C | T, &a->file);
    note(a);
    return NULL;
}

/* With a lease that is not known to hold, a CLOSE looks at its lock before it
 * renames, and there it is stopped. */
static void
commit_slowly(struct actor *a)
{
    clock_advance(w.clock, 40000);
    pthread_mutex_lock(&store.mutex);
    store.holds = true;
    pthread_mutex_unlock(&store.mutex);
    EXPECT_OK(thread_start(&a->thread, "commit", run_commit, a));
    pthread_mutex_lock(&store.mutex);
    while (!store.waiting)
        pthread_cond_wait(&store.changed, &store.mutex);
    pthread_mutex_unlock(&store.mutex);
}

static void
release(void)
{
    LOCK_SCOPE(&store.mutex);
    store.released = true;
    pthread_cond_broadcast(&store.changed);
}

/* Does `run` of another session of the account wait for the CLOSE of /f? */
static void
expect_to_wait(void *(*run)(void *), const char *path)
{
    struct actor writer = { .files = session(&w, "alice") };
    struct actor other = { .files = session(&w, "alice"), .path = path };

    writer.file = open_ok(writer.files, "/f", W | C | T);
    send(writer.file, 0, "whole");
    commit_slowly(&writer);
    EXPECT_OK(thread_start(&other.thread, "other", run, &other));
    usleep(100000);
    release();
    pthread_join(other.thread, NULL);
    pthread_join(writer.thread, NULL);
    EXPECT_OK(writer.status);
    EXPECT_OK(other.status);
    EXPECT(other.after);
    vfs_close(&writer.file);
    vfs_close(&other.file);
    EXPECT_TEXT(published(&w, "/f"), "whole");
}

TEST(a_stat_of_the_name_waits_for_the_close)
{
    expect_to_wait(run_stat, "/f");
}

TEST(a_listing_of_its_folder_waits_for_the_close)
{
    expect_to_wait(run_list, "/");
}

TEST(a_write_open_waits_for_the_close_and_does_not_take_over)
{
    expect_to_wait(run_open, "/f");
}

TEST(requests_that_name_something_else_do_not_wait)
{
    struct actor writer = { .files = session(&w, "alice") };
    struct actor other = { .files = session(&w, "alice"), .path = "/g" };
    struct actor bob = { .files = session(&w, "bob"), .path = "/f" };

    writer.file = open_ok(writer.files, "/f", W | C | T);
    send(writer.file, 0, "whole");
    commit_slowly(&writer);
    run_stat(&other);
    EXPECT_STATUS(other.status, ERR_NOT_FOUND);
    run_stat(&bob);
    EXPECT_STATUS(bob.status, ERR_NOT_FOUND);
    EXPECT(!other.after && !bob.after);
    release();
    pthread_join(writer.thread, NULL);
    vfs_close(&writer.file);
}

/* ---- a store that fails ---- */

TEST(a_store_that_is_away_refuses_an_upload_at_its_open)
{
    struct vfs *alice = session(&w, "alice");
    struct vfs_file *file = NULL;

    answers(ERR_IO, false);
    EXPECT_STATUS(open_as(alice, "/f", W | C | T, &file), ERR_IO);
    EXPECT(staged(&w) == 0);
    answers(OK, false);
    publish(alice, "/f", "back again");
    EXPECT_TEXT(published(&w, "/f"), "back again");
}

TEST(a_store_that_goes_away_does_not_stop_a_running_upload)
{
    struct vfs *alice = session(&w, "alice");
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "01234");
    answers(ERR_IO, false);
    EXPECT_OK(vfs_sync(file));
    send(file, 5, "56789");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "0123456789");
    /* Its lock stayed behind; the name can be used again all the same. */
    answers(OK, false);
    publish(alice, "/f", "and again");
    publish(session(&w, "bob"), "/f", "bob's");
    EXPECT_TEXT(published(&w, "/f"), "bob's");
}

TEST(a_commit_of_unknown_outcome_is_read_back)
{
    struct vfs *alice = session(&w, "alice");
    struct vfs_file *file = NULL;

    answers(ERR_TIMEOUT, true);
    enum status status = open_as(alice, "/f", W | C | T, &file);
    answers(OK, false);
    /* Reading back failed too: the client is refused, and nothing stays. */
    EXPECT(status != OK);
    EXPECT(staged(&w) == 0);
    publish(alice, "/f", "later");
    EXPECT_TEXT(published(&w, "/f"), "later");
}

TEST(an_upload_that_is_cut_while_the_store_is_away_is_found_in_its_folder)
{
    struct vfs *alice = session(&w, "alice");
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "0123456789");
    answers(ERR_IO, false);
    cut(file);
    answers(OK, false);
    EXPECT(told(session(&w, "alice"), "/f") == 9);
}
