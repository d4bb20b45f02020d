/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_test.c - what every store keeps, however it keeps it.
 *
 * What only concerns several processes on one file is in store_sqlite_test.c.
 */
#include "base/thread.h"
#include "store_each.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* The keys of a listing, each with a blank behind it. */
static enum status
add_key(void *arg, const struct store_entry *entry)
{
    char *keys = arg;

    strncat(keys, entry->key.data, entry->key.len);
    strcat(keys, " ");
    return OK;
}

static const char *
list(const char *prefix)
{
    static char keys[4096];

    keys[0] = '\0';
    EXPECT_OK(store_list(store, prefix, add_key, keys));
    return keys;
}

STORE_TEST(a_key_that_nobody_wrote_is_not_found)
{
    struct store_entry entry = { .created = 7 };

    EXPECT_STATUS(store_get(store, "a", NULL, &entry), ERR_NOT_FOUND);
    EXPECT(entry.created == 7);
}

STORE_TEST(a_value_is_read_back_with_the_revisions_of_its_commits)
{
    uint64_t first = put("a", "one", 0);
    struct store_entry entry = look("a");

    EXPECT(holds("a", "one"));
    EXPECT(entry.created == first && entry.modified == first);
    EXPECT(entry.lease == 0);
    uint64_t other = put("b", "x", 0);
    uint64_t second = put("a", "two", 0);
    EXPECT(first < other && other < second);
    entry = look("a");
    EXPECT(holds("a", "two"));
    EXPECT(entry.created == first && entry.modified == second);
}

STORE_TEST(values_are_bytes_and_may_be_empty)
{
    AUTO(buffer_done) struct buffer got = BUFFER(100);
    struct store_change one = { .kind = STORE_PUT,
                                .key = "a",
                                .value = STR("x\0\xff\n"),
                                .expected = STORE_ANY };

    EXPECT_OK(store_commit(store, &one, 1, NULL));
    EXPECT_OK(store_get(store, "a", &got, NULL));
    EXPECT(str_equal(buffer_str(&got), STR("x\0\xff\n")));
    one.value = (struct str){ NULL, 0 };
    EXPECT_OK(store_commit(store, &one, 1, NULL));
    EXPECT(holds("a", ""));
    /* What is read goes behind what the buffer holds. */
    put("a", " and more", 0);
    EXPECT_OK(store_get(store, "a", &got, NULL));
    EXPECT(str_equal(buffer_str(&got), STR("x\0\xff\n and more")));
}

STORE_TEST(the_largest_key_and_value_fit_and_one_byte_more_does_not)
{
    static char key[STORE_KEY + 2];
    static char value[STORE_VALUE + 1];
    AUTO(buffer_done) struct buffer got = BUFFER(STORE_VALUE);
    struct store_change one = { .kind = STORE_PUT,
                                .key = key,
                                .value = str_from(value, STORE_VALUE),
                                .expected = STORE_ANY };

    memset(key, 'k', STORE_KEY);
    key[STORE_KEY] = '\0';
    for (size_t i = 0; i < sizeof value; i++)
        value[i] = (char)(i * 31 >> 3);
    EXPECT_OK(store_commit(store, &one, 1, NULL));
    EXPECT_OK(store_get(store, key, &got, NULL));
    EXPECT(str_equal(buffer_str(&got), one.value));
    one.value.len++;
    EXPECT_STATUS(store_commit(store, &one, 1, NULL), ERR_LIMIT);
    one.value.len = 1;
    key[STORE_KEY] = 'k';
    EXPECT_STATUS(store_commit(store, &one, 1, NULL), ERR_LIMIT);
    EXPECT_STATUS(store_get(store, key, NULL, NULL), ERR_LIMIT);
    EXPECT_TEXT(list(key), "");
}

