/* SPDX-License-Identifier: Apache-2.0 */
/* proxied_visitors_test.c - visitors behind a balancer, and those who claim
 * to be. */
#include "test.h"

#include "net/listener.h"
#include "net/networks.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER "PROXY TCP4 192.0.2.1 198.51.100.2 4660 22\r\n"

static atomic_int refused_count;
static atomic_int served_count;
static pthread_mutex_t refusal = PTHREAD_MUTEX_INITIALIZER;
static char refused_why[200];
static char refused_address[PEER_ADDRESS];

/* Says who the visitor is, then what it says, until it ends. */
static void
serve(void *arg, int socket, struct visitor *visitor)
{
    char line[400];
    ssize_t got;
    uint16_t balancer_port = 0;
    const char *balancer = visitor_balancer(visitor, &balancer_port);

    (void)arg;
    int len =
        snprintf(line, sizeof line, "%s %u via %s%s id '%s'\n",
                 visitor_address(visitor), visitor_port(visitor), balancer,
                 balancer_port != 0 ? " port" : "", visitor_unique_id(visitor));
    EXPECT(write(socket, line, (size_t)len) == len);
    while ((got = read(socket, line, sizeof line)) > 0)
        if (write(socket, line, (size_t)got) != got)
            break;
    close(socket);
    visitor_leave(visitor);
}

static void
keep_refusal(void *arg, const char *address, uint16_t port, const char *why)
{
    (void)arg, (void)port;
    pthread_mutex_lock(&refusal);
    snprintf(refused_why, sizeof refused_why, "%s", why);
    snprintf(refused_address, sizeof refused_address, "%s", address);
    refused_count++;
    pthread_mutex_unlock(&refusal);
}

/* The last refusal was of `address`, and said `why`. */
static bool
was_refused(const char *address, const char *why)
{
    pthread_mutex_lock(&refusal);
    bool was = strcmp(refused_address, address) == 0 &&
               strstr(refused_why, why) != NULL;
    pthread_mutex_unlock(&refusal);
    return was;
}

static struct listener *
start(const char *source, struct listener_limits limits)
{
    struct listener_options options = { .address = "127.0.0.1",
                                        .serve = serve,
                                        .refused = keep_refusal,
                                        .limits = limits };
    struct listener *listener = NULL;
    struct network network;

    refused_count = served_count = 0;
    EXPECT_OK(network_parse(str_of(source), &network));
    options.limits.proxy_sources = &network;
    options.limits.proxy_source_count = 1;
    if (options.limits.proxy_header_ms == 0)
        options.limits.proxy_header_ms = 60000;
    EXPECT_OK(listener_start(&options, &listener));
    memset(&network, 0xff, sizeof network); /* it has its own copy */
    return listener;
}

static int
visit(struct listener *listener, struct str words)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(listener_port(listener)) };
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT(connect(client, (struct sockaddr *)&to, sizeof to) == 0);
    if (words.len > 0)
        EXPECT(send(client, words.data, words.len, MSG_NOSIGNAL) ==
               (ssize_t)words.len);
    return client;
}

static const char *
line_of(int client)
{
    static char line[400];
    size_t len = 0;

    while (len + 1 < sizeof line && recv(client, line + len, 1, 0) == 1 &&
           line[len] != '\n')
        len++;
    line[len] = '\0';
    return line;
}

static bool
is_closed(int client)
{
    char byte;

    return recv(client, &byte, 1, 0) <= 0;
}

TEST(behind_a_balancer_the_visitor_is_who_the_header_says)
{
    struct listener *listener =
        start("127.0.0.0/8", (struct listener_limits){ 0 });
    int client = visit(listener, STR(HEADER "first words\n"));

    EXPECT_TEXT(line_of(client), "192.0.2.1 4660 via 127.0.0.1 port id ''");
    EXPECT_TEXT(line_of(client), "first words");
    close(client);
    listener_stop(&listener);
    EXPECT(refused_count == 0);
}

TEST(a_header_may_come_in_pieces_cut_anywhere)
{
    struct listener *listener =
        start("127.0.0.0/8", (struct listener_limits){ 0 });
    struct str whole = STR(HEADER "first words\n");

    for (size_t cut = 1; cut <= sizeof HEADER; cut++) {
        int client = visit(listener, str_from(whole.data, cut));
        struct str rest = str_from_offset(whole, cut);

        EXPECT(write(client, rest.data, rest.len) == (ssize_t)rest.len);
        EXPECT_TEXT(line_of(client), "192.0.2.1 4660 via 127.0.0.1 port id ''");
        EXPECT_TEXT(line_of(client), "first words");
        close(client);
    }
    int slow = visit(listener, STR_NONE);
    for (size_t i = 0; i < whole.len; i++)
        EXPECT(write(slow, whole.data + i, 1) == 1);
    EXPECT_TEXT(line_of(slow), "192.0.2.1 4660 via 127.0.0.1 port id ''");
    EXPECT_TEXT(line_of(slow), "first words");
    close(slow);
    listener_stop(&listener);
}

TEST(a_unique_id_is_known)
{
    struct listener *listener =
        start("127.0.0.1", (struct listener_limits){ 0 });
    int client = visit(
        listener, STR("\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x14\xc0\0\2\1\1\2\3\4"
                      "\x12\x34\0\x16\5\0\5uid-1"));

    EXPECT_TEXT(line_of(client),
                "192.0.2.1 4660 via 127.0.0.1 port id 'uid-1'");
    close(client);
    listener_stop(&listener);
}

