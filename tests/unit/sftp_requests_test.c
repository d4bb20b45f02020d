/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_requests_test.c - what each request of SFTP version 3 does, and how it
 * says that it cannot.
 */
#include "sftp_dialogue.h"

#include "vfs/vfs_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static void
make_folder(const char *path)
{
    CLIENT(SSH_FXP_MKDIR, "sa", path, NULL);
    SERVER_OK();
}

static struct dialogue_handle
open_folder(const char *path)
{
    CLIENT(SSH_FXP_OPENDIR, "s", path);
    return SERVER_HANDLE();
}

static bool
holds(struct str bytes, const char *text)
{
    return memmem(bytes.data, bytes.len, text, strlen(text)) != NULL;
}

/* A file of `len` bytes 'x', made behind the engine. */
static void
make_large_file(const char *path, size_t len)
{
    struct vfs_open how = { .flags = VFS_WRITE | VFS_CREATE };
    AUTO(vfs_close) struct vfs_file *file = NULL;
    char *bytes = malloc(len);

    EXPECT(bytes != NULL);
    memset(bytes, 'x', len);
    EXPECT_OK(vfs_open(dialogue_files(), str_of(path), &how, &file));
    EXPECT_OK(vfs_write(file, 0, str_from(bytes, len)));
    free(bytes);
}

TEST(what_was_written_is_read_again)
{
    put_file("/report.csv", "a;b;c");
    expect_file("/report.csv", "a;b;c");
}

TEST(a_missing_file_is_no_such_file)
{
    CLIENT(SSH_FXP_OPEN, "sua", "/absent", (uint32_t)R, NULL);
    SERVER_SAYS(SSH_FX_NO_SUCH_FILE, "No such file or folder");
    CLIENT(SSH_FXP_OPEN, "sua", "/absent/file", (uint32_t)(W | C), NULL);
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    CLIENT(SSH_FXP_STAT, "s", "/absent");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    CLIENT(SSH_FXP_LSTAT, "s", "/absent");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    CLIENT(SSH_FXP_REMOVE, "s", "/absent");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    CLIENT(SSH_FXP_RMDIR, "s", "/absent");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    CLIENT(SSH_FXP_OPENDIR, "s", "/absent");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    CLIENT(SSH_FXP_RENAME, "ss", "/absent", "/other");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    CLIENT(SSH_FXP_READLINK, "s", "/absent");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    CLIENT(SSH_FXP_SETSTAT, "sa", "/absent", NULL);
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
}

TEST(a_folder_cannot_be_opened_as_a_file)
{
    make_folder("/d");
    CLIENT(SSH_FXP_OPEN, "sua", "/d", (uint32_t)R, NULL);
    SERVER_SAYS(SSH_FX_FAILURE, "It is a folder");
}

TEST(a_file_cannot_be_listed)
{
    put_file("/f", "1");
    CLIENT(SSH_FXP_OPENDIR, "s", "/f");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    CLIENT(SSH_FXP_STAT, "s", "/f/below");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
}

TEST(an_exclusive_open_fails_when_the_name_is_taken)
{
    close_handle(open_file("/f", W | C | X));
    CLIENT(SSH_FXP_OPEN, "sua", "/f", (uint32_t)(W | C | X), NULL);
    SERVER_SAYS(SSH_FX_FAILURE, "The name exists already");
}

TEST(an_open_without_any_flag_reads)
{
    put_file("/f", "1");
    struct dialogue_handle h = open_file("/f", 0);
    CLIENT(SSH_FXP_READ, "hqu", h, (uint64_t)0, 10U);
    SERVER_DATA(STR("1"));
    close_handle(h);
}

TEST(truncating_without_writing_makes_no_sense)
{
    put_file("/f", "1");
    CLIENT(SSH_FXP_OPEN, "sua", "/f", (uint32_t)(R | T), NULL);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    expect_file("/f", "1");
}

