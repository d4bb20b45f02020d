/* SPDX-License-Identifier: Apache-2.0 */
/* vfs_folders_test.c - virtual folders: shown where they stand, and kept. */
#include "test.h"

#include "vfs_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 *   /             <folder>/root        in, in/file
 *   /one          <folder>/one         file, sub/file
 *   /one/deep     <folder>/deep        file
 *   /x/y/z        <folder>/far         file; /x and /x/y are nowhere
 *   /in/mem       a folder of /dev/shm
 */
enum { FOLDERS = 4 };

static struct tree tree;
static struct vfs_attributes it;
static struct vfs_file *file;
static struct vfs_folder *folder;
static char names[512];
static char text[4200];
static char one[128], deep[128], far[128], memory[64];
static const struct virtual_folder folders[FOLDERS] = {
    { "/one", one },
    { "/x/y/z", far },
    { "/one/deep", deep },
    { "/in/mem", memory },
};

static const char *
in_folder(const char *of, const char *name)
{
    static char path[4][300];
    static unsigned next;
    char *into = path[next++ % 4];

    snprintf(into, sizeof path[0], "%s%s", of, name);
    return into;
}

static void
make_real(char path[128], const char *name)
{
    snprintf(path, 128, "%s/%s", test_folder(), name);
    host_folder(path);
    host_file(in_folder(path, "/file"), name);
}

SETUP()
{
    tree_init(&tree);
    snprintf(memory, sizeof memory, "/dev/shm/convoy-folders-XXXXXX");
    EXPECT(mkdtemp(memory) != NULL);
    host_folder(tree_host(&tree, "/in"));
    host_file(tree_host(&tree, "/in/file"), "in");
    make_real(one, "one");
    make_real(deep, "deep");
    make_real(far, "far");
    host_folder(in_folder(one, "/sub"));
    host_file(in_folder(one, "/sub/file"), "sub");
    tree.options.folders = folders;
    tree.options.folder_count = FOLDERS;
    tree_start(&tree);
}

TEARDOWN()
{
    static const char *const made[] = { "/new", "/f", "" };

    tree_close(&tree);
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        remove(in_folder(memory, made[i]));
    EXPECT(host_inode(memory) == 0);
}

/* What can be read there: the text, or the kind of failure. */
static const char *
seen(const char *path)
{
    enum status status = get(tree.files, path, text, NULL);

    return status == OK ? text : status_name(status);
}

static const char *
listed(const char *path)
{
    enum status status = names_of(tree.files, path, names, sizeof names);

    return status == OK ? names : status_name(status);
}

static enum status
renamed(const char *from, const char *to)
{
    return vfs_rename(tree.files, str_of(from), str_of(to), true);
}

static enum status
removed(const char *path, enum vfs_remove_kind kind)
{
    return vfs_remove(tree.files, str_of(path), kind);
}

/* The kept ones: virtual folders, and those that lead to one. */
static const char *const kept[] = { "/one",   "/one/deep", "/x",     "/x/y",
                                    "/x/y/z", "/in",       "/in/mem" };
enum { KEPT = sizeof kept / sizeof kept[0] };

TEST(files_in_virtual_folders_are_those_of_the_real_ones)
{
    EXPECT_TEXT(seen("/one/file"), "one");
    EXPECT_TEXT(seen("/one/sub/file"), "sub");
    EXPECT_TEXT(seen("/one/deep/file"), "deep");
    EXPECT_TEXT(seen("/x/y/z/file"), "far");
    EXPECT_TEXT(seen("/in/file"), "in");
    EXPECT_TEXT(seen("/one/nothing"), "not found");
    EXPECT_TEXT(seen("/onefile"), "not found");
}

TEST(listings_show_what_is_real_and_what_is_virtual)
{
    EXPECT_TEXT(listed("/"), "in|one|x");
    EXPECT_TEXT(listed("/one"), "deep|file|sub");
    EXPECT_TEXT(listed("/x"), "y");
    EXPECT_TEXT(listed("/x/y"), "z");
    EXPECT_TEXT(listed("/x/y/z"), "file");
    EXPECT_TEXT(listed("/in"), "file|mem");
    EXPECT_TEXT(listed("/in/mem"), "");
    EXPECT_TEXT(listed("/x/none"), "not found");
    EXPECT_TEXT(listed("/one/file"), "not a folder");
}

