/* SPDX-License-Identifier: Apache-2.0 */
/* listener_test.c - who may come in, and who has to go. */
#include "test.h"

#include "net/address.h"
#include "net/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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
    if (options.address == NULL)
        options.address = "127.0.0.1";
    if (options.serve == NULL)
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

static int
knock(const char *address, uint16_t port)
{
    struct sockaddr_storage to = { 0 };
    socklen_t size;

    EXPECT_OK(address_resolve(address, port, &to, &size));
    int client = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(client, (struct sockaddr *)&to, size) == 0)
        return client;
    int number = errno;
    close(client);
    return -number;
}

/* Pause and resume, with somebody inside, somebody queued, and somebody who
 * comes when nobody may. */
static void
pause_and_resume(const char *address, uint16_t port)
{
    struct listener *listener =
        start((struct listener_options){ .address = address, .port = port });

    port = listener_port(listener);
    int inside = knock(address, port);
    EXPECT(is_greeted(inside));
    for (int i = 0; i < 2; i++) {
        int queued[20];

        for (size_t q = 0; q < 20; q++)
            queued[q] = knock(address, port);
        listener_pause(listener);
        listener_pause(listener);
        EXPECT(knock(address, port) == -ECONNREFUSED);
        for (size_t q = 0; q < 20; q++) {
            EXPECT(is_greeted(queued[q]));
            close(queued[q]);
        }
        EXPECT(answers(inside, "words"));
        EXPECT(listener_port(listener) == port);
        struct listener_options same = { .address = address, .port = port };
        struct listener *other = NULL;
        EXPECT(listener_start(&same, &other) != OK);
        EXPECT_OK(listener_resume(listener));
        EXPECT_OK(listener_resume(listener));
        int late = knock(address, port);
        EXPECT(is_greeted(late));
        close(late);
    }
    close(inside);
    listener_pause(listener);
    listener_stop(&listener);
}

TEST(a_pause_refuses_newcomers_and_serves_who_was_queued)
{
    pause_and_resume("127.0.0.1", 0);
}

TEST(a_pause_keeps_a_port_that_was_asked_for)
{
    struct listener *listener = start((struct listener_options){ 0 });
    uint16_t port = listener_port(listener);

    listener_stop(&listener);
    pause_and_resume("127.0.0.1", port);
}

TEST(a_pause_works_with_ipv6)
{
    pause_and_resume("::1", 0);
}

struct knocker {
    uint16_t port;
    atomic_bool is_over;
    atomic_int greeted;
    atomic_int cut; /* connected, and neither greeted nor refused */
};

static void *
run_knocker(void *arg)
{
    struct knocker *k = arg;

    while (!k->is_over) {
        int client = knock("127.0.0.1", k->port);

        if (client < 0)
            continue;
        if (is_greeted(client))
            k->greeted++;
        else
            k->cut++;
        close(client);
    }
    return NULL;
}

TEST(a_pause_cuts_nobody_off_who_had_connected)
{
    struct listener *listener = start((struct listener_options){ 0 });
    struct knocker k = { .port = listener_port(listener) };
    pthread_t threads[4];

    for (size_t i = 0; i < 4; i++)
        EXPECT(pthread_create(&threads[i], NULL, run_knocker, &k) == 0);
    for (int i = 0; i < 3; i++) {
        int before = k.greeted;

        while (k.greeted < before + 50)
            usleep(1000);
        listener_pause(listener);
        EXPECT_OK(listener_resume(listener));
    }
    k.is_over = true;
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    EXPECT(k.cut == 0);
    listener_stop(&listener);
}

TEST(a_socket_is_handed_on_while_clients_keep_coming)
{
    struct listener *first = start((struct listener_options){ 0 });
    uint16_t port = listener_port(first);
    int inside = knock("127.0.0.1", port);
    int handed_on = dup(listener_socket(first));

    EXPECT(is_greeted(inside));
    struct listener *second =
        start((struct listener_options){ .inherited = handed_on });
    EXPECT(listener_port(second) == port);
    listener_stop_accepting(first);
    EXPECT(listener_socket(first) == -1);
    int later = knock("127.0.0.1", port);
    EXPECT(is_greeted(later));
    EXPECT(answers(inside, "words"));
    EXPECT(listener_visitor_count(first) == 1);
    EXPECT(listener_visitor_count(second) == 1);
    close(inside), close(later);
    listener_stop(&first);
    listener_stop(&second);
}

TEST(an_inherited_socket_that_cannot_listen_is_an_error)
{
    struct listener *listener = NULL;
    int pair[2];

    EXPECT(pipe(pair) == 0);
    struct listener_options options = { .inherited = pair[0] };
    EXPECT(listener_start(&options, &listener) != OK);
    EXPECT(fcntl(pair[0], F_GETFD) == -1); /* taken, and closed */
    close(pair[1]);
}

TEST(other_limits_hold_from_the_next_connection_on)
{
    struct listener *listener = start(
        (struct listener_options){ .limits = { .maximum_connections = 1 } });
    int first = visit(listener);

    EXPECT(is_greeted(first));
    int second = visit(listener);
    EXPECT(!is_greeted(second));
    EXPECT_OK(listener_adjust(
        listener, &(struct listener_limits){ .maximum_connections = 2 }));
    int third = visit(listener);
    EXPECT(is_greeted(third));
    EXPECT(answers(first, "words"));
    EXPECT_OK(listener_adjust(
        listener, &(struct listener_limits){ .maximum_connections = 1 }));
    EXPECT(answers(first, "words") && answers(third, "words"));
    int fourth = visit(listener);
    EXPECT(!is_greeted(fourth));
    close(first), close(second), close(third), close(fourth);
    listener_stop(&listener);
}

static int
setting(int socket, int level, int option)
{
    int value = -1;
    socklen_t size = sizeof value;

    EXPECT(getsockopt(socket, level, option, &value, &size) == 0);
    return value;
}

static void
serve_and_check_settings(void *arg, int socket, struct visitor *visitor)
{
    EXPECT(setting(socket, SOL_SOCKET, SO_KEEPALIVE) == 1);
    EXPECT(setting(socket, IPPROTO_TCP, TCP_KEEPIDLE) == 15);
    EXPECT(setting(socket, IPPROTO_TCP, TCP_KEEPINTVL) == 5);
    EXPECT(setting(socket, IPPROTO_TCP, TCP_KEEPCNT) == 3);
    EXPECT(setting(socket, IPPROTO_TCP, TCP_USER_TIMEOUT) == 30000);
    serve(arg, socket, visitor);
}

TEST(a_dead_peer_is_found_in_half_a_minute)
{
    struct listener *listener =
        start((struct listener_options){ .serve = serve_and_check_settings });
    int client = visit(listener);

    EXPECT(is_greeted(client));
    close(client);
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