TEST(the_mode_of_open_is_that_of_a_new_file)
{
    struct vfs_attributes a = { .has = VFS_HAS_MODE, .mode = 0640 };

    CLIENT(SSH_FXP_OPEN, "sua", "/f", (uint32_t)(W | C), &a);
    close_handle(SERVER_HANDLE());
    CLIENT(SSH_FXP_STAT, "s", "/f");
    EXPECT(SERVER_ATTRIBUTES().mode == (S_IFREG | 0640));
}

TEST(reading_behind_the_end_is_end_of_file)
{
    put_file("/f", "12345");
    struct dialogue_handle h = open_file("/f", R);
    CLIENT(SSH_FXP_READ, "hqu", h, (uint64_t)3, 100U);
    SERVER_DATA(STR("45"));
    CLIENT(SSH_FXP_READ, "hqu", h, (uint64_t)5, 100U);
    SERVER_STATUS(SSH_FX_EOF);
    CLIENT(SSH_FXP_READ, "hqu", h, (uint64_t)1 << 40, 100U);
    SERVER_STATUS(SSH_FX_EOF);
}

TEST(a_read_of_nothing_gives_nothing)
{
    put_file("/f", "12345");
    struct dialogue_handle h = open_file("/f", R);
    CLIENT(SSH_FXP_READ, "hqu", h, (uint64_t)3, 0U);
    SERVER_DATA(STR_NONE);
}

TEST(a_read_of_too_much_gives_the_most_that_is_allowed)
{
    make_large_file("/f", 400000);
    struct dialogue_handle h = open_file("/f", R);
    CLIENT(SSH_FXP_READ, "hqu", h, (uint64_t)0, UINT32_MAX);
    struct reader body = SERVER_REPLY(SSH_FXP_DATA);
    EXPECT(read_string(&body).len == SFTP_DATA);
}

TEST(no_offset_is_too_large_to_be_refused)
{
    struct dialogue_handle h = open_file("/f", R | W | C);

    CLIENT(SSH_FXP_READ, "hqu", h, UINT64_MAX, 100U);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    CLIENT(SSH_FXP_READ, "hqu", h, (uint64_t)INT64_MAX, 100U);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    CLIENT(SSH_FXP_WRITE, "hqs", h, UINT64_MAX, "x");
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    CLIENT(SSH_FXP_WRITE, "hqs", h, (uint64_t)INT64_MAX, "x");
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    CLIENT(SSH_FXP_WRITE, "hqs", h, (uint64_t)INT64_MAX - 1, "x");
    SERVER_STATUS(SSH_FX_FAILURE);
    CLIENT(SSH_FXP_FSTAT, "h", h);
    EXPECT(SERVER_ATTRIBUTES().size == 0);
}

TEST(a_reader_cannot_write_and_a_writer_cannot_read)
{
    put_file("/f", "1");
    struct dialogue_handle reader = open_file("/f", R);
    struct dialogue_handle writer = open_file("/f", W);
    CLIENT(SSH_FXP_WRITE, "hqs", reader, (uint64_t)0, "2");
    SERVER_STATUS(SSH_FX_PERMISSION_DENIED);
    CLIENT(SSH_FXP_READ, "hqu", writer, (uint64_t)0, 1U);
    SERVER_STATUS(SSH_FX_PERMISSION_DENIED);
    expect_file("/f", "1");
}

TEST(an_appending_writer_ignores_the_offset)
{
    put_file("/f", "123");
    struct dialogue_handle h = open_file("/f", W | A);
    CLIENT(SSH_FXP_WRITE, "hqs", h, (uint64_t)0, "45");
    SERVER_OK();
    expect_file("/f", "12345");
}

TEST(a_closed_handle_is_gone_also_for_its_successor)
{
    struct dialogue_handle old = open_file("/f", W | C);

    close_handle(old);
    CLIENT(SSH_FXP_CLOSE, "h", old);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    struct dialogue_handle new = open_file("/f", W);
    CLIENT(SSH_FXP_WRITE, "hqs", old, (uint64_t)0, "x");
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    CLIENT(SSH_FXP_CLOSE, "h", old);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    close_handle(new);
}

