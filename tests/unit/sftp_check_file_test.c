/* SPDX-License-Identifier: Apache-2.0 */
/* sftp_check_file_test.c - checksums that SFTP's clients ask for. */
#include "sftp_dialogue.h"

#include "vfs/checksum.h"

#include <stdio.h>
#include <stdlib.h>

enum { LARGE = 3 * CHECKSUM_PIECE + 5 };

/* What the next reply says: which kind, and so many bytes of sums. */
static struct str
server_sums(const char *kind)
{
    struct reader reply = SERVER_REPLY(SSH_FXP_EXTENDED_REPLY);

    EXPECT(str_is(read_string(&reply), "check-file"));
    EXPECT(str_is(read_string(&reply), kind));
    EXPECT(!reader_is_broken(&reply));
    return reply.rest;
}

static void
expect_sum(const char *kind, const char *hex)
{
    struct str sums = server_sums(kind);
    char text[2 * CHECKSUM_BYTES + 1] = "";

    EXPECT(sums.len <= CHECKSUM_BYTES);
    for (size_t i = 0; i < sums.len; i++)
        snprintf(text + 2 * i, 3, "%02x", (unsigned char)sums.data[i]);
    EXPECT_TEXT(text, hex);
}

#define CHECK_NAME(path, kinds, start, len, block)                             \
    CLIENT(SSH_FXP_EXTENDED, "sssqqu", "check-file-name", path, kinds,         \
           (uint64_t)(start), (uint64_t)(len), (unsigned)(block))
#define CHECK_HANDLE(name, h, kinds, start, len, block)                        \
    CLIENT(SSH_FXP_EXTENDED, "shsqqu", name, h, kinds, (uint64_t)(start),      \
           (uint64_t)(len), (unsigned)(block))

TEST(every_kind_of_sum_is_right)
{
    static const char *const known[][2] = {
        { "md5", "900150983cd24fb0d6963f7d28e17f72" },
        { "sha1", "a9993e364706816aba3e25717850c26c9cd0d89d" },
        { "sha224",
          "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7" },
        { "sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f2"
                    "0015ad" },
        { "sha384", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a4"
                    "3ff5bed8086072ba1e7cc2358baeca134c825a7" },
        { "sha512", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64"
                    "b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a"
                    "9ac94fa54ca49f" },
        { "crc32", "352441c2" },
    };

    put_file("/abc", "abc");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        CHECK_NAME("/abc", known[i][0], 0, 0, 0);
        expect_sum(known[i][0], known[i][1]);
    }
}

TEST(a_range_is_summed_up_by_handle_or_name)
{
    put_file("/f", "xxabcyy");
    struct dialogue_handle h = open_file("/f", R);

    CHECK_HANDLE("check-file", h, "md5", 2, 3, 0);
    expect_sum("md5", "900150983cd24fb0d6963f7d28e17f72");
    CHECK_HANDLE("check-file-handle", h, "md5", 2, 3, 0);
    expect_sum("md5", "900150983cd24fb0d6963f7d28e17f72");
    CHECK_NAME("/f", "md5", 2, 3, 0);
    expect_sum("md5", "900150983cd24fb0d6963f7d28e17f72");
    close_handle(h);
}

TEST(the_first_kind_that_is_known_is_taken)
{
    put_file("/abc", "abc");
    CHECK_NAME("/abc", "whirlpool, md5,sha1", 0, 0, 0);
    expect_sum("md5", "900150983cd24fb0d6963f7d28e17f72");
    CHECK_NAME("/abc", "whirlpool", 0, 0, 0);
    SERVER_STATUS(SSH_FX_OP_UNSUPPORTED);
    CHECK_NAME("/abc", "", 0, 0, 0);
    SERVER_STATUS(SSH_FX_OP_UNSUPPORTED);
}

TEST(nothing_has_a_sum_too_but_no_blocks)
{
    put_file("/empty", "");
    put_file("/abc", "abc");
    CHECK_NAME("/empty", "md5", 0, 0, 0);
    expect_sum("md5", "d41d8cd98f00b204e9800998ecf8427e");
    CHECK_NAME("/abc", "md5", 1000, 5, 0);
    expect_sum("md5", "d41d8cd98f00b204e9800998ecf8427e");
    CHECK_NAME("/empty", "md5", 0, 0, 256);
    EXPECT(server_sums("md5").len == 0);
}

