/* SPDX-License-Identifier: Apache-2.0 */
/* session_test.c - logging in, limits, and the end of a session. */
#include "test.h"

#include "base/buffer.h"
#include "base/thread.h"
#include "session/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* sha256-crypt of "wonderland", with the fewest rounds. */
#define HASH "$5$saltsalt$IeaomH1t0t79ShF5t59ZywXLL/dm2jA/3vpoR6EMo74"
#define KEY                                                                    \
    "AAAAC3NzaC1lZDI1NTE5AAAAIAC4/TqLEmjIaT3vV2iqUPpXJEze++/qigt2la9W+S/6"

static const struct audit_ids ids = {
    .folder_make_failed = EVENT_SFTP_FOLDER_MAKE_FAILED,
};
static struct clock *clock_now;
static struct store *store;
static struct events *events;
static struct event_sink *told;
static struct config *config;
static struct hub *hub;
static struct session *session;
static int pair[2];

/* The blob of KEY. */
static struct str
key_blob(void)
{
    static char blob[64];
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrs"
                                 "tuvwxyz0123456789+/";
    unsigned bits = 0;
    unsigned count = 0;
    size_t len = 0;

    for (const char *p = KEY; *p != '\0' && *p != '='; p++) {
        bits = bits << 6 | (unsigned)(strchr(digits, *p) - digits);
        count += 6;
        if (count >= 8) {
            count -= 8;
            blob[len++] = (char)(bits >> count & 0xff);
        }
    }
    return str_from(blob, len);
}

static void
read_config(void)
{
    static const char text[] =
        "[services/sftp]\ntype = ssh\nport = 0\nname = SFTP\n"
        "login_timeout = 60\nidle_connection_timeout = 300\n"
        "[groups/DEFAULT_GROUP]\nname = Default\n"
        "home_folder_path = %s/${USER}\ncreate_home_folder = Yes\n"
        "[groups/readers]\nname = readers\ncreate_home_folder = Yes\n"
        "home_folder_path = %s/${USER}\n"
        "permissions = allow-read, allow-list, allow-traverse\n"
        "[accounts/1]\nname = alice\npassword = " HASH "\n"
        "[accounts/2]\nname = reader\ngroup = readers\npassword = " HASH "\n"
        "[accounts/3]\nname = off\nenabled = No\npassword = " HASH "\n"
        "[accounts/4]\nname = both\nrequired_credentials = password, ssh-key\n"
        "password = " HASH "\n"
        "ssh_authorized_keys_content = ssh-ed25519 " KEY "\n"
        "[accounts/5]\nname = homeless\nhome_folder_path = /no/such/place\n"
        "create_home_folder = No\npassword = " HASH "\n"
        "[accounts/6]\nname = totp\npassword = " HASH "\n"
        "multi_factor_authentication = otpauth://totp/x?secret=AAAA\n"
        "[accounts/7]\nname = filtered\npassword = " HASH "\n"
        "source_ip_filter = allow 10.0.0.0/8\n"
        "ssh_authorized_keys_content = ssh-ed25519 " KEY "\n"
        "[accounts/9]\nname = near\npassword = " HASH "\n"
        "source_ip_filter =\n    allow 10.0.0.0/8\n    allow 192.0.2.0/24\n"
        "ssh_authorized_keys_content = ssh-ed25519 " KEY "\n"
        "[groups/fenced]\nname = fenced\ncreate_home_folder = Yes\n"
        "home_folder_path = %s/${USER}\n"
        "source_ip_filter = deny 192.0.2.7\n"
        "[accounts/10]\nname = both-filters\ngroup = fenced\n"
        "source_ip_filter = allow 192.0.2.7\npassword = " HASH "\n"
        "[accounts/11]\nname = both-and-both\npassword = " HASH "\n"
        "required_credentials = password, ssh-key\n"
        "source_ip_filter = deny 192.0.2.0/24\n"
        "ssh_authorized_keys_content = ssh-ed25519 " KEY "\n"
        "[accounts/8]\nname = ruled\npassword = " HASH "\n"
        "permissions =\n    allow-full-control\n    *.exe, deny-full-control\n";
    struct buffer full = BUFFER(16384);
    struct report report = { 0 };

    EXPECT_OK(
        buffer_addf(&full, text, test_folder(), test_folder(), test_folder()));
    EXPECT_OK(config_parse(buffer_str(&full), test_folder(), &report, &config));
    report_done(&report);
    buffer_done(&full);
}

static void
connect_client(void)
{
    struct session_options options = {
        .service = config_section(config, "services", "sftp"),
        .protocol = "sftp",
        .audit = &ids,
        .peer_address = "192.0.2.7",
        .peer_port = 4711,
        .descriptor = pair[0],
    };

    EXPECT_OK(session_open(hub, &options, &session));
}

