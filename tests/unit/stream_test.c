/* SPDX-License-Identifier: Apache-2.0 */
/* stream_test.c - bytes over TCP, and over TLS, and how they end. */
#include "test.h"

#include "base/thread.h"
#include "net/stream.h"
#include "tls_sample.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOON_MS = 20000 };

static struct stream *stream;
static int client = -1;

static int64_t
soon(void)
{
    return clock_now_ms(clock_real()) + SOON_MS;
}

/* A real connection, so that it can be reset. */
static void
connect_both(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    EXPECT(bind(listening, (struct sockaddr *)&at, size) == 0);
    EXPECT(listen(listening, 1) == 0);
    EXPECT(getsockname(listening, (struct sockaddr *)&at, &size) == 0);
    client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(connect(client, (struct sockaddr *)&at, size) == 0);
    int served = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
    EXPECT(served >= 0);
    close(listening);
    EXPECT_OK(stream_new(served, clock_real(), &stream));
}

static void
close_client(bool with_reset)
{
    struct linger at_once = { .l_onoff = 1 };

    if (with_reset)
        setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(client);
    client = -1;
}

SETUP()
{
    signal(SIGPIPE, SIG_IGN);
    thread_wakes_init();
    connect_both();
}

TEARDOWN()
{
    stream_free(&stream);
    if (client >= 0)
        close(client);
    client = -1;
}

TEST(bytes_go_both_ways_and_an_end_in_order_is_a_read_of_nothing)
{
    char got[16];
    size_t n;

    EXPECT(write(client, "hello", 5) == 5);
    EXPECT_OK(stream_read(stream, got, sizeof got, soon(), &n));
    EXPECT(n == 5 && memcmp(got, "hello", 5) == 0);
    EXPECT_OK(stream_write(stream, STR("you too"), soon()));
    EXPECT(read(client, got, sizeof got) == 7);
    close_client(false);
    EXPECT_OK(stream_read(stream, got, sizeof got, soon(), &n));
    EXPECT(n == 0 && stream_end_kind(stream) == STREAM_ENDED);
    EXPECT_OK(stream_read(stream, got, sizeof got, soon(), &n));
    EXPECT(n == 0);
}

TEST(a_reset_is_told_from_an_end)
{
    char got[16];
    size_t n;

    close_client(true);
    EXPECT_STATUS(stream_read(stream, got, sizeof got, soon(), &n), ERR_CLOSED);
    EXPECT(stream_end_kind(stream) == STREAM_RESET);
    /* And again, however often it is asked. */
    EXPECT_STATUS(stream_read(stream, got, sizeof got, soon(), &n), ERR_CLOSED);
    EXPECT(n == 0 && stream_end_kind(stream) == STREAM_RESET);
}

TEST(a_read_ends_at_its_deadline_and_loses_nothing)
{
    char got[16];
    size_t n;
    int64_t now = clock_now_ms(clock_real());

    EXPECT_STATUS(stream_read(stream, got, sizeof got, now + 20, &n),
                  ERR_TIMEOUT);
    EXPECT(write(client, "a", 1) == 1);
    EXPECT_OK(stream_read(stream, got, sizeof got, soon(), &n));
    EXPECT(n == 1);
}

static void *
read_when_woken(void *arg)
{
    char got[1];
    size_t n;

    *(enum status *)arg = stream_read(stream, got, sizeof got, soon() * 10, &n);
    return NULL;
}

TEST(a_thread_that_waits_can_be_woken)
{
    enum status status = OK;
    pthread_t thread;

    EXPECT_OK(thread_start(&thread, "reader", read_when_woken, &status));
    thread_wake(thread);
    pthread_join(thread, NULL);
    EXPECT(status == ERR_TIMEOUT);
}

static void *
drain_client(void *arg)
{
    char piece[65536];
    size_t *total = arg;
    ssize_t n;

    while ((n = read(client, piece, sizeof piece)) > 0)
        *total += (size_t)n;
    return NULL;
}

