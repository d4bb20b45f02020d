/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_packets_test.c - what is a packet, when each number is allowed, and that
 * neither cutting nor flooding nor garbage changes what comes out.
 */
#include "sftp_dialogue.h"

#include <stdlib.h>

enum { BIG = 1 << 20 };

/* What an engine of its own over files of its own answers to `bytes` when they
 * come in pieces of `piece`; *result_out is how it ended. */
static void
answer(struct str bytes, size_t piece, struct buffer *out,
       enum status *result_out)
{
    struct sftp_options options = { .account_name = "demo" };
    struct vfs *files;
    struct sftp *sftp;

    EXPECT_OK(vfs_in_memory(&files));
    options.files = files;
    EXPECT_OK(sftp_new(&options, &sftp));
    *result_out = OK;
    while (bytes.len > 0 && *result_out == OK) {
        size_t len = piece < bytes.len ? piece : bytes.len;
        size_t taken;
        char *copy = malloc(len);
        EXPECT(copy != NULL);
        memcpy(copy, bytes.data, len);
        *result_out = sftp_input(sftp, str_from(copy, len), &taken);
        free(copy);
        struct buffer *output = sftp_output(sftp);
        EXPECT(taken > 0);
        EXPECT(buffer_len(output) <= SFTP_OUTPUT_HIGH + 4 + SFTP_PACKET);
        EXPECT_OK(buffer_add(out, buffer_str(output)));
        buffer_clear(output);
        bytes = str_from_offset(bytes, taken);
    }
    sftp_free(&sftp);
    vfs_free(&files);
}

static void
add_init(struct buffer *into)
{
    static const char init[] = { 0, 0, 0, 5, SSH_FXP_INIT, 0, 0, 0, 3 };

    EXPECT_OK(buffer_add(into, str_from(init, sizeof init)));
}

/* A session with a bit of everything in it. Handles are known beforehand: the
 * first two slots, the first two numbers. */
static void
add_session(struct buffer *into)
{
    static const struct dialogue_handle file = { "\0\0\0\0\0\0\0\1", 8 };
    static const struct dialogue_handle folder = { "\0\0\0\1\0\0\0\2", 8 };
    char large[3000];

    memset(large, 'l', sizeof large);
    add_init(into);
    dialogue_build(into, SSH_FXP_MKDIR, 1, "sa", "/d", NULL);
    dialogue_build(into, SSH_FXP_OPEN, 2, "sua", "/d/f", R | W | C | T, NULL);
    dialogue_build(into, SSH_FXP_WRITE, 3, "hqt", file, (uint64_t)0,
                   str_from(large, sizeof large));
    dialogue_build(into, SSH_FXP_WRITE, 4, "hqs", file, (uint64_t)1, "");
    dialogue_build(into, SSH_FXP_READ, 5, "hqu", file, (uint64_t)2, 100U);
    dialogue_build(into, SSH_FXP_OPENDIR, 6, "s", "/d/..");
    dialogue_build(into, SSH_FXP_STAT, 7, "s", "/absent");
    dialogue_build(into, SSH_FXP_EXTENDED, 8, "s", "limits@openssh.com");
    dialogue_build(into, SSH_FXP_CLOSE, 9, "h", folder);
    dialogue_build(into, SSH_FXP_CLOSE, 10, "h", file);
    dialogue_build(into, 99, 11, "");
}

TEST(cutting_the_input_anywhere_changes_nothing)
{
    AUTO(buffer_done) struct buffer session = BUFFER(BIG);
    AUTO(buffer_done) struct buffer whole = BUFFER(BIG);
    enum status result;

    add_session(&session);
    answer(buffer_str(&session), SIZE_MAX, &whole, &result);
    EXPECT_OK(result);
    EXPECT(buffer_len(&whole) > 500);
    for (size_t piece = 1; piece < buffer_len(&session); piece++) {
        AUTO(buffer_done) struct buffer cut = BUFFER(BIG);
        answer(buffer_str(&session), piece, &cut, &result);
        EXPECT_OK(result);
        EXPECT(str_equal(buffer_str(&cut), buffer_str(&whole)));
    }
}

