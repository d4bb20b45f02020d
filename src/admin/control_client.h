/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_client.h - asking a running server, from another process.
 */
#pragma once

#include "config/config.h"

#include <jansson.h>

/*
 * Send a command with `arguments` (may be NULL; stolen, also when this fails)
 * to the server that listens on `path`, and wait for its answer, which the
 * caller owns: the whole object, whether ok or not. ERR_CLOSED: no server runs
 * there; ERR_DENIED: not allowed; ERR_TIMEOUT after `timeout_ms`.
 */
MUST_CHECK enum status control_ask(const char *path, const char *command,
                                   json_t *arguments, int64_t timeout_ms,
                                   json_t **answer_out);

enum { CONTROL_SOCKETS = 64 };
struct control_sockets {
    size_t count;
    int sockets[CONTROL_SOCKETS]; /* the receiver's, to be closed by it */
};

/* The same for a command that is answered with descriptors as well. They are
 * there only with OK. */
MUST_CHECK enum status control_ask_for_sockets(const char *path,
                                               const char *command,
                                               int64_t timeout_ms,
                                               struct control_sockets *out,
                                               json_t **answer_out);

/* For AUTO(json_done) json_t *value. */
void json_done(json_t **);
