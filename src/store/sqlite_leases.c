/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_leases.c - leases, and the end of what was written under them.
 *
 * A lease that ran out counts as gone at once, for every reader; the rows are
 * cleared away later, by the first process that looks.
 */
#include "store/sqlite_private.h"

struct lease_work {
    uint64_t lease;
    int64_t ttl_ms;
    enum sqlite_statement change; /* renew or revoke */
};

static sqlite3_stmt *
use_for_lease(struct sqlite_store *s, enum sqlite_statement which,
              uint64_t lease)
{
    sqlite3_stmt *statement = sqlite_use(s, which);

    sqlite3_bind_int64(statement, 1, (int64_t)lease);
    sqlite3_bind_int64(statement, 2, clock_now_ms(s->clock));
    return statement;
}

enum status
sqlite_lease_check(struct sqlite_store *s, uint64_t lease)
{
    AUTO(sqlite_reset)
    sqlite3_stmt *find = use_for_lease(s, SQL_LEASE_FIND, lease);
    bool row;

    TRY(sqlite_step(s, find, &row));
    return row ? OK : fail(ERR_NOT_FOUND, "the lease has ended");
}

static enum status
grant(struct sqlite_store *s, void *arg, bool *lasting_out)
{
    struct lease_work *work = arg;
    bool row;

    (void)lasting_out;
    work->lease = sqlite_revision_next(s->revision);
    AUTO(sqlite_reset)
    sqlite3_stmt *grant = use_for_lease(s, SQL_LEASE_GRANT, work->lease);
    sqlite3_bind_int64(grant, 3, work->ttl_ms);
    return sqlite_step(s, grant, &row);
}

enum status
sqlite_lease_grant(struct store *store, int64_t ttl_ms, uint64_t *lease_out)
{
    struct lease_work work = { .ttl_ms = ttl_ms };

    TRY(sqlite_write(sqlite_of(store), grant, &work));
    *lease_out = work.lease;
    return OK;
}

static enum status
change_lease(struct sqlite_store *s, const struct lease_work *work)
{
    AUTO(sqlite_reset)
    sqlite3_stmt *change = use_for_lease(s, work->change, work->lease);
    bool row;

    TRY(sqlite_step(s, change, &row));
    return row ? OK : fail(ERR_NOT_FOUND, "the lease has ended");
}

static enum status
renew(struct sqlite_store *s, void *arg, bool *lasting_out)
{
    (void)lasting_out;
    return change_lease(s, arg);
}

enum status
sqlite_lease_renew(struct store *store, uint64_t lease)
{
    struct lease_work work = { .lease = lease, .change = SQL_LEASE_RENEW };

    return sqlite_write(sqlite_of(store), renew, &work);
}

/* Run a DELETE that returns the keys of the rows; the watches hear of them,
 * whether or not the transaction succeeds in the end: they look for themselves.
 */
static enum status
delete_keys(struct sqlite_store *s, sqlite3_stmt *statement)
{
    AUTO(sqlite_reset) sqlite3_stmt *delete_rows = statement;
    bool row = true;

    while (true) {
        char key[STORE_KEY + 1];
        TRY(sqlite_step(s, delete_rows, &row));
        if (!row)
            return OK;
        struct str bytes = sqlite_bytes(delete_rows, 0);
        if (bytes.len > STORE_KEY)
            continue;
        memcpy(key, bytes.data, bytes.len);
        key[bytes.len] = '\0';
        watches_note(s->store.watches, key);
    }
}

static enum status
revoke_one(struct sqlite_store *s, void *arg, bool *lasting_out)
{
    const struct lease_work *work = arg;

    (void)lasting_out;
    TRY(change_lease(s, work));
    return delete_keys(s, use_for_lease(s, SQL_LEASE_KEYS, work->lease));
}

enum status
sqlite_lease_revoke(struct store *store, uint64_t lease)
{
    struct lease_work work = { .lease = lease, .change = SQL_LEASE_REVOKE };

    return sqlite_write(sqlite_of(store), revoke_one, &work);
}

static enum status
end_expired(struct sqlite_store *s, void *arg, bool *lasting_out)
{
    bool row;

    (void)arg, (void)lasting_out;
    TRY(delete_keys(s, use_for_lease(s, SQL_EXPIRED_KEYS, 0)));
    AUTO(sqlite_reset)
    sqlite3_stmt *leases = use_for_lease(s, SQL_EXPIRED_LEASES, 0);
    return sqlite_step(s, leases, &row);
}

static bool
is_any_expired(struct sqlite_store *s)
{
    bool row = false;

    LOCK_SCOPE(&s->lock);
    AUTO(sqlite_reset)
    sqlite3_stmt *find = use_for_lease(s, SQL_EXPIRED_FIND, 0);
    return sqlite_step(s, find, &row) == OK && row;
}

enum status
sqlite_end_expired(struct sqlite_store *s)
{
    return is_any_expired(s) ? sqlite_write(s, end_expired, NULL) : OK;
}
