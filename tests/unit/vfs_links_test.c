/* SPDX-License-Identifier: Apache-2.0 */
/* vfs_links_test.c - symbolic links: followed inside, never to the outside. */
#include "test.h"

#include "vfs_tree.h"

#include <stdio.h>
#include <unistd.h>

static struct tree tree;
static struct vfs_attributes it;

/* /a/b/file, /other/file; links are added by each test. */
SETUP()
{
    tree_init(&tree);
    host_folder(tree_host(&tree, "/a"));
    host_folder(tree_host(&tree, "/a/b"));
    host_folder(tree_host(&tree, "/other"));
    host_file(tree_host(&tree, "/a/b/file"), "deep");
    host_file(tree_host(&tree, "/other/file"), "other");
    tree_start(&tree);
}

TEARDOWN()
{
    tree_close(&tree);
}

static void
add_link(const char *text, const char *path)
{
    host_link(text, tree_host(&tree, path));
}

/* What can be read there: the text, or the kind of failure. */
static const char *
seen(const char *path)
{
    static char text[256];
    enum status status = get(tree.files, path, text, NULL);

    return status == OK ? text : status_name(status);
}

TEST(relative_links_are_followed_in_the_tree)
{
    static const struct {
        const char *text, *name, *path, *seen;
    } links[] = {
        { "file", "/a/b/l1", "/a/b/l1", "deep" },
        { "b", "/a/l2", "/a/l2/file", "deep" },
        { "../../other", "/a/b/l3", "/a/b/l3/file", "other" },
        { "../../other/file", "/a/b/l4", "/a/b/l4", "other" },
        { "./../b/./file", "/a/b/l5", "/a/b/l5", "deep" },
        { "b/", "/a/l6", "/a/l6/file", "deep" },
        { "a/l2", "/l7", "/l7/file", "deep" },
        { "l7/l3/../a", "/l8", "/l8/l6/file", "deep" },
        { ".", "/l9", "/l9/l9/l9/a/b/file", "deep" },
        { "a//b///file", "/l10", "/l10", "deep" },
    };

    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        add_link(links[i].text, links[i].name);
        EXPECT_TEXT(seen(links[i].path), links[i].seen);
    }
}

TEST(dots_behind_a_link_are_those_of_where_it_leads)
{
    add_link("a/b", "/l");
    add_link("l/../b/file", "/m");
    EXPECT_TEXT(seen("/m"), "deep");
}

TEST(absolute_links_into_the_account_are_followed)
{
    add_link(tree_host(&tree, "/other"), "/a/abs");
    add_link(tree_host(&tree, "/other/file"), "/a/abs-file");
    add_link(tree_host(&tree, ""), "/a/home");
    add_link(tree_host(&tree, "/a/../other//./file"), "/a/untidy");
    EXPECT_TEXT(seen("/a/abs/file"), "other");
    EXPECT_TEXT(seen("/a/abs-file"), "other");
    EXPECT_TEXT(seen("/a/home/other/file"), "other");
    EXPECT_TEXT(seen("/a/untidy"), "other");
}

