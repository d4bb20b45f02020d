/* SPDX-License-Identifier: Apache-2.0 */
/* upload_staging_test.c - staging (docs/uploads.md, section 2) */
#include "upload_world.h"

#include "vfs/upload_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/xattr.h>
#include <unistd.h>

#define XATTR "user.convoy.upload"

static struct world w;
static struct vfs *alice;

SETUP()
{
    w = (struct world){ 0 };
}

TEARDOWN()
{
    world_close(&w);
}

static void
begin(void)
{
    world_open(&w);
    alice = session(&w, "alice");
}

/* -1: there is none. */
static int64_t
recorded(void)
{
    const char *path = staged_path(&w);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int folder = open(w.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct record record;
    bool as_sidecar = false;

    EXPECT(fd >= 0 && folder >= 0);
    enum status status =
        record_read(folder, strrchr(path, '/') + 1, fd, &record, &as_sidecar);
    close(fd);
    close(folder);
    return status == OK ? (int64_t)record.offset : -1;
}

/* R2.1 */
TEST(the_staging_file_lies_beside_the_destination_with_mode_0600)
{
    begin();
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);
    struct stat is;

    send(file, 0, "x");
    EXPECT(staged(&w) == 1);
    EXPECT(stat(staged_path(&w), &is) == 0);
    EXPECT((is.st_mode & 07777) == 0600);
    finish(file);
}

TEST(the_staging_file_lies_beside_what_a_symlink_leads_to)
{
    begin();
    EXPECT(mkdir(host_path(&w, "/there"), 0755) == 0);
    host_write(&w, "/there/real", "old");
    EXPECT(symlink("there/real", host_path(&w, "/link")) == 0);
    struct vfs_file *file = open_ok(alice, "/link", W | C | T);
    send(file, 0, "new");
    EXPECT(staged(&w) == 0);
    finish(file);
    EXPECT_TEXT(published(&w, "/there/real"), "new");
    struct stat is;
    EXPECT(lstat(host_path(&w, "/link"), &is) == 0 && S_ISLNK(is.st_mode));
}

TEST(staging_names_are_refused_from_clients_and_never_listed)
{
    begin();
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);
    struct vfs_file *other = NULL;
    struct vfs_folder *folder = NULL;
    struct vfs_entry entry;
    struct vfs_attributes is;
    bool more = true;
    char path[512];

    send(file, 0, "x");
    snprintf(path, sizeof path, "%s", strrchr(staged_path(&w), '/'));
    EXPECT(vfs_stat(alice, str_of(path), 0, &is) != OK);
    EXPECT(open_as(alice, path, R, &other) != OK);
    EXPECT(open_as(alice, "/.nfs000001", W | C | T, &other) != OK);
    EXPECT(vfs_rename(alice, STR("/f"), STR("/.convoy-x"), true) != OK);
    EXPECT(vfs_remove(alice, str_of(path), VFS_REMOVE_FILE) != OK);
    EXPECT_OK(vfs_list(alice, STR("/"), &folder));
    while (vfs_folder_next(folder, &entry, &more) == OK && more)
        EXPECT(!str_starts(entry.name, STR(".convoy-")));
    vfs_folder_close(&folder);
    finish(file);
}

/* R2.2 */
TEST(no_record_is_written_at_creation)
{
    begin();
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "x");
    EXPECT(recorded() == -1);
    finish(file);
}

TEST(the_record_is_written_with_the_first_synced_offset)
{
    begin();
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "12345");
    EXPECT_OK(vfs_sync(file));
    EXPECT(recorded() == 5);
    finish(file);
}

TEST(the_record_is_written_when_the_session_is_cut)
{
    begin();
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "12345");
    cut(file);
    EXPECT(recorded() == 5);
    EXPECT(was_told(&w, "upload_kept"));
}

TEST(a_cut_upload_that_received_nothing_leaves_nothing)
{
    begin();
    cut(open_ok(alice, "/f", W | C | T));
    EXPECT(staged(&w) == 0);
    EXPECT(told(alice, "/f") == -1);
}

