/* SPDX-License-Identifier: Apache-2.0 */
/* lean_sftp.c - draft-ietf-secsh-filexfer-02, the client's side of a few. */
#include "lean_sftp.h"

#include "base/wire.h"

#include <stdlib.h>
#include <string.h>

enum {
    REQUEST_INIT = 1,
    REQUEST_OPEN = 3,
    REQUEST_CLOSE = 4,
    REQUEST_READ = 5,
    REQUEST_WRITE = 6,
    REQUEST_OPENDIR = 11,
    REQUEST_READDIR = 12,

    HEAD = 9, /* length, type, id: in front of every reply */
    MOST_REPLY = 4 << 20,
    OVERHEAD = 512, /* of a request, beside its data */
};

struct lean_sftp {
    struct lean *lean;
    struct str received; /* of the channel, not yet looked at */
    uint32_t last_id;
    uint8_t head[HEAD];
    size_t head_len;
    size_t left; /* of the reply whose head is complete */
    struct buffer body;
    struct buffer request;
};

static void
must(enum status status)
{
    if (status != OK)
        die("%s", fail_reason());
}

/* A request without its length, which send_it() knows. */
static struct buffer *
request(struct lean_sftp *s, uint8_t type, uint32_t *id_out)
{
    buffer_clear(&s->request);
    must(add_u8(&s->request, type));
    must(add_u32(&s->request, *id_out = ++s->last_id));
    return &s->request;
}

static void
send_it(struct lean_sftp *s, struct str tail)
{
    struct str body = buffer_str(&s->request);
    char head[OVERHEAD];

    put_u32(head, (uint32_t)(body.len + tail.len));
    memcpy(head + 4, body.data, body.len);
    lean_send(s->lean, str_from(head, 4 + body.len), tail);
}

bool
lean_sftp_has_room(const struct lean_sftp *s, size_t len)
{
    return lean_room(s->lean) >= len + OVERHEAD;
}

/* Small requests may wait for the window here. */
static void
wait_for_room(struct lean_sftp *s)
{
    while (!lean_sftp_has_room(s, 0))
        die("the server's window is full and nothing is expected of it");
}

struct lean_sftp *
lean_sftp_open(const struct lean_options *options)
{
    struct lean_sftp *s = calloc(1, sizeof *s);

    if (s == NULL)
        die("out of memory");
    s->body = BUFFER(MOST_REPLY);
    s->request = BUFFER(OVERHEAD - 4);
    s->received = STR_NONE;
    s->lean = lean_open(options);
    must(add_u8(&s->request, REQUEST_INIT));
    must(add_u32(&s->request, 3));
    send_it(s, STR_NONE);
    if (next_reply(s).type != REPLY_VERSION)
        die("no VERSION");
    return s;
}

void
lean_sftp_close(struct lean_sftp **sftp)
{
    struct lean_sftp *s = *sftp;

    if (s == NULL)
        return;
    lean_close(&s->lean);
    buffer_done(&s->body);
    buffer_done(&s->request);
    free(s);
    *sftp = NULL;
}

uint32_t
send_open(struct lean_sftp *s, const char *path, uint32_t flags)
{
    uint32_t id;
    struct buffer *b = request(s, REQUEST_OPEN, &id);

    wait_for_room(s);
    must(add_string(b, str_of(path)));
    must(add_u32(b, flags));
    must(add_u32(b, 0)); /* no attributes */
    send_it(s, STR_NONE);
    return id;
}

static uint32_t
send_text(struct lean_sftp *s, uint8_t type, struct str text)
{
    uint32_t id;
    struct buffer *b = request(s, type, &id);

    wait_for_room(s);
    must(add_string(b, text));
    send_it(s, STR_NONE);
    return id;
}

uint32_t
send_close(struct lean_sftp *s, struct str handle)
{
    return send_text(s, REQUEST_CLOSE, handle);
}

uint32_t
send_opendir(struct lean_sftp *s, const char *path)
{
    return send_text(s, REQUEST_OPENDIR, str_of(path));
}

