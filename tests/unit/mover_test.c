/* SPDX-License-Identifier: Apache-2.0 */
/* mover_test.c - a file between a stream and an account's files. */
#include "vfs_tree.h"

#include "base/thread.h"
#include "session/mover.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

enum { BIG = 5 * 1024 * 1024 + 123 };

static struct tree tree;
static struct stream *stream;
static atomic_int client;
static char *big; /* BIG bytes that do not repeat */

static void
connect_both(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    EXPECT(bind(listening, (struct sockaddr *)&at, size) == 0);
    EXPECT(listen(listening, 1) == 0);
    EXPECT(getsockname(listening, (struct sockaddr *)&at, &size) == 0);
    client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(connect(client, (struct sockaddr *)&at, size) == 0);
    int served = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
    close(listening);
    EXPECT_OK(stream_new(served, clock_real(), &stream));
}

SETUP()
{
    uint32_t x = 1;

    signal(SIGPIPE, SIG_IGN);
    thread_wakes_init();
    big = malloc(BIG);
    for (size_t i = 0; i < BIG; i++) {
        x = x * 1664525 + 1013904223;
        big[i] = (char)(x >> 24);
    }
    tree_open(&tree);
    connect_both();
}

TEARDOWN()
{
    stream_free(&stream);
    if (client >= 0)
        close(client);
    tree_close(&tree);
    free(big);
}

static struct mover
mover_of(struct vfs_file *file)
{
    return (struct mover){ .stream = stream,
                           .file = file,
                           .clock = clock_real(),
                           .length = UINT64_MAX,
                           .idle_ms = 20000 };
}

/* What the client does: sends `out`, and ends its side or cuts it; or reads
 * all there is into `in`. */
struct client {
    struct str out;
    bool cuts;
    struct buffer in;
};

static void *
run_sender(void *arg)
{
    struct client *c = arg;
    struct linger at_once = { .l_onoff = 1 };

    while (c->out.len > 0) {
        ssize_t n = write(client, c->out.data, c->out.len);

        if (n <= 0)
            return NULL;
        c->out = str_from_offset(c->out, (size_t)n);
    }
    if (c->cuts) {
        setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(client);
        client = -1;
    } else {
        shutdown(client, SHUT_WR);
    }
    return NULL;
}

static void *
run_reader(void *arg)
{
    struct client *c = arg;
    ssize_t n;
    char *room;

    c->in = BUFFER(2 * BIG);
    do {
        EXPECT_OK(buffer_reserve(&c->in, 65536, &room));
        n = read(client, room, 65536);
        buffer_added(&c->in, n > 0 ? (size_t)n : 0);
    } while (n > 0);
    return NULL;
}

static struct vfs_file *
open_new(struct vfs *files)
{
    struct vfs_file *file = NULL;

    EXPECT_OK(
        open_with(files, "/f", VFS_WRITE | VFS_CREATE | VFS_TRUNCATE, &file));
    return file;
}

static enum status
upload_from(struct mover *m, struct client *c)
{
    pthread_t thread;

    EXPECT_OK(thread_start(&thread, "client", run_sender, c));
    enum status status = mover_upload(m);
    if (status != OK && client >= 0)
        shutdown(stream_socket(stream), SHUT_RDWR);
    pthread_join(thread, NULL);
    return status;
}

static void
upload_ok(struct vfs *files, struct mover m, struct str bytes)
{
    struct client c = { .out = bytes };

    m.file = open_new(files);
    EXPECT_OK(upload_from(&m, &c));
    EXPECT_OK(vfs_commit(m.file));
    vfs_close(&m.file);
}

static void
expect_file(struct vfs *files, struct str expected)
{
    struct vfs_file *file = NULL;
    char *text = malloc(expected.len + 1);
    size_t got = 0;
    size_t all = 0;

    EXPECT_OK(open_with(files, "/f", VFS_READ, &file));
    do {
        EXPECT_OK(
            vfs_read(file, all, text + all, expected.len + 1 - all, &got));
        all += got;
    } while (got > 0 && all <= expected.len);
    vfs_close(&file);
    EXPECT(str_equal(str_from(text, all), expected));
    free(text);
}

static void
download_ok(struct vfs *files, struct mover m, struct str expected)
{
    struct client c = { 0 };
    struct vfs_file *file = NULL;
    pthread_t thread;

    EXPECT_OK(open_with(files, "/f", VFS_READ, &file));
    m.file = file;
    EXPECT_OK(thread_start(&thread, "client", run_reader, &c));
    EXPECT_OK(mover_download(&m));
    EXPECT_OK(stream_end(stream, clock_now_ms(clock_real()) + 20000));
    pthread_join(thread, NULL);
    vfs_close(&file);
    EXPECT(str_equal(buffer_str(&c.in), expected));
    EXPECT(m.wire_bytes == expected.len);
    buffer_done(&c.in);
}

TEST(a_big_file_comes_by_itself)
{
    upload_ok(tree.files, mover_of(NULL), str_from(big, BIG));
    expect_file(tree.files, str_from(big, BIG));
}

TEST(a_big_file_goes_by_itself)
{
    EXPECT_OK(put(tree.files, "/f", ""));
    struct vfs_file *file = open_new(tree.files);
    EXPECT_OK(vfs_write(file, 0, str_from(big, BIG)));
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
    download_ok(tree.files, mover_of(NULL), str_from(big, BIG));
}

TEST(a_part_of_a_file_goes)
{
    EXPECT_OK(put(tree.files, "/f", "0123456789"));
    struct mover m = mover_of(NULL);

    m.offset = 3;
    m.length = 4;
    download_ok(tree.files, m, STR("3456"));
}

