/* SPDX-License-Identifier: Apache-2.0 */
/* upload_publishing_test.c - publishing (docs/uploads.md, section 3) */
#include "upload_world.h"

#include "base/thread.h"
#include "vfs/folder_sync.h"
#include "vfs/upload_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

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

static ino_t
inode_of(const char *path)
{
    struct stat is;

    EXPECT(stat(host_path(&w, path), &is) == 0);
    return is.st_ino;
}

/* R3.1 */
TEST(the_first_close_of_a_writing_handle_publishes)
{
    struct vfs_file *one = open_ok(alice, "/f", W | C | T);
    struct vfs_file *two = open_ok(alice, "/f", W);

    send(one, 0, "one");
    send(two, 3, "two");
    EXPECT(!is_published(&w, "/f"));
    finish(two);
    EXPECT_TEXT(published(&w, "/f"), "onetwo");
    cut(one);
    EXPECT_TEXT(published(&w, "/f"), "onetwo");
}

TEST(closing_a_reader_never_publishes)
{
    struct vfs_file *writer = open_ok(alice, "/f", W | C | T);
    struct vfs_file *reader = open_ok(alice, "/f", R);
    char text[8] = "";
    size_t got;

    send(writer, 0, "abc");
    EXPECT_OK(vfs_read(reader, 0, text, sizeof text, &got));
    EXPECT(got == 3 && memcmp(text, "abc", 3) == 0);
    finish(reader);
    EXPECT(!is_published(&w, "/f"));
    finish(writer);
    EXPECT_TEXT(published(&w, "/f"), "abc");
}

TEST(other_handles_go_on_as_edits_of_the_published_inode)
{
    struct vfs_file *one = open_ok(alice, "/f", W | C | T);
    struct vfs_file *two = open_ok(alice, "/f", R | W);
    struct vfs_file *three = open_ok(alice, "/f", R);
    char text[8] = "";
    size_t got;

    send(one, 0, "abc");
    finish(one);
    ino_t inode = inode_of("/f");
    send(two, 1, "X");
    EXPECT_TEXT(published(&w, "/f"), "aXc");
    EXPECT_OK(vfs_read(three, 0, text, sizeof text, &got));
    EXPECT(got == 3 && memcmp(text, "aXc", 3) == 0);
    finish(two);
    finish(three);
    EXPECT(inode_of("/f") == inode);
}

/* R3.2 */
TEST(fsync_of_a_handle_opened_to_read_and_write_publishes_at_once)
{
    struct vfs_file *file = open_ok(alice, "/db", R | W | C);

    send(file, 0, "page1");
    EXPECT(!is_published(&w, "/db"));
    EXPECT_OK(vfs_sync(file));
    EXPECT_TEXT(published(&w, "/db"), "page1");
    send(file, 4, "2");
    EXPECT_TEXT(published(&w, "/db"), "page2");
    EXPECT_OK(vfs_sync(file));
    finish(file);
    EXPECT(staged(&w) == 0);
}

TEST(fsync_of_a_handle_opened_to_write_syncs_and_records)
{
    struct vfs_file *file = open_ok(alice, "/f", W | C);
    struct vfs *other = session(&w, "alice");

    send(file, 0, "12345");
    EXPECT_OK(vfs_sync(file));
    EXPECT(!is_published(&w, "/f"));
    EXPECT(told(other, "/f") == 4);
    finish(file);
}

/* R3.3 */
struct syncer {
    struct folder_syncs *syncs;
    const char *path;
    int folder;
    pthread_t thread;
    enum status status;
};

static void *
run_syncer(void *arg)
{
    struct syncer *s = arg;

    for (int i = 0; i < 50 && s->status == OK; i++)
        s->status = folder_sync(s->syncs, s->path, s->folder, -1);
    return NULL;
}

TEST(one_folder_sync_answers_all_who_wait)
{
    struct syncer syncers[8];
    struct folder_syncs *syncs;
    int folder = open(w.root, O_PATH | O_DIRECTORY | O_CLOEXEC);

    EXPECT_OK(folder_syncs_new(&syncs));
    for (size_t i = 0; i < 8; i++) {
        syncers[i] = (struct syncer){ syncs, w.root, folder, 0, OK };
        EXPECT_OK(thread_start(&syncers[i].thread, "syncer", run_syncer,
                               &syncers[i]));
    }
    for (size_t i = 0; i < 8; i++) {
        pthread_join(syncers[i].thread, NULL);
        EXPECT_OK(syncers[i].status);
    }
    folder_syncs_free(&syncs);
    close(folder);
}

