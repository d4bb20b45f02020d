/* SPDX-License-Identifier: Apache-2.0 */
/* session_reload_test.c - sessions, when another configuration takes over. */
#include "test.h"

#include "account/fingerprint.h"
#include "base/buffer.h"
#include "base/thread.h"
#include "session/session_private.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* sha256-crypt of "wonderland", with the fewest rounds; and of nothing. */
#define HASH  "$5$saltsalt$IeaomH1t0t79ShF5t59ZywXLL/dm2jA/3vpoR6EMo74"
#define OTHER "$5$saltsalt$AAAAAH1t0t79ShF5t59ZywXLL/dm2jA/3vpoR6EMo74"

enum { CLIENTS = 3, ROUNDS = 40 };

static const char group[] = "[groups/DEFAULT_GROUP]\nname = Default\n"
                            "home_folder_path = %s/${USER}\n"
                            "create_home_folder = Yes\n";
static const char alice[] = "[accounts/1]\nname = alice\npassword = " HASH "\n";
static const char bob[] = "[accounts/2]\nname = bob\npassword = " HASH "\n";

static const struct audit_ids ids = { .listed = EVENT_SFTP_LISTED };
static struct clock *clock_now;
static struct store *store;
static struct events *events;
static struct hub *hub;
static struct session *session;
static int pair[2];
static bool is_service_gone;

static struct config *
config_of(const char *accounts)
{
    struct buffer full = BUFFER(16384);
    struct report report = { 0 };
    struct config *config = NULL;

    EXPECT_OK(buffer_addf(&full,
                          "[services/sftp]\ntype = ssh\nport = 0\n"
                          "enabled = %s\n",
                          is_service_gone ? "No" : "Yes"));
    EXPECT_OK(buffer_addf(&full, group, test_folder()));
    EXPECT_OK(buffer_add(&full, str_of(accounts)));
    EXPECT_OK(config_parse(buffer_str(&full), test_folder(), &report, &config));
    report_done(&report);
    buffer_done(&full);
    return config;
}

/* How many sessions end when these are the accounts. */
static size_t
apply(const char *accounts)
{
    struct config *config = config_of(accounts);
    struct hub_change *change = NULL;

    EXPECT_OK(hub_prepare(hub, config, &change));
    size_t ended = hub_apply(hub, &change);
    EXPECT(change == NULL);
    config_unref(&config);
    return ended;
}

static void
connect_to(struct config *config, int descriptor, struct session **out)
{
    struct session_options options = {
        .service = config_section(config, "services", "sftp"),
        .protocol = "sftp",
        .audit = &ids,
        .peer_address = "192.0.2.7",
        .descriptor = descriptor,
    };

    EXPECT_OK(session_open(hub, &options, out));
}

static struct config *first;

SETUP()
{
    clock_now = clock_settable(1000000);
    is_service_gone = false;
    EXPECT_OK(store_in_memory(clock_now, &store));
    EXPECT_OK(events_new(clock_now, "node", "test", &events));
    first = config_of(alice);
    struct hub_options options = { .config = first,
                                   .store = store,
                                   .events = events,
                                   .clock = clock_now,
                                   .node = "node" };
    EXPECT_OK(hub_new(&options, &hub));
    EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    connect_to(first, pair[0], &session);
}

TEARDOWN()
{
    session_close(&session, NULL);
    hub_free(&hub);
    config_unref(&first);
    events_free(&events);
    store_close(&store);
    clock_free(&clock_now);
    close(pair[0]);
    close(pair[1]);
}

static enum session_login
log_in(const char *user)
{
    return session_login_password(session, str_of(user), STR("wonderland"));
}

static bool
is_told_to_end(void)
{
    const char *why = "";

    return session_should_end(session, &why);
}

TEST(a_new_account_logs_in_on_a_session_that_was_there_before)
{
    EXPECT(log_in("bob") == SESSION_REFUSED);
    EXPECT(apply(bob) == 0);
    EXPECT(log_in("bob") == SESSION_ACCEPTED);
    EXPECT_OK(vfs_stat(session_files(session), STR("/"), 0,
                       &(struct vfs_attributes){ 0 }));
}

TEST(a_session_ends_when_its_account_is_not_what_it_was)
{
    static const char *const changes[] = {
        "[accounts/1]\nname = alice\npassword = " OTHER "\n",
        "[accounts/1]\nname = alice\nenabled = No\npassword = " HASH "\n",
        "[accounts/9]\nname = alice\npassword = " HASH "\n",
        "[accounts/1]\nname = alice\nmaximum_file_size = 9\npassword = " HASH
        "\n",
        bob,
    };

    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        EXPECT(log_in("alice") == SESSION_ACCEPTED);
        EXPECT(!is_told_to_end());
        EXPECT(apply(changes[i]) == 1);
        EXPECT(is_told_to_end());
        EXPECT(apply(alice) == 0);
        session_close(&session, NULL);
        connect_to(first, pair[0], &session);
    }
}

