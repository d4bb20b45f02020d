/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfs_swap_test.c - somebody swaps folders and links while we look.
 *
 * One thread exchanges a folder of the account with a link to the outside, and
 * a file with a link to the canary, as fast as it can; the session does all
 * that it may. Nothing outside may be opened, shown or changed. With
 * CONVOY_LONG=1 it does a hundred times as much.
 */
#include "test.h"

#include "base/thread.h"
#include "vfs_tree.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROUNDS = 10000, LONG_ROUNDS = 1000000 };

static struct tree tree;
static atomic_bool stop;
static atomic_long swaps;

static void
exchange(const char *a, const char *b)
{
    if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0)
        atomic_fetch_add(&swaps, 1);
}

static void *
swap_all_the_time(void *arg)
{
    char paths[6][256];
    static const char *const names[] = { "/d",      "/d-link", "/f",
                                         "/f-link", "/e",      "/e-link" };

    (void)arg;
    for (size_t i = 0; i < 6; i++)
        snprintf(paths[i], sizeof paths[i], "%s%s", tree.root, names[i]);
    while (!atomic_load(&stop))
        for (size_t i = 0; i < 6; i += 2)
            exchange(paths[i], paths[i + 1]);
    return NULL;
}

static struct stat canary, outside;

static void
remember_outside(void)
{
    char path[200];

    snprintf(path, sizeof path, "%s/canary", tree.outside);
    EXPECT(lstat(path, &canary) == 0);
    EXPECT(lstat(tree.outside, &outside) == 0);
}

static void
expect_outside_untouched(void)
{
    struct stat canary_now, outside_now;
    char path[200];

    snprintf(path, sizeof path, "%s/canary", tree.outside);
    EXPECT(lstat(path, &canary_now) == 0);
    EXPECT(lstat(tree.outside, &outside_now) == 0);
    EXPECT(canary_now.st_ctim.tv_sec == canary.st_ctim.tv_sec &&
           canary_now.st_ctim.tv_nsec == canary.st_ctim.tv_nsec);
    EXPECT(outside_now.st_ctim.tv_sec == outside.st_ctim.tv_sec &&
           outside_now.st_ctim.tv_nsec == outside.st_ctim.tv_nsec);
    EXPECT(canary_now.st_nlink == 1 && canary_now.st_size == 6);
}

static void
expect_ours(const struct vfs_attributes *it)
{
    EXPECT(it->inode != canary.st_ino && it->inode != outside.st_ino);
}

static void
open_and_read(const char *path)
{
    struct vfs_attributes it;
    struct vfs_file *file;

    if (open_with(tree.files, path, VFS_READ, &file) != OK)
        return;
    EXPECT_OK(vfs_file_stat(file, &it));
    expect_ours(&it);
    vfs_close(&file);
}

static void
edit(const char *path)
{
    struct vfs_attributes it;
    struct vfs_file *file;

    if (open_with(tree.files, path, VFS_READ | VFS_WRITE, &file) != OK)
        return;
    EXPECT_OK(vfs_file_stat(file, &it));
    expect_ours(&it);
    (void)!vfs_write(file, 0, STR("edited"));
    (void)!vfs_commit(file);
    vfs_close(&file);
}

static void
upload(const char *path)
{
    (void)!put(tree.files, path, "uploaded");
}

static void
look(const char *path)
{
    struct vfs_attributes it;

    if (stat_of(tree.files, path, VFS_FOLLOW | VFS_TELL, &it) == OK)
        expect_ours(&it);
}

static void
change_attributes(const char *path)
{
    struct vfs_attributes mode = { .has = VFS_HAS_MODE | VFS_HAS_TIMES,
                                   .mode = 0700 };

    (void)!vfs_set_attributes(tree.files, str_of(path), VFS_FOLLOW, &mode);
}

static void
truncate_it(const char *path)
{
    struct vfs_attributes size = { .has = VFS_HAS_SIZE, .size = 3 };

    (void)!vfs_set_attributes(tree.files, str_of(path), VFS_FOLLOW, &size);
}

