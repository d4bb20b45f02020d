/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_sqlite_test.c - one file, several processes, and what befalls it.
 *
 * Children are forked before the parent opens a store, since neither SQLite's
 * connections nor threads survive a fork; they end by _exit, with 0 when all
 * was as it should be.
 */
#include "base/thread.h"
#include "store/store.h"
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct store *store;

TEARDOWN()
{
    store_close(&store);
}

/* The file, or one beside it. */
static const char *
path_of(const char *suffix)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/store.db%s", test_folder(), suffix);
    return path;
}

static void
open_store(void)
{
    EXPECT_OK(store_in_sqlite(path_of(""), true, clock_real(), &store));
}

static void
reopen(void)
{
    store_close(&store);
    open_store();
}

static enum status
try_put(struct store *s, const char *key, const char *value, uint64_t lease,
        uint64_t *revision)
{
    struct store_change one = { .kind = STORE_PUT,
                                .key = key,
                                .value = str_of(value),
                                .lease = lease,
                                .expected = STORE_ANY };

    return store_commit(s, &one, 1, revision);
}

static uint64_t
put(const char *key, const char *value, uint64_t lease)
{
    uint64_t revision = 0;

    EXPECT_OK(try_put(store, key, value, lease, &revision));
    return revision;
}

static bool
has(const char *key)
{
    enum status status = store_get(store, key, NULL, NULL);

    EXPECT(status == OK || status == ERR_NOT_FOUND);
    return status == OK;
}

static bool
holds(const char *key, const char *value)
{
    AUTO(buffer_done) struct buffer got = BUFFER(STORE_VALUE);

    return store_get(store, key, &got, NULL) == OK &&
           str_is(buffer_str(&got), value);
}

/* Look again and again, for half a minute at most. */
#define EXPECT_SOON(condition)                                                 \
    do {                                                                       \
        for (int look = 0; look < 15000 && !(condition); look++)               \
            usleep(2000);                                                      \
        EXPECT(condition);                                                     \
    } while (0)

/* Run `child` in a process of its own with its end of a pair of pipes. */
struct child {
    pid_t pid;
    int from; /* what it writes */
    int to;   /* what it reads */
};

static struct child
start(int (*run)(int from_parent, int to_parent))
{
    int down[2];
    int up[2];

    EXPECT(pipe2(down, O_CLOEXEC) == 0 && pipe2(up, O_CLOEXEC) == 0);
    (void)test_folder(); /* the same for both */
    pid_t pid = fork();
    EXPECT(pid >= 0);
    if (pid == 0) {
        close(down[1]);
        close(up[0]);
        _exit(run(down[0], up[1]));
    }
    close(down[0]);
    close(up[1]);
    return (struct child){ .pid = pid, .from = up[0], .to = down[1] };
}

static void
expect_ends(struct child *child, int code)
{
    int status;

    close(child->to);
    EXPECT(waitpid(child->pid, &status, 0) == child->pid);
    close(child->from);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == code);
}

static void
kill_now(struct child *child)
{
    int status;

    EXPECT(kill(child->pid, SIGKILL) == 0);
    EXPECT(waitpid(child->pid, &status, 0) == child->pid);
    close(child->from);
    close(child->to);
}

/* One byte each way keeps two processes in step. */
static void
say(int fd)
{
    if (write(fd, "x", 1) != 1)
        _exit(99);
}

static void
hear(int fd)
{
    char byte;

    EXPECT(read(fd, &byte, 1) == 1);
}

static struct store *
open_in_child(void)
{
    struct store *mine = NULL;

    if (store_in_sqlite(path_of(""), true, clock_real(), &mine) != OK)
        _exit(98);
    return mine;
}

TEST(what_was_put_is_there_when_the_file_is_opened_again)
{
    uint64_t lease;

    open_store();
    EXPECT_OK(store_lease_grant(store, 3600000, &lease));
    put("leased", "two", lease);
    uint64_t last = put("lasting", "one", 0);
    reopen();
    EXPECT(holds("lasting", "one") && holds("leased", "two"));
    EXPECT_OK(store_lease_renew(store, lease));
    EXPECT(put("more", "", 0) > last);
    EXPECT_OK(store_lease_revoke(store, lease));
    reopen();
    EXPECT(!has("leased"));
}