TEST(every_entry_of_a_listing_has_the_attributes_that_stat_gives)
{
    static const char *const paths[] = { "/", "/x", "/in", "/one" };
    struct vfs_entry entry;
    bool more;

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        EXPECT_OK(vfs_list(tree.files, str_of(paths[i]), &folder));
        for (;;) {
            char path[300];

            EXPECT_OK(vfs_folder_next(folder, &entry, &more));
            if (!more)
                break;
            if (str_is(entry.name, ".") || str_is(entry.name, ".."))
                continue;
            snprintf(path, sizeof path, "%s/%.*s", i == 0 ? "" : paths[i],
                     STR_ARG(entry.name));
            EXPECT_OK(stat_of(tree.files, path, 0, &it));
            EXPECT(it.mode == entry.attributes.mode);
            EXPECT(it.inode == entry.attributes.inode);
        }
        vfs_folder_close(&folder);
    }
}

TEST(folders_that_exist_nowhere_look_like_folders_that_nobody_may_write)
{
    int64_t mtime_ns;

    EXPECT_OK(stat_of(tree.files, "/x/y/z", 0, &it));
    mtime_ns = it.mtime_ns;
    EXPECT(it.inode == host_inode(far));
    EXPECT_OK(stat_of(tree.files, "/x", VFS_FOLLOW | VFS_TELL, &it));
    EXPECT(it.mode == (S_IFDIR | 0555));
    EXPECT(it.mtime_ns == mtime_ns);
    EXPECT(it.inode != 0);
    EXPECT_OK(stat_of(tree.files, "/x/y", 0, &it));
    EXPECT(it.mode == (S_IFDIR | 0555));
    EXPECT_OK(stat_of(tree.files, "/in", 0, &it));
    EXPECT(it.mode == (S_IFDIR | 0755));
}

TEST(nothing_can_be_made_where_there_are_virtual_folders_only)
{
    static const char *const places[] = { "/x/new", "/x/y/new" };

    for (size_t i = 0; i < 2; i++) {
        struct str path = str_of(places[i]);

        EXPECT_STATUS(put(tree.files, places[i], "x"), ERR_DENIED);
        EXPECT_STATUS(vfs_make_folder(tree.files, path, NULL), ERR_DENIED);
        EXPECT_STATUS(vfs_make_link(tree.files, STR("z"), path), ERR_DENIED);
        EXPECT_STATUS(stat_of(tree.files, places[i], 0, &it), ERR_NOT_FOUND);
        EXPECT(renamed("/in/file", places[i]) != OK);
        EXPECT(vfs_link(tree.files, STR("/in/file"), path) != OK);
    }
    EXPECT_TEXT(seen("/in/file"), "in");
    EXPECT(host_inode(tree_host(&tree, "/x")) == 0);
    it = (struct vfs_attributes){ .has = VFS_HAS_MODE, .mode = 0777 };
    EXPECT_STATUS(vfs_set_attributes(tree.files, STR("/x/y"), 0, &it),
                  ERR_DENIED);
}