STORE_TEST(a_commit_that_makes_no_sense_is_refused)
{
    struct store_change many[STORE_CHANGES + 1] = { 0 };
    char keys[STORE_CHANGES + 1][8];

    EXPECT_STATUS(store_commit(store, many, 0, NULL), ERR_INVALID);
    EXPECT_STATUS(change(STORE_PUT, "", "x", STORE_ANY), ERR_INVALID);
    for (size_t i = 0; i < STORE_CHANGES + 1; i++) {
        snprintf(keys[i], sizeof keys[i], "k%zu", i);
        many[i] = (struct store_change){ .kind = STORE_PUT,
                                         .key = keys[i],
                                         .value = STR("v"),
                                         .expected = STORE_ABSENT };
    }
    EXPECT_STATUS(store_commit(store, many, STORE_CHANGES + 1, NULL),
                  ERR_INVALID);
    many[1].key = many[0].key;
    EXPECT_STATUS(store_commit(store, many, 2, NULL), ERR_INVALID);
    EXPECT_TEXT(list(""), "");
    many[1].key = keys[1];
    EXPECT_OK(store_commit(store, many, STORE_CHANGES, NULL));
    EXPECT(has("k63"));
}

STORE_TEST(a_deleted_key_is_gone_and_a_missing_one_is_no_error)
{
    uint64_t first = put("a", "one", 0);

    delete_key("a");
    EXPECT(!has("a"));
    delete_key("a");
    delete_key("never");
    EXPECT(put("a", "two", 0) > first);
    EXPECT(look("a").created > first);
}

STORE_TEST(only_one_can_make_a_key)
{
    EXPECT_OK(change(STORE_PUT, "lock", "alice", STORE_ABSENT));
    EXPECT_STATUS(change(STORE_PUT, "lock", "bob", STORE_ABSENT), ERR_CONFLICT);
    EXPECT(holds("lock", "alice"));
}

STORE_TEST(a_write_with_an_old_revision_conflicts)
{
    uint64_t first = put("a", "one", 0);
    uint64_t second = put("a", "two", 0);

    EXPECT_STATUS(change(STORE_PUT, "a", "three", first), ERR_CONFLICT);
    EXPECT_STATUS(change(STORE_DELETE, "a", NULL, first), ERR_CONFLICT);
    EXPECT(holds("a", "two"));
    EXPECT_OK(change(STORE_PUT, "a", "three", second));
    EXPECT_STATUS(change(STORE_PUT, "b", "x", second), ERR_CONFLICT);
    EXPECT_OK(change(STORE_DELETE, "a", NULL, look("a").modified));
    EXPECT_STATUS(change(STORE_DELETE, "a", NULL, second), ERR_CONFLICT);
    EXPECT_OK(change(STORE_DELETE, "a", NULL, STORE_ABSENT));
}

STORE_TEST(all_changes_of_a_commit_happen_or_none)
{
    put("b", "old", 0);
    struct store_change changes[] = {
        { .kind = STORE_PUT,
          .key = "a",
          .value = STR("new"),
          .expected = STORE_ABSENT },
        { .kind = STORE_DELETE, .key = "b", .expected = STORE_ANY },
        { .kind = STORE_CHECK, .key = "c", .expected = STORE_ABSENT },
    };
    uint64_t revision = 0;

    put("c", "in the way", 0);
    EXPECT_STATUS(store_commit(store, changes, 3, &revision), ERR_CONFLICT);
    EXPECT_TEXT(list(""), "b c ");
    EXPECT(revision == 0);
    delete_key("c");
    EXPECT_OK(store_commit(store, changes, 3, &revision));
    EXPECT_TEXT(list(""), "a ");
    EXPECT(look("a").created == revision);
}

