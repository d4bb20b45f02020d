/* SPDX-License-Identifier: Apache-2.0 */
/*
 * data_connection.h - FTP's other connection: who connects to whom, and
 * whether it is the one who is meant.
 *
 * Passive: a port of the range, in random order, is open for one client from
 * the control connection's address; anybody else who connects is closed and
 * the port goes on waiting (S25). Active: only to the control connection's
 * address and to ports from 1024 (S24). Under TLS its session must be one that
 * the control connection's gave out (ftps_require_session_reuse).
 */
#pragma once

#include "ftp/arguments.h"
#include "net/stream.h"

struct data_connection;

struct data_options {
    const char *peer_address; /* of the control connection; its client, behind
                                 a balancer */
    int control_socket;       /* for our own address */
    uint16_t first_port;      /* passive_port_range; 0: any */
    uint16_t last_port;
    uint16_t active_source_port;
    bool require_session_reuse;
    struct tls_context *tls; /* PROT P; NULL: PROT C */
    struct str tls_bound_to; /* what the control's tickets are bound to */
    struct clock *clock;
};

/* Open a port; *port_out. ERR_FULL: the range is used up. */
MUST_CHECK enum status data_listen(const struct data_options *, enum ftp_family,
                                   uint16_t *port_out,
                                   struct data_connection **out);
/* Note where to connect to later. ERR_DENIED: not the client's own address, or
 * a port below 1024. */
MUST_CHECK enum status data_connect_to(const struct data_options *,
                                       const struct ftp_address *,
                                       struct data_connection **out);
/* From now on under TLS of that context (PROT P), or not (NULL). */
void data_use_tls(struct data_connection *, struct tls_context *);
/* Until the client is there, without TLS so far. After ERR_TIMEOUT it may be
 * called again, as may the next. */
MUST_CHECK enum status data_connect(struct data_connection *,
                                    int64_t deadline_ms);
/* The connection, TLS and all; ERR_DENIED: it goes on with no TLS session that
 * it has to. data_done() frees the rest at any time. */
MUST_CHECK enum status data_open(struct data_connection *, int64_t deadline_ms,
                                 struct stream **stream_out);
void data_done(struct data_connection **);
