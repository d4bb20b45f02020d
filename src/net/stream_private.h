/* SPDX-License-Identifier: Apache-2.0 */
/* stream_private.h - a stream from inside. */
#pragma once

#include "net/stream.h"
#include "net/tls_gather.h"
#include "net/tls_private.h"

struct stream {
    int socket;
    struct clock *clock;
    enum stream_end_kind end;
    SSL *ssl; /* NULL: plain */
    struct tls_connection tls;
    struct tls_gather gather;
    size_t sealed; /* bytes of a write that wait in `gather` to be sent */
    struct tls_context *context; /* counted */
    struct tls_peer peer;
    char server_name[TLS_NAME];
    char alpn[TLS_NAME];
    char common_name[TLS_NAME];
};

/* stream_tls.c: as those of stream.h, on s->ssl. */
MUST_CHECK enum status stream_tls_read(struct stream *, void *into, size_t size,
                                       int64_t deadline_ms, size_t *got_out);
MUST_CHECK enum status stream_tls_write(struct stream *, struct str bytes,
                                        int64_t deadline_ms, size_t *sent_out);
MUST_CHECK enum status stream_tls_end(struct stream *, int64_t deadline_ms);
void stream_tls_free(struct stream *);