TEST(a_handle_that_was_never_given_is_refused)
{
    struct dialogue_handle wrong = open_file("/f", W | C);

    for (size_t i = 0; i < wrong.len; i++) {
        struct dialogue_handle h = wrong;
        h.text[i] = (char)(h.text[i] + 1);
        CLIENT(SSH_FXP_FSTAT, "h", h);
        SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    }
    for (wrong.len = 0; wrong.len <= 256; wrong.len++) {
        if (wrong.len == 8)
            continue;
        CLIENT(SSH_FXP_FSTAT, "h", wrong);
        SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    }
}

TEST(a_handle_of_a_file_is_none_of_a_folder)
{
    struct dialogue_handle file = open_file("/f", W | C);
    struct dialogue_handle folder = open_folder("/");

    CLIENT(SSH_FXP_READDIR, "h", file);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    CLIENT(SSH_FXP_READ, "hqu", folder, (uint64_t)0, 1U);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    CLIENT(SSH_FXP_WRITE, "hqs", folder, (uint64_t)0, "x");
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    CLIENT(SSH_FXP_FSTAT, "h", folder);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    CLIENT(SSH_FXP_FSETSTAT, "ha", folder, NULL);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    close_handle(file);
    close_handle(folder);
}

TEST(handles_have_a_cap_and_closing_makes_room)
{
    struct dialogue_handle handles[SFTP_HANDLES];

    for (size_t i = 0; i < SFTP_HANDLES; i++)
        handles[i] = (i % 2) ? open_folder("/") : open_file("/f", W | C);
    CLIENT(SSH_FXP_OPEN, "sua", "/g", (uint32_t)(W | C), NULL);
    SERVER_SAYS(SSH_FX_FAILURE, "A limit of the server is reached");
    CLIENT(SSH_FXP_OPENDIR, "s", "/");
    SERVER_STATUS(SSH_FX_FAILURE);
    expect_missing("/g");
    close_handle(handles[7]);
    close_handle(open_file("/g", W | C));
}

TEST(fstat_and_stat_tell_the_same)
{
    put_file("/f", "12345");
    struct dialogue_handle h = open_file("/f", R);
    CLIENT(SSH_FXP_FSTAT, "h", h);
    struct vfs_attributes by_handle = SERVER_ATTRIBUTES();
    CLIENT(SSH_FXP_STAT, "s", "/f");
    struct vfs_attributes by_path = SERVER_ATTRIBUTES();
    EXPECT(by_handle.size == 5 && by_path.size == 5);
    EXPECT(by_handle.mode == by_path.mode && by_handle.uid == by_path.uid);
    EXPECT(by_handle.mtime_ns == by_path.mtime_ns);
}

TEST(attributes_are_set_by_path_and_by_handle)
{
    struct vfs_attributes a = {
        .has = VFS_HAS_SIZE | VFS_HAS_MODE | VFS_HAS_OWNER | VFS_HAS_TIMES,
        .size = 2,
        .mode = 0600,
        .uid = 7,
        .gid = 8,
        .atime_ns = 1000000000,
        .mtime_ns = 4294967295000000000,
    };

    put_file("/f", "12345");
    CLIENT(SSH_FXP_SETSTAT, "sa", "/f", &a);
    SERVER_OK();
    CLIENT(SSH_FXP_STAT, "s", "/f");
    struct vfs_attributes now = SERVER_ATTRIBUTES();
    EXPECT(now.size == 2 && now.mode == (S_IFREG | 0600) && now.uid == 7);
    EXPECT(now.gid == 8 && now.atime_ns == a.atime_ns);
    EXPECT(now.mtime_ns == a.mtime_ns);

    struct dialogue_handle h = open_file("/f", W);
    a = (struct vfs_attributes){ .has = VFS_HAS_SIZE, .size = 1 };
    CLIENT(SSH_FXP_FSETSTAT, "ha", h, &a);
    SERVER_OK();
    expect_file("/f", "1");
}

TEST(a_reader_cannot_set_the_size)
{
    struct vfs_attributes a = { .has = VFS_HAS_SIZE };

    put_file("/f", "1");
    struct dialogue_handle h = open_file("/f", R);
    CLIENT(SSH_FXP_FSETSTAT, "ha", h, &a);
    SERVER_STATUS(SSH_FX_PERMISSION_DENIED);
}

