/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_extensions_test.c - the extensions of OpenSSH's PROTOCOL file.
 */
#include "sftp_dialogue.h"

#include <stdlib.h>
#include <sys/stat.h>

#define EXTENDED(name, letters, ...)                                           \
    CLIENT(SSH_FXP_EXTENDED, "s" letters, name, __VA_ARGS__)

TEST(version_announces_every_extension_as_openssh_does)
{
    static const char *const expected[][2] = {
        { "posix-rename@openssh.com", "1" },
        { "statvfs@openssh.com", "2" },
        { "fstatvfs@openssh.com", "2" },
        { "hardlink@openssh.com", "1" },
        { "fsync@openssh.com", "1" },
        { "lsetstat@openssh.com", "1" },
        { "limits@openssh.com", "1" },
        { "expand-path@openssh.com", "1" },
        { "copy-data", "1" },
        { "check-file", "md5,sha1,sha224,sha256,sha384,sha512,crc32" },
        { "check-file-name", "md5,sha1,sha224,sha256,sha384,sha512,crc32" },
        { "home-directory", "1" },
        { "users-groups-by-id@openssh.com", "1" },
    };
    static const char init[] = { 0, 0, 0, 5, SSH_FXP_INIT, 0, 0, 0, 3 };
    size_t taken;

    dialogue_before_init();
    struct sftp *sftp = dialogue_sftp();
    EXPECT_OK(sftp_input(sftp, str_from(init, sizeof init), &taken));
    struct reader reply = reader_of(buffer_str(sftp_output(sftp)));
    EXPECT(read_u32(&reply) == reply.rest.len);
    EXPECT(read_u8(&reply) == SSH_FXP_VERSION && read_u32(&reply) == 3);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        EXPECT(str_is(read_string(&reply), expected[i][0]));
        EXPECT(str_is(read_string(&reply), expected[i][1]));
    }
    EXPECT(reply.rest.len == 0 && !reader_is_broken(&reply));
}

TEST(an_unknown_extension_is_not_supported)
{
    EXTENDED("vendor-id", "s", "x");
    SERVER_SAYS(SSH_FX_OP_UNSUPPORTED, "The server does not support this");
    EXTENDED("", "", 0);
    SERVER_STATUS(SSH_FX_OP_UNSUPPORTED);
    EXTENDED("posix-rename@openssh.co", "ss", "/a", "/b");
    SERVER_STATUS(SSH_FX_OP_UNSUPPORTED);
}

TEST(an_extension_without_its_body_is_a_bad_message)
{
    static const char *const names[] = {
        "posix-rename@openssh.com",
        "statvfs@openssh.com",
        "fstatvfs@openssh.com",
        "hardlink@openssh.com",
        "fsync@openssh.com",
        "lsetstat@openssh.com",
        "expand-path@openssh.com",
        "copy-data",
        "home-directory",
        "users-groups-by-id@openssh.com",
        "check-file",
        "check-file-name",
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        CLIENT(SSH_FXP_EXTENDED, "s", names[i]);
        SERVER_STATUS(SSH_FX_BAD_MESSAGE);
        CLIENT(SSH_FXP_EXTENDED, "su", names[i], 0xffffffffU);
        SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    }
}

TEST(posix_rename_replaces)
{
    put_file("/a", "a");
    put_file("/b", "b");
    EXTENDED("posix-rename@openssh.com", "ss", "/a", "/b");
    SERVER_OK();
    expect_missing("/a");
    expect_file("/b", "a");
    EXTENDED("posix-rename@openssh.com", "ss", "/a", "/b");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    expect_file("/b", "a");
}

TEST(a_hard_link_is_a_second_name)
{
    put_file("/a", "a");
    EXTENDED("hardlink@openssh.com", "ss", "/a", "/b");
    SERVER_OK();
    expect_file("/b", "a");
    put_file("/a", "changed");
    expect_file("/b", "changed");
    EXTENDED("hardlink@openssh.com", "ss", "/a", "/b");
    SERVER_STATUS(SSH_FX_FAILURE);
    EXTENDED("hardlink@openssh.com", "ss", "/absent", "/c");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    EXTENDED("hardlink@openssh.com", "ss", "/a", "");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
}

TEST(fsync_takes_the_handle_of_a_file)
{
    struct dialogue_handle h = open_file("/f", W | C);

    EXTENDED("fsync@openssh.com", "h", h);
    SERVER_OK();
    close_handle(h);
    EXTENDED("fsync@openssh.com", "h", h);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    EXTENDED("fsync@openssh.com", "h", open_folder("/"));
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
}

