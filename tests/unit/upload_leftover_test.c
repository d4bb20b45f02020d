/* SPDX-License-Identifier: Apache-2.0 */
/* upload_leftover_test.c - who is told what (docs/uploads.md, section 4) */
#include "upload_world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct world w;
static struct vfs *alice;  /* the session that asks */
static struct vfs *before; /* an earlier one, of the same account */

SETUP()
{
    w = (struct world){ 0 };
    world_open(&w);
    alice = session(&w, "alice");
    before = session(&w, "alice");
}

TEARDOWN()
{
    world_close(&w);
}

static void
leave_over(const char *path, const char *text)
{
    struct vfs_file *file = open_ok(before, path, W | C | T);

    send(file, 0, text);
    cut(file);
}

static enum status
lstat_of(struct vfs *files, const char *path)
{
    struct vfs_attributes is;

    return vfs_stat(files, str_of(path), 0, &is);
}

static bool
is_listed(struct vfs *files, const char *name)
{
    struct vfs_folder *folder = NULL;
    struct vfs_entry entry;
    bool more = true;
    bool found = false;

    EXPECT_OK(vfs_list(files, STR("/"), &folder));
    while (vfs_folder_next(folder, &entry, &more) == OK && more)
        found = found || str_is(entry.name, name);
    vfs_folder_close(&folder);
    return found;
}

/* R4.1 */
TEST(the_writing_session_sees_its_staged_file_in_every_operation)
{
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);
    struct vfs_file *again = NULL;

    send(file, 0, "12345");
    EXPECT(told(alice, "/f") == 5);
    EXPECT_OK(lstat_of(alice, "/f"));
    EXPECT(is_listed(alice, "f"));
    struct vfs_file *reader = open_ok(alice, "/f", R);
    EXPECT(handle_size(reader) == 5);
    vfs_close(&reader);
    EXPECT_STATUS(open_as(alice, "/f", W | C | X, &again), ERR_EXISTS);
    finish(file);
}

/* R4.2 */
TEST(everybody_else_lists_and_reads_only_what_is_published)
{
    struct vfs *bob = session(&w, "bob");
    struct vfs_file *reader = NULL;
    struct vfs_file *file = open_ok(before, "/f", W | C | T);

    send(file, 0, "12345");
    EXPECT_OK(vfs_sync(file));
    struct vfs *others[] = { alice, bob };
    for (int i = 0; i < 2; i++) {
        EXPECT(!is_listed(others[i], "f"));
        EXPECT_STATUS(open_as(others[i], "/f", R, &reader), ERR_NOT_FOUND);
        EXPECT_STATUS(lstat_of(others[i], "/f"), ERR_NOT_FOUND);
    }
    EXPECT(told(bob, "/f") == -1);
    finish(file);
}

/* R4.3 */
TEST(sessions_of_the_account_are_told_the_durable_size_less_one_byte)
{
    leave_over("/f", "0123456789");
    EXPECT(told(alice, "/f") == 9);
    EXPECT(told(session(&w, "bob"), "/f") == -1);
}

TEST(one_byte_or_less_is_not_told)
{
    leave_over("/f", "0");
    EXPECT(told(alice, "/f") == -1);
    leave_over("/g", "01");
    EXPECT(told(alice, "/g") == 1);
}

TEST(lstat_is_told_nothing_so_that_exclusive_creation_works)
{
    leave_over("/f", "0123456789");
    EXPECT_STATUS(lstat_of(alice, "/f"), ERR_NOT_FOUND);
    struct vfs_file *file = open_ok(alice, "/f", W | C | X);
    send(file, 0, "new");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "new");
    EXPECT(staged(&w) == 0);
}

TEST(fstat_of_a_handle_opened_for_writing_without_truncate_is_told)
{
    leave_over("/f", "0123456789");
    struct vfs_file *file = open_ok(alice, "/f", W);
    EXPECT(handle_size(file) == 9);
    send(file, 9, "9!");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "0123456789!");
    leave_over("/g", "0123456789");
    file = open_ok(alice, "/g", W | C | A);
    EXPECT(handle_size(file) == 9);
    send(file, 9, "9!");
    finish(file);
    EXPECT_TEXT(published(&w, "/g"), "0123456789!");
}

TEST(a_running_upload_of_another_session_is_told_at_its_durable_offset)
{
    struct vfs_file *file = open_ok(before, "/f", W | C | T);

    send(file, 0, "0123456789");
    EXPECT(told(alice, "/f") == -1);
    EXPECT_OK(vfs_sync(file));
    send(file, 10, "more");
    EXPECT(told(alice, "/f") == 9);
    finish(file);
    EXPECT(told(alice, "/f") == 14);
}

static void
at_most_10(struct disk_options *options)
{
    options->maximum_file_size = 10;
}

