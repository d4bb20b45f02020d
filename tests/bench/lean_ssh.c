/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lean_ssh.c - the transport (RFC 4253), login by key (RFC 4252) and the one
 * channel (RFC 4254) of the benchmark's client.
 */
#include "lean_ssh.h"

#include "base/wire.h"
#include "lean_kex.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MSG_DISCONNECT = 1,
    MSG_IGNORE = 2,
    MSG_DEBUG = 4,
    MSG_SERVICE_REQUEST = 5,
    MSG_SERVICE_ACCEPT = 6,
    MSG_EXT_INFO = 7,
    MSG_KEXINIT = 20,
    MSG_NEWKEYS = 21,
    MSG_KEX_INIT = 30,
    MSG_KEX_REPLY = 31,
    MSG_AUTH_REQUEST = 50,
    MSG_AUTH_SUCCESS = 52,
    MSG_AUTH_BANNER = 53,
    MSG_GLOBAL_REQUEST = 80,
    MSG_REQUEST_FAILURE = 82,
    MSG_CHANNEL_OPEN = 90,
    MSG_CHANNEL_CONFIRM = 91,
    MSG_WINDOW_ADJUST = 93,
    MSG_CHANNEL_DATA = 94,
    MSG_CHANNEL_REQUEST = 98,
    MSG_CHANNEL_SUCCESS = 99,

    BUFFER_BYTES = 2 << 20,
    WINDOW = 2 << 20,     /* as the OpenSSH client's */
    MOST_DATA = 32768,    /* as the OpenSSH client's */
    SEND_FROM = 256 << 10 /* queued bytes that go out without waiting */
};

struct lean {
    int socket;
    const struct cipher *cipher;
    struct seal *seal;
    struct seal *unseal;
    uint8_t *in; /* BUFFER_BYTES; [in_start, in_end) is not yet taken */
    size_t in_start;
    size_t in_end;
    uint8_t *out;
    size_t out_start;
    size_t out_end;
    struct kex kex;
    uint32_t peer_channel;
    uint32_t peer_window;
    uint32_t peer_most; /* bytes of one data message */
    uint32_t consumed;  /* of our window, not yet given back */
};

/* The payload of a message is written here and sealed by finish(). */
static struct buffer
message(uint8_t type)
{
    struct buffer b = BUFFER(64UL * 1024);

    if (add_u8(&b, type) != OK)
        die("out of memory");
    return b;
}

static void
add_text(struct buffer *b, struct str text)
{
    if (add_string(b, text) != OK)
        die("out of memory");
}

static void
add_number(struct buffer *b, uint32_t number)
{
    if (add_u32(b, number) != OK)
        die("out of memory");
}

static void
add_flag(struct buffer *b, bool flag)
{
    if (add_u8(b, flag) != OK)
        die("out of memory");
}

static size_t
out_room(const struct lean *c)
{
    return BUFFER_BYTES - c->out_end;
}

static void
flush_out(struct lean *c)
{
    while (c->out_start < c->out_end) {
        ssize_t n = send(c->socket, c->out + c->out_start,
                         c->out_end - c->out_start, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n <= 0)
            die("send: %s", strerror(errno));
        c->out_start += (size_t)n;
    }
    c->out_start = c->out_end = 0;
}

/* Until there is room for `len` bytes; only control messages may wait here. */
static void
make_room(struct lean *c, size_t len)
{
    struct pollfd p = { .fd = c->socket, .events = POLLOUT };

    while (out_room(c) < len) {
        poll(&p, 1, -1);
        flush_out(c);
    }
}

static void
finish(struct lean *c, struct buffer *b)
{
    struct str payload = buffer_str(b);

    make_room(c, payload.len + SEAL_HEAD + SEAL_TAIL);
    uint8_t *packet = c->out + c->out_end;
    memcpy(packet + SEAL_HEAD, payload.data, payload.len);
    c->out_end += seal_packet(c->seal, packet, payload.len);
    buffer_done(b);
}