TEST(a_negative_size_is_refused)
{
    struct vfs_attributes a = { .has = VFS_HAS_SIZE, .size = UINT64_MAX };

    put_file("/f", "1");
    CLIENT(SSH_FXP_SETSTAT, "sa", "/f", &a);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    expect_file("/f", "1");
}

TEST(extended_attributes_are_read_over)
{
    put_file("/f", "1");
    CLIENT(SSH_FXP_SETSTAT, "suuussss", "/f", 0x80000004U, 0600U, 2U, "a", "b",
           "c", "");
    SERVER_OK();
    CLIENT(SSH_FXP_STAT, "s", "/f");
    EXPECT(SERVER_ATTRIBUTES().mode == (S_IFREG | 0600));
}

TEST(extended_attributes_that_are_not_there_are_refused)
{
    put_file("/f", "1");
    CLIENT(SSH_FXP_SETSTAT, "suus", "/f", 0x80000000U, 2U, "a");
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    CLIENT(SSH_FXP_SETSTAT, "suu", "/f", 0x80000000U, UINT32_MAX);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
}

TEST(times_that_do_not_fit_are_told_as_the_nearest)
{
    struct vfs_attributes a = { .has = VFS_HAS_TIMES,
                                .atime_ns = -5000000000,
                                .mtime_ns = 5000000000000000000 };

    put_file("/f", "1");
    EXPECT_OK(vfs_set_attributes(dialogue_files(), STR("/f"), 0, &a));
    CLIENT(SSH_FXP_STAT, "s", "/f");
    a = SERVER_ATTRIBUTES();
    EXPECT(a.atime_ns == 0);
    EXPECT(a.mtime_ns == UINT32_MAX * (int64_t)1000000000);
}

TEST(the_type_in_a_mode_is_not_the_clients_to_set)
{
    put_file("/f", "1");
    CLIENT(SSH_FXP_SETSTAT, "suu", "/f", 4U, (uint32_t)(S_IFDIR | 0755));
    SERVER_OK();
    CLIENT(SSH_FXP_STAT, "s", "/f");
    EXPECT(SERVER_ATTRIBUTES().mode == (S_IFREG | 0755));
}

TEST(folders_are_made_and_removed)
{
    make_folder("/d");
    CLIENT(SSH_FXP_MKDIR, "sa", "/d", NULL);
    SERVER_SAYS(SSH_FX_FAILURE, "The name exists already");
    put_file("/d/f", "1");
    CLIENT(SSH_FXP_RMDIR, "s", "/d");
    SERVER_SAYS(SSH_FX_FAILURE, "The folder is not empty");
    CLIENT(SSH_FXP_REMOVE, "s", "/d");
    SERVER_STATUS(SSH_FX_FAILURE);
    CLIENT(SSH_FXP_REMOVE, "s", "/d/f");
    SERVER_OK();
    CLIENT(SSH_FXP_RMDIR, "s", "/d");
    SERVER_OK();
    expect_missing("/d");
}

TEST(rename_does_not_replace)
{
    put_file("/a", "a");
    put_file("/b", "b");
    CLIENT(SSH_FXP_RENAME, "ss", "/a", "/b");
    SERVER_STATUS(SSH_FX_FAILURE);
    expect_file("/b", "b");
    CLIENT(SSH_FXP_RENAME, "ss", "/a", "/c");
    SERVER_OK();
    expect_missing("/a");
    expect_file("/c", "a");
}

TEST(a_symbolic_link_has_its_target_first_as_openssh_sends_it)
{
    put_file("/f", "12345");
    CLIENT(SSH_FXP_SYMLINK, "ss", "f", "/l");
    SERVER_OK();
    CLIENT(SSH_FXP_READLINK, "s", "/l");
    SERVER_NAME("f");
    CLIENT(SSH_FXP_LSTAT, "s", "/l");
    EXPECT(S_ISLNK(SERVER_ATTRIBUTES().mode));
    CLIENT(SSH_FXP_STAT, "s", "/l");
    EXPECT(SERVER_ATTRIBUTES().size == 5);
    expect_file("/l", "12345");
    CLIENT(SSH_FXP_READLINK, "s", "/f");
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    CLIENT(SSH_FXP_SYMLINK, "ss", "f", "/l");
    SERVER_STATUS(SSH_FX_FAILURE);
    CLIENT(SSH_FXP_SYMLINK, "ss", "", "/m");
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
}

