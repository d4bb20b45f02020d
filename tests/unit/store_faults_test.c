/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_faults_test.c - a store that fails when a test wants it to.
 */
#include "store_each.h"

#include <stdatomic.h>
#include <unistd.h>

/* What a test wants to go wrong, and how often. */
struct wish {
    const char *call;
    enum status status;
    bool done;
    int times;
    int asked;
};

static enum status
fail_as_wished(void *arg, const char *call, const char *key, bool *done_out)
{
    struct wish *wish = arg;

    EXPECT(key != NULL);
    if (strcmp(call, wish->call) != 0 || wish->times == 0)
        return OK;
    wish->times--;
    wish->asked++;
    *done_out = wish->done;
    return wish->status;
}

static void
wrap(struct wish *wish)
{
    struct store *inner = store;

    store = NULL;
    EXPECT_OK(store_with_faults(inner, fail_as_wished, wish, &store));
}

STORE_TEST(a_fault_that_is_wished_for_happens_and_nothing_is_written)
{
    struct wish wish = { "store_commit", ERR_IO, false, 1, 0 };

    wrap(&wish);
    EXPECT_STATUS(change(STORE_PUT, "a", "x", STORE_ANY), ERR_IO);
    EXPECT(!has("a"));
    EXPECT_OK(change(STORE_PUT, "a", "x", STORE_ANY));
    EXPECT(has("a"));
    EXPECT(wish.asked == 1);
}

STORE_TEST(a_commit_may_happen_though_its_answer_is_lost)
{
    struct wish wish = { "store_commit", ERR_TIMEOUT, true, 1, 0 };
    uint64_t revision = 7;
    struct store_change one = { .kind = STORE_PUT,
                                .key = "a",
                                .value = STR("x"),
                                .expected = STORE_ABSENT };

    wrap(&wish);
    EXPECT_STATUS(store_commit(store, &one, 1, &revision), ERR_TIMEOUT);
    EXPECT(revision == 7);
    EXPECT(holds("a", "x"));
    EXPECT_STATUS(store_commit(store, &one, 1, &revision), ERR_CONFLICT);
}

static enum status
see_nothing(void *arg, const struct store_entry *entry)
{
    (void)arg, (void)entry;
    return OK;
}

static void
hear(void *arg, const struct store_entry *entry)
{
    (void)entry;
    atomic_store((atomic_bool *)arg, true);
}

STORE_TEST(every_call_can_be_made_to_fail)
{
    struct wish wish = { "store_get", ERR_IO, false, 1, 0 };
    struct store_watch *watch = NULL;
    uint64_t lease;

    wrap(&wish);
    EXPECT_STATUS(store_get(store, "a", NULL, NULL), ERR_IO);
    wish = (struct wish){ "store_list", ERR_IO, false, 1, 0 };
    EXPECT_STATUS(store_list(store, "a", see_nothing, NULL), ERR_IO);
    wish = (struct wish){ "store_watch", ERR_IO, false, 1, 0 };
    EXPECT_STATUS(store_watch(store, "a", hear, NULL, &watch), ERR_IO);
    wish = (struct wish){ "store_lease_grant", ERR_TIMEOUT, true, 1, 0 };
    EXPECT_STATUS(store_lease_grant(store, 1000, &lease), ERR_TIMEOUT);
    EXPECT_OK(store_lease_grant(store, 1000, &lease));
    wish = (struct wish){ "store_lease_renew", ERR_IO, false, 1, 0 };
    EXPECT_STATUS(store_lease_renew(store, lease), ERR_IO);
    EXPECT_OK(store_lease_renew(store, lease));
    wish = (struct wish){ "store_lease_revoke", ERR_TIMEOUT, true, 1, 0 };
    EXPECT_STATUS(store_lease_revoke(store, lease), ERR_TIMEOUT);
    EXPECT_STATUS(store_lease_revoke(store, lease), ERR_NOT_FOUND);
}

STORE_TEST(watches_work_through_the_layer_of_faults)
{
    struct wish wish = { "", OK, false, 0, 0 };
    atomic_bool heard = false;
    struct store_watch *watch = NULL;

    wrap(&wish);
    EXPECT_OK(store_watch(store, "a", hear, &heard, &watch));
    put("a", "x", 0);
    for (int look_again = 0; look_again < 15000 && !heard; look_again++)
        usleep(2000);
    EXPECT(heard);
    store_unwatch(store, &watch);
}
