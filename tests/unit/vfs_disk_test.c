/* SPDX-License-Identifier: Apache-2.0 */
/* vfs_disk_test.c - the files of a host's file system. */
#include "test.h"

#include "vfs_tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

static struct tree tree;
static struct vfs_attributes it;

SETUP()
{
    tree_open(&tree);
}

TEARDOWN()
{
    tree_close(&tree);
}

/* Take the stack down and build it again with other options. */
#define RESTART(change)                                                        \
    do {                                                                       \
        tree_close(&tree);                                                     \
        change;                                                                \
        tree_start(&tree);                                                     \
    } while (0)

TEST(there_is_no_view_of_a_folder_that_is_not_there)
{
    struct disk_options options = tree.options;
    struct vfs *files = NULL;

    options.root = "/no/such/folder";
    EXPECT_STATUS(vfs_on_disk(&options, &files), ERR_NOT_FOUND);
    options.root = "relative";
    EXPECT_STATUS(vfs_on_disk(&options, &files), ERR_INVALID);
    options.root = tree_host(&tree, "/../outside/canary");
    EXPECT_STATUS(vfs_on_disk(&options, &files), ERR_NO_FOLDER);
    EXPECT(files == NULL);
}

TEST(what_was_written_is_read_back)
{
    static char large[1 << 20];
    static char back[sizeof large];
    struct vfs_file *file;
    size_t got;

    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (char)(i * 7 + i / 255);
    EXPECT_OK(open_with(tree.files, "/f", VFS_WRITE | VFS_CREATE | VFS_TRUNCATE,
                        &file));
    EXPECT_OK(vfs_write(file, 0, str_from(large, sizeof large)));
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
    EXPECT_OK(open_with(tree.files, "/f", VFS_READ, &file));
    EXPECT_OK(vfs_read(file, 0, back, sizeof back, &got));
    EXPECT(got == sizeof back && memcmp(back, large, got) == 0);
    EXPECT_OK(vfs_read(file, sizeof large - 3, back, 100, &got));
    EXPECT(got == 3);
    EXPECT_OK(vfs_read(file, sizeof large, back, 100, &got));
    EXPECT(got == 0);
    EXPECT_OK(vfs_read(file, UINT64_MAX, back, 100, &got));
    EXPECT(got == 0);
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
}

TEST(sparse_files_beyond_4_gib_keep_their_offsets)
{
    uint64_t far = UINT64_C(5) << 30;
    struct vfs_file *file;
    char back[8];
    size_t got;

    host_file(tree_host(&tree, "/sparse"), "");
    EXPECT_OK(open_with(tree.files, "/sparse", VFS_READ | VFS_WRITE, &file));
    EXPECT_OK(vfs_write(file, far, STR("far")));
    EXPECT_OK(vfs_read(file, far - 2, back, sizeof back, &got));
    EXPECT(got == 5 && memcmp(back, "\0\0far", 5) == 0);
    EXPECT_OK(vfs_file_stat(file, &it));
    EXPECT(it.size == far + 3);
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
    EXPECT_OK(stat_of(tree.files, "/sparse", 0, &it));
    EXPECT(it.size == far + 3);
}

TEST(a_handle_does_only_what_it_was_opened_for)
{
    struct vfs_attributes size = { .has = VFS_HAS_SIZE, .size = 1 };
    struct vfs_file *file;
    char back[8];
    size_t got;

    host_file(tree_host(&tree, "/f"), "text");
    EXPECT_OK(open_with(tree.files, "/f", VFS_READ, &file));
    EXPECT_STATUS(vfs_write(file, 0, STR("x")), ERR_DENIED);
    EXPECT_STATUS(vfs_file_set_attributes(file, &size), ERR_DENIED);
    vfs_close(&file);
    EXPECT_OK(open_with(tree.files, "/f", VFS_WRITE, &file));
    EXPECT_STATUS(vfs_read(file, 0, back, sizeof back, &got), ERR_DENIED);
    vfs_close(&file);
    EXPECT_TEXT(host_text(tree_host(&tree, "/f")), "text");
}

