/* SPDX-License-Identifier: Apache-2.0 */
/* tls_gather.c - a socket under TLS whose records leave together. */
#include "net/tls_gather.h"

#include <errno.h>
#include <sys/socket.h>

enum { OUT = 512 * 1024 }; /* most bytes that wait */

/* 1, or -1 with what OpenSSL has to be told. */
static int
send_all(BIO *bio, struct tls_gather *self)
{
    BIO_clear_retry_flags(bio);
    while (buffer_len(&self->out) > 0) {
        struct str bytes = buffer_str(&self->out);
        ssize_t n = send(self->socket, bytes.data, bytes.len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            BIO_set_retry_write(bio);
        if (n < 0)
            return -1;
        buffer_take(&self->out, (size_t)n);
    }
    return 1;
}

static int
gather(BIO *bio, const char *bytes, size_t len, size_t *done_out)
{
    struct tls_gather *self = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    if (buffer_add(&self->out, str_from(bytes, len)) != OK &&
        (send_all(bio, self) != 1 ||
         buffer_add(&self->out, str_from(bytes, len)) != OK))
        return 0;
    *done_out = len;
    return 1;
}

static int
receive(BIO *bio, char *into, size_t size, size_t *got_out)
{
    struct tls_gather *self = BIO_get_data(bio);
    ssize_t n;

    BIO_clear_retry_flags(bio);
    do {
        n = recv(self->socket, into, size, 0);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        BIO_set_retry_read(bio);
    if (n == 0)
        self->is_ended = true;
    *got_out = n > 0 ? (size_t)n : 0;
    return n > 0;
}

static long
control(BIO *bio, int what, long number, void *pointer)
{
    struct tls_gather *self = BIO_get_data(bio);

    (void)number;
    (void)pointer;
    switch (what) {
    case BIO_CTRL_FLUSH: return send_all(bio, self);
    case BIO_CTRL_EOF: return self->is_ended;
    default: return 0;
    }
}

enum status
tls_gather_method(BIO_METHOD **out)
{
    /* A type of its own is only for those who look for it, and OpenSSL has
     * but a hundred to give. */
    BIO_METHOD *made = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "gather");

    if (made == NULL || BIO_meth_set_write_ex(made, gather) != 1 ||
        BIO_meth_set_read_ex(made, receive) != 1 ||
        BIO_meth_set_ctrl(made, control) != 1) {
        BIO_meth_free(made);
        return fail(ERR_MEMORY, "no memory for TLS");
    }
    *out = made;
    return OK;
}

BIO *
tls_gather_new(const BIO_METHOD *method, struct tls_gather *self, int socket)
{
    BIO *bio = BIO_new(method);

    *self = (struct tls_gather){ .socket = socket, .out = BUFFER(OUT) };
    if (bio == NULL)
        return NULL;
    BIO_set_data(bio, self);
    BIO_set_init(bio, 1);
    return bio;
}

void
tls_gather_done(struct tls_gather *self)
{
    buffer_done(&self->out);
}
