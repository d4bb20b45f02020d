/* SPDX-License-Identifier: Apache-2.0 */
/* vfs_permissions_test.c - which verb lets which call through. */
#include "test.h"

#include "vfs_tree.h"

#include <ftw.h>
#include <stdio.h>

static struct tree tree;

/* /file, /d (a folder), /empty (a folder), /l -> file */
SETUP()
{
    tree_init(&tree);
    host_file(tree_host(&tree, "/file"), "text");
    host_folder(tree_host(&tree, "/d"));
    host_folder(tree_host(&tree, "/empty"));
    host_link("file", tree_host(&tree, "/l"));
    tree_start(&tree);
}

TEARDOWN()
{
    tree_close(&tree);
}

static const char *const verb_names[] = {
    "allow-read",          "allow-list",          "allow-traverse",
    "allow-write",         "allow-create-folder", "allow-rename",
    "allow-delete-folder", "allow-delete-file",   "allow-set-attributes",
};

/* As the option would be written; valid until the next call. */
static const char *
permissions_text(unsigned verbs)
{
    static char text[512];

    text[0] = '\0';
    for (size_t i = 0; i < sizeof verb_names / sizeof verb_names[0]; i++)
        if ((verbs & 1U << i) != 0)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s, ",
                     verb_names[i]);
    if ((verbs & DENY_FULL_CONTROL) != 0)
        strcat(text, "deny-full-control");
    return text;
}

static void
restart_as(const char *permissions)
{
    tree_close(&tree);
    tree.permissions = permissions;
    tree_start(&tree);
}

static void
restart_with(unsigned verbs)
{
    restart_as(permissions_text(verbs));
}

/* All that a refused call could have changed, as one number. */
static uint64_t print;

static int
add_to_print(const char *path, const struct stat *st, int kind,
             struct FTW *walk)
{
    uint64_t parts[] = { st->st_ino, st->st_mode, (uint64_t)st->st_size,
                         (uint64_t)st->st_ctim.tv_sec,
                         (uint64_t)st->st_ctim.tv_nsec };

    (void)kind, (void)walk;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        print = (print ^ parts[i]) * UINT64_C(1099511628211);
    for (; *path != '\0'; path++)
        print = (print ^ (unsigned char)*path) * UINT64_C(1099511628211);
    return 0;
}

static uint64_t
fingerprint(void)
{
    print = UINT64_C(14695981039346656037);
    EXPECT(nftw(tree.root, add_to_print, 16, FTW_PHYS) == 0);
    return print;
}

static enum status
open_and_close(const char *path, unsigned flags)
{
    AUTO(vfs_close) struct vfs_file *file = NULL;

    return open_with(tree.files, path, flags, &file);
}

static enum status
call_open_read(void)
{
    return open_and_close("/file", VFS_READ);
}

static enum status
call_open_read_link(void)
{
    return open_and_close("/l", VFS_READ);
}

static enum status
call_open_write(void)
{
    return put(tree.files, "/new", "x");
}

static enum status
call_open_edit(void)
{
    return open_and_close("/file", VFS_WRITE);
}

static enum status
call_open_both(void)
{
    return open_and_close("/file", VFS_READ | VFS_WRITE);
}

static enum status
call_open_create_only(void)
{
    return open_and_close("/new", VFS_CREATE);
}

static enum status
call_list(void)
{
    AUTO(vfs_folder_close) struct vfs_folder *folder = NULL;

    return vfs_list(tree.files, STR("/d"), &folder);
}

static enum status
call_stat(void)
{
    struct vfs_attributes it;

    return stat_of(tree.files, "/file", VFS_FOLLOW | VFS_TELL, &it);
}

static enum status
call_set_mode(void)
{
    struct vfs_attributes mode = { .has = VFS_HAS_MODE, .mode = 0600 };

    return vfs_set_attributes(tree.files, STR("/file"), VFS_FOLLOW, &mode);
}

static enum status
call_set_size(void)
{
    struct vfs_attributes size = { .has = VFS_HAS_SIZE, .size = 1 };

    return vfs_set_attributes(tree.files, STR("/file"), 0, &size);
}

