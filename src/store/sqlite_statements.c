/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_statements.c - every statement of the store, and how one is run. */
#include "store/sqlite_private.h"

#include <errno.h>
#include <unistd.h>

/* ?1 is a key or a lease, ?2 what time it is, where both are needed. */
static const char *const texts[SQL_STATEMENTS] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_GET] = "SELECT value, created, modified, lease FROM entry"
                " WHERE key = ?1 AND (lease = 0 OR EXISTS (SELECT 1 FROM lease"
                " WHERE id = entry.lease AND expires_ms > ?2))",
    [SQL_LIST] = "SELECT value, created, modified, lease, key FROM entry"
                 " WHERE key >= ?1 AND key < ?3 AND (lease = 0 OR EXISTS"
                 " (SELECT 1 FROM lease WHERE id = entry.lease"
                 " AND expires_ms > ?2)) ORDER BY key",
    [SQL_FIND] = "SELECT created, modified, lease FROM entry"
                 " WHERE key = ?1 AND (lease = 0 OR EXISTS (SELECT 1 FROM lease"
                 " WHERE id = entry.lease AND expires_ms > ?2))",
    [SQL_PUT] = "INSERT OR REPLACE INTO entry"
                " (key, value, created, modified, lease)"
                " VALUES (?1, ?2, ?3, ?4, ?5)",
    [SQL_DELETE] = "DELETE FROM entry WHERE key = ?1",
    [SQL_LEASE_FIND] = "SELECT 1 FROM lease WHERE id = ?1 AND expires_ms > ?2",
    [SQL_LEASE_GRANT] = "INSERT INTO lease (id, ttl_ms, expires_ms)"
                        " VALUES (?1, ?3, ?2 + ?3)",
    [SQL_LEASE_RENEW] = "UPDATE lease SET expires_ms = ?2 + ttl_ms"
                        " WHERE id = ?1 AND expires_ms > ?2 RETURNING id",
    [SQL_LEASE_REVOKE] = "DELETE FROM lease WHERE id = ?1 AND expires_ms > ?2"
                         " RETURNING id",
    [SQL_LEASE_KEYS] = "DELETE FROM entry WHERE lease = ?1 RETURNING key",
    [SQL_EXPIRED_FIND] = "SELECT 1 FROM lease WHERE expires_ms <= ?2 LIMIT 1",
    [SQL_EXPIRED_KEYS] = "DELETE FROM entry WHERE lease IN (SELECT id"
                         " FROM lease WHERE expires_ms <= ?2) RETURNING key",
    [SQL_EXPIRED_LEASES] = "DELETE FROM lease WHERE expires_ms <= ?2",
    [SQL_DATA_VERSION] = "PRAGMA data_version",
};

enum status
sqlite_failed(struct sqlite_store *s, const char *what)
{
    const char *why = sqlite3_errmsg(s->db);

    switch (sqlite3_errcode(s->db)) {
    case SQLITE_NOMEM: return fail(ERR_MEMORY, "no memory for the store");
    case SQLITE_BUSY:
        return fail(ERR_IO, "'%s' is held by another process for too long",
                    s->path);
    default: return fail(ERR_IO, "'%s': %s: %s", s->path, what, why);
    }
}

/* The first statement of `sql`; *rest_out is what comes behind it. */
static enum status
run_first(struct sqlite_store *s, const char *sql, const char **rest_out)
{
    sqlite3_stmt *statement;
    bool row = true;
    enum status status = OK;

    if (sqlite3_prepare_v2(s->db, sql, -1, &statement, rest_out) != SQLITE_OK)
        return sqlite_failed(s, "cannot be set up");
    while (statement != NULL && status == OK && row)
        status = sqlite_step(s, statement, &row);
    sqlite3_finalize(statement);
    return status;
}

enum status
sqlite_run(struct sqlite_store *s, const char *sql)
{
    while (*sql != '\0')
        TRY(run_first(s, sql, &sql));
    return OK;
}

