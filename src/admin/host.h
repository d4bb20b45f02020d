/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.h - what the operator's side needs of the server that it runs in.
 *
 * The server is made in main, which this layer may not know: it hands itself
 * over as functions. All may be called from any thread.
 */
#pragma once

#include "config/report.h"
#include "session/session.h"

enum admin_state {
    ADMIN_RUNNING,
    ADMIN_RETIRING, /* another process has taken over */
    ADMIN_DRAINING,
    ADMIN_DRAINED,
};

struct admin_revision { /* of the configuration that is in force */
    uint64_t number;
    char digest[65];
    int64_t applied_ms; /* wall time */
    int64_t refused_ms; /* wall time of a newer file that was refused; or 0 */
    char refusal[512];
};

struct admin_service { /* text is there during the call only */
    const char *id;
    const char *name;
    const char *type;
    const char *address;
    uint16_t port;
    bool is_accepting;
    unsigned connections;
    int socket; /* listening; -1: none */
};

enum { ADMIN_NAME = 257 };

struct admin_host { /* all borrowed, longer-lived than its user */
    void *arg;
    struct hub *hub;
    struct events *events;
    struct clock *clock;
    const char *name;   /* of this server */
    int64_t started_ms; /* clock_now_ms */

    enum status (*reload)(void *arg, struct report *);
    void (*drain)(void *arg, const char *why);
    enum status (*undrain)(void *arg);
    enum admin_state (*state)(void *arg);
    void (*revision)(void *arg, struct admin_revision *out);
    /* `end` (may be NULL) is called behind the last, before any of them can
     * change. */
    void (*each_service)(void *arg,
                         void (*see)(void *see_arg,
                                     const struct admin_service *),
                         void (*end)(void *see_arg), void *see_arg);
    /* That process serves the ports from now on. */
    enum status (*retire)(void *arg, pid_t successor);
    /* Start a program that is to take over. */
    enum status (*upgrade)(void *arg, const char *program, pid_t *pid_out);
    /* The name of the account with that uuid, "" when none has it any more. */
    void (*account_name)(void *arg, const char *uuid, char out[ADMIN_NAME]);
};