TEST(virtual_folders_and_those_above_cannot_be_renamed_removed_or_replaced)
{
    for (size_t i = 0; i < KEPT; i++) {
        struct str path = str_of(kept[i]);

        EXPECT_STATUS(renamed(kept[i], "/other"), ERR_DENIED);
        EXPECT_STATUS(renamed("/one/sub", kept[i]), ERR_DENIED);
        EXPECT_STATUS(vfs_rename(tree.files, STR("/one/file"), path, false),
                      ERR_DENIED);
        EXPECT_STATUS(removed(kept[i], VFS_REMOVE_FOLDER), ERR_DENIED);
        EXPECT_STATUS(removed(kept[i], VFS_REMOVE_FILE), ERR_DENIED);
        EXPECT_STATUS(vfs_make_folder(tree.files, path, NULL), ERR_EXISTS);
        EXPECT_STATUS(vfs_make_link(tree.files, STR("/in"), path), ERR_DENIED);
        EXPECT_STATUS(vfs_link(tree.files, STR("/one/file"), path), ERR_DENIED);
        EXPECT_STATUS(vfs_link(tree.files, path, STR("/other")), ERR_DENIED);
        EXPECT_STATUS(put(tree.files, kept[i], "x"), ERR_IS_FOLDER);
        EXPECT_STATUS(open_with(tree.files, kept[i],
                                VFS_WRITE | VFS_CREATE | VFS_EXCLUSIVE, &file),
                      ERR_EXISTS);
        EXPECT_STATUS(open_with(tree.files, kept[i], VFS_READ, &file),
                      ERR_IS_FOLDER);
        EXPECT_STATUS(read_link_of(tree.files, kept[i], text), ERR_INVALID);
        EXPECT_OK(stat_of(tree.files, kept[i], VFS_FOLLOW, &it));
    }
    EXPECT_STATUS(removed("/", VFS_REMOVE_FOLDER), ERR_DENIED);
    EXPECT_TEXT(listed("/"), "in|one|x");
    EXPECT_TEXT(listed("/one"), "deep|file|sub");
}

TEST(a_real_folder_that_holds_a_virtual_one_can_have_its_attributes_set)
{
    it = (struct vfs_attributes){ .has = VFS_HAS_MODE, .mode = 0700 };
    EXPECT_OK(vfs_set_attributes(tree.files, STR("/in"), 0, &it));
    EXPECT_OK(vfs_set_attributes(tree.files, STR("/one"), 0, &it));
    EXPECT_OK(stat_of(tree.files, "/in", 0, &it));
    EXPECT(it.mode == (S_IFDIR | 0700));
    EXPECT_OK(stat_of(tree.files, "/one", 0, &it));
    EXPECT(it.mode == (S_IFDIR | 0700));
}

TEST(all_that_goes_in_the_home_goes_in_a_virtual_folder)
{
    static const char *const places[] = { "/one", "/one/deep", "/in/mem" };

    for (size_t i = 0; i < 3; i++) {
        char a[64], b[64], c[64];

        snprintf(a, sizeof a, "%s/d", places[i]);
        snprintf(b, sizeof b, "%s/d/a", places[i]);
        snprintf(c, sizeof c, "%s/d/b", places[i]);
        EXPECT_OK(vfs_make_folder(tree.files, str_of(a), NULL));
        EXPECT_OK(put(tree.files, b, "first"));
        EXPECT_OK(put(tree.files, b, "again"));
        EXPECT_TEXT(seen(b), "again");
        EXPECT_OK(vfs_link(tree.files, str_of(b), str_of(c)));
        EXPECT_OK(removed(c, VFS_REMOVE_FILE));
        EXPECT_OK(renamed(b, c));
        EXPECT_TEXT(listed(a), "b");
        EXPECT_OK(removed(c, VFS_REMOVE_FILE));
        EXPECT_OK(vfs_make_link(tree.files, STR("b"), str_of(b)));
        EXPECT_OK(read_link_of(tree.files, b, text));
        EXPECT_TEXT(text, "b");
        EXPECT_OK(removed(b, VFS_REMOVE_FILE));
        EXPECT_OK(removed(a, VFS_REMOVE_FOLDER));
    }
}

TEST(an_upload_into_a_virtual_folder_is_staged_there_and_resumes)
{
    EXPECT_OK(open_with(tree.files, "/in/mem/new",
                        VFS_WRITE | VFS_CREATE | VFS_TRUNCATE, &file));
    EXPECT_OK(vfs_write(file, 0, STR("half")));
    EXPECT(host_inode(in_folder(memory, "/new")) == 0);
    EXPECT_OK(stat_of(tree.files, "/in/mem/new", 0, &it));
    EXPECT(it.size == 4);
    vfs_close(&file);
    EXPECT_STATUS(stat_of(tree.files, "/in/mem/new", 0, &it), ERR_NOT_FOUND);
    EXPECT_OK(stat_of(tree.files, "/in/mem/new", VFS_TELL, &it));
    EXPECT(it.size == 3);
    EXPECT_OK(open_with(tree.files, "/in/mem/new", VFS_WRITE, &file));
    EXPECT_OK(vfs_write(file, 3, STR("f way")));
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
    EXPECT_TEXT(host_text(in_folder(memory, "/new")), "half way");
}

