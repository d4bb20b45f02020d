/* SPDX-License-Identifier: Apache-2.0 */
/* vfs_names_test.c - what files may be called, and what they are called. */
#include "test.h"

#include "base/random.h"
#include "vfs_tree.h"

#include <dirent.h>
#include <stdio.h>

static struct tree tree;
static struct vfs *files; /* tree.files with a layer of names below links */
static struct permission_rules *all;

/* The layers of a session that has options for names. */
static void
start(const char *denied, bool amend)
{
    struct name_options names = { .denied = str_of(denied),
                                  .user = STR("alice"),
                                  .amend = amend,
                                  .clock = tree.clock };

    EXPECT_OK(vfs_on_disk(&tree.options, &files));
    EXPECT_OK(vfs_with_names(files, &names, &files));
    EXPECT_OK(vfs_with_permissions(files, all, &files));
    EXPECT_OK(vfs_with_links(files, &files));
    EXPECT_OK(vfs_with_permissions(files, all, &files));
}

/* /old.exe, /d (a folder), /l -> d/new.exe, /to-d -> d */
SETUP()
{
    tree_init(&tree);
    host_file(tree_host(&tree, "/old.exe"), "old");
    host_folder(tree_host(&tree, "/d"));
    host_link("d/new.exe", tree_host(&tree, "/l"));
    host_link("d", tree_host(&tree, "/to-d"));
    tree_start(&tree);
    EXPECT_OK(permissions_parse(STR("allow-full-control"), STR("alice"),
                                tree.clock, &all));
}

TEARDOWN()
{
    vfs_free(&files);
    permissions_free(&all);
    tree_close(&tree);
}

/* The only name in the account's folder that ends like this. */
static const char *
stored_as(const char *folder, const char *end)
{
    static char found[2 * VFS_NAME];
    DIR *listing = opendir(tree_host(&tree, folder));
    struct dirent *entry;
    int count = 0;

    EXPECT(listing != NULL);
    while ((entry = readdir(listing)) != NULL) {
        size_t len = strlen(entry->d_name);

        if (len < strlen(end) ||
            strcmp(entry->d_name + len - strlen(end), end) != 0 ||
            strncmp(entry->d_name, ".convoy", 7) == 0)
            continue;
        snprintf(found, sizeof found, "%s/%s",
                 strcmp(folder, "/") == 0 ? "" : folder, entry->d_name);
        count++;
    }
    closedir(listing);
    EXPECT(count <= 1);
    return count == 1 ? found : "";
}

static bool
has_uuid(const char *path)
{
    const char *name = strrchr(path, '/') + 1;

    return strlen(name) > UUID_TEXT && name[8] == '-' && name[14] == '4' &&
           name[36] == '-';
}

TEST(a_denied_name_is_given_to_nothing)
{
    struct vfs_file *file;

    start("*.exe\nm/^~/", false);
    EXPECT_STATUS(put(files, "/new.EXE", "x"), ERR_DENIED);
    EXPECT(strstr(fail_reason(), "denied_names") != NULL);
    EXPECT_STATUS(put(files, "/d/~x", "x"), ERR_DENIED);
    EXPECT_STATUS(open_with(files, "/new.exe", VFS_CREATE, &file), ERR_DENIED);
    EXPECT_STATUS(vfs_make_folder(files, STR("/n.exe"), NULL), ERR_DENIED);
    EXPECT_STATUS(vfs_rename(files, STR("/d"), STR("/d.exe"), false),
                  ERR_DENIED);
    EXPECT_STATUS(vfs_link(files, STR("/old.exe"), STR("/two.exe")),
                  ERR_DENIED);
    EXPECT_STATUS(vfs_make_link(files, STR("d"), STR("/s.exe")), ERR_DENIED);
    EXPECT_OK(put(files, "/new.exe.txt", "x"));
    EXPECT_OK(put(files, "/d/x~", "x"));
}