TEST(cutting_the_input_in_two_anywhere_changes_nothing)
{
    AUTO(buffer_done) struct buffer session = BUFFER(BIG);
    AUTO(buffer_done) struct buffer whole = BUFFER(BIG);
    enum status result;

    add_session(&session);
    answer(buffer_str(&session), SIZE_MAX, &whole, &result);
    for (size_t at = 1; at < buffer_len(&session); at++) {
        struct sftp_options options = { 0 };
        struct vfs *files;
        struct sftp *sftp;
        size_t taken;

        EXPECT_OK(vfs_in_memory(&files));
        options.files = files;
        EXPECT_OK(sftp_new(&options, &sftp));
        struct str all = buffer_str(&session);
        EXPECT_OK(sftp_input(sftp, str_from(all.data, at), &taken));
        EXPECT(taken == at);
        EXPECT_OK(sftp_input(sftp, str_from_offset(all, at), &taken));
        EXPECT(taken == all.len - at);
        EXPECT(str_equal(buffer_str(sftp_output(sftp)), buffer_str(&whole)));
        sftp_free(&sftp);
        vfs_free(&files);
    }
}

TEST(version_3_is_answered_to_any_init)
{
    static const uint32_t versions[] = { 0, 2, 3, 4, 6, UINT32_MAX };

    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        AUTO(buffer_done) struct buffer init = BUFFER(BIG);
        AUTO(buffer_done) struct buffer out = BUFFER(BIG);
        enum status result;

        /* In an INIT the version stands where others have their id. */
        dialogue_build(&init, SSH_FXP_INIT, versions[i], "ss", "ext", "1");
        answer(buffer_str(&init), SIZE_MAX, &out, &result);
        EXPECT_OK(result);
        struct reader reply = reader_of(buffer_str(&out));
        EXPECT(read_u32(&reply) == reply.rest.len);
        EXPECT(read_u8(&reply) == SSH_FXP_VERSION);
        EXPECT(read_u32(&reply) == 3);
    }
}

/* The names of all message numbers that are allowed after INIT. */
static bool
is_request(unsigned number)
{
    return (number >= SSH_FXP_OPEN && number <= SSH_FXP_SYMLINK) ||
           number == SSH_FXP_EXTENDED;
}

static bool
is_for_servers_only(unsigned number)
{
    return number == SSH_FXP_VERSION || number == SSH_FXP_EXTENDED_REPLY ||
           (number >= SSH_FXP_STATUS && number <= SSH_FXP_ATTRS);
}

enum body { EMPTY, ONE_BYTE, ONLY_AN_ID, GARBAGE, MAXIMAL, BODIES };

static void
add_packet(struct buffer *into, unsigned number, enum body body)
{
    static const size_t sizes[BODIES] = {
        [EMPTY] = 0,
        [ONE_BYTE] = 1,
        [ONLY_AN_ID] = 4,
        [GARBAGE] = 300,
        [MAXIMAL] = SFTP_PACKET - 1,
    };
    char *room;

    EXPECT_OK(add_u32(into, (uint32_t)(1 + sizes[body])));
    EXPECT_OK(add_u8(into, (uint8_t)number));
    EXPECT_OK(buffer_reserve(into, sizes[body], &room));
    for (size_t i = 0; i < sizes[body]; i++)
        room[i] = (char)(body == GARBAGE ? i * 167 + number : 0xff);
    buffer_added(into, sizes[body]);
}

TEST(before_init_every_number_but_init_ends_the_channel_in_silence)
{
    for (unsigned number = 0; number < 256; number++) {
        for (enum body body = EMPTY; body < BODIES; body++) {
            AUTO(buffer_done) struct buffer packet = BUFFER(BIG);
            AUTO(buffer_done) struct buffer out = BUFFER(BIG);
            enum status result;

            bool good = number == SSH_FXP_INIT && body >= ONLY_AN_ID;
            add_packet(&packet, number, body);
            answer(buffer_str(&packet), SIZE_MAX, &out, &result);
            EXPECT_STATUS(result, good ? OK : ERR_INVALID);
            EXPECT((buffer_len(&out) > 0) == good);
        }
    }
}

