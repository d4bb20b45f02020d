/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.h - the protocol of the control socket: a line in, a line out.
 *
 * A request is one JSON object in one line:
 *
 *   {"protocol": 1, "command": "kick", "arguments": {"who": "alice"}}
 *
 * and so is its answer:
 *
 *   {"protocol": 1, "ok": true, "result": {"sessions": 2}}
 *   {"protocol": 1, "ok": false, "error": "not found", "message": "…",
 *    "place": "arguments.who"}
 *
 * `place` is there when the request itself is at fault. A failure may have a
 * result as well. This file is pure: no socket, no thread.
 */
#pragma once

#include "base/buffer.h"

#include <jansson.h>
#include <sys/types.h>

enum {
    CONTROL_PROTOCOL = 1,
    CONTROL_REQUEST = 64 * 1024,      /* most bytes of a request */
    CONTROL_REPLY = 32 * 1024 * 1024, /* most bytes of an answer */
    CONTROL_NESTING = 8,              /* of brackets in a request */
};

struct control_peer { /* who asks, as the kernel says */
    uid_t uid;
    pid_t pid;
    int connection; /* its descriptor, for a handler that has to pass
                       descriptors along; -1: none */
};

enum control_kind { CONTROL_TEXT, CONTROL_FLAG };

struct control_argument {
    const char *name;
    enum control_kind kind;
    bool is_required;
};

struct control_request {
    const json_t *arguments; /* checked; private: see below */
    const struct control_peer *peer;
};

struct control_command {
    const char *name;
    const struct control_argument *arguments; /* the last has no name; or
                                                 NULL: it has none */
    /* Members of `result` are for the client, also after a failure. */
    enum status (*run)(void *arg, const struct control_request *,
                       json_t *result);
};

/* What the request says, or "" and false. */
const char *control_text(const struct control_request *, const char *argument);
bool control_flag(const struct control_request *, const char *argument);

/*
 * Answer the request (without its newline) by one of `commands`, the last of
 * which has no name; its handler gets `arg`. The answer, newline included, is
 * appended to `reply`, whose limit is CONTROL_REPLY. ERR_MEMORY.
 */
MUST_CHECK enum status control_answer(const struct control_command *commands,
                                      void *arg, struct str request,
                                      const struct control_peer *,
                                      struct buffer *reply);