TEST(a_rename_within_one_file_system_goes_from_folder_to_folder)
{
    EXPECT_OK(renamed("/in/file", "/one/deep/moved"));
    EXPECT_TEXT(host_text(in_folder(deep, "/moved")), "in");
    EXPECT_OK(renamed("/one/sub", "/x/y/z/sub"));
    EXPECT_TEXT(seen("/x/y/z/sub/file"), "sub");
    EXPECT_OK(vfs_link(tree.files, STR("/one/file"), STR("/linked")));
    EXPECT(host_inode(tree_host(&tree, "/linked")) ==
           host_inode(in_folder(one, "/file")));
}

TEST(a_rename_to_another_file_system_fails_and_changes_nothing)
{
    EXPECT_OK(put(tree.files, "/in/mem/f", "target"));
    EXPECT_STATUS(renamed("/in/file", "/in/mem/f"), ERR_IO);
    EXPECT_STATUS(renamed("/one/sub", "/in/mem/sub"), ERR_IO);
    EXPECT_STATUS(vfs_link(tree.files, STR("/in/file"), STR("/in/mem/g")),
                  ERR_UNSUPPORTED);
    EXPECT_TEXT(seen("/in/file"), "in");
    EXPECT_TEXT(seen("/in/mem/f"), "target");
}

TEST(a_rename_to_another_file_system_leaves_the_uploads_to_its_target_alone)
{
    EXPECT_OK(open_with(tree.files, "/in/mem/f",
                        VFS_WRITE | VFS_CREATE | VFS_TRUNCATE, &file));
    EXPECT_OK(vfs_write(file, 0, STR("upload")));
    EXPECT_STATUS(renamed("/in/file", "/in/mem/f"), ERR_IO);
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
    EXPECT_TEXT(seen("/in/mem/f"), "upload");
}

TEST(space_is_that_of_the_folder_that_is_asked_for)
{
    struct vfs_space home, mem, above;

    EXPECT_OK(vfs_space(tree.files, STR("/"), &home));
    EXPECT_OK(vfs_space(tree.files, STR("/in/mem"), &mem));
    EXPECT_OK(vfs_space(tree.files, STR("/x"), &above));
    EXPECT(home.id != mem.id);
    EXPECT(above.id == home.id);
}

TEST(links_lead_from_folder_to_folder)
{
    EXPECT_OK(vfs_make_link(tree.files, STR("/x/y/z/file"), STR("/to-far")));
    EXPECT_OK(vfs_make_link(tree.files, STR("/in/file"), STR("/one/to-in")));
    EXPECT_OK(vfs_make_link(tree.files, STR("/one/deep"), STR("/in/mem/f")));
    EXPECT_OK(vfs_make_link(tree.files, STR("x/y/z"), STR("/relative")));
    EXPECT_TEXT(seen("/to-far"), "far");
    EXPECT_TEXT(seen("/one/to-in"), "in");
    EXPECT_TEXT(seen("/in/mem/f/file"), "deep");
    EXPECT_TEXT(seen("/relative/file"), "far");
    EXPECT_OK(read_link_of(tree.files, "/to-far", text));
    EXPECT_TEXT(text, "/x/y/z/file");
    EXPECT_OK(put(tree.files, "/in/mem/f/new", "through"));
    EXPECT_TEXT(host_text(in_folder(deep, "/new")), "through");
}

