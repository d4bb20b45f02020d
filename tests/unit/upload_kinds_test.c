/* SPDX-License-Identifier: Apache-2.0 */
/* upload_kinds_test.c - new content, or an edit (docs/uploads.md, section 1) */
#include "upload_world.h"

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

/* R1.1 */
TEST(new_content_is_staged_until_its_close)
{
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "new");
    EXPECT(!is_published(&w, "/f"));
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "new");
    EXPECT(staged(&w) == 0);
}

TEST(an_edit_changes_the_published_file_in_place)
{
    publish(alice, "/f", "aaaa");
    struct vfs_file *file = open_ok(alice, "/f", W | R);

    send(file, 1, "b");
    EXPECT_TEXT(published(&w, "/f"), "abaa");
    finish(file);
}

/* R1.2 */
TEST(a_write_open_with_truncate_is_new_content)
{
    publish(alice, "/f", "old");
    struct vfs_file *file = open_ok(alice, "/f", W | T);

    send(file, 0, "new!");
    EXPECT_TEXT(published(&w, "/f"), "old");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "new!");
}

TEST(a_read_and_write_open_with_truncate_is_new_content_too)
{
    publish(alice, "/f", "old");
    struct vfs_file *file = open_ok(alice, "/f", R | W | C | T);

    send(file, 0, "new!");
    EXPECT_TEXT(published(&w, "/f"), "old");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "new!");
}

TEST(a_write_open_of_a_name_with_nothing_published_is_new_content)
{
    struct vfs_file *file = open_ok(alice, "/f", W | C);

    send(file, 0, "new");
    EXPECT(!is_published(&w, "/f"));
    finish(file);
    file = open_ok(alice, "/g", R | W | C);
    send(file, 0, "new");
    EXPECT(!is_published(&w, "/g"));
    finish(file);
    EXPECT_TEXT(published(&w, "/g"), "new");
}

TEST(truncate_without_create_makes_no_file)
{
    struct vfs_file *file = NULL;

    EXPECT_STATUS(open_as(alice, "/f", W | T, &file), ERR_NOT_FOUND);
    EXPECT_STATUS(open_as(alice, "/f", W, &file), ERR_NOT_FOUND);
    EXPECT(staged(&w) == 0);
}

/* R1.3 */
TEST(a_first_write_at_0_of_a_published_file_is_new_content)
{
    publish(alice, "/f", "old");
    struct vfs_file *file = open_ok(alice, "/f", W | C);

    EXPECT(staged(&w) == 0);
    send(file, 0, "brand new");
    EXPECT_TEXT(published(&w, "/f"), "old");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "brand new");
}

TEST(a_first_write_elsewhere_in_a_published_file_is_an_edit)
{
    publish(alice, "/f", "old content");
    struct vfs_file *file = open_ok(alice, "/f", W | C);

    send(file, 4, "CON");
    EXPECT_TEXT(published(&w, "/f"), "old CONtent");
    EXPECT(staged(&w) == 0);
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "old CONtent");
}

TEST(a_first_write_where_this_session_was_told_resumes)
{
    struct vfs *other = session(&w, "alice");
    struct vfs_file *file = open_ok(other, "/f", W | C | T);

    send(file, 0, "0123456789");
    cut(file);
    EXPECT(told(alice, "/f") == 9);
    file = open_ok(alice, "/f", W | C);
    send(file, 9, "9abc");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "0123456789abc");
}

TEST(a_first_write_at_the_told_offset_resumes_over_a_published_file_too)
{
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "0123456789");
    cut(file);
    struct vfs *other = session(&w, "alice");
    EXPECT(told(other, "/f") == 9);
    file = resume_ok(other, "/f", 9);
    struct vfs_file *late = NULL;
    host_write(&w, "/g", "published");
    cut(file);
    /* Told before, undecided from the start: nothing is published here. */
    EXPECT_OK(open_as(other, "/f", W | C, &late));
    send(late, 8, "8xyz");
    finish(late);
    EXPECT_TEXT(published(&w, "/f"), "01234567"
                                     "8xyz");
}

TEST(a_first_size_of_0_is_new_content_and_another_size_is_an_edit)
{
    publish(alice, "/f", "old content");
    struct vfs_file *file = open_ok(alice, "/f", W | C);

    EXPECT_OK(set_size(file, 0));
    EXPECT_TEXT(published(&w, "/f"), "old content");
    send(file, 0, "new");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "new");
    publish(alice, "/f", "old content");
    file = open_ok(alice, "/f", W | C);
    EXPECT_OK(set_size(file, 3));
    EXPECT_TEXT(published(&w, "/f"), "old");
    finish(file);
}

TEST(bytes_of_the_published_file_beyond_those_received_stay_behind_them)
{
    publish(alice, "/f", "the old content");
    struct vfs_file *file = open_ok(alice, "/f", W | C);

    send(file, 0, "THE");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "THE old content");
}

TEST(bytes_beyond_those_received_go_when_the_client_sets_the_size)
{
    publish(alice, "/f", "the old content");
    struct vfs_file *file = open_ok(alice, "/f", W | C);

    send(file, 0, "THE");
    EXPECT_OK(set_size(file, 3));
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "THE");
}

