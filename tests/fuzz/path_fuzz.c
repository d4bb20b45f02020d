/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path_fuzz.c - paths and links of strangers, on a real small tree.
 *
 * The first line of an input is a path; the second, if any, the text of a link
 * /l1 that stands on the host ("@" in front stands for the account's folder
 * there, "#" for the one outside); the third that of /l2, made by the client.
 * Whatever is then opened, shown or listed must be one of the tree's own
 * inodes, and no text may tell where the tree is on the host.
 */
#include "fuzz.h"

#include "base/buffer.h"
#include "vfs/places.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OURS = 16 };

static struct {
    char base[64];
    char root[96];
    char outside[96];
    struct store *store;
    struct uploads *uploads;
    struct permission_rules *rules;
    struct vfs *files;
    bool guessed; /* the input itself says where the tree is */
    ino_t ours[OURS];
    size_t count;
} tree;

static void
must(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "path_fuzz: %s\n", what);
    abort();
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
    (void)st, (void)kind, (void)walk;
    return remove(path);
}

static void
tear_down(void)
{
    vfs_free(&tree.files);
    permissions_free(&tree.rules);
    uploads_free(&tree.uploads);
    store_close(&tree.store);
    nftw(tree.base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *
under(const char *folder, const char *path)
{
    static char text[2][256];
    static unsigned next;
    char *into = text[next++ % 2];

    snprintf(into, sizeof text[0], "%s%s", folder, path);
    return into;
}

static void
make_folder(const char *folder, const char *path)
{
    must(mkdir(under(folder, path), 0755) == 0, "make a folder");
}

static void
make_file(const char *folder, const char *path)
{
    FILE *file = fopen(under(folder, path), "w");

    must(file != NULL && fclose(file) == 0, "make a file");
}

static void
is_ours(const char *path)
{
    struct stat st;

    if (lstat(under(tree.root, path), &st) == 0)
        tree.ours[tree.count++] = st.st_ino;
}

static void
make_tree(void)
{
    snprintf(tree.base, sizeof tree.base, "/tmp/convoy-fuzz-XXXXXX");
    must(mkdtemp(tree.base) != NULL, "make the folder");
    snprintf(tree.root, sizeof tree.root, "%s/root", tree.base);
    snprintf(tree.outside, sizeof tree.outside, "%s/outside", tree.base);
    make_folder(tree.root, "");
    make_folder(tree.root, "/a");
    make_folder(tree.root, "/a/b");
    make_folder(tree.root, "/.convoy-x");
    make_file(tree.root, "/a/b/f");
    make_file(tree.root, "/f");
    make_folder(tree.outside, "");
    make_folder(tree.outside, "/a");
    make_file(tree.outside, "/f");
    must(symlink("a/b", under(tree.root, "/l")) == 0, "make a link");
    must(symlink("../../l1", under(tree.root, "/a/b/l")) == 0, "make a link");
}

static void
set_up(void)
{
    struct uploads_options options = {
        .clock = clock_real(),
        .node = "11111111-1111-4111-8111-111111111111",
        .lease_ms = 60000,
        .keep_ms = 86400000,
    };
    struct disk_options disk = {
        .root = tree.root,
        .owner = "22222222-2222-4222-8222-222222222222",
        .staged_uploads = true,
        .durability_cache = true,
    };

    make_tree();
    must(store_in_memory(options.clock, &tree.store) == OK, "the store");
    options.store = tree.store;
    must(uploads_new(&options, &tree.uploads) == OK, "the uploads");
    disk.uploads = tree.uploads;
    must(vfs_on_disk(&disk, &tree.files) == OK, "the files");
    must(permissions_parse(STR("allow-full-control"), STR_NONE, options.clock,
                           &tree.rules) == OK,
         "parse rules");
    must(vfs_with_permissions(tree.files, tree.rules, &tree.files) == OK,
         "rules");
    must(vfs_with_links(tree.files, &tree.files) == OK, "links");
    atexit(tear_down);
}

/* The two links of this input, and what belongs to the tree with them. */
static void
make_links(struct str host, struct str client)
{
    char text[512];
    const char *before = "";

    (void)!unlink(under(tree.root, "/l1"));
    (void)!unlink(under(tree.root, "/l2"));
    if (host.len > 0 && (host.data[0] == '@' || host.data[0] == '#')) {
        before = host.data[0] == '@' ? tree.root : tree.outside;
        host = str_from_offset(host, 1);
    }
    snprintf(text, sizeof text, "%s%.*s", before, STR_ARG(host));
    (void)!symlink(text, under(tree.root, "/l1"));
    (void)!vfs_make_link(tree.files, client, STR("/l2"));
    tree.count = 0;
    static const char *const names[] = { "",   "/a",  "/a/b",   "/a/b/f", "/f",
                                         "/l", "/l1", "/a/b/l", "/l2" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        is_ours(names[i]);
}

static void
check(const struct vfs_attributes *it)
{
    for (size_t i = 0; i < tree.count; i++)
        if (tree.ours[i] == it->inode)
            return;
    must(false, "reached what is not the account's");
}

static void
try_open(struct str path, unsigned flags)
{
    struct vfs_open how = { .flags = flags };
    struct vfs_attributes it;
    struct vfs_file *file;

    if (vfs_open(tree.files, path, &how, &file) != OK)
        return;
    must(vfs_file_stat(file, &it) == OK, "stat an open file");
    check(&it);
    vfs_close(&file);
}

static void
try_list(struct str path)
{
    struct vfs_folder *folder;
    struct vfs_entry entry;
    bool more = true;

    if (vfs_list(tree.files, path, &folder) != OK)
        return;
    while (vfs_folder_next(folder, &entry, &more) == OK && more) {
        must(!str_starts(entry.name, STR(".convoy-")), "showed our own names");
        check(&entry.attributes);
    }
    vfs_folder_close(&folder);
}

static bool
says_base(struct str text)
{
    return text.len > 0 &&
           memmem(text.data, text.len, tree.base, strlen(tree.base)) != NULL;
}

static void
try_path(struct str path)
{
    struct vfs_attributes it;
    struct vfs_space space;
    struct buffer target = BUFFER(VFS_PATH);

    if (vfs_stat(tree.files, path, VFS_FOLLOW | VFS_TELL, &it) == OK)
        check(&it);
    if (vfs_stat(tree.files, path, 0, &it) == OK)
        check(&it);
    try_open(path, VFS_READ);
    try_open(path, VFS_READ | VFS_WRITE);
    try_list(path);
    (void)!vfs_space(tree.files, path, &space);
    if (vfs_read_link(tree.files, path, &target) == OK && !tree.guessed)
        must(!says_base(buffer_str(&target)), "told where the tree is");
    buffer_done(&target);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = str_from(data, size);
    struct str path = str_cut(&rest, '\n');
    struct str host = str_cut(&rest, '\n');
    char normal[VFS_PATH + 1];
    size_t len;

    if (tree.files == NULL)
        set_up();
    tree.guessed = says_base(str_from(data, size));
    make_links(host, str_cut(&rest, '\n'));
    try_path(path);
    if (vfs_normalise(path, normal, &len) == OK) {
        must(normal[0] == '/' && normal[len] == '\0', "not normalised");
        try_path(str_from(normal, len));
    }
    return 0;
}
