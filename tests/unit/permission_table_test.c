/* SPDX-License-Identifier: Apache-2.0 */
/*
 * permission_table_test.c - every call of vfs.h, with every verb, under every
 * kind of rule.
 *
 * The rows below say what each call needs, in words of their own: nothing here
 * is taken from with_permissions.c. Each row is tried with verbs for all paths,
 * with a rule for its first path, its second path, some other path, and for
 * the path that a symbolic link leads to. A call is let through exactly when
 * its row says so, and one that is refused has changed nothing.
 */
#include "test.h"

#include "base/clock.h"
#include "vfs/places.h"

#include <stdio.h>
#include <sys/stat.h>

#define READ      ALLOW_READ
#define LIST      ALLOW_LIST
#define TRAVERSE  ALLOW_TRAVERSE
#define WRITE     ALLOW_WRITE
#define MAKE      ALLOW_CREATE_FOLDER
#define RENAME    ALLOW_RENAME
#define RMDIR     ALLOW_DELETE_FOLDER
#define RM        ALLOW_DELETE_FILE
#define ATTRIBUTE ALLOW_SET_ATTRIBUTES

static const struct vfs_attributes nothing;

static struct {
    struct vfs *ground; /* without rules */
    struct vfs *files;
    struct permission_rules *rules;
} tree;

static void
must_make_file(const char *path)
{
    struct vfs_open how = { .flags = VFS_WRITE | VFS_CREATE };
    struct vfs_file *file;

    EXPECT_OK(vfs_open(tree.ground, str_of(path), &how, &file));
    EXPECT_OK(vfs_write(file, 0, STR("text")));
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
}

/* /a with file, folder (and something in it), empty, link -> file; /b with
 * file; /way -> a */
static void
set_up(const char *permissions)
{
    EXPECT_OK(vfs_in_memory(&tree.ground));
    EXPECT_OK(vfs_make_folder(tree.ground, STR("/a"), &nothing));
    EXPECT_OK(vfs_make_folder(tree.ground, STR("/a/folder"), &nothing));
    EXPECT_OK(vfs_make_folder(tree.ground, STR("/a/empty"), &nothing));
    EXPECT_OK(vfs_make_folder(tree.ground, STR("/b"), &nothing));
    must_make_file("/a/file");
    must_make_file("/a/folder/inside");
    must_make_file("/b/file");
    EXPECT_OK(vfs_make_link(tree.ground, STR("file"), STR("/a/link")));
    EXPECT_OK(vfs_make_link(tree.ground, STR("a"), STR("/way")));
    EXPECT_OK(permissions_parse(str_of(permissions), STR("alice"), clock_real(),
                                &tree.rules));
    EXPECT_OK(vfs_with_permissions(tree.ground, tree.rules, &tree.files));
    EXPECT_OK(vfs_with_links(tree.files, &tree.files));
    EXPECT_OK(vfs_with_permissions(tree.files, tree.rules, &tree.files));
}

static void
tear_down(void)
{
    vfs_free(&tree.files);
    permissions_free(&tree.rules);
}

/* What can be seen of a folder, all of it, as text. */
static void
describe(const char *path, char *into, size_t size)
{
    struct vfs_folder *folder;
    struct vfs_entry entry;
    char below[256];
    bool more;

    EXPECT_OK(vfs_list(tree.ground, str_of(path), &folder));
    for (;;) {
        EXPECT_OK(vfs_folder_next(folder, &entry, &more));
        if (!more)
            break;
        if (str_is(entry.name, ".") || str_is(entry.name, ".."))
            continue;
        const struct vfs_attributes *it = &entry.attributes;
        snprintf(below, sizeof below, "%s/%.*s", path[1] ? path : "",
                 STR_ARG(entry.name));
        size_t len = strlen(into);
        snprintf(into + len, size - len, "%s %o %llu %llu %lld\n", below,
                 it->mode, (unsigned long long)it->inode,
                 (unsigned long long)it->size, (long long)it->mtime_ns);
        if ((it->mode & S_IFMT) == S_IFDIR)
            describe(below, into, size);
    }
    vfs_folder_close(&folder);
}

typedef enum status call(const char *first, const char *second);

static enum status
open_as(const char *path, unsigned flags, const struct vfs_attributes *set)
{
    AUTO(vfs_close) struct vfs_file *file = NULL;
    struct vfs_open how = { .flags = flags };

    TRY(vfs_open(tree.files, str_of(path), &how, &file));
    return set != NULL ? vfs_file_set_attributes(file, set) : OK;
}