enum status
sqlite_number(struct sqlite_store *s, const char *sql, int64_t *number_out)
{
    sqlite3_stmt *query;
    bool row = false;

    if (sqlite3_prepare_v2(s->db, sql, -1, &query, NULL) != SQLITE_OK)
        return sqlite_failed(s, "cannot be read");
    enum status status = sqlite_step(s, query, &row);
    if (status == OK)
        *number_out = row ? sqlite3_column_int64(query, 0) : 0;
    sqlite3_finalize(query);
    return status;
}

enum status
sqlite_prepare(struct sqlite_store *s, enum sqlite_statement first,
               enum sqlite_statement last)
{
    for (size_t i = first; i <= last; i++)
        if (sqlite3_prepare_v3(s->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &s->statements[i], NULL) != SQLITE_OK)
            return sqlite_failed(s, "a statement cannot be prepared");
    return OK;
}

void
sqlite_finalize_all(struct sqlite_store *s)
{
    for (size_t i = 0; i < SQL_STATEMENTS; i++) {
        sqlite3_finalize(s->statements[i]);
        s->statements[i] = NULL;
    }
}

void
sqlite_reset(sqlite3_stmt **statement)
{
    if (*statement != NULL)
        sqlite3_reset(*statement);
}

void
sqlite_bind_bytes(sqlite3_stmt *statement, int at, struct str bytes)
{
    /* A NULL pointer would be bound as NULL, not as no bytes. */
    sqlite3_bind_blob(statement, at, bytes.data != NULL ? bytes.data : "",
                      (int)bytes.len, SQLITE_STATIC);
}

enum status
sqlite_step(struct sqlite_store *s, sqlite3_stmt *statement, bool *row_out)
{
    int code = sqlite3_step(statement);

    *row_out = code == SQLITE_ROW;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return sqlite_failed(s, "the store does not work");
    return OK;
}

enum status
sqlite_do(struct sqlite_store *s, enum sqlite_statement which)
{
    AUTO(sqlite_reset) sqlite3_stmt *statement = sqlite_use(s, which);
    bool row = true;

    while (row)
        TRY(sqlite_step(s, statement, &row));
    return OK;
}

struct str
sqlite_bytes(sqlite3_stmt *statement, int column)
{
    const void *data = sqlite3_column_blob(statement, column);

    return data == NULL ? STR_NONE
                        : str_from(data, (size_t)sqlite3_column_bytes(statement,
                                                                      column));
}

uint64_t
sqlite_u64(sqlite3_stmt *statement, int column)
{
    return (uint64_t)sqlite3_column_int64(statement, column);
}

static void
roll_back(struct sqlite_store *s)
{
    /* SQLite has done it already after some failures. Keep the first reason. */
    if (!sqlite3_get_autocommit(s->db)) {
        AUTO(sqlite_reset) sqlite3_stmt *undo = sqlite_use(s, SQL_ROLLBACK);
        (void)sqlite3_step(undo);
    }
}

static enum status
write_locked(struct sqlite_store *s, sqlite_work *work, void *arg,
             bool *lasting_out)
{
    LOCK_SCOPE(&s->lock);
    TRY(sqlite_do(s, SQL_BEGIN));
    enum status status = work(s, arg, lasting_out);
    if (status != OK) {
        roll_back(s);
        return status;
    }
    if (sqlite_do(s, SQL_COMMIT) == OK)
        return OK;
    status = fail(ERR_TIMEOUT, "outcome unknown: %s", fail_reason());
    roll_back(s);
    return status;
}

enum status
sqlite_write(struct sqlite_store *s, sqlite_work *work, void *arg)
{
    bool lasting = false;

    TRY(write_locked(s, work, arg, &lasting));
    if (lasting && s->durable && s->wal >= 0 && fdatasync(s->wal) < 0)
        return fail(ERR_TIMEOUT, "outcome unknown: '%s' cannot be synced: %s",
                    s->path, strerrordesc_np(errno));
    return OK;
}
