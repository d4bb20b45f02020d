/* SPDX-License-Identifier: Apache-2.0 */
/* vfs_path_test.c - what clients can say for a path, and what comes of it. */
#include "test.h"

#include "vfs_tree.h"

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

static struct tree tree;

SETUP()
{
    tree_open(&tree);
}

TEARDOWN()
{
    tree_close(&tree);
}

static const char *
normal(struct str path)
{
    static char into[VFS_PATH + 1];
    size_t len;

    if (vfs_normalise(path, into, &len) != OK)
        return "(refused)";
    EXPECT(strlen(into) == len);
    return into;
}

TEST(paths_become_absolute_and_normalised)
{
    EXPECT_TEXT(normal(STR("")), "/");
    EXPECT_TEXT(normal(STR(".")), "/");
    EXPECT_TEXT(normal(STR("/")), "/");
    EXPECT_TEXT(normal(STR("////")), "/");
    EXPECT_TEXT(normal(STR("a")), "/a");
    EXPECT_TEXT(normal(STR("a/")), "/a");
    EXPECT_TEXT(normal(STR("//a//b/./c/.")), "/a/b/c");
    EXPECT_TEXT(normal(STR("/a/b/../c")), "/a/c");
    EXPECT_TEXT(normal(STR("/a/..")), "/");
    EXPECT_TEXT(normal(STR("a/b/../../../../c")), "/c");
    EXPECT_TEXT(normal(STR("/...")), "/...");
    EXPECT_TEXT(normal(STR("/..a/b..")), "/..a/b..");
    EXPECT_TEXT(normal(STR("/a b/\"c\"/\n")), "/a b/\"c\"/\n");
}

TEST(dots_above_the_root_stay_at_the_root)
{
    EXPECT_TEXT(normal(STR("..")), "/");
    EXPECT_TEXT(normal(STR("/..")), "/");
    EXPECT_TEXT(normal(STR("../../etc/passwd")), "/etc/passwd");
    EXPECT_TEXT(normal(STR("/a/../../b")), "/b");
}

TEST(a_nul_in_a_path_is_refused)
{
    EXPECT_TEXT(normal(STR("/a\0b")), "(refused)");
    EXPECT_TEXT(normal(STR("\0")), "(refused)");
    EXPECT_STATUS(vfs_make_folder(tree.files, STR("/a\0b"), NULL), ERR_INVALID);
    EXPECT_STATUS(vfs_make_link(tree.files, STR("a\0b"), STR("/l")),
                  ERR_INVALID);
}

TEST(a_name_has_at_most_255_bytes)
{
    char path[300] = "/";
    struct vfs_attributes it;

    memset(path + 1, 'n', 255);
    EXPECT_TEXT(normal(str_of(path)), path);
    EXPECT_OK(put(tree.files, path, "long"));
    EXPECT_OK(stat_of(tree.files, path, 0, &it));
    EXPECT(it.size == 4);
    path[256] = 'n';
    EXPECT_TEXT(normal(str_of(path)), "(refused)");
    EXPECT_STATUS(put(tree.files, path, "longer"), ERR_INVALID);
}

TEST(a_path_has_at_most_4096_bytes)
{
    static char path[5000];
    struct vfs_attributes it;

    for (size_t i = 0; i < VFS_PATH + 2; i++)
        path[i] = i % 2 == 0 ? '/' : 'd';
    path[VFS_PATH] = '\0';
    EXPECT_TEXT(normal(str_from(path, VFS_PATH)), path);
    EXPECT_STATUS(vfs_stat(tree.files, str_from(path, VFS_PATH), 0, &it),
                  ERR_NOT_FOUND);
    path[VFS_PATH] = '/';
    EXPECT_TEXT(normal(str_from(path, VFS_PATH + 2)), "(refused)");
    EXPECT_STATUS(vfs_stat(tree.files, str_from(path, VFS_PATH + 2), 0, &it),
                  ERR_INVALID);
}

TEST(paths_that_are_not_normalised_are_refused_at_the_door)
{
    static const char *const paths[] = {
        "",      "a",     "a/b",    "//",      "//a",
        "/a//b", "/a/",   "/.",     "/..",     "/a/.",
        "/a/..", "/../a", "/a/./b", "/a/../b", "../outside/canary",
        "./a",
    };
    struct vfs_attributes it;

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        EXPECT_STATUS(stat_of(tree.files, paths[i], 0, &it), ERR_INVALID);
        EXPECT_STATUS(put(tree.files, paths[i], "x"), ERR_INVALID);
        EXPECT_STATUS(vfs_make_folder(tree.files, str_of(paths[i]), NULL),
                      ERR_INVALID);
        EXPECT_STATUS(vfs_rename(tree.files, STR("/"), str_of(paths[i]), true),
                      ERR_INVALID);
    }
}