TEST(realpath_also_answers_for_what_is_not_there)
{
    static const char *const pairs[][2] = {
        { ".", "/" },          { "", "/" },       { "/", "/" },
        { "a/b", "/a/b" },     { "/../..", "/" }, { "/a/./b/../c", "/a/c" },
        { "//a//b/", "/a/b" }, { "..", "/" },     { "/a/..", "/" },
    };

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        CLIENT(SSH_FXP_REALPATH, "s", pairs[i][0]);
        SERVER_NAME(pairs[i][1]);
    }
}

TEST(names_are_bytes)
{
    static const char *const names[] = {
        "/ leading and trailing ",
        "/quotes\"'`",
        "/new\nline\r\t",
        "/\xff\xfe not UTF-8",
        "/\xc3\xa4",
        "/~",
        "/-rf",
        "/a\\b",
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        put_file(names[i], "1");
        expect_file(names[i], "1");
        CLIENT(SSH_FXP_REALPATH, "s", names[i]);
        SERVER_NAME(names[i]);
    }
}

TEST(a_name_with_nul_or_too_long_is_refused_everywhere)
{
    static const uint8_t by_path[] = {
        SSH_FXP_OPEN,   SSH_FXP_LSTAT,  SSH_FXP_SETSTAT,  SSH_FXP_OPENDIR,
        SSH_FXP_REMOVE, SSH_FXP_MKDIR,  SSH_FXP_RMDIR,    SSH_FXP_REALPATH,
        SSH_FXP_STAT,   SSH_FXP_RENAME, SSH_FXP_READLINK,
    };
    char longest[257] = "/";

    memset(longest + 1, 'n', 255);
    close_handle(open_file(longest, W | C));
    for (size_t i = 0; i < sizeof by_path; i++) {
        CLIENT(by_path[i], "tuuu", STR("/a\0b"), 8U, 0U, 0U);
        SERVER_STATUS(SSH_FX_BAD_MESSAGE);
        CLIENT(by_path[i], "tuuu", str_from("/a\0", 3), 8U, 0U, 0U);
        SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    }
    char name[VFS_PATH * 2];
    memset(name, 'n', sizeof name);
    name[0] = '/';
    for (size_t i = 0; i < sizeof by_path; i++) {
        CLIENT(by_path[i], "tuuu", str_from(name, 257), 8U, 0U, 0U);
        SERVER_STATUS(SSH_FX_BAD_MESSAGE);
        CLIENT(by_path[i], "tuuu", str_from(name, sizeof name), 8U, 0U, 0U);
        SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    }
    CLIENT(SSH_FXP_SYMLINK, "ts", STR("a\0b"), "/l");
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    CLIENT(SSH_FXP_SYMLINK, "st", "a", STR("/l\0"));
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    CLIENT(SSH_FXP_RENAME, "st", longest, STR("/l\0"));
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
}

TEST(an_empty_name_names_nothing)
{
    CLIENT(SSH_FXP_OPEN, "sua", "", (uint32_t)(W | C), NULL);
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    CLIENT(SSH_FXP_REMOVE, "s", "");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    CLIENT(SSH_FXP_RMDIR, "s", "");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    CLIENT(SSH_FXP_MKDIR, "sa", "", NULL);
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    put_file("/f", "1");
    CLIENT(SSH_FXP_RENAME, "ss", "/f", "");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    CLIENT(SSH_FXP_SYMLINK, "ss", "f", "");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    CLIENT(SSH_FXP_STAT, "s", "");
    EXPECT(S_ISDIR(SERVER_ATTRIBUTES().mode));
    close_handle(open_folder(""));
}