TEST(a_record_has_at_most_512_bytes_and_never_a_full_path)
{
    begin();
    char name[300];
    char value[1024];
    char haystack[1100] = { 0 };

    memset(name, 'n', sizeof name);
    name[0] = '/';
    name[256] = '\0';
    struct vfs_file *file = open_ok(alice, name, W | C | T);
    struct vfs_attributes set = { .has = VFS_HAS_MODE | VFS_HAS_TIMES,
                                  .mode = 0644 };
    send(file, 0, "x");
    EXPECT_OK(vfs_file_set_attributes(file, &set));
    cut(file);
    ssize_t len = getxattr(staged_path(&w), XATTR, value, sizeof value);
    EXPECT(len > 0 && len <= 512);
    memcpy(haystack, value, (size_t)len);
    EXPECT(memmem(haystack, (size_t)len, w.root, strlen(w.root)) == NULL);
}

TEST(published_files_carry_no_xattr_of_ours)
{
    begin();
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);
    char names[1024];

    send(file, 0, "12345");
    EXPECT_OK(vfs_sync(file));
    finish(file);
    EXPECT(listxattr(host_path(&w, "/f"), names, sizeof names) == 0);
}

TEST(a_record_is_a_sidecar_where_xattrs_are_not_to_be_had)
{
    begin();
    const char *path = host_path(&w, "/.convoy-x-y-1");
    int folder = open(w.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct record record = { .offset = 7, .leaf = "f" };
    struct record back;
    bool as_sidecar = true;
    bool found_sidecar = false;

    EXPECT_OK(record_write(folder, ".convoy-x-y-1", fd, &record, &as_sidecar));
    EXPECT(getxattr(path, XATTR, NULL, 0) < 0 && errno == ENODATA);
    EXPECT_OK(record_read(folder, ".convoy-x-y-1", fd, &back, &found_sidecar));
    EXPECT(found_sidecar && back.offset == 7);
    EXPECT_OK(record_rename(folder, ".convoy-x-y-1", ".convoy-x-y-2"));
    EXPECT_STATUS(
        record_read(folder, ".convoy-x-y-1", fd, &back, &found_sidecar),
        ERR_NOT_FOUND);
    EXPECT_OK(record_read(folder, ".convoy-x-y-2", fd, &back, &found_sidecar));
    close(fd);
    close(folder);
}

TEST(a_record_is_a_sidecar_when_an_xattr_write_fails_for_room)
{
    begin();
    const char *path = host_path(&w, "/.convoy-x-y-1");
    int folder = open(w.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct record record = { .offset = 7, .leaf = "f" };
    bool as_sidecar = false;
    char big[4000];

    /* Fill the inode's room for xattrs until none is left. */
    memset(big, 'x', sizeof big);
    for (size_t size = sizeof big, i = 0; size > 8 && i < 200; i++) {
        char name[40];
        snprintf(name, sizeof name, "user.fill.%zu", i);
        if (fsetxattr(fd, name, big, size, 0) != 0)
            size /= 2;
    }
    memset(record.leaf, 'l', VFS_NAME);
    EXPECT_OK(record_write(folder, ".convoy-x-y-1", fd, &record, &as_sidecar));
    if (!as_sidecar)
        print_message("this storage always has room for xattrs\n");
    EXPECT_OK(record_read(folder, ".convoy-x-y-1", fd, &record, &as_sidecar));
    EXPECT(record.offset == 7);
    close(fd);
    close(folder);
}

TEST(a_damaged_record_is_no_record)
{
    begin();
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);
    char value[512];

    send(file, 0, "12345");
    cut(file);
    ssize_t len = getxattr(staged_path(&w), XATTR, value, sizeof value);
    EXPECT(len > 0);
    value[10] ^= 1;
    EXPECT(setxattr(staged_path(&w), XATTR, value, (size_t)len, 0) == 0);
    EXPECT(recorded() == -1);
    EXPECT(told(session(&w, "alice"), "/f") == -1);
}

/* R2.3 */
TEST(the_offset_is_the_contiguous_prefix_and_never_the_size)
{
    begin();
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);
    struct stat is;

    EXPECT_OK(set_size(file, 1000));
    send(file, 0, "12345");
    send(file, 100, "far");
    cut(file);
    EXPECT(recorded() == 5);
    EXPECT(stat(staged_path(&w), &is) == 0 && is.st_size == 5);
}

