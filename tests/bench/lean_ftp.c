/* SPDX-License-Identifier: Apache-2.0 */
/* lean_ftp.c - an FTP client that costs as little as the wire allows. */
#include "lean_ftp.h"

#include "load.h"

#include <openssl/ssl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 256 * 1024, LINES = 4096 };

/* A connection, plain or under TLS. */
struct pipe_end {
    int socket;
    SSL *ssl; /* NULL: plain */
};

struct lean_ftp {
    struct pipe_end control;
    SSL_CTX *tls;         /* NULL: plain */
    SSL_SESSION *session; /* the newest: vsftpd takes none twice */
    char lines[LINES];
    size_t len;  /* of what has come and is not yet taken */
    char *piece; /* PIECE bytes */
};

/* ---- a connection ---- */

static size_t
read_some(const struct pipe_end *end, char *into, size_t size)
{
    size_t got = 0;

    if (end->ssl == NULL) {
        ssize_t n = recv(end->socket, into, size, 0);
        if (n < 0)
            die("the connection was cut");
        return (size_t)n;
    }
    if (SSL_read_ex(end->ssl, into, size, &got) == 1)
        return got;
    if (SSL_get_error(end->ssl, 0) != SSL_ERROR_ZERO_RETURN)
        die("TLS was cut");
    return 0;
}

static void
write_all(const struct pipe_end *end, const char *bytes, size_t len)
{
    while (len > 0) {
        size_t done = 0;
        ssize_t n;

        if (end->ssl != NULL) {
            if (SSL_write_ex(end->ssl, bytes, len, &done) != 1)
                die("TLS takes no bytes");
        } else {
            n = send(end->socket, bytes, len, MSG_NOSIGNAL);
            if (n <= 0)
                die("the connection takes no bytes");
            done = (size_t)n;
        }
        bytes += done;
        len -= done;
    }
}

/* Our side ends in order; the server's end is waited for, so that nothing
 * unread turns our close into a reset, and for the tickets that some servers
 * send here. */
static void
end_in_order(struct pipe_end *end)
{
    char rest[512];
    size_t got;

    if (end->ssl != NULL)
        SSL_shutdown(end->ssl);
    shutdown(end->socket, SHUT_WR);
    while (end->ssl != NULL &&
           SSL_read_ex(end->ssl, rest, sizeof rest, &got) == 1)
        continue;
    while (recv(end->socket, rest, sizeof rest, 0) > 0)
        continue;
    SSL_free(end->ssl);
    close(end->socket);
    *end = (struct pipe_end){ .socket = -1 };
}

/* ---- TLS ---- */

static int
keep_session(SSL *ssl, SSL_SESSION *session)
{
    struct lean_ftp *f = SSL_get_app_data(ssl);

    SSL_SESSION_free(f->session);
    f->session = session;
    return 1;
}

static SSL_CTX *
new_context(void)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

    if (tls == NULL || SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION) != 1)
        die("no TLS");
    if (SSL_CTX_set_ciphersuites(tls, "TLS_AES_128_GCM_SHA256") != 1)
        die("no cipher");
    SSL_CTX_set_read_ahead(tls, 1);
    SSL_CTX_set_default_read_buffer_len(tls, PIECE);
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_CLIENT |
                                            SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(tls, keep_session);
    return tls;
}

static void
start_tls(struct lean_ftp *f, struct pipe_end *end)
{
    SSL *ssl = SSL_new(f->tls);

    if (ssl == NULL || SSL_set_fd(ssl, end->socket) != 1)
        die("no TLS");
    SSL_set_app_data(ssl, f);
    if (f->session != NULL)
        SSL_set_session(ssl, f->session);
    if (SSL_connect(ssl) != 1)
        die("the TLS handshake failed");
    end->ssl = ssl;
}

/* ---- commands ---- */

/* The code of the next reply; its last line is what stands in front of
 * `after` bytes of f->lines. */