TEST(a_link_says_to_the_host_where_its_target_really_is)
{
    EXPECT_OK(vfs_make_link(tree.files, STR("/x/y/z/file"), STR("/one/abs")));
    EXPECT_OK(vfs_make_link(tree.files, STR("../in/file"), STR("/one/up")));
    EXPECT_TEXT(host_text(in_folder(one, "/abs")), "far");
    EXPECT_TEXT(host_text(in_folder(one, "/up")), "in");
    EXPECT_TEXT(seen("/one/up"), "in");
    EXPECT_OK(read_link_of(tree.files, "/one/up", text));
    EXPECT_TEXT(text, "/in/file");
    EXPECT_STATUS(vfs_make_link(tree.files, STR("../../etc"), STR("/one/out")),
                  ERR_DENIED);
}

TEST(a_link_to_a_folder_that_exists_nowhere_leads_there)
{
    EXPECT_OK(vfs_make_link(tree.files, STR("/x"), STR("/in/abs")));
    EXPECT_OK(vfs_make_link(tree.files, STR(".."), STR("/x/y/z/up")));
    EXPECT_TEXT(seen("/in/abs/y/z/file"), "far");
    EXPECT_TEXT(listed("/x/y/z/up"), "z");
    EXPECT_OK(stat_of(tree.files, "/in/abs", VFS_FOLLOW, &it));
    EXPECT(it.mode == (S_IFDIR | 0555));
}

TEST(links_of_the_host_into_a_root_of_the_account_are_followed)
{
    host_link(in_folder(deep, "/file"), tree_host(&tree, "/abs"));
    host_link("../far/file", in_folder(one, "/far"));
    host_link("../root/in/file", in_folder(one, "/home"));
    host_link(tree_host(&tree, "/in"), in_folder(far, "/in"));
    EXPECT_TEXT(seen("/abs"), "deep");
    EXPECT_TEXT(seen("/one/far"), "far");
    EXPECT_TEXT(seen("/one/home"), "in");
    EXPECT_TEXT(seen("/x/y/z/in/file"), "in");
    EXPECT_OK(read_link_of(tree.files, "/one/far", text));
    EXPECT_TEXT(text, "/x/y/z/file");
}

TEST(links_of_the_host_out_of_all_roots_are_not_followed)
{
    host_link("../outside/canary", in_folder(one, "/relative"));
    host_link(in_folder(tree.outside, "/canary"), in_folder(deep, "/absolute"));
    host_link("..", in_folder(one, "/up"));
    host_link("../one-and-more/file", in_folder(far, "/sibling"));
    host_link("/dev/shm", tree_host(&tree, "/shm"));
    EXPECT_TEXT(seen("/one/relative"), "denied");
    EXPECT_TEXT(seen("/one/deep/absolute"), "denied");
    EXPECT_TEXT(seen("/one/up/outside/canary"), "denied");
    EXPECT_TEXT(seen("/one/up/root/in/file"), "denied");
    EXPECT_TEXT(seen("/x/y/z/sibling"), "denied");
    EXPECT_TEXT(listed("/shm"), "denied");
}

TEST(renaming_through_a_link_does_not_move_a_virtual_folder)
{
    EXPECT_OK(vfs_make_link(tree.files, STR("/one"), STR("/l")));
    EXPECT_STATUS(renamed("/l/deep", "/other"), ERR_DENIED);
    EXPECT_STATUS(removed("/l/deep", VFS_REMOVE_FOLDER), ERR_DENIED);
    EXPECT_STATUS(vfs_make_folder(tree.files, STR("/l/deep"), NULL),
                  ERR_EXISTS);
    EXPECT_OK(removed("/l", VFS_REMOVE_FILE));
}