STORE_TEST(a_check_changes_nothing_and_may_go_with_a_write_of_the_key)
{
    uint64_t revision = put("a", "one", 0);
    struct store_change changes[] = {
        { .kind = STORE_CHECK, .key = "a", .expected = revision },
        { .kind = STORE_PUT,
          .key = "a",
          .value = STR("two"),
          .expected = STORE_ANY },
    };
    uint64_t checked;

    EXPECT_OK(store_commit(store, changes, 1, &checked));
    EXPECT(checked > revision);
    EXPECT(look("a").modified == revision);
    EXPECT_OK(store_commit(store, changes, 2, NULL));
    EXPECT_STATUS(store_commit(store, changes, 2, NULL), ERR_CONFLICT);
    EXPECT(holds("a", "two"));
}

STORE_TEST(a_listing_is_in_byte_order_and_ends_with_the_prefix)
{
    put("locks/b", "", 0);
    put("locks/a", "", 0);
    put("locks/\xff", "", 0);
    put("locks/\xff\xff", "", 0);
    put("locks/B", "", 0);
    put("locks", "", 0);
    put("lockt", "", 0);
    put("a", "", 0);
    EXPECT_TEXT(list("locks/"), "locks/B locks/a locks/b locks/\xff "
                                "locks/\xff\xff ");
    EXPECT_TEXT(list("lock"), "locks locks/B locks/a locks/b locks/\xff "
                              "locks/\xff\xff lockt ");
    EXPECT_TEXT(list(""), "a locks locks/B locks/a locks/b locks/\xff "
                          "locks/\xff\xff lockt ");
    EXPECT_TEXT(list("locks/\xff"), "locks/\xff locks/\xff\xff ");
    EXPECT_TEXT(list("m"), "");
}

static enum status
check_entry(void *arg, const struct store_entry *entry)
{
    const struct store_entry *expected = arg;

    EXPECT(str_equal(entry->key, expected->key));
    EXPECT(str_equal(entry->value, expected->value));
    EXPECT(entry->created == expected->created);
    EXPECT(entry->modified == expected->modified);
    EXPECT(entry->lease == expected->lease);
    return OK;
}

STORE_TEST(a_listing_tells_all_about_an_entry)
{
    uint64_t lease = grant(1000);
    struct store_entry expected = { .key = STR("a"),
                                    .value = STR("two"),
                                    .lease = lease };

    expected.created = put("a", "one", 0);
    expected.modified = put("a", "two", lease);
    EXPECT_OK(store_list(store, "", check_entry, &expected));
}

struct visits {
    int count;
    enum status answer;
};

static enum status
write_while_listing(void *arg, const struct store_entry *entry)
{
    struct visits *visits = arg;
    char key[32];

    EXPECT(str_starts(entry->key, STR("a")));
    EXPECT(str_is(entry->value, "old"));
    snprintf(key, sizeof key, "a%d-new", visits->count);
    put(key, "new", 0);
    put("a9", "changed", 0);
    visits->count++;
    return visits->answer;
}

STORE_TEST(a_listing_shows_one_state_though_the_visit_writes)
{
    struct visits visits = { .answer = OK };

    put("a1", "old", 0);
    put("a5", "old", 0);
    put("a9", "old", 0);
    EXPECT_OK(store_list(store, "a", write_while_listing, &visits));
    EXPECT(visits.count == 3);
    EXPECT(holds("a9", "changed"));
}

STORE_TEST(a_visit_that_fails_ends_the_listing)
{
    struct visits visits = { .answer = ERR_BUSY };

    put("a1", "old", 0);
    put("a2", "old", 0);
    EXPECT_STATUS(store_list(store, "a", write_while_listing, &visits),
                  ERR_BUSY);
    EXPECT(visits.count == 1);
}