static enum status
call_set_both(void)
{
    struct vfs_attributes both = { .has = VFS_HAS_SIZE | VFS_HAS_TIMES };

    return vfs_set_attributes(tree.files, STR("/file"), 0, &both);
}

static enum status
call_make_folder(void)
{
    return vfs_make_folder(tree.files, STR("/made"), NULL);
}

static enum status
call_remove_file(void)
{
    return vfs_remove(tree.files, STR("/file"), VFS_REMOVE_FILE);
}

static enum status
call_remove_folder(void)
{
    return vfs_remove(tree.files, STR("/empty"), VFS_REMOVE_FOLDER);
}

static enum status
call_rename(void)
{
    return vfs_rename(tree.files, STR("/file"), STR("/moved"), false);
}

static enum status
call_rename_over(void)
{
    return vfs_rename(tree.files, STR("/d"), STR("/empty"), true);
}

static enum status
call_link(void)
{
    return vfs_link(tree.files, STR("/file"), STR("/second"));
}

static enum status
call_make_link(void)
{
    return vfs_make_link(tree.files, STR("d"), STR("/new-link"));
}

static enum status
call_read_link(void)
{
    char text[4200];

    return read_link_of(tree.files, "/l", text);
}

static enum status
call_space(void)
{
    struct vfs_space space;

    return vfs_space(tree.files, STR("/"), &space);
}

#define LOOK (ALLOW_TRAVERSE | ALLOW_LIST | ALLOW_READ)

static const struct call {
    const char *name;
    enum status (*call)(void);
    unsigned all; /* every one of these is needed */
    unsigned any; /* and one of these */
} calls[] = {
    { "open to read", call_open_read, ALLOW_READ, 0 },
    { "open a link to read", call_open_read_link, ALLOW_READ, 0 },
    { "open to write", call_open_write, ALLOW_WRITE, 0 },
    { "open to edit", call_open_edit, ALLOW_WRITE, 0 },
    { "open for both", call_open_both, ALLOW_READ | ALLOW_WRITE, 0 },
    { "open to create", call_open_create_only, ALLOW_WRITE, 0 },
    { "list", call_list, ALLOW_LIST, 0 },
    { "stat", call_stat, 0, LOOK },
    { "set the mode", call_set_mode, ALLOW_SET_ATTRIBUTES, 0 },
    { "set the size", call_set_size, ALLOW_WRITE, 0 },
    { "set size and times", call_set_both, ALLOW_WRITE | ALLOW_SET_ATTRIBUTES,
      0 },
    { "make a folder", call_make_folder, ALLOW_CREATE_FOLDER, 0 },
    { "remove a file", call_remove_file, ALLOW_DELETE_FILE, 0 },
    { "remove a folder", call_remove_folder, ALLOW_DELETE_FOLDER, 0 },
    { "rename", call_rename, ALLOW_RENAME, 0 },
    { "rename over", call_rename_over, ALLOW_RENAME, 0 },
    { "link", call_link, ALLOW_READ | ALLOW_WRITE, 0 },
    { "make a symbolic link", call_make_link, ALLOW_WRITE, 0 },
    { "read a link", call_read_link, 0, LOOK },
    { "space", call_space, ALLOW_TRAVERSE, 0 },
};
enum { CALLS = sizeof calls / sizeof calls[0], VERBS = 9 };

static bool
is_enough(const struct call *call, unsigned verbs)
{
    return (verbs & call->all) == call->all &&
           (call->any == 0 || (verbs & call->any) != 0);
}

/* Every call whose verbs are not all there is refused and changes nothing. */
static void
expect_refusals(unsigned verbs)
{
    uint64_t before = fingerprint();

    for (size_t i = 0; i < CALLS; i++) {
        if (is_enough(&calls[i], verbs) && (verbs & DENY_FULL_CONTROL) == 0)
            continue;
        if (calls[i].call() != ERR_DENIED)
            print_error("%s with %#x\n", calls[i].name, verbs);
        EXPECT_STATUS(calls[i].call(), ERR_DENIED);
        EXPECT(fingerprint() == before);
    }
}

