/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ticket_keys_test.c - keys of TLS tickets, of processes that share a store.
 */
#include "keys/ticket_keys.h"
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static struct clock *now;
static struct store *store;

SETUP()
{
    now = clock_settable(1700000000000);
    EXPECT_OK(store_in_memory(now, &store));
}

TEARDOWN()
{
    store_close(&store);
    clock_free(&now);
}

static struct ticket_keys *
open_keys(void)
{
    struct ticket_keys *keys = NULL;

    EXPECT_OK(ticket_keys_open(store, now, &keys));
    return keys;
}

static struct tls_ticket_key
current_of(struct ticket_keys *keys)
{
    struct tls_tickets tickets = ticket_keys_tickets(keys);
    struct tls_ticket_key key = { 0 };

    EXPECT(tickets.current(tickets.arg, &key));
    return key;
}

static bool
can_open(struct ticket_keys *keys, const struct tls_ticket_key *key,
         bool *is_old_out)
{
    struct tls_tickets tickets = ticket_keys_tickets(keys);
    struct tls_ticket_key found = { 0 };

    return tickets.named(tickets.arg, key->name, &found, is_old_out) &&
           memcmp(&found, key, sizeof found) == 0;
}

static void
pass_half_a_day(struct ticket_keys *keys)
{
    clock_advance(now, TICKET_KEYS_MS);
    EXPECT_OK(ticket_keys_look(keys));
}

/* The store tells of changes on a thread of its own. */
static void
wait_until_opened(struct ticket_keys *keys, const struct tls_ticket_key *key)
{
    bool is_old;

    while (!can_open(keys, key, &is_old))
        usleep(1000);
}

TEST(two_processes_on_one_store_have_the_same_keys)
{
    struct ticket_keys *one = open_keys();
    struct ticket_keys *two = open_keys();
    struct tls_ticket_key key = current_of(one);
    struct tls_ticket_key other = current_of(two);
    bool is_old = true;

    EXPECT(memcmp(&key, &other, sizeof key) == 0);
    EXPECT(can_open(two, &key, &is_old));
    EXPECT(!is_old);
    ticket_keys_close(&one);
    ticket_keys_close(&two);
}

TEST(the_keys_of_a_store_on_disk_outlive_the_process)
{
    struct store *disk = NULL;
    struct ticket_keys *keys = NULL;
    char path[4096];

    snprintf(path, sizeof path, "%s/state.db", test_folder());
    EXPECT_OK(store_in_sqlite(path, false, clock_real(), &disk));
    EXPECT_OK(ticket_keys_open(disk, clock_real(), &keys));
    struct tls_ticket_key before = current_of(keys);
    ticket_keys_close(&keys);
    store_close(&disk);
    EXPECT_OK(store_in_sqlite(path, false, clock_real(), &disk));
    EXPECT_OK(ticket_keys_open(disk, clock_real(), &keys));
    struct tls_ticket_key after = current_of(keys);
    EXPECT(memcmp(&before, &after, sizeof before) == 0);
    ticket_keys_close(&keys);
    store_close(&disk);
}

TEST(a_key_is_opened_and_renewed_for_half_a_day_after_it_was_the_current)
{
    struct ticket_keys *keys = open_keys();
    struct tls_ticket_key first = current_of(keys);
    bool is_old = false;

    pass_half_a_day(keys);
    struct tls_ticket_key second = current_of(keys);
    EXPECT(memcmp(&first, &second, sizeof first) != 0);
    EXPECT(can_open(keys, &first, &is_old));
    EXPECT(is_old);
    EXPECT(can_open(keys, &second, &is_old));
    EXPECT(!is_old);
    pass_half_a_day(keys);
    EXPECT(!can_open(keys, &first, &is_old));
    EXPECT(can_open(keys, &second, &is_old));
    EXPECT(is_old);
    ticket_keys_close(&keys);
}