TEST(a_write_goes_on_until_all_has_left)
{
    size_t total = 0;
    size_t size = 32UL * 1024 * 1024;
    char *bytes = calloc(1, size);
    pthread_t thread;

    EXPECT_OK(thread_start(&thread, "client", drain_client, &total));
    EXPECT_OK(stream_write(stream, str_from(bytes, size), soon()));
    EXPECT_OK(stream_end(stream, soon()));
    pthread_join(thread, NULL);
    EXPECT(total == size);
    free(bytes);
}

TEST(what_was_sent_before_can_be_dropped)
{
    size_t dropped = 0;
    char got[8];
    size_t n;

    EXPECT(write(client, "DELE x\r\n", 8) == 8);
    EXPECT_OK(stream_wait_input(stream, soon()));
    EXPECT_OK(stream_drop_input(stream, &dropped));
    EXPECT(dropped == 8);
    EXPECT_STATUS(stream_read(stream, got, sizeof got,
                              clock_now_ms(clock_real()) + 20, &n),
                  ERR_TIMEOUT);
}

/* ---- TLS ---- */

static struct sample authority, own, other, visitor;
static struct tls_context *context;
static struct tls_ticket_key ticket_key;

static bool
current_ticket_key(void *arg, struct tls_ticket_key *out)
{
    (void)arg;
    *out = ticket_key;
    return true;
}

static bool
named_ticket_key(void *arg, const uint8_t name[TLS_TICKET_NAME],
                 struct tls_ticket_key *out, bool *is_old_out)
{
    (void)arg;
    *out = ticket_key;
    *is_old_out = false;
    return memcmp(name, ticket_key.name, TLS_TICKET_NAME) == 0;
}

static const char *const ftp_only[] = { "ftp", NULL };

struct tls_server {
    const char *versions;
    const char *authorities;
    const char *revocations;
    bool certificate_required;
};

static void
make_context(const struct tls_server *how)
{
    authority = sample_make("authority", NULL);
    own = sample_make("one.example", &authority);
    other = sample_make("two.example", &authority);
    visitor = sample_make("anna", &authority);
    memset(&ticket_key, 7, sizeof ticket_key);
    struct tls_certificate certificates[] = {
        { str_of(own.chain), str_of(own.private_key) },
        { str_of(other.chain), str_of(other.private_key) },
    };
    struct tls_options options = {
        .certificates = certificates,
        .certificate_count = 2,
        .versions = how->versions,
        .cipher_list = "secure",
        .client_authorities = str_of(how->authorities),
        .revocation_lists = str_of(how->revocations),
        .client_certificate_required = how->certificate_required,
        .alpn = ftp_only,
        .tickets = { current_ticket_key, named_ticket_key, NULL },
    };
    if (how->authorities != NULL && how->authorities[0] == '!')
        options.client_authorities = str_of(authority.chain);
    EXPECT_OK(tls_context_new(&options, &context));
}

static void
forget_context(void)
{
    tls_context_unref(&context);
    sample_done(&authority);
    sample_done(&own);
    sample_done(&other);
    sample_done(&visitor);
}

struct visit {
    SSL *ssl;
    int result; /* of its handshake */
    char got[16];
    int got_len;
};

static void *
shake_hands(void *arg)
{
    struct visit *visit = arg;

    visit->result = SSL_do_handshake(visit->ssl);
    if (visit->result == 1)
        visit->got_len = SSL_read(visit->ssl, visit->got, sizeof visit->got);
    return NULL;
}

/* The handshake and, when it works, "hello" to the client. */
static enum status
meet(struct visit *visit, unsigned tickets, const char *bound_to)
{
    struct tls_session_options options = { .context = context,
                                           .tickets = tickets,
                                           .bound_to = str_of(bound_to) };
    pthread_t thread;

    EXPECT_OK(thread_start(&thread, "client", shake_hands, visit));
    enum status status = stream_start_tls(stream, &options, soon());
    if (status == OK)
        status = stream_write(stream, STR("hello"), soon());
    if (status != OK)
        shutdown(stream_socket(stream), SHUT_RDWR);
    pthread_join(thread, NULL);
    return status;
}