/* After INIT: exactly one reply, which is a STATUS that is not OK. */
static void
expect_refusal(struct str out, unsigned number)
{
    struct reader replies = reader_of(out);
    struct str version = read_string(&replies);
    struct reader status = reader_of(read_string(&replies));

    EXPECT(version.len > 0 && replies.rest.len == 0);
    EXPECT(read_u8(&status) == SSH_FXP_STATUS);
    read_u32(&status);
    uint32_t code = read_u32(&status);
    EXPECT(code != SSH_FX_OK);
    EXPECT(is_request(number) || code == SSH_FX_OP_UNSUPPORTED);
    EXPECT(!reader_is_broken(&status));
}

TEST(after_init_every_number_is_refused_answered_or_ends_the_channel)
{
    for (unsigned number = 0; number < 256; number++) {
        for (enum body body = EMPTY; body < BODIES; body++) {
            AUTO(buffer_done) struct buffer packets = BUFFER(BIG);
            AUTO(buffer_done) struct buffer out = BUFFER(BIG);
            enum status result;

            add_init(&packets);
            add_packet(&packets, number, body);
            answer(buffer_str(&packets), SIZE_MAX, &out, &result);
            bool ends = body < ONLY_AN_ID || number == SSH_FXP_INIT ||
                        is_for_servers_only(number);
            EXPECT_STATUS(result, ends ? ERR_INVALID : OK);
            if (!ends)
                expect_refusal(buffer_str(&out), number);
        }
    }
}

TEST(a_broken_channel_takes_nothing_any_more)
{
    AUTO(buffer_done) struct buffer packets = BUFFER(BIG);
    size_t taken;

    add_init(&packets); /* the second one of this channel */
    EXPECT_STATUS(dialogue_feed(buffer_str(&packets)), ERR_INVALID);
    buffer_clear(&packets);
    dialogue_build(&packets, SSH_FXP_STAT, 1, "s", "/");
    EXPECT_STATUS(sftp_input(dialogue_sftp(), buffer_str(&packets), &taken),
                  ERR_INVALID);
    EXPECT(taken == 0);
    SERVER_SILENT();
}

TEST(replies_made_before_the_protocol_was_broken_are_still_there)
{
    AUTO(buffer_done) struct buffer packets = BUFFER(BIG);
    size_t taken;

    dialogue_build(&packets, SSH_FXP_REALPATH, 1, "s", ".");
    add_init(&packets);
    EXPECT_STATUS(sftp_input(dialogue_sftp(), buffer_str(&packets), &taken),
                  ERR_INVALID);
    EXPECT(taken == buffer_len(&packets));
    struct reader replies = reader_of(buffer_str(sftp_output(dialogue_sftp())));
    EXPECT(read_string(&replies).data[0] == SSH_FXP_NAME);
    EXPECT(replies.rest.len == 0);
}

TEST(a_packet_of_nothing_or_of_too_much_ends_the_channel)
{
    static const uint32_t lengths[] = { 0, SFTP_PACKET + 1, 0x7fffffff,
                                        0x80000000, 0xffffffff };

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        char packet[] = { 0, 0, 0, 0, SSH_FXP_STAT };

        put_u32(packet, lengths[i]);
        for (size_t piece = 1; piece <= sizeof packet; piece++) {
            dialogue_before_init();
            dialogue_cut_into(piece);
            EXPECT_STATUS(dialogue_feed(str_from(packet, sizeof packet)),
                          ERR_INVALID);
            SERVER_SILENT();
        }
    }
}