TEST(the_balancer_itself_is_itself)
{
    struct listener *listener =
        start("127.0.0.1", (struct listener_limits){ 0 });
    int local = visit(listener, STR("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"));
    int unknown = visit(listener, STR("PROXY UNKNOWN\r\n"));

    EXPECT(strncmp(line_of(local), "127.0.0.1 ", 10) == 0);
    EXPECT(strncmp(line_of(unknown), "127.0.0.1 ", 10) == 0);
    close(local), close(unknown);
    listener_stop(&listener);
    EXPECT(refused_count == 0);
}

TEST(S32_a_header_from_elsewhere_changes_no_address)
{
    struct listener *listener =
        start("192.0.2.0/24", (struct listener_limits){ 0 });
    int client = visit(listener, STR(HEADER));

    EXPECT(strncmp(line_of(client), "127.0.0.1 ", 10) == 0);
    /* It is the client's words like any others. */
    EXPECT(strncmp(line_of(client), "PROXY TCP4", 10) == 0);
    close(client);
    listener_stop(&listener);
}

TEST(S32_a_second_header_changes_no_address)
{
    struct listener *listener =
        start("127.0.0.1", (struct listener_limits){ 0 });
    int client = visit(
        listener, STR(HEADER "PROXY TCP4 203.0.113.9 198.51.100.2 1 2\r\n"));

    EXPECT_TEXT(line_of(client), "192.0.2.1 4660 via 127.0.0.1 port id ''");
    EXPECT(strncmp(line_of(client), "PROXY TCP4 203.0.113.9", 22) == 0);
    close(client);
    listener_stop(&listener);
}

TEST(S32_a_balancer_that_sends_no_header_or_a_bad_one_is_turned_away)
{
    static const struct {
        struct str words;
        const char *why;
    } bad[] = {
        { { "SSH-2.0-x\r\n", 11 }, "no PROXY header came" },
        { { "PROXY TCP4 a b 1 2\r\n", 20 }, "malformed address" },
        { { "PROXY TCP4 1.2.3.4", 18 }, "broke off" },
        { { "\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff", 16 }, "longer than" },
        { { "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\1\2\3", 19 }, "broke off" },
        { { "\r\n\r\n\0\r\nQUIT\n\x21\0\0\4\5\0\2a", 20 }, "inside of a TLV" },
    };
    struct listener *listener =
        start("127.0.0.1", (struct listener_limits){ 0 });

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int client = visit(listener, bad[i].words);

        shutdown(client, SHUT_WR);
        EXPECT(is_closed(client));
        EXPECT(refused_count == (int)i + 1);
        EXPECT(was_refused("127.0.0.1", bad[i].why));
        close(client);
    }
    listener_stop(&listener);
}

TEST(a_header_has_to_come_in_time)
{
    struct listener *listener =
        start("127.0.0.1", (struct listener_limits){ .proxy_header_ms = 50 });
    int silent = visit(listener, STR_NONE);
    int slow = visit(listener, STR("PROXY TCP4 192"));

    EXPECT(is_closed(silent) && is_closed(slow));
    EXPECT(refused_count == 2);
    EXPECT(was_refused("127.0.0.1", "proxy_protocol_sources"));
    close(silent), close(slow);
    listener_stop(&listener);
}

TEST(a_balancer_that_only_looks_whether_the_port_is_open_is_not_told)
{
    struct listener *listener =
        start("127.0.0.1", (struct listener_limits){ 0 });

    for (int i = 0; i < 3; i++) {
        close(visit(listener, STR_NONE));
        close(visit(listener, STR("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0")));
    }
    listener_stop(&listener);
    EXPECT(refused_count == 0 && served_count == 0);
}

TEST(limits_of_an_address_are_the_clients_not_the_balancers)
{
    struct listener *listener =
        start("127.0.0.1", (struct listener_limits){
                               .maximum_per_address = 2,
                               .maximum_unauthenticated_per_address = 1,
                           });
    int first = visit(listener, STR(HEADER));
    int waiting[5];

    EXPECT(strncmp(line_of(first), "192.0.2.1", 9) == 0);
    for (size_t i = 0; i < 5; i++)
        waiting[i] = visit(listener, STR_NONE);
    int second = visit(listener, STR(HEADER));
    EXPECT(is_closed(second));
    EXPECT(was_refused("192.0.2.1", "maximum_unauthenticated_per_address"));
    int other =
        visit(listener, STR("PROXY TCP4 192.0.2.2 198.51.100.2 1 22\r\n"));
    EXPECT(strncmp(line_of(other), "192.0.2.2", 9) == 0);
    close(first), close(second), close(other);
    for (size_t i = 0; i < 5; i++)
        close(waiting[i]);
    listener_stop(&listener);
}

TEST(who_owes_a_header_may_have_to_go_as_any_other)
{
    struct listener *listener = start(
        "127.0.0.1", (struct listener_limits){ .maximum_unauthenticated = 1 });
    int silent = visit(listener, STR_NONE);

    int newcomer = visit(listener, STR(HEADER));
    EXPECT(is_closed(silent));
    EXPECT(strncmp(line_of(newcomer), "192.0.2.1", 9) == 0);
    close(silent), close(newcomer);
    listener_stop(&listener);
    EXPECT(refused_count == 0);
}

TEST(balancers_can_be_named_while_the_listener_runs)
{
    struct listener *listener =
        start("192.0.2.0/24", (struct listener_limits){ 0 });
    struct network network;

    EXPECT_OK(network_parse(STR("127.0.0.1"), &network));
    EXPECT_OK(listener_adjust(listener, &(struct listener_limits){
                                            .proxy_sources = &network,
                                            .proxy_source_count = 1,
                                            .proxy_header_ms = 60000,
                                        }));
    int client = visit(listener, STR(HEADER));
    EXPECT(strncmp(line_of(client), "192.0.2.1", 9) == 0);
    close(client);
    listener_stop(&listener);
}