TEST(after_a_failed_close_that_session_is_told_nothing)
{
    struct vfs *small = session_with(&w, "alice", at_most_10);
    struct vfs_file *file = open_ok(small, "/f", W | C | T);

    send(file, 0, "01234");
    EXPECT(try_send(file, 5, "0123456789") != OK);
    EXPECT(vfs_commit(file) != OK);
    vfs_close(&file);
    EXPECT(told(small, "/f") == -1);
    EXPECT(told(alice, "/f") == 4);
}

/* R4.4 */
TEST(over_a_published_file_nothing_is_told)
{
    publish(before, "/f", "published");
    leave_over("/f", "012345678901234567890");
    EXPECT(told(alice, "/f") == 9);
    struct vfs_file *file = open_ok(alice, "/f", W | C);
    EXPECT(handle_size(file) == 9);
    cut(file);
}

TEST(over_a_published_file_a_left_over_is_resumed_when_it_is_named)
{
    publish(before, "/f", "published");
    leave_over("/f", "0123456789");
    struct vfs_file *file = resume_ok(alice, "/f", 7);
    send(file, 7, "789");
    EXPECT_TEXT(published(&w, "/f"), "published");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "0123456789");
}

TEST(while_a_left_over_exists_an_append_to_the_published_file_is_refused)
{
    struct vfs_file *file = NULL;

    publish(before, "/f", "published");
    leave_over("/f", "0123456789");
    EXPECT_STATUS(open_as(alice, "/f", W | A, &file), ERR_BUSY);
    EXPECT(strstr(fail_reason(), "'f'") != NULL);
    EXPECT_STATUS(open_as(alice, "/f", W | C | A, &file), ERR_BUSY);
    /* Another account has nothing to do with it. */
    file = open_ok(session(&w, "bob"), "/f", W | A);
    cut(file);
}

TEST(while_a_left_over_exists_a_first_write_at_the_published_size_is_refused)
{
    publish(before, "/f", "published");
    leave_over("/f", "0123456789");
    struct vfs_file *file = open_ok(alice, "/f", W | C);
    EXPECT_STATUS(try_send(file, 9, "x"), ERR_BUSY);
    vfs_close(&file);
    EXPECT_TEXT(published(&w, "/f"), "published");
}

/* R4.5 */
TEST(a_write_open_without_create_and_truncate_resumes)
{
    struct vfs_file *file = NULL;

    leave_over("/f", "0123456789");
    EXPECT(told(alice, "/f") == 9);
    EXPECT_STATUS(open_as(alice, "/f", R, &file), ERR_NOT_FOUND);
    file = open_ok(alice, "/f", W);
    send(file, 9, "9abc");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "0123456789abc");
    EXPECT(was_told(&w, "upload_resumed"));
    EXPECT(staged(&w) == 0);
}

TEST(append_to_a_resumed_file_writes_from_what_was_told)
{
    leave_over("/f", "0123456789");
    EXPECT(told(alice, "/f") == 9);
    struct vfs_file *file = open_ok(alice, "/f", W | C | A);
    send(file, 9, "9a");
    send(file, 11, "bc");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "0123456789abc");
}

TEST(append_to_any_other_file_ignores_the_offset)
{
    struct vfs_file *file = open_ok(alice, "/f", W | C | A);

    send(file, 100, "ab");
    send(file, 0, "cd");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "abcd");
}

TEST(an_append_that_was_told_nothing_is_new_content)
{
    leave_over("/f", "0123456789");
    struct vfs_file *file = open_ok(alice, "/f", W | C | A);
    send(file, 0, "line\n");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "line\n");
}

TEST(a_first_write_at_0_over_a_left_over_is_new_content)
{
    leave_over("/f", "0123456789");
    EXPECT(told(alice, "/f") == 9);
    struct vfs_file *file = open_ok(alice, "/f", W | C);
    send(file, 0, "new");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "new");
}

TEST(a_create_that_writes_nothing_over_a_left_over_makes_an_empty_file)
{
    leave_over("/f", "0123456789");
    finish(open_ok(alice, "/f", W | C));
    EXPECT_TEXT(published(&w, "/f"), "");
    EXPECT(staged(&w) == 0);
}

TEST(a_resumed_handle_that_writes_nothing_publishes_nothing)
{
    leave_over("/f", "0123456789");
    EXPECT(told(alice, "/f") == 9);
    finish(open_ok(alice, "/f", W));
    EXPECT(!is_published(&w, "/f"));
    EXPECT(told(session(&w, "alice"), "/f") == 8);
}

/* R4.6 */
TEST(opening_to_resume_cuts_the_prefix_to_what_was_told)
{
    leave_over("/f", "0123456789");
    EXPECT(told(alice, "/f") == 9);
    struct vfs_file *file = open_ok(alice, "/f", W);
    EXPECT(handle_size(file) == 9);
    cut(file);
    EXPECT(told(session(&w, "alice"), "/f") == 8);
}

