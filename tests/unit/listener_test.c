/* SPDX-License-Identifier: Apache-2.0 */
/* listener_test.c - who may come in, and who has to go. */
#include "test.h"

#include "net/address.h"
#include "net/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static atomic_int refused_count;

/* Greets, and reads until the peer or the listener ends it. "login" logs in. */
static void
serve(void *arg, int socket, struct visitor *visitor)
{
    char bytes[16];
    ssize_t got;

    (void)arg;
    EXPECT(write(socket, "hello", 5) == 5);
    while ((got = read(socket, bytes, sizeof bytes)) > 0) {
        if (got == 5 && memcmp(bytes, "login", 5) == 0)
            visitor_authenticated(visitor);
        if (write(socket, bytes, (size_t)got) != got)
            break;
    }
    close(socket);
    visitor_leave(visitor);
}

static void
count_refused(void *arg, const char *address, uint16_t port, const char *why)
{
    (void)arg, (void)port;
    EXPECT_TEXT(address, "127.0.0.1");
    EXPECT(why != NULL);
    refused_count++;
}

static struct listener *
start(struct listener_options options)
{
    struct listener *listener = NULL;

    refused_count = 0;
    options.address = "127.0.0.1";
    options.serve = serve;
    options.refused = count_refused;
    EXPECT_OK(listener_start(&options, &listener));
    return listener;
}

static int
visit(struct listener *listener)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(listener_port(listener)) };
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT(connect(client, (struct sockaddr *)&to, sizeof to) == 0);
    return client;
}

/* The greeting came: the visitor is in. */
static bool
is_greeted(int client)
{
    char bytes[5];
    return recv(client, bytes, sizeof bytes, MSG_WAITALL) == 5;
}

static bool
answers(int client, const char *word)
{
    char bytes[5];

    return write(client, word, 5) == 5 &&
           recv(client, bytes, sizeof bytes, MSG_WAITALL) == 5;
}

TEST(a_visitor_is_served_and_leaves)
{
    struct listener *listener = start((struct listener_options){ 0 });
    int client = visit(listener);

    EXPECT(is_greeted(client));
    EXPECT(answers(client, "words"));
    close(client);
    listener_stop(&listener);
    EXPECT(listener == NULL);
}

TEST(a_port_that_is_taken_is_an_error_that_names_it)
{
    struct listener *listener = start((struct listener_options){ 0 });
    struct listener *second = NULL;
    struct listener_options same = { .address = "127.0.0.1",
                                     .port = listener_port(listener) };

    EXPECT(listener_start(&same, &second) != OK);
    EXPECT(strstr(fail_reason(), "127.0.0.1") != NULL);
    listener_stop(&listener);
}

TEST(an_address_has_its_share_of_unauthenticated_connections)
{
    struct listener *listener = start((struct listener_options){
        .limits = { .maximum_unauthenticated_per_address = 2 } });
    int first = visit(listener);
    int second = visit(listener);

    EXPECT(is_greeted(first) && is_greeted(second));
    int third = visit(listener);
    EXPECT(!is_greeted(third));
    EXPECT(refused_count == 1);
    EXPECT(answers(first, "login"));
    int fourth = visit(listener);
    EXPECT(is_greeted(fourth));
    close(first), close(second), close(third), close(fourth);
    listener_stop(&listener);
}

TEST(when_all_places_are_taken_the_oldest_silent_one_goes)
{
    struct listener *listener = start((struct listener_options){
        .limits = { .maximum_unauthenticated = 2 } });
    int talker = visit(listener);

    EXPECT(is_greeted(talker) && answers(talker, "words"));
    int silent = visit(listener);
    EXPECT(is_greeted(silent));
    int newcomer = visit(listener);
    EXPECT(is_greeted(newcomer));
    char byte;
    EXPECT(read(silent, &byte, 1) == 0);
    EXPECT(answers(talker, "words"));
    close(talker), close(silent), close(newcomer);
    listener_stop(&listener);
}

TEST(who_has_logged_in_is_never_evicted)
{
    struct listener *listener = start((struct listener_options){
        .limits = { .maximum_unauthenticated = 1 } });
    int user = visit(listener);

    EXPECT(is_greeted(user) && answers(user, "login"));
    int one = visit(listener);
    EXPECT(is_greeted(one));
    int two = visit(listener);
    EXPECT(is_greeted(two));
    EXPECT(answers(user, "words"));
    close(user), close(one), close(two);
    listener_stop(&listener);
}

TEST(after_stop_accepting_nobody_comes_in_and_visitors_stay)
{
    struct listener *listener = start((struct listener_options){ 0 });
    int client = visit(listener);
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(listener_port(listener)) };

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT(is_greeted(client));
    listener_stop_accepting(listener);
    int late = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(connect(late, (struct sockaddr *)&to, sizeof to) < 0);
    EXPECT(answers(client, "words"));
    close(client), close(late);
    listener_stop(&listener);
}

TEST(addresses_are_shown_as_numbers)
{
    struct sockaddr_storage address = { 0 };
    socklen_t size;
    char text[PEER_ADDRESS];
    uint16_t port;

    EXPECT_OK(address_resolve("::ffff:192.0.2.1", 22, &address, &size));
    address_format(&address, text, &port);
    EXPECT_TEXT(text, "192.0.2.1");
    EXPECT(port == 22);
    EXPECT_OK(address_resolve("2001:db8::1", 22, &address, &size));
    address_format(&address, text, &port);
    EXPECT_TEXT(text, "2001:db8::1");
}