TEST(the_files_are_for_nobody_else)
{
    static const char *const suffixes[] = { "", "-wal", "-shm", "-revision" };
    mode_t before = umask(0);
    struct stat st;

    open_store();
    umask(before);
    for (size_t i = 0; i < 4; i++) {
        EXPECT(stat(path_of(suffixes[i]), &st) == 0);
        EXPECT((st.st_mode & 0777) == 0600);
    }
    store_close(&store);
    EXPECT(chmod(path_of(""), 0644) == 0);
    open_store();
    EXPECT(stat(path_of(""), &st) == 0 && (st.st_mode & 0777) == 0600);
}

static void
write_file(const char *path, const char *content)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    EXPECT(write(fd, content, strlen(content)) == (ssize_t)strlen(content));
    close(fd);
}

/* Change the file behind the store's back. */
static void
sql(const char *text)
{
    sqlite3 *db;

    EXPECT(sqlite3_open(path_of(""), &db) == SQLITE_OK);
    EXPECT(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(db);
}

static void
expect_refused(const char *because)
{
    EXPECT_STATUS(store_in_sqlite(path_of(""), true, clock_real(), &store),
                  ERR_IO);
    if (strstr(fail_reason(), because) == NULL)
        print_error("%s\n", fail_reason());
    EXPECT(strstr(fail_reason(), because) != NULL);
    EXPECT(strstr(fail_reason(), "store.db") != NULL);
    EXPECT(store == NULL);
}

TEST(a_file_that_is_no_database_is_refused)
{
    static char text[2000];

    memset(text, 'x', sizeof text - 1);
    write_file(path_of(""), text);
    expect_refused("not a database");
}

TEST(a_database_of_another_program_is_refused)
{
    sql("CREATE TABLE entry (key TEXT)");
    expect_refused("another program");
}

TEST(a_store_of_another_version_is_refused)
{
    open_store();
    store_close(&store);
    sql("PRAGMA user_version = 2");
    expect_refused("version 2");
}

TEST(a_damaged_store_is_refused)
{
    static char value[3000];
    char page[4096];
    char key[16];

    memset(value, 'v', sizeof value - 1);
    open_store();
    for (int i = 0; i < 40; i++) {
        snprintf(key, sizeof key, "k%d", i);
        put(key, value, 0);
    }
    store_close(&store);
    int fd = open(path_of(""), O_RDWR | O_CLOEXEC);
    memset(page, 0x5a, sizeof page);
    for (off_t at = 8; at < 14; at++)
        EXPECT(pwrite(fd, page, sizeof page, at * 4096) == sizeof page);
    close(fd);
    expect_refused("damaged");
}

TEST(a_store_in_a_folder_that_is_not_there_cannot_be_opened)
{
    EXPECT_STATUS(
        store_in_sqlite("/nonexistent/store.db", true, clock_real(), &store),
        ERR_NOT_FOUND);
}

TEST(what_was_leased_ends_with_the_boot_and_revisions_go_on_far_above)
{
    uint64_t lease;

    open_store();
    EXPECT_OK(store_lease_grant(store, 3600000, &lease));
    put("lasting", "one", 0);
    uint64_t last = put("leased", "two", lease);
    store_close(&store);
    sql("UPDATE boot SET boot = x'00'");
    open_store();
    EXPECT(has("lasting") && !has("leased"));
    EXPECT_STATUS(store_lease_renew(store, lease), ERR_NOT_FOUND);
    EXPECT(put("leased", "three", 0) > last + 1000000);
}

TEST(revisions_never_go_back_when_their_file_is_lost_or_empty)
{
    open_store();
    uint64_t last = put("a", "", 0);
    store_close(&store);
    EXPECT(unlink(path_of("-revision")) == 0);
    open_store();
    uint64_t next = put("a", "", 0);
    EXPECT(next > last);
    store_close(&store);
    EXPECT(truncate(path_of("-revision"), 0) == 0);
    open_store();
    EXPECT(put("a", "", 0) > next);
}

TEST(revisions_never_go_back_when_an_old_copy_is_put_back)
{
    char command[400];

    open_store();
    put("a", "old", 0);
    store_close(&store);
    snprintf(command, sizeof command, "cp %s %s/copy", path_of(""),
             test_folder());
    EXPECT(system(command) == 0); /* NOLINT: a fixed command */
    for (int i = 0; i < 3; i++) {
        sql("UPDATE boot SET boot = x'00'");
        reopen();
    }
    uint64_t last = put("a", "new", 0);
    store_close(&store);
    snprintf(command, sizeof command, "cp %s/copy %s", test_folder(),
             path_of(""));
    EXPECT(system(command) == 0); /* NOLINT: a fixed command */
    open_store();
    EXPECT(holds("a", "old"));
    EXPECT(put("a", "newer", 0) > last);
}

enum { PROCESSES = 3, ROUNDS = 150 };

/* Add one to the number under "n" and send each revision to the parent. */
static int
count_up(int from_parent, int to_parent)
{
    struct store *mine = open_in_child();
    char byte;

    if (read(from_parent, &byte, 1) != 1)
        return 1;
    for (int done = 0; done < ROUNDS;) {
        AUTO(buffer_done) struct buffer value = BUFFER(100);
        struct store_entry entry = { 0 };
        char text[24];
        uint64_t revision;
        enum status status = store_get(mine, "n", &value, &entry);
        if (status != OK && status != ERR_NOT_FOUND)
            return 2;
        int n = status == OK ? atoi(buffer_text(&value)) : 0;
        snprintf(text, sizeof text, "%d", n + 1);
        struct store_change one = { .kind = STORE_PUT,
                                    .key = "n",
                                    .value = str_of(text),
                                    .expected = entry.modified };
        status = store_commit(mine, &one, 1, &revision);
        if (status != OK && status != ERR_CONFLICT)
            return 3;
        if (status == OK && write(to_parent, &revision, 8) != 8)
            return 4;
        done += status == OK;
    }
    store_close(&mine);
    return 0;
}

static int
by_number(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

TEST(processes_that_make_the_file_at_once_lose_no_count_and_no_revision)
{
    struct child children[PROCESSES];
    static uint64_t revisions[PROCESSES * ROUNDS];
    size_t count = 0;

    for (size_t i = 0; i < PROCESSES; i++)
        children[i] = start(count_up);
    for (size_t i = 0; i < PROCESSES; i++)
        say(children[i].to);
    for (size_t i = 0; i < PROCESSES; i++) {
        uint64_t before = 0;
        for (int n = 0; n < ROUNDS; n++, count++) {
            EXPECT(read(children[i].from, &revisions[count], 8) == 8);
            EXPECT(revisions[count] > before);
            before = revisions[count];
        }
    }
    for (size_t i = 0; i < PROCESSES; i++)
        expect_ends(&children[i], 0);
    open_store();
    EXPECT(holds("n", "450"));
    qsort(revisions, count, sizeof revisions[0], by_number);
    for (size_t i = 1; i < count; i++)
        EXPECT(revisions[i - 1] < revisions[i]);
}

/* What a watch heard last. */
struct heard {
    atomic_int writes;
    atomic_int deletions;
};

static void
note(void *arg, const struct store_entry *entry)
{
    struct heard *heard = arg;

    if (!str_is(entry->key, "watched"))
        return;
    if (entry->modified == 0)
        atomic_fetch_add(&heard->deletions, 1);
    else if (str_is(entry->value, "by another"))
        atomic_fetch_add(&heard->writes, 1);
}

static int
write_then_delete(int from_parent, int to_parent)
{
    struct store *mine = open_in_child();
    struct store_change gone = { .kind = STORE_DELETE,
                                 .key = "watched",
                                 .expected = STORE_ANY };
    char byte;

    (void)to_parent;
    if (read(from_parent, &byte, 1) != 1 ||
        try_put(mine, "watched", "by another", 0, NULL) != OK)
        return 1;
    if (read(from_parent, &byte, 1) != 1 ||
        store_commit(mine, &gone, 1, NULL) != OK)
        return 2;
    store_close(&mine);
    return 0;
}

TEST(a_watch_is_told_what_another_process_changes)
{
    struct child child = start(write_then_delete);
    struct heard heard = { 0 };
    struct store_watch *watch = NULL;

    open_store();
    EXPECT_OK(store_watch(store, "wa", note, &heard, &watch));
    say(child.to);
    EXPECT_SOON(atomic_load(&heard.writes) > 0);
    say(child.to);
    EXPECT_SOON(atomic_load(&heard.deletions) > 0);
    store_unwatch(store, &watch);
    expect_ends(&child, 0);
}

static int
hold_a_lease(int from_parent, int to_parent)
{
    struct store *mine = open_in_child();
    uint64_t lease;
    char byte;

    if (store_lease_grant(mine, 300, &lease) != OK ||
        try_put(mine, "watched", "by another", lease, NULL) != OK)
        return 1;
    say(to_parent);
    while (read(from_parent, &byte, 1) == 1)
        ;
    return 0;
}

TEST(the_lock_of_a_killed_process_ends_and_whoever_waits_is_told)
{
    struct child child = start(hold_a_lease);
    struct heard heard = { 0 };
    struct store_watch *watch = NULL;

    hear(child.from);
    kill_now(&child);
    open_store();
    EXPECT_OK(store_watch(store, "", note, &heard, &watch));
    EXPECT_SOON(!has("watched"));
    EXPECT(put("watched", "mine now", 0) != 0);
    store_unwatch(store, &watch);
    EXPECT(holds("watched", "mine now"));
}

TEST(a_lease_of_a_killed_process_is_cleared_by_the_others)
{
    struct child child = start(hold_a_lease);
    struct heard heard = { 0 };
    struct store_watch *watch = NULL;

    open_store();
    hear(child.from);
    EXPECT_OK(store_watch(store, "", note, &heard, &watch));
    kill_now(&child);
    EXPECT_SOON(atomic_load(&heard.deletions) > 0);
    EXPECT(!has("watched"));
    store_unwatch(store, &watch);
}

/* Write the same number under a lasting and a leased key, for ever. */
static int
write_pairs(int from_parent, int to_parent)
{
    struct store *mine = open_in_child();
    uint64_t lease;

    (void)from_parent;
    if (store_lease_grant(mine, 3600000, &lease) != OK)
        return 1;
    for (int i = 0;; i++) {
        char text[24];
        snprintf(text, sizeof text, "%d", i);
        struct store_change pair[] = {
            { .kind = STORE_PUT,
              .key = "pair/lasting",
              .value = str_of(text),
              .expected = STORE_ANY },
            { .kind = STORE_PUT,
              .key = "pair/leased",
              .value = str_of(text),
              .lease = lease,
              .expected = STORE_ANY },
        };
        if (store_commit(mine, pair, 2, NULL) != OK)
            return 2;
        if (i == 0)
            say(to_parent);
    }
}

struct pair {
    char values[2][24];
    int count;
};

static enum status
add_to_pair(void *arg, const struct store_entry *entry)
{
    struct pair *pair = arg;

    EXPECT(pair->count < 2);
    snprintf(pair->values[pair->count++], 24, "%.*s", STR_ARG(entry->value));
    return OK;
}

static void
expect_equal_pair(void)
{
    struct pair pair = { .count = 0 };

    EXPECT_OK(store_list(store, "pair/", add_to_pair, &pair));
    EXPECT(pair.count == 2);
    EXPECT_TEXT(pair.values[0], pair.values[1]);
}

TEST(a_commit_of_lasting_and_leased_keys_is_whole_for_others_and_when_killed)
{
    for (int round = 0; round < 5; round++) {
        struct child child = start(write_pairs);
        hear(child.from);
        open_store();
        for (int i = 0; i < 300; i++)
            expect_equal_pair();
        kill_now(&child);
        expect_equal_pair();
        reopen();
        expect_equal_pair();
        store_close(&store);
    }
}

TEST(two_stores_of_one_process_on_one_file_see_each_other)
{
    struct store *other = NULL;
    struct heard heard = { 0 };
    struct store_watch *watch = NULL;

    open_store();
    EXPECT_OK(store_in_sqlite(path_of(""), false, clock_real(), &other));
    EXPECT_OK(store_watch(other, "watched", note, &heard, &watch));
    put("watched", "by another", 0);
    EXPECT_OK(store_get(other, "watched", NULL, NULL));
    EXPECT_SOON(atomic_load(&heard.writes) > 0);
    store_unwatch(other, &watch);
    store_close(&other);
    /* The locks of the first are still there: it works on. */
    EXPECT(put("watched", "again", 0) != 0);
}