SETUP()
{
    clock_now = clock_settable(1000000);
    EXPECT_OK(store_in_memory(clock_now, &store));
    EXPECT_OK(events_new(clock_now, "node", "test", &events));
    EXPECT_OK(event_to_memory(&told));
    events_add_sink(events, told);
    read_config();
    struct hub_options options = { config, store, events, clock_now, "node" };
    EXPECT_OK(hub_new(&options, &hub));
    EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    connect_client();
}

TEARDOWN()
{
    session_close(&session, NULL);
    hub_free(&hub);
    config_unref(&config);
    events_free(&events);
    store_close(&store);
    clock_free(&clock_now);
    close(pair[0]);
    close(pair[1]);
}

static enum session_login
log_in(const char *user, const char *password)
{
    return session_login_password(session, str_of(user), str_of(password));
}

TEST(the_right_password_opens_the_accounts_files)
{
    struct vfs_attributes root;

    EXPECT(!session_is_logged_in(session));
    EXPECT(log_in("alice", "wonderland") == SESSION_ACCEPTED);
    EXPECT(session_is_logged_in(session));
    EXPECT_TEXT(session_account(session), "alice");
    EXPECT_OK(vfs_stat(session_files(session), STR("/"), 0, &root));
}

TEST(every_refusal_is_answered_at_the_same_time_after_the_attempt)
{
    static const struct {
        const char *user;
        const char *password;
    } attempts[] = { { "alice", "wrong" },
                     { "nobody", "wonderland" },
                     { "off", "wonderland" },
                     { "homeless", "wonderland" },
                     { "", "" } };

    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        int64_t before = clock_now_ms(clock_now);
        EXPECT(log_in(attempts[i].user, attempts[i].password) ==
               SESSION_REFUSED);
        EXPECT(clock_now_ms(clock_now) - before == 1000);
        EXPECT(session_files(session) == NULL);
    }
}

TEST(after_six_refusals_the_session_has_to_end)
{
    const char *why = NULL;

    for (int i = 0; i < SESSION_LOGIN_ATTEMPTS; i++) {
        EXPECT(!session_should_end(session, &why));
        EXPECT(log_in("alice", "wrong") == SESSION_REFUSED);
    }
    EXPECT(session_should_end(session, &why));
    EXPECT_TEXT(why, "too many failed logins");
    EXPECT(log_in("alice", "wonderland") == SESSION_REFUSED);
}

TEST(two_credentials_are_asked_for_where_both_are_required)
{
    EXPECT(log_in("both", "wonderland") == SESSION_PARTIAL);
    EXPECT(session_credentials_wanted(session) == SESSION_SSH_KEY);
    EXPECT(session_login_key(session, STR("both"), STR("ssh-ed25519"),
                             key_blob()) == SESSION_ACCEPTED);
}

TEST(what_was_proved_for_one_name_is_worth_nothing_for_another)
{
    EXPECT(log_in("both", "wonderland") == SESSION_PARTIAL);
    EXPECT(log_in("alice", "wrong") == SESSION_REFUSED);
    EXPECT(session_login_key(session, STR("both"), STR("ssh-ed25519"),
                             key_blob()) == SESSION_PARTIAL);
}

TEST(an_offer_of_a_key_costs_nothing_and_proves_nothing)
{
    int64_t before = clock_now_ms(clock_now);

    EXPECT(session_would_accept_key(session, STR("both"), STR("ssh-ed25519"),
                                    key_blob()));
    EXPECT(!session_would_accept_key(session, STR("alice"), STR("ssh-ed25519"),
                                     key_blob()));
    EXPECT(!session_would_accept_key(session, STR("nobody"), STR("ssh-ed25519"),
                                     key_blob()));
    EXPECT(clock_now_ms(clock_now) == before);
    EXPECT(!session_is_logged_in(session));
}

TEST(who_does_not_log_in_in_time_has_to_end)
{
    const char *why = NULL;

    clock_advance(clock_now, 59999);
    EXPECT(!session_should_end(session, &why));
    EXPECT(session_deadline(session) == clock_now_ms(clock_now) + 1);
    clock_advance(clock_now, 1);
    EXPECT(session_should_end(session, &why));
    EXPECT_TEXT(why, "login_timeout is over");
}

TEST(an_idle_session_has_to_end_and_activity_puts_that_off)
{
    const char *why = NULL;

    EXPECT(log_in("alice", "wonderland") == SESSION_ACCEPTED);
    clock_advance(clock_now, 299000);
    session_touch(session);
    clock_advance(clock_now, 299000);
    EXPECT(!session_should_end(session, &why));
    clock_advance(clock_now, 1000);
    EXPECT(session_should_end(session, &why));
    EXPECT_TEXT(why, "idle_connection_timeout is over");
}