STORE_TEST(a_leased_key_is_never_seen_behind_the_end_of_its_lease)
{
    uint64_t lease = grant(1000);
    uint64_t first = put("lock", "mine", lease);

    put("other", "stays", 0);
    EXPECT(look("lock").lease == lease);
    clock_advance(the_clock, 999);
    EXPECT(has("lock"));
    clock_advance(the_clock, 1);
    EXPECT(!has("lock"));
    EXPECT_TEXT(list(""), "other ");
    EXPECT_STATUS(change(STORE_PUT, "lock", "x", first), ERR_CONFLICT);
    EXPECT_OK(change(STORE_PUT, "lock", "yours", STORE_ABSENT));
    EXPECT(look("lock").created > first);
    EXPECT(look("lock").lease == 0);
}

STORE_TEST(a_renewed_lease_lives_on_and_one_that_ended_cannot_be_renewed)
{
    uint64_t lease = grant(1000);

    put("lock", "mine", lease);
    for (int i = 0; i < 5; i++) {
        clock_advance(the_clock, 900);
        EXPECT_OK(store_lease_renew(store, lease));
    }
    EXPECT(has("lock"));
    clock_advance(the_clock, 1000);
    EXPECT_STATUS(store_lease_renew(store, lease), ERR_NOT_FOUND);
    EXPECT_STATUS(store_lease_revoke(store, lease), ERR_NOT_FOUND);
    EXPECT(!has("lock"));
}

STORE_TEST(a_revoked_lease_takes_its_keys_and_no_others)
{
    uint64_t mine = grant(1000);
    uint64_t yours = grant(1000);

    EXPECT(mine != yours);
    put("a", "", mine);
    put("b", "", yours);
    put("c", "", mine);
    put("d", "", 0);
    EXPECT_OK(store_lease_revoke(store, mine));
    EXPECT_TEXT(list(""), "b d ");
    EXPECT_STATUS(store_lease_revoke(store, mine), ERR_NOT_FOUND);
    EXPECT_STATUS(store_lease_renew(store, mine), ERR_NOT_FOUND);
    EXPECT_OK(store_lease_renew(store, yours));
}

STORE_TEST(nothing_is_written_under_a_lease_that_is_not_there)
{
    uint64_t lease = grant(1000);
    struct store_change changes[] = {
        { .kind = STORE_PUT,
          .key = "a",
          .value = STR("x"),
          .expected = STORE_ANY },
        { .kind = STORE_PUT,
          .key = "b",
          .value = STR("x"),
          .lease = lease,
          .expected = STORE_ANY },
    };

    clock_advance(the_clock, 1000);
    EXPECT_STATUS(store_commit(store, changes, 2, NULL), ERR_NOT_FOUND);
    EXPECT_TEXT(list(""), "");
    changes[1].lease = 123456789;
    EXPECT_STATUS(store_commit(store, changes, 2, NULL), ERR_NOT_FOUND);
    EXPECT_TEXT(list(""), "");
}

STORE_TEST(the_last_write_says_to_which_lease_a_key_belongs)
{
    uint64_t short_one = grant(1000);
    uint64_t long_one = grant(5000);

    put("moved", "", short_one);
    put("moved", "", long_one);
    put("freed", "", short_one);
    put("freed", "", 0);
    put("bound", "", 0);
    put("bound", "", short_one);
    clock_advance(the_clock, 1000);
    EXPECT_TEXT(list(""), "freed moved ");
    clock_advance(the_clock, 4000);
    EXPECT_TEXT(list(""), "freed ");
}

STORE_TEST(a_lease_has_a_sensible_length)
{
    uint64_t lease;

    EXPECT_STATUS(store_lease_grant(store, 0, &lease), ERR_INVALID);
    EXPECT_STATUS(store_lease_grant(store, -5, &lease), ERR_INVALID);
    EXPECT_STATUS(store_lease_grant(store, INT64_MAX, &lease), ERR_INVALID);
    EXPECT_OK(store_lease_grant(store, 10LL * 365 * 86400 * 1000, &lease));
}