/* The lengths inside of every kind of packet, cut at every byte. */
TEST(a_packet_cut_short_is_a_bad_message_and_the_next_one_is_answered)
{
    static const struct {
        uint8_t number;
        const char *letters;
    } kinds[] = {
        { SSH_FXP_OPEN, "suuqusss" }, { SSH_FXP_CLOSE, "s" },
        { SSH_FXP_READ, "squ" },      { SSH_FXP_WRITE, "sqs" },
        { SSH_FXP_LSTAT, "s" },       { SSH_FXP_FSTAT, "s" },
        { SSH_FXP_SETSTAT, "suqs" },  { SSH_FXP_FSETSTAT, "suqs" },
        { SSH_FXP_OPENDIR, "s" },     { SSH_FXP_READDIR, "s" },
        { SSH_FXP_REMOVE, "s" },      { SSH_FXP_MKDIR, "suqs" },
        { SSH_FXP_RMDIR, "s" },       { SSH_FXP_REALPATH, "s" },
        { SSH_FXP_STAT, "s" },        { SSH_FXP_RENAME, "ss" },
        { SSH_FXP_READLINK, "s" },    { SSH_FXP_SYMLINK, "ss" },
        { SSH_FXP_EXTENDED, "s" },
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        /* Only the first length is right, the rest is missing. */
        char string[] = { 0, 0, 0, 8, '/', 'a', 'b', 'c', 'd', 'e', 'f', 'g' };
        for (size_t len = 0; len < sizeof string; len++) {
            CLIENT(kinds[i].number, "r", str_from(string, len));
            SERVER_STATUS(SSH_FX_BAD_MESSAGE);
        }
        put_u32(string, 0xffffffff);
        CLIENT(kinds[i].number, "r", str_from(string, sizeof string));
        SERVER_STATUS(SSH_FX_BAD_MESSAGE);
        CLIENT(SSH_FXP_REALPATH, "s", ".");
        SERVER_NAME("/");
    }
}

TEST(bytes_behind_a_request_are_ignored)
{
    CLIENT(SSH_FXP_REALPATH, "ss", ".", "control-byte and more of version 6");
    SERVER_NAME("/");
    CLIENT(SSH_FXP_MKDIR, "sar", "/d", NULL, STR("more"));
    SERVER_OK();
    CLIENT(SSH_FXP_RENAME, "ssu", "/d", "/e", 1U);
    SERVER_OK();
    struct dialogue_handle h = open_file("/f", R | W | C);
    CLIENT(SSH_FXP_WRITE, "hqsr", h, (uint64_t)0, "abc", STR("more"));
    SERVER_OK();
    expect_file("/f", "abc");
    CLIENT(SSH_FXP_CLOSE, "hu", h, 1U);
    SERVER_OK();
}

TEST(a_client_that_does_not_read_cannot_make_us_hold_more_than_the_cap)
{
    AUTO(buffer_done) struct buffer reads = BUFFER(BIG);
    struct sftp *sftp = dialogue_sftp();
    struct dialogue_handle h = open_file("/f", R | W | C);
    const size_t most = SFTP_OUTPUT_HIGH + 4 + SFTP_PACKET;
    AUTO(str_free) char *bytes = calloc(1, SFTP_DATA);
    size_t taken;

    CLIENT(SSH_FXP_WRITE, "hqt", h, (uint64_t)0, str_from(bytes, SFTP_DATA));
    SERVER_OK();
    for (uint32_t id = 0; id < 50; id++)
        dialogue_build(&reads, SSH_FXP_READ, id, "hqu", h, (uint64_t)0,
                       (uint32_t)SFTP_DATA);
    while (buffer_len(&reads) > 0) {
        struct buffer *output = sftp_output(sftp);

        EXPECT_OK(sftp_input(sftp, buffer_str(&reads), &taken));
        buffer_take(&reads, taken);
        EXPECT(taken == 0 || buffer_len(output) >= SFTP_OUTPUT_HIGH ||
               buffer_len(&reads) == 0);
        EXPECT(buffer_len(output) <= most);
        EXPECT(output->size <= 3 * most);
        if (taken == 0)
            EXPECT(buffer_len(output) >= SFTP_OUTPUT_HIGH);
        buffer_take(output, 40960);
    }
}