TEST(an_undecided_handle_that_writes_nothing_changes_nothing)
{
    publish(alice, "/f", "old");
    finish(open_ok(alice, "/f", W | C));
    EXPECT_TEXT(published(&w, "/f"), "old");
    cut(open_ok(alice, "/f", W | C));
    EXPECT_TEXT(published(&w, "/f"), "old");
    struct vfs_file *file = open_ok(alice, "/f", W | C);
    struct vfs_attributes set = { .has = VFS_HAS_MODE, .mode = 0640 };
    struct stat is;
    EXPECT_OK(vfs_file_set_attributes(file, &set));
    finish(file);
    EXPECT(stat(host_path(&w, "/f"), &is) == 0 && (is.st_mode & 07777) == 0640);
}

/* R1.4 */
TEST(a_write_open_without_create_and_truncate_is_an_edit)
{
    publish(alice, "/f", "aaaa");
    struct vfs_file *file = open_ok(alice, "/f", W);

    send(file, 0, "b");
    EXPECT_TEXT(published(&w, "/f"), "baaa");
    finish(file);
}

TEST(a_write_open_with_read_of_a_published_file_is_an_edit)
{
    publish(alice, "/f", "aaaa");
    struct vfs_file *file = open_ok(alice, "/f", R | W | C);

    send(file, 0, "b");
    EXPECT_TEXT(published(&w, "/f"), "baaa");
    finish(file);
}

TEST(an_append_to_a_published_file_is_an_edit_at_its_end)
{
    publish(alice, "/f", "aaaa");
    struct vfs_file *file = open_ok(alice, "/f", W | C | A);

    send(file, 0, "b");
    EXPECT_TEXT(published(&w, "/f"), "aaaab");
    finish(file);
}

/* R1.5 */
TEST(create_without_a_write_flag_publishes_an_empty_file_at_open)
{
    struct vfs_file *file = open_ok(alice, "/f", R | C | X);
    struct vfs_file *again = NULL;
    char byte;
    size_t got = 1;

    EXPECT_TEXT(published(&w, "/f"), "");
    EXPECT_OK(vfs_read(file, 0, &byte, 1, &got));
    EXPECT(got == 0);
    finish(file);
    EXPECT_STATUS(open_as(alice, "/f", R | C | X, &again), ERR_EXISTS);
    file = open_ok(alice, "/f", R | C);
    finish(file);
    EXPECT(staged(&w) == 0);
}

TEST(create_without_a_write_flag_leaves_a_published_file_as_it_is)
{
    publish(alice, "/f", "here");
    finish(open_ok(alice, "/f", R | C));
    EXPECT_TEXT(published(&w, "/f"), "here");
}

/* R1.6 */
TEST(edits_take_no_lock)
{
    struct vfs *bob = session(&w, "bob");

    publish(alice, "/f", "aaaa");
    struct vfs_file *one = open_ok(alice, "/f", W);
    struct vfs_file *two = open_ok(bob, "/f", W);
    send(one, 0, "1");
    send(two, 1, "2");
    finish(one);
    finish(two);
    EXPECT_TEXT(published(&w, "/f"), "12aa");
}

TEST(fsync_and_close_of_an_edit_fail_if_its_name_leads_elsewhere)
{
    publish(alice, "/f", "aaaa");
    struct vfs_file *file = open_ok(alice, "/f", W);
    struct vfs *bob = session(&w, "bob");

    send(file, 0, "1");
    publish(bob, "/f", "bob's");
    EXPECT(vfs_sync(file) != OK);
    EXPECT(vfs_commit(file) != OK);
    vfs_close(&file);
    EXPECT_TEXT(published(&w, "/f"), "bob's");
}

TEST(close_of_an_edit_works_if_this_session_renamed_or_removed_it)
{
    publish(alice, "/f", "aaaa");
    publish(alice, "/g", "bbbb");
    struct vfs_file *renamed = open_ok(alice, "/f", W);
    struct vfs_file *removed = open_ok(alice, "/g", W);

    send(renamed, 0, "1");
    send(removed, 0, "2");
    EXPECT_OK(vfs_rename(alice, STR("/f"), STR("/h"), true));
    EXPECT_OK(vfs_remove(alice, STR("/g"), VFS_REMOVE_FILE));
    finish(renamed);
    finish(removed);
    EXPECT_TEXT(published(&w, "/h"), "1aaa");
}

TEST(a_cut_edit_stays_visible)
{
    publish(alice, "/f", "aaaa");
    struct vfs_file *file = open_ok(alice, "/f", W);

    send(file, 0, "bb");
    cut(file);
    EXPECT_TEXT(published(&w, "/f"), "bbaa");
}

/* R1.7 */
static void
in_place(struct disk_options *options)
{
    options->staged_uploads = false;
}

TEST(without_staged_uploads_all_writing_is_in_place)
{
    struct vfs *plain = session_with(&w, "alice", in_place);
    struct vfs_file *file = open_ok(plain, "/f", W | C | T);

    send(file, 0, "seen");
    EXPECT_TEXT(published(&w, "/f"), "seen");
    EXPECT(staged(&w) == 0);
    finish(file);
    file = open_ok(plain, "/f", W | C | T);
    EXPECT_TEXT(published(&w, "/f"), "");
    finish(file);
    struct vfs_file *again = NULL;
    EXPECT_STATUS(open_as(plain, "/f", W | C | X, &again), ERR_EXISTS);
}