TEST(nothing_changes_before_it_is_time)
{
    struct ticket_keys *keys = open_keys();
    struct tls_ticket_key before = current_of(keys);

    clock_advance(now, TICKET_KEYS_MS - 1);
    EXPECT_OK(ticket_keys_look(keys));
    struct tls_ticket_key after = current_of(keys);
    EXPECT(memcmp(&before, &after, sizeof before) == 0);
    ticket_keys_close(&keys);
}

static struct store_entry
entry_of_the_keys(void)
{
    struct store_entry entry = { 0 };

    EXPECT_OK(store_get(store, "tls/ticket-keys", NULL, &entry));
    return entry;
}

TEST(only_one_of_two_processes_changes_them)
{
    struct ticket_keys *one = open_keys();
    struct ticket_keys *two = open_keys();

    clock_advance(now, TICKET_KEYS_MS);
    EXPECT_OK(ticket_keys_look(one));
    uint64_t changed = entry_of_the_keys().modified;
    EXPECT_OK(ticket_keys_look(two));
    EXPECT(entry_of_the_keys().modified == changed);
    struct tls_ticket_key a = current_of(one);
    struct tls_ticket_key b = current_of(two);
    EXPECT(memcmp(&a, &b, sizeof a) == 0);
    ticket_keys_close(&one);
    ticket_keys_close(&two);
}

/* Half a day has passed for one of them only. */
TEST(a_process_that_has_not_heard_of_a_change_opens_the_new_tickets)
{
    struct clock *slow = clock_settable(1700000000000);
    struct ticket_keys *late = NULL;
    struct ticket_keys *early = open_keys();
    struct tls_ticket_key first = current_of(early);
    bool is_old = true;

    EXPECT_OK(ticket_keys_open(store, slow, &late));
    pass_half_a_day(early);
    struct tls_ticket_key second = current_of(early);
    EXPECT(can_open(late, &second, &is_old));
    EXPECT(!is_old);
    EXPECT(can_open(early, &first, &is_old));
    ticket_keys_close(&early);
    ticket_keys_close(&late);
    clock_free(&slow);
}

TEST(a_process_hears_of_the_change_of_another)
{
    struct clock *slow = clock_settable(1700000000000);
    struct ticket_keys *late = NULL;
    struct ticket_keys *early = open_keys();

    EXPECT_OK(ticket_keys_open(store, slow, &late));
    pass_half_a_day(early);
    pass_half_a_day(early);
    pass_half_a_day(early);
    struct tls_ticket_key key = current_of(early);
    wait_until_opened(late, &key);
    struct tls_ticket_key same = current_of(late);
    EXPECT(memcmp(&key, &same, sizeof key) == 0);
    ticket_keys_close(&early);
    ticket_keys_close(&late);
    clock_free(&slow);
}

TEST(a_clock_that_was_far_ahead_does_not_keep_the_keys_for_ever)
{
    struct clock *ahead = clock_settable(1800000000000);
    struct ticket_keys *keys = NULL;

    EXPECT_OK(ticket_keys_open(store, ahead, &keys));
    struct tls_ticket_key wrong = current_of(keys);
    ticket_keys_close(&keys);
    keys = open_keys();
    struct tls_ticket_key right = current_of(keys);
    EXPECT(memcmp(&wrong, &right, sizeof wrong) != 0);
    ticket_keys_close(&keys);
    clock_free(&ahead);
}

TEST(a_record_that_is_damaged_is_replaced)
{
    struct store_change change = {
        .kind = STORE_PUT,
        .key = "tls/ticket-keys",
        .value = STR("\001not what it was"),
        .expected = STORE_ANY,
    };
    uint64_t revision;

    EXPECT_OK(store_commit(store, &change, 1, &revision));
    struct ticket_keys *one = open_keys();
    struct ticket_keys *two = open_keys();
    struct tls_ticket_key a = current_of(one);
    struct tls_ticket_key b = current_of(two);
    EXPECT(memcmp(&a, &b, sizeof a) == 0);
    ticket_keys_close(&one);
    ticket_keys_close(&two);
}