TEST(writes_out_of_order_join_the_prefix)
{
    begin();
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 6, "67");
    send(file, 3, "345");
    send(file, 9, "9");
    send(file, 0, "012");
    EXPECT_OK(vfs_sync(file));
    EXPECT(recorded() == 8);
    send(file, 8, "8");
    EXPECT_OK(vfs_sync(file));
    EXPECT(recorded() == 10);
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "0123456789");
}

TEST(too_many_holes_are_refused_and_not_forgotten)
{
    begin();
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);
    enum status status = OK;

    for (uint64_t i = 1; i < 3000 && status == OK; i++)
        status = try_send(file, i * 2, "x");
    EXPECT(status == ERR_LIMIT);
    EXPECT(vfs_commit(file) != OK);
    vfs_close(&file);
    EXPECT(!is_published(&w, "/f"));
}

TEST(every_64_mib_the_offset_is_synced_and_recorded)
{
    begin();
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send_pattern(file, 0, 63 * 1024 * 1024);
    EXPECT(recorded() == -1);
    send_pattern(file, 63 * 1024 * 1024, 2 * 1024 * 1024);
    EXPECT(recorded() == 64 * 1024 * 1024);
    finish(file);
    EXPECT(has_pattern(&w, "/f", 65 * 1024 * 1024));
}

TEST(after_10_s_with_new_bytes_the_next_write_records_the_offset)
{
    w.time_stands = true;
    begin();
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "12345");
    EXPECT(recorded() == -1);
    clock_advance(w.clock, 10000);
    send(file, 5, "6");
    EXPECT(recorded() >= 5);
    finish(file);
}

TEST(an_upload_that_idles_is_recorded_too)
{
    w.time_stands = true;
    begin();
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "12345");
    clock_advance(w.clock, 10000);
    for (int i = 0; i < 1000 && recorded() != 5; i++)
        usleep(10000);
    EXPECT(recorded() == 5);
    finish(file);
}

TEST(a_write_below_the_record_lowers_it_first)
{
    begin();
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "0123456789");
    EXPECT_OK(vfs_sync(file));
    EXPECT(recorded() == 10);
    send(file, 4, "x");
    EXPECT(recorded() == 4);
    EXPECT_OK(vfs_sync(file));
    EXPECT(recorded() == 10);
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "0123x56789");
}

TEST(a_truncation_below_the_record_lowers_it_first)
{
    begin();
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "0123456789");
    EXPECT_OK(vfs_sync(file));
    EXPECT_OK(set_size(file, 3));
    EXPECT(recorded() == 3);
    EXPECT_OK(set_size(file, 20));
    EXPECT_OK(vfs_sync(file));
    EXPECT(recorded() == 3);
    cut(file);
    EXPECT(recorded() == 3);
}

/* R2.4 */
static struct stat
look(const char *path)
{
    struct stat is;

    EXPECT(stat(host_path(&w, path), &is) == 0);
    return is;
}

TEST(attributes_in_open_count_only_for_a_new_name)
{
    begin();
    struct vfs_open how = {
        .flags = W | C | T, .attributes = { .has = VFS_HAS_MODE, .mode = 0600 }
    };
    struct vfs_file *file = NULL;

    publish(alice, "/old", "x");
    EXPECT(chmod(host_path(&w, "/old"), 0664) == 0);
    EXPECT_OK(vfs_open(alice, STR("/old"), &how, &file));
    finish(file);
    EXPECT((look("/old").st_mode & 07777) == 0664);
    EXPECT_OK(vfs_open(alice, STR("/new"), &how, &file));
    finish(file);
    EXPECT((look("/new").st_mode & 07777) == 0600);
    publish(alice, "/usual", "x");
    EXPECT((look("/usual").st_mode & 07777) == 0644);
}