/* Reads one batch: how many names, and the last of them. */
static uint32_t
read_batch(struct dialogue_handle h, char last[VFS_NAME + 1])
{
    CLIENT(SSH_FXP_READDIR, "h", h);
    struct reader body = SERVER_REPLY(SSH_FXP_NAME);
    uint32_t count = read_u32(&body);

    EXPECT(body.rest.len <= 33000);
    for (uint32_t i = 0; i < count; i++) {
        struct vfs_attributes a;
        struct str name = read_string(&body);
        EXPECT(name.len > 0 && name.len <= VFS_NAME);
        memcpy(last, name.data, name.len);
        last[name.len] = '\0';
        struct str line = read_string(&body);
        EXPECT(line.len > name.len);
        EXPECT(memcmp(line.data + line.len - name.len, name.data, name.len) ==
               0);
        EXPECT_OK(sftp_read_attributes(&body, &a));
        EXPECT(a.has & VFS_HAS_SIZE);
    }
    EXPECT(!reader_is_broken(&body) && body.rest.len == 0);
    return count;
}

TEST(a_folder_is_listed_in_batches)
{
    char path[32], last[VFS_NAME + 1];
    uint32_t total = 0;

    make_folder("/d");
    for (int i = 0; i < 250; i++) {
        snprintf(path, sizeof path, "/d/%04d", i);
        make_large_file(path, 1);
    }
    struct dialogue_handle h = open_folder("/d");
    while (total < 252) {
        uint32_t count = read_batch(h, last);
        EXPECT(count > 0 && count <= 100);
        total += count;
    }
    EXPECT(total == 252); /* and "." and ".." */
    EXPECT_TEXT(last, "0249");
    CLIENT(SSH_FXP_READDIR, "h", h);
    SERVER_STATUS(SSH_FX_EOF);
    CLIENT(SSH_FXP_READDIR, "h", h);
    SERVER_STATUS(SSH_FX_EOF);
    close_handle(h);
}

TEST(two_hundred_thousand_entries_are_listed_in_bounded_memory)
{
    char path[32], last[VFS_NAME + 1];
    uint32_t total = 0;

    for (int i = 0; i < 200000; i++) {
        snprintf(path, sizeof path, "/%06d", i);
        struct vfs_open how = { .flags = VFS_WRITE | VFS_CREATE };
        AUTO(vfs_close) struct vfs_file *file = NULL;
        EXPECT_OK(vfs_open(dialogue_files(), str_of(path), &how, &file));
    }
    struct dialogue_handle h = open_folder("/");
    while (total < 200002)
        total += read_batch(h, last);
    EXPECT_TEXT(last, "199999");
    EXPECT(sftp_output(dialogue_sftp())->size <= 131072);
}

TEST(the_longest_names_are_listed)
{
    char path[VFS_NAME + 2] = "/", last[VFS_NAME + 1];
    uint32_t total = 0;

    memset(path + 1, '\xff', VFS_NAME);
    for (int i = 0; i < 200; i++) {
        path[1] = (char)('0' + i / 50);
        path[2] = (char)('0' + i % 50);
        make_large_file(path, 1);
    }
    struct dialogue_handle h = open_folder("/");
    while (total < 202)
        total += read_batch(h, last);
    EXPECT(total == 202 && strlen(last) == VFS_NAME);
}

TEST(a_line_of_a_listing_looks_like_that_of_ls)
{
    struct vfs_entry entry = {
        .name = STR("report.csv"),
        .attributes = { .mode = S_IFREG | 04754,
                        .size = 1234,
                        .uid = 5,
                        .gid = 6,
                        .links = 2,
                        .mtime_ns = 951782400000000000 }, /* 2000-02-29 */
    };
    char line[SFTP_LONGNAME + 1];

    line[sftp_longname(&entry, "demo", line)] = '\0';
    EXPECT_TEXT(line, "-rwsr-xr--   2 demo     6            1234 "
                      "Feb 29  2000 report.csv");
    entry.attributes.mode = S_IFDIR | 01776;
    entry.attributes.mtime_ns = -1;
    line[sftp_longname(&entry, "5", line)] = '\0';
    EXPECT_TEXT(line, "drwxrwxrwT   2 5        6            1234 "
                      "Jan  1  1970 report.csv");
}