TEST(links_to_outside_are_not_followed)
{
    char outside[200];
    char sibling[200];
    struct vfs_folder *folder;
    struct vfs_file *file;

    snprintf(outside, sizeof outside, "%s/canary", tree.outside);
    snprintf(sibling, sizeof sibling, "%s-sibling", tree.root);
    host_folder(sibling);
    add_link(outside, "/absolute");
    add_link(tree.outside, "/folder");
    add_link("../outside/canary", "/relative");
    add_link("a/../../outside", "/roundabout");
    add_link("a/b/up/../../../outside", "/twice");
    add_link("..", "/a/b/up");
    add_link(sibling, "/sibling");
    add_link("/etc/passwd", "/etc");
    add_link("/proc/self/root", "/proc");
    add_link("/", "/host");
    EXPECT_TEXT(seen("/absolute"), "denied");
    EXPECT_TEXT(seen("/folder/canary"), "denied");
    EXPECT_TEXT(seen("/relative"), "denied");
    EXPECT_TEXT(seen("/roundabout/canary"), "denied");
    EXPECT_TEXT(seen("/twice/canary"), "denied");
    EXPECT_TEXT(seen("/sibling"), "denied");
    EXPECT_TEXT(seen("/etc"), "denied");
    EXPECT_TEXT(seen("/proc/etc/passwd"), "denied");
    EXPECT_TEXT(seen("/host/etc/passwd"), "denied");
    EXPECT_STATUS(put(tree.files, "/absolute", "x"), ERR_DENIED);
    EXPECT_STATUS(put(tree.files, "/folder/new", "x"), ERR_DENIED);
    EXPECT_STATUS(vfs_list(tree.files, STR("/folder"), &folder), ERR_DENIED);
    EXPECT_STATUS(open_with(tree.files, "/absolute", VFS_WRITE, &file),
                  ERR_DENIED);
    EXPECT_STATUS(vfs_make_folder(tree.files, STR("/folder/d"), NULL),
                  ERR_DENIED);
    EXPECT_STATUS(
        vfs_remove(tree.files, STR("/folder/canary"), VFS_REMOVE_FILE),
        ERR_DENIED);
    EXPECT_STATUS(
        vfs_rename(tree.files, STR("/a/b/file"), STR("/folder/f"), true),
        ERR_DENIED);
    EXPECT_STATUS(
        vfs_rename(tree.files, STR("/folder/canary"), STR("/f"), true),
        ERR_DENIED);
    EXPECT_STATUS(vfs_link(tree.files, STR("/folder/canary"), STR("/f")),
                  ERR_DENIED);
    EXPECT_STATUS(stat_of(tree.files, "/folder", VFS_FOLLOW, &it), ERR_DENIED);
    EXPECT_TEXT(host_text(outside), "canary");
}

TEST(a_link_itself_can_be_looked_at_renamed_and_removed)
{
    char outside[200];

    snprintf(outside, sizeof outside, "%s/canary", tree.outside);
    add_link(outside, "/l");
    EXPECT_OK(stat_of(tree.files, "/l", 0, &it));
    EXPECT((it.mode & S_IFMT) == S_IFLNK);
    EXPECT_OK(vfs_rename(tree.files, STR("/l"), STR("/m"), false));
    EXPECT_OK(stat_of(tree.files, "/m", 0, &it));
    EXPECT((it.mode & S_IFMT) == S_IFLNK);
    EXPECT_OK(vfs_remove(tree.files, STR("/m"), VFS_REMOVE_FILE));
    EXPECT(host_inode(tree_host(&tree, "/m")) == 0);
    EXPECT_TEXT(host_text(outside), "canary");
}

TEST(a_link_is_not_a_folder_that_could_be_removed_or_made)
{
    add_link("other", "/l");
    EXPECT_STATUS(vfs_remove(tree.files, STR("/l"), VFS_REMOVE_FOLDER),
                  ERR_NO_FOLDER);
    EXPECT_STATUS(vfs_make_folder(tree.files, STR("/l"), NULL), ERR_EXISTS);
    EXPECT_TEXT(seen("/l/file"), "other");
}

TEST(removing_through_a_link_removes_what_it_leads_to)
{
    add_link("other", "/l");
    EXPECT_OK(vfs_remove(tree.files, STR("/l/file"), VFS_REMOVE_FILE));
    EXPECT(host_inode(tree_host(&tree, "/other/file")) == 0);
    EXPECT_OK(vfs_make_folder(tree.files, STR("/l/made"), NULL));
    EXPECT(host_inode(tree_host(&tree, "/other/made")) != 0);
    EXPECT_OK(vfs_remove(tree.files, STR("/l/made"), VFS_REMOVE_FOLDER));
    EXPECT_OK(vfs_rename(tree.files, STR("/a/b/file"), STR("/l/x"), false));
    EXPECT_TEXT(host_text(tree_host(&tree, "/other/x")), "deep");
}