TEST(a_call_without_its_verb_is_refused_and_changes_nothing)
{
    for (unsigned verb = 0; verb < VERBS; verb++) {
        restart_with(1U << verb);
        expect_refusals(1U << verb);
        restart_with(ALLOW_FULL_CONTROL & ~(1U << verb));
        expect_refusals(ALLOW_FULL_CONTROL & ~(1U << verb));
    }
    restart_with(0);
    expect_refusals(0);
}

TEST(a_call_needs_no_more_than_its_verbs)
{
    for (size_t i = 0; i < CALLS; i++) {
        /* Of several that would do, the first alone. */
        unsigned any = calls[i].any & -calls[i].any;

        tree_close(&tree);
        snprintf(tree.root, sizeof tree.root, "%s/%zu", test_folder(), i);
        host_folder(tree.root);
        host_file(tree_host(&tree, "/file"), "text");
        host_folder(tree_host(&tree, "/d"));
        host_folder(tree_host(&tree, "/empty"));
        host_link("file", tree_host(&tree, "/l"));
        tree.permissions = permissions_text(calls[i].all | any);
        tree_start(&tree);
        EXPECT_OK(calls[i].call());
    }
}

TEST(to_deny_wins_over_everything_that_is_allowed)
{
    restart_with(ALLOW_FULL_CONTROL | DENY_FULL_CONTROL);
    expect_refusals(ALLOW_FULL_CONTROL | DENY_FULL_CONTROL);
}

TEST(a_handle_keeps_its_attributes_without_the_verb_but_takes_a_size)
{
    struct vfs_attributes mode = { .has = VFS_HAS_MODE, .mode = 0600 };
    struct vfs_attributes size = { .has = VFS_HAS_SIZE, .size = 2 };
    struct vfs_attributes both = { .has = VFS_HAS_SIZE | VFS_HAS_MODE,
                                   .mode = 0600 };
    struct vfs_file *file;

    restart_with(ALLOW_READ | ALLOW_WRITE);
    EXPECT_OK(open_with(tree.files, "/file", VFS_READ | VFS_WRITE, &file));
    EXPECT_STATUS(vfs_file_set_attributes(file, &mode), ERR_DENIED);
    EXPECT_STATUS(vfs_file_set_attributes(file, &both), ERR_DENIED);
    EXPECT_OK(vfs_file_set_attributes(file, &size));
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
    EXPECT_TEXT(host_text(tree_host(&tree, "/file")), "te");
    restart_with(ALLOW_READ | ALLOW_SET_ATTRIBUTES);
    EXPECT_OK(open_with(tree.files, "/file", VFS_READ, &file));
    EXPECT_OK(vfs_file_set_attributes(file, &mode));
    EXPECT_STATUS(vfs_file_set_attributes(file, &size), ERR_DENIED);
    vfs_close(&file);
}

TEST(a_drop_box_can_be_written_through_a_link)
{
    host_link("d", tree_host(&tree, "/in"));
    restart_with(ALLOW_WRITE);
    EXPECT_OK(put(tree.files, "/in/new", "dropped"));
    EXPECT_TEXT(host_text(tree_host(&tree, "/d/new")), "dropped");
    EXPECT_STATUS(call_stat(), ERR_DENIED);
}

/* Denies everything for one path, as path rules do. */
struct picky {
    struct vfs *files;
    const char *denied;
    int asked;
};

static enum status
deny_one_path(void *arg, const char *call, struct str path)
{
    struct picky *picky = arg;

    (void)call;
    picky->asked++;
    return str_is(path, picky->denied) ? ERR_DENIED : OK;
}

TEST(the_path_that_is_meant_is_checked_too)
{
    struct picky picky = { .denied = "/file" };
    struct vfs *files;
    char text[256];

    tree_close(&tree);
    tree_start(&tree);
    /* A layer that judges paths stands where the inner rules stand. */
    EXPECT_OK(vfs_on_disk(&tree.options, &files));
    EXPECT_OK(vfs_with_faults(files, deny_one_path, &picky, &files));
    EXPECT_OK(vfs_with_links(files, &files));
    EXPECT_STATUS(get(files, "/l", text, NULL), ERR_DENIED);
    EXPECT(picky.asked == 2);
    vfs_free(&files);
}