static void
leave(struct visit *visit)
{
    SSL_CTX *client_context = SSL_get_SSL_CTX(visit->ssl);

    SSL_free(visit->ssl);
    SSL_CTX_free(client_context);
}

/* With its host name asked for and nothing else. */
static struct visit
visit_of(const char *name)
{
    struct visit visit = { .ssl = sample_client(client) };

    if (name != NULL)
        SSL_set_tlsext_host_name(visit.ssl, name);
    return visit;
}

static void
expect_version(int version, const char *name)
{
    struct visit visit = visit_of(NULL);
    char got[4];
    size_t n;

    SSL_set_max_proto_version(visit.ssl, version);
    EXPECT_OK(meet(&visit, 1, ""));
    EXPECT(visit.got_len == 5 && memcmp(visit.got, "hello", 5) == 0);
    EXPECT_TEXT(stream_tls(stream)->version, name);
    EXPECT(SSL_write(visit.ssl, "hi", 2) == 2);
    EXPECT_OK(stream_read(stream, got, sizeof got, soon(), &n));
    EXPECT(n == 2);
    SSL_shutdown(visit.ssl);
    EXPECT_OK(stream_read(stream, got, sizeof got, soon(), &n));
    EXPECT(n == 0 && stream_end_kind(stream) == STREAM_ENDED);
    EXPECT_OK(stream_end(stream, soon()));
    leave(&visit);
}

TEST(tls_1_3_ends_in_order_by_close_notify)
{
    make_context(&(struct tls_server){ .versions = "secure" });
    expect_version(TLS1_3_VERSION, "TLSv1.3");
    forget_context();
}

TEST(tls_1_2_does_as_well)
{
    make_context(&(struct tls_server){ .versions = "secure" });
    expect_version(TLS1_2_VERSION, "TLSv1.2");
    forget_context();
}

enum { LARGE = 16 * 1024 * 1024, PATTERN = 251 };

/* How many bytes came, each at its place. */
static void *
read_pattern(void *arg)
{
    struct visit *visit = arg;
    char piece[8192];
    int n;

    visit->result = 0;
    while ((n = SSL_read(visit->ssl, piece, sizeof piece)) > 0)
        for (int i = 0; i < n; i++, visit->result++)
            EXPECT((uint8_t)piece[i] == visit->result % PATTERN);
    EXPECT(SSL_get_error(visit->ssl, n) == SSL_ERROR_ZERO_RETURN);
    return NULL;
}

/* Without waiting: the reader comes when the first write has found no room. */
static void
write_to_late_reader(struct str left, struct visit *visit, pthread_t *reader)
{
    bool is_there = false;

    while (left.len > 0) {
        size_t sent = 0;
        enum status status = stream_write_some(stream, left, 0, &sent);

        if (status != ERR_TIMEOUT)
            EXPECT_OK(status);
        else if (!is_there)
            EXPECT_OK(thread_start(reader, "client", read_pattern, visit));
        is_there |= status == ERR_TIMEOUT;
        left = str_from_offset(left, sent);
    }
    EXPECT(is_there);
}

TEST(writes_under_tls_that_find_no_room_are_made_again_and_nothing_is_lost)
{
    make_context(&(struct tls_server){ .versions = "secure" });
    struct visit visit = visit_of(NULL);
    uint8_t *bytes = malloc(LARGE);
    pthread_t reader;

    for (size_t i = 0; i < LARGE; i++)
        bytes[i] = (uint8_t)(i % PATTERN);
    EXPECT_OK(meet(&visit, 0, ""));
    write_to_late_reader(str_from(bytes, LARGE), &visit, &reader);
    EXPECT_OK(stream_end(stream, soon()));
    pthread_join(reader, NULL);
    EXPECT(visit.result == LARGE);
    leave(&visit);
    free(bytes);
    forget_context();
}