TEST(forty_links_are_followed_and_not_one_more)
{
    char name[16];
    char text[16];

    add_link("a/b/file", "/l1");
    for (int i = 2; i <= 41; i++) {
        snprintf(name, sizeof name, "/l%d", i);
        snprintf(text, sizeof text, "l%d", i - 1);
        add_link(text, name);
    }
    EXPECT_TEXT(seen("/l40"), "deep");
    EXPECT_TEXT(seen("/l41"), "not found");
}

TEST(a_link_that_leads_to_itself_is_not_found)
{
    add_link("loop", "/loop");
    add_link("y/x", "/x");
    add_link("x/y", "/y");
    EXPECT_TEXT(seen("/loop"), "not found");
    EXPECT_TEXT(seen("/loop/deeper"), "not found");
    EXPECT_TEXT(seen("/x"), "not found");
    EXPECT_STATUS(put(tree.files, "/loop", "x"), ERR_NOT_FOUND);
    EXPECT_STATUS(stat_of(tree.files, "/loop", VFS_FOLLOW, &it), ERR_NOT_FOUND);
    EXPECT_OK(stat_of(tree.files, "/loop", 0, &it));
}

TEST(writing_through_a_dangling_link_makes_what_it_leads_to)
{
    add_link("other/made", "/l");
    EXPECT_TEXT(seen("/l"), "not found");
    EXPECT_OK(put(tree.files, "/l", "made"));
    EXPECT_TEXT(host_text(tree_host(&tree, "/other/made")), "made");
    EXPECT_OK(stat_of(tree.files, "/l", 0, &it));
    EXPECT((it.mode & S_IFMT) == S_IFLNK);
    add_link("nowhere/made", "/m");
    EXPECT_STATUS(put(tree.files, "/m", "made"), ERR_NOT_FOUND);
}

TEST(writing_through_a_link_keeps_the_link)
{
    add_link("a/b/file", "/l");
    EXPECT_OK(put(tree.files, "/l", "new"));
    EXPECT_TEXT(host_text(tree_host(&tree, "/a/b/file")), "new");
    EXPECT_OK(stat_of(tree.files, "/l", 0, &it));
    EXPECT((it.mode & S_IFMT) == S_IFLNK);
}

TEST(an_exclusive_open_of_a_link_says_that_it_exists)
{
    struct vfs_file *file;
    unsigned flags = VFS_WRITE | VFS_CREATE | VFS_EXCLUSIVE;

    add_link("nowhere", "/dangling");
    add_link("a/b", "/folder");
    EXPECT_STATUS(open_with(tree.files, "/dangling", flags, &file), ERR_EXISTS);
    EXPECT_STATUS(open_with(tree.files, "/folder", flags, &file), ERR_EXISTS);
    EXPECT_STATUS(open_with(tree.files, "/folder/file", flags, &file),
                  ERR_EXISTS);
    EXPECT(host_inode(tree_host(&tree, "/nowhere")) == 0);
}

TEST(attributes_are_set_on_the_link_or_on_what_it_leads_to_as_asked)
{
    struct vfs_attributes mode = { .has = VFS_HAS_MODE, .mode = 0600 };
    struct vfs_attributes times = { .has = VFS_HAS_TIMES,
                                    .atime_ns = 1000000000,
                                    .mtime_ns = -1500000000 };

    add_link("a/b/file", "/l");
    EXPECT_OK(vfs_set_attributes(tree.files, STR("/l"), VFS_FOLLOW, &mode));
    EXPECT_OK(stat_of(tree.files, "/a/b/file", 0, &it));
    EXPECT((it.mode & 07777) == 0600);
    EXPECT_OK(vfs_set_attributes(tree.files, STR("/l"), 0, &times));
    EXPECT_OK(stat_of(tree.files, "/l", 0, &it));
    EXPECT(it.mtime_ns == -1500000000 && it.atime_ns == 1000000000);
    EXPECT_OK(stat_of(tree.files, "/a/b/file", 0, &it));
    EXPECT(it.mtime_ns > 0);
    EXPECT_STATUS(vfs_set_attributes(tree.files, STR("/l"), 0, &mode),
                  ERR_UNSUPPORTED);
}

