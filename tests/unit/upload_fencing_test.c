/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload_fencing_test.c - one writer, and fencing (docs/uploads.md, section 5)
 *
 * The second server of these tests is a child process with the same folder and
 * the same store, which does what it is asked by single letters.
 */
#include "upload_world.h"

#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define OTHER_NODE "99999999-9999-4999-8999-999999999999"

static struct world w;
static char database[256];

/* ---- the other server ---- */

struct server {
    pid_t pid;
    int to;
    int from;
};

static struct server other;

struct acting {
    struct world world;
    struct vfs *files;
    struct vfs_file *file;
    uint64_t at;
};

static enum status
act_open(struct acting *a, unsigned flags)
{
    vfs_close(&a->file);
    a->at = 0;
    return open_as(a->files, "/f", flags, &a->file);
}

static enum status
act_write(struct acting *a)
{
    enum status status = try_send(a->file, a->at, "0123456789");

    a->at += 10;
    return status;
}

static enum status
act_commit(struct acting *a)
{
    enum status status = vfs_commit(a->file);

    vfs_close(&a->file);
    return status;
}

static enum status
act(struct acting *a, char what)
{
    struct vfs_attributes is;

    switch (what) {
    case 'T': return act_open(a, W | C | T);
    case 'X': return act_open(a, W | C | X);
    case 'R': return act_open(a, W);
    case 'w': return act_write(a);
    case 's': return vfs_sync(a->file);
    case 'c': return act_commit(a);
    case 'k': vfs_close(&a->file); return OK;
    case 't': return vfs_stat(a->files, STR("/f"), VFS_FOLLOW | VFS_TELL, &is);
    default: return ERR_INVALID;
    }
}

static void
serve(int in, int out)
{
    struct acting a = { .world = { .database = database, .node = OTHER_NODE } };
    char what;

    /* A failed EXPECT is not to run the other tests here. */
    setenv("CMOCKA_TEST_ABORT", "1", 1);
    world_open(&a.world);
    a.files = session(&a.world, "alice");
    while (read(in, &what, 1) == 1 && what != 'q') {
        char answer = (char)act(&a, what);
        if (write(out, &answer, 1) != 1)
            break;
    }
    vfs_close(&a.file);
    world_close(&a.world);
    _exit(0);
}

/* Before this process has threads. */
static void
start_other(void)
{
    int to[2];
    int from[2];

    EXPECT(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0);
    other.pid = fork();
    EXPECT(other.pid >= 0);
    if (other.pid == 0) {
        close(to[1]);
        close(from[0]);
        serve(to[0], from[1]);
    }
    close(to[0]);
    close(from[1]);
    other.to = to[1];
    other.from = from[0];
}

static void
ask_only(char what)
{
    EXPECT(write(other.to, &what, 1) == 1);
}

static enum status
answer(void)
{
    char status = 0;

    EXPECT(read(other.from, &status, 1) == 1);
    return (enum status)status;
}

static enum status
ask(char what)
{
    ask_only(what);
    return answer();
}

static void
end_other(int signal)
{
    if (other.pid <= 0)
        return;
    if (signal != 0)
        kill(other.pid, signal);
    else
        ask_only('q');
    waitpid(other.pid, NULL, 0);
    close(other.to);
    close(other.from);
    other = (struct server){ 0 };
}

SETUP()
{
    w = (struct world){ 0 };
    other = (struct server){ 0 };
    snprintf(database, sizeof database, "%s/store.db", test_folder());
}

TEARDOWN()
{
    if (w.store != NULL)
        world_close(&w);
    if (other.pid > 0)
        kill(other.pid, SIGCONT);
    end_other(SIGKILL);
}

static struct vfs *
two_servers(void)
{
    start_other();
    w.database = database;
    world_open(&w);
    return session(&w, "alice");
}

/* ---- within one server ---- */

static const char *above;

static void
from_above(struct disk_options *options)
{
    options->root = above;
}

/* R5.1 */
TEST(the_lock_is_on_the_resolved_name_and_not_on_the_accounts_path)
{
    world_open(&w);
    struct vfs *alice = session(&w, "alice");
    above = test_folder();
    struct vfs *bob = session_with(&w, "bob", from_above);
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);
    struct vfs_file *refused = NULL;

    EXPECT_STATUS(open_as(bob, "/root/f", W | C | T, &refused), ERR_BUSY);
    send(file, 0, "x");
    finish(file);
    finish(open_ok(bob, "/root/f", W | C | T));
}

/* R5.2 */
TEST(a_newer_write_open_by_the_same_account_takes_the_upload_over)
{
    world_open(&w);
    struct vfs *dead = session(&w, "alice");
    struct vfs *alice = session(&w, "alice");
    struct vfs_file *old = open_ok(dead, "/f", W | C | T);

    send(old, 0, "0123456789");
    EXPECT_OK(vfs_sync(old));
    EXPECT(told(alice, "/f") == 9);
    struct vfs_file *file = open_ok(alice, "/f", W);
    EXPECT(try_send(old, 10, "late") != OK);
    send(file, 9, "9new");
    EXPECT(vfs_commit(old) != OK);
    vfs_close(&old);
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "0123456789new");
    EXPECT(was_told(&w, "upload_taken_over"));
    EXPECT(staged(&w) == 0);
}