TEST(flags_that_make_no_sense_are_refused)
{
    static const unsigned flags[] = {
        0,
        VFS_TRUNCATE,
        VFS_APPEND,
        VFS_READ | VFS_TRUNCATE,
        VFS_READ | VFS_APPEND,
        VFS_READ | VFS_RESUME,
        VFS_WRITE | VFS_EXCLUSIVE,
    };
    struct vfs_file *file;

    host_file(tree_host(&tree, "/f"), "text");
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        EXPECT_STATUS(open_with(tree.files, "/f", flags[i], &file),
                      ERR_INVALID);
    EXPECT_TEXT(host_text(tree_host(&tree, "/f")), "text");
}

TEST(offsets_that_no_file_has_are_refused)
{
    struct vfs_file *file;

    host_file(tree_host(&tree, "/f"), "text");
    EXPECT_OK(open_with(tree.files, "/f", VFS_WRITE, &file));
    EXPECT_STATUS(vfs_write(file, UINT64_MAX, STR("x")), ERR_FULL);
    EXPECT_STATUS(vfs_write(file, INT64_MAX, STR("x")), ERR_FULL);
    vfs_close(&file);
    EXPECT_TEXT(host_text(tree_host(&tree, "/f")), "text");
}

static void
make_special_files(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    int folder = open(tree.root, O_RDONLY | O_DIRECTORY);

    EXPECT(mkfifo(tree_host(&tree, "/fifo"), 0666) == 0);
    snprintf(address.sun_path, sizeof address.sun_path,
             "/proc/self/fd/%d/socket", folder);
    EXPECT(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    close(listener);
    close(folder);
}

TEST(pipes_sockets_and_devices_are_never_opened)
{
    static const char *const names[] = { "/fifo", "/socket", "/null", "/tty" };
    static const unsigned flags[] = {
        VFS_READ,
        VFS_WRITE,
        VFS_READ | VFS_WRITE,
        VFS_WRITE | VFS_CREATE | VFS_TRUNCATE,
        VFS_WRITE | VFS_CREATE | VFS_APPEND,
    };
    struct vfs_attributes size = { .has = VFS_HAS_SIZE };
    struct vfs_attributes mode = { .has = VFS_HAS_MODE, .mode = 0600 };
    struct vfs_file *file;

    make_special_files();
    size_t count = 2;
    if (mknod(tree_host(&tree, "/null"), S_IFCHR | 0666, makedev(1, 3)) == 0 &&
        mknod(tree_host(&tree, "/tty"), S_IFCHR | 0666, makedev(5, 0)) == 0)
        count = 4;
    for (size_t i = 0; i < count; i++) {
        struct str path = str_of(names[i]);

        for (size_t j = 0; j < sizeof flags / sizeof flags[0]; j++)
            EXPECT_STATUS(open_with(tree.files, names[i], flags[j], &file),
                          ERR_DENIED);
        EXPECT_STATUS(vfs_set_attributes(tree.files, path, 0, &size),
                      ERR_DENIED);
        EXPECT_OK(vfs_set_attributes(tree.files, path, VFS_FOLLOW, &mode));
        EXPECT_OK(stat_of(tree.files, names[i], VFS_FOLLOW, &it));
        EXPECT((it.mode & 07777) == 0600);
        EXPECT_OK(vfs_remove(tree.files, path, VFS_REMOVE_FILE));
    }
}

TEST(files_and_folders_are_not_mixed_up)
{
    struct vfs_file *file;
    struct vfs_folder *folder;

    host_file(tree_host(&tree, "/f"), "text");
    host_folder(tree_host(&tree, "/d"));
    host_file(tree_host(&tree, "/d/inner"), "text");
    EXPECT_STATUS(open_with(tree.files, "/d", VFS_READ, &file), ERR_IS_FOLDER);
    EXPECT_STATUS(open_with(tree.files, "/d", VFS_WRITE, &file), ERR_IS_FOLDER);
    EXPECT_STATUS(put(tree.files, "/d", "x"), ERR_IS_FOLDER);
    EXPECT_STATUS(vfs_list(tree.files, STR("/f"), &folder), ERR_NO_FOLDER);
    EXPECT_STATUS(stat_of(tree.files, "/f/x", 0, &it), ERR_NO_FOLDER);
    EXPECT_STATUS(put(tree.files, "/f/x", "x"), ERR_NO_FOLDER);
    EXPECT_STATUS(vfs_remove(tree.files, STR("/f"), VFS_REMOVE_FOLDER),
                  ERR_NO_FOLDER);
    EXPECT_STATUS(vfs_remove(tree.files, STR("/d"), VFS_REMOVE_FILE),
                  ERR_IS_FOLDER);
    EXPECT_STATUS(vfs_remove(tree.files, STR("/d"), VFS_REMOVE_FOLDER),
                  ERR_NOT_EMPTY);
    EXPECT_STATUS(vfs_make_folder(tree.files, STR("/f"), NULL), ERR_EXISTS);
    EXPECT_STATUS(vfs_make_folder(tree.files, STR("/d"), NULL), ERR_EXISTS);
    EXPECT_STATUS(vfs_make_folder(tree.files, STR("/no/d"), NULL),
                  ERR_NOT_FOUND);
}

TEST(a_rename_replaces_only_when_it_was_asked_to)
{
    host_file(tree_host(&tree, "/f"), "first");
    host_file(tree_host(&tree, "/g"), "second");
    EXPECT_STATUS(vfs_rename(tree.files, STR("/f"), STR("/g"), false),
                  ERR_EXISTS);
    EXPECT_TEXT(host_text(tree_host(&tree, "/g")), "second");
    EXPECT_OK(vfs_rename(tree.files, STR("/f"), STR("/g"), true));
    EXPECT_TEXT(host_text(tree_host(&tree, "/g")), "first");
    EXPECT_STATUS(vfs_rename(tree.files, STR("/f"), STR("/h"), true),
                  ERR_NOT_FOUND);
}

TEST(the_accounts_own_folder_stays_where_it_is)
{
    struct vfs_file *file;

    host_file(tree_host(&tree, "/f"), "text");
    EXPECT_STATUS(vfs_remove(tree.files, STR("/"), VFS_REMOVE_FOLDER),
                  ERR_DENIED);
    EXPECT_STATUS(vfs_remove(tree.files, STR("/"), VFS_REMOVE_FILE),
                  ERR_DENIED);
    EXPECT_STATUS(vfs_rename(tree.files, STR("/"), STR("/x"), true),
                  ERR_DENIED);
    EXPECT_STATUS(vfs_rename(tree.files, STR("/f"), STR("/"), true),
                  ERR_DENIED);
    EXPECT_STATUS(vfs_link(tree.files, STR("/f"), STR("/")), ERR_DENIED);
    EXPECT_STATUS(vfs_make_link(tree.files, STR("f"), STR("/")), ERR_DENIED);
    EXPECT_STATUS(vfs_make_folder(tree.files, STR("/"), NULL), ERR_EXISTS);
    EXPECT_STATUS(open_with(tree.files, "/", VFS_READ, &file), ERR_IS_FOLDER);
    EXPECT_STATUS(put(tree.files, "/", "x"), ERR_IS_FOLDER);
    EXPECT_OK(stat_of(tree.files, "/", VFS_FOLLOW | VFS_TELL, &it));
    EXPECT((it.mode & S_IFMT) == S_IFDIR);
}

TEST(hard_links_are_a_second_name_for_the_same_file)
{
    struct vfs_attributes second;

    host_file(tree_host(&tree, "/f"), "text");
    host_file(tree_host(&tree, "/taken"), "taken");
    host_folder(tree_host(&tree, "/d"));
    EXPECT_OK(vfs_link(tree.files, STR("/f"), STR("/d/g")));
    EXPECT_OK(stat_of(tree.files, "/f", 0, &it));
    EXPECT_OK(stat_of(tree.files, "/d/g", 0, &second));
    EXPECT(it.inode == second.inode && it.links == 2);
    EXPECT_STATUS(vfs_link(tree.files, STR("/f"), STR("/taken")), ERR_EXISTS);
    EXPECT_STATUS(vfs_link(tree.files, STR("/no"), STR("/h")), ERR_NOT_FOUND);
    EXPECT_STATUS(vfs_link(tree.files, STR("/d"), STR("/e")), ERR_DENIED);
}

TEST(attributes_of_files_and_folders_are_told_and_set)
{
    struct vfs_attributes want = {
        .has = VFS_HAS_SIZE | VFS_HAS_MODE | VFS_HAS_OWNER | VFS_HAS_TIMES,
        .size = 2,
        .mode = 0640,
        .uid = getuid(),
        .gid = getgid(),
        .atime_ns = 1234567890123456789,
        .mtime_ns = 999999999,
    };

    host_file(tree_host(&tree, "/f"), "text");
    EXPECT_OK(vfs_set_attributes(tree.files, STR("/f"), VFS_FOLLOW, &want));
    EXPECT_OK(stat_of(tree.files, "/f", 0, &it));
    EXPECT(it.size == 2 && it.mode == (S_IFREG | 0640));
    EXPECT(it.uid == getuid() && it.gid == getgid());
    EXPECT(it.atime_ns == want.atime_ns && it.mtime_ns == want.mtime_ns);
    EXPECT(it.inode == host_inode(tree_host(&tree, "/f")) && it.links == 1);
    host_folder(tree_host(&tree, "/d"));
    EXPECT_STATUS(vfs_set_attributes(tree.files, STR("/d"), 0, &want),
                  ERR_IS_FOLDER);
    want.has &= ~(unsigned)VFS_HAS_SIZE;
    EXPECT_OK(vfs_set_attributes(tree.files, STR("/d"), 0, &want));
    EXPECT_OK(stat_of(tree.files, "/d", 0, &it));
    EXPECT(it.mode == (S_IFDIR | 0640) && it.mtime_ns == 999999999);
    want = (struct vfs_attributes){ .has = VFS_HAS_MODE, .mode = 0750 };
    EXPECT_OK(vfs_set_attributes(tree.files, STR("/"), VFS_FOLLOW, &want));
    EXPECT_OK(stat_of(tree.files, "/", 0, &it));
    EXPECT(it.mode == (S_IFDIR | 0750));
    EXPECT_STATUS(vfs_set_attributes(tree.files, STR("/no"), 0, &want),
                  ERR_NOT_FOUND);
}

TEST(attributes_are_set_through_a_handle_too)
{
    struct vfs_attributes want = {
        .has = VFS_HAS_SIZE | VFS_HAS_MODE | VFS_HAS_TIMES,
        .size = 100,
        .mode = 0604,
        .atime_ns = -1,
        .mtime_ns = 5000000000,
    };
    struct vfs_space space;
    struct vfs_file *file;

    host_file(tree_host(&tree, "/f"), "text");
    EXPECT_OK(open_with(tree.files, "/f", VFS_READ | VFS_WRITE, &file));
    EXPECT_OK(vfs_file_set_attributes(file, &want));
    EXPECT_OK(vfs_file_stat(file, &it));
    EXPECT(it.size == 100 && it.mode == (S_IFREG | 0604));
    EXPECT(it.atime_ns == -1 && it.mtime_ns == 5000000000);
    EXPECT_OK(vfs_file_space(file, &space));
    EXPECT(space.blocks > 0 && space.name_max > 0);
    EXPECT_OK(vfs_sync(file));
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
    EXPECT_TEXT(host_text(tree_host(&tree, "/f")), "text");
}

TEST(a_file_that_may_not_even_be_read_gets_its_mode_back)
{
    struct vfs_attributes mode = { .has = VFS_HAS_MODE, .mode = 0644 };

    host_file(tree_host(&tree, "/f"), "text");
    EXPECT(chmod(tree_host(&tree, "/f"), 0) == 0);
    EXPECT_OK(vfs_set_attributes(tree.files, STR("/f"), VFS_FOLLOW, &mode));
    EXPECT_OK(stat_of(tree.files, "/f", 0, &it));
    EXPECT((it.mode & 07777) == 0644);
}

TEST(new_folders_have_the_clients_mode_less_the_umask)
{
    struct vfs_attributes mode = { .has = VFS_HAS_MODE, .mode = 07770 };
    mode_t before = umask(0);

    RESTART(tree.options.umask = 027);
    EXPECT_OK(vfs_make_folder(tree.files, STR("/usual"), NULL));
    EXPECT_OK(stat_of(tree.files, "/usual", 0, &it));
    EXPECT(it.mode == (S_IFDIR | 0750));
    EXPECT_OK(vfs_make_folder(tree.files, STR("/asked"), &mode));
    EXPECT_OK(stat_of(tree.files, "/asked", 0, &it));
    EXPECT(it.mode == (S_IFDIR | 0750));
    mode.mode = 0700;
    EXPECT_OK(vfs_make_folder(tree.files, STR("/closed"), &mode));
    EXPECT_OK(stat_of(tree.files, "/closed", 0, &it));
    EXPECT(it.mode == (S_IFDIR | 0700));
    RESTART(tree.options.ignore_create_permissions = true);
    EXPECT_OK(vfs_make_folder(tree.files, STR("/ignored"), &mode));
    EXPECT_OK(stat_of(tree.files, "/ignored", 0, &it));
    EXPECT(it.mode == (S_IFDIR | 0750));
    umask(before);
}

TEST(an_edit_stays_below_the_maximum_file_size)
{
    struct vfs_attributes size = { .has = VFS_HAS_SIZE, .size = 11 };
    struct vfs_file *file;

    RESTART(tree.options.maximum_file_size = 10);
    host_file(tree_host(&tree, "/f"), "0123456789");
    EXPECT_OK(open_with(tree.files, "/f", VFS_READ | VFS_WRITE, &file));
    EXPECT_OK(vfs_write(file, 5, STR("56789")));
    EXPECT_STATUS(vfs_write(file, 6, STR("56789")), ERR_FULL);
    EXPECT_STATUS(vfs_commit(file), ERR_IO);
    vfs_close(&file);
    EXPECT_OK(open_with(tree.files, "/f", VFS_READ | VFS_WRITE, &file));
    EXPECT_STATUS(vfs_file_set_attributes(file, &size), ERR_FULL);
    vfs_close(&file);
    EXPECT_STATUS(vfs_set_attributes(tree.files, STR("/f"), 0, &size),
                  ERR_FULL);
    EXPECT_TEXT(host_text(tree_host(&tree, "/f")), "0123456789");
}

TEST(an_edit_appends_at_the_end_wherever_the_client_points)
{
    struct vfs_file *file;

    RESTART(tree.options.staged_uploads = false);
    host_file(tree_host(&tree, "/f"), "one");
    EXPECT_OK(open_with(tree.files, "/f", VFS_WRITE | VFS_APPEND, &file));
    EXPECT_OK(vfs_write(file, 0, STR("two")));
    EXPECT_OK(vfs_write(file, 1000, STR("three")));
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
    EXPECT_TEXT(host_text(tree_host(&tree, "/f")), "onetwothree");
}

TEST(an_edit_that_somebody_elses_rename_took_away_is_not_acknowledged)
{
    struct vfs_file *file;

    host_file(tree_host(&tree, "/f"), "text");
    host_file(tree_host(&tree, "/other"), "other");
    EXPECT_OK(open_with(tree.files, "/f", VFS_READ | VFS_WRITE, &file));
    EXPECT_OK(vfs_write(file, 0, STR("edit")));
    EXPECT_OK(vfs_sync(file));
    EXPECT(rename(tree_host(&tree, "/other"), tree_host(&tree, "/f")) == 0);
    EXPECT_STATUS(vfs_sync(file), ERR_IO);
    EXPECT_STATUS(vfs_commit(file), ERR_IO);
    vfs_close(&file);
    EXPECT_OK(open_with(tree.files, "/f", VFS_READ | VFS_WRITE, &file));
    EXPECT_OK(vfs_write(file, 0, STR("edit")));
    EXPECT(unlink(tree_host(&tree, "/f")) == 0);
    EXPECT_STATUS(vfs_commit(file), ERR_IO);
    vfs_close(&file);
}

TEST(an_edit_that_the_session_itself_renamed_or_removed_is_acknowledged)
{
    struct vfs_file *renamed, *replaced, *removed, *deep;

    host_folder(tree_host(&tree, "/d"));
    host_file(tree_host(&tree, "/renamed"), "text");
    host_file(tree_host(&tree, "/replaced"), "text");
    host_file(tree_host(&tree, "/removed"), "text");
    host_file(tree_host(&tree, "/d/deep"), "text");
    EXPECT_OK(
        open_with(tree.files, "/renamed", VFS_READ | VFS_WRITE, &renamed));
    EXPECT_OK(
        open_with(tree.files, "/replaced", VFS_READ | VFS_WRITE, &replaced));
    EXPECT_OK(
        open_with(tree.files, "/removed", VFS_READ | VFS_WRITE, &removed));
    EXPECT_OK(open_with(tree.files, "/d/deep", VFS_READ | VFS_WRITE, &deep));
    EXPECT_OK(vfs_write(renamed, 0, STR("edit")));
    EXPECT_OK(vfs_write(replaced, 0, STR("edit")));
    EXPECT_OK(vfs_write(removed, 0, STR("edit")));
    EXPECT_OK(vfs_write(deep, 0, STR("edit")));
    EXPECT_OK(vfs_rename(tree.files, STR("/renamed"), STR("/replaced"), true));
    EXPECT_OK(vfs_remove(tree.files, STR("/removed"), VFS_REMOVE_FILE));
    EXPECT_OK(vfs_rename(tree.files, STR("/d"), STR("/e"), false));
    EXPECT_OK(vfs_commit(renamed));
    EXPECT_OK(vfs_commit(replaced));
    EXPECT_OK(vfs_commit(removed));
    EXPECT_OK(vfs_commit(deep));
    vfs_close(&renamed);
    vfs_close(&replaced);
    vfs_close(&removed);
    vfs_close(&deep);
    EXPECT_TEXT(host_text(tree_host(&tree, "/replaced")), "edit");
    EXPECT_TEXT(host_text(tree_host(&tree, "/e/deep")), "edit");
}

TEST(a_similar_name_is_no_excuse_for_a_lost_edit)
{
    struct vfs_file *file;

    host_file(tree_host(&tree, "/name"), "text");
    host_file(tree_host(&tree, "/nam"), "text");
    host_file(tree_host(&tree, "/name2"), "text");
    EXPECT_OK(open_with(tree.files, "/name", VFS_READ | VFS_WRITE, &file));
    EXPECT_OK(vfs_write(file, 0, STR("edit")));
    EXPECT_OK(vfs_remove(tree.files, STR("/nam"), VFS_REMOVE_FILE));
    EXPECT_OK(vfs_remove(tree.files, STR("/name2"), VFS_REMOVE_FILE));
    EXPECT(unlink(tree_host(&tree, "/name")) == 0);
    EXPECT_STATUS(vfs_commit(file), ERR_IO);
    vfs_close(&file);
}

TEST(what_a_session_has_staged_is_listed_once_with_its_own_attributes)
{
    struct vfs_file *fresh, *over;
    struct vfs_folder *folder;
    struct vfs_entry entry;
    char names[256];
    bool more;
    int sizes = 0;

    host_file(tree_host(&tree, "/published"), "text");
    EXPECT_OK(open_with(tree.files, "/fresh",
                        VFS_WRITE | VFS_CREATE | VFS_TRUNCATE, &fresh));
    EXPECT_OK(open_with(tree.files, "/published",
                        VFS_WRITE | VFS_CREATE | VFS_TRUNCATE, &over));
    EXPECT_OK(vfs_write(fresh, 0, STR("12345")));
    EXPECT_OK(vfs_write(over, 0, STR("1234567")));
    EXPECT_OK(names_of(tree.files, "/", names, sizeof names));
    EXPECT_TEXT(names, "fresh|published");
    EXPECT_OK(vfs_list(tree.files, STR("/"), &folder));
    /* A name that is published half-way is neither missed nor doubled. */
    EXPECT_OK(vfs_commit(fresh));
    while (vfs_folder_next(folder, &entry, &more) == OK && more)
        if (str_is(entry.name, "fresh"))
            sizes += (int)entry.attributes.size;
        else if (str_is(entry.name, "published"))
            sizes += 100 * (int)entry.attributes.size;
    EXPECT(sizes == 705);
    vfs_folder_close(&folder);
    EXPECT_OK(vfs_commit(over));
    vfs_close(&fresh);
    vfs_close(&over);
}

TEST(a_listing_has_the_attributes_of_the_entries_themselves)
{
    struct vfs_folder *folder;
    struct vfs_entry entry;
    bool more;
    int seen = 0;

    host_folder(tree_host(&tree, "/d"));
    host_file(tree_host(&tree, "/d/f"), "text");
    host_link("f", tree_host(&tree, "/d/l"));
    host_folder(tree_host(&tree, "/d/e"));
    EXPECT_OK(vfs_list(tree.files, STR("/d"), &folder));
    for (;;) {
        EXPECT_OK(vfs_folder_next(folder, &entry, &more));
        if (!more)
            break;
        uint32_t kind = entry.attributes.mode & S_IFMT;
        if (str_is(entry.name, "f"))
            seen += kind == S_IFREG && entry.attributes.size == 4;
        else if (str_is(entry.name, "l"))
            seen += 10 * (kind == S_IFLNK);
        else
            seen += 100 * (kind == S_IFDIR);
    }
    EXPECT(seen == 311);
    EXPECT_OK(vfs_folder_next(folder, &entry, &more));
    EXPECT(!more);
    vfs_folder_close(&folder);
}

TEST(the_folder_above_the_account_is_not_seen_in_its_listing)
{
    struct vfs_folder *folder;
    struct vfs_entry entry;
    ino_t above = host_inode(test_folder());
    bool more = true;

    EXPECT_OK(vfs_list(tree.files, STR("/"), &folder));
    while (vfs_folder_next(folder, &entry, &more) == OK && more)
        EXPECT(entry.attributes.inode != above);
    vfs_folder_close(&folder);
}

TEST(the_space_of_the_storage_is_told)
{
    struct vfs_space space;

    host_file(tree_host(&tree, "/f"), "text");
    EXPECT_OK(vfs_space(tree.files, STR("/f"), &space));
    EXPECT(space.fragment_size > 0 && space.blocks >= space.blocks_free);
    EXPECT_OK(vfs_space(tree.files, STR("/"), &space));
    EXPECT_STATUS(vfs_space(tree.files, STR("/no"), &space), ERR_NOT_FOUND);
}

static long
resident_pages(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long size = 0;
    long resident = 0;

    EXPECT(file != NULL);
    EXPECT(fscanf(file, "%ld %ld", &size, &resident) == 2);
    fclose(file);
    return resident;
}

enum { MANY = 200000 };

static void
make_many_files(void)
{
    host_folder(tree_host(&tree, "/many"));
    int folder = open(tree_host(&tree, "/many"), O_RDONLY | O_DIRECTORY);
    char name[32];

    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "file-%06d", i);
        EXPECT(mknodat(folder, name, S_IFREG | 0644, 0) == 0);
    }
    close(folder);
}

TEST(two_hundred_thousand_entries_are_listed_in_bounded_memory)
{
    static bool seen[MANY];
    const long most = (8 << 20) / sysconf(_SC_PAGESIZE);
    struct vfs_folder *folder;
    struct vfs_entry entry;
    int count = 0;
    bool more;

    make_many_files();
    long before = resident_pages();
    EXPECT_OK(vfs_list(tree.files, STR("/many"), &folder));
    for (;;) {
        EXPECT_OK(vfs_folder_next(folder, &entry, &more));
        if (!more)
            break;
        if (entry.name.data[0] == '.')
            continue;
        int number = atoi(entry.name.data + strlen("file-"));
        EXPECT(number >= 0 && number < MANY && !seen[number]);
        seen[number] = true;
        if (++count % 10000 == 0)
            EXPECT(resident_pages() - before < most);
    }
    vfs_folder_close(&folder);
    EXPECT(count == MANY);
}