TEST(opening_to_resume_cuts_the_prefix_to_what_was_named)
{
    leave_over("/f", "0123456789");
    struct vfs_file *file = resume_ok(alice, "/f", 3);
    EXPECT(handle_size(file) == 3);
    send(file, 3, "!");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "012!");
}

TEST(more_than_is_there_cannot_be_named)
{
    struct vfs_open how = { .flags = W | C | VFS_RESUME, .resume_at = 11 };
    struct vfs_file *file = NULL;

    leave_over("/f", "0123456789");
    EXPECT_STATUS(vfs_open(alice, STR("/f"), &how, &file), ERR_INVALID);
    EXPECT(told(alice, "/f") == 9);
}

/* R4.7 */
TEST(new_content_discards_a_left_over)
{
    leave_over("/f", "0123456789");
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);
    EXPECT(staged(&w) == 1);
    cut(file);
    EXPECT(staged(&w) == 0);
    EXPECT(told(alice, "/f") == -1);
    EXPECT(was_told(&w, "upload_discarded"));
}

TEST(remove_discards_a_left_over)
{
    leave_over("/f", "0123456789");
    EXPECT_OK(vfs_remove(alice, STR("/f"), VFS_REMOVE_FILE));
    EXPECT(staged(&w) == 0);
    EXPECT_STATUS(vfs_remove(alice, STR("/f"), VFS_REMOVE_FILE), ERR_NOT_FOUND);
}

TEST(a_rename_over_it_discards_a_left_over)
{
    leave_over("/f", "0123456789");
    publish(alice, "/g", "moved");
    EXPECT_OK(vfs_rename(alice, STR("/g"), STR("/f"), true));
    EXPECT(staged(&w) == 0);
    EXPECT_TEXT(published(&w, "/f"), "moved");
}

TEST(a_changed_published_file_discards_a_left_over)
{
    struct vfs_open how = { .flags = W | C | VFS_RESUME, .resume_at = 5 };
    struct vfs_file *file = NULL;

    publish(before, "/f", "published");
    leave_over("/f", "0123456789");
    host_write(&w, "/f", "changed by somebody else");
    how.resume_at = 25;
    EXPECT(vfs_open(alice, STR("/f"), &how, &file) != OK);
    file = open_ok(alice, "/f", W | A);
    cut(file);
    publish(alice, "/f", "new");
    EXPECT(staged(&w) == 0);
}

TEST(a_left_over_whose_time_is_over_is_reclaimed)
{
    struct world later = { .time_stands = true, .keep_ms = 100000 };

    world_open(&later);
    struct vfs_file *file = open_ok(session(&later, "alice"), "/f", W | C | T);
    send(file, 0, "0123456789");
    cut(file);
    for (int i = 0; i < 300 && staged(&later) > 0; i++) {
        clock_advance(later.clock, 5000);
        usleep(20000);
    }
    EXPECT(staged(&later) == 0);
    EXPECT(told(session(&later, "alice"), "/f") == -1);
    world_close(&later);
}

TEST(a_file_that_only_a_listing_came_across_is_reclaimed_too)
{
    struct world later = { .time_stands = true, .keep_ms = 100000 };

    world_open(&later);
    struct vfs *files = session(&later, "alice");
    host_write(&later, "/.convoy-0123456789abcdef-11111111-7", "orphan");
    struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
    EXPECT(utimensat(AT_FDCWD, staged_path(&later), old, 0) == 0);
    for (int i = 0; i < 300 && staged(&later) > 0; i++) {
        is_listed(files, "nothing");
        clock_advance(later.clock, 5000);
        usleep(20000);
    }
    EXPECT(staged(&later) == 0);
    world_close(&later);
}

TEST(removing_a_folder_removes_cut_left_overs_when_nothing_else_is_there)
{
    struct vfs_attributes none = { 0 };

    EXPECT_OK(vfs_make_folder(alice, STR("/d"), &none));
    leave_over("/d/f", "0123456789");
    EXPECT_OK(vfs_remove(alice, STR("/d"), VFS_REMOVE_FOLDER));
    EXPECT(!is_published(&w, "/d"));
    EXPECT_OK(vfs_make_folder(alice, STR("/d"), &none));
    EXPECT(told(alice, "/d/f") == -1);
}

TEST(running_uploads_count_as_content_of_a_folder)
{
    struct vfs_attributes none = { 0 };

    EXPECT_OK(vfs_make_folder(alice, STR("/d"), &none));
    struct vfs_file *file = open_ok(before, "/d/f", W | C | T);
    send(file, 0, "x");
    leave_over("/d/g", "0123456789");
    EXPECT_STATUS(vfs_remove(alice, STR("/d"), VFS_REMOVE_FOLDER),
                  ERR_NOT_EMPTY);
    EXPECT(told(alice, "/d/g") == 9);
    finish(file);
    EXPECT_STATUS(vfs_remove(alice, STR("/d"), VFS_REMOVE_FOLDER),
                  ERR_NOT_EMPTY);
    EXPECT(told(alice, "/d/g") == 9);
}