STORE_TEST(many_leases_end_in_their_own_time)
{
    char key[16];

    for (int i = 1; i <= 100; i++) {
        snprintf(key, sizeof key, "ban/%03d", i);
        put(key, "", grant(10L * i));
    }
    clock_advance(the_clock, 500);
    EXPECT(!has("ban/050"));
    EXPECT(has("ban/051"));
    EXPECT(strlen(list("ban/")) == 50 * strlen("ban/000 "));
    clock_advance(the_clock, 500);
    EXPECT_TEXT(list(""), "");
}

/* What a watch was told, to be looked at while it goes on. */
struct seen {
    pthread_mutex_t lock;
    pthread_cond_t more;
    int count;
    char key[64];
    char value[64];
    struct store_entry last;
};

static void
seen_init(struct seen *seen)
{
    *seen = (struct seen){ 0 };
    pthread_mutex_init(&seen->lock, NULL);
    thread_condition_init(&seen->more);
}

static void
note_change(void *arg, const struct store_entry *entry)
{
    struct seen *seen = arg;

    pthread_mutex_lock(&seen->lock);
    seen->count++;
    seen->last = *entry;
    snprintf(seen->key, sizeof seen->key, "%.*s", STR_ARG(entry->key));
    snprintf(seen->value, sizeof seen->value, "%.*s", STR_ARG(entry->value));
    pthread_cond_broadcast(&seen->more);
    pthread_mutex_unlock(&seen->lock);
}

/* Wait until the last thing that the watch was told is this. */
static void
expect_seen(struct seen *seen, const char *key, const char *value)
{
    bool in_time = true;

    LOCK_SCOPE(&seen->lock);
    while (in_time && (strcmp(seen->key, key) != 0 ||
                       (value != NULL ? seen->last.modified == 0 ||
                                            strcmp(seen->value, value) != 0
                                      : seen->last.modified != 0)))
        in_time = thread_condition_wait(&seen->more, &seen->lock, 30000);
    EXPECT(in_time);
}

STORE_TEST(a_watch_is_told_of_writes_and_deletions_under_its_prefix)
{
    struct seen seen;
    struct store_watch *watch = NULL;

    seen_init(&seen);
    put("bans/old", "x", 0);
    EXPECT_OK(store_watch(store, "bans/", note_change, &seen, &watch));
    put("other", "x", 0);
    uint64_t revision = put("bans/a", "one", 0);
    expect_seen(&seen, "bans/a", "one");
    EXPECT(seen.last.modified == revision && seen.last.created == revision);
    put("bans/a", "two", 0);
    expect_seen(&seen, "bans/a", "two");
    EXPECT(seen.last.created == revision);
    delete_key("bans/a");
    expect_seen(&seen, "bans/a", NULL);
    delete_key("bans/old");
    expect_seen(&seen, "bans/old", NULL);
    EXPECT(seen.count == 4);
    store_unwatch(store, &watch);
    EXPECT(watch == NULL);
    store_unwatch(store, &watch);
    put("bans/b", "late", 0);
    EXPECT(seen.count == 4);
}

STORE_TEST(a_watch_is_told_when_a_lease_ends)
{
    struct seen seen;
    struct store_watch *watch = NULL;
    uint64_t first = grant(1000);
    uint64_t second = grant(5000);

    seen_init(&seen);
    put("a", "", first);
    put("b", "", second);
    EXPECT_OK(store_watch(store, "", note_change, &seen, &watch));
    clock_advance(the_clock, 1000);
    expect_seen(&seen, "a", NULL);
    EXPECT_OK(store_lease_revoke(store, second));
    expect_seen(&seen, "b", NULL);
    store_unwatch(store, &watch);
}

STORE_TEST(a_watch_is_told_the_last_of_many_changes)
{
    struct seen seen;
    struct store_watch *watch = NULL;
    char value[16];

    seen_init(&seen);
    EXPECT_OK(store_watch(store, "a", note_change, &seen, &watch));
    for (int i = 0; i <= 1000; i++) {
        snprintf(value, sizeof value, "%d", i);
        put("a", value, grant(5000));
    }
    expect_seen(&seen, "a", "1000");
    EXPECT(seen.count <= 1001);
    store_unwatch(store, &watch);
}