TEST(a_hard_link_of_a_symbolic_link_is_one_too)
{
    add_link("other/file", "/l");
    EXPECT_OK(vfs_link(tree.files, STR("/l"), STR("/m")));
    EXPECT_OK(stat_of(tree.files, "/m", 0, &it));
    EXPECT((it.mode & S_IFMT) == S_IFLNK && it.links == 2);
}

TEST(absolute_targets_of_clients_are_paths_of_the_account)
{
    char text[4200];
    char stored[4200];
    ssize_t len;

    EXPECT_OK(vfs_make_link(tree.files, STR("/other/file"), STR("/a/l")));
    EXPECT_TEXT(seen("/a/l"), "other");
    EXPECT_OK(read_link_of(tree.files, "/a/l", text));
    EXPECT_TEXT(text, "/other/file");
    /* The host's own tools follow it to the same file. */
    EXPECT_TEXT(host_text(tree_host(&tree, "/a/l")), "other");
    len = readlink(tree_host(&tree, "/a/l"), stored, sizeof stored - 1);
    EXPECT(len > 0);
    stored[len] = '\0';
    EXPECT_TEXT(stored, tree_host(&tree, "/other/file"));
    EXPECT_OK(vfs_make_link(tree.files, STR("/../../etc"), STR("/a/m")));
    EXPECT_OK(read_link_of(tree.files, "/a/m", text));
    EXPECT_TEXT(text, "/etc");
    EXPECT_TEXT(seen("/a/m/passwd"), "not found");
    EXPECT_OK(vfs_make_link(tree.files, STR("/"), STR("/a/root")));
    EXPECT_OK(read_link_of(tree.files, "/a/root", text));
    EXPECT_TEXT(text, "/");
    EXPECT_TEXT(seen("/a/root/other/file"), "other");
}

TEST(links_to_outside_cannot_be_made)
{
    static const struct {
        const char *text, *name;
        enum status status;
    } links[] = {
        { "..", "/l", ERR_DENIED },
        { "../outside/canary", "/l", ERR_DENIED },
        { "a/../../outside", "/l", ERR_DENIED },
        { "../../..", "/a/b/l", ERR_DENIED },
        { "./.././../../x", "/a/b/l", ERR_DENIED },
        { "../../../x", "/jump/l", ERR_DENIED },
        { "", "/l", ERR_INVALID },
        { "../..", "/a/b/up", OK },
        { "../../x", "/jump/ok", OK },
        { "a/..", "/self", OK },
    };

    add_link("a/b", "/jump");
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        EXPECT_STATUS(vfs_make_link(tree.files, str_of(links[i].text),
                                    str_of(links[i].name)),
                      links[i].status);
    EXPECT(host_inode(tree_host(&tree, "/l")) == 0);
}

TEST(a_link_is_made_only_where_no_name_is)
{
    add_link("nowhere", "/dangling");
    EXPECT_STATUS(vfs_make_link(tree.files, STR("x"), STR("/other/file")),
                  ERR_EXISTS);
    EXPECT_STATUS(vfs_make_link(tree.files, STR("x"), STR("/dangling")),
                  ERR_EXISTS);
    EXPECT_STATUS(vfs_make_link(tree.files, STR("x"), STR("/no/l")),
                  ERR_NOT_FOUND);
}