TEST(each_block_has_its_sum_the_last_may_be_short)
{
    char text[700];
    size_t lens[] = { 256, 511, 512, 513 }, blocks[] = { 1, 2, 2, 3 };

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    put_file("/f", text);
    for (size_t i = 0; i < 4; i++) {
        CHECK_NAME("/f", "crc32", 0, lens[i], 256);
        EXPECT(server_sums("crc32").len == 4 * blocks[i]);
    }
    CHECK_NAME("/f", "crc32", 0, 0, 256);
    EXPECT(server_sums("crc32").len == 4 * 3);
    CHECK_NAME("/f", "crc32", 0, 0, 255);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
}

TEST(what_may_not_be_read_has_no_sum)
{
    put_file("/f", "abc");
    make_folder("/d");
    struct dialogue_handle h = open_file("/f", W);

    CHECK_HANDLE("check-file", h, "md5", 0, 0, 0);
    SERVER_STATUS(SSH_FX_PERMISSION_DENIED);
    close_handle(h);
    CHECK_HANDLE("check-file", h, "md5", 0, 0, 0);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    CHECK_NAME("/none", "md5", 0, 0, 0);
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
    CHECK_NAME("/d", "md5", 0, 0, 0);
    SERVER_ANY_STATUS();
    CHECK_NAME("/f", "md5", UINT64_MAX, 2, 0);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
}

static void
make_large(void)
{
    char *bytes = malloc(LARGE);

    EXPECT(bytes != NULL);
    memset(bytes, 'z', LARGE);
    make_file("/large", str_from(bytes, LARGE));
    free(bytes);
}

TEST(a_large_file_is_done_piece_by_piece_and_requests_behind_it_wait)
{
    struct buffer two = BUFFER(4096);
    size_t taken;
    int pieces = 0;

    make_large();
    struct sftp *sftp = dialogue_sftp();
    dialogue_build(&two, SSH_FXP_EXTENDED, 7001, "sssqqu", "check-file-name",
                   "/large", "sha256", (uint64_t)0, (uint64_t)0, 0U);
    size_t first = buffer_len(&two);
    dialogue_build(&two, SSH_FXP_LSTAT, 7002, "s", "/large");
    EXPECT_OK(sftp_input(sftp, buffer_str(&two), &taken));
    EXPECT(taken == first && sftp_is_working(sftp));
    SERVER_SILENT();
    while (sftp_is_working(sftp)) {
        EXPECT(buffer_len(sftp_output(sftp)) == 0);
        EXPECT_OK(sftp_work(sftp));
        pieces++;
    }
    EXPECT(pieces == 3);
    EXPECT_OK(
        sftp_input(sftp, str_from_offset(buffer_str(&two), taken), &taken));
    struct reader replies = reader_of(buffer_str(sftp_output(sftp)));
    struct reader reply = reader_of(read_string(&replies));
    EXPECT(read_u8(&reply) == SSH_FXP_EXTENDED_REPLY);
    EXPECT(read_u32(&reply) == 7001);
    reply = reader_of(read_string(&replies));
    EXPECT(read_u8(&reply) == SSH_FXP_ATTRS && read_u32(&reply) == 7002);
    buffer_clear(sftp_output(sftp));
    buffer_done(&two);
}

TEST(what_nobody_hears_is_given_up)
{
    struct buffer one = BUFFER(4096);
    size_t taken;

    make_large();
    struct sftp *sftp = dialogue_sftp();
    dialogue_build(&one, SSH_FXP_EXTENDED, 7001, "sssqqu", "check-file-name",
                   "/large", "md5", (uint64_t)0, (uint64_t)0, 0U);
    EXPECT_OK(sftp_input(sftp, buffer_str(&one), &taken));
    EXPECT(sftp_is_working(sftp));
    sftp_stop_working(sftp);
    EXPECT(!sftp_is_working(sftp));
    SERVER_SILENT();
    CLIENT(SSH_FXP_LSTAT, "s", "/large");
    EXPECT(SERVER_ATTRIBUTES().size == LARGE);
    buffer_done(&one);
}

TEST(more_sums_than_a_packet_holds_are_a_failure)
{
    char *bytes = calloc(1, 2 * CHECKSUM_PIECE);

    EXPECT(bytes != NULL);
    make_file("/f", str_from(bytes, 2 * CHECKSUM_PIECE));
    free(bytes);
    CHECK_NAME("/f", "sha512", 0, 0, 256);
    if (sftp_is_working(dialogue_sftp()))
        EXPECT_OK(sftp_work(dialogue_sftp()));
    SERVER_STATUS(SSH_FX_FAILURE);
    CHECK_NAME("/f", "sha512", 0, 256 * 100, 256);
    EXPECT(server_sums("sha512").len == 6400);
}
