/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfs_in_memory_test.c - files in memory behave as a simple file system does,
 * since other tests stand on them.
 */
#include "vfs/places.h"

#include "test.h"

#include <stdio.h>
#include <sys/stat.h>

static struct vfs *files;

SETUP()
{
    EXPECT_OK(vfs_in_memory(&files));
}

TEARDOWN()
{
    vfs_free(&files);
}

static struct vfs_file *
opened(const char *path, unsigned flags)
{
    struct vfs_open how = { .flags = flags };
    struct vfs_file *file = NULL;

    EXPECT_OK(vfs_open(files, str_of(path), &how, &file));
    return file;
}

static enum status
open_status(const char *path, unsigned flags)
{
    struct vfs_open how = { .flags = flags };
    AUTO(vfs_close) struct vfs_file *file = NULL;

    return vfs_open(files, str_of(path), &how, &file);
}

static void
put(const char *path, const char *content)
{
    AUTO(vfs_close)
    struct vfs_file *file = opened(path, VFS_WRITE | VFS_CREATE | VFS_TRUNCATE);

    EXPECT_OK(vfs_write(file, 0, str_of(content)));
    EXPECT_OK(vfs_commit(file));
}

static void
expect_read(struct vfs_file *file, const char *content)
{
    char bytes[64];
    size_t got;

    EXPECT_OK(vfs_read(file, 0, bytes, sizeof bytes - 1, &got));
    bytes[got] = '\0';
    EXPECT_TEXT(bytes, content);
}

static void
expect(const char *path, const char *content)
{
    AUTO(vfs_close) struct vfs_file *file = opened(path, VFS_READ);

    expect_read(file, content);
}

static enum status
stat_status(const char *path, unsigned how)
{
    struct vfs_attributes a;

    return vfs_stat(files, str_of(path), how, &a);
}

static struct vfs_attributes
attributes(const char *path)
{
    struct vfs_attributes a = { 0 };

    EXPECT_OK(vfs_stat(files, str_of(path), 0, &a));
    return a;
}

static void
make_folder(const char *path)
{
    static const struct vfs_attributes none = { 0 };

    EXPECT_OK(vfs_make_folder(files, str_of(path), &none));
}

static enum status
rename_status(const char *from, const char *to, bool replace)
{
    return vfs_rename(files, str_of(from), str_of(to), replace);
}

TEST(the_root_is_an_empty_folder)
{
    EXPECT(S_ISDIR(attributes("/").mode));
    EXPECT_STATUS(vfs_remove(files, STR("/"), VFS_REMOVE_FOLDER), ERR_DENIED);
    EXPECT_STATUS(rename_status("/", "/a", true), ERR_INVALID);
    EXPECT_STATUS(open_status("/", VFS_READ), ERR_IS_FOLDER);
}

TEST(what_was_written_is_read)
{
    put("/f", "hello");
    expect("/f", "hello");
    EXPECT(attributes("/f").size == 5);
    put("/f", "x");
    expect("/f", "x");
}

TEST(a_missing_name_is_not_found_and_made_only_when_asked)
{
    EXPECT_STATUS(open_status("/f", VFS_READ), ERR_NOT_FOUND);
    EXPECT_STATUS(open_status("/f", VFS_WRITE), ERR_NOT_FOUND);
    EXPECT_STATUS(open_status("/d/f", VFS_WRITE | VFS_CREATE), ERR_NOT_FOUND);
    EXPECT_OK(open_status("/f", VFS_WRITE | VFS_CREATE | VFS_EXCLUSIVE));
    EXPECT_STATUS(open_status("/f", VFS_WRITE | VFS_CREATE | VFS_EXCLUSIVE),
                  ERR_EXISTS);
    EXPECT_OK(open_status("/g", VFS_CREATE));
    expect("/g", "");
}