TEST(a_link_does_not_lead_to_a_denied_name)
{
    start("*.exe", false);
    EXPECT_STATUS(put(files, "/l", "x"), ERR_DENIED);
    EXPECT_STATUS(put(files, "/to-d/x.exe", "x"), ERR_DENIED);
    EXPECT(host_inode(tree_host(&tree, "/d/new.exe")) == 0);
}

TEST(a_file_with_a_denied_name_is_read_and_removed_but_not_written)
{
    struct vfs_attributes size = { .has = VFS_HAS_SIZE, .size = 1 };
    struct vfs_file *file;
    char text[256];

    start("*.exe", false);
    EXPECT_OK(get(files, "/old.exe", text, NULL));
    EXPECT_STATUS(open_with(files, "/old.exe", VFS_WRITE, &file), ERR_DENIED);
    EXPECT_STATUS(vfs_set_attributes(files, STR("/old.exe"), 0, &size),
                  ERR_DENIED);
    EXPECT_OK(vfs_rename(files, STR("/old.exe"), STR("/old.bin"), false));
    EXPECT_OK(vfs_remove(files, STR("/old.bin"), VFS_REMOVE_FILE));
}

TEST(an_expression_with_a_slash_is_for_the_whole_path)
{
    start("/d/*.txt\nm/^/${USER}$/", false);
    EXPECT_STATUS(put(files, "/d/a.txt", "x"), ERR_DENIED);
    EXPECT_OK(put(files, "/a.txt", "x"));
    EXPECT_STATUS(vfs_make_folder(files, STR("/alice"), NULL), ERR_DENIED);
    EXPECT_OK(vfs_make_folder(files, STR("/d/alice"), NULL));
}

TEST(a_name_over_the_limit_of_an_expression_is_denied)
{
    char path[200] = "/";

    memset(path + 1, 'a', sizeof path - 3);
    path[sizeof path - 2] = '!';
    start("m/(a+)+$/", false);
    EXPECT_STATUS(put(files, path, "x"), ERR_DENIED);
    EXPECT_OK(put(files, "/b", "x"));
}

TEST(an_expression_that_is_none_keeps_the_account_out)
{
    struct name_options names = { .denied = STR("a\n[b"), .clock = tree.clock };
    struct vfs *place;

    EXPECT_OK(vfs_on_disk(&tree.options, &place));
    EXPECT_STATUS(vfs_with_names(place, &names, &files), ERR_INVALID);
}

TEST(an_uploaded_file_gets_a_uuid_in_front_of_its_name)
{
    char text[256];

    start("", true);
    EXPECT_OK(put(files, "/d/a.txt", "one"));
    EXPECT(host_inode(tree_host(&tree, "/d/a.txt")) == 0);
    const char *real = stored_as("/d", "-a.txt");
    EXPECT(has_uuid(real));
    EXPECT_TEXT(host_text(tree_host(&tree, real)), "one");
    EXPECT_OK(get(files, real, text, NULL));
}

TEST(a_file_that_would_be_replaced_is_kept)
{
    struct vfs_file *file;

    start("", true);
    EXPECT_OK(put(files, "/old.exe", "new"));
    EXPECT_TEXT(host_text(tree_host(&tree, "/old.exe")), "old");
    EXPECT_TEXT(host_text(tree_host(&tree, stored_as("/", "-old.exe"))), "new");
    /* An edit replaces nothing, and a folder is none. */
    EXPECT_OK(open_with(files, "/old.exe", VFS_WRITE, &file));
    EXPECT_OK(vfs_write(file, 0, STR("O")));
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
    EXPECT_TEXT(host_text(tree_host(&tree, "/old.exe")), "Old");
    EXPECT_STATUS(put(files, "/d", "x"), ERR_IS_FOLDER);
    EXPECT_STATUS(open_with(files, "/old.exe",
                            VFS_WRITE | VFS_CREATE | VFS_EXCLUSIVE, &file),
                  ERR_EXISTS);
}