static void
list(const char *path)
{
    struct vfs_folder *folder;
    struct vfs_entry entry;
    bool more = true;

    if (vfs_list(tree.files, str_of(path), &folder) != OK)
        return;
    while (vfs_folder_next(folder, &entry, &more) == OK && more)
        expect_ours(&entry.attributes);
    vfs_folder_close(&folder);
}

static void
make_and_remove(const char *path)
{
    struct str name = str_of(path);

    (void)!vfs_make_folder(tree.files, name, NULL);
    (void)!vfs_remove(tree.files, name, VFS_REMOVE_FOLDER);
    (void)!vfs_make_link(tree.files, STR("../x"), name);
    (void)!vfs_remove(tree.files, name, VFS_REMOVE_FILE);
    (void)!vfs_link(tree.files, STR("/d/canary"), name);
    (void)!vfs_link(tree.files, STR("/mine"), name);
    (void)!vfs_remove(tree.files, name, VFS_REMOVE_FILE);
    (void)!vfs_remove(tree.files, STR("/d/canary"), VFS_REMOVE_FILE);
}

static void
rename_in_and_out(const char *path)
{
    (void)!vfs_rename(tree.files, STR("/mine"), str_of(path), true);
    (void)!vfs_rename(tree.files, str_of(path), STR("/mine"), true);
    (void)!vfs_rename(tree.files, STR("/d/canary"), STR("/stolen"), true);
    (void)!vfs_rename(tree.files, STR("/e/canary"), STR("/stolen"), true);
}

static void
act(unsigned number)
{
    static const struct {
        void (*act)(const char *path);
        const char *path;
    } acts[] = {
        { open_and_read, "/d/canary" },
        { open_and_read, "/f" },
        { open_and_read, "/e/canary" },
        { edit, "/d/canary" },
        { edit, "/f" },
        { edit, "/e/canary" },
        { upload, "/d/new" },
        { upload, "/f" },
        { upload, "/d/canary" },
        { look, "/d" },
        { look, "/d/canary" },
        { look, "/f" },
        { look, "/e/canary" },
        { change_attributes, "/d" },
        { change_attributes, "/d/canary" },
        { change_attributes, "/f" },
        { change_attributes, "/e/canary" },
        { truncate_it, "/d/canary" },
        { truncate_it, "/f" },
        { list, "/d" },
        { list, "/e" },
        { make_and_remove, "/d/made" },
        { make_and_remove, "/e/made" },
        { rename_in_and_out, "/d/moved" },
        { rename_in_and_out, "/e/moved" },
    };
    unsigned which = number % (sizeof acts / sizeof acts[0]);

    acts[which].act(acts[which].path);
}

SETUP()
{
    tree_init(&tree);
    host_folder(tree_host(&tree, "/d"));
    host_folder(tree_host(&tree, "/e"));
    host_file(tree_host(&tree, "/mine"), "mine");
    host_file(tree_host(&tree, "/f"), "file");
    host_file(tree_host(&tree, "/e/ours"), "ours");
    host_link(tree.outside, tree_host(&tree, "/d-link"));
    host_link("../outside/canary", tree_host(&tree, "/f-link"));
    host_link("../outside", tree_host(&tree, "/e-link"));
    tree_start(&tree);
    remember_outside();
}

TEARDOWN()
{
    tree_close(&tree);
}

TEST(swapping_folders_and_links_never_leads_outside)
{
    unsigned rounds = getenv("CONVOY_LONG") != NULL ? LONG_ROUNDS : ROUNDS;
    pthread_t swapper;

    EXPECT_OK(thread_start(&swapper, "swapper", swap_all_the_time, NULL));
    while (atomic_load(&swaps) == 0)
        usleep(100);
    for (unsigned i = 0; i < rounds; i++)
        act(i);
    atomic_store(&stop, true);
    pthread_join(swapper, NULL);
    printf("%u acts against %ld swaps\n", rounds, atomic_load(&swaps));
    expect_outside_untouched();
}