TEST(the_owner_of_the_root_is_listed_by_the_accounts_name)
{
    struct vfs_attributes other = { .has = VFS_HAS_OWNER, .uid = 77, .gid = 1 };

    put_file("/f", "1");
    EXPECT_OK(vfs_set_attributes(dialogue_files(), STR("/f"), 0, &other));
    struct dialogue_handle h = open_folder("/");
    CLIENT(SSH_FXP_READDIR, "h", h);
    struct reader body = SERVER_REPLY(SSH_FXP_NAME);
    EXPECT(holds(body.rest, " demo     1000"));
    EXPECT(holds(body.rest, " 77       1 "));
}

TEST(a_name_that_would_break_the_columns_of_a_listing_is_not_told)
{
    dialogue_sftp()->account_name = "two words";
    put_file("/f", "1");
    struct dialogue_handle h = open_folder("/");
    CLIENT(SSH_FXP_READDIR, "h", h);
    struct reader body = SERVER_REPLY(SSH_FXP_NAME);
    EXPECT(holds(body.rest, " 1000     1000"));
    EXPECT(!holds(body.rest, "two words"));
}

/* Keeps what a request asked of the files. */
struct asked {
    struct vfs vfs;
    unsigned how;
    uint32_t mode;
};

static enum status
ask_stat(struct vfs *vfs, struct str path, unsigned how,
         struct vfs_attributes *out)
{
    (void)path;
    ((struct asked *)vfs)->how = how;
    *out = (struct vfs_attributes){ 0 };
    return OK;
}

static enum status
ask_set(struct vfs *vfs, struct str path, unsigned how,
        const struct vfs_attributes *attributes)
{
    (void)path;
    ((struct asked *)vfs)->how = how;
    ((struct asked *)vfs)->mode = attributes->mode;
    return OK;
}

TEST(only_stat_asks_what_may_be_told_of_a_left_over)
{
    static const struct vfs_ops ops = { .stat = ask_stat,
                                        .set_attributes = ask_set };
    struct asked asked = { .vfs.ops = &ops };
    struct dialogue *d = dialogue_new(&asked.vfs);

    CLIENT(SSH_FXP_STAT, "s", "/f");
    (void)SERVER_ATTRIBUTES();
    EXPECT(asked.how == (VFS_FOLLOW | VFS_TELL));
    CLIENT(SSH_FXP_LSTAT, "s", "/f");
    (void)SERVER_ATTRIBUTES();
    EXPECT(asked.how == 0);
    CLIENT(SSH_FXP_SETSTAT, "suu", "/f", 4U, 0xffffffffU);
    SERVER_OK();
    EXPECT(asked.how == VFS_FOLLOW && asked.mode == 07777);
    dialogue_free(&d);
}

/* Fails what it is told to. */
struct fault {
    const char *call;
    enum status status;
    const char *why; /* NULL: something with a path of the host */
    int times;
};

static enum status
fail_call(void *arg, const char *call, struct str path)
{
    struct fault *fault = arg;

    (void)path;
    if (strcmp(call, fault->call) != 0)
        return OK;
    fault->times++;
    return fail(fault->status, "%s",
                fault->why ? fault->why : "/srv/host/path is broken");
}

