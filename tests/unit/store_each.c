/* SPDX-License-Identifier: Apache-2.0 */
/* store_each.c - what the tests of every store have in common. */
#include "store_each.h"

#include <stdio.h>

struct store *store;
struct clock *the_clock;

void
open_in_memory(void)
{
    EXPECT_OK(store_in_memory(the_clock, &store));
}

void
open_in_sqlite(void)
{
    char path[128];

    snprintf(path, sizeof path, "%s/store.db", test_folder());
    EXPECT_OK(store_in_sqlite(path, true, the_clock, &store));
}

SETUP()
{
    the_clock = clock_settable(1795464424123);
}

TEARDOWN()
{
    store_close(&store);
    clock_free(&the_clock);
}

enum status
change(enum store_kind kind, const char *key, const char *value,
       uint64_t expected)
{
    struct store_change one = {
        .kind = kind, .key = key, .value = str_of(value), .expected = expected
    };

    return store_commit(store, &one, 1, NULL);
}

uint64_t
put(const char *key, const char *value, uint64_t lease)
{
    struct store_change one = { .kind = STORE_PUT,
                                .key = key,
                                .value = str_of(value),
                                .lease = lease,
                                .expected = STORE_ANY };
    uint64_t revision = 0;

    EXPECT_OK(store_commit(store, &one, 1, &revision));
    return revision;
}

void
delete_key(const char *key)
{
    EXPECT_OK(change(STORE_DELETE, key, NULL, STORE_ANY));
}

struct store_entry
look(const char *key)
{
    struct store_entry entry;

    EXPECT_OK(store_get(store, key, NULL, &entry));
    return entry;
}

bool
has(const char *key)
{
    enum status status = store_get(store, key, NULL, NULL);

    EXPECT(status == OK || status == ERR_NOT_FOUND);
    return status == OK;
}

bool
holds(const char *key, const char *value)
{
    AUTO(buffer_done) struct buffer got = BUFFER(STORE_VALUE);

    EXPECT_OK(store_get(store, key, &got, NULL));
    return str_is(buffer_str(&got), value);
}

uint64_t
grant(int64_t ttl_ms)
{
    uint64_t lease = 0;

    EXPECT_OK(store_lease_grant(store, ttl_ms, &lease));
    EXPECT(lease != 0);
    return lease;
}
