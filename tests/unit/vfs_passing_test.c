/* SPDX-License-Identifier: Apache-2.0 */
/* vfs_passing_test.c - bytes that do not pass through us. */
#include "vfs_tree.h"

#include "vfs/transfers.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct tree tree;
static struct transfers *transfers;
static struct vfs *files;

SETUP()
{
    signal(SIGPIPE, SIG_IGN);
    tree_open(&tree);
    EXPECT_OK(transfers_new(clock_real(), &transfers));
    EXPECT_OK(vfs_with_transfers(tree.files, transfers, &tree.files));
    files = tree.files;
}

TEARDOWN()
{
    transfers_unref(&transfers);
    tree_close(&tree);
}

static void
fill_pipe(int pipes[2], const char *text)
{
    EXPECT(pipe(pipes) == 0);
    EXPECT(write(pipes[1], text, strlen(text)) == (ssize_t)strlen(text));
}

static void
close_both(int pair[2])
{
    close(pair[0]);
    close(pair[1]);
}

TEST(a_file_goes_to_a_socket_by_itself_and_is_counted)
{
    struct vfs_file *file = NULL;
    uint64_t up;
    uint64_t down;
    int sockets[2];
    char got[16] = "";
    size_t sent;

    host_file(tree_host(&tree, "/f"), "0123456789");
    EXPECT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets) == 0);
    EXPECT_OK(open_with(files, "/f", VFS_READ, &file));
    EXPECT_OK(vfs_send(file, 3, 4, sockets[0], &sent));
    EXPECT(sent == 4);
    EXPECT(read(sockets[1], got, sizeof got) == 4);
    EXPECT_TEXT(got, "3456");
    EXPECT_OK(vfs_send(file, 10, 4, sockets[0], &sent));
    EXPECT(sent == 0);
    EXPECT_OK(vfs_send(file, UINT64_MAX, 4, sockets[0], &sent));
    EXPECT(sent == 0);
    transfers_totals(transfers, &up, &down);
    EXPECT(down == 4 && up == 0);
    vfs_close(&file);
    close_both(sockets);
}

TEST(a_socket_that_is_full_takes_nothing_and_nothing_is_lost)
{
    struct vfs_file *file = NULL;
    size_t size = 4 * 1024 * 1024;
    char *text = calloc(1, size + 1);
    int sockets[2];
    size_t sent = 1;
    size_t all = 0;

    memset(text, 'x', size);
    host_file(tree_host(&tree, "/f"), text);
    EXPECT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets) == 0);
    EXPECT_OK(open_with(files, "/f", VFS_READ, &file));
    while (sent > 0) {
        EXPECT_OK(vfs_send(file, all, size - all, sockets[0], &sent));
        all += sent;
    }
    EXPECT(all > 0 && all < size);
    for (ssize_t n = 1; n > 0;) {
        n = read(sockets[1], text, size);
        all -= n > 0 ? (size_t)n : 0;
    }
    EXPECT(all == 0);
    close(sockets[1]);
    EXPECT_STATUS(vfs_send(file, 0, 1, sockets[0], &sent), ERR_CLOSED);
    vfs_close(&file);
    close(sockets[0]);
    free(text);
}

TEST(what_stands_in_a_pipe_becomes_an_upload)
{
    struct vfs_file *file = NULL;
    uint64_t up;
    uint64_t down;
    int pipes[2];

    fill_pipe(pipes, "one two");
    EXPECT_OK(
        open_with(files, "/f", VFS_WRITE | VFS_CREATE | VFS_TRUNCATE, &file));
    EXPECT_OK(vfs_receive(file, 0, 4, pipes[0]));
    EXPECT_OK(vfs_receive(file, 4, 3, pipes[0]));
    EXPECT(host_inode(tree_host(&tree, "/f")) == 0);
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
    EXPECT_TEXT(host_text(tree_host(&tree, "/f")), "one two");
    transfers_totals(transfers, &up, &down);
    EXPECT(up == 7 && down == 0);
    close_both(pipes);
}

TEST(a_file_over_its_size_takes_nothing_from_a_pipe_and_never_publishes)
{
    struct vfs_file *file = NULL;
    int pipes[2];

    tree_stop(&tree);
    tree.options.maximum_file_size = 5;
    tree_start(&tree);
    fill_pipe(pipes, "one two");
    EXPECT_OK(open_with(tree.files, "/f", VFS_WRITE | VFS_CREATE | VFS_TRUNCATE,
                        &file));
    EXPECT_STATUS(vfs_receive(file, 0, 7, pipes[0]), ERR_LIMIT);
    EXPECT(vfs_commit(file) != OK);
    vfs_close(&file);
    EXPECT(host_inode(tree_host(&tree, "/f")) == 0);
    close_both(pipes);
}

TEST(a_handle_to_read_takes_nothing_and_one_to_write_sends_nothing)
{
    struct vfs_file *file = NULL;
    int pipes[2];
    size_t sent;

    host_file(tree_host(&tree, "/f"), "text");
    fill_pipe(pipes, "x");
    EXPECT_OK(open_with(files, "/f", VFS_READ, &file));
    EXPECT_STATUS(vfs_receive(file, 0, 1, pipes[0]), ERR_DENIED);
    vfs_close(&file);
    EXPECT_OK(
        open_with(files, "/f", VFS_WRITE | VFS_CREATE | VFS_TRUNCATE, &file));
    EXPECT_STATUS(vfs_send(file, 0, 1, pipes[1], &sent), ERR_DENIED);
    vfs_close(&file);
    close_both(pipes);
}

TEST(an_edit_in_place_is_for_writes)
{
    struct vfs_file *file = NULL;
    int pipes[2];

    host_file(tree_host(&tree, "/f"), "text");
    fill_pipe(pipes, "x");
    EXPECT_OK(open_with(files, "/f", VFS_READ | VFS_WRITE, &file));
    EXPECT_STATUS(vfs_receive(file, 0, 1, pipes[0]), ERR_UNSUPPORTED);
    EXPECT_OK(vfs_write(file, 0, STR("T")));
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
    EXPECT_TEXT(host_text(tree_host(&tree, "/f")), "Text");
    close_both(pipes);
}
