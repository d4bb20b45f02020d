/* SPDX-License-Identifier: Apache-2.0 */
/* control_client.c - asking a running server, from another process. */
#include "admin/control_client.h"

#include "admin/control.h"
#include "admin/control_path.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

void
json_done(json_t **value)
{
    json_decref(*value);
    *value = NULL;
}

static enum status
connect_by(int fd, const char *path)
{
    struct sockaddr_un address;
    socklen_t len;
    int folder;

    enum status status = control_address(path, &address, &len, &folder);
    if (status == ERR_NOT_FOUND)
        return fail(ERR_CLOSED, "no server runs: there is no '%s'", path);
    TRY(status);
    int result = connect(fd, (const struct sockaddr *)&address, len);
    int error = errno;
    if (folder >= 0)
        close(folder);
    if (result == 0)
        return OK;
    if (error == ENOENT || error == ENOTDIR)
        return fail(ERR_CLOSED, "no server runs: there is no '%s'", path);
    if (error == ECONNREFUSED)
        return fail(ERR_CLOSED, "no server runs: nobody listens on '%s'", path);
    return fail_errno(error, "cannot connect to '%s'", path);
}

static enum status
wait_for(int fd, short events, int64_t deadline_ms)
{
    struct pollfd polled = { .fd = fd, .events = events };

    for (;;) {
        int64_t left_ms = deadline_ms - clock_now_ms(clock_real());

        if (left_ms <= 0)
            return fail(ERR_TIMEOUT, "the server has not answered in time");
        int ready = poll(&polled, 1, (int)left_ms);
        if (ready > 0)
            return OK;
        if (ready < 0 && errno != EINTR)
            return fail_errno(errno, "poll");
    }
}

/* A server that turns us away may have said so and gone before we ask. */
static enum status
send_line(int fd, const char *line, int64_t deadline_ms)
{
    struct str rest = str_of(line);

    while (rest.len > 0) {
        TRY(wait_for(fd, POLLOUT, deadline_ms));
        ssize_t sent = send(fd, rest.data, rest.len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EPIPE)
            return OK;
        if (sent < 0 && errno != EINTR)
            return fail(ERR_CLOSED, "the server has closed the connection");
        if (sent > 0)
            rest = str_from_offset(rest, (size_t)sent);
    }
    return OK;
}

static void
keep_sockets(struct msghdr *message, struct control_sockets *sockets)
{
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
         part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        for (size_t i = 0; i < count; i++) {
            int got;

            memcpy(&got, CMSG_DATA(part) + i * sizeof got, sizeof got);
            if (sockets->count < CONTROL_SOCKETS)
                sockets->sockets[sockets->count++] = got;
            else
                close(got);
        }
    }
}

/* As recv(); `sockets` may be NULL. */
static ssize_t
receive_some(int fd, char *room, struct control_sockets *sockets)
{
    union {
        struct cmsghdr first; /* for its alignment */
        char bytes[CMSG_SPACE(sizeof(int) * CONTROL_SOCKETS)];
    } parts;
    struct iovec text = { room, PIECE };
    struct msghdr message = { .msg_iov = &text,
                              .msg_iovlen = 1,
                              .msg_control = parts.bytes,
                              .msg_controllen = sizeof parts.bytes };

    if (sockets == NULL)
        return recv(fd, room, PIECE, 0);
    ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    if (got >= 0)
        keep_sockets(&message, sockets);
    return got;
}

static enum status
receive_piece(int fd, int64_t deadline_ms, struct buffer *in,
              struct control_sockets *sockets)
{
    char *room;

    TRY(buffer_reserve(in, PIECE, &room));
    TRY(wait_for(fd, POLLIN, deadline_ms));
    ssize_t got = receive_some(fd, room, sockets);
    if (got < 0 && errno == EINTR)
        return OK;
    if (got <= 0)
        return fail(ERR_CLOSED, "the server has closed the connection");
    buffer_added(in, (size_t)got);
    return OK;
}

/* One was asked for, so it is whole when the last byte is a newline. */
static bool
is_line(struct str bytes)
{
    return bytes.len > 0 && bytes.data[bytes.len - 1] == '\n';
}

static enum status
receive_line(int fd, int64_t deadline_ms, struct buffer *in,
             struct control_sockets *sockets)
{
    enum status status = OK;

    while (status == OK && !is_line(buffer_str(in)))
        status = receive_piece(fd, deadline_ms, in, sockets);
    return status;
}

static enum status
talk(int fd, const char *path, const char *line, int64_t timeout_ms,
     struct control_sockets *sockets, json_t **answer_out)
{
    AUTO(buffer_done) struct buffer in = BUFFER(CONTROL_REPLY + PIECE);
    int64_t deadline_ms = clock_now_ms(clock_real()) + timeout_ms;
    json_error_t error;

    TRY(connect_by(fd, path));
    TRY(send_line(fd, line, deadline_ms));
    TRY(receive_line(fd, deadline_ms, &in, sockets));
    struct str text = buffer_str(&in);
    *answer_out = json_loadb(text.data, text.len, 0, &error);
    if (!json_is_object(*answer_out)) {
        json_done(answer_out);
        return fail(ERR_IO, "the server's answer cannot be understood");
    }
    return OK;
}

static enum status
ask(const char *path, json_t *request, int64_t timeout_ms,
    struct control_sockets *sockets, json_t **answer_out)
{
    AUTO(str_free) char *line = NULL;
    AUTO(buffer_done) struct buffer text = BUFFER(CONTROL_REQUEST + 1);

    line = json_dumps(request, JSON_COMPACT);
    if (line == NULL)
        return fail(ERR_INVALID, "an argument is not valid UTF-8");
    TRY(buffer_addf(&text, "%s\n", line));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail_errno(errno, "socket");
    enum status status =
        talk(fd, path, buffer_text(&text), timeout_ms, sockets, answer_out);
    close(fd);
    return status;
}

enum status
control_ask(const char *path, const char *command, json_t *arguments,
            int64_t timeout_ms, json_t **answer_out)
{
    AUTO(json_done)
    json_t *request =
        json_pack("{s:i, s:s, s:o*}", "protocol", CONTROL_PROTOCOL, "command",
                  command, "arguments", arguments);

    *answer_out = NULL;
    if (request == NULL)
        return fail(ERR_INVALID, "a request cannot be made of that");
    return ask(path, request, timeout_ms, NULL, answer_out);
}

enum status
control_ask_for_sockets(const char *path, const char *command,
                        int64_t timeout_ms, struct control_sockets *out,
                        json_t **answer_out)
{
    AUTO(json_done)
    json_t *request = json_pack("{s:i, s:s}", "protocol", CONTROL_PROTOCOL,
                                "command", command);

    *answer_out = NULL;
    out->count = 0;
    if (request == NULL)
        return fail(ERR_MEMORY, "no memory for a request");
    enum status status = ask(path, request, timeout_ms, out, answer_out);
    for (size_t i = 0; status != OK && i < out->count; i++)
        close(out->sockets[i]);
    if (status != OK)
        out->count = 0;
    return status;
}