static ino_t outside[2];

static void
expect_inside(const char *path)
{
    struct vfs_attributes it;
    struct vfs_folder *folder;
    struct vfs_file *file;

    if (stat_of(tree.files, path, VFS_FOLLOW | VFS_TELL, &it) == OK)
        EXPECT(it.inode != outside[0] && it.inode != outside[1]);
    if (open_with(tree.files, path, VFS_READ, &file) == OK) {
        EXPECT_OK(vfs_file_stat(file, &it));
        EXPECT(it.inode != outside[1]);
        vfs_close(&file);
    }
    if (vfs_list(tree.files, str_of(path), &folder) == OK) {
        struct vfs_entry entry;
        bool more = true;

        while (vfs_folder_next(folder, &entry, &more) == OK && more)
            EXPECT(!str_is(entry.name, "canary"));
        vfs_folder_close(&folder);
    }
}

TEST(no_way_of_writing_a_path_leads_out_of_the_account)
{
    const struct str ways[] = {
        STR("../outside/canary"),
        STR("/../outside/canary"),
        STR("/../../../../../../../../etc/passwd"),
        STR("/d/../../outside/canary"),
        STR("/d/.././../outside/canary"),
        STR("....//outside/canary"),
        STR("..;/outside/canary"),
        STR("/..;/..;/outside/canary"),
        STR("..\\outside\\canary"),
        STR("/d/..\\..\\outside\\canary"),
        STR("\\..\\..\\outside\\canary"),
        STR("%2e%2e/outside/canary"),
        STR("%2e%2e%2foutside%2fcanary"),
        STR("%252e%252e%252foutside"),
        STR("..%00/outside/canary"),
        STR("..\0/outside/canary"),
        STR("/d\0/../../outside/canary"),
        STR("..\300\257outside\300\257canary"),
        STR("\300\256\300\256/outside/canary"),
        STR("\340\200\256\340\200\256/outside"),
        STR("..\357\274\217outside"),
        STR("~/../outside/canary"),
        STR("~root"),
        STR("$HOME/../outside"),
        STR("/proc/self/root/etc/passwd"),
        STR("/proc/self/cwd"),
        STR("/dev/fd/0"),
        STR("file:///etc/passwd"),
        STR("C:\\Windows\\win.ini"),
        STR("\\\\server\\share\\file"),
        STR("/d/"),
        STR("//"),
        STR("."),
        STR(""),
    };
    char path[VFS_PATH + 1];
    size_t len;

    outside[0] = host_inode(tree.outside);
    outside[1] = host_inode(tree_host(&tree, "/../outside/canary"));
    EXPECT(outside[0] != 0 && outside[1] != 0);
    host_folder(tree_host(&tree, "/d"));
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (vfs_normalise(ways[i], path, &len) == OK)
            expect_inside(path);
        /* As a careless protocol would hand it down. */
        char raw[128];
        memcpy(raw, ways[i].data, ways[i].len);
        raw[ways[i].len] = '\0';
        expect_inside(raw);
    }
    EXPECT_TEXT(host_text(tree_host(&tree, "/../outside/canary")), "canary");
}

TEST(an_absolute_host_path_is_looked_up_inside_the_account)
{
    char text[256];
    char folder[300] = "";
    char path[300];

    snprintf(path, sizeof path, "%s/canary", tree.outside);
    EXPECT_STATUS(get(tree.files, path, text, NULL), ERR_NOT_FOUND);
    for (const char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
        snprintf(folder, sizeof folder, "%.*s", (int)(at - path), path);
        EXPECT_OK(vfs_make_folder(tree.files, str_of(folder), NULL));
    }
    EXPECT_OK(put(tree.files, path, "own"));
    EXPECT_OK(get(tree.files, path, text, NULL));
    EXPECT_TEXT(text, "own");
    EXPECT_TEXT(host_text(path), "canary");
}