/* Send what is queued and read what has come, waiting for at least a byte. */
static void
exchange(struct lean *c)
{
    struct pollfd p = { .fd = c->socket };

    if (c->in_start > 0) {
        memmove(c->in, c->in + c->in_start, c->in_end - c->in_start);
        c->in_end -= c->in_start;
        c->in_start = 0;
    }
    flush_out(c);
    for (;;) {
        ssize_t n =
            recv(c->socket, c->in + c->in_end, BUFFER_BYTES - c->in_end, 0);
        if (n > 0) {
            c->in_end += (size_t)n;
            return;
        }
        if (n == 0)
            die("the server closed the connection");
        if (errno != EAGAIN && errno != EINTR)
            die("recv: %s", strerror(errno));
        p.events = (short)(c->out_end > 0 ? POLLIN | POLLOUT : POLLIN);
        poll(&p, 1, -1);
        flush_out(c);
    }
}

static bool
next_packet(struct lean *c, struct str *payload_out)
{
    uint8_t *payload;
    size_t len;
    size_t taken = unseal_packet(c->unseal, c->in + c->in_start,
                                 c->in_end - c->in_start, &payload, &len);

    if (taken == 0)
        return false;
    c->in_start += taken;
    *payload_out = str_from(payload, len);
    return true;
}

static void
send_kexinit(struct lean *c)
{
    struct str init = kex_init(&c->kex, c->cipher);
    struct buffer b = BUFFER(4096);

    if (buffer_add(&b, init) != OK)
        die("out of memory");
    finish(c, &b);
}

/* Exactly this message; key exchange lets nothing else pass. */
static struct str
expect_packet(struct lean *c, uint8_t type)
{
    struct str payload;

    do {
        while (!next_packet(c, &payload))
            exchange(c);
    } while (payload.data[0] == MSG_IGNORE || payload.data[0] == MSG_DEBUG);
    if ((uint8_t)payload.data[0] != type)
        die("message %d instead of %d", (uint8_t)payload.data[0], type);
    return payload;
}

/* The server's KEXINIT was read; ours goes out now if it has not before. */
static void
exchange_keys(struct lean *c, struct str server_init)
{
    struct kex_keys to_server;
    struct kex_keys to_client;

    kex_take_init(&c->kex, server_init);
    struct buffer b = message(MSG_KEX_INIT);
    add_text(&b, kex_public(&c->kex));
    finish(c, &b);
    kex_take_reply(&c->kex, expect_packet(c, MSG_KEX_REPLY));
    kex_derive(&c->kex, 'C', &to_server);
    kex_derive(&c->kex, 'S', &to_client);
    b = message(MSG_NEWKEYS);
    finish(c, &b);
    seal_key(c->seal, c->cipher, to_server.key, to_server.iv, to_server.mac);
    expect_packet(c, MSG_NEWKEYS);
    seal_key(c->unseal, c->cipher, to_client.key, to_client.iv, to_client.mac);
}

/* Messages that are nobody's business; true when it was one. */
static bool
handled(struct lean *c, struct str payload)
{
    struct reader r = reader_of(payload);
    struct buffer b;

    switch (read_u8(&r)) {
    case MSG_IGNORE:
    case MSG_DEBUG:
    case MSG_EXT_INFO:
    case MSG_AUTH_BANNER: return true;
    case MSG_KEXINIT:
        send_kexinit(c);
        exchange_keys(c, payload);
        return true;
    case MSG_GLOBAL_REQUEST:
        read_string(&r);
        if (read_u8(&r)) {
            b = message(MSG_REQUEST_FAILURE);
            finish(c, &b);
        }
        return true;
    case MSG_WINDOW_ADJUST:
        read_u32(&r);
        c->peer_window += read_u32(&r);
        return true;
    case MSG_DISCONNECT:
        read_u32(&r);
        payload = read_string(&r);
        die("disconnected: %.*s", STR_ARG(payload));
    default: return false;
    }
}

static struct str
expect(struct lean *c, uint8_t type)
{
    struct str payload;

    do {
        while (!next_packet(c, &payload))
            exchange(c);
    } while (handled(c, payload));
    if ((uint8_t)payload.data[0] != type)
        die("message %d instead of %d", (uint8_t)payload.data[0], type);
    return payload;
}