TEST(a_hole_reads_as_zeros_also_after_shrinking)
{
    AUTO(vfs_close)
    struct vfs_file *file = opened("/f", VFS_READ | VFS_WRITE | VFS_CREATE);
    struct vfs_attributes size = { .has = VFS_HAS_SIZE, .size = 1 };
    char bytes[8];
    size_t got;

    EXPECT_OK(vfs_write(file, 0, STR("abcdef")));
    EXPECT_OK(vfs_file_set_attributes(file, &size));
    EXPECT_OK(vfs_write(file, 4, STR("x")));
    EXPECT_OK(vfs_read(file, 0, bytes, sizeof bytes, &got));
    EXPECT(got == 5 && memcmp(bytes, "a\0\0\0x", 5) == 0);
    EXPECT_OK(vfs_read(file, 5, bytes, sizeof bytes, &got));
    EXPECT(got == 0);
}

TEST(appending_ignores_the_offset)
{
    put("/f", "one");
    AUTO(vfs_close)
    struct vfs_file *file = opened("/f", VFS_WRITE | VFS_APPEND);
    EXPECT_OK(vfs_write(file, 0, STR("two")));
    expect("/f", "onetwo");
}

TEST(too_large_a_file_is_full)
{
    AUTO(vfs_close)
    struct vfs_file *file = opened("/f", VFS_WRITE | VFS_CREATE);
    struct vfs_attributes size = { .has = VFS_HAS_SIZE, .size = INT64_MAX };

    EXPECT_STATUS(vfs_write(file, INT64_MAX - 1, STR("x")), ERR_FULL);
    EXPECT_STATUS(vfs_write(file, 1ULL << 40, STR("x")), ERR_FULL);
    EXPECT_STATUS(vfs_file_set_attributes(file, &size), ERR_FULL);
    EXPECT(attributes("/f").size == 0);
}

TEST(a_removed_file_lives_as_long_as_it_is_open)
{
    put("/f", "kept");
    AUTO(vfs_close) struct vfs_file *file = opened("/f", VFS_READ);
    EXPECT_OK(vfs_remove(files, STR("/f"), VFS_REMOVE_FILE));
    EXPECT_STATUS(stat_status("/f", 0), ERR_NOT_FOUND);
    expect_read(file, "kept");
}

TEST(a_second_name_leads_to_the_same_file)
{
    put("/a", "1");
    EXPECT_OK(vfs_link(files, STR("/a"), STR("/b")));
    EXPECT(attributes("/a").inode == attributes("/b").inode);
    EXPECT(attributes("/a").links == 2);
    EXPECT_STATUS(vfs_link(files, STR("/a"), STR("/b")), ERR_EXISTS);
    EXPECT_OK(vfs_remove(files, STR("/a"), VFS_REMOVE_FILE));
    expect("/b", "1");
    EXPECT(attributes("/b").links == 1);
    make_folder("/d");
    EXPECT_STATUS(vfs_link(files, STR("/d"), STR("/e")), ERR_DENIED);
}

TEST(folders_are_removed_as_folders_and_only_empty)
{
    make_folder("/d");
    put("/d/f", "1");
    EXPECT_STATUS(vfs_remove(files, STR("/d"), VFS_REMOVE_FOLDER),
                  ERR_NOT_EMPTY);
    EXPECT_STATUS(vfs_remove(files, STR("/d"), VFS_REMOVE_FILE), ERR_IS_FOLDER);
    EXPECT_STATUS(vfs_remove(files, STR("/d/f"), VFS_REMOVE_FOLDER),
                  ERR_NO_FOLDER);
    EXPECT_OK(vfs_remove(files, STR("/d/f"), VFS_REMOVE_FILE));
    EXPECT_OK(vfs_remove(files, STR("/d"), VFS_REMOVE_FOLDER));
    EXPECT_STATUS(stat_status("/d", 0), ERR_NOT_FOUND);
}

TEST(a_file_on_the_way_is_no_folder)
{
    put("/f", "1");
    EXPECT_STATUS(stat_status("/f/below", 0), ERR_NO_FOLDER);
    EXPECT_STATUS(open_status("/f/below", VFS_WRITE | VFS_CREATE),
                  ERR_NO_FOLDER);
}