TEST(an_empty_file_goes_and_comes)
{
    upload_ok(tree.files, mover_of(NULL), STR_NONE);
    expect_file(tree.files, STR_NONE);
    download_ok(tree.files, mover_of(NULL), STR_NONE);
}

TEST(a_place_that_does_nothing_by_itself_takes_pieces)
{
    struct vfs *memory = NULL;

    EXPECT_OK(vfs_in_memory(&memory));
    upload_ok(memory, mover_of(NULL), str_from(big, BIG));
    expect_file(memory, str_from(big, BIG));
    download_ok(memory, mover_of(NULL), str_from(big, BIG));
    vfs_free(&memory);
}

TEST(a_connection_that_is_reset_is_no_end)
{
    struct client c = { .out = str_from(big, BIG), .cuts = true };
    struct mover m = mover_of(open_new(tree.files));

    EXPECT_STATUS(upload_from(&m, &c), ERR_CLOSED);
    EXPECT(stream_end_kind(stream) == STREAM_RESET);
    vfs_close(&m.file);
    EXPECT(host_inode(tree_host(&tree, "/f")) == 0);
}

TEST(more_than_was_announced_is_too_much)
{
    struct client c = { .out = STR("0123456789") };
    struct mover m = mover_of(open_new(tree.files));

    m.length = 9;
    EXPECT_STATUS(upload_from(&m, &c), ERR_LIMIT);
    vfs_close(&m.file);
}

TEST(a_client_that_sends_nothing_is_not_waited_for_for_ever)
{
    struct mover m = mover_of(open_new(tree.files));

    m.idle_ms = 50;
    EXPECT_STATUS(mover_upload(&m), ERR_TIMEOUT);
    vfs_close(&m.file);
}

static bool
never(void *arg)
{
    (void)arg;
    return false;
}

TEST(a_move_ends_when_its_owner_says_so)
{
    struct mover m = mover_of(open_new(tree.files));

    m.go_on = never;
    EXPECT_STATUS(mover_upload(&m), ERR_CLOSED);
    vfs_close(&m.file);
}

/* ---- line ends and compression ---- */

static struct mover
ascii(void)
{
    struct mover m = mover_of(NULL);

    m.type = MOVER_ASCII;
    return m;
}

static struct mover
deflated(void)
{
    struct mover m = mover_of(NULL);

    m.is_deflated = true;
    return m;
}

TEST(lines_end_in_cr_lf_on_the_wire_and_in_lf_on_the_disk)
{
    upload_ok(tree.files, ascii(), STR("one\r\ntwo\rthree\n\r\r\nfour\r"));
    expect_file(tree.files, STR("one\ntwo\rthree\n\r\nfour\r"));
    stream_free(&stream);
    close(client);
    connect_both();
    EXPECT_OK(put(tree.files, "/f", "one\ntwo\r\nthree\rfour"));
    download_ok(tree.files, ascii(), STR("one\r\ntwo\r\nthree\rfour"));
}

static struct buffer
compressed(struct str bytes)
{
    struct buffer out = BUFFER(2 * BIG);
    uLongf len = compressBound(bytes.len);
    char *room;

    EXPECT_OK(buffer_reserve(&out, len, &room));
    EXPECT(compress2((Bytef *)room, &len, (const Bytef *)bytes.data, bytes.len,
                     1) == Z_OK);
    buffer_added(&out, len);
    return out;
}

TEST(a_compressed_upload_is_stored_as_it_was)
{
    struct buffer packed = compressed(str_from(big, BIG));

    upload_ok(tree.files, deflated(), buffer_str(&packed));
    expect_file(tree.files, str_from(big, BIG));
    buffer_done(&packed);
}

TEST(much_that_was_packed_small_is_stored_whole)
{
    char *zeros = calloc(1, BIG);
    struct buffer packed = compressed(str_from(zeros, BIG));

    upload_ok(tree.files, deflated(), buffer_str(&packed));
    expect_file(tree.files, str_from(zeros, BIG));
    buffer_done(&packed);
    free(zeros);
}

TEST(a_compressed_upload_that_is_cut_off_is_no_upload)
{
    struct buffer packed = compressed(str_from(big, BIG));
    struct client c = { .out = str_from(buffer_str(&packed).data,
                                        buffer_len(&packed) - 1) };
    struct mover m = deflated();

    m.file = open_new(tree.files);
    EXPECT_STATUS(upload_from(&m, &c), ERR_CLOSED);
    vfs_close(&m.file);
    buffer_done(&packed);
}

TEST(what_is_not_compressed_is_refused)
{
    struct client c = { .out = STR("not at all compressed") };
    struct mover m = deflated();

    m.file = open_new(tree.files);
    EXPECT_STATUS(upload_from(&m, &c), ERR_INVALID);
    vfs_close(&m.file);
}

TEST(a_compressed_download_unpacks_to_the_file_with_its_line_ends)
{
    struct client c = { 0 };
    struct vfs_file *file = NULL;
    struct mover m = deflated();
    pthread_t thread;
    char got[64] = "";
    uLongf len = sizeof got;

    EXPECT_OK(put(tree.files, "/f", "one\ntwo\n"));
    m.type = MOVER_ASCII;
    EXPECT_OK(open_with(tree.files, "/f", VFS_READ, &file));
    m.file = file;
    EXPECT_OK(thread_start(&thread, "client", run_reader, &c));
    EXPECT_OK(mover_download(&m));
    EXPECT_OK(stream_end(stream, clock_now_ms(clock_real()) + 20000));
    pthread_join(thread, NULL);
    vfs_close(&file);
    struct str packed = buffer_str(&c.in);
    EXPECT(uncompress((Bytef *)got, &len, (const Bytef *)packed.data,
                      packed.len) == Z_OK);
    EXPECT_TEXT(got, "one\r\ntwo\r\n");
    buffer_done(&c.in);
}