#define OPENER(name, flags)                                                    \
    static enum status name(const char *first, const char *second)             \
    {                                                                          \
        (void)second;                                                          \
        return open_as(first, flags, NULL);                                    \
    }

OPENER(open_read, VFS_READ)
OPENER(open_edit, VFS_WRITE)
OPENER(open_both, VFS_READ | VFS_WRITE)
OPENER(open_append, VFS_WRITE | VFS_APPEND)
OPENER(open_truncate, VFS_WRITE | VFS_TRUNCATE)
OPENER(open_new, VFS_WRITE | VFS_CREATE)
OPENER(open_exclusive, VFS_WRITE | VFS_CREATE | VFS_EXCLUSIVE)
OPENER(open_create, VFS_CREATE)
OPENER(open_create_read, VFS_CREATE | VFS_READ)

static const struct vfs_attributes mode = { .has = VFS_HAS_MODE, .mode = 0600 };
static const struct vfs_attributes times = { .has = VFS_HAS_TIMES,
                                             .mtime_ns = 5 };
static const struct vfs_attributes size = { .has = VFS_HAS_SIZE, .size = 1 };
static const struct vfs_attributes both = { .has = VFS_HAS_SIZE | VFS_HAS_MODE,
                                            .mode = 0600 };

static enum status
handle_mode(const char *first, const char *second)
{
    (void)second;
    return open_as(first, VFS_READ, &mode);
}

static enum status
handle_size(const char *first, const char *second)
{
    (void)second;
    return open_as(first, VFS_WRITE, &size);
}

static enum status
set_mode(const char *first, const char *second)
{
    (void)second;
    return vfs_set_attributes(tree.files, str_of(first), VFS_FOLLOW, &mode);
}

static enum status
set_times(const char *first, const char *second)
{
    (void)second;
    return vfs_set_attributes(tree.files, str_of(first), 0, &times);
}

static enum status
set_size(const char *first, const char *second)
{
    (void)second;
    return vfs_set_attributes(tree.files, str_of(first), VFS_FOLLOW, &size);
}

static enum status
set_both(const char *first, const char *second)
{
    (void)second;
    return vfs_set_attributes(tree.files, str_of(first), VFS_FOLLOW, &both);
}

static enum status
list(const char *first, const char *second)
{
    AUTO(vfs_folder_close) struct vfs_folder *folder = NULL;

    (void)second;
    return vfs_list(tree.files, str_of(first), &folder);
}

static enum status
stat_it(const char *first, const char *second)
{
    struct vfs_attributes it;

    (void)second;
    return vfs_stat(tree.files, str_of(first), VFS_FOLLOW | VFS_TELL, &it);
}

static enum status
lstat_it(const char *first, const char *second)
{
    struct vfs_attributes it;

    (void)second;
    return vfs_stat(tree.files, str_of(first), 0, &it);
}

static enum status
make_folder(const char *first, const char *second)
{
    (void)second;
    return vfs_make_folder(tree.files, str_of(first), &nothing);
}

static enum status
remove_file(const char *first, const char *second)
{
    (void)second;
    return vfs_remove(tree.files, str_of(first), VFS_REMOVE_FILE);
}

static enum status
remove_folder(const char *first, const char *second)
{
    (void)second;
    return vfs_remove(tree.files, str_of(first), VFS_REMOVE_FOLDER);
}

static enum status
rename_it(const char *first, const char *second)
{
    return vfs_rename(tree.files, str_of(first), str_of(second), false);
}

static enum status
replace_it(const char *first, const char *second)
{
    return vfs_rename(tree.files, str_of(first), str_of(second), true);
}

static enum status
link_it(const char *first, const char *second)
{
    return vfs_link(tree.files, str_of(first), str_of(second));
}

static enum status
make_link(const char *first, const char *second)
{
    (void)second;
    return vfs_make_link(tree.files, STR("file"), str_of(first));
}

static enum status
read_link(const char *first, const char *second)
{
    AUTO(buffer_done) struct buffer text = BUFFER(VFS_PATH);

    (void)second;
    return vfs_read_link(tree.files, str_of(first), &text);
}

static enum status
space(const char *first, const char *second)
{
    struct vfs_space it;

    (void)second;
    return vfs_space(tree.files, str_of(first), &it);
}

