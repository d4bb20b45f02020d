/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_options_test.c - what ssl_allowed_methods and ssl_cipher_list let in, and
 * whose sessions are resumed.
 */
#include "base/thread.h"
#include "net/stream.h"
#include "test.h"
#include "tls_sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000 };

static struct sample authority, own, visitor;
static struct tls_ticket_key ticket_key;

SETUP()
{
    authority = sample_make("authority", NULL);
    own = sample_make("one.example", &authority);
    visitor = sample_make("anna", &authority);
    memset(&ticket_key, 7, sizeof ticket_key);
}

TEARDOWN()
{
    sample_done(&authority);
    sample_done(&own);
    sample_done(&visitor);
}

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
    (void)name;
    *out = ticket_key;
    *is_old_out = false;
    return true;
}

static struct tls_context *
make_context(const char *versions, const char *ciphers, const char *authorities,
             const char *revocations)
{
    struct tls_context *context = NULL;
    struct tls_certificate certificate = { str_of(own.chain),
                                           str_of(own.private_key) };
    struct tls_options options = {
        .certificates = &certificate,
        .certificate_count = 1,
        .versions = versions,
        .cipher_list = ciphers,
        .client_authorities = str_of(authorities),
        .revocation_lists = str_of(revocations),
        .client_certificate_required = true,
        .tickets = { current_ticket_key, named_ticket_key, NULL },
    };

    EXPECT_OK(tls_context_new(&options, &context));
    return context;
}

struct client {
    int socket;
    SSL *ssl;
    bool is_in;
};

static void *
shake_hands(void *arg)
{
    struct client *client = arg;
    char byte;

    client->is_in = SSL_do_handshake(client->ssl) == 1 &&
                    SSL_read(client->ssl, &byte, 1) == 1;
    SSL_shutdown(client->ssl);
    return NULL;
}

struct meeting {
    bool is_in;
    bool is_resumed;
    char version[16];
    char cipher[64];
};

/* One client; its SSL is prepared by the caller, and its session handed out
 * when that is wanted. */
static struct meeting
meet(struct tls_context *context, void (*prepare)(SSL *, const void *),
     const void *arg, SSL_SESSION **session)
{
    struct meeting met = { 0 };
    struct tls_session_options options = { .context = context, .tickets = 1 };
    struct stream *stream = NULL;
    pthread_t thread;
    int pair[2];

    EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    struct client client = { pair[1], sample_client(pair[1]), false };
    SSL_CTX *client_context = SSL_get_SSL_CTX(client.ssl);
    prepare(client.ssl, arg);
    if (session != NULL && *session != NULL)
        SSL_set_session(client.ssl, *session);
    EXPECT_OK(stream_new(pair[0], clock_real(), &stream));
    EXPECT_OK(thread_start(&thread, "client", shake_hands, &client));
    int64_t deadline_ms = clock_now_ms(clock_real()) + PATIENCE_MS;
    if (stream_start_tls(stream, &options, deadline_ms) == OK &&
        stream_write(stream, STR("x"), deadline_ms) == OK) {
        const struct tls_peer *peer = stream_tls(stream);

        met.is_resumed = peer->is_resumed;
        snprintf(met.version, sizeof met.version, "%s", peer->version);
        snprintf(met.cipher, sizeof met.cipher, "%s", peer->cipher);
    }
    shutdown(pair[0], SHUT_WR);
    pthread_join(thread, NULL);
    met.is_in = client.is_in;
    if (session != NULL && *session == NULL)
        *session = SSL_get1_session(client.ssl);
    SSL_free(client.ssl);
    SSL_CTX_free(client_context);
    stream_free(&stream);
    close(pair[1]);
    return met;
}

/* ---- versions ---- */

static void
speak_one_version(SSL *ssl, const void *arg)
{
    const int *version = arg;

    SSL_set_security_level(ssl, 0);
    SSL_set_cipher_list(ssl, "ALL:@SECLEVEL=0");
    SSL_set_min_proto_version(ssl, *version);
    SSL_set_max_proto_version(ssl, *version);
}