TEST(the_name_of_a_virtual_folder_wins_over_what_is_made_there_later)
{
    host_file(tree_host(&tree, "/one"), "later");
    host_folder(in_folder(one, "/deep"));
    host_file(in_folder(one, "/deep/file"), "later");
    host_link("in", tree_host(&tree, "/x"));
    EXPECT_TEXT(seen("/one/file"), "one");
    EXPECT_TEXT(seen("/one/deep/file"), "deep");
    EXPECT_TEXT(seen("/x/y/z/file"), "far");
    EXPECT_TEXT(seen("/x/file"), "not found");
    EXPECT_STATUS(put(tree.files, "/x/new", "x"), ERR_DENIED);
    EXPECT_TEXT(listed("/"), "in|one|x");
    EXPECT_TEXT(listed("/one"), "deep|file|sub");
    EXPECT_TEXT(listed("/x"), "y");
    EXPECT_OK(stat_of(tree.files, "/x", 0, &it));
    EXPECT(it.mode == (S_IFDIR | 0555));
    EXPECT(unlink(tree_host(&tree, "/x")) == 0);
    host_folder(tree_host(&tree, "/x"));
    host_file(tree_host(&tree, "/x/f"), "real");
    EXPECT_TEXT(listed("/x"), "f|y");
    EXPECT_TEXT(seen("/x/f"), "real");
}

TEST(a_root_that_is_swapped_for_a_link_leads_nowhere_else)
{
    char aside[140];

    snprintf(aside, sizeof aside, "%s-aside", far);
    EXPECT(rename(far, aside) == 0);
    host_link(tree.outside, far);
    EXPECT_TEXT(seen("/x/y/z/canary"), "not found");
    EXPECT_TEXT(seen("/x/y/z/file"), "far");
    EXPECT_OK(put(tree.files, "/x/y/z/new", "x"));
    EXPECT(host_inode(in_folder(tree.outside, "/new")) == 0);
    EXPECT(host_inode(in_folder(aside, "/new")) != 0);
}

/* ---- what is refused, or comes out otherwise, when the stack is built ---- */

static enum status
opens(const struct virtual_folder *some, size_t count)
{
    struct disk_options options = tree.options;
    struct vfs *files = NULL;

    options.folders = some;
    options.folder_count = count;
    enum status status = vfs_on_disk(&options, &files);
    vfs_free(&files);
    return status;
}

TEST(a_virtual_folder_that_would_hide_something_real_is_refused)
{
    const struct virtual_folder some[] = {
        { "/in", one },      { "/in/file", one },    { "/in/file/d", one },
        { "/link", one },    { "/link/below", one }, { "/in/sub/d", one },
        { "/nowhere", one },
    };

    host_link("in", tree_host(&tree, "/link"));
    EXPECT_STATUS(opens(&some[0], 1), ERR_EXISTS);
    EXPECT_STATUS(opens(&some[1], 1), ERR_EXISTS);
    EXPECT_STATUS(opens(&some[2], 1), ERR_EXISTS);
    EXPECT_STATUS(opens(&some[3], 1), ERR_EXISTS);
    EXPECT(strstr(fail_reason(), "'/link' would hide") != NULL);
    EXPECT_STATUS(opens(&some[4], 1), ERR_EXISTS);
    EXPECT_OK(opens(&some[5], 2));
}

TEST(a_virtual_folder_must_not_hide_what_is_in_another)
{
    const struct virtual_folder some[] = { { "/a/sub", deep },
                                           { "/a", one },
                                           { "/a/new", deep } };

    EXPECT_STATUS(opens(some, 2), ERR_EXISTS);
    EXPECT_OK(opens(some + 1, 2));
}

TEST(a_virtual_folder_that_is_not_there_is_refused)
{
    const struct virtual_folder some[] = {
        { "/a", "/none/such" },
        { "/a", in_folder(one, "/file") },
        { "/a", "relative" },
    };

    EXPECT_STATUS(opens(&some[0], 1), ERR_NOT_FOUND);
    EXPECT_STATUS(opens(&some[1], 1), ERR_NO_FOLDER);
    EXPECT_STATUS(opens(&some[2], 1), ERR_INVALID);
}

TEST(a_virtual_folder_needs_a_path_of_its_own)
{
    static const char *const paths[] = { "/",
                                         "a",
                                         "/a/",
                                         "/a//b",
                                         "/a/../b",
                                         "/.",
                                         "/..",
                                         "",
                                         "/.nfs1",
                                         "/.convoy-target-0",
                                         "/a/.convoy-x/b" };
    const struct virtual_folder twice[] = { { "/a", one }, { "/a", deep } };

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct virtual_folder some = { paths[i], one };

        EXPECT_STATUS(opens(&some, 1), ERR_INVALID);
    }
    EXPECT_STATUS(opens(twice, 2), ERR_INVALID);
}

