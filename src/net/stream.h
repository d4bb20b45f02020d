/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.h - bytes over TCP, or over TLS on TCP, with a deadline on each call.
 *
 * A stream is used by one thread. Every wait ends at the deadline or when the
 * thread is woken (thread_wake): both are ERR_TIMEOUT, nothing is lost, and
 * the caller looks at its own reasons to end before it goes on.
 *
 * How the peer's side ended is told exactly, since a transfer depends on it:
 * an end in order (FIN, under TLS behind a close_notify) is a read of nothing;
 * a reset, or a FIN without close_notify under TLS, is ERR_CLOSED, and
 * stream_end_kind() tells which.
 */
#pragma once

#include "base/clock.h"
#include "base/status.h"
#include "base/str.h"
#include "net/tls.h"

struct stream;

/* Takes the connected socket over, also when it fails. */
MUST_CHECK enum status stream_new(int socket, struct clock *,
                                  struct stream **out);
/* Close at once: what has not left may be lost. Safe on NULL. */
void stream_free(struct stream **);

/* The socket, for address questions and to be shut down; the stream's. */
int stream_socket(const struct stream *);

/*
 * The TLS handshake as a server. Bytes that came before it and were not read
 * are the handshake's (they are dropped by stream_drop_input() first where a
 * protocol upgrades). ERR_CLOSED, ERR_TIMEOUT (it may be called again with the
 * same options), or ERR_INVALID with TLS's own reason.
 */
MUST_CHECK enum status stream_start_tls(struct stream *,
                                        const struct tls_session_options *,
                                        int64_t deadline_ms);
/*
 * Another ticket of TLS 1.3 leaves with the next bytes that are written:
 * clients on OpenSSL use each once. Nothing happens under TLS 1.2, whose
 * sessions are resumed again and again.
 */
void stream_renew_ticket(struct stream *);
/* NULL when it is plain. */
const struct tls_peer *stream_tls(const struct stream *);

/* At least one byte; 0: the peer has ended its side in order. */
MUST_CHECK enum status stream_read(struct stream *, void *into, size_t size,
                                   int64_t deadline_ms, size_t *got_out);
/* Some of them, at least one. After ERR_TIMEOUT the same bytes have to come
 * again, more behind them or not. */
MUST_CHECK enum status stream_write_some(struct stream *, struct str bytes,
                                         int64_t deadline_ms, size_t *sent_out);
/* All of the bytes. After anything but OK it is not known how many left. */
MUST_CHECK enum status stream_write(struct stream *, struct str bytes,
                                    int64_t deadline_ms);
/* Read what is there, without waiting, and forget it. */
MUST_CHECK enum status stream_drop_input(struct stream *, size_t *dropped_out);

/* A call of somebody else's on the socket failed with that errno. Returns what
 * stream_read() would have. */
MUST_CHECK enum status stream_fail(struct stream *, int number);

/* Wait until a byte can be read, or written. */
MUST_CHECK enum status stream_wait_input(struct stream *, int64_t deadline_ms);
MUST_CHECK enum status stream_wait_output(struct stream *, int64_t deadline_ms);

/* End our side in order: close_notify, then FIN. */
MUST_CHECK enum status stream_end(struct stream *, int64_t deadline_ms);

enum stream_end_kind {
    STREAM_OPEN,
    STREAM_ENDED,     /* in order */
    STREAM_TRUNCATED, /* FIN without close_notify */
    STREAM_RESET,
};
enum stream_end_kind stream_end_kind(const struct stream *);