static void
expect_versions(const char *words, const char *const expected[4])
{
    static const int versions[] = { TLS1_VERSION, TLS1_1_VERSION,
                                    TLS1_2_VERSION, TLS1_3_VERSION };
    struct tls_context *context = make_context(words, "secure", "", "");

    for (size_t i = 0; i < 4; i++) {
        struct meeting met =
            meet(context, speak_one_version, &versions[i], NULL);

        EXPECT(met.is_in == (expected[i][0] != '\0'));
        EXPECT_TEXT(met.version, expected[i]);
    }
    tls_context_unref(&context);
}

TEST(secure_is_tls_1_2_and_1_3)
{
    static const char *const expected[] = { "", "", "TLSv1.2", "TLSv1.3" };

    expect_versions("secure", expected);
    expect_versions("", expected);
    expect_versions("TLSv1.3, tlsv1.2", expected);
}

TEST(all_is_every_version)
{
    static const char *const expected[] = { "TLSv1", "TLSv1.1", "TLSv1.2",
                                            "TLSv1.3" };

    expect_versions("all", expected);
}

TEST(a_version_that_is_not_named_is_not_spoken_even_between_others)
{
    static const char *const expected[] = { "TLSv1", "", "TLSv1.2", "" };

    expect_versions("tlsv1.0 tlsv1.2", expected);
}

TEST(only_the_newest_can_be_allowed)
{
    static const char *const expected[] = { "", "", "", "TLSv1.3" };

    expect_versions("tlsv1.3", expected);
}

/* ---- ciphers ---- */

static void
prefer_weaker(SSL *ssl, const void *arg)
{
    (void)arg;
    SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
    SSL_set_cipher_list(ssl, "ECDHE-ECDSA-AES256-GCM-SHA384:"
                             "ECDHE-ECDSA-AES128-GCM-SHA256");
}

TEST(the_order_of_ciphers_is_the_servers)
{
    struct tls_context *context = make_context("secure", "secure", "", "");
    struct meeting met = meet(context, prefer_weaker, NULL, NULL);

    EXPECT_TEXT(met.cipher, "ECDHE-ECDSA-AES128-GCM-SHA256");
    tls_context_unref(&context);
    context = make_context("secure",
                           "ECDHE-ECDSA-AES256-GCM-SHA384,"
                           "ECDHE-ECDSA-AES128-GCM-SHA256",
                           "", "");
    met = meet(context, prefer_weaker, NULL, NULL);
    EXPECT_TEXT(met.cipher, "ECDHE-ECDSA-AES256-GCM-SHA384");
    tls_context_unref(&context);
}

static void
offer_cbc_only(SSL *ssl, const void *arg)
{
    (void)arg;
    SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
    SSL_set_cipher_list(ssl, "ECDHE-ECDSA-AES128-SHA:"
                             "ECDHE-ECDSA-AES128-SHA256");
}

TEST(secure_has_no_cbc)
{
    struct tls_context *context = make_context("secure", "secure", "", "");

    EXPECT(!meet(context, offer_cbc_only, NULL, NULL).is_in);
    tls_context_unref(&context);
    context = make_context("secure", "ALL", "", "");
    EXPECT(meet(context, offer_cbc_only, NULL, NULL).is_in);
    tls_context_unref(&context);
}

static void
as_it_is(SSL *ssl, const void *arg)
{
    (void)ssl;
    (void)arg;
}

TEST(suites_of_tls_1_3_can_be_named)
{
    static const int old = TLS1_2_VERSION;
    struct tls_context *context =
        make_context("secure", "TLS_CHACHA20_POLY1305_SHA256", "", "");

    EXPECT_TEXT(meet(context, as_it_is, NULL, NULL).cipher,
                "TLS_CHACHA20_POLY1305_SHA256");
    EXPECT(!meet(context, speak_one_version, &old, NULL).is_in);
    tls_context_unref(&context);
}

TEST(aes_128_is_what_tls_1_3_begins_with)
{
    struct tls_context *context = make_context("secure", "secure", "", "");

    EXPECT_TEXT(meet(context, as_it_is, NULL, NULL).cipher,
                "TLS_AES_128_GCM_SHA256");
    tls_context_unref(&context);
}

TEST(the_level_of_openssl_can_be_lowered_in_small_letters)
{
    static const int old = TLS1_VERSION;
    struct tls_context *context =
        make_context("tlsv1.0", "ALL:@seclevel=0", "", "");

    EXPECT(meet(context, speak_one_version, &old, NULL).is_in);
    tls_context_unref(&context);
}

