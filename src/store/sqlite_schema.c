/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_schema.c - what is in the file, and whether it is ours and whole.
 *
 * Leases are counted in the machine's monotonic milliseconds and commits that
 * only touch leased keys are not synced, so neither means anything in another
 * boot of the machine. Whoever opens the store first in a boot ends all leases
 * and starts a new range of revisions, far above what can have been lost.
 */
#include "store/sqlite_private.h"

#include "base/random.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { APPLICATION = 0x436f6e76, SCHEMA = 1, BOOT_TEXT = 36 };

/* Revisions between two boots: more than a log holds between checkpoints. */
static const uint64_t boot_range = 1000000000;

static const char schema[] =
    "CREATE TABLE entry (key BLOB PRIMARY KEY, value BLOB NOT NULL,"
    " created INTEGER NOT NULL, modified INTEGER NOT NULL,"
    " lease INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE lease (id INTEGER PRIMARY KEY, ttl_ms INTEGER NOT NULL,"
    " expires_ms INTEGER NOT NULL);"
    "CREATE INDEX lease_expires ON lease (expires_ms);"
    "CREATE TABLE boot (one INTEGER PRIMARY KEY CHECK (one = 1),"
    " boot BLOB NOT NULL, revision_id INTEGER NOT NULL,"
    " first_revision INTEGER NOT NULL);"
    "INSERT INTO boot VALUES (1, x'', 0, 0);"
    "PRAGMA application_id = 0x436f6e76;"
    "PRAGMA user_version = 1;";

static enum status
check_schema(struct sqlite_store *s)
{
    int64_t application;
    int64_t version;
    int64_t tables;

    TRY(sqlite_number(s, "PRAGMA application_id", &application));
    TRY(sqlite_number(s, "PRAGMA user_version", &version));
    TRY(sqlite_number(s, "SELECT count(*) FROM sqlite_schema", &tables));
    if (tables == 0 && application == 0 && version == 0)
        return sqlite_run(s, schema);
    if (application != APPLICATION)
        return fail(ERR_IO, "'%s' is a database of another program", s->path);
    if (version != SCHEMA)
        return fail(ERR_IO,
                    "'%s' has version %lld of the store, this is %d: it was "
                    "written by another version of Convoy",
                    s->path, (long long)version, SCHEMA);
    return OK;
}

static enum status
check_integrity(struct sqlite_store *s)
{
    sqlite3_stmt *query;
    bool row = false;
    static const char check[] = "PRAGMA quick_check(1)";

    if (sqlite3_prepare_v2(s->db, check, -1, &query, NULL) != SQLITE_OK)
        return sqlite_failed(s, "cannot be checked");
    enum status status = sqlite_step(s, query, &row);
    if (status == OK && (!row || !str_is(sqlite_bytes(query, 0), "ok")))
        status = fail(ERR_IO, "'%s' is damaged: %.*s", s->path,
                      STR_ARG(sqlite_bytes(query, 0)));
    sqlite3_finalize(query);
    return status;
}

/* What is different in each boot of the machine. */
static enum status
read_boot(char boot[BOOT_TEXT])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, boot, BOOT_TEXT);

    if (fd >= 0)
        close(fd);
    if (len != BOOT_TEXT)
        return fail(ERR_IO, "the kernel does not say which boot this is");
    return OK;
}

struct boot_row {
    bool same_boot;
    uint64_t revision_id;
    uint64_t first_revision;
};

static enum status
find_boot(struct sqlite_store *s, struct str boot, struct boot_row *row_out)
{
    sqlite3_stmt *query;
    bool row;

    if (sqlite3_prepare_v2(s->db,
                           "SELECT boot, revision_id, first_revision FROM boot",
                           -1, &query, NULL) != SQLITE_OK)
        return sqlite_failed(s, "cannot be read");
    enum status status = sqlite_step(s, query, &row);
    if (status == OK && !row)
        status = fail(ERR_IO, "'%s' is damaged: a row is missing", s->path);
    if (status == OK)
        *row_out = (struct boot_row){
            .same_boot = str_equal(sqlite_bytes(query, 0), boot),
            .revision_id = sqlite_u64(query, 1),
            .first_revision = sqlite_u64(query, 2),
        };
    sqlite3_finalize(query);
    return status;
}

static enum status
write_boot(struct sqlite_store *s, struct str boot, uint64_t id, uint64_t first)
{
    sqlite3_stmt *change;
    bool row;

    if (sqlite3_prepare_v2(s->db,
                           "UPDATE boot SET boot = ?1, revision_id = ?2,"
                           " first_revision = ?3",
                           -1, &change, NULL) != SQLITE_OK)
        return sqlite_failed(s, "cannot be written");
    sqlite_bind_bytes(change, 1, boot);
    sqlite3_bind_int64(change, 2, (int64_t)id);
    sqlite3_bind_int64(change, 3, (int64_t)first);
    enum status status = sqlite_step(s, change, &row);
    sqlite3_finalize(change);
    return status;
}

/* Where the next range of revisions starts. */
static uint64_t
first_of_range(struct sqlite_store *s, const struct boot_row *row)
{
    uint64_t last = sqlite_revision_last(s->revision);
    uint64_t first =
        row->revision_id == 0 ? 0 : row->first_revision + boot_range;

    /* An older copy of the database may have been put back. */
    return first < last ? last : first;
}

static enum status
begin_range(struct sqlite_store *s, struct str boot, const struct boot_row *row)
{
    uint64_t first = first_of_range(s, row);
    uint64_t id;

    random_bytes(&id, sizeof id);
    id = id >> 1 | 1;
    TRY(write_boot(s, boot, id, first));
    sqlite_revision_restart(s->revision, id, first);
    return OK;
}

/* The first to open it in this boot, or since the numbers are gone, starts a
 * range of its own. */
static enum status
check_boot(struct sqlite_store *s)
{
    char boot[BOOT_TEXT];
    struct boot_row row = { 0 };

    TRY(read_boot(boot));
    TRY(find_boot(s, str_from(boot, sizeof boot), &row));
    if (row.same_boot && row.revision_id == sqlite_revision_id(s->revision))
        return OK;
    if (!row.same_boot)
        TRY(sqlite_run(s, "DELETE FROM entry WHERE lease <> 0;"
                          "DELETE FROM lease"));
    return begin_range(s, str_from(boot, sizeof boot), &row);
}

static enum status
set_up(struct sqlite_store *s, void *arg, bool *lasting_out)
{
    (void)arg;
    *lasting_out = true;
    TRY(check_schema(s));
    TRY(check_integrity(s));
    return check_boot(s);
}

enum status
sqlite_set_up(struct sqlite_store *s)
{
    return sqlite_write(s, set_up, NULL);
}
