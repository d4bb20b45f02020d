/* SPDX-License-Identifier: Apache-2.0 */
/* vfs_may_test.c - what the rules are said to allow, without trying. */
#include "test.h"

#include "vfs_tree.h"

static struct tree tree;

SETUP()
{
    tree_init(&tree);
    host_file(tree_host(&tree, "/file"), "text");
    host_folder(tree_host(&tree, "/secret"));
    host_file(tree_host(&tree, "/secret/file"), "text");
    host_link("secret", tree_host(&tree, "/door"));
    host_link("secret/file", tree_host(&tree, "/l"));
    host_link("nowhere", tree_host(&tree, "/lost"));
}

TEARDOWN()
{
    tree_close(&tree);
}

static unsigned
may(const char *path, bool *is_same_out)
{
    return vfs_may(tree.files, str_of(path), is_same_out);
}

TEST(verbs_for_all_paths_are_the_same_for_all)
{
    bool is_same = false;

    tree.permissions = "allow-read, allow-list";
    tree_start(&tree);
    EXPECT(may("/file", &is_same) == (ALLOW_READ | ALLOW_LIST));
    EXPECT(is_same);
}

TEST(a_rule_for_a_path_is_said_for_that_path)
{
    bool is_same = true;

    tree.permissions = "allow-full-control\n/secret/*, allow-read";
    tree_start(&tree);
    EXPECT(may("/secret/file", &is_same) == ALLOW_READ);
    EXPECT(!is_same);
    EXPECT(may("/file", &is_same) == ALLOW_FULL_CONTROL);
    EXPECT(!is_same);
    EXPECT(may("/not-there", &is_same) == ALLOW_FULL_CONTROL);
}

TEST(behind_a_link_the_rules_of_the_meant_path_are_said_too)
{
    const unsigned of_the_link =
        ALLOW_RENAME | ALLOW_DELETE_FILE | ALLOW_DELETE_FOLDER;
    bool is_same;

    tree.permissions = "allow-full-control\n/secret | /secret/*, allow-read";
    tree_start(&tree);
    EXPECT(may("/door/file", &is_same) == ALLOW_READ);
    EXPECT(may("/l", &is_same) == (ALLOW_READ | of_the_link));
    EXPECT(may("/lost", &is_same) == ALLOW_FULL_CONTROL);
}

TEST(a_path_that_is_none_may_nothing)
{
    bool is_same;

    tree_start(&tree);
    EXPECT(may("relative", &is_same) == 0);
    EXPECT(may("/.convoy-x", &is_same) == 0);
}

TEST(a_virtual_folder_stays_where_it_is)
{
    const struct virtual_folder folders[] = { { "/above/virtual", NULL } };
    struct vfs *files = NULL;
    bool is_same = true;

    tree_start(&tree);
    EXPECT_OK(vfs_in_memory(&files));
    EXPECT_OK(vfs_with_folders(files, folders, 1, &files));
    EXPECT(vfs_may(files, STR("/above"), &is_same) ==
           (ALLOW_LIST | ALLOW_TRAVERSE));
    EXPECT(!is_same);
    EXPECT(
        vfs_may(files, STR("/above/virtual"), &is_same) ==
        (ALLOW_FULL_CONTROL & ~(unsigned)(ALLOW_RENAME | ALLOW_DELETE_FOLDER)));
    EXPECT(vfs_may(files, STR("/x"), &is_same) == ALLOW_FULL_CONTROL);
    vfs_free(&files);
}

TEST(a_denied_name_may_not_be_written)
{
    const struct name_options names = { .denied = STR("*.exe"),
                                        .user = STR("anna"),
                                        .clock = clock_real() };
    struct vfs *files = NULL;
    bool is_same = true;

    tree_start(&tree);
    EXPECT_OK(vfs_in_memory(&files));
    EXPECT_OK(vfs_with_names(files, &names, &files));
    EXPECT(!(vfs_may(files, STR("/a.exe"), &is_same) & ALLOW_WRITE));
    EXPECT(!is_same);
    EXPECT(vfs_may(files, STR("/a.txt"), &is_same) == ALLOW_FULL_CONTROL);
    vfs_free(&files);
}
