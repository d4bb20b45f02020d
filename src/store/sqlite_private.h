/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_private.h - the parts of the store that is kept in SQLite.
 *
 * One connection for each store, used under one lock, with every statement
 * prepared when the store is opened. All keys are in one file in WAL mode, so
 * a commit is atomic for readers whatever it mixes, and after a power cut as
 * well: what was not synced is lost from the end, never from the middle.
 *
 * SQLite itself syncs at checkpoints only. What must last is synced by us
 * behind the commit, without any lock, so that a lock of an upload never waits
 * for the disk. Others may see such a commit a moment before it is synced; what
 * they commit because of it is behind it in the same file, so it cannot last
 * any longer than the cause.
 */
#pragma once

#include "base/thread.h"
#include "store/store_private.h"

#include <sqlite3.h>
#include <stdatomic.h>

enum sqlite_statement {
    SQL_BEGIN, /* the first three work without the tables */
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_GET,
    SQL_LIST,
    SQL_FIND,
    SQL_PUT,
    SQL_DELETE,
    SQL_LEASE_FIND,
    SQL_LEASE_GRANT,
    SQL_LEASE_RENEW,
    SQL_LEASE_REVOKE,
    SQL_LEASE_KEYS,
    SQL_EXPIRED_FIND,
    SQL_EXPIRED_KEYS,
    SQL_EXPIRED_LEASES,
    SQL_DATA_VERSION,
    SQL_STATEMENTS
};

/* sqlite_revision.c: the number of the last commit, in a small file that all
 * processes map. Drawn only by whoever holds SQLite's write lock. */
struct sqlite_revision;

struct sqlite_store {
    struct store store;
    struct clock *clock;
    char *path;
    bool durable;
    int wal;              /* descriptor of the write-ahead log, to sync it */
    pthread_mutex_t lock; /* guards all below; held while SQLite works */
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_STATEMENTS];
    int64_t data_version;
    struct sqlite_revision *revision;
};

static inline struct sqlite_store *
sqlite_of(struct store *store)
{
    return (struct sqlite_store *)store;
}

/* sqlite_statements.c */

/* The failure of the last call on the connection, with its sentence. */
enum status sqlite_failed(struct sqlite_store *, const char *what);

/* Run statements that are needed once: settings, and the schema. */
MUST_CHECK enum status sqlite_run(struct sqlite_store *, const char *sql);

/* The first number that a fixed query answers with. */
MUST_CHECK enum status sqlite_number(struct sqlite_store *, const char *sql,
                                     int64_t *number_out);

/* Prepare the statements from `first` to `last`. */
MUST_CHECK enum status sqlite_prepare(struct sqlite_store *,
                                      enum sqlite_statement first,
                                      enum sqlite_statement last);
void sqlite_finalize_all(struct sqlite_store *);

/* A statement that is reset at the end of the scope:
 *   AUTO(sqlite_reset) sqlite3_stmt *find = sqlite_use(s, SQL_FIND); */
static inline sqlite3_stmt *
sqlite_use(struct sqlite_store *s, enum sqlite_statement which)
{
    return s->statements[which];
}
void sqlite_reset(sqlite3_stmt **);

/* Parameters are bound for as long as the statement is in use. */
void sqlite_bind_bytes(sqlite3_stmt *, int at, struct str bytes);

/* A row (true), the end (false), or the failure. */
MUST_CHECK enum status sqlite_step(struct sqlite_store *, sqlite3_stmt *,
                                   bool *row_out);

/* Run a statement without parameters to its end. */
MUST_CHECK enum status sqlite_do(struct sqlite_store *, enum sqlite_statement);

struct str sqlite_bytes(sqlite3_stmt *, int column);
uint64_t sqlite_u64(sqlite3_stmt *, int column);

/*
 * A write transaction, under the lock: `work` runs between BEGIN IMMEDIATE and
 * COMMIT, and what it did is undone when it fails. It sets *lasting_out when
 * the commit has to be on the disk. ERR_TIMEOUT when the outcome is unknown.
 */
typedef enum status sqlite_work(struct sqlite_store *, void *arg,
                                bool *lasting_out);
MUST_CHECK enum status sqlite_write(struct sqlite_store *, sqlite_work *work,
                                    void *arg);

/* sqlite_schema.c: create what is missing, refuse what is not ours. */
MUST_CHECK enum status sqlite_set_up(struct sqlite_store *);

/* sqlite_leases.c */
MUST_CHECK enum status sqlite_lease_grant(struct store *, int64_t ttl_ms,
                                          uint64_t *lease_out);
MUST_CHECK enum status sqlite_lease_renew(struct store *, uint64_t lease);
MUST_CHECK enum status sqlite_lease_revoke(struct store *, uint64_t lease);
MUST_CHECK enum status sqlite_lease_check(struct sqlite_store *,
                                          uint64_t lease);
MUST_CHECK enum status sqlite_end_expired(struct sqlite_store *);

/* sqlite_commit.c */
MUST_CHECK enum status sqlite_commit(struct store *,
                                     const struct store_change *, size_t count,
                                     uint64_t *revision_out);

/* sqlite_revision.c */

/* Map the file beside `path`, made if it is missing. Unless its id is the one
 * that the database knows, its numbers are void: sqlite_revision_restart(). */
MUST_CHECK enum status sqlite_revision_open(const char *path,
                                            struct sqlite_revision **out);
void sqlite_revision_close(struct sqlite_revision **);
uint64_t sqlite_revision_id(const struct sqlite_revision *);
uint64_t sqlite_revision_last(const struct sqlite_revision *);
void sqlite_revision_restart(struct sqlite_revision *, uint64_t id,
                             uint64_t last);
uint64_t sqlite_revision_next(struct sqlite_revision *);