TEST(a_session_goes_on_when_nothing_changes_for_its_account)
{
    static const char *const changes[] = {
        alice,
        "[accounts/1]\nname = alice\nenabled = yes\npassword = " HASH "\n",
        "[accounts/1]\nname = alice\nemail = a@example.org\n"
        "description = A\n    note\ncreated = today\npassword = " HASH "\n",
        "[accounts/2]\nname = bob\npassword = " OTHER "\n"
        "[accounts/1]\npassword = " HASH "\nname = alice\n",
    };

    EXPECT(log_in("alice") == SESSION_ACCEPTED);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        EXPECT(apply(changes[i]) == 0);
    EXPECT(!is_told_to_end());
}

TEST(the_session_that_changes_its_own_password_goes_on)
{
    static const char changed[] =
        "[accounts/1]\nname = alice\npassword = " OTHER "\n";

    EXPECT(log_in("alice") == SESSION_ACCEPTED);
    session_keep(session, true);
    EXPECT(apply(changed) == 0);
    session_keep(session, false);
    EXPECT(apply(changed) == 0);
    EXPECT(!is_told_to_end());
    EXPECT(apply(alice) == 1);
}

TEST(what_else_changes_with_an_own_password_ends_the_session)
{
    EXPECT(log_in("alice") == SESSION_ACCEPTED);
    session_keep(session, true);
    EXPECT(apply("[accounts/1]\nname = alice\nenabled = No\n") == 1);
}

TEST(an_abandoned_configuration_changes_nothing)
{
    struct config *config = config_of(bob);
    struct hub_change *change = NULL;

    EXPECT_OK(hub_prepare(hub, config, &change));
    hub_abandon(&change);
    hub_abandon(&change);
    config_unref(&config);
    EXPECT(log_in("bob") == SESSION_REFUSED);
    EXPECT(log_in("alice") == SESSION_ACCEPTED);
}

TEST(nobody_logs_in_through_a_service_that_was_stopped)
{
    is_service_gone = true;
    EXPECT(apply(alice) == 0);
    EXPECT(log_in("alice") == SESSION_REFUSED);
    EXPECT(!session_is_logged_in(session));
    is_service_gone = false;
    EXPECT(apply(alice) == 0);
    EXPECT(log_in("alice") == SESSION_ACCEPTED);
}

TEST(a_stopped_service_ends_its_sessions)
{
    EXPECT(hub_end_service(hub, "other", "it stopped") == 0);
    EXPECT(!is_told_to_end());
    EXPECT(hub_end_service(hub, "sftp", "it stopped") == 1);
    EXPECT(is_told_to_end());
}

TEST(a_session_that_does_not_leave_has_its_connection_shut_down)
{
    struct pollfd client = { .fd = pair[1], .events = POLLIN };
    char byte;

    EXPECT(log_in("alice") == SESSION_ACCEPTED);
    EXPECT(apply(bob) == 1);
    EXPECT(poll(&client, 1, 60000) == 1);
    EXPECT(read(pair[1], &byte, 1) == 0);
}

static void *
come_and_go(void *arg)
{
    atomic_bool *is_over = arg;

    while (!atomic_load(is_over)) {
        struct session *own = NULL;
        const char *why = "";
        int ends[2];

        EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
        connect_to(first, ends[0], &own);
        (void)session_login_password(own, STR("alice"), STR("wonderland"));
        (void)session_should_end(own, &why);
        session_close(&own, NULL);
        close(ends[0]);
        close(ends[1]);
    }
    return NULL;
}

TEST(who_logs_in_while_the_configuration_changes_has_one_of_the_two)
{
    atomic_bool is_over = false;
    pthread_t threads[CLIENTS];

    for (int i = 0; i < CLIENTS; i++)
        EXPECT_OK(thread_start(&threads[i], "client", come_and_go, &is_over));
    for (int i = 0; i < ROUNDS; i++)
        apply(i % 2 == 0 ? bob : alice);
    atomic_store(&is_over, true);
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    EXPECT(hub_session_count(hub) == 1);
}

TEST(a_group_is_part_of_what_an_account_is)
{
    struct config *one = config_of("[groups/g]\nname = g\n"
                                   "[accounts/1]\nname = alice\ngroup = g\n");
    struct config *two = config_of("[groups/g]\nname = g\n"
                                   "allow_own_password_change = Yes\n"
                                   "[accounts/1]\nname = alice\ngroup = g\n");
    struct account_fingerprint prints[2];
    struct config *configs[] = { one, two };

    for (int i = 0; i < 2; i++) {
        struct accounts *accounts = NULL;

        EXPECT_OK(accounts_new(configs[i], clock_now, &accounts));
        EXPECT_OK(account_fingerprint(accounts_find(accounts, STR("alice")),
                                      &prints[i]));
        accounts_unref(&accounts);
    }
    EXPECT(account_fingerprint_equal(&prints[0], &prints[0], false));
    EXPECT(!account_fingerprint_equal(&prints[0], &prints[1], false));
    config_unref(&one);
    config_unref(&two);
}
