/* SPDX-License-Identifier: Apache-2.0 */
/* session_password_test.c - users who change their own password. */
#include "test.h"

#include "base/buffer.h"
#include "session/session.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* sha256-crypt of "wonderland", with the fewest rounds. */
#define HASH "$5$saltsalt$IeaomH1t0t79ShF5t59ZywXLL/dm2jA/3vpoR6EMo74"
#define NEW  "trombone quarry velvet"

static const struct audit_ids ids = { .listed = EVENT_SFTP_LISTED };
static struct clock *clock_now;
static struct store *store;
static struct events *events;
static struct config *config;
static struct hub *hub;
static struct session *session;
static int pair[2];
static char path[512];
static int reloads;

static void
write_file(const char *text)
{
    FILE *file = fopen(path, "w");

    EXPECT(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static struct buffer
read_file(void)
{
    struct buffer text = BUFFER(65536);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    char *room;

    EXPECT(file >= 0);
    EXPECT_OK(buffer_reserve(&text, 60000, &room));
    ssize_t got = read(file, room, 60000);
    EXPECT(got >= 0);
    buffer_added(&text, (size_t)got);
    close(file);
    return text;
}

static void
load(struct config **out)
{
    struct report report = { 0 };

    EXPECT_OK(config_load(path, &report, out));
    report_done(&report);
}

/* As the server does on SIGHUP. */
static enum status
reload(void *arg)
{
    struct config *fresh = NULL;
    struct hub_change *change = NULL;

    EXPECT(arg == &reloads);
    reloads++;
    load(&fresh);
    EXPECT_OK(hub_prepare(hub, fresh, &change));
    hub_apply(hub, &change);
    config_unref(&fresh);
    return OK;
}

static void
connect_client(struct session **out)
{
    struct session_options options = {
        .service = config_section(config, "services", "sftp"),
        .protocol = "sftp",
        .audit = &ids,
        .peer_address = "192.0.2.7",
        .peer_port = 4711,
        .descriptor = pair[0],
    };

    EXPECT_OK(session_open(hub, &options, out));
}

SETUP()
{
    char text[4096];

    snprintf(path, sizeof path, "%s/server.ini", test_folder());
    snprintf(text, sizeof text,
             "[services/sftp]\ntype = ssh\nport = 0\nname = SFTP\n"
             "; a comment that stays\n"
             "[groups/DEFAULT_GROUP]\nname = Default\n"
             "allow_own_password_change = Yes\n"
             "home_folder_path = %s/${USER}\ncreate_home_folder = Yes\n"
             "[groups/still]\nname = still\ncreate_home_folder = Yes\n"
             "home_folder_path = %s/${USER}\n"
             "[accounts/1]\nname = alice\npassword = " HASH "\n"
             "[accounts/2]\nname = erin\ngroup = still\npassword = " HASH "\n",
             test_folder(), test_folder());
    write_file(text);
    load(&config);
    clock_now = clock_settable(1000000);
    reloads = 0;
    EXPECT_OK(store_in_memory(clock_now, &store));
    EXPECT_OK(events_new(clock_now, "node", "test", &events));
    struct hub_options options = {
        .config = config,
        .store = store,
        .events = events,
        .clock = clock_now,
        .node = "node",
        .reload = reload,
        .reload_arg = &reloads,
    };
    EXPECT_OK(hub_new(&options, &hub));
    EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    connect_client(&session);
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
log_in(struct session *s, const char *user, const char *password)
{
    return session_login_password(s, str_of(user), str_of(password));
}

static enum status
change(const char *old, const char *new_password)
{
    return session_change_password(session, str_of(old), str_of(new_password));
}

TEST(the_new_password_is_in_force_at_once_and_the_session_goes_on)
{
    struct session *other = NULL, *later = NULL;
    const char *why = NULL;

    connect_client(&other);
    EXPECT(log_in(session, "alice", "wonderland") == SESSION_ACCEPTED);
    EXPECT(log_in(other, "alice", "wonderland") == SESSION_ACCEPTED);
    EXPECT_OK(change("wonderland", NEW));
    EXPECT(reloads == 1);
    EXPECT(!session_should_end(session, &why));
    EXPECT(session_should_end(other, &why));
    connect_client(&later);
    EXPECT(log_in(later, "alice", "wonderland") == SESSION_REFUSED);
    EXPECT(log_in(later, "alice", NEW) == SESSION_ACCEPTED);
    session_close(&other, NULL);
    session_close(&later, NULL);
}

TEST(only_the_lines_of_the_password_change)
{
    EXPECT(log_in(session, "alice", "wonderland") == SESSION_ACCEPTED);
    EXPECT_OK(change("wonderland", NEW));
    struct buffer after = read_file();
    const char *text = buffer_text(&after);
    EXPECT(strstr(text, "; a comment that stays\n") != NULL);
    EXPECT(strstr(text, NEW) == NULL && strstr(text, "[accounts/2]") != NULL);
    char expected[64];
    snprintf(expected, sizeof expected, "last_password_update = %lld\n",
             (long long)(clock_wall_ms(clock_now) / 1000));
    EXPECT(strstr(text, expected) != NULL);
    EXPECT(strstr(text, HASH) != NULL); /* erin's */
    EXPECT(strstr(strstr(text, HASH) + 1, HASH) == NULL);
    buffer_done(&after);
}

TEST(it_can_be_changed_again_and_again)
{
    EXPECT(log_in(session, "alice", "wonderland") == SESSION_ACCEPTED);
    EXPECT_OK(change("wonderland", NEW));
    EXPECT_STATUS(change("wonderland", NEW "er"), ERR_DENIED);
    EXPECT_OK(change(NEW, NEW "er"));
    EXPECT_OK(change(NEW "er", NEW));
    EXPECT(reloads == 3);
}

TEST(a_wrong_current_password_is_answered_at_a_fixed_time_and_counted)
{
    EXPECT(log_in(session, "alice", "wonderland") == SESSION_ACCEPTED);
    for (int i = 0; i < SESSION_LOGIN_ATTEMPTS; i++) {
        int64_t before = clock_now_ms(clock_now);
        EXPECT_STATUS(change("wrong", NEW), ERR_DENIED);
        EXPECT(clock_now_ms(clock_now) - before == 1000);
    }
    EXPECT_STATUS(change("wonderland", NEW), ERR_DENIED);
    EXPECT(reloads == 0);
}

TEST(whom_the_group_does_not_allow_it_is_denied)
{
    EXPECT_STATUS(change("wonderland", NEW), ERR_DENIED);
    EXPECT(log_in(session, "erin", "wonderland") == SESSION_ACCEPTED);
    EXPECT_STATUS(change("wonderland", NEW), ERR_DENIED);
    EXPECT(strstr(fail_reason(), "may not change") != NULL && reloads == 0);
}

TEST(a_new_password_that_breaks_a_rule_is_invalid)
{
    EXPECT(log_in(session, "alice", "wonderland") == SESSION_ACCEPTED);
    EXPECT_STATUS(change("wonderland", "short"), ERR_INVALID);
    EXPECT_STATUS(change("wonderland", "wonderland"), ERR_INVALID);
    EXPECT_STATUS(change("wonderland", "alicealice"), ERR_INVALID);
    EXPECT(reloads == 0);
}

TEST(a_file_that_somebody_else_broke_or_changed_is_left_alone)
{
    struct buffer text = read_file();
    char *changed = NULL;

    EXPECT(log_in(session, "alice", "wonderland") == SESSION_ACCEPTED);
    EXPECT(asprintf(&changed, "%s[nonsense\n", buffer_text(&text)) > 0);
    write_file(changed);
    EXPECT_STATUS(change("wonderland", NEW), ERR_IO);
    free(changed);
    char *hash = strstr((char *)buffer_text(&text), "$5$saltsalt");
    hash[20] = hash[20] == 'A' ? 'B' : 'A';
    write_file(buffer_text(&text));
    EXPECT_STATUS(change("wonderland", NEW), ERR_IO);
    EXPECT(strstr(fail_reason(), "changed meanwhile") != NULL);
    unlink(path);
    EXPECT_STATUS(change("wonderland", NEW), ERR_IO);
    EXPECT(reloads == 0);
    buffer_done(&text);
}