TEST(an_old_version_is_refused)
{
    make_context(&(struct tls_server){ .versions = "secure" });
    struct visit visit = visit_of(NULL);

    SSL_set_security_level(visit.ssl, 0);
    SSL_set_cipher_list(visit.ssl, "ALL:@SECLEVEL=0");
    SSL_set_min_proto_version(visit.ssl, TLS1_VERSION);
    SSL_set_max_proto_version(visit.ssl, TLS1_1_VERSION);
    EXPECT_STATUS(meet(&visit, 1, ""), ERR_INVALID);
    EXPECT(visit.result != 1);
    leave(&visit);
    forget_context();
}

TEST(an_end_without_close_notify_is_a_broken_transfer)
{
    make_context(&(struct tls_server){ .versions = "secure" });
    struct visit visit = visit_of(NULL);
    char got[4];
    size_t n;

    EXPECT_OK(meet(&visit, 0, ""));
    shutdown(client, SHUT_WR);
    EXPECT_STATUS(stream_read(stream, got, sizeof got, soon(), &n), ERR_CLOSED);
    EXPECT(stream_end_kind(stream) == STREAM_TRUNCATED);
    leave(&visit);
    forget_context();
}

TEST(the_name_that_is_asked_for_picks_the_certificate)
{
    make_context(&(struct tls_server){ .versions = "secure" });
    struct visit visit = visit_of("two.example");

    EXPECT_OK(meet(&visit, 0, ""));
    X509 *shown = SSL_get0_peer_certificate(visit.ssl);
    EXPECT(X509_cmp(shown, other.certificate) == 0);
    EXPECT_TEXT(stream_tls(stream)->server_name, "two.example");
    leave(&visit);
    forget_context();
}

TEST(a_name_that_nobody_has_gets_the_first_certificate)
{
    make_context(&(struct tls_server){ .versions = "secure" });
    struct visit visit = visit_of("three.example");

    EXPECT_OK(meet(&visit, 0, ""));
    X509 *shown = SSL_get0_peer_certificate(visit.ssl);
    EXPECT(X509_cmp(shown, own.certificate) == 0);
    leave(&visit);
    forget_context();
}

TEST(a_client_that_speaks_another_protocol_is_refused)
{
    static const unsigned char http[] = "\x08http/1.1";

    make_context(&(struct tls_server){ .versions = "secure" });
    struct visit visit = visit_of(NULL);
    SSL_set_alpn_protos(visit.ssl, http, sizeof http - 1);
    EXPECT_STATUS(meet(&visit, 0, ""), ERR_INVALID);
    EXPECT(visit.result != 1);
    leave(&visit);
    forget_context();
}

TEST(a_client_that_names_ours_is_served)
{
    static const unsigned char both[] = "\x08http/1.1\x03"
                                        "ftp";

    make_context(&(struct tls_server){ .versions = "secure" });
    struct visit visit = visit_of(NULL);
    SSL_set_alpn_protos(visit.ssl, both, sizeof both - 1);
    EXPECT_OK(meet(&visit, 0, ""));
    EXPECT_TEXT(stream_tls(stream)->alpn, "ftp");
    leave(&visit);
    forget_context();
}

/* A second connection with the first one's session. */
static void
come_again(struct visit *first, struct visit *again)
{
    SSL_SESSION *session = SSL_get1_session(first->ssl);

    SSL_shutdown(first->ssl);
    leave(first);
    stream_free(&stream);
    close(client);
    connect_both();
    *again = visit_of(NULL);
    SSL_set_session(again->ssl, session);
    SSL_SESSION_free(session);
}