/* The identification lines (RFC 4253, 4.2); a server may say more before. */
static void
exchange_versions(struct lean *c)
{
    static const char ours[] = KEX_CLIENT_VERSION "\r\n";

    memcpy(c->out, ours, sizeof ours - 1);
    c->out_end = sizeof ours - 1;
    for (;;) {
        uint8_t *start = c->in + c->in_start;
        uint8_t *end = memchr(start, '\n', c->in_end - c->in_start);
        if (end == NULL) {
            exchange(c);
            continue;
        }
        struct str line = str_from(start, (size_t)(end - start));
        c->in_start += line.len + 1;
        if (str_starts(line, STR("SSH-"))) {
            kex_set_server_version(&c->kex, str_trim(line));
            return;
        }
    }
}

static EVP_PKEY *
read_key(const char *path)
{
    FILE *file = fopen(path, "r");
    EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;

    if (key == NULL)
        die("%s is not a private key", path);
    fclose(file);
    return key;
}

static void
add_public_key(struct buffer *to, EVP_PKEY *key)
{
    uint8_t raw[32];
    size_t raw_len = sizeof raw;
    struct buffer blob = BUFFER(128);

    if (EVP_PKEY_get_raw_public_key(key, raw, &raw_len) != 1)
        die("not an Ed25519 key");
    add_text(&blob, STR("ssh-ed25519"));
    add_text(&blob, str_from(raw, raw_len));
    add_text(to, buffer_str(&blob));
    buffer_done(&blob);
}

/* RFC 4252, section 7, and RFC 8709. */
static void
log_in(struct lean *c, const struct lean_options *o)
{
    EVP_PKEY *key = read_key(o->key_file);
    EVP_MD_CTX *signer = EVP_MD_CTX_new();
    struct buffer b = message(MSG_SERVICE_REQUEST);
    uint8_t raw[64];
    size_t raw_len = sizeof raw;

    add_text(&b, STR("ssh-userauth"));
    finish(c, &b);
    expect(c, MSG_SERVICE_ACCEPT);

    struct buffer request = message(MSG_AUTH_REQUEST);
    add_text(&request, str_of(o->user));
    add_text(&request, STR("ssh-connection"));
    add_text(&request, STR("publickey"));
    add_flag(&request, true);
    add_text(&request, STR("ssh-ed25519"));
    add_public_key(&request, key);

    struct buffer signed_part = BUFFER(4096);
    add_text(&signed_part, kex_session_id(&c->kex));
    if (buffer_add(&signed_part, buffer_str(&request)) != OK)
        die("out of memory");
    struct str bytes = buffer_str(&signed_part);
    if (EVP_DigestSignInit(signer, NULL, NULL, NULL, key) != 1 ||
        EVP_DigestSign(signer, raw, &raw_len, (const uint8_t *)bytes.data,
                       bytes.len) != 1)
        die("cannot sign");
    struct buffer signature = BUFFER(256);
    add_text(&signature, STR("ssh-ed25519"));
    add_text(&signature, str_from(raw, raw_len));
    add_text(&request, buffer_str(&signature));
    finish(c, &request);
    expect(c, MSG_AUTH_SUCCESS);

    buffer_done(&signed_part);
    buffer_done(&signature);
    EVP_MD_CTX_free(signer);
    EVP_PKEY_free(key);
}

static void
open_sftp(struct lean *c)
{
    struct buffer b = message(MSG_CHANNEL_OPEN);

    add_text(&b, STR("session"));
    add_number(&b, 0);
    add_number(&b, WINDOW);
    add_number(&b, MOST_DATA);
    finish(c, &b);
    struct reader r = reader_of(expect(c, MSG_CHANNEL_CONFIRM));
    read_u8(&r);
    read_u32(&r);
    c->peer_channel = read_u32(&r);
    c->peer_window = read_u32(&r);
    c->peer_most = read_u32(&r);
    if (c->peer_most > MOST_DATA)
        c->peer_most = MOST_DATA;

    b = message(MSG_CHANNEL_REQUEST);
    add_number(&b, c->peer_channel);
    add_text(&b, STR("subsystem"));
    add_flag(&b, true);
    add_text(&b, STR("sftp"));
    finish(c, &b);
    expect(c, MSG_CHANNEL_SUCCESS);
}