TEST(replies_stay_whole_and_in_order_when_little_is_drained_at_a_time)
{
    AUTO(buffer_done) struct buffer reads = BUFFER(BIG);
    AUTO(buffer_done) struct buffer out = BUFFER(64 << 20);
    struct sftp *sftp = dialogue_sftp();
    struct dialogue_handle h = open_file("/f", R | W | C);
    AUTO(str_free) char *bytes = malloc(SFTP_DATA);
    uint32_t id;
    size_t taken;

    for (size_t i = 0; i < SFTP_DATA; i++)
        bytes[i] = (char)(i * 31 % 251);
    CLIENT(SSH_FXP_WRITE, "hqt", h, (uint64_t)0, str_from(bytes, SFTP_DATA));
    SERVER_OK();
    for (id = 0; id < 200; id++)
        dialogue_build(&reads, SSH_FXP_READ, id, "hqu", h, (uint64_t)id * 1000,
                       32768U);
    struct buffer *output = sftp_output(sftp);
    while (buffer_len(&reads) > 0 || buffer_len(output) > 0) {
        EXPECT_OK(sftp_input(sftp, buffer_str(&reads), &taken));
        buffer_take(&reads, taken);
        struct str some = buffer_str(output);
        some.len = some.len < 30011 ? some.len : 30011;
        EXPECT_OK(buffer_add(&out, some));
        buffer_take(output, some.len);
    }
    struct reader replies = reader_of(buffer_str(&out));
    for (id = 0; id < 200; id++) {
        struct reader reply = reader_of(read_string(&replies));
        EXPECT(read_u8(&reply) == SSH_FXP_DATA && read_u32(&reply) == id);
        struct str data = read_string(&reply);
        EXPECT(data.len > 0 && !reader_is_broken(&reply));
        EXPECT(memcmp(data.data, bytes + (size_t)id * 1000, data.len) == 0);
    }
    EXPECT(replies.rest.len == 0 && !reader_is_broken(&replies));
}

TEST(a_largest_write_in_pieces_arrives_whole)
{
    AUTO(str_free) char *bytes = malloc(SFTP_DATA);

    memset(bytes, 'w', SFTP_DATA);
    struct dialogue_handle h = open_file("/f", R | W | C);
    dialogue_cut_into(32768);
    CLIENT(SSH_FXP_WRITE, "hqt", h, (uint64_t)0, str_from(bytes, SFTP_DATA));
    SERVER_OK();
    CLIENT(SSH_FXP_READ, "hqu", h, (uint64_t)0, (uint32_t)SFTP_DATA);
    SERVER_DATA(str_from(bytes, SFTP_DATA));
}

TEST(a_channel_at_rest_keeps_no_buffers)
{
    AUTO(str_free) char *bytes = calloc(1, SFTP_DATA);
    struct sftp *sftp = dialogue_sftp();
    struct dialogue_handle h = open_file("/f", R | W | C);

    dialogue_cut_into(1000);
    CLIENT(SSH_FXP_WRITE, "hqt", h, (uint64_t)0, str_from(bytes, SFTP_DATA));
    SERVER_OK();
    CLIENT(SSH_FXP_READ, "hqu", h, (uint64_t)0, (uint32_t)SFTP_DATA);
    SERVER_DATA(str_from(bytes, SFTP_DATA));
    EXPECT(sftp->partial.data != NULL && sftp->output.data != NULL);
    sftp_rest(sftp);
    EXPECT(sftp->partial.data == NULL && sftp->output.data == NULL);
    EXPECT(sftp->handles != NULL);
    close_handle(h);
    sftp_rest(sftp);
    EXPECT(sftp->handles == NULL);
    /* And a stale handle is still refused. */
    CLIENT(SSH_FXP_FSTAT, "h", h);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    close_handle(open_file("/f", R));
}

