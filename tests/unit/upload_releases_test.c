/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_releases_test.c - locks of published uploads are given back, if not
 * at once (docs/decisions/0006-releasing-locks-in-batches.md)
 */
#include "upload_world.h"
#include "vfs/upload_names.h"

#include <stdio.h>
#include <unistd.h>

enum { MANY = 40 }; /* more than the queue holds */

static struct world w;
static struct vfs *alice;

SETUP()
{
    w = (struct world){ 0 };
    world_open(&w);
    alice = session(&w, "alice");
}

TEARDOWN()
{
    world_close(&w);
}

static enum status
count_one(void *arg, const struct store_entry *entry)
{
    (void)entry;
    ++*(size_t *)arg;
    return OK;
}

static size_t
locks(void)
{
    size_t count = 0;

    EXPECT_OK(store_list(w.store, "locks/", count_one, &count));
    return count;
}

/* The keeper gives back what no claim takes along. */
static void
wait_for_locks(size_t count)
{
    for (int i = 0; i < 1000 && locks() != count; i++)
        usleep(10000);
    EXPECT(locks() == count);
}

static void
key_of(const char *leaf, char key[STORE_NAME])
{
    struct place_key place;

    EXPECT_OK(place_key_of(w.root, leaf, &place));
    lock_name(&place, key);
}

/* Another process takes the lock of a name over. */
static uint64_t
take_over(const char *leaf)
{
    char key[STORE_NAME];
    uint64_t revision;

    key_of(leaf, key);
    struct store_change put = { .kind = STORE_PUT,
                                .key = key,
                                .value = STR("not one of ours"),
                                .expected = STORE_ANY };
    EXPECT_OK(store_commit(w.store, &put, 1, &revision));
    return revision;
}

static void
expect_theirs(const char *leaf, uint64_t revision)
{
    char key[STORE_NAME];
    struct store_entry entry;

    key_of(leaf, key);
    EXPECT_OK(store_get(w.store, key, NULL, &entry));
    EXPECT(entry.modified == revision);
}

TEST(the_next_claim_takes_the_lock_of_a_published_upload_along)
{
    publish(alice, "/f", "whole");
    struct vfs_file *file = open_ok(alice, "/g", W | C | T);
    EXPECT(locks() == 1);
    finish(file);
}

TEST(a_lock_that_no_claim_takes_along_is_given_back_all_the_same)
{
    publish(alice, "/f", "whole");
    wait_for_locks(0);
    publish(alice, "/g", "whole");
    wait_for_locks(0);
}

TEST(locks_that_wait_are_given_back_when_the_process_ends)
{
    publish(alice, "/f", "whole");
    publish(alice, "/g", "whole");
    session_end(&w, alice);
    uploads_free(&w.uploads);
    EXPECT(locks() == 0);
}

TEST(a_name_can_be_uploaded_again_and_again_at_once)
{
    struct vfs *bob = session(&w, "bob");

    for (int i = 0; i < 20; i++) {
        publish(alice, "/f", "alice's");
        publish(bob, "/f", "bob's");
        struct vfs_file *file = open_ok(bob, "/f", W | C | T);
        EXPECT(locks() == 1);
        send(file, 0, "more of bob's");
        finish(file);
    }
    EXPECT_TEXT(published(&w, "/f"), "more of bob's");
    wait_for_locks(0);
}

TEST(more_uploads_than_wait_together_are_all_given_back)
{
    struct vfs_file *files[MANY];
    char path[16];

    for (int i = 0; i < MANY; i++) {
        snprintf(path, sizeof path, "/f%d", i);
        files[i] = open_ok(alice, path, W | C | T);
    }
    EXPECT(locks() == MANY);
    for (int i = 0; i < MANY; i++)
        finish(files[i]);
    wait_for_locks(0);
}

TEST(a_lock_that_another_process_took_over_is_let_be_by_the_next_claim)
{
    publish(alice, "/f", "whole");
    publish(alice, "/g", "whole");
    uint64_t theirs = take_over("g");
    publish(alice, "/h", "whole");
    EXPECT_TEXT(published(&w, "/h"), "whole");
    wait_for_locks(1);
    expect_theirs("g", theirs);
}

TEST(a_lock_that_another_process_took_over_is_let_be_by_a_full_queue)
{
    struct vfs_file *files[MANY];
    char path[16];

    for (int i = 0; i < MANY; i++) {
        snprintf(path, sizeof path, "/f%d", i);
        files[i] = open_ok(alice, path, W | C | T);
    }
    finish(files[0]);
    uint64_t theirs = take_over("f0");
    for (int i = 1; i < MANY; i++)
        finish(files[i]);
    wait_for_locks(1);
    expect_theirs("f0", theirs);
}

TEST(a_published_name_that_somebody_removed_is_not_there_to_be_removed)
{
    publish(alice, "/f", "whole");
    EXPECT(unlink(host_path(&w, "/f")) == 0);
    EXPECT_STATUS(vfs_remove(alice, STR("/f"), VFS_REMOVE_FILE), ERR_NOT_FOUND);
    publish(alice, "/f", "whole");
    EXPECT_OK(vfs_rename(alice, STR("/f"), STR("/g"), false));
    EXPECT_STATUS(vfs_remove(alice, STR("/f"), VFS_REMOVE_FILE), ERR_NOT_FOUND);
    EXPECT_OK(vfs_remove(alice, STR("/g"), VFS_REMOVE_FILE));
}