TEST(faults_reach_files_and_listings)
{
    static const char *const denied = "/file";
    struct picky picky = { .denied = "/nothing" };
    struct vfs_folder *folder;
    struct vfs_entry entry;
    struct vfs_file *file;
    struct vfs *files;
    bool more;

    EXPECT_OK(vfs_on_disk(&tree.options, &files));
    EXPECT_OK(vfs_with_faults(files, deny_one_path, &picky, &files));
    EXPECT_OK(open_with(files, "/file", VFS_READ | VFS_WRITE, &file));
    EXPECT_OK(vfs_list(files, STR("/d"), &folder));
    EXPECT_OK(vfs_folder_next(folder, &entry, &more));
    picky.denied = denied;
    EXPECT_STATUS(vfs_write(file, 0, STR("x")), ERR_DENIED);
    EXPECT_STATUS(vfs_sync(file), ERR_DENIED);
    EXPECT_STATUS(vfs_commit(file), ERR_DENIED);
    picky.denied = "/d";
    EXPECT_STATUS(vfs_folder_next(folder, &entry, &more), ERR_DENIED);
    vfs_close(&file);
    vfs_folder_close(&folder);
    vfs_free(&files);
}

static enum status
parse(const char *text, struct permission_rules **out)
{
    return permissions_parse(str_of(text), STR("alice"), tree.clock, out);
}

/* What the option gives for a path. */
static unsigned
verbs_of(const char *text, const char *path)
{
    struct permission_rules *rules = NULL;

    EXPECT_OK(parse(text, &rules));
    unsigned verbs = permissions_of(rules, str_of(path));
    permissions_free(&rules);
    return verbs;
}

TEST(verbs_are_read_from_the_first_line)
{
    EXPECT(verbs_of("allow-read, allow-list", "/") ==
           (ALLOW_READ | ALLOW_LIST));
    EXPECT(verbs_of("\n  Allow-Full-Control \n /in/*, allow-read", "/a") ==
           ALLOW_FULL_CONTROL);
    EXPECT(
        verbs_of("allow-traverse,allow-write,allow-create-folder,allow-rename,"
                 "allow-delete-folder,allow-delete-file,allow-set-attributes,",
                 "/a") == (ALLOW_FULL_CONTROL & ~(ALLOW_READ | ALLOW_LIST)));
    EXPECT(verbs_of("allow-read, deny-full-control", "/a") == 0);
    EXPECT(verbs_of("", "/a") == 0);
}

TEST(the_first_rule_that_matches_replaces_the_first_line)
{
    static const char rules[] = "allow-read, allow-list\n"
                                "/in/*.exe, deny-full-control\n"
                                "/in/*, allow-write, allow-list\n"
                                "*, allow-traverse\n"
                                "/in/*.txt, allow-full-control\n";

    EXPECT(verbs_of(rules, "/in/x.EXE") == 0);
    EXPECT(verbs_of(rules, "/in/x") == (ALLOW_WRITE | ALLOW_LIST));
    EXPECT(verbs_of(rules, "/in/x.txt") == (ALLOW_WRITE | ALLOW_LIST));
    EXPECT(verbs_of(rules, "/in") == ALLOW_TRAVERSE);
    EXPECT(verbs_of("allow-read\n/a, allow-list", "/b") == ALLOW_READ);
}

TEST(an_expression_said_in_full_may_have_commas)
{
    static const char rules[] =
        "allow-read\n"
        "m/^/[a-z]{1,2}/(x|y),z$/i , allow-list, allow-write\n"
        "e/^/only,this/, deny-full-control\n"
        "g/*,*/, allow-rename";

    EXPECT(verbs_of(rules, "/AB/x,z") == (ALLOW_LIST | ALLOW_WRITE));
    EXPECT(verbs_of(rules, "/abc/x,z") == 0);
    EXPECT(verbs_of(rules, "/only,this/file") == ALLOW_RENAME);
}