TEST(attributes_set_before_close_win_and_are_told_at_once)
{
    begin();
    struct vfs_attributes set = { .has = VFS_HAS_MODE | VFS_HAS_TIMES,
                                  .mode = 0640,
                                  .atime_ns = 1000000000,
                                  .mtime_ns = 2000000000 };
    struct vfs_attributes is;

    publish(alice, "/f", "old");
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);
    send(file, 0, "new!");
    EXPECT_OK(vfs_file_set_attributes(file, &set));
    EXPECT_OK(vfs_file_stat(file, &is));
    EXPECT((is.mode & 07777) == 0640 && is.mtime_ns == 2000000000);
    EXPECT_OK(vfs_stat(alice, STR("/f"), 0, &is));
    EXPECT((is.mode & 07777) == 0640 && is.size == 4);
    EXPECT_OK(vfs_stat(alice, STR("/f"), VFS_FOLLOW, &is));
    EXPECT(is.mtime_ns == 2000000000);
    EXPECT((look("/f").st_mode & 07777) == 0644);
    finish(file);
    EXPECT((look("/f").st_mode & 07777) == 0640);
    EXPECT(look("/f").st_mtim.tv_sec == 2);
}

TEST(attributes_are_set_by_path_too)
{
    begin();
    struct vfs_attributes set = { .has = VFS_HAS_MODE, .mode = 0611 };
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "x");
    EXPECT_OK(vfs_set_attributes(alice, STR("/f"), VFS_FOLLOW, &set));
    finish(file);
    EXPECT((look("/f").st_mode & 07777) == 0611);
}

TEST(a_later_write_voids_a_set_mtime)
{
    begin();
    struct vfs_attributes set = { .has = VFS_HAS_TIMES,
                                  .mtime_ns = 2000000000 };
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "x");
    EXPECT_OK(vfs_file_set_attributes(file, &set));
    send(file, 1, "y");
    finish(file);
    EXPECT(look("/f").st_mtim.tv_sec > 2);
}

TEST(set_attributes_survive_a_take_over)
{
    begin();
    struct vfs_attributes set = { .has = VFS_HAS_MODE, .mode = 0604 };
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "0123456789");
    EXPECT_OK(vfs_file_set_attributes(file, &set));
    cut(file);
    world_restart(&w, true);
    alice = session(&w, "alice");
    EXPECT(told(alice, "/f") == 9);
    file = open_ok(alice, "/f", W);
    send(file, 9, "9");
    finish(file);
    EXPECT((look("/f").st_mode & 07777) == 0604);
}

TEST(publishing_over_a_file_keeps_its_mode_xattrs_and_owner)
{
    begin();
    char value[16] = "";

    publish(alice, "/f", "old");
    EXPECT(chmod(host_path(&w, "/f"), 0751) == 0);
    EXPECT(setxattr(host_path(&w, "/f"), "user.mine", "v", 1, 0) == 0);
    bool root = geteuid() == 0;
    if (root)
        EXPECT(chown(host_path(&w, "/f"), 4321, 1234) == 0);
    publish(alice, "/f", "new");
    EXPECT((look("/f").st_mode & 07777) == 0751);
    EXPECT(getxattr(host_path(&w, "/f"), "user.mine", value, 16) == 1);
    EXPECT(!root || (look("/f").st_uid == 4321 && look("/f").st_gid == 1234));
}

/* R2.5 */
static void
at_most_10(struct disk_options *options)
{
    options->maximum_file_size = 10;
}