TEST(the_name_that_was_asked_for_means_the_file_in_this_session)
{
    struct vfs_attributes it, mode = { .has = VFS_HAS_MODE, .mode = 0600 };
    char text[256];

    start("", true);
    EXPECT_OK(put(files, "/d/a.txt", "one"));
    EXPECT_OK(stat_of(files, "/d/a.txt", VFS_FOLLOW, &it));
    EXPECT(it.size == 3);
    EXPECT_OK(vfs_set_attributes(files, STR("/d/a.txt"), VFS_FOLLOW, &mode));
    EXPECT_OK(get(files, "/to-d/a.txt", text, NULL));
    EXPECT_TEXT(text, "one");
    EXPECT_OK(vfs_remove(files, STR("/d/a.txt"), VFS_REMOVE_FILE));
    EXPECT_TEXT(stored_as("/d", "-a.txt"), "");
    EXPECT_STATUS(stat_of(files, "/d/a.txt", 0, &it), ERR_NOT_FOUND);
}

TEST(another_session_knows_the_stored_name_only)
{
    struct vfs_attributes it;

    start("", true);
    EXPECT_OK(put(files, "/a.txt", "one"));
    vfs_free(&files);
    start("", true);
    EXPECT_STATUS(stat_of(files, "/a.txt", 0, &it), ERR_NOT_FOUND);
    EXPECT_OK(stat_of(files, stored_as("/", "-a.txt"), 0, &it));
}

TEST(renaming_an_uploaded_file_keeps_its_uuid)
{
    char before[VFS_NAME + 2];
    char text[256];

    start("*.exe", true);
    EXPECT_OK(put(files, "/a.tmp", "one"));
    snprintf(before, sizeof before, "%s", stored_as("/", "-a.tmp"));
    EXPECT_OK(vfs_rename(files, STR("/a.tmp"), STR("/d/a.txt"), false));
    const char *real = stored_as("/d", "-a.txt");
    EXPECT(has_uuid(real) && strncmp(real + 2, before, 37) == 0);
    EXPECT_OK(get(files, "/d/a.txt", text, NULL));
    EXPECT_STATUS(vfs_rename(files, STR("/d/a.txt"), STR("/a.exe"), false),
                  ERR_DENIED);
    EXPECT_STATUS(vfs_rename(files, STR("/none"), STR("/b"), false),
                  ERR_NOT_FOUND);
}

TEST(a_real_file_wins_over_an_uploaded_one)
{
    char text[256];

    start("", true);
    EXPECT_OK(put(files, "/a", "uploaded"));
    host_file(tree_host(&tree, "/a"), "real");
    EXPECT_OK(get(files, "/a", text, NULL));
    EXPECT_TEXT(text, "real");
}

TEST(to_go_on_with_an_upload_of_the_same_session_is_the_same_file)
{
    struct vfs_file *file;

    start("", true);
    EXPECT_OK(put(files, "/a", "one"));
    EXPECT_OK(open_with(files, "/a", VFS_WRITE | VFS_CREATE, &file));
    EXPECT_OK(vfs_write(file, 3, STR("two")));
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
    EXPECT_TEXT(host_text(tree_host(&tree, stored_as("/", "-a"))), "onetwo");
}

TEST(the_oldest_names_are_forgotten)
{
    struct vfs_attributes it;
    char path[32];

    start("", true);
    for (int i = 0; i < 65; i++) {
        snprintf(path, sizeof path, "/f%d", i);
        EXPECT_OK(put(files, path, "x"));
    }
    EXPECT_STATUS(stat_of(files, "/f0", 0, &it), ERR_NOT_FOUND);
    EXPECT_OK(stat_of(files, "/f1", 0, &it));
    EXPECT_OK(stat_of(files, "/f64", 0, &it));
}

TEST(a_name_too_long_for_a_uuid_is_refused)
{
    char path[VFS_NAME + 2] = "/";

    memset(path + 1, 'n', VFS_NAME);
    start("", true);
    EXPECT_STATUS(put(files, path, "x"), ERR_INVALID);
    path[VFS_NAME - UUID_TEXT + 1] = '\0';
    EXPECT_OK(put(files, path, "x"));
}
