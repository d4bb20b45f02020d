/* SPDX-License-Identifier: Apache-2.0 */
/* vfs_tree.c - an account's files on a real disk, for tests. */
#include "vfs_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NODE "11111111-1111-4111-8111-111111111111"

static int
open_descriptors(void)
{
    DIR *all = opendir("/proc/self/fd");
    int count = 0;

    if (all == NULL)
        abort();
    while (readdir(all) != NULL)
        count++;
    closedir(all);
    return count;
}

void
tree_init(struct tree *tree)
{
    *tree = (struct tree){ .permissions = "allow-full-control" };
    const char *folder = test_folder();
    char canary[160];

    snprintf(tree->root, sizeof tree->root, "%s/root", folder);
    snprintf(tree->outside, sizeof tree->outside, "%s/outside", folder);
    snprintf(tree->target, sizeof tree->target, "%s/target", folder);
    host_folder(tree->root);
    host_folder(tree->outside);
    host_folder(tree->target);
    snprintf(canary, sizeof canary, "%s/canary", tree->outside);
    host_file(canary, "canary");
    tree->options = (struct disk_options){
        .root = tree->root,
        .owner = "22222222-2222-4222-8222-222222222222",
        .staged_uploads = true,
        .durability_cache = true,
        .umask = 022,
        .allowed_link_targets = tree->targets,
    };
    tree->descriptors = open_descriptors();
}

void
tree_start(struct tree *tree)
{
    struct vfs *files;

    tree->clock = clock_real();
    EXPECT_OK(store_in_memory(tree->clock, &tree->store));
    struct uploads_options options = {
        .store = tree->store,
        .clock = tree->clock,
        .node = NODE,
        .lease_ms = 60000,
        .keep_ms = 86400000,
    };
    EXPECT_OK(uploads_new(&options, &tree->uploads));
    tree->options.uploads = tree->uploads;
    EXPECT_OK(permissions_parse(str_of(tree->permissions), STR("alice"),
                                tree->clock, &tree->rules));
    EXPECT_OK(vfs_on_disk(&tree->options, &files));
    if (tree->options.folder_count > 0)
        EXPECT_OK(vfs_with_folders(files, tree->options.folders,
                                   tree->options.folder_count, &files));
    EXPECT_OK(vfs_with_permissions(files, tree->rules, &files));
    EXPECT_OK(vfs_with_links(files, &files));
    EXPECT_OK(vfs_with_permissions(files, tree->rules, &files));
    tree->files = files;
}

void
tree_open(struct tree *tree)
{
    tree_init(tree);
    tree_start(tree);
}

void
tree_stop(struct tree *tree)
{
    vfs_free(&tree->files);
    permissions_free(&tree->rules);
    uploads_free(&tree->uploads);
    store_close(&tree->store);
}

void
tree_close(struct tree *tree)
{
    tree_stop(tree);
    EXPECT(open_descriptors() == tree->descriptors);
}

const char *
tree_host(const struct tree *tree, const char *path)
{
    static char text[4][9000];
    static unsigned next;
    char *into = text[next++ % 4];

    snprintf(into, sizeof text[0], "%s%s", tree->root, path);
    return into;
}

void
host_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    EXPECT(file != NULL);
    EXPECT(fputs(text, file) >= 0);
    EXPECT(fclose(file) == 0);
}

void
host_folder(const char *path)
{
    EXPECT(mkdir(path, 0755) == 0);
}

void
host_link(const char *text, const char *path)
{
    EXPECT(symlink(text, path) == 0);
}

ino_t
host_inode(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 ? st.st_ino : 0;
}

const char *
host_text(const char *path)
{
    static char text[4][256];
    static unsigned next;
    char *into = text[next++ % 4];
    FILE *file = fopen(path, "r");
    size_t len;

    if (file == NULL)
        return "(there is no such file)";
    len = fread(into, 1, sizeof text[0] - 1, file);
    fclose(file);
    into[len] = '\0';
    return into;
}

enum status
open_with(struct vfs *files, const char *path, unsigned flags,
          struct vfs_file **file_out)
{
    struct vfs_open how = { .flags = flags };

    return vfs_open(files, str_of(path), &how, file_out);
}

enum status
put(struct vfs *files, const char *path, const char *text)
{
    AUTO(vfs_close) struct vfs_file *file = NULL;

    TRY(open_with(files, path, VFS_WRITE | VFS_CREATE | VFS_TRUNCATE, &file));
    TRY(vfs_write(file, 0, str_of(text)));
    return vfs_commit(file);
}

enum status
get(struct vfs *files, const char *path, char text[256], uint64_t *inode_out)
{
    AUTO(vfs_close) struct vfs_file *file = NULL;
    struct vfs_attributes it;
    size_t got;

    TRY(open_with(files, path, VFS_READ, &file));
    TRY(vfs_file_stat(file, &it));
    if (inode_out != NULL)
        *inode_out = it.inode;
    TRY(vfs_read(file, 0, text, 255, &got));
    text[got] = '\0';
    return OK;
}

enum status
stat_of(struct vfs *files, const char *path, unsigned how,
        struct vfs_attributes *out)
{
    return vfs_stat(files, str_of(path), how, out);
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
join(char **names, size_t count, char *into, size_t size)
{
    size_t len = 0;

    qsort(names, count, sizeof *names, by_text);
    into[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        int put = snprintf(into + len, size - len, "%s%s", i > 0 ? "|" : "",
                           names[i]);

        EXPECT(put >= 0 && len + (size_t)put < size);
        len += (size_t)put;
        free(names[i]);
    }
}

enum status
names_of(struct vfs *files, const char *path, char *into, size_t size)
{
    AUTO(vfs_folder_close) struct vfs_folder *folder = NULL;
    char *names[64];
    size_t count = 0;
    struct vfs_entry entry;
    bool more;

    TRY(vfs_list(files, str_of(path), &folder));
    for (;;) {
        TRY(vfs_folder_next(folder, &entry, &more));
        if (!more)
            break;
        if (str_is(entry.name, ".") || str_is(entry.name, ".."))
            continue;
        EXPECT(count < 64);
        names[count++] = str_copy(entry.name);
    }
    join(names, count, into, size);
    return OK;
}

enum status
read_link_of(struct vfs *files, const char *path, char text[4200])
{
    AUTO(buffer_done) struct buffer target = BUFFER(4199);

    TRY(vfs_read_link(files, str_of(path), &target));
    memcpy(text, buffer_str(&target).data, buffer_len(&target));
    text[buffer_len(&target)] = '\0';
    return OK;
}