static void
expect_resumed(int version)
{
    struct visit visit = visit_of(NULL);
    struct visit again;

    SSL_set_max_proto_version(visit.ssl, version);
    EXPECT_OK(meet(&visit, 1, "session 1"));
    EXPECT(!stream_tls(stream)->is_resumed);
    EXPECT(stream_tls(stream)->resumed.len == 0);
    come_again(&visit, &again);
    SSL_set_max_proto_version(again.ssl, version);
    EXPECT_OK(meet(&again, 0, "session 2"));
    EXPECT(stream_tls(stream)->is_resumed);
    EXPECT(str_is(stream_tls(stream)->resumed, "session 1"));
    leave(&again);
}

TEST(a_ticket_brings_back_what_it_was_bound_to)
{
    make_context(&(struct tls_server){ .versions = "secure" });
    expect_resumed(TLS1_3_VERSION);
    forget_context();
}

TEST(a_ticket_of_tls_1_2_does_as_well)
{
    make_context(&(struct tls_server){ .versions = "secure" });
    expect_resumed(TLS1_2_VERSION);
    forget_context();
}

TEST(a_client_of_tls_1_2_without_tickets_goes_on_while_its_session_lives)
{
    make_context(&(struct tls_server){ .versions = "secure" });
    struct visit visit = visit_of(NULL);
    struct visit again = { 0 };
    struct stream *first;
    int first_client;

    SSL_set_max_proto_version(visit.ssl, TLS1_2_VERSION);
    SSL_set_options(visit.ssl, SSL_OP_NO_TICKET);
    EXPECT_OK(meet(&visit, 1, "session 1"));
    first = stream;
    first_client = client;
    for (unsigned i = 0; i < 2; i++) {
        connect_both();
        again = visit_of(NULL);
        SSL_set_max_proto_version(again.ssl, TLS1_2_VERSION);
        SSL_set_options(again.ssl, SSL_OP_NO_TICKET);
        SSL_set_session(again.ssl, SSL_get_session(visit.ssl));
        EXPECT_OK(meet(&again, 0, ""));
        EXPECT(stream_tls(stream)->is_resumed == (i == 0));
        if (i == 0)
            EXPECT(str_is(stream_tls(stream)->resumed, "session 1"));
        SSL_set_shutdown(again.ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        leave(&again);
        stream_free(&stream);
        close(client);
        stream_free(&first); /* from now on nobody may */
    }
    client = first_client;
    SSL_set_shutdown(visit.ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    leave(&visit);
    forget_context();
}

TEST(a_ticket_by_a_key_that_is_gone_is_no_ticket)
{
    make_context(&(struct tls_server){ .versions = "secure" });
    struct visit visit = visit_of(NULL);
    struct visit again;

    EXPECT_OK(meet(&visit, 1, "session 1"));
    memset(&ticket_key, 8, sizeof ticket_key);
    come_again(&visit, &again);
    EXPECT_OK(meet(&again, 0, "session 2"));
    EXPECT(!stream_tls(stream)->is_resumed);
    leave(&again);
    forget_context();
}

/* Clients on OpenSSL use a ticket of TLS 1.3 once. */
TEST(a_ticket_more_leaves_with_the_next_bytes)
{
    make_context(&(struct tls_server){ .versions = "secure" });
    struct visit visit = visit_of(NULL);
    char got[8];

    EXPECT_OK(meet(&visit, 0, ""));
    EXPECT(!SSL_SESSION_is_resumable(SSL_get_session(visit.ssl)));
    stream_renew_ticket(stream);
    EXPECT_OK(stream_write(stream, STR("more"), soon()));
    EXPECT(SSL_read(visit.ssl, got, sizeof got) == 4);
    EXPECT(SSL_SESSION_is_resumable(SSL_get_session(visit.ssl)) == 1);
    leave(&visit);
    forget_context();
}

TEST(a_client_certificate_is_verified_and_named)
{
    make_context(
        &(struct tls_server){ .versions = "secure", .authorities = "!" });
    struct visit visit = visit_of(NULL);

    SSL_use_certificate(visit.ssl, visitor.certificate);
    SSL_use_PrivateKey(visit.ssl, visitor.key);
    EXPECT_OK(meet(&visit, 0, ""));
    EXPECT(stream_tls(stream)->has_certificate);
    EXPECT_TEXT(stream_tls(stream)->common_name, "anna");
    leave(&visit);
    forget_context();
}

TEST(a_certificate_that_others_signed_is_refused)
{
    make_context(
        &(struct tls_server){ .versions = "secure", .authorities = "!" });
    struct sample stranger = sample_make("anna", NULL);
    struct visit visit = visit_of(NULL);

    SSL_use_certificate(visit.ssl, stranger.certificate);
    SSL_use_PrivateKey(visit.ssl, stranger.key);
    EXPECT_STATUS(meet(&visit, 0, ""), ERR_INVALID);
    leave(&visit);
    sample_done(&stranger);
    forget_context();
}

TEST(without_a_certificate_one_gets_in_unless_it_is_required)
{
    make_context(
        &(struct tls_server){ .versions = "secure", .authorities = "!" });
    struct visit visit = visit_of(NULL);

    EXPECT_OK(meet(&visit, 0, ""));
    EXPECT(!stream_tls(stream)->has_certificate);
    EXPECT_TEXT(stream_tls(stream)->common_name, "");
    leave(&visit);
    forget_context();
    stream_free(&stream);
    close(client);
    connect_both();
    make_context(&(struct tls_server){ .versions = "secure",
                                       .authorities = "!",
                                       .certificate_required = true });
    visit = visit_of(NULL);
    EXPECT_STATUS(meet(&visit, 0, ""), ERR_INVALID);
    leave(&visit);
    forget_context();
}

TEST(a_revoked_certificate_is_refused)
{
    make_context(
        &(struct tls_server){ .versions = "secure", .authorities = "!" });
    char *list = sample_revoke(&authority, &visitor);
    struct tls_certificate certificate = { str_of(own.chain),
                                           str_of(own.private_key) };
    struct tls_options options = {
        .certificates = &certificate,
        .certificate_count = 1,
        .versions = "secure",
        .client_authorities = str_of(authority.chain),
        .revocation_lists = str_of(list),
    };
    struct visit visit = visit_of(NULL);

    tls_context_unref(&context);
    EXPECT_OK(tls_context_new(&options, &context));
    SSL_use_certificate(visit.ssl, visitor.certificate);
    SSL_use_PrivateKey(visit.ssl, visitor.key);
    EXPECT_STATUS(meet(&visit, 0, ""), ERR_INVALID);
    leave(&visit);
    free(list);
    forget_context();
}

TEST(what_cannot_be_a_context_says_why)
{
    struct sample one = sample_make("one.example", NULL);
    struct sample two = sample_make("two.example", NULL);
    struct tls_certificate mixed = { str_of(one.chain),
                                     str_of(two.private_key) };
    struct tls_certificate good = { str_of(one.chain),
                                    str_of(one.private_key) };
    struct tls_certificate cut = { str_from(one.chain, 100),
                                   str_of(one.private_key) };
    const struct tls_options bad[] = {
        { .certificates = &good, .certificate_count = 0 },
        { .certificates = &mixed, .certificate_count = 1 },
        { .certificates = &cut, .certificate_count = 1 },
        { .certificates = &good, .certificate_count = 1, .versions = "sslv3" },
        { .certificates = &good,
          .certificate_count = 1,
          .cipher_list = "NOTHING" },
        { .certificates = &good,
          .certificate_count = 1,
          .client_authorities = STR("nothing") },
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        EXPECT_STATUS(tls_context_new(&bad[i], &context), ERR_INVALID);
    EXPECT(context == NULL);
    sample_done(&one);
    sample_done(&two);
}