/* A wait that begins now would end at once. */
static bool
is_woken(void)
{
    struct timespec none = { 0 };
    sigset_t mask;

    thread_wait_mask(&mask);
    return ppoll(NULL, 0, &none, &mask) < 0 && errno == EINTR;
}

TEST(a_drain_ends_idle_sessions_at_once_and_busy_ones_when_they_are_done)
{
    const char *why = NULL;
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    EXPECT(log_in("alice", "wonderland") == SESSION_ACCEPTED);
    session_set_busy(session, true);
    hub_drain(hub);
    EXPECT(!session_should_end(session, &why));
    EXPECT(!is_woken());
    session_set_busy(session, false);
    EXPECT(session_should_end(session, &why));
    hub_drain(hub);
    EXPECT(is_woken());
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

TEST(nobody_logs_in_while_the_server_drains)
{
    hub_drain(hub);
    EXPECT(log_in("alice", "wonderland") == SESSION_REFUSED);
}

TEST(the_end_of_all_sessions_does_not_wait_for_busy_ones)
{
    const char *why = NULL;

    EXPECT(log_in("alice", "wonderland") == SESSION_ACCEPTED);
    session_set_busy(session, true);
    EXPECT(hub_session_count(hub) == 1);
    hub_end_sessions(hub);
    EXPECT(session_should_end(session, &why));
    session_close(&session, why);
    EXPECT(hub_session_count(hub) == 0);
}

TEST(permissions_of_the_group_stand_in_the_way)
{
    struct vfs_attributes none = { 0 };

    EXPECT(log_in("reader", "wonderland") == SESSION_ACCEPTED);
    EXPECT_STATUS(vfs_make_folder(session_files(session), STR("/d"), &none),
                  ERR_DENIED);
}

TEST(who_relies_on_what_is_not_enforced_yet_does_not_get_in)
{
    EXPECT(log_in("totp", "wonderland") == SESSION_REFUSED);
}

/* Whether an event of that number says so. */
static bool
was_told(const char *number, const char *what)
{
    const char *record;

    for (size_t i = 0; (record = event_memory_record(told, i)) != NULL; i++)
        if (strstr(record, number) != NULL && strstr(record, what) != NULL)
            return true;
    return false;
}

TEST(from_an_address_that_is_not_let_in_a_right_password_is_as_a_wrong_one)
{
    int64_t before = clock_now_ms(clock_now);

    EXPECT(log_in("filtered", "wonderland") == SESSION_REFUSED);
    EXPECT(clock_now_ms(clock_now) - before == 1000);
    EXPECT(!session_is_logged_in(session));
    EXPECT(was_told("20136", "source_ip_filter of the account"));
    EXPECT(log_in("near", "wonderland") == SESSION_ACCEPTED);
}

TEST(from_an_address_that_is_not_let_in_a_key_is_as_any_other)
{
    EXPECT(!session_would_accept_key(session, STR("filtered"),
                                     STR("ssh-ed25519"), key_blob()));
    EXPECT(session_would_accept_key(session, STR("near"), STR("ssh-ed25519"),
                                    key_blob()));
    EXPECT(session_login_key(session, STR("filtered"), STR("ssh-ed25519"),
                             key_blob()) == SESSION_REFUSED);
}

TEST(the_filters_of_the_account_and_of_its_group_must_both_let_in)
{
    EXPECT(log_in("both-filters", "wonderland") == SESSION_REFUSED);
    EXPECT(was_told("20136", "source_ip_filter of the group"));
}

TEST(half_a_login_is_refused_from_there_as_well)
{
    EXPECT(log_in("both-and-both", "wonderland") == SESSION_REFUSED);
    EXPECT(session_credentials_wanted(session) ==
           (SESSION_PASSWORD | SESSION_SSH_KEY));
}

TEST(a_login_is_told_with_account_peer_and_session)
{
    EXPECT(log_in("alice", "wrong") == SESSION_REFUSED);
    EXPECT(log_in("alice", "wonderland") == SESSION_ACCEPTED);
    bool is_rejected = false;
    bool is_accepted = false;
    const char *record;

    for (size_t i = 0; (record = event_memory_record(told, i)) != NULL; i++) {
        EXPECT(strstr(record, "wonderland") == NULL);
        if (strstr(record, "20142") != NULL)
            is_rejected = strstr(record, "192.0.2.7") != NULL;
        if (strstr(record, "20137") != NULL)
            is_accepted = strstr(record, session_id(session)) != NULL &&
                          strstr(record, "alice") != NULL;
    }
    EXPECT(is_rejected && is_accepted);
}
