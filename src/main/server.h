/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.h - the running server: its parts, and what an operator may ask of
 * it. Signals (serve.c) and the control socket (admin) both come here.
 *
 * Calls may come from any thread; those that change something wait for one
 * another.
 */
#pragma once

#include "config/config.h"
#include "session/session.h"

struct notify;
struct server;
struct services;
struct takeover;

struct server_options {
    const char *config_path;
    const char *program;       /* path of the program that runs; copied */
    struct takeover *takeover; /* ports of a server that runs; borrowed while
                                  it starts; NULL: none */
};

/* Load, check, start every part. A failure has been reported on standard
 * error as far as it is about the file, and is in fail_reason(). */
MUST_CHECK enum status server_start(const struct server_options *,
                                    struct server **server_out);

/* Stop at once what still runs, and free. Safe on NULL. */
void server_stop(struct server **);

/*
 * Read the file again and apply it as a whole, or change nothing. What is
 * wrong goes to `report` (may be NULL) and to an event. ERR_INVALID: the file
 * has errors; anything else: it could not be applied (a port is taken, a key
 * cannot be read). Running sessions go on unless their account is no longer
 * what it was.
 */
MUST_CHECK enum status server_reload(struct server *, struct report *);

/* No new sessions, idle ones end, transfers finish within drain_timeout, then
 * all ends. Returns at once. */
void server_drain(struct server *, const char *why);
/* Take connections again. ERR_CONFLICT when it is not draining. */
MUST_CHECK enum status server_undrain(struct server *);

/* Another process has the ports now: close them here and let the sessions
 * finish. Those that are left after drain_timeout are drained. */
void server_retire(struct server *, pid_t successor);

enum server_state {
    SERVER_RUNNING,
    SERVER_RETIRING, /* sessions are left, another process has the ports */
    SERVER_DRAINING, /* sessions are left */
    SERVER_DRAINED,
};
enum server_state server_state(struct server *);

struct server_revision { /* of the configuration that is in force */
    uint64_t number;     /* 1 at the start, one more for each applied */
    char digest[65];     /* SHA-256 of server.ini, hexadecimal */
    int64_t applied_ms;  /* wall time */
    int64_t refused_ms;  /* wall time of the last file that was refused since;
                            0: none */
    char refusal[512];   /* why */
};
void server_revision(struct server *, struct server_revision *out);

struct hub *server_hub(struct server *);
/* The service manager, to be told of the rest of the server's life. */
struct notify *server_notify(struct server *);

/* One line a service: see service_view. */
struct service_view {
    const struct section *section; /* during the call only */
    uint16_t port;
    bool is_accepting;
    unsigned connections;
    int socket; /* that it listens on; during the call only */
};
/* `end` (may be NULL) is called behind the last, before any can change. */
void server_each_service(struct server *,
                         void (*see)(void *arg, const struct service_view *),
                         void (*end)(void *arg), void *arg);