TEST(no_path_of_the_host_is_told_by_reading_a_link)
{
    char text[4200] = "untouched";

    add_link(tree.outside, "/absolute");
    add_link("../outside", "/relative");
    add_link("/etc/passwd", "/etc");
    add_link(tree_host(&tree, "/.convoy-x"), "/staged");
    EXPECT_STATUS(read_link_of(tree.files, "/absolute", text), ERR_DENIED);
    EXPECT_STATUS(read_link_of(tree.files, "/relative", text), ERR_DENIED);
    EXPECT_STATUS(read_link_of(tree.files, "/etc", text), ERR_DENIED);
    EXPECT_STATUS(read_link_of(tree.files, "/staged", text), ERR_DENIED);
    EXPECT_TEXT(text, "untouched");
    EXPECT_STATUS(read_link_of(tree.files, "/other/file", text), ERR_INVALID);
    EXPECT_STATUS(read_link_of(tree.files, "/no", text), ERR_NOT_FOUND);
    EXPECT_STATUS(read_link_of(tree.files, "/", text), ERR_INVALID);
}

TEST(link_texts_are_bytes_and_come_back_as_they_were_given)
{
    static const char *const texts[] = {
        "plain", " blank ", "new\nline", "\"quoted\"", "\377\376", "a\\b",
    };
    char text[4200];

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        EXPECT_OK(vfs_make_link(tree.files, str_of(texts[i]), STR("/l")));
        EXPECT_OK(read_link_of(tree.files, "/l", text));
        EXPECT_TEXT(text, texts[i]);
        EXPECT_OK(vfs_remove(tree.files, STR("/l"), VFS_REMOVE_FILE));
    }
}

TEST(reserved_names_are_not_reached_through_links)
{
    host_folder(tree_host(&tree, "/.convoy-x"));
    host_file(tree_host(&tree, "/.convoy-x/file"), "hidden");
    host_file(tree_host(&tree, "/.nfs1"), "hidden");
    add_link(".convoy-x", "/l");
    add_link("a/../.convoy-x/file", "/m");
    add_link(tree_host(&tree, "/.nfs1"), "/n");
    add_link(".convoy-target-0", "/t");
    EXPECT_TEXT(seen("/l/file"), "not found");
    EXPECT_TEXT(seen("/m"), "not found");
    EXPECT_TEXT(seen("/n"), "denied");
    EXPECT_TEXT(seen("/t"), "not found");
    EXPECT_STATUS(put(tree.files, "/m", "x"), ERR_NOT_FOUND);
    EXPECT_STATUS(stat_of(tree.files, "/m", VFS_FOLLOW, &it), ERR_NOT_FOUND);
}

/* Build the stack again with `target` allowed, and a folder that is not. */
static void
allow_target(void)
{
    char path[200];

    tree_close(&tree);
    tree.targets[0] = "/no/such/folder";
    tree.targets[1] = tree.target;
    tree_start(&tree);
    snprintf(path, sizeof path, "%s/inner", tree.target);
    host_folder(path);
    snprintf(path, sizeof path, "%s/inner/file", tree.target);
    host_file(path, "target");
    snprintf(path, sizeof path, "%s/inner/up", tree.target);
    host_link("..", path);
    snprintf(path, sizeof path, "%s/inner/out", tree.target);
    host_link("../..", path);
    snprintf(path, sizeof path, "%s/inner/home", tree.target);
    host_link(tree_host(&tree, "/other"), path);
    snprintf(path, sizeof path, "%s/inner", tree.target);
    add_link(tree.target, "/to");
    add_link(path, "/inner");
}

TEST(existing_links_to_allowed_targets_are_followed)
{
    char names[256];
    char path[200];
    struct vfs_space space;

    allow_target();
    EXPECT_TEXT(seen("/to/inner/file"), "target");
    EXPECT_TEXT(seen("/inner/file"), "target");
    EXPECT_TEXT(seen("/inner/up/inner/file"), "target");
    EXPECT_TEXT(seen("/inner/home/file"), "other");
    EXPECT_OK(names_of(tree.files, "/to", names, sizeof names));
    EXPECT_TEXT(names, "inner");
    EXPECT_OK(put(tree.files, "/inner/new", "written"));
    snprintf(path, sizeof path, "%s/inner/new", tree.target);
    EXPECT_TEXT(host_text(path), "written");
    EXPECT_OK(vfs_space(tree.files, STR("/to"), &space));
    EXPECT_OK(stat_of(tree.files, "/to", VFS_FOLLOW, &it));
    EXPECT((it.mode & S_IFMT) == S_IFDIR);
}

