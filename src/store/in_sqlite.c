/* SPDX-License-Identifier: Apache-2.0 */
/*
 * in_sqlite.c - a store in one file, shared by the processes of one machine.
 *
 * What other processes commit is noticed by SQLite's data version, which the
 * thread of the watches looks at, so nobody writes a journal of changes.
 */
#include "store/sqlite_private.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    /* Frames in the log: a short log keeps the look-ups in it cheap. */
    CHECKPOINT_FRAMES = 1000,
    SHORTEST_WAIT_US = 50, /* for another process's transaction */
    LONGEST_WAIT_US = 5000,
    MOST_WAITS = 2000, /* about 10 s */
};

static enum status
copy_value(sqlite3_stmt *row, struct buffer *value_out)
{
    return value_out == NULL ? OK : buffer_add(value_out, sqlite_bytes(row, 0));
}

static struct store_entry
entry_of(sqlite3_stmt *row)
{
    return (struct store_entry){
        .key = STR_NONE,
        .value = STR_NONE,
        .created = sqlite_u64(row, 1),
        .modified = sqlite_u64(row, 2),
        .lease = sqlite_u64(row, 3),
    };
}

static enum status
sqlite_get(struct store *store, const char *key, struct buffer *value_out,
           struct store_entry *entry_out)
{
    struct sqlite_store *s = sqlite_of(store);
    bool row;

    LOCK_SCOPE(&s->lock);
    AUTO(sqlite_reset) sqlite3_stmt *get = sqlite_use(s, SQL_GET);
    sqlite_bind_bytes(get, 1, str_of(key));
    sqlite3_bind_int64(get, 2, clock_now_ms(s->clock));
    TRY(sqlite_step(s, get, &row));
    if (!row)
        return fail(ERR_NOT_FOUND, "no '%s' in the store", key);
    TRY(copy_value(get, value_out));
    if (entry_out != NULL)
        *entry_out = entry_of(get);
    return OK;
}

static enum status
copy_prefix(struct sqlite_store *s, const char *prefix, struct listing *list)
{
    /* Behind every key that starts with the prefix, before all others. */
    char behind[STORE_KEY + 1];
    struct str start = str_of(prefix);
    bool row;

    memset(behind, 0xff, sizeof behind);
    memcpy(behind, start.data, start.len);
    LOCK_SCOPE(&s->lock);
    AUTO(sqlite_reset) sqlite3_stmt *rows = sqlite_use(s, SQL_LIST);
    sqlite_bind_bytes(rows, 1, start);
    sqlite3_bind_int64(rows, 2, clock_now_ms(s->clock));
    sqlite_bind_bytes(rows, 3, str_from(behind, sizeof behind));
    while (true) {
        TRY(sqlite_step(s, rows, &row));
        if (!row)
            return OK;
        struct store_entry entry = entry_of(rows);
        entry.key = sqlite_bytes(rows, 4);
        entry.value = sqlite_bytes(rows, 0);
        TRY(listing_add(list, &entry, true));
    }
}

static enum status
sqlite_list(struct store *store, const char *prefix, store_visit *visit,
            void *arg)
{
    AUTO(listing_done) struct listing list = { 0 };

    TRY(copy_prefix(sqlite_of(store), prefix, &list));
    return listing_visit(&list, visit, arg);
}

static bool
others_committed(struct sqlite_store *s)
{
    bool row = false;

    LOCK_SCOPE(&s->lock);
    AUTO(sqlite_reset) sqlite3_stmt *query = sqlite_use(s, SQL_DATA_VERSION);
    if (sqlite_step(s, query, &row) != OK || !row)
        return true;
    int64_t before = s->data_version;
    s->data_version = sqlite3_column_int64(query, 0);
    return s->data_version != before;
}

static bool
sqlite_tick(struct store *store)
{
    struct sqlite_store *s = sqlite_of(store);
    bool failed = sqlite_end_expired(s) != OK; /* perhaps half-way */

    return others_committed(s) || failed;
}

static void
sqlite_close_store(struct store *store)
{
    struct sqlite_store *s = sqlite_of(store);

    watches_free(&s->store.watches);
    sqlite_finalize_all(s);
    sqlite3_close(s->db);
    sqlite_revision_close(&s->revision);
    if (s->wal >= 0)
        close(s->wal);
    pthread_mutex_destroy(&s->lock);
    free(s->path);
    free(s);
}

static const struct store_ops sqlite_ops = {
    .get = sqlite_get,
    .list = sqlite_list,
    .commit = sqlite_commit,
    .lease_grant = sqlite_lease_grant,
    .lease_renew = sqlite_lease_renew,
    .lease_revoke = sqlite_lease_revoke,
    .watch = watches_watch,
    .unwatch = watches_unwatch,
    .close = sqlite_close_store,
    .tick = sqlite_tick,
};

