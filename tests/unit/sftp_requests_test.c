/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_requests_test.c - what each request of SFTP version 3 does, and how it
 * says that it cannot.
 */
#include "sftp_dialogue.h"

#include <stdlib.h>
#include <sys/stat.h>

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
    AUTO(str_free) char *bytes = calloc(1, 400000);

    make_file("/f", str_from(bytes, 400000));
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
