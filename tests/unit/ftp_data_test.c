/* SPDX-License-Identifier: Apache-2.0 */
/* ftp_data_test.c - who may have a data connection, and on which port. */
#include "test.h"

#include "base/thread.h"
#include "ftp/data_connection.h"
#include "tls_sample.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOON_MS = 20000, FEW_MS = 200 };

static int control_client = -1;
static int control = -1; /* the server's end */
static struct data_connection *data;
static struct stream *stream;

static int64_t
from_now(int64_t ms)
{
    return clock_now_ms(clock_real()) + ms;
}

/* From 127.0.0.`from` to 127.0.0.1. */
static int
connect_from(unsigned from, uint16_t port)
{
    struct sockaddr_in source = { .sin_family = AF_INET,
                                  .sin_addr.s_addr =
                                      htonl(INADDR_LOOPBACK + from - 1) };
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    EXPECT(bind(made, (struct sockaddr *)&source, sizeof source) == 0);
    if (connect(made, (struct sockaddr *)&at, sizeof at) != 0) {
        close(made);
        return -1;
    }
    return made;
}

static int
listen_at(uint16_t *port_out)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    EXPECT(bind(made, (struct sockaddr *)&at, size) == 0);
    EXPECT(listen(made, 4) == 0);
    EXPECT(getsockname(made, (struct sockaddr *)&at, &size) == 0);
    *port_out = ntohs(at.sin_port);
    return made;
}

SETUP()
{
    uint16_t port;
    int listening = listen_at(&port);

    signal(SIGPIPE, SIG_IGN);
    thread_wakes_init();
    control_client = connect_from(1, port);
    control = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
    EXPECT(control >= 0);
    close(listening);
}

TEARDOWN()
{
    stream_free(&stream);
    data_done(&data);
    close(control);
    close(control_client);
}

static struct data_options
usual(void)
{
    return (struct data_options){ .peer_address = "127.0.0.1",
                                  .control_socket = control,
                                  .clock = clock_real() };
}

TEST(the_client_gets_the_passive_connection)
{
    struct data_options options = usual();
    uint16_t port;

    EXPECT_OK(data_listen(&options, FTP_ANY_FAMILY, &port, &data));
    int client = connect_from(1, port);
    EXPECT(client >= 0);
    EXPECT_OK(data_open(data, from_now(SOON_MS), &stream));
    EXPECT_OK(stream_write(stream, STR("x"), from_now(SOON_MS)));
    char got;
    EXPECT(read(client, &got, 1) == 1 && got == 'x');
    close(client);
}

TEST(s25_a_stranger_who_is_first_is_closed_and_the_owner_still_served)
{
    struct data_options options = usual();
    uint16_t port;
    char got;

    EXPECT_OK(data_listen(&options, FTP_IPV4, &port, &data));
    int thief = connect_from(2, port);
    int owner = connect_from(1, port);
    EXPECT(thief >= 0 && owner >= 0);
    EXPECT_OK(data_open(data, from_now(SOON_MS), &stream));
    EXPECT(read(thief, &got, 1) == 0);
    EXPECT_OK(stream_write(stream, STR("x"), from_now(SOON_MS)));
    EXPECT(read(owner, &got, 1) == 1);
    close(thief);
    close(owner);
}

TEST(nobody_comes_and_the_wait_ends)
{
    struct data_options options = usual();
    uint16_t port;

    EXPECT_OK(data_listen(&options, FTP_ANY_FAMILY, &port, &data));
    EXPECT_STATUS(data_open(data, from_now(FEW_MS), &stream), ERR_TIMEOUT);
}

TEST(ports_are_of_the_range_and_it_may_be_used_up)
{
    struct data_options options = usual();
    struct data_connection *more[3] = { 0 };
    uint16_t ports[4];

    options.first_port = 21100;
    options.last_port = 21102;
    for (size_t i = 0; i < 3; i++) {
        EXPECT_OK(data_listen(&options, FTP_ANY_FAMILY, &ports[i], &more[i]));
        EXPECT(ports[i] >= 21100 && ports[i] <= 21102);
    }
    EXPECT_STATUS(data_listen(&options, FTP_ANY_FAMILY, &ports[3], &data),
                  ERR_FULL);
    EXPECT(data == NULL);
    for (size_t i = 0; i < 3; i++)
        data_done(&more[i]);
}

TEST(s25_ports_come_in_no_order)
{
    struct data_options options = usual();
    uint16_t last = 0;
    unsigned neighbours = 0;

    options.first_port = 21000;
    options.last_port = 21999;
    for (unsigned i = 0; i < 40; i++) {
        uint16_t port;

        EXPECT_OK(data_listen(&options, FTP_ANY_FAMILY, &port, &data));
        neighbours += port == last + 1;
        last = port;
        data_done(&data);
    }
    EXPECT(neighbours < 10);
}

TEST(the_other_family_than_the_controls_is_not_offered)
{
    struct data_options options = usual();
    uint16_t port;

    EXPECT_STATUS(data_listen(&options, FTP_IPV6, &port, &data),
                  ERR_UNSUPPORTED);
}

TEST(s24_only_the_clients_own_address_is_connected_to)
{
    struct data_options options = usual();
    struct ftp_address other = { .address = "127.0.0.2", .port = 4000 };
    struct ftp_address low = { .address = "127.0.0.1", .port = 1023 };

    EXPECT_STATUS(data_connect_to(&options, &other, &data), ERR_DENIED);
    EXPECT_STATUS(data_connect_to(&options, &low, &data), ERR_DENIED);
    EXPECT(data == NULL);
}

