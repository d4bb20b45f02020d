/* SPDX-License-Identifier: Apache-2.0 */
/* upload_threads_test.c - many sessions at once in one folder */
#include "upload_world.h"

#include "base/thread.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 6, ROUNDS = 60 };

static struct world w;

SETUP()
{
    w = (struct world){ 0 };
    world_open(&w);
}

TEARDOWN()
{
    world_close(&w);
}

struct worker {
    struct vfs *files;
    int number;
    int published;
    int refused;
    pthread_t thread;
    bool failed;
};

static bool
upload(struct worker *me, const char *path, const char *text)
{
    struct vfs_file *file = NULL;
    enum status status = open_as(me->files, path, W | C | T, &file);

    if (status == OK)
        status = try_send(file, 0, text);
    if (status == OK)
        status = vfs_commit(file);
    vfs_close(&file);
    me->published += status == OK;
    me->refused += status != OK;
    return status == OK;
}

static void *
upload_own_names(void *arg)
{
    struct worker *me = arg;
    char path[64];

    for (int i = 0; i < ROUNDS && !me->failed; i++) {
        snprintf(path, sizeof path, "/file-%d-%d", me->number, i);
        me->failed = !upload(me, path, path);
    }
    return NULL;
}

static void *
fight_for_one_name(void *arg)
{
    struct worker *me = arg;
    char text[64];

    for (int i = 0; i < ROUNDS; i++) {
        snprintf(text, sizeof text, "worker %d round %d of them", me->number,
                 i);
        upload(me, "/f", text);
    }
    return NULL;
}

static void *
do_everything(void *arg)
{
    struct worker *me = arg;
    struct vfs_attributes is;
    struct vfs_file *file = NULL;

    for (int i = 0; i < ROUNDS; i++) {
        upload(me, i % 3 == 0 ? "/a" : "/b", "some text");
        (void)!vfs_stat(me->files, STR("/a"), VFS_FOLLOW | VFS_TELL, &is);
        (void)!vfs_rename(me->files, STR("/a"), STR("/c"), true);
        if (open_as(me->files, "/b", W, &file) == OK)
            (void)!try_send(file, 3, "edit");
        vfs_close(&file);
        if (open_as(me->files, "/d", W | C, &file) == OK)
            (void)!try_send(file, 0, "0123456789");
        vfs_close(&file);
        (void)!vfs_remove(me->files, STR("/c"), VFS_REMOVE_FILE);
    }
    return NULL;
}

static void
run(struct worker workers[THREADS], void *(*work)(void *), bool accounts)
{
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){
            .files = session(&w, accounts && i % 2 ? "bob" : "alice"),
            .number = i,
        };
        EXPECT_OK(
            thread_start(&workers[i].thread, "worker", work, &workers[i]));
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
}

TEST(many_sessions_upload_into_one_folder_at_once)
{
    struct worker workers[THREADS];
    char path[64];

    run(workers, upload_own_names, true);
    for (int t = 0; t < THREADS; t++) {
        EXPECT(!workers[t].failed);
        for (int i = 0; i < ROUNDS; i++) {
            snprintf(path, sizeof path, "/file-%d-%d", t, i);
            EXPECT_TEXT(published(&w, path), path);
        }
    }
    EXPECT(staged(&w) == 0);
}

TEST(sessions_that_fight_for_a_name_publish_whole_contents)
{
    struct worker workers[THREADS];
    int sum = 0;

    run(workers, fight_for_one_name, false);
    for (int t = 0; t < THREADS; t++)
        sum += workers[t].published;
    EXPECT(sum > 0);
    EXPECT(strstr(published(&w, "/f"), "of them") != NULL);
    publish(session(&w, "alice"), "/f", "the end");
    EXPECT(staged(&w) == 0);
}

TEST(sessions_that_do_everything_at_once_leave_a_tidy_folder)
{
    struct worker workers[THREADS];

    run(workers, do_everything, true);
    struct vfs *alice = session(&w, "alice");
    struct vfs *bob = session(&w, "bob");
    const char *const names[] = { "/a", "/b", "/c", "/d" };
    for (int i = 0; i < 4; i++) {
        publish(alice, names[i], "end");
        publish(bob, names[i], "end");
    }
    EXPECT(staged(&w) == 0);
}