TEST(another_account_is_told_busy)
{
    world_open(&w);
    struct vfs_file *file = open_ok(session(&w, "alice"), "/f", W | C | T);
    struct vfs_file *refused = NULL;
    struct vfs *bob = session(&w, "bob");

    EXPECT_STATUS(open_as(bob, "/f", W | C | T, &refused), ERR_BUSY);
    cut(file);
    finish(open_ok(bob, "/f", W | C | T));
}

TEST(handles_of_one_session_do_not_conflict)
{
    world_open(&w);
    struct vfs *alice = session(&w, "alice");
    struct vfs_file *one = open_ok(alice, "/f", W | C | T);
    struct vfs_file *two = open_ok(alice, "/f", W | C | T);

    send(one, 0, "one");
    send(two, 3, "two");
    finish(one);
    finish(two);
    EXPECT_TEXT(published(&w, "/f"), "onetwo");
}

TEST(a_cut_upload_of_another_account_is_let_be_but_never_seen)
{
    world_open(&w);
    struct vfs *alice = session(&w, "alice");
    struct vfs *bob = session(&w, "bob");
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "0123456789");
    cut(file);
    EXPECT(told(bob, "/f") == -1);
    file = open_ok(bob, "/f", W | C);
    EXPECT(handle_size(file) == 0);
    send(file, 0, "bob's");
    cut(file);
    EXPECT(told(alice, "/f") == 9);
    EXPECT(told(bob, "/f") == 4);
}

/* R5.3 */
TEST(an_exclusive_open_never_takes_over)
{
    world_open(&w);
    struct vfs *alice = session(&w, "alice");
    struct vfs_file *file = open_ok(session(&w, "alice"), "/f", W | C | T);
    struct vfs_file *refused = NULL;

    EXPECT(open_as(alice, "/f", W | C | X, &refused) != OK);
    send(file, 0, "x");
    finish(file);
    EXPECT_STATUS(open_as(alice, "/f", W | C | X, &refused), ERR_EXISTS);
}

TEST(an_exclusive_upload_is_not_taken_over_while_its_session_lives)
{
    world_open(&w);
    struct vfs *alice = session(&w, "alice");
    struct vfs_file *file = open_ok(session(&w, "alice"), "/f", W | C | X);
    struct vfs_file *refused = NULL;

    send(file, 0, "x");
    EXPECT_STATUS(open_as(alice, "/f", W | C | T, &refused), ERR_BUSY);
    cut(file);
    finish(open_ok(alice, "/f", W | C | T));
}

/* ---- two servers, one folder, one store ---- */

TEST(another_server_is_taken_over_from_and_its_bytes_go_on)
{
    struct vfs *alice = two_servers();

    EXPECT_OK(ask('T'));
    EXPECT_OK(ask('w'));
    EXPECT_OK(ask('s'));
    EXPECT(told(alice, "/f") == 9);
    struct vfs_file *file = open_ok(alice, "/f", W);
    EXPECT(ask('w') != OK);
    EXPECT(ask('c') != OK);
    send(file, 9, "9new");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "0123456789new");
    EXPECT(staged(&w) == 0);
}

TEST(another_account_is_told_busy_by_another_server_too)
{
    two_servers();
    struct vfs *bob = session(&w, "bob");
    struct vfs_file *refused = NULL;

    EXPECT_OK(ask('T'));
    EXPECT_STATUS(open_as(bob, "/f", W | C | T, &refused), ERR_BUSY);
    EXPECT_OK(ask('w'));
    EXPECT_OK(ask('c'));
    EXPECT_TEXT(published(&w, "/f"), "0123456789");
    finish(open_ok(bob, "/f", W | C | T));
}

TEST(an_exclusive_upload_of_another_server_is_not_taken_over)
{
    struct vfs *alice = two_servers();
    struct vfs_file *refused = NULL;

    EXPECT_OK(ask('X'));
    EXPECT_STATUS(open_as(alice, "/f", W | C | T, &refused), ERR_BUSY);
    EXPECT_OK(ask('k'));
    struct vfs_file *file = open_ok(alice, "/f", W | C | X);
    EXPECT(ask('X') != OK);
    finish(file);
}

TEST(servers_upload_the_same_name_in_turns)
{
    struct vfs *alice = two_servers();

    for (int i = 0; i < 3; i++) {
        EXPECT_OK(ask('T'));
        EXPECT_OK(ask('w'));
        EXPECT_OK(ask('c'));
        publish(alice, "/f", "ours");
        EXPECT_TEXT(published(&w, "/f"), "ours");
    }
    EXPECT(staged(&w) == 0);
}