static unsigned
next_reply(struct lean_ftp *f, char text[LINES])
{
    for (;;) {
        char *end = memchr(f->lines, '\n', f->len);

        if (end == NULL) {
            if (f->len == LINES)
                die("a reply is too long");
            size_t n =
                read_some(&f->control, f->lines + f->len, LINES - f->len);
            if (n == 0)
                die("the server has hung up");
            f->len += n;
            continue;
        }
        size_t len = (size_t)(end - f->lines) + 1;
        memcpy(text, f->lines, len - 1);
        text[len - 1] = '\0';
        f->len -= len;
        memmove(f->lines, f->lines + len, f->len);
        unsigned code = (unsigned)strtoul(text, NULL, 10);
        if (code >= 100 && text[3] == ' ')
            return code;
    }
}

/* A reply of that hundred, or it is over. */
static void
expect(struct lean_ftp *f, unsigned hundred)
{
    char text[LINES];

    if (next_reply(f, text) / 100 != hundred)
        die("'%s' was not expected", text);
}

__attribute__((format(printf, 2, 3))) static void
say(struct lean_ftp *f, const char *format, ...)
{
    char line[LINES];
    va_list args;

    va_start(args, format);
    int len = vsnprintf(line, sizeof line - 2, format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= sizeof line - 2)
        die("a command is too long");
    line[len++] = '\r';
    line[len++] = '\n';
    write_all(&f->control, line, (size_t)len);
}

static void
secure(struct lean_ftp *f)
{
    f->tls = new_context();
    say(f, "AUTH TLS");
    expect(f, 2);
    start_tls(f, &f->control);
}

struct lean_ftp *
lean_ftp_open(const struct lean_ftp_options *o)
{
    struct lean_ftp *f = calloc(1, sizeof *f);

    if (f == NULL)
        die("out of memory");
    f->control.socket = load_connect(o->port);
    expect(f, 2);
    if (o->is_tls)
        secure(f);
    say(f, "USER %s", o->user);
    expect(f, 3);
    say(f, "PASS %s", o->password);
    expect(f, 2);
    if (o->is_tls) {
        say(f, "PBSZ 0");
        expect(f, 2);
        say(f, "PROT P");
        expect(f, 2);
    }
    say(f, "TYPE I");
    expect(f, 2);
    return f;
}

void
lean_ftp_close(struct lean_ftp **ftp)
{
    struct lean_ftp *f = *ftp;

    if (f == NULL)
        return;
    say(f, "QUIT");
    expect(f, 2);
    end_in_order(&f->control);
    SSL_SESSION_free(f->session);
    SSL_CTX_free(f->tls);
    free(f->piece);
    free(f);
    *ftp = NULL;
}

/* ---- transfers ---- */

/* A data connection, and 150 to the command. */
static struct pipe_end
begin(struct lean_ftp *f, const char *verb, const char *path)
{
    char text[LINES];

    say(f, "EPSV");
    if (next_reply(f, text) != 229 || strstr(text, "|||") == NULL)
        die("'%s' tells no port", text);
    unsigned long port = strtoul(strstr(text, "|||") + 3, NULL, 10);
    struct pipe_end data = { .socket = load_connect((uint16_t)port) };
    say(f, "%s %s", verb, path);
    if (f->tls != NULL)
        start_tls(f, &data);
    expect(f, 1);
    if (f->piece == NULL)
        f->piece = calloc(1, PIECE);
    if (f->piece == NULL)
        die("out of memory");
    return data;
}

uint64_t
lean_ftp_get(struct lean_ftp *f, const char *path)
{
    struct pipe_end data = begin(f, "RETR", path);
    uint64_t bytes = 0;
    size_t got = 1;

    while (got > 0) {
        got = read_some(&data, f->piece, PIECE);
        bytes += got;
    }
    end_in_order(&data);
    expect(f, 2);
    return bytes;
}

void
lean_ftp_put(struct lean_ftp *f, const char *path, uint64_t bytes)
{
    struct pipe_end data = begin(f, "STOR", path);

    while (bytes > 0) {
        size_t len = bytes < PIECE ? (size_t)bytes : PIECE;

        write_all(&data, f->piece, len);
        bytes -= len;
    }
    end_in_order(&data);
    expect(f, 2);
}
