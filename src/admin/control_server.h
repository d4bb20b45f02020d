/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_server.h - the socket through which the operator's commands come.
 *
 * A stream socket with mode 0600; who connects must be root or the user that
 * the server runs as, by what the kernel says of the peer. Beside it lies a
 * file `<path>.lock`, held as long as the server lives: two servers never
 * share a socket, and what a dead one left is replaced.
 */
#pragma once

#include "admin/control.h"
#include "event/event.h"

enum {
    CONTROL_CONNECTIONS = 8,    /* at a time; the idlest has to make room */
    CONTROL_TIMEOUT_MS = 10000, /* for a whole request, and for its answer */
};

struct control_server;

struct control_server_options {
    const char *path; /* copied; the rest is borrowed */
    const struct control_command *commands;
    void *arg; /* for the commands; called on several threads */
    struct events *events;
    struct clock *clock;
};

/* ERR_BUSY: another server has the socket. */
MUST_CHECK enum status
control_server_start(const struct control_server_options *,
                     struct control_server **out);

/* Leave the path to another server: this one is found at `<path>.<pid>` from
 * now on. May be called by a command. */
MUST_CHECK enum status control_server_step_aside(struct control_server *);

/* Wait until the commands that run have ended, remove the socket, and free.
 * Safe on NULL. */
void control_server_stop(struct control_server **);