TEST(renaming_replaces_only_when_told)
{
    put("/a", "a");
    put("/b", "b");
    EXPECT_STATUS(rename_status("/a", "/b", false), ERR_EXISTS);
    EXPECT_OK(rename_status("/a", "/b", true));
    expect("/b", "a");
    EXPECT_STATUS(stat_status("/a", 0), ERR_NOT_FOUND);
    EXPECT_OK(rename_status("/b", "/c", false));
    EXPECT_OK(rename_status("/c", "/c", true));
    expect("/c", "a");
    make_folder("/d");
    EXPECT_STATUS(rename_status("/c", "/d", true), ERR_IS_FOLDER);
    EXPECT_STATUS(rename_status("/d", "/c", true), ERR_NO_FOLDER);
}

TEST(a_folder_moves_with_what_it_holds_but_not_into_itself)
{
    make_folder("/d");
    make_folder("/d/e");
    put("/d/e/f", "1");
    EXPECT_STATUS(rename_status("/d", "/d/e/g", true), ERR_INVALID);
    EXPECT_OK(rename_status("/d", "/dd", false));
    expect("/dd/e/f", "1");
    make_folder("/x");
    EXPECT_STATUS(rename_status("/x", "/dd", true), ERR_NOT_EMPTY);
    EXPECT_OK(rename_status("/dd", "/x", true));
    expect("/x/e/f", "1");
}

TEST(two_names_of_one_file_renamed_onto_each_other_stay)
{
    put("/a", "1");
    EXPECT_OK(vfs_link(files, STR("/a"), STR("/b")));
    EXPECT_OK(rename_status("/a", "/b", true)); /* as rename(2) */
    expect("/a", "1");
    expect("/b", "1");
}

TEST(a_symbolic_link_is_never_followed)
{
    AUTO(buffer_done) struct buffer target = BUFFER(VFS_PATH);
    static const struct vfs_attributes none = { 0 };

    make_folder("/d");
    put("/d/f", "1");
    EXPECT_OK(vfs_make_link(files, STR("d"), STR("/l")));
    EXPECT(S_ISLNK(attributes("/l").mode));
    EXPECT_STATUS(stat_status("/l", VFS_FOLLOW), ERR_LINK);
    EXPECT_STATUS(stat_status("/l/f", 0), ERR_LINK);
    EXPECT_STATUS(open_status("/l", VFS_READ), ERR_LINK);
    EXPECT_STATUS(open_status("/l", VFS_WRITE | VFS_CREATE | VFS_EXCLUSIVE),
                  ERR_EXISTS);
    EXPECT_STATUS(vfs_set_attributes(files, STR("/l"), VFS_FOLLOW, &none),
                  ERR_LINK);
    EXPECT_STATUS(vfs_make_folder(files, STR("/l"), &none), ERR_EXISTS);
    EXPECT_OK(vfs_read_link(files, STR("/l"), &target));
    EXPECT(str_is(buffer_str(&target), "d"));
    EXPECT_STATUS(vfs_read_link(files, STR("/d"), &target), ERR_INVALID);
    EXPECT_OK(rename_status("/l", "/m", false));
    EXPECT_OK(vfs_remove(files, STR("/m"), VFS_REMOVE_FILE));
    expect("/d/f", "1");
}

TEST(links_work_with_the_layer_above)
{
    struct vfs *linked;

    make_folder("/d");
    put("/d/f", "1");
    EXPECT_OK(vfs_make_link(files, STR("/d"), STR("/l")));
    EXPECT_OK(vfs_make_link(files, STR("l/f"), STR("/m")));
    EXPECT_OK(vfs_with_links(files, &linked));
    files = linked;
    expect("/m", "1");
    expect("/l/f", "1");
}