TEST(lsetstat_changes_the_link_and_setstat_what_it_leads_to)
{
    struct vfs_attributes owner = { .has = VFS_HAS_OWNER, .uid = 7, .gid = 8 };

    put_file("/f", "1");
    CLIENT(SSH_FXP_SYMLINK, "ss", "f", "/l");
    SERVER_OK();
    EXTENDED("lsetstat@openssh.com", "sa", "/l", &owner);
    SERVER_OK();
    CLIENT(SSH_FXP_STAT, "s", "/f");
    EXPECT(SERVER_ATTRIBUTES().uid == 1000);
    CLIENT(SSH_FXP_LSTAT, "s", "/l");
    EXPECT(SERVER_ATTRIBUTES().uid == 7);
    owner.uid = 9;
    CLIENT(SSH_FXP_SETSTAT, "sa", "/l", &owner);
    SERVER_OK();
    CLIENT(SSH_FXP_STAT, "s", "/f");
    EXPECT(SERVER_ATTRIBUTES().uid == 9);
    CLIENT(SSH_FXP_LSTAT, "s", "/l");
    EXPECT(SERVER_ATTRIBUTES().uid == 7);
}

TEST(limits_are_those_that_hold)
{
    EXTENDED("limits@openssh.com", "", 0);
    struct reader body = SERVER_REPLY(SSH_FXP_EXTENDED_REPLY);
    EXPECT(read_u64(&body) == SFTP_PACKET);
    EXPECT(read_u64(&body) == SFTP_DATA);
    EXPECT(read_u64(&body) == SFTP_DATA);
    EXPECT(read_u64(&body) == SFTP_HANDLES);
    EXPECT(body.rest.len == 0 && !reader_is_broken(&body));
}

static void
expect_space(void)
{
    struct reader body = SERVER_REPLY(SSH_FXP_EXTENDED_REPLY);
    uint64_t numbers[11];

    for (size_t i = 0; i < 11; i++)
        numbers[i] = read_u64(&body);
    EXPECT(body.rest.len == 0 && !reader_is_broken(&body));
    EXPECT(numbers[0] > 0 && numbers[1] > 0);
    EXPECT(numbers[2] >= numbers[3] && numbers[3] >= numbers[4]);
    EXPECT(numbers[9] <= 3 && numbers[10] == VFS_NAME);
}

TEST(statvfs_and_fstatvfs_tell_the_space)
{
    struct dialogue_handle h = open_file("/f", W | C);

    EXTENDED("statvfs@openssh.com", "s", "/f");
    expect_space();
    EXTENDED("statvfs@openssh.com", "s", "");
    expect_space();
    EXTENDED("fstatvfs@openssh.com", "h", h);
    expect_space();
    EXTENDED("statvfs@openssh.com", "s", "/absent");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    EXTENDED("fstatvfs@openssh.com", "h", open_folder("/"));
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
}

TEST(a_tilde_is_the_root_of_ones_own_account_only)
{
    static const char *const pairs[][2] = {
        { "~", "/" },     { "~/", "/" },       { "~/a/../b", "/b" },
        { "~demo", "/" }, { "~demo/x", "/x" }, { "a/~", "/a/~" },
        { "", "/" },      { "/../x", "/x" },
    };

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        EXTENDED("expand-path@openssh.com", "s", pairs[i][0]);
        SERVER_NAME(pairs[i][1]);
    }
    EXTENDED("expand-path@openssh.com", "s", "~root/x");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    EXTENDED("expand-path@openssh.com", "s", "~demos");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    EXTENDED("expand-path@openssh.com", "t", STR("~/\0"));
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
}

TEST(the_home_of_the_account_is_its_root_and_others_have_none)
{
    EXTENDED("home-directory", "s", "demo");
    SERVER_NAME("/");
    EXTENDED("home-directory", "s", "");
    SERVER_NAME("/");
    EXTENDED("home-directory", "s", "root");
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
}

TEST(only_the_accounts_own_id_has_a_name)
{
    static const char users[] = { 0, 0, 0, 0, 0, 0, 3, (char)0xe8, 0, 0, 0, 1 };
    static const char groups[] = { 0, 0, 3, (char)0xe8 };

    EXTENDED("users-groups-by-id@openssh.com", "tt",
             str_from(users, sizeof users), str_from(groups, sizeof groups));
    struct reader body = SERVER_REPLY(SSH_FXP_EXTENDED_REPLY);
    struct reader names = reader_of(read_string(&body));
    EXPECT(read_string(&names).len == 0); /* root */
    EXPECT(str_is(read_string(&names), "demo"));
    EXPECT(read_string(&names).len == 0);
    EXPECT(names.rest.len == 0 && !reader_is_broken(&names));
    names = reader_of(read_string(&body));
    EXPECT(read_string(&names).len == 0);
    EXPECT(names.rest.len == 0 && !reader_is_broken(&names));
    EXPECT(body.rest.len == 0 && !reader_is_broken(&body));
}