/* A call, below /a for its first path; the verbs that paths must have. */
static const struct row {
    const char *name;
    call *run;
    const char *first; /* below "/a" or "/way" */
    const char *second;
    unsigned first_all;
    unsigned first_any;
    unsigned second_all;
    bool attributes_too; /* those of the second path, the first needs too */
} rows[] = {
    /* clang-format off */
    { "read",             open_read,        "/file",   NULL,      READ, 0, 0, 0 },
    { "edit",             open_edit,        "/file",   NULL,      WRITE, 0, 0, 0 },
    { "read and write",   open_both,        "/file",   NULL,      READ | WRITE, 0, 0, 0 },
    { "append",           open_append,      "/file",   NULL,      WRITE, 0, 0, 0 },
    { "truncate",         open_truncate,    "/file",   NULL,      WRITE, 0, 0, 0 },
    { "write a new file", open_new,         "/new",    NULL,      WRITE, 0, 0, 0 },
    { "write exclusively", open_exclusive,  "/new",    NULL,      WRITE, 0, 0, 0 },
    { "create only",      open_create,      "/new",    NULL,      WRITE, 0, 0, 0 },
    { "create and read",  open_create_read, "/new",    NULL,      READ | WRITE, 0, 0, 0 },
    { "mode of a handle", handle_mode,      "/file",   NULL,      READ | ATTRIBUTE, 0, 0, 0 },
    { "size of a handle", handle_size,      "/file",   NULL,      WRITE, 0, 0, 0 },
    { "set the mode",     set_mode,         "/file",   NULL,      ATTRIBUTE, 0, 0, 0 },
    { "set the times",    set_times,        "/file",   NULL,      ATTRIBUTE, 0, 0, 0 },
    { "set the size",     set_size,         "/file",   NULL,      WRITE, 0, 0, 0 },
    { "set size and mode", set_both,        "/file",   NULL,      WRITE | ATTRIBUTE, 0, 0, 0 },
    { "list",             list,             "/folder", NULL,      LIST, 0, 0, 0 },
    { "stat",             stat_it,          "/file",   NULL,      0, TRAVERSE | LIST | READ, 0, 0 },
    { "stat a folder",    stat_it,          "/folder", NULL,      0, TRAVERSE | LIST | READ, 0, 0 },
    { "lstat",            lstat_it,         "/link",   NULL,      0, TRAVERSE | LIST | READ, 0, 0 },
    { "make a folder",    make_folder,      "/new",    NULL,      MAKE, 0, 0, 0 },
    { "remove a file",    remove_file,      "/file",   NULL,      RM, 0, 0, 0 },
    { "remove a link",    remove_file,      "/link",   NULL,      RM, 0, 0, 0 },
    { "remove a folder",  remove_folder,    "/empty",  NULL,      RMDIR, 0, 0, 0 },
    { "rename a file",    rename_it,        "/file",   "/b/new",  RENAME, 0, RENAME, 0 },
    { "rename a folder",  rename_it,        "/folder", "/b/new",  RENAME, 0, RENAME, 0 },
    { "rename over",      replace_it,       "/file",   "/b/file", RENAME, 0, RENAME, 0 },
    { "hard link",        link_it,          "/file",   "/b/new",  READ | WRITE, 0, WRITE, 1 },
    { "symbolic link",    make_link,        "/new",    NULL,      WRITE, 0, 0, 0 },
    { "read a link",      read_link,        "/link",   NULL,      0, TRAVERSE | LIST | READ, 0, 0 },
    { "space",            space,            "/folder", NULL,      TRAVERSE, 0, 0, 0 },
    /* clang-format on */
};
enum { ROWS = sizeof rows / sizeof rows[0], VERBS = 9 };

static bool
is_let_through(const struct row *row, unsigned first, unsigned second)
{
    unsigned needs = row->first_all;

    if (row->attributes_too)
        needs |= second & ATTRIBUTE;
    if ((first & needs) != needs ||
        (second & row->second_all) != row->second_all)
        return false;
    return row->first_any == 0 || (first & row->first_any) != 0;
}

/* The verbs as they are written. */
static const char *
written(unsigned verbs)
{
    static const char *const names[VERBS] = {
        "allow-read",          "allow-list",          "allow-traverse",
        "allow-write",         "allow-create-folder", "allow-rename",
        "allow-delete-folder", "allow-delete-file",   "allow-set-attributes",
    };
    static char text[512];

    snprintf(text, sizeof text, "%s", verbs == 0 ? "deny-full-control" : "");
    for (size_t i = 0; i < VERBS; i++)
        if ((verbs & 1U << i) != 0)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
                     text[0] != '\0' ? ", " : "", names[i]);
    return text;
}

/* Nothing, each verb, each pair, all but each, and all. */
static bool
next_set(unsigned *set)
{
    do {
        if (*set >= ALLOW_FULL_CONTROL)
            return false;
        ++*set;
    } while (__builtin_popcount(*set) > 2 && __builtin_popcount(*set) < 8);
    return true;
}