/* All the names of a folder, each followed by a slash. */
static void
list(const char *path, char names[256])
{
    struct vfs_folder *folder;
    struct vfs_entry entry;
    size_t len = 0;
    bool more;

    EXPECT_OK(vfs_list(files, str_of(path), &folder));
    names[0] = '\0';
    for (;;) {
        EXPECT_OK(vfs_folder_next(folder, &entry, &more));
        if (!more)
            break;
        len += (size_t)snprintf(names + len, 256 - len, "%.*s/",
                                STR_ARG(entry.name));
    }
    vfs_folder_close(&folder);
}

TEST(a_listing_is_in_order_and_has_the_dots)
{
    char names[256];

    make_folder("/d");
    put("/d/b", "1");
    put("/d/a", "1");
    put("/d/ab", "1");
    EXPECT_OK(vfs_make_link(files, STR("b"), STR("/d/c")));
    list("/d", names);
    EXPECT_TEXT(names, "./../a/ab/b/c/");
}

TEST(names_may_come_and_go_while_they_are_listed)
{
    struct vfs_folder *folder;
    struct vfs_entry entry;
    bool more;

    put("/b", "1");
    put("/d", "1");
    EXPECT_OK(vfs_list(files, STR("/"), &folder));
    for (int i = 0; i < 3; i++)
        EXPECT_OK(vfs_folder_next(folder, &entry, &more));
    EXPECT(str_is(entry.name, "b"));
    EXPECT_OK(vfs_remove(files, STR("/b"), VFS_REMOVE_FILE));
    put("/a", "1");
    put("/c", "1");
    EXPECT_OK(vfs_folder_next(folder, &entry, &more));
    EXPECT(more && str_is(entry.name, "c"));
    EXPECT_OK(vfs_folder_next(folder, &entry, &more));
    EXPECT(more && str_is(entry.name, "d"));
    EXPECT_OK(vfs_folder_next(folder, &entry, &more));
    EXPECT(!more);
    vfs_folder_close(&folder);
}

TEST(a_listed_folder_may_be_removed)
{
    struct vfs_folder *folder;
    struct vfs_entry entry;
    bool more;

    make_folder("/d");
    EXPECT_OK(vfs_list(files, STR("/d"), &folder));
    EXPECT_OK(vfs_remove(files, STR("/d"), VFS_REMOVE_FOLDER));
    EXPECT_OK(vfs_folder_next(folder, &entry, &more));
    vfs_folder_close(&folder);
    EXPECT_STATUS(vfs_list(files, STR("/d"), &folder), ERR_NOT_FOUND);
}

TEST(attributes_are_kept)
{
    struct vfs_attributes a = {
        .has = VFS_HAS_MODE | VFS_HAS_OWNER | VFS_HAS_TIMES,
        .mode = 0400,
        .uid = 5,
        .gid = 6,
        .atime_ns = 1,
        .mtime_ns = 2,
    };

    put("/f", "1");
    EXPECT_OK(vfs_set_attributes(files, STR("/f"), VFS_FOLLOW, &a));
    struct vfs_attributes now = attributes("/f");
    EXPECT(now.mode == (S_IFREG | 0400) && now.uid == 5 && now.gid == 6);
    EXPECT(now.atime_ns == 1 && now.mtime_ns == 2 && now.size == 1);
    put("/f", "2");
    EXPECT(attributes("/f").mtime_ns > 2);
}

TEST(a_very_deep_tree_is_freed)
{
    char path[VFS_PATH + 1] = "";

    for (size_t len = 0; len + 2 <= VFS_PATH; len += 2) {
        memcpy(path + len, "/d", 3);
        make_folder(path);
    }
    EXPECT(S_ISDIR(attributes(path).mode));
}

TEST(space_is_used_and_given_back)
{
    struct vfs_space before, with, after;

    EXPECT_OK(vfs_space(files, STR("/"), &before));
    put("/f", "1");
    EXPECT_OK(vfs_space(files, STR("/"), &with));
    EXPECT(with.files_free == before.files_free - 1);
    EXPECT_OK(vfs_remove(files, STR("/f"), VFS_REMOVE_FILE));
    EXPECT_OK(vfs_space(files, STR("/"), &after));
    EXPECT(memcmp(&before, &after, sizeof before) == 0);
}