TEST(words_that_mean_nothing_are_found)
{
    static const char *const wrong[][2] = {
        { "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES512", "ECDHE-RSA-AES512" },
        { "TLS_AES_128_GCM_SHA265", "TLS_AES_128_GCM_SHA265" },
        { "ALL @seclevel=9", "@seclevel=9" },
        { "ALL:@nonsense", "@nonsense" },
        { "ALL:+", "+" },
        { " : ", "" },
    };
    struct str word;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        EXPECT_STATUS(tls_check_ciphers(wrong[i][0], &word), ERR_INVALID);
        EXPECT(str_is(word, wrong[i][1]));
    }
    EXPECT_STATUS(tls_check_versions("tlsv1.2 sslv3", &word), ERR_INVALID);
    EXPECT(str_is(word, "sslv3"));
}

TEST(words_that_openssl_knows_are_taken)
{
    static const char *const good[] = {
        "secure",
        "HIGH:!aNULL:!MD5:!3DES:!EXPORT",
        "ECDHE+AESGCM, DHE+AESGCM",
        "ALL:@SECLEVEL=1:+RSA",
        "DEFAULT",
        "",
    };
    struct str word;

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        EXPECT_OK(tls_check_ciphers(good[i], &word));
}

TEST(names_of_ciphers_are_there_to_be_suggested)
{
    struct buffer names = BUFFER(65536);

    EXPECT_OK(tls_cipher_names(&names));
    EXPECT(strstr(buffer_text(&names), "ECDHE-RSA-AES128-GCM-SHA256") != NULL);
    EXPECT(strstr(buffer_text(&names), "TLS_AES_128_GCM_SHA256") != NULL);
    buffer_done(&names);
}

/* ---- whose sessions are resumed ---- */

static void
show_certificate(SSL *ssl, const void *arg)
{
    const int *version = arg;

    SSL_set_max_proto_version(ssl, *version);
    SSL_use_certificate(ssl, visitor.certificate);
    SSL_use_PrivateKey(ssl, visitor.key);
}

static void
show_nothing(SSL *ssl, const void *arg)
{
    const int *version = arg;

    SSL_set_max_proto_version(ssl, *version);
}

static const int both_versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

TEST(a_session_without_a_certificate_opens_no_service_that_asks_for_one)
{
    for (size_t i = 0; i < 2; i++) {
        struct tls_context *open = make_context("secure", "secure", "", "");
        struct tls_context *closed =
            make_context("secure", "secure", authority.chain, "");
        SSL_SESSION *session = NULL;

        EXPECT(meet(open, show_nothing, &both_versions[i], &session).is_in);
        EXPECT(
            meet(open, show_nothing, &both_versions[i], &session).is_resumed);
        EXPECT(!meet(closed, show_nothing, &both_versions[i], &session).is_in);
        SSL_SESSION_free(session);
        tls_context_unref(&open);
        tls_context_unref(&closed);
    }
}

TEST(a_certificate_that_was_revoked_meanwhile_resumes_nothing)
{
    char *list = sample_revoke(&authority, &visitor);

    for (size_t i = 0; i < 2; i++) {
        struct tls_context *before =
            make_context("secure", "secure", authority.chain, "");
        struct tls_context *after =
            make_context("secure", "secure", authority.chain, list);
        SSL_SESSION *session = NULL;

        EXPECT(
            meet(before, show_certificate, &both_versions[i], &session).is_in);
        EXPECT(
            meet(before, show_nothing, &both_versions[i], &session).is_resumed);
        EXPECT(
            !meet(after, show_certificate, &both_versions[i], &session).is_in);
        SSL_SESSION_free(session);
        tls_context_unref(&before);
        tls_context_unref(&after);
    }
    free(list);
}

TEST(a_context_made_anew_of_the_same_material_resumes_what_was_before)
{
    for (size_t i = 0; i < 2; i++) {
        struct tls_context *before =
            make_context("secure", "secure", authority.chain, "");
        struct tls_context *after =
            make_context("secure", "secure", authority.chain, "");
        SSL_SESSION *session = NULL;

        EXPECT(
            meet(before, show_certificate, &both_versions[i], &session).is_in);
        tls_context_unref(&before);
        EXPECT(
            meet(after, show_nothing, &both_versions[i], &session).is_resumed);
        SSL_SESSION_free(session);
        tls_context_unref(&after);
    }
}