TEST(every_failure_has_its_code_and_no_text_names_the_host)
{
    static const struct {
        enum status status;
        uint32_t code;
    } codes[] = {
        { ERR_NOT_FOUND, SSH_FX_NO_SUCH_FILE },
        { ERR_DENIED, SSH_FX_PERMISSION_DENIED },
        { ERR_EXISTS, SSH_FX_FAILURE },
        { ERR_NOT_EMPTY, SSH_FX_FAILURE },
        { ERR_IS_FOLDER, SSH_FX_FAILURE },
        { ERR_NO_FOLDER, SSH_FX_NO_SUCH_FILE },
        { ERR_FULL, SSH_FX_FAILURE },
        { ERR_BUSY, SSH_FX_FAILURE },
        { ERR_LIMIT, SSH_FX_FAILURE },
        { ERR_INVALID, SSH_FX_BAD_MESSAGE },
        { ERR_UNSUPPORTED, SSH_FX_OP_UNSUPPORTED },
        { ERR_CONFLICT, SSH_FX_FAILURE },
        { ERR_TIMEOUT, SSH_FX_FAILURE },
        { ERR_CLOSED, SSH_FX_FAILURE },
        { ERR_MEMORY, SSH_FX_FAILURE },
        { ERR_IO, SSH_FX_FAILURE },
    };
    struct fault fault = { .call = "vfs_stat" };
    struct vfs *memory, *faulty;

    EXPECT_OK(vfs_in_memory(&memory));
    EXPECT_OK(vfs_with_faults(memory, fail_call, &fault, &faulty));
    struct dialogue *d = dialogue_new(faulty);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        fault.status = codes[i].status;
        CLIENT(SSH_FXP_STAT, "s", "/f");
        struct reader body = SERVER_REPLY(SSH_FXP_STATUS);
        EXPECT(read_u32(&body) == codes[i].code);
        struct str text = read_string(&body);
        EXPECT(text.len > 0 && !holds(text, "srv"));
    }
    dialogue_free(&d);
    vfs_free(&faulty);
}

TEST(a_failing_commit_fails_the_close_and_the_handle_is_gone)
{
    struct fault fault = { .call = "vfs_commit", .status = ERR_FULL };
    struct vfs *memory, *faulty;

    EXPECT_OK(vfs_in_memory(&memory));
    EXPECT_OK(vfs_with_faults(memory, fail_call, &fault, &faulty));
    struct dialogue *d = dialogue_new(faulty);
    struct dialogue_handle writer = open_file("/f", W | C);
    struct dialogue_handle reader = open_file("/f", R);
    CLIENT(SSH_FXP_CLOSE, "h", writer);
    SERVER_SAYS(SSH_FX_FAILURE,
                "No space is left, or a quota or size limit is used up");
    CLIENT(SSH_FXP_CLOSE, "h", writer);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    close_handle(reader);
    EXPECT(fault.times == 1);
    dialogue_free(&d);
    vfs_free(&faulty);
}

TEST(a_busy_file_says_why_unless_that_would_name_the_host)
{
    struct fault fault = { .call = "vfs_open", .status = ERR_BUSY };
    struct vfs *memory, *faulty;

    EXPECT_OK(vfs_in_memory(&memory));
    EXPECT_OK(vfs_with_faults(memory, fail_call, &fault, &faulty));
    struct dialogue *d = dialogue_new(faulty);
    CLIENT(SSH_FXP_OPEN, "sua", "/f", (uint32_t)(W | C), NULL);
    SERVER_SAYS(SSH_FX_FAILURE, "Another session is writing this file");
    fault.why = "an unfinished upload of 'f' is there";
    CLIENT(SSH_FXP_OPEN, "sua", "/f", (uint32_t)(W | C), NULL);
    SERVER_SAYS(SSH_FX_FAILURE, "an unfinished upload of 'f' is there");
    fault.why = "an unfinished upload of '\x1b[2J' is there";
    CLIENT(SSH_FXP_OPEN, "sua", "/f", (uint32_t)(W | C), NULL);
    SERVER_SAYS(SSH_FX_FAILURE, "Another session is writing this file");
    dialogue_free(&d);
    vfs_free(&faulty);
}

TEST(a_channel_that_breaks_commits_nothing)
{
    struct fault fault = { .call = "vfs_commit", .status = ERR_IO };
    struct vfs *memory, *faulty;

    EXPECT_OK(vfs_in_memory(&memory));
    EXPECT_OK(vfs_with_faults(memory, fail_call, &fault, &faulty));
    struct dialogue *d = dialogue_new(faulty);
    (void)open_file("/f", W | C);
    CLIENT(SSH_FXP_OPENDIR, "s", "/");
    (void)SERVER_HANDLE();
    dialogue_free(&d); /* ASan sees what is left open */
    EXPECT(fault.times == 0);
    vfs_free(&faulty);
}