TEST(resting_in_the_middle_of_a_packet_loses_nothing)
{
    AUTO(buffer_done) struct buffer packet = BUFFER(BIG);
    struct sftp *sftp = dialogue_sftp();
    size_t taken;

    dialogue_build(&packet, SSH_FXP_REALPATH, 7, "s", "/some/path");
    for (size_t i = 0; i < buffer_len(&packet); i++) {
        EXPECT_OK(sftp_input(sftp, str_from(packet.data + i, 1), &taken));
        EXPECT(taken == 1);
        sftp_rest(sftp);
    }
    struct reader reply = reader_of(buffer_str(sftp_output(sftp)));
    EXPECT(read_string(&reply).data[0] == SSH_FXP_NAME);
}

/* The 2026 bugs of ProFTPD that concern this engine, by their numbers. */

TEST(proftpd_2190_a_packet_longer_than_it_says_overflows_nothing)
{
    /* A WRITE whose data claims to reach far behind the packet, and one whose
     * packet claims to be longer than the buffer for cut packets. */
    struct dialogue_handle h = open_file("/f", R | W | C);
    char packet[] = { 0x7f, 0, 0, 0, SSH_FXP_WRITE, 0, 0, 0, 1 };

    CLIENT(SSH_FXP_WRITE, "hqur", h, (uint64_t)0, 0x7fffffffU, STR("abc"));
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    CLIENT(SSH_FXP_WRITE, "hqur", h, (uint64_t)0, 4U, STR("abc"));
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    CLIENT(SSH_FXP_FSTAT, "h", h);
    EXPECT(SERVER_ATTRIBUTES().size == 0);
    dialogue_cut_into(3);
    EXPECT_STATUS(dialogue_feed(str_from(packet, sizeof packet)), ERR_INVALID);
}

TEST(proftpd_2104_an_empty_payload_ends_the_channel)
{
    EXPECT_STATUS(dialogue_feed(STR("\0\0\0\0")), ERR_INVALID);
    SERVER_SILENT();
}

TEST(proftpd_2146_a_listing_of_the_longest_path_overflows_nothing)
{
    char path[VFS_PATH + 1] = "";
    char name[201];

    memset(name, 'p', 200);
    name[200] = '\0';
    for (size_t len = 0; len + 201 <= VFS_PATH - 201; len += 201) {
        path[len] = '/';
        memcpy(path + len + 1, name, sizeof name);
        CLIENT(SSH_FXP_MKDIR, "sa", path, NULL);
        SERVER_OK();
    }
    CLIENT(SSH_FXP_OPENDIR, "s", path);
    struct dialogue_handle h = SERVER_HANDLE();
    CLIENT(SSH_FXP_READDIR, "h", h);
    struct reader body = SERVER_REPLY(SSH_FXP_NAME);
    EXPECT(read_u32(&body) == 2);
}

TEST(proftpd_2265_a_handle_used_behind_its_close_finds_nothing)
{
    struct dialogue_handle h = open_file("/f", W | C);

    CLIENT(SSH_FXP_CLOSE, "h", h);
    CLIENT(SSH_FXP_FSTAT, "h", h);
    CLIENT(SSH_FXP_WRITE, "hqs", h, (uint64_t)0, "x");
    CLIENT(SSH_FXP_CLOSE, "h", h);
    SERVER_OK();
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
}

TEST(proftpd_2242_no_progress_is_never_an_endless_loop)
{
    /* Nothing to take and nothing taken: the call returns. */
    size_t taken = 7;

    EXPECT_OK(sftp_input(dialogue_sftp(), STR_NONE, &taken));
    EXPECT(taken == 0);
    /* A request that asks for nothing is answered once. */
    struct dialogue_handle h = open_file("/f", R | W | C);
    CLIENT(SSH_FXP_READ, "hqu", h, (uint64_t)0, 0U);
    SERVER_DATA(STR_NONE);
    SERVER_SILENT();
}

TEST(proftpd_2286_a_negative_offset_is_refused)
{
    struct dialogue_handle h = open_file("/f", R | W | C);

    CLIENT(SSH_FXP_READ, "hqu", h, (uint64_t)-1, 1U);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    CLIENT(SSH_FXP_WRITE, "hqs", h, (uint64_t)INT64_MIN, "x");
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
}