/* The row, below `folder`, under these rules. */
static void
try_row(const struct row *row, const char *folder, const char *rules,
        bool allowed)
{
    static char before[8192];
    static char after[8192];
    char first[64];

    set_up(rules);
    before[0] = after[0] = '\0';
    describe("/", before, sizeof before);
    snprintf(first, sizeof first, "%s%s", folder, row->first);
    enum status status = row->run(first, row->second);
    if (status != (allowed ? OK : ERR_DENIED))
        print_error("%s '%s' is %d under:\n%s\n", row->name, first, status,
                    rules);
    EXPECT_STATUS(status, allowed ? OK : ERR_DENIED);
    if (!allowed) {
        describe("/", after, sizeof after);
        EXPECT_TEXT(after, before);
    }
    tear_down();
}

TEST(verbs_for_all_paths)
{
    char rules[1024];

    for (size_t i = 0; i < ROWS; i++) {
        unsigned set = 0;

        do {
            snprintf(rules, sizeof rules, "%s", written(set));
            try_row(&rows[i], "/a", rules, is_let_through(&rows[i], set, set));
            try_row(&rows[i], "/way", rules,
                    is_let_through(&rows[i], set, set));
        } while (next_set(&set));
    }
}

TEST(to_deny_wins_inside_of_a_line)
{
    for (size_t i = 0; i < ROWS; i++) {
        try_row(&rows[i], "/a", "allow-full-control, deny-full-control", false);
        try_row(&rows[i], "/a",
                "allow-full-control\n"
                "/a/*, deny-full-control, allow-full-control",
                false);
    }
}

TEST(a_rule_that_takes_verbs_from_the_first_path)
{
    char rules[1024];

    for (size_t i = 0; i < ROWS; i++) {
        unsigned set = 0;

        do {
            snprintf(rules, sizeof rules, "allow-full-control\n/A%s, %s",
                     rows[i].first, written(set));
            try_row(&rows[i], "/a", rules,
                    is_let_through(&rows[i], set, ALLOW_FULL_CONTROL));
            /* The same by the path that a link leads to. */
            try_row(&rows[i], "/way", rules,
                    is_let_through(&rows[i], set, ALLOW_FULL_CONTROL));
        } while (next_set(&set));
    }
}

TEST(a_rule_that_takes_verbs_from_a_path_with_a_link_in_it)
{
    char rules[1024];

    for (size_t i = 0; i < ROWS; i++) {
        unsigned set = 0;

        do {
            snprintf(rules, sizeof rules, "allow-full-control\nm/^/way%s$/, %s",
                     rows[i].first, written(set));
            try_row(&rows[i], "/way", rules,
                    is_let_through(&rows[i], set, ALLOW_FULL_CONTROL));
            try_row(&rows[i], "/a", rules, true);
        } while (next_set(&set));
    }
}

TEST(a_rule_that_gives_verbs_to_the_paths_alone)
{
    char rules[1024];

    for (size_t i = 0; i < ROWS; i++) {
        unsigned set = 0;

        do {
            snprintf(rules, sizeof rules,
                     "deny-full-control\n"
                     "m/^/(a|b)/[^/]+$/, %s\n*/inside, allow-rename\n"
                     "/a/*, allow-full-control",
                     written(set));
            try_row(&rows[i], "/a", rules, is_let_through(&rows[i], set, set));
            try_row(&rows[i], "/way", rules, false);
        } while (next_set(&set));
    }
}

TEST(a_rule_for_the_second_path)
{
    char rules[1024];

    for (size_t i = 0; i < ROWS; i++) {
        unsigned set = 0;

        do {
            snprintf(rules, sizeof rules, "allow-full-control\n/b/*, %s",
                     written(set));
            try_row(&rows[i], "/a", rules,
                    rows[i].second == NULL ||
                        is_let_through(&rows[i], ALLOW_FULL_CONTROL, set));
        } while (next_set(&set));
    }
}

TEST(a_rule_for_another_path_changes_nothing)
{
    for (size_t i = 0; i < ROWS; i++) {
        try_row(&rows[i], "/a",
                "allow-full-control\n/a/fil, deny-full-control\n"
                "/a/file/*, deny-full-control\n/c*, deny-full-control",
                true);
        try_row(&rows[i], "/a",
                "deny-full-control\n/a/fil, allow-full-control\n"
                "/a/file/*, allow-full-control\n/c*, allow-full-control",
                false);
    }
}