struct lean *
lean_open(const struct lean_options *o)
{
    struct lean *c = calloc(1, sizeof *c);

    if (c == NULL)
        die("out of memory");
    c->socket = load_connect(o->port);
    fcntl(c->socket, F_SETFL, O_NONBLOCK);
    c->cipher = o->cipher;
    c->seal = seal_new(true);
    c->unseal = seal_new(false);
    c->in = malloc(BUFFER_BYTES);
    c->out = malloc(BUFFER_BYTES);
    if (c->in == NULL || c->out == NULL)
        die("out of memory");
    exchange_versions(c);
    send_kexinit(c);
    exchange_keys(c, expect_packet(c, MSG_KEXINIT));
    log_in(c, o);
    open_sftp(c);
    return c;
}

void
lean_close(struct lean **lean)
{
    struct lean *c = *lean;

    if (c == NULL)
        return;
    struct buffer b = message(MSG_DISCONNECT);
    add_number(&b, 11); /* by application */
    add_text(&b, STR("done"));
    add_text(&b, STR(""));
    finish(c, &b);
    flush_out(c);
    close(c->socket);
    kex_done(&c->kex);
    seal_free(&c->seal);
    seal_free(&c->unseal);
    free(c->in);
    free(c->out);
    free(c);
    *lean = NULL;
}

size_t
lean_room(const struct lean *c)
{
    size_t overhead = 64UL * (SEAL_HEAD + SEAL_TAIL + 9);
    size_t room = out_room(c) > overhead ? out_room(c) - overhead : 0;

    return room < c->peer_window ? room : c->peer_window;
}

/* One data message of at most peer_most bytes, from the front of both. */
static void
send_some(struct lean *c, struct str *head, struct str *tail)
{
    size_t from_head = head->len < c->peer_most ? head->len : c->peer_most;
    size_t from_tail = c->peer_most - from_head;
    uint8_t *packet = c->out + c->out_end;
    uint8_t *at = packet + SEAL_HEAD;

    if (from_tail > tail->len)
        from_tail = tail->len;
    at[0] = MSG_CHANNEL_DATA;
    put_u32(at + 1, c->peer_channel);
    put_u32(at + 5, (uint32_t)(from_head + from_tail));
    memcpy(at + 9, head->data, from_head);
    memcpy(at + 9 + from_head, tail->data, from_tail);
    c->out_end += seal_packet(c->seal, packet, 9 + from_head + from_tail);
    c->peer_window -= (uint32_t)(from_head + from_tail);
    *head = str_from_offset(*head, from_head);
    *tail = str_from_offset(*tail, from_tail);
}

void
lean_send(struct lean *c, struct str head, struct str tail)
{
    while (head.len + tail.len > 0)
        send_some(c, &head, &tail);
    if (c->out_end - c->out_start >= SEND_FROM)
        flush_out(c);
}

static void
give_window_back(struct lean *c)
{
    if (c->consumed < WINDOW / 4)
        return;
    struct buffer b = message(MSG_WINDOW_ADJUST);
    add_number(&b, c->peer_channel);
    add_number(&b, c->consumed);
    finish(c, &b);
    c->consumed = 0;
}

struct str
lean_received(struct lean *c)
{
    struct str payload;

    while (next_packet(c, &payload)) {
        if (handled(c, payload))
            continue;
        struct reader r = reader_of(payload);
        uint8_t type = read_u8(&r);
        read_u32(&r);
        if (type != MSG_CHANNEL_DATA)
            die("message %d while transferring", type);
        struct str bytes = read_string(&r);
        c->consumed += (uint32_t)bytes.len;
        give_window_back(c);
        return bytes;
    }
    return STR_NONE;
}

void
lean_wait(struct lean *c)
{
    exchange(c);
}

void
lean_print_public_key(const char *key_file)
{
    EVP_PKEY *key = read_key(key_file);
    struct buffer blob = BUFFER(256);
    unsigned char text[256];

    add_public_key(&blob, key);
    struct str bytes = str_from_offset(buffer_str(&blob), 4);
    EVP_EncodeBlock(text, (const uint8_t *)bytes.data, (int)bytes.len);
    printf("ssh-ed25519 %s bench", (const char *)text);
    buffer_done(&blob);
    EVP_PKEY_free(key);
}