static void
start_with(const struct virtual_folder *some, size_t count)
{
    tree_stop(&tree);
    tree.options.folders = some;
    tree.options.folder_count = count;
    tree_start(&tree);
}

TEST(an_account_without_a_home_has_its_virtual_folders)
{
    tree.options.root = NULL;
    start_with(folders, 2);
    EXPECT_TEXT(listed("/"), "one|x");
    EXPECT_TEXT(seen("/one/file"), "one");
    EXPECT_STATUS(put(tree.files, "/new", "x"), ERR_DENIED);
    EXPECT_STATUS(vfs_make_folder(tree.files, STR("/new"), NULL), ERR_DENIED);
    EXPECT_STATUS(renamed("/one/file", "/new"), ERR_NOT_FOUND);
    EXPECT_STATUS(stat_of(tree.files, "/new", 0, &it), ERR_NOT_FOUND);
    EXPECT_OK(stat_of(tree.files, "/", VFS_FOLLOW, &it));
    EXPECT(it.mode == (S_IFDIR | 0555));
    EXPECT_STATUS(vfs_make_link(tree.files, STR("/x"), STR("/one/l")),
                  ERR_DENIED);
    EXPECT_OK(vfs_make_link(tree.files, STR("/x/y/z"), STR("/one/l")));
    EXPECT_TEXT(seen("/one/l/file"), "far");
}

TEST(a_folder_that_another_root_holds_cannot_be_moved_through_that)
{
    const struct virtual_folder some[] = {
        { "/all", test_folder() },
        { "/sub", in_folder(one, "/sub") },
    };

    start_with(some, 2);
    EXPECT_TEXT(seen("/all/one/sub/file"), "sub");
    EXPECT_STATUS(renamed("/all/one/sub", "/all/one/gone"), ERR_DENIED);
    EXPECT_STATUS(renamed("/all/one", "/all/gone"), ERR_DENIED);
    EXPECT_STATUS(renamed("/all/root", "/all/gone"), ERR_DENIED);
    EXPECT_STATUS(renamed("/all/deep", "/all/one/sub"), ERR_DENIED);
    EXPECT_STATUS(removed("/all/one/sub", VFS_REMOVE_FOLDER), ERR_DENIED);
    EXPECT_OK(renamed("/all/one/file", "/all/one/moved"));
    EXPECT_OK(renamed("/all/far", "/all/farther"));
}

TEST(what_is_staged_through_one_path_is_seen_through_the_other)
{
    const struct virtual_folder some[] = { { "/a", one }, { "/b", one } };

    start_with(some, 2);
    EXPECT_OK(open_with(tree.files, "/a/new",
                        VFS_WRITE | VFS_CREATE | VFS_TRUNCATE, &file));
    EXPECT_OK(vfs_write(file, 0, STR("12345")));
    EXPECT_OK(stat_of(tree.files, "/b/new", 0, &it));
    EXPECT(it.size == 5);
    EXPECT_OK(renamed("/b/new", "/b/newer"));
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
    EXPECT_TEXT(seen("/a/newer"), "12345");
}

TEST(targets_of_links_are_there_with_virtual_folders_too)
{
    tree.targets[0] = tree.target;
    host_file(in_folder(tree.target, "/file"), "target");
    host_link(in_folder(tree.target, "/file"), in_folder(one, "/l"));
    tree.options.root = NULL;
    start_with(folders, 2);
    EXPECT_TEXT(seen("/one/l"), "target");
    EXPECT_STATUS(read_link_of(tree.files, "/one/l", text), ERR_DENIED);
    EXPECT_STATUS(stat_of(tree.files, "/.convoy-target-0", 0, &it),
                  ERR_NOT_FOUND);
}