/* R4.8 */
TEST(rename_or_link_of_a_mere_left_over_is_no_such_file)
{
    leave_over("/f", "0123456789");
    EXPECT_STATUS(vfs_rename(alice, STR("/f"), STR("/g"), true), ERR_NOT_FOUND);
    EXPECT_STATUS(vfs_link(alice, STR("/f"), STR("/g")), ERR_NOT_FOUND);
    EXPECT(!is_published(&w, "/g"));
}

TEST(rename_of_ones_own_staged_file_retargets_its_publish)
{
    struct vfs_file *file = open_ok(alice, "/f.part", W | C | T);

    send(file, 0, "01234");
    EXPECT_OK(vfs_rename(alice, STR("/f.part"), STR("/f"), false));
    EXPECT(told(alice, "/f") == 5);
    EXPECT(told(alice, "/f.part") == -1);
    send(file, 5, "56789");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "0123456789");
    EXPECT(!is_published(&w, "/f.part"));
    EXPECT(staged(&w) == 0);
}

TEST(a_retargeted_upload_is_resumed_under_its_new_name)
{
    struct vfs_file *file = open_ok(before, "/f.part", W | C | T);

    send(file, 0, "0123456789");
    EXPECT_OK(vfs_sync(file));
    EXPECT_OK(vfs_rename(before, STR("/f.part"), STR("/f"), true));
    cut(file);
    EXPECT(told(alice, "/f.part") == -1);
    EXPECT(told(alice, "/f") == 9);
    file = open_ok(alice, "/f", W);
    send(file, 9, "9");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "0123456789");
}

TEST(link_of_ones_own_staged_file_publishes_first)
{
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "01234");
    EXPECT_OK(vfs_link(alice, STR("/f"), STR("/g")));
    EXPECT_TEXT(published(&w, "/f"), "01234");
    EXPECT_TEXT(published(&w, "/g"), "01234");
    finish(file);
}

TEST(remove_orphans_this_sessions_uploads_which_then_publish_nothing)
{
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    publish(session(&w, "alice"), "/g", "x");
    send(file, 0, "01234");
    EXPECT_OK(vfs_remove(alice, STR("/f"), VFS_REMOVE_FILE));
    send(file, 5, "56789");
    finish(file);
    EXPECT(!is_published(&w, "/f"));
    EXPECT(staged(&w) == 0);
    file = open_ok(alice, "/f", W | C | T);
    EXPECT_OK(vfs_rename(alice, STR("/g"), STR("/f"), true));
    send(file, 0, "lost");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "x");
}

TEST(remove_by_another_session_fails_the_accounts_uploads)
{
    struct vfs_file *file = open_ok(before, "/f", W | C | T);

    send(file, 0, "01234");
    EXPECT_OK(vfs_remove(alice, STR("/f"), VFS_REMOVE_FILE));
    EXPECT(try_send(file, 5, "5") != OK);
    EXPECT(vfs_commit(file) != OK);
    vfs_close(&file);
    EXPECT(!is_published(&w, "/f"));
    EXPECT(staged(&w) == 0);
}

TEST(remove_answers_ok_only_when_the_name_is_gone)
{
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "staged");
    host_write(&w, "/f", "published");
    EXPECT_OK(vfs_remove(alice, STR("/f"), VFS_REMOVE_FILE));
    EXPECT(!is_published(&w, "/f"));
    EXPECT(told(alice, "/f") == -1);
    finish(file);
    EXPECT(!is_published(&w, "/f"));
}

/* docs/decisions/0003 */
TEST(a_left_over_is_found_by_the_storage_alone)
{
    leave_over("/f", "0123456789");
    world_restart(&w, false);
    alice = session(&w, "alice");
    EXPECT(told(alice, "/f") == 9);
    struct vfs_file *file = open_ok(alice, "/f", W);
    send(file, 9, "9");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "0123456789");
    EXPECT(staged(&w) == 0);
}

TEST(new_content_discards_what_only_the_storage_knows)
{
    leave_over("/f", "0123456789");
    world_restart(&w, false);
    alice = session(&w, "alice");
    publish(alice, "/f", "new");
    EXPECT(staged(&w) == 0);
    EXPECT_TEXT(published(&w, "/f"), "new");
}

TEST(a_left_over_survives_a_restart_of_the_process)
{
    leave_over("/f", "0123456789");
    world_restart(&w, true);
    alice = session(&w, "alice");
    EXPECT(told(alice, "/f") == 9);
    EXPECT(told(session(&w, "bob"), "/f") == -1);
}