TEST(the_name_of_the_account_stands_for_itself)
{
    struct permission_rules *rules = NULL;

    EXPECT(verbs_of("allow-read\n/home/${USER}/*, allow-write",
                    "/home/alice/x") == ALLOW_WRITE);
    EXPECT(verbs_of("allow-read\n/home/${USER}/*, allow-write",
                    "/home/Alice/x") == ALLOW_READ);
    EXPECT_OK(permissions_parse(STR("allow-read\n/${USER}, allow-write"),
                                STR("*"), tree.clock, &rules));
    EXPECT(permissions_of(rules, STR("/anything")) == ALLOW_READ);
    EXPECT(permissions_of(rules, STR("/*")) == ALLOW_WRITE);
    permissions_free(&rules);
}

TEST(a_path_that_takes_an_expression_over_its_limit_may_do_nothing)
{
    char path[4001] = "/";

    memset(path + 1, 'a', sizeof path - 2);
    path[sizeof path - 2] = '!';
    path[sizeof path - 1] = '\0';
    EXPECT(verbs_of("allow-read\nm/(a+)+$/, deny-full-control", path) == 0);
    EXPECT(verbs_of("allow-read\nm/(a+)+$/, deny-full-control", "/b") ==
           ALLOW_READ);
}

TEST(what_is_wrong_with_permissions_is_named)
{
    struct permission_rules *rules = NULL;

    EXPECT_STATUS(parse("allow-read, allow-fly", &rules), ERR_INVALID);
    EXPECT(strstr(fail_reason(), "allow-fly") != NULL);
    EXPECT_STATUS(parse("allow-read\n/in/*, allow-reed", &rules), ERR_INVALID);
    EXPECT(strstr(fail_reason(), "allow-reed") != NULL);
    EXPECT_STATUS(parse("allow-read\n/in/*", &rules), ERR_INVALID);
    EXPECT_STATUS(parse("allow-read\nm/(/, allow-read", &rules), ERR_INVALID);
    EXPECT(rules == NULL);
}

TEST(a_link_that_leads_to_a_denied_place_leads_nowhere)
{
    static const char rules[] = "allow-full-control\n"
                                "/d | /d/*, deny-full-control";
    struct vfs_folder *folder;
    struct vfs_attributes it;
    struct vfs_file *file;
    char text[256];

    host_file(tree_host(&tree, "/d/secret"), "secret");
    host_link("d", tree_host(&tree, "/to-d"));
    host_link("/d/secret", tree_host(&tree, "/to-secret"));
    host_link("to-d", tree_host(&tree, "/to-to-d"));
    restart_as(rules);
    uint64_t before = fingerprint();
    EXPECT_STATUS(get(tree.files, "/d/secret", text, NULL), ERR_DENIED);
    EXPECT_STATUS(get(tree.files, "/to-d/secret", text, NULL), ERR_DENIED);
    EXPECT_STATUS(get(tree.files, "/to-to-d/secret", text, NULL), ERR_DENIED);
    EXPECT_STATUS(get(tree.files, "/to-secret", text, NULL), ERR_DENIED);
    EXPECT_STATUS(stat_of(tree.files, "/to-d/secret", VFS_FOLLOW, &it),
                  ERR_DENIED);
    EXPECT_STATUS(vfs_list(tree.files, STR("/to-d"), &folder), ERR_DENIED);
    EXPECT_STATUS(put(tree.files, "/to-d/new", "x"), ERR_DENIED);
    EXPECT_STATUS(open_with(tree.files, "/to-secret", VFS_WRITE, &file),
                  ERR_DENIED);
    EXPECT_STATUS(
        vfs_rename(tree.files, STR("/to-d/secret"), STR("/out"), true),
        ERR_DENIED);
    EXPECT_STATUS(vfs_rename(tree.files, STR("/file"), STR("/to-d/x"), true),
                  ERR_DENIED);
    EXPECT_STATUS(vfs_link(tree.files, STR("/to-d/secret"), STR("/out")),
                  ERR_DENIED);
    EXPECT_STATUS(vfs_remove(tree.files, STR("/to-d/secret"), VFS_REMOVE_FILE),
                  ERR_DENIED);
    EXPECT_STATUS(vfs_make_folder(tree.files, STR("/to-d/n"), NULL),
                  ERR_DENIED);
    EXPECT(fingerprint() == before);
}

