/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_commit.c - compare, then change, in one transaction. */
#include "store/sqlite_private.h"

struct commit {
    const struct store_change *changes;
    size_t count;
    uint64_t revision;
    /* Of each change, what is there before it: modified is 0 for nothing. */
    struct store_entry before[STORE_CHANGES];
};

/* A key whose lease has run out is not there, though its row still is. */
static enum status
find(struct sqlite_store *s, const char *key, struct store_entry *before)
{
    AUTO(sqlite_reset) sqlite3_stmt *find = sqlite_use(s, SQL_FIND);
    bool row;

    sqlite_bind_bytes(find, 1, str_of(key));
    sqlite3_bind_int64(find, 2, clock_now_ms(s->clock));
    TRY(sqlite_step(s, find, &row));
    if (row)
        *before = (struct store_entry){ .created = sqlite_u64(find, 0),
                                        .modified = sqlite_u64(find, 1),
                                        .lease = sqlite_u64(find, 2) };
    return OK;
}

static enum status
check_change(struct sqlite_store *s, const struct store_change *change,
             struct store_entry *before)
{
    TRY(find(s, change->key, before));
    TRY(store_compare(change, before->modified));
    if (change->kind == STORE_PUT && change->lease != 0)
        return sqlite_lease_check(s, change->lease);
    return OK;
}

static enum status
put(struct sqlite_store *s, const struct store_change *change, uint64_t created,
    uint64_t revision)
{
    AUTO(sqlite_reset) sqlite3_stmt *put = sqlite_use(s, SQL_PUT);
    bool row;

    sqlite_bind_bytes(put, 1, str_of(change->key));
    sqlite_bind_bytes(put, 2, change->value);
    sqlite3_bind_int64(put, 3, (int64_t)created);
    sqlite3_bind_int64(put, 4, (int64_t)revision);
    sqlite3_bind_int64(put, 5, (int64_t)change->lease);
    return sqlite_step(s, put, &row);
}

static enum status
delete_key(struct sqlite_store *s, const char *key)
{
    AUTO(sqlite_reset) sqlite3_stmt *delete = sqlite_use(s, SQL_DELETE);
    bool row;

    sqlite_bind_bytes(delete, 1, str_of(key));
    return sqlite_step(s, delete, &row);
}

static enum status
apply(struct sqlite_store *s, struct commit *commit, size_t at,
      bool *lasting_out)
{
    const struct store_change *change = &commit->changes[at];
    const struct store_entry *before = &commit->before[at];
    bool was_there = before->modified != 0;

    if (change->kind == STORE_CHECK ||
        (change->kind == STORE_DELETE && !was_there))
        return OK;
    if ((change->kind == STORE_PUT && change->lease == 0) ||
        (was_there && before->lease == 0))
        *lasting_out = true;
    if (change->kind == STORE_DELETE)
        return delete_key(s, change->key);
    return put(s, change, was_there ? before->created : commit->revision,
               commit->revision);
}

static enum status
run_commit(struct sqlite_store *s, void *arg, bool *lasting_out)
{
    struct commit *commit = arg;

    for (size_t i = 0; i < commit->count; i++)
        TRY(check_change(s, &commit->changes[i], &commit->before[i]));
    commit->revision = sqlite_revision_next(s->revision);
    for (size_t i = 0; i < commit->count; i++)
        TRY(apply(s, commit, i, lasting_out));
    return OK;
}

enum status
sqlite_commit(struct store *store, const struct store_change *changes,
              size_t count, uint64_t *revision_out)
{
    struct sqlite_store *s = sqlite_of(store);
    struct commit commit = { .changes = changes, .count = count };
    enum status status = sqlite_write(s, run_commit, &commit);

    /* Also when the outcome is unknown: a watch reads what is there now. */
    for (size_t i = 0; i < count && (status == OK || status == ERR_TIMEOUT);
         i++)
        if (changes[i].kind != STORE_CHECK)
            watches_note(store->watches, changes[i].key);
    if (status == OK)
        *revision_out = commit.revision;
    return status;
}