/*
 * Make the file ours alone before SQLite writes into it. It is opened only when
 * it is new: closing a second descriptor of a file that SQLite has open in this
 * process would drop SQLite's locks (fcntl(2)).
 */
static enum status
make_private(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd >= 0) {
        close(fd);
        return OK;
    }
    if (errno != EEXIST || stat(path, &st) < 0)
        return fail_errno(errno, "cannot make '%s'", path);
    if (!S_ISREG(st.st_mode))
        return fail(ERR_IO, "'%s' is not a file", path);
    if ((st.st_mode & 077) != 0 && chmod(path, 0600) < 0)
        return fail_errno(errno, "'%s' can be read by others", path);
    return OK;
}

/* SQLite calls this until it is 0 while another process has the file. */
static int
wait_for_others(void *arg, int count)
{
    useconds_t wait_us = (useconds_t)(count + 1) * SHORTEST_WAIT_US;

    (void)arg;
    if (count >= MOST_WAITS)
        return 0;
    usleep(wait_us < LONGEST_WAIT_US ? wait_us : LONGEST_WAIT_US);
    return 1;
}

/* Two processes that make the file at once get in each other's way without
 * the handler being asked. */
static enum status
choose_wal(struct sqlite_store *s)
{
    enum status status;
    int count = 0;

    do
        status = sqlite_run(s, "PRAGMA journal_mode = WAL");
    while (status != OK && sqlite3_errcode(s->db) == SQLITE_BUSY &&
           wait_for_others(NULL, count++));
    return status;
}

static enum status
sync_folder(const char *path)
{
    char copy[4096];

    snprintf(copy, sizeof copy, "%s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed = fd < 0 || fsync(fd) < 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    return failed == 0
               ? OK
               : fail_errno(failed, "cannot sync the folder of '%s'", path);
}

/* The log is there as long as a connection is. */
static enum status
open_log(struct sqlite_store *s)
{
    char *name;

    if (asprintf(&name, "%s-wal", s->path) < 0)
        return fail(ERR_MEMORY, "no memory for a path");
    s->wal = open(name, O_RDWR | O_CLOEXEC);
    enum status status =
        s->wal < 0 ? fail_errno(errno, "cannot open '%s'", name) : OK;
    free(name);
    if (status != OK || !s->durable)
        return status;
    if (fdatasync(s->wal) < 0)
        return fail_errno(errno, "cannot sync '%s'", s->path);
    return sync_folder(s->path);
}

static enum status
open_database(struct sqlite_store *s)
{
    if (sqlite3_open_v2(s->path, &s->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        return s->db == NULL ? fail(ERR_MEMORY, "no memory for the store")
                             : sqlite_failed(s, "cannot be opened");
    sqlite3_busy_handler(s->db, wait_for_others, NULL);
    sqlite3_wal_autocheckpoint(s->db, CHECKPOINT_FRAMES);
    /* A commit writes whole pages, so small ones cost less; but a lock with
     * its value has to fit into a quarter of one. */
    TRY(sqlite_run(s, "PRAGMA page_size = 2048"));
    /* Threads that are confined to an account's folders can make no files. */
    TRY(sqlite_run(s, "PRAGMA temp_store = MEMORY"));
    TRY(choose_wal(s));
    return sqlite_run(s, "PRAGMA synchronous = NORMAL");
}

static enum status
open_tables(struct sqlite_store *s)
{
    TRY(sqlite_revision_open(s->path, &s->revision));
    TRY(sqlite_prepare(s, SQL_BEGIN, SQL_ROLLBACK));
    TRY(sqlite_set_up(s));
    return sqlite_prepare(s, SQL_GET, SQL_STATEMENTS - 1);
}

static enum status
open_store(struct sqlite_store *s)
{
    TRY(make_private(s->path));
    TRY(open_database(s));
    TRY(open_tables(s));
    TRY(open_log(s));
    (void)others_committed(s);
    return watches_new(&s->store, &s->store.watches);
}

enum status
store_in_sqlite(const char *path, bool durable, struct clock *clock,
                struct store **store_out)
{
    struct sqlite_store *s = calloc(1, sizeof *s);

    if (s == NULL)
        return fail(ERR_MEMORY, "no memory for a store");
    s->store.ops = &sqlite_ops;
    s->clock = clock;
    s->durable = durable;
    s->wal = -1;
    pthread_mutex_init(&s->lock, NULL);
    s->path = strdup(path);
    enum status status = s->path == NULL
                             ? fail(ERR_MEMORY, "no memory for a path")
                             : open_store(s);
    if (status != OK) {
        sqlite_close_store(&s->store);
        return status;
    }
    *store_out = &s->store;
    return OK;
}