TEST(names_are_bytes_and_come_back_as_they_were_given)
{
    static const char *const names[] = {
        " ",
        " leading and trailing ",
        "tab\there",
        "line\nfeed",
        "return\rcarriage",
        "escape\033[31m",
        "'single' \"double\" `back`",
        "back\\slash",
        "semi;colon&and|pipe$dollar",
        "*?[a-z]{b,c}",
        "%2e%2e%2f",
        "...",
        "-rf",
        "~",
        "\303\244\303\266\303\274 \346\227\245\346\234\254",
        "e\314\201 is not \303\251",
        "\360\237\232\242",
        "\377\376 not UTF-8 \200",
        "\001\002\177",
    };
    char path[300];
    char text[256];
    char only[300];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "/%s", names[i]);
        EXPECT_OK(put(tree.files, path, names[i]));
        EXPECT_OK(names_of(tree.files, "/", only, sizeof only));
        EXPECT_TEXT(only, names[i]);
        EXPECT_OK(get(tree.files, path, text, NULL));
        EXPECT_TEXT(text, names[i]);
        EXPECT_OK(vfs_rename(tree.files, str_of(path), STR("/other"), false));
        EXPECT_OK(vfs_rename(tree.files, STR("/other"), str_of(path), false));
        EXPECT_OK(vfs_remove(tree.files, str_of(path), VFS_REMOVE_FILE));
    }
    EXPECT_OK(names_of(tree.files, "/", only, sizeof only));
    EXPECT_TEXT(only, "");
}

TEST(reserved_names_are_not_there_for_clients)
{
    static const char *const paths[] = {
        "/.convoy-0123-4",   "/.convoy-target-0", "/.convoy-target-0/x",
        "/.nfs000000000001", "/d/.convoy-x/deep", "/d/.nfs1/deep",
    };
    struct vfs_attributes it;
    struct vfs_folder *folder;
    struct vfs_file *file;
    char text[4200];

    host_folder(tree_host(&tree, "/d"));
    host_folder(tree_host(&tree, "/d/.convoy-x"));
    host_file(tree_host(&tree, "/d/.convoy-x/deep"), "hidden");
    host_file(tree_host(&tree, "/.convoy-0123-4"), "hidden");
    host_file(tree_host(&tree, "/.nfs000000000001"), "hidden");
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct str path = str_of(paths[i]);

        EXPECT_STATUS(stat_of(tree.files, paths[i], 0, &it), ERR_NOT_FOUND);
        EXPECT_STATUS(vfs_list(tree.files, path, &folder), ERR_NOT_FOUND);
        EXPECT_STATUS(open_with(tree.files, paths[i], VFS_READ, &file),
                      ERR_NOT_FOUND);
        EXPECT_STATUS(open_with(tree.files, paths[i], VFS_WRITE, &file),
                      ERR_NOT_FOUND);
        EXPECT_STATUS(read_link_of(tree.files, paths[i], text), ERR_NOT_FOUND);
        EXPECT_STATUS(vfs_remove(tree.files, path, VFS_REMOVE_FILE),
                      ERR_NOT_FOUND);
        EXPECT_STATUS(vfs_rename(tree.files, path, STR("/y"), true),
                      ERR_NOT_FOUND);
        EXPECT_STATUS(vfs_link(tree.files, path, STR("/y")), ERR_NOT_FOUND);
    }
    EXPECT_TEXT(host_text(tree_host(&tree, "/.convoy-0123-4")), "hidden");
}

TEST(reserved_names_cannot_be_made)
{
    EXPECT_OK(put(tree.files, "/f", "x"));
    EXPECT_STATUS(put(tree.files, "/.convoy-x", "x"), ERR_DENIED);
    EXPECT_STATUS(put(tree.files, "/.nfs0", "x"), ERR_DENIED);
    EXPECT_STATUS(vfs_make_folder(tree.files, STR("/.convoy-x"), NULL),
                  ERR_DENIED);
    EXPECT_STATUS(vfs_rename(tree.files, STR("/f"), STR("/.convoy-x"), true),
                  ERR_DENIED);
    EXPECT_STATUS(vfs_link(tree.files, STR("/f"), STR("/.convoy-x")),
                  ERR_DENIED);
    EXPECT_STATUS(vfs_make_link(tree.files, STR("f"), STR("/.convoy-x")),
                  ERR_DENIED);
    EXPECT_STATUS(vfs_make_link(tree.files, STR(".convoy-x"), STR("/l")),
                  ERR_DENIED);
    EXPECT_STATUS(vfs_make_link(tree.files, STR("/d/.nfs1/x"), STR("/l")),
                  ERR_DENIED);
    EXPECT_OK(put(tree.files, "/.convoy", "a name like any other"));
}

TEST(reserved_names_are_never_listed)
{
    char names[256];

    host_file(tree_host(&tree, "/.convoy-0123-4"), "hidden");
    host_file(tree_host(&tree, "/.nfs000000000001"), "hidden");
    host_file(tree_host(&tree, "/.hidden"), "but shown");
    host_file(tree_host(&tree, "/.convoy"), "shown");
    EXPECT_OK(names_of(tree.files, "/", names, sizeof names));
    EXPECT_TEXT(names, ".convoy|.hidden");
}