TEST(half_an_id_and_too_many_ids_are_refused)
{
    AUTO(str_free) char *ids = malloc(200000);

    EXTENDED("users-groups-by-id@openssh.com", "ss", "12345", "");
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    EXTENDED("users-groups-by-id@openssh.com", "ss", "", "123");
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    for (size_t i = 0; i < 200000; i += 4)
        put_u32(ids + i, 1000);
    EXTENDED("users-groups-by-id@openssh.com", "ts", str_from(ids, 200000), "");
    SERVER_STATUS(SSH_FX_FAILURE);
    EXTENDED("users-groups-by-id@openssh.com", "ss", "", "");
    struct reader body = SERVER_REPLY(SSH_FXP_EXTENDED_REPLY);
    EXPECT(read_string(&body).len == 0 && read_string(&body).len == 0);
}

#define COPY(from, from_offset, len, to, to_offset)                            \
    EXTENDED("copy-data", "hqqhq", from, (uint64_t)(from_offset),              \
             (uint64_t)(len), to, (uint64_t)(to_offset))

TEST(data_is_copied_between_two_files)
{
    put_file("/a", "0123456789");
    struct dialogue_handle from = open_file("/a", R);
    struct dialogue_handle to = open_file("/b", W | C);

    COPY(from, 2, 3, to, 1);
    SERVER_OK();
    COPY(from, 9, 1, to, 0);
    SERVER_OK();
    expect_file("/b", "9234");
    COPY(from, 0, 0, to, 0); /* to the end */
    SERVER_OK();
    expect_file("/b", "0123456789");
    COPY(from, 10, 0, to, 0);
    SERVER_OK();
    close_handle(from);
    close_handle(to);
}

TEST(a_copy_beyond_the_end_copies_what_is_there_and_says_end_of_file)
{
    put_file("/a", "0123456789");
    struct dialogue_handle from = open_file("/a", R);
    struct dialogue_handle to = open_file("/b", W | C);

    COPY(from, 8, 5, to, 0);
    SERVER_STATUS(SSH_FX_EOF);
    expect_file("/b", "89");
    COPY(from, 100, 5, to, 0);
    SERVER_STATUS(SSH_FX_EOF);
}

TEST(a_copy_within_one_file_is_refused_as_openssh_does)
{
    put_file("/a", "0123456789");
    struct dialogue_handle both = open_file("/a", R | W);
    struct dialogue_handle again = open_file("//./a", R);

    COPY(both, 0, 3, both, 5);
    SERVER_STATUS(SSH_FX_FAILURE);
    COPY(again, 0, 3, both, 5);
    SERVER_STATUS(SSH_FX_FAILURE);
    expect_file("/a", "0123456789");
}

TEST(a_copy_needs_a_reader_and_a_writer_and_no_folder)
{
    put_file("/a", "0123456789");
    struct dialogue_handle a = open_file("/a", R);
    struct dialogue_handle b = open_file("/b", W | C);

    COPY(b, 0, 0, a, 0);
    SERVER_STATUS(SSH_FX_PERMISSION_DENIED);
    COPY(a, 0, 0, a, 0);
    SERVER_STATUS(SSH_FX_PERMISSION_DENIED);
    COPY(open_folder("/"), 0, 0, b, 0);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    COPY(a, 0, 0, open_folder("/"), 0);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    COPY(a, UINT64_MAX, 1, b, 0);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    COPY(a, 0, UINT64_MAX, b, 0);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    COPY(a, 0, 0, b, UINT64_MAX);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    COPY(a, 0, 0, b, INT64_MAX);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
}

TEST(a_large_copy_uses_little_memory)
{
    struct vfs_attributes size = { .has = VFS_HAS_SIZE, .size = 20000000 };

    put_file("/a", "begin");
    CLIENT(SSH_FXP_SETSTAT, "sa", "/a", &size);
    SERVER_OK();
    struct dialogue_handle from = open_file("/a", R);
    struct dialogue_handle to = open_file("/b", R | W | C);
    COPY(from, 0, 0, to, 0);
    SERVER_OK();
    CLIENT(SSH_FXP_FSTAT, "h", to);
    EXPECT(SERVER_ATTRIBUTES().size == 20000000);
    CLIENT(SSH_FXP_READ, "hqu", to, (uint64_t)0, 5U);
    SERVER_DATA(STR("begin"));
    EXPECT(sftp_output(dialogue_sftp())->size <= 262144);
}