TEST(a_write_beyond_maximum_file_size_fails_at_the_write)
{
    begin();
    struct vfs *small = session_with(&w, "alice", at_most_10);
    struct vfs_file *file = open_ok(small, "/f", W | C | T);

    send(file, 0, "0123456789");
    EXPECT(try_send(file, 10, "x") != OK);
    EXPECT(vfs_commit(file) != OK);
    vfs_close(&file);
    file = open_ok(small, "/g", W | C | T);
    EXPECT(set_size(file, 11) != OK);
    vfs_close(&file);
    EXPECT(!is_published(&w, "/f") && !is_published(&w, "/g"));
}

/* A file system of 8 MiB; false, with the reason printed, where that is not
 * permitted. */
static bool
small_storage(char path[200])
{
    snprintf(path, 200, "%s/small", test_folder());
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        return false;
    if (mount("tmpfs", path, "tmpfs", 0, "size=8m") == 0)
        return true;
    print_message("skipped: cannot mount a small storage (%s)\n",
                  strerror(errno));
    return false;
}

static void
fill(struct vfs_file *file, uint64_t *got)
{
    static char piece[256 * 1024];
    enum status status = OK;

    memset(piece, 'x', sizeof piece);
    for (*got = 0; *got < 64 * 1024 * 1024 && status == OK;) {
        status = vfs_write(file, *got, str_from(piece, sizeof piece));
        if (status == OK)
            *got += sizeof piece;
    }
    EXPECT_STATUS(status, ERR_FULL);
}

TEST(a_full_disk_fails_the_write_and_what_came_before_can_go_on)
{
    char path[200];
    uint64_t got;
    bool mounted = small_storage(path);

    w.at = mounted ? path : NULL;
    begin();
    if (!mounted)
        return;
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);
    fill(file, &got);
    EXPECT(vfs_commit(file) != OK);
    vfs_close(&file);
    EXPECT(!is_published(&w, "/f"));
    EXPECT(told(session(&w, "alice"), "/f") == (int64_t)got - 1);
    EXPECT_OK(vfs_remove(alice, STR("/f"), VFS_REMOVE_FILE));
    EXPECT(staged(&w) == 0);
    publish(alice, "/g", "room again");
    EXPECT(umount2(path, MNT_DETACH) == 0);
}

TEST(a_lost_lock_fails_the_next_write_and_fsync)
{
    begin();
    struct vfs *newer = session(&w, "alice");
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "old");
    struct vfs_file *taken = open_ok(newer, "/f", W | C | T);
    EXPECT(try_send(file, 3, "x") != OK);
    EXPECT(vfs_sync(file) != OK);
    EXPECT(vfs_commit(file) != OK);
    vfs_close(&file);
    send(taken, 0, "new");
    finish(taken);
    EXPECT_TEXT(published(&w, "/f"), "new");
}

/* R2.6 */
TEST(a_handle_on_which_a_write_failed_never_publishes)
{
    begin();
    struct vfs *small = session_with(&w, "alice", at_most_10);
    struct vfs_file *file = open_ok(small, "/f", W | C | T);

    send(file, 0, "01234");
    EXPECT(try_send(file, 5, "too much for it") != OK);
    EXPECT(try_send(file, 5, "5") != OK);
    EXPECT(vfs_sync(file) != OK);
    EXPECT(vfs_commit(file) != OK);
    EXPECT(strstr(fail_reason(), "maximum_file_size") != NULL);
    vfs_close(&file);
    EXPECT(!is_published(&w, "/f"));
    EXPECT(recorded() == 5);
    EXPECT(told(session(&w, "alice"), "/f") == 4);
}

TEST(space_that_was_reserved_ahead_is_given_back_at_close)
{
    begin();
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send_pattern(file, 0, 3 * 1024 * 1024);
    EXPECT(stat(staged_path(&w), &(struct stat){ 0 }) == 0);
    finish(file);
    EXPECT(look("/f").st_blocks * 512 <= 3 * 1024 * 1024 + 64 * 1024);
    EXPECT(has_pattern(&w, "/f", 3 * 1024 * 1024));
}