TEST(a_folder_is_renamed_only_if_all_that_is_inside_may_be)
{
    static const char rules[] = "allow-full-control\n"
                                "/d/in/secret, deny-full-control\n"
                                "/closed/*.exe, deny-full-control";

    host_folder(tree_host(&tree, "/d/in"));
    host_file(tree_host(&tree, "/d/in/secret"), "secret");
    host_folder(tree_host(&tree, "/e"));
    host_file(tree_host(&tree, "/e/x.exe"), "x");
    restart_as(rules);
    uint64_t before = fingerprint();
    EXPECT_STATUS(vfs_rename(tree.files, STR("/d"), STR("/open"), false),
                  ERR_DENIED);
    EXPECT(strstr(fail_reason(), "/d/in/secret") != NULL);
    EXPECT_STATUS(vfs_rename(tree.files, STR("/d/in"), STR("/in"), true),
                  ERR_DENIED);
    EXPECT_STATUS(vfs_rename(tree.files, STR("/e"), STR("/closed"), false),
                  ERR_DENIED);
    EXPECT(fingerprint() == before);
    EXPECT_OK(vfs_rename(tree.files, STR("/e"), STR("/open"), false));
    EXPECT_OK(vfs_rename(tree.files, STR("/empty"), STR("/closed"), false));
}

TEST(a_folder_is_renamed_through_a_link_only_if_all_inside_may_be)
{
    host_folder(tree_host(&tree, "/d/in"));
    host_file(tree_host(&tree, "/d/in/secret"), "secret");
    host_link("d", tree_host(&tree, "/to-d"));
    restart_as("allow-full-control\n/d/in/secret, deny-full-control");
    EXPECT_STATUS(vfs_rename(tree.files, STR("/to-d/in"), STR("/in"), false),
                  ERR_DENIED);
    EXPECT_TEXT(host_text(tree_host(&tree, "/d/in/secret")), "secret");
}

TEST(a_second_name_gives_no_attributes_to_set)
{
    restart_as("allow-full-control\n/file, allow-read, allow-write");
    EXPECT_STATUS(vfs_link(tree.files, STR("/file"), STR("/second")),
                  ERR_DENIED);
    restart_as("allow-read, allow-write");
    EXPECT_OK(vfs_link(tree.files, STR("/file"), STR("/second")));
}

TEST(staging_is_decided_path_by_path)
{
    struct staging_rules *rules = NULL;
    struct vfs_file *file;

    EXPECT_OK(staging_parse(STR("Yes\n*.log, No\n/d/*, yes"), STR("alice"),
                            tree.clock, &rules));
    EXPECT(staging_have_paths(rules) && staging_is_possible(rules));
    tree_close(&tree);
    tree.options.staging = rules;
    tree_start(&tree);
    EXPECT_OK(open_with(tree.files, "/x.log", VFS_WRITE | VFS_CREATE, &file));
    EXPECT(host_inode(tree_host(&tree, "/x.log")) != 0);
    vfs_close(&file);
    EXPECT_OK(open_with(tree.files, "/x.txt", VFS_WRITE | VFS_CREATE, &file));
    EXPECT(host_inode(tree_host(&tree, "/x.txt")) == 0);
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
    EXPECT(host_inode(tree_host(&tree, "/x.txt")) != 0);
    staging_free(&rules);
    EXPECT_STATUS(staging_parse(STR("Yes\n*.log, Never"), STR("alice"),
                                tree.clock, &rules),
                  ERR_INVALID);
    EXPECT_OK(staging_parse(STR("No"), STR("alice"), tree.clock, &rules));
    EXPECT(!staging_is_possible(rules) && !staging_have_paths(rules));
    staging_free(&rules);
}
