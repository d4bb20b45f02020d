/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh_transport_test.c - algorithms, host keys, and peers that are not SSH
 * clients. What clients do on the wire is in tests/wire.
 */
#include "test.h"

#include "keys/private_key.h"
#include "keys/secret.h"
#include "ssh/transport.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEM_MOST = 64 * 1024, SOON_MS = 50, LATE_MS = 60000 };

static struct ssh_keys *keys;
static int ends[2]; /* the peer's, and ours, which the transport takes */

static enum status
make_keys(const enum key_type *types, size_t count, struct ssh_keys **out)
{
    struct buffer private[4];
    struct str pems[4];

    for (size_t i = 0; i < count; i++) {
        AUTO(buffer_done) struct buffer public = BUFFER(PEM_MOST);

        private[i] = BUFFER(PEM_MOST);
        EXPECT_OK(
            private_key_generate(types[i], 0, "test", &private[i], &public));
        pems[i] = buffer_str(&private[i]);
    }
    enum status status = ssh_keys_new(pems, count, out);
    for (size_t i = 0; i < count; i++)
        secret_done(&private[i]);
    return status;
}

SETUP()
{
    enum key_type type = KEY_ED25519;

    EXPECT_OK(make_keys(&type, 1, &keys));
    EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
}

TEARDOWN()
{
    close(ends[0]);
    ssh_keys_free(&keys);
}

static unsigned
both_methods(void *arg)
{
    (void)arg;
    return SSH_METHOD_PASSWORD | SSH_METHOD_KEY;
}

/* No keys are ever exchanged here, so the owner is asked nothing else. */
static enum status
open_with(const char *cipher_list, int64_t in_ms)
{
    static const struct ssh_owner owner = { .methods = both_methods };
    struct ssh_transport *transport = NULL;
    struct ssh_transport_options options = {
        .keys = keys,
        .owner = &owner,
        .cipher_list = cipher_list,
        .clock = clock_real(),
    };
    enum status status = ssh_transport_open(
        ends[1], &options, clock_now_ms(options.clock) + in_ms, &transport);

    EXPECT(transport == NULL);
    return status;
}

static void
say(const char *bytes, size_t len)
{
    EXPECT(write(ends[0], bytes, len) == (ssize_t)len);
}

/* What the peer hears until the end of the connection. */
static size_t
hear(char *into, size_t size)
{
    size_t len = 0;
    ssize_t got;

    while ((got = read(ends[0], into + len, size - len)) > 0)
        len += (size_t)got;
    EXPECT(len < size);
    return len;
}

TEST(a_silent_peer_is_waited_for_until_the_deadline_and_no_longer)
{
    EXPECT_STATUS(open_with("secure", SOON_MS), ERR_TIMEOUT);
}

TEST(a_peer_whose_time_is_over_is_not_waited_for)
{
    EXPECT_STATUS(open_with("secure", -1), ERR_TIMEOUT);
}

TEST(the_first_line_names_the_product_and_a_failure_closes_the_socket)
{
    static const char line[] = "SSH-2.0-Convoy\r\n";
    char heard[4096];

    EXPECT_STATUS(open_with("secure", SOON_MS), ERR_TIMEOUT);
    size_t len = hear(heard, sizeof heard);
    EXPECT(len >= sizeof line - 1);
    EXPECT(memcmp(heard, line, sizeof line - 1) == 0);
}

TEST(a_peer_that_leaves_ends_the_connection)
{
    shutdown(ends[0], SHUT_RDWR);
    EXPECT_STATUS(open_with("secure", LATE_MS), ERR_CLOSED);
}

TEST(a_peer_that_is_no_ssh_client_ends_the_connection)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n";

    say(request, sizeof request - 1);
    EXPECT_STATUS(open_with("secure", LATE_MS), ERR_CLOSED);
}

TEST(a_version_without_an_end_ends_the_connection)
{
    char line[1000];

    memset(line, 'x', sizeof line);
    say(line, sizeof line);
    EXPECT_STATUS(open_with("secure", LATE_MS), ERR_CLOSED);
}

TEST(a_packet_that_is_too_long_ends_the_connection)
{
    static const char bytes[] = "SSH-2.0-peer\r\n\xff\xff\xff\xff\x04\x14";

    say(bytes, sizeof bytes - 1);
    shutdown(ends[0], SHUT_WR);
    EXPECT_STATUS(open_with("secure", LATE_MS), ERR_CLOSED);
}

TEST(a_bad_list_of_algorithms_closes_the_socket_too)
{
    char heard[16];

    EXPECT_STATUS(open_with("rot13", LATE_MS), ERR_INVALID);
    EXPECT(hear(heard, sizeof heard) == 0);
}