static void
answer_change(void *arg, const struct store_entry *entry)
{
    (void)arg;
    if (entry->modified != 0 && str_is(entry->key, "question"))
        put("answer", "42", 0);
}

STORE_TEST(a_watch_may_use_the_store)
{
    struct seen seen;
    struct store_watch *first = NULL;
    struct store_watch *second = NULL;

    seen_init(&seen);
    EXPECT_OK(store_watch(store, "q", answer_change, NULL, &first));
    EXPECT_OK(store_watch(store, "a", note_change, &seen, &second));
    put("question", "", 0);
    expect_seen(&seen, "answer", "42");
    store_unwatch(store, &first);
    store_unwatch(store, &second);
}

/* A watch that must not be called once it was taken away. */
struct alarm {
    atomic_bool is_over;
    atomic_int calls;
};

static void
sound_alarm(void *arg, const struct store_entry *entry)
{
    struct alarm *alarm = arg;

    (void)entry;
    EXPECT(!atomic_load(&alarm->is_over));
    atomic_fetch_add(&alarm->calls, 1);
}

static void *
watch_and_leave(void *arg)
{
    struct alarm alarm;
    struct store_watch *watch = NULL;

    (void)arg;
    for (int i = 0; i < 100; i++) {
        atomic_init(&alarm.is_over, false);
        atomic_init(&alarm.calls, 0);
        EXPECT_OK(store_watch(store, "busy", sound_alarm, &alarm, &watch));
        for (int j = 0; j < 10 && atomic_load(&alarm.calls) == 0; j++)
            put("busy", "x", 0);
        store_unwatch(store, &watch);
        atomic_store(&alarm.is_over, true);
    }
    return NULL;
}

TEST(no_watch_is_called_behind_its_end_with_many_threads)
{
    pthread_t threads[3];

    open_in_memory();
    for (size_t i = 0; i < 3; i++)
        EXPECT_OK(thread_start(&threads[i], "w", watch_and_leave, NULL));
    for (size_t i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}

enum { THREADS = 4, ROUNDS = 100 };

struct counting {
    uint64_t revisions[ROUNDS];
};

/* Add one to the number under "n", ROUNDS times, by compare and commit. */
static void *
count_up(void *arg)
{
    struct counting *counting = arg;

    for (int done = 0; done < ROUNDS;) {
        AUTO(buffer_done) struct buffer value = BUFFER(100);
        struct store_entry entry;
        char text[24];
        EXPECT_OK(store_get(store, "n", &value, &entry));
        snprintf(text, sizeof text, "%d", atoi(buffer_text(&value)) + 1);
        struct store_change one = { .kind = STORE_PUT,
                                    .key = "n",
                                    .value = str_of(text),
                                    .expected = entry.modified,
                                    .lease = entry.lease };
        enum status status =
            store_commit(store, &one, 1, &counting->revisions[done]);
        EXPECT(status == OK || status == ERR_CONFLICT);
        done += status == OK;
    }
    return NULL;
}

static int
by_number(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

STORE_TEST(no_count_is_lost_and_no_revision_is_given_twice_among_threads)
{
    pthread_t threads[THREADS];
    static struct counting counting[THREADS];
    uint64_t *all = counting[0].revisions;

    put("n", "0", grant(1000));
    for (size_t i = 0; i < THREADS; i++)
        EXPECT_OK(thread_start(&threads[i], "count", count_up, &counting[i]));
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    EXPECT(holds("n", "400"));
    qsort(all, (size_t)THREADS * ROUNDS, sizeof *all, by_number);
    for (size_t i = 1; i < (size_t)THREADS * ROUNDS; i++)
        EXPECT(all[i - 1] < all[i]);
}