TEST(a_stopped_holder_comes_back_late_and_its_close_fails)
{
    struct vfs *alice = two_servers();

    EXPECT_OK(ask('T'));
    EXPECT_OK(ask('w'));
    kill(other.pid, SIGSTOP);
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);
    send(file, 0, "the newer content");
    finish(file);
    ask_only('c');
    kill(other.pid, SIGCONT);
    EXPECT(answer() != OK);
    EXPECT_TEXT(published(&w, "/f"), "the newer content");
    EXPECT_OK(ask('k'));
    EXPECT_TEXT(published(&w, "/f"), "the newer content");
}

TEST(a_stopped_holder_that_comes_back_early_fails_too)
{
    struct vfs *alice = two_servers();

    EXPECT_OK(ask('T'));
    EXPECT_OK(ask('w'));
    kill(other.pid, SIGSTOP);
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);
    send(file, 0, "the newer content");
    ask_only('c');
    kill(other.pid, SIGCONT);
    EXPECT(answer() != OK);
    EXPECT(!is_published(&w, "/f"));
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "the newer content");
    EXPECT(staged(&w) == 0);
}

TEST(a_stopped_holder_is_not_resumed_since_its_end_is_not_confirmed)
{
    struct vfs *alice = two_servers();
    struct vfs_file *refused = NULL;

    EXPECT_OK(ask('T'));
    EXPECT_OK(ask('w'));
    EXPECT_OK(ask('s'));
    kill(other.pid, SIGSTOP);
    EXPECT(told(alice, "/f") == 9);
    EXPECT_STATUS(open_as(alice, "/f", W, &refused), ERR_BUSY);
    kill(other.pid, SIGCONT);
    EXPECT_OK(ask('c'));
    EXPECT_TEXT(published(&w, "/f"), "0123456789");
}

TEST(a_killed_holder_is_resumed_at_its_record_at_once)
{
    struct vfs *alice = two_servers();

    EXPECT_OK(ask('T'));
    EXPECT_OK(ask('w'));
    EXPECT_OK(ask('s'));
    EXPECT_OK(ask('w'));
    end_other(SIGKILL);
    EXPECT(told(alice, "/f") == 9);
    struct vfs_file *file = open_ok(alice, "/f", W);
    EXPECT(handle_size(file) == 9);
    send(file, 9, "9!");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "0123456789!");
    EXPECT(staged(&w) == 0);
}

TEST(a_killed_holder_of_another_account_is_replaced_but_not_seen)
{
    two_servers();
    struct vfs *bob = session(&w, "bob");
    struct vfs *alice = session(&w, "alice");

    EXPECT_OK(ask('T'));
    EXPECT_OK(ask('w'));
    EXPECT_OK(ask('s'));
    end_other(SIGKILL);
    EXPECT(told(bob, "/f") == -1);
    struct vfs_file *file = open_ok(bob, "/f", W | C);
    EXPECT(handle_size(file) == 0);
    send(file, 0, "bob's");
    cut(file);
    EXPECT(told(alice, "/f") == 9);
}

TEST(what_a_killed_process_left_without_a_record_is_removed)
{
    start_other();
    EXPECT_OK(ask('T'));
    EXPECT_OK(ask('w'));
    end_other(SIGKILL);
    /* Its next life, or any other node, at its start; the lock is old enough
     * that nobody can be just about to make its file. */
    w.database = database;
    sleep(3);
    world_open(&w);
    EXPECT(staged(&w) == 0);
    EXPECT(told(session(&w, "alice"), "/f") == -1);
}

TEST(a_killed_process_is_followed_by_its_next_life)
{
    start_other();
    EXPECT_OK(ask('T'));
    EXPECT_OK(ask('w'));
    EXPECT_OK(ask('s'));
    end_other(SIGKILL);
    w.database = database;
    w.node = OTHER_NODE;
    world_open(&w);
    struct vfs *alice = session(&w, "alice");
    EXPECT(told(alice, "/f") == 9);
    publish(alice, "/f", "new");
    EXPECT(staged(&w) == 0);
}

TEST(remove_reaches_the_upload_of_another_server)
{
    struct vfs *alice = two_servers();

    EXPECT_OK(ask('T'));
    EXPECT_OK(ask('w'));
    EXPECT_OK(vfs_remove(alice, STR("/f"), VFS_REMOVE_FILE));
    EXPECT(ask('w') != OK);
    EXPECT(ask('c') != OK);
    EXPECT(!is_published(&w, "/f"));
}

TEST(a_lease_that_ran_out_loses_only_locks_that_others_have_taken)
{
    w.lease_ms = 300;
    world_open(&w);
    struct vfs *alice = session(&w, "alice");
    struct vfs_file *file = open_ok(alice, "/f", W | C | T);

    send(file, 0, "01234");
    usleep(900 * 1000); /* renewed, or taken anew */
    send(file, 5, "56789");
    finish(file);
    EXPECT_TEXT(published(&w, "/f"), "0123456789");
}