TEST(an_active_connection_comes_from_the_controls_address)
{
    struct data_options options = usual();
    struct ftp_address to = { .address = "127.0.0.1" };
    int listening = listen_at(&to.port);
    struct sockaddr_in from = { 0 };
    socklen_t size = sizeof from;

    EXPECT_OK(data_connect_to(&options, &to, &data));
    EXPECT_OK(data_open(data, from_now(SOON_MS), &stream));
    int got = accept(listening, (struct sockaddr *)&from, &size);
    EXPECT(got >= 0);
    EXPECT(ntohl(from.sin_addr.s_addr) == INADDR_LOOPBACK);
    close(got);
    close(listening);
}

TEST(a_port_that_refuses_is_a_failure)
{
    struct data_options options = usual();
    struct ftp_address to = { .address = "127.0.0.1" };
    int listening = listen_at(&to.port);

    close(listening);
    EXPECT_OK(data_connect_to(&options, &to, &data));
    EXPECT_STATUS(data_open(data, from_now(SOON_MS), &stream), ERR_IO);
}

/* ---- TLS ---- */

static struct sample certificate;
static struct tls_context *context;
static struct tls_ticket_key ticket_key;

static bool
current_key(void *arg, struct tls_ticket_key *out)
{
    (void)arg;
    *out = ticket_key;
    return true;
}

static bool
named_key(void *arg, const uint8_t name[TLS_TICKET_NAME],
          struct tls_ticket_key *out, bool *is_old_out)
{
    (void)name;
    *is_old_out = false;
    return current_key(arg, out);
}

struct visit {
    SSL *ssl;
    char got[8];
    int result;
};

static void *
shake_hands(void *arg)
{
    struct visit *visit = arg;

    visit->result = SSL_do_handshake(visit->ssl);
    if (visit->result == 1)
        visit->result = SSL_read(visit->ssl, visit->got, sizeof visit->got);
    return NULL;
}

static SSL_SESSION *
begin_control_over_tls(const char *bound_to)
{
    struct tls_session_options options = { .context = context,
                                           .tickets = 1,
                                           .bound_to = str_of(bound_to) };
    struct visit visit = { .ssl = sample_client(control_client) };
    SSL_CTX *client_context = SSL_get_SSL_CTX(visit.ssl);
    pthread_t thread;
    struct stream *over = NULL;

    EXPECT_OK(stream_new(dup(control), clock_real(), &over));
    EXPECT_OK(thread_start(&thread, "client", shake_hands, &visit));
    EXPECT_OK(stream_start_tls(over, &options, from_now(SOON_MS)));
    EXPECT_OK(stream_write(over, STR("220"), from_now(SOON_MS)));
    pthread_join(thread, NULL);
    SSL_SESSION *session = SSL_get1_session(visit.ssl);
    stream_free(&over);
    /* A session that did not end in order could not be resumed. */
    SSL_set_shutdown(visit.ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(visit.ssl);
    SSL_CTX_free(client_context);
    return session;
}

/* A data connection with this session of the client's (NULL: a new one) to a
 * control connection whose tickets are bound to `bound_to`. */
static enum status
open_over_tls(SSL_SESSION *session, const char *bound_to)
{
    struct data_options options = usual();
    uint16_t port;
    pthread_t thread;

    options.tls = context;
    options.require_session_reuse = true;
    options.tls_bound_to = str_of(bound_to);
    EXPECT_OK(data_listen(&options, FTP_ANY_FAMILY, &port, &data));
    int client = connect_from(1, port);
    struct visit visit = { .ssl = sample_client(client) };
    SSL_CTX *client_context = SSL_get_SSL_CTX(visit.ssl);
    if (session != NULL)
        SSL_set_session(visit.ssl, session);
    EXPECT_OK(thread_start(&thread, "client", shake_hands, &visit));
    enum status status = data_open(data, from_now(SOON_MS), &stream);
    if (status == OK)
        status = stream_write(stream, STR("data"), from_now(SOON_MS));
    stream_free(&stream);
    pthread_join(thread, NULL);
    SSL_set_shutdown(visit.ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(visit.ssl);
    SSL_CTX_free(client_context);
    close(client);
    data_done(&data);
    return status;
}

static void
make_context(void)
{
    certificate = sample_make("one.example", NULL);
    struct tls_certificate own = { str_of(certificate.chain),
                                   str_of(certificate.private_key) };
    struct tls_options options = {
        .certificates = &own,
        .certificate_count = 1,
        .versions = "secure",
        .tickets = { current_key, named_key, NULL },
    };

    EXPECT_OK(tls_context_new(&options, &context));
}

TEST(s25_under_tls_the_session_must_be_the_controls)
{
    make_context();
    SSL_SESSION *session = begin_control_over_tls("session 1");

    EXPECT_OK(open_over_tls(session, "session 1"));
    EXPECT_STATUS(open_over_tls(session, "session 2"), ERR_DENIED);
    EXPECT_STATUS(open_over_tls(NULL, "session 1"), ERR_DENIED);
    SSL_SESSION_free(session);
    tls_context_unref(&context);
    sample_done(&certificate);
}