static enum status
refuse_commits(void *arg, const char *call, const char *key, bool *done_out)
{
    const atomic_bool *is_refusing = arg;

    (void)key;
    (void)done_out;
    return atomic_load(is_refusing) && strcmp(call, "store_commit") == 0
               ? ERR_IO
               : OK;
}

TEST(when_the_store_is_broken_the_keys_stay)
{
    atomic_bool is_refusing = false;
    struct store *inner = NULL;
    struct store *faulty = NULL;
    struct ticket_keys *keys = NULL;

    EXPECT_OK(store_in_memory(now, &inner));
    EXPECT_OK(store_with_faults(inner, refuse_commits, &is_refusing, &faulty));
    EXPECT_OK(ticket_keys_open(faulty, now, &keys));
    struct tls_ticket_key before = current_of(keys);
    atomic_store(&is_refusing, true);
    clock_advance(now, TICKET_KEYS_MS);
    EXPECT_STATUS(ticket_keys_look(keys), ERR_IO);
    struct tls_ticket_key after = current_of(keys);
    EXPECT(memcmp(&before, &after, sizeof before) == 0);
    ticket_keys_close(&keys);
    store_close(&faulty);
}

static enum status
lose_answers(void *arg, const char *call, const char *key, bool *done_out)
{
    atomic_int *left = arg;

    (void)key;
    if (strcmp(call, "store_commit") != 0 || atomic_fetch_sub(left, 1) <= 0)
        return OK;
    *done_out = true;
    return ERR_TIMEOUT;
}

TEST(an_answer_that_is_lost_leaves_one_set_of_keys)
{
    atomic_int left = 1;
    struct store *inner = NULL;
    struct store *faulty = NULL;
    struct ticket_keys *one = NULL;
    struct ticket_keys *two = NULL;

    EXPECT_OK(store_in_memory(now, &inner));
    EXPECT_OK(store_with_faults(inner, lose_answers, &left, &faulty));
    EXPECT_OK(ticket_keys_open(faulty, now, &one));
    EXPECT_OK(ticket_keys_open(faulty, now, &two));
    struct tls_ticket_key a = current_of(one);
    struct tls_ticket_key b = current_of(two);
    EXPECT(memcmp(&a, &b, sizeof a) == 0);
    ticket_keys_close(&one);
    ticket_keys_close(&two);
    store_close(&faulty);
}

struct looker {
    struct ticket_keys *keys;
    atomic_bool *is_over;
    atomic_uint torn; /* keys that were a mixture of two */
};

static void *
look_up(void *arg)
{
    struct looker *looker = arg;
    struct tls_tickets tickets = ticket_keys_tickets(looker->keys);

    while (!atomic_load(looker->is_over)) {
        struct tls_ticket_key key;
        struct tls_ticket_key same;
        bool is_old;

        if (tickets.current(tickets.arg, &key) &&
            tickets.named(tickets.arg, key.name, &same, &is_old) &&
            memcmp(&key, &same, sizeof key) != 0)
            atomic_fetch_add(&looker->torn, 1);
    }
    return NULL;
}

TEST(keys_are_looked_up_by_many_while_they_change)
{
    enum { THREADS = 4 };
    struct ticket_keys *keys = open_keys();
    pthread_t threads[THREADS];
    atomic_bool is_over = false;
    struct looker looker = { keys, &is_over, 0 };

    for (int i = 0; i < THREADS; i++)
        EXPECT(pthread_create(&threads[i], NULL, look_up, &looker) == 0);
    for (int i = 0; i < 50; i++) {
        usleep(1000);
        pass_half_a_day(keys);
    }
    atomic_store(&is_over, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    EXPECT(atomic_load(&looker.torn) == 0);
    ticket_keys_close(&keys);
}