TEST(a_target_ends_where_it_ends)
{
    char path[200];

    allow_target();
    snprintf(path, sizeof path, "%s-not", tree.target);
    host_folder(path);
    add_link(path, "/not");
    EXPECT_TEXT(seen("/inner/out/outside/canary"), "denied");
    EXPECT_TEXT(seen("/inner/out/root/other/file"), "denied");
    EXPECT_TEXT(seen("/not/x"), "denied");
    EXPECT_STATUS(vfs_make_link(tree.files, STR("../../x"), STR("/inner/l")),
                  ERR_DENIED);
    EXPECT_OK(vfs_make_link(tree.files, STR("../x"), STR("/inner/l")));
}

TEST(targets_have_no_name_that_clients_could_use)
{
    char names[256];
    char text[4200];

    allow_target();
    EXPECT_TEXT(seen("/.convoy-target-0/inner/file"), "not found");
    EXPECT_STATUS(read_link_of(tree.files, "/to", text), ERR_DENIED);
    EXPECT_STATUS(read_link_of(tree.files, "/inner", text), ERR_DENIED);
    EXPECT_OK(names_of(tree.files, "/", names, sizeof names));
    EXPECT_TEXT(names, "a|inner|other|to");
    add_link(tree_host(&tree, "/.convoy-target-0/inner/file"), "/fake");
    add_link("../.convoy-target-0/inner/file", "/a/fake");
    EXPECT_TEXT(seen("/fake"), "denied");
    EXPECT_TEXT(seen("/a/fake"), "not found");
    EXPECT_STATUS(
        vfs_make_link(tree.files, STR("/.convoy-target-0/inner"), STR("/l")),
        ERR_DENIED);
    EXPECT_STATUS(
        vfs_remove(tree.files, STR("/to/inner/out"), VFS_REMOVE_FOLDER),
        ERR_NO_FOLDER);
}

TEST(a_root_that_is_itself_a_link_is_resolved_once)
{
    char alias[200];
    char text[4200];

    tree_close(&tree);
    snprintf(alias, sizeof alias, "%s-alias", tree.root);
    host_link("root", alias);
    tree.options.root = alias;
    tree_start(&tree);
    EXPECT_TEXT(seen("/a/b/file"), "deep");
    /* Links may name the folder either way. */
    add_link(tree_host(&tree, "/other/file"), "/l");
    EXPECT_TEXT(seen("/l"), "other");
    snprintf(text, sizeof text, "%s/other/file", alias);
    add_link(text, "/m");
    EXPECT_TEXT(seen("/m"), "other");
    /* Where the alias leads later does not matter. */
    EXPECT(unlink(alias) == 0);
    host_link("outside", alias);
    EXPECT_TEXT(seen("/canary"), "not found");
    EXPECT_TEXT(seen("/m"), "other");
}

TEST(too_long_expansions_are_refused)
{
    static char name[VFS_NAME + 2];
    static char text[4000];

    memset(name, 'n', VFS_NAME);
    for (size_t at = 0; at + VFS_NAME + 1 < sizeof text; at += VFS_NAME + 1) {
        memcpy(text + at, name, VFS_NAME);
        text[at + VFS_NAME] = '/';
    }
    add_link("deeper/.", "/l");
    add_link(text, "/deeper");
    EXPECT_TEXT(seen("/l/x"), "not found");
    host_folder(tree_host(&tree, "/d"));
    for (int i = 0; i < 20; i++) {
        char path[64];

        snprintf(path, sizeof path, "/d/%d", i);
        add_link("./././././././././././././././././././././././././.", path);
    }
    EXPECT_TEXT(seen("/d/0/1/2/3/4/5/6/7/8/9"), "is a folder");
}
