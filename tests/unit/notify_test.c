/* SPDX-License-Identifier: Apache-2.0 */
/* notify_test.c - what the service manager hears. */
#include "base/notify.h"

#include "base/str.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE = 1024 };

static struct notify *notify;
static int manager = -1;
static char heard[MESSAGE];

/* Listen at a path, or at '@' and a name, and have the environment say so. */
static void
listen_at(const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t len = strlen(name);

    EXPECT(len < sizeof address.sun_path);
    memcpy(address.sun_path, name, len);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    EXPECT(bind(manager, (struct sockaddr *)&address,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) ==
           0);
    setenv("NOTIFY_SOCKET", name, 1);
}

static const char *
next_message(void)
{
    ssize_t len = recv(manager, heard, sizeof heard - 1, MSG_DONTWAIT);

    heard[len > 0 ? len : 0] = '\0';
    return heard;
}

SETUP()
{
    char name[64];

    snprintf(name, sizeof name, "@convoy-notify-test-%ld", (long)getpid());
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    listen_at(name);
}

TEARDOWN()
{
    notify_close(&notify);
    notify_close(&notify);
    close(manager);
    unsetenv("NOTIFY_SOCKET");
}

TEST(readiness_comes_with_a_line_for_people_and_the_process)
{
    char expected[MESSAGE];

    EXPECT_OK(notify_open(&notify));
    notify_ready(notify, "2 services listen");
    snprintf(expected, sizeof expected,
             "READY=1\nMAINPID=%ld\nSTATUS=2 services listen", (long)getpid());
    EXPECT_TEXT(next_message(), expected);
}

TEST(a_socket_that_is_a_file_is_found_too)
{
    char *path = NULL;

    close(manager);
    EXPECT(asprintf(&path, "%s/notify", test_folder()) > 0);
    listen_at(path);
    free(path);
    EXPECT_OK(notify_open(&notify));
    notify_ready(notify, "here");
    EXPECT(strstr(next_message(), "STATUS=here") != NULL);
}

static long long
now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

TEST(a_reload_says_when_it_began)
{
    long long before_us = now_us();
    long long said_us = 0;

    EXPECT_OK(notify_open(&notify));
    notify_reloading(notify);
    EXPECT(sscanf(next_message(), "RELOADING=1\nMONOTONIC_USEC=%lld",
                  &said_us) == 1);
    EXPECT(said_us >= before_us);
    EXPECT(said_us <= now_us());
}

TEST(stopping_asks_for_the_time_that_it_takes)
{
    EXPECT_OK(notify_open(&notify));
    notify_stopping(notify, "3 sessions are left");
    EXPECT_TEXT(next_message(), "STOPPING=1\nSTATUS=3 sessions are left");
    EXPECT_TEXT(next_message(), "EXTEND_TIMEOUT_USEC=20000000");
    EXPECT_TEXT(next_message(), "");
}

TEST(the_watchdog_is_fed_twice_in_its_time)
{
    setenv("WATCHDOG_USEC", "30000000", 1);
    EXPECT_OK(notify_open(&notify));
    EXPECT(notify_alive_ms(notify) == 15000);
    notify_alive(notify);
    EXPECT_TEXT(next_message(), "WATCHDOG=1");
}

TEST(a_watchdog_of_another_process_is_not_fed)
{
    setenv("WATCHDOG_USEC", "30000000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    EXPECT_OK(notify_open(&notify));
    EXPECT(notify_alive_ms(notify) == 0);
    notify_alive(notify);
    EXPECT_TEXT(next_message(), "");
}

TEST(without_a_manager_nothing_is_told_and_nothing_goes_wrong)
{
    static const char *const nobody[] = { "", "@", "relative/path", NULL };

    for (size_t i = 0; nobody[i] != NULL; i++) {
        setenv("NOTIFY_SOCKET", nobody[i], 1);
        EXPECT_OK(notify_open(&notify));
        notify_ready(notify, "here");
        notify_stopping(notify, "gone");
        EXPECT(notify_alive_ms(notify) == 0);
        notify_close(&notify);
    }
    unsetenv("NOTIFY_SOCKET");
    EXPECT_OK(notify_open(&notify));
    notify_reloading(notify);
    EXPECT_TEXT(next_message(), "");
}

TEST(a_manager_that_went_away_is_no_trouble)
{
    EXPECT_OK(notify_open(&notify));
    close(manager);
    notify_ready(notify, "here");
    notify_alive(notify);
    manager = -1;
}
