/* SPDX-License-Identifier: Apache-2.0 */
/* listener_successor_test.c - a port that goes from one listener to another. */
#include "test.h"

#include "net/listener.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Says one letter to whoever comes: which listener it is. */
static void
say_who(void *arg, int socket, struct visitor *visitor)
{
    EXPECT(write(socket, arg, 1) == 1);
    close(socket);
    visitor_leave(visitor);
}

static struct listener *
listen_as(const char *letter, const char *address, uint16_t port,
          const struct listener *successor_of)
{
    struct listener_options options = {
        .address = address,
        .port = port,
        .is_held = successor_of != NULL,
        .successor_of = successor_of,
        .serve = say_who,
        .arg = (void *)(uintptr_t)letter,
    };
    struct listener *listener = NULL;

    EXPECT_OK(listener_start(&options, &listener));
    return listener;
}

static int
connect_to(uint16_t port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
    EXPECT(connect(client, (struct sockaddr *)&at, sizeof at) == 0);
    return client;
}

static char
who_says(int client)
{
    char letter = '?';

    EXPECT(read(client, &letter, 1) == 1);
    close(client);
    return letter;
}

TEST(a_held_listener_serves_those_who_came_when_it_is_resumed)
{
    struct listener *old = listen_as("a", "127.0.0.1", 0, NULL);
    struct listener *new = listen_as("b", "127.0.0.1", listener_port(old), old);

    EXPECT(who_says(connect_to(listener_port(old))) == 'a');
    listener_stop_accepting(old);
    int waiting = connect_to(listener_port(new));
    struct pollfd polled = { .fd = waiting, .events = POLLIN };
    EXPECT(poll(&polled, 1, 0) == 0);
    EXPECT_OK(listener_resume(new));
    EXPECT(who_says(waiting) == 'b');
    listener_stop(&old);
    listener_stop(&new);
}

TEST(a_successor_that_never_came_to_serve_leaves_the_port_to_the_old_one)
{
    struct listener *old = listen_as("a", "127.0.0.1", 0, NULL);
    struct listener *new = listen_as("b", "127.0.0.1", listener_port(old), old);

    listener_stop(&new);
    EXPECT(who_says(connect_to(listener_port(old))) == 'a');
    listener_stop(&old);
}

TEST(an_address_that_overlaps_takes_the_port_over)
{
    struct listener *old = listen_as("a", "127.0.0.1", 0, NULL);
    uint16_t port = listener_port(old);

    for (int i = 0; i < 2; i++) {
        const char *address = i == 0 ? "0.0.0.0" : "127.0.0.1";
        struct listener *new =
            listen_as(i == 0 ? "b" : "c", address, port, old);

        EXPECT_OK(listener_resume(new));
        listener_stop(&old);
        EXPECT(who_says(connect_to(port)) == (i == 0 ? 'b' : 'c'));
        old = new;
    }
    listener_stop(&old);
}

TEST(a_port_of_somebody_else_is_not_shared)
{
    struct listener *stranger = listen_as("s", "127.0.0.1", 0, NULL);
    struct listener *old = listen_as("a", "127.0.0.1", 0, NULL);
    struct listener_options options = {
        .address = "127.0.0.1",
        .port = listener_port(stranger),
        .is_held = true,
        .successor_of = old,
        .serve = say_who,
    };
    struct listener *new = NULL;

    EXPECT_STATUS(listener_start(&options, &new), ERR_IO);
    listener_stop(&stranger);
    listener_stop(&old);
}