uint32_t
send_readdir(struct lean_sftp *s, struct str handle)
{
    return send_text(s, REQUEST_READDIR, handle);
}

uint32_t
send_read(struct lean_sftp *s, struct str handle, uint64_t offset, uint32_t len)
{
    uint32_t id;
    struct buffer *b = request(s, REQUEST_READ, &id);

    wait_for_room(s);
    must(add_string(b, handle));
    must(add_u64(b, offset));
    must(add_u32(b, len));
    send_it(s, STR_NONE);
    return id;
}

uint32_t
send_write(struct lean_sftp *s, struct str handle, uint64_t offset,
           struct str bytes)
{
    uint32_t id;
    struct buffer *b = request(s, REQUEST_WRITE, &id);

    must(add_string(b, handle));
    must(add_u64(b, offset));
    must(add_u32(b, (uint32_t)bytes.len));
    send_it(s, bytes);
    return id;
}

/* Take what is missing of the head; true when it is complete. */
static bool
take_head(struct lean_sftp *s)
{
    size_t missing = HEAD - s->head_len;
    size_t len = missing < s->received.len ? missing : s->received.len;

    memcpy(s->head + s->head_len, s->received.data, len);
    s->head_len += len;
    s->received = str_from_offset(s->received, len);
    if (s->head_len < HEAD)
        return false;
    if (len > 0) {
        s->left = get_u32(s->head) - (HEAD - 4);
        buffer_clear(&s->body);
    }
    return true;
}

/* Take what is missing of the rest; true when the reply is complete. */
static bool
take_body(struct lean_sftp *s)
{
    size_t len = s->left < s->received.len ? s->left : s->received.len;

    if (s->head[4] != REPLY_DATA)
        must(buffer_add(&s->body, str_from(s->received.data, len)));
    s->received = str_from_offset(s->received, len);
    s->left -= len;
    return s->left == 0;
}

bool
poll_reply(struct lean_sftp *s, struct sftp_reply *reply_out)
{
    for (;;) {
        if (s->received.len == 0)
            s->received = lean_received(s->lean);
        if (s->received.len == 0)
            return false;
        if (!take_head(s) || !take_body(s))
            continue;
        s->head_len = 0;
        *reply_out = (struct sftp_reply){
            .type = s->head[4],
            .id = get_u32(s->head + 5),
            .body = buffer_str(&s->body),
            .data_len = get_u32(s->head) - HEAD,
        };
        return true;
    }
}

void
wait_for_server(struct lean_sftp *s)
{
    lean_wait(s->lean);
}

struct sftp_reply
next_reply(struct lean_sftp *s)
{
    struct sftp_reply reply;

    while (!poll_reply(s, &reply))
        lean_wait(s->lean);
    return reply;
}

uint32_t
reply_status(const struct sftp_reply *reply)
{
    struct reader r = reader_of(reply->body);

    return read_u32(&r);
}

static void
refused(const struct sftp_reply *reply, const char *what)
{
    struct reader r = reader_of(reply->body);
    uint32_t code = read_u32(&r);
    struct str text = read_string(&r);

    die("%s: reply %d, status %u, %.*s", what, reply->type, code,
        STR_ARG(text));
}

struct str
next_handle(struct lean_sftp *s, char room[256])
{
    struct sftp_reply reply = next_reply(s);

    if (reply.type != REPLY_HANDLE)
        refused(&reply, "open");
    struct reader r = reader_of(reply.body);
    struct str handle = read_string(&r);
    if (handle.len > 256)
        die("a handle of %zu bytes", handle.len);
    memcpy(room, handle.data, handle.len);
    return str_from(room, handle.len);
}

void
next_is_ok(struct lean_sftp *s, const char *what)
{
    struct sftp_reply reply = next_reply(s);

    if (reply.type != REPLY_STATUS || reply_status(&reply) != 0)
        refused(&reply, what);
}