TEST(closing_nothing_is_allowed)
{
    struct ssh_transport *none = NULL;
    struct ssh_keys *no_keys = NULL;

    ssh_transport_close(&none, "never was");
    ssh_keys_free(&no_keys);
    close(ends[1]);
}

TEST(the_named_sets_of_algorithms_are_known)
{
    EXPECT_OK(ssh_cipher_list_check("secure", NULL));
    EXPECT_OK(ssh_cipher_list_check("fips", NULL));
    EXPECT_OK(ssh_cipher_list_check("all", NULL));
    close(ends[1]);
}

TEST(a_list_of_algorithms_may_name_any_kind)
{
    EXPECT_OK(ssh_cipher_list_check(
        "aes256-ctr, hmac-sha2-256,curve25519-sha256, ssh-ed25519", keys));
    close(ends[1]);
}

TEST(an_unknown_algorithm_is_named)
{
    EXPECT_STATUS(ssh_cipher_list_check("aes256-ctr,rot13", NULL), ERR_INVALID);
    EXPECT(strstr(fail_reason(), "rot13") != NULL);
    close(ends[1]);
}

TEST(a_name_that_comes_twice_counts_once)
{
    char list[8192] = "";

    for (size_t at = 0; at + 12 < sizeof list; at += 11)
        memcpy(list + at, "aes256-ctr,", 12);
    EXPECT_OK(ssh_cipher_list_check(list, NULL));
    EXPECT_OK(ssh_cipher_list_check("secure, fips,ALL,aes128-cbc", NULL));
    close(ends[1]);
}

TEST(an_unknown_name_is_told_with_the_nearest_one)
{
    EXPECT_STATUS(ssh_cipher_list_check("aes126-ctr", NULL), ERR_INVALID);
    EXPECT(strstr(fail_reason(), "'aes126-ctr'") != NULL);
    EXPECT(strstr(fail_reason(), "did you mean 'aes128-ctr'?") != NULL);
    EXPECT_STATUS(ssh_cipher_list_check("blowfish", NULL), ERR_INVALID);
    EXPECT(strstr(fail_reason(), "did you mean") == NULL);
    close(ends[1]);
}

TEST(a_list_that_none_of_the_host_keys_fits_is_refused)
{
    EXPECT_OK(ssh_cipher_list_check("ssh-ed25519", keys));
    EXPECT_STATUS(ssh_cipher_list_check("fips", keys), ERR_INVALID);
    EXPECT_STATUS(ssh_cipher_list_check("rsa-sha2-512", keys), ERR_INVALID);
    EXPECT_STATUS(open_with("fips", LATE_MS), ERR_CLOSED);
}

TEST(everything_can_be_offered)
{
    EXPECT_STATUS(open_with("all", -1), ERR_TIMEOUT);
}

TEST(a_host_key_of_each_type_is_taken)
{
    static const enum key_type types[] = { KEY_ED25519, KEY_ECDSA, KEY_RSA };
    struct ssh_keys *mine = NULL;

    EXPECT_OK(make_keys(types, 3, &mine));
    EXPECT_OK(ssh_cipher_list_check("ssh-ed25519", mine));
    EXPECT_OK(ssh_cipher_list_check("ecdsa-sha2-nistp256", mine));
    EXPECT_OK(ssh_cipher_list_check("rsa-sha2-256", mine));
    EXPECT_STATUS(ssh_cipher_list_check("ecdsa-sha2-nistp521", mine),
                  ERR_INVALID);
    ssh_keys_free(&mine);
    close(ends[1]);
}

TEST(two_host_keys_of_one_type_are_refused)
{
    static const enum key_type types[] = { KEY_ED25519, KEY_ED25519 };
    struct ssh_keys *mine = NULL;

    EXPECT_STATUS(make_keys(types, 2, &mine), ERR_INVALID);
    EXPECT(strstr(fail_reason(), "host key 2") != NULL);
    EXPECT(mine == NULL);
    close(ends[1]);
}

TEST(no_host_key_at_all_is_refused)
{
    struct ssh_keys *mine = NULL;

    EXPECT_STATUS(ssh_keys_new(NULL, 0, &mine), ERR_INVALID);
    close(ends[1]);
}

TEST(a_host_key_that_cannot_be_read_is_named)
{
    static const struct str bad[] = {
        { "", 0 },
        { "-----BEGIN OPENSSH PRIVATE KEY-----\n", 36 },
        { "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n"
          "-----END RSA PRIVATE KEY-----\n",
          67 },
    };
    struct ssh_keys *mine = NULL;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        EXPECT_STATUS(ssh_keys_new(&bad[i], 1, &mine), ERR_INVALID);
        EXPECT(strstr(fail_reason(), "host key 1") != NULL);
    }
    close(ends[1]);
}