TEST(a_folder_that_cannot_be_synced_fails_whoever_asked)
{
    struct folder_syncs *syncs;
    int file =
        open(host_path(&w, "/plain"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    EXPECT_OK(folder_syncs_new(&syncs));
    EXPECT(folder_sync(syncs, "/nowhere", file, -1) != OK);
    EXPECT(folder_sync(syncs, "/nowhere", file, -1) != OK);
    folder_syncs_free(&syncs);
    close(file);
}

TEST(files_in_folders_that_were_just_made_are_published)
{
    struct vfs_attributes none = { 0 };

    EXPECT_OK(vfs_make_folder(alice, STR("/a"), &none));
    EXPECT_OK(vfs_make_folder(alice, STR("/a/b"), &none));
    EXPECT_OK(vfs_make_folder(alice, STR("/a/b/c"), &none));
    publish(alice, "/a/b/c/f", "deep");
    EXPECT_OK(vfs_rename(alice, STR("/a"), STR("/z"), true));
    EXPECT_OK(vfs_make_folder(alice, STR("/z/y"), &none));
    EXPECT_OK(vfs_rename(alice, STR("/z"), STR("/q"), true));
    publish(alice, "/q/y/f", "moved");
    EXPECT_TEXT(published(&w, "/q/b/c/f"), "deep");
    EXPECT_TEXT(published(&w, "/q/y/f"), "moved");
}

TEST(durability_cache_publishes_without_syncs)
{
    struct world cached = { .cache = true };

    world_open(&cached);
    struct vfs *files = session(&cached, "alice");
    publish(files, "/f", "fast");
    EXPECT_TEXT(published(&cached, "/f"), "fast");
    struct vfs_file *file = open_ok(files, "/g", W | C | T);
    send(file, 0, "0123456789");
    cut(file);
    EXPECT(told(session(&cached, "alice"), "/g") == 9);
    world_close(&cached);
}

/* R3.4 */
TEST(an_exclusive_upload_does_not_replace_what_came_meanwhile)
{
    struct vfs_file *file = open_ok(alice, "/f", W | C | X);

    send(file, 0, "mine");
    host_write(&w, "/f", "theirs");
    EXPECT_STATUS(vfs_commit(file), ERR_EXISTS);
    vfs_close(&file);
    EXPECT_TEXT(published(&w, "/f"), "theirs");
}

TEST(new_content_replaces_what_came_meanwhile)
{
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "mine");
    host_write(&w, "/f", "theirs");
    EXPECT(chmod(host_path(&w, "/f"), 0604) == 0);
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "mine");
    struct stat is;
    EXPECT(stat(host_path(&w, "/f"), &is) == 0);
    EXPECT((is.st_mode & 07777) == 0604);
}

TEST(new_content_goes_into_what_came_meanwhile_with_several_links)
{
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "mine");
    host_write(&w, "/f", "theirs, and longer");
    EXPECT(link(host_path(&w, "/f"), host_path(&w, "/g")) == 0);
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "mine");
    EXPECT_TEXT(published(&w, "/g"), "mine");
    EXPECT(staged(&w) == 0);
}

TEST(the_times_of_an_open_are_not_those_of_what_came_meanwhile)
{
    struct vfs_open how = {
        .flags = W | C | T,
        .attributes = { .has = VFS_HAS_TIMES },
    };
    struct vfs_file *file = NULL;
    struct stat is;

    EXPECT_OK(vfs_open(alice, STR("/f"), &how, &file));
    send(file, 0, "mine");
    host_write(&w, "/f", "theirs");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "mine");
    EXPECT(stat(host_path(&w, "/f"), &is) == 0);
    EXPECT(is.st_mtim.tv_sec != 0);
}

TEST(a_folder_that_came_meanwhile_is_not_replaced)
{
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "mine");
    EXPECT(mkdir(host_path(&w, "/f"), 0755) == 0);
    EXPECT_STATUS(vfs_commit(file), ERR_IS_FOLDER);
    vfs_close(&file);
}

TEST(a_staging_name_left_beside_the_published_one_by_a_link_is_tidied)
{
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "0123456789");
    cut(file);
    /* As between link() and unlink(). */
    EXPECT(link(staged_path(&w), host_path(&w, "/f")) == 0);
    struct vfs *other = session(&w, "alice");
    EXPECT(told(other, "/f") == 10);
    publish(other, "/f", "new");
    EXPECT_TEXT(published(&w, "/f"), "new");
    EXPECT(staged(&w) == 0);
}

/* R3.5 */
TEST(a_target_with_several_links_gets_the_content_into_its_inode)
{
    publish(alice, "/f", "a long old content");
    EXPECT_OK(vfs_link(alice, STR("/f"), STR("/g")));
    ino_t inode = inode_of("/f");
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);
    send(file, 0, "new");
    EXPECT_TEXT(published(&w, "/g"), "a long old content");
    finish(file);
    EXPECT(inode_of("/f") == inode);
    EXPECT_TEXT(published(&w, "/f"), "new");
    EXPECT_TEXT(published(&w, "/g"), "new");
    EXPECT(staged(&w) == 0);
}

/* R3.6 */
struct committer {
    struct vfs_file *file;
    pthread_t thread;
    enum status status;
};

static void *
run_commit(void *arg)
{
    struct committer *c = arg;

    c->status = vfs_commit(c->file);
    return NULL;
}

TEST(a_close_is_a_barrier_for_later_requests_of_other_sessions)
{
    struct vfs *other = session(&w, "alice");
    struct vfs_attributes is;

    for (int i = 0; i < 20; i++) {
        struct committer c = { .file = open_ok(alice, "/f", W | C | T) };

        send_pattern(c.file, 0, 1024 * 1024);
        EXPECT_OK(thread_start(&c.thread, "commit", run_commit, &c));
        /* Whenever the other session asks, the answer is whole: all or
         * nothing. */
        enum status status = vfs_stat(other, STR("/f"), VFS_FOLLOW, &is);
        EXPECT(status == ERR_NOT_FOUND ||
               (status == OK && is.size == 1024 * 1024));
        pthread_join(c.thread, NULL);
        EXPECT_OK(c.status);
        vfs_close(&c.file);
        EXPECT_OK(vfs_stat(other, STR("/f"), VFS_FOLLOW, &is));
        EXPECT_OK(vfs_remove(other, STR("/f"), VFS_REMOVE_FILE));
    }
}

TEST(a_close_that_fails_keeps_what_is_contiguous)
{
    struct vfs_file *file = open_ok(alice, "/f", W | C | X);

    send(file, 0, "0123456789");
    host_write(&w, "/f", "theirs");
    EXPECT(vfs_commit(file) != OK);
    vfs_close(&file);
    EXPECT(staged(&w) == 1);
}
