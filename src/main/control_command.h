/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_command.h - what the commands share that ask a running server.
 */
#pragma once

#include "base/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum { EXIT_NOT_RUNNING = 3 };

struct control_usage {
    const char *name;   /* of the command, for messages */
    const char *help;   /* whole */
    const char *flag;   /* one more option, "watch"; or NULL */
    bool has_what;      /* one argument is required; else none is allowed, */
    bool may_have_what; /* or one */
};

struct control_wish {
    const char *name;
    const char *file;
    bool as_json;
    bool flag;
    const char *what;
};

/* False: *exit_code_out is to be returned; the user has been told why. */
bool control_parse(int argc, char **argv, const struct control_usage *,
                   struct control_wish *out, int *exit_code_out);

/*
 * Ask the server of the wish's server.ini. `arguments` (may be NULL) is taken
 * over. The answer (NULL when there is none) is the caller's.
 */
MUST_CHECK enum status control_request(const struct control_wish *,
                                       const char *command, json_t *arguments,
                                       json_t **answer_out);

/* Whether the server did what it was asked; if not, say why on standard error
 * (as JSON: the answer, on standard output). */
bool control_is_done(const struct control_wish *, enum status,
                     const json_t *answer, int *exit_code_out);

/* The member `result`, never NULL behind control_is_done(). */
const json_t *control_result(const json_t *answer);
void control_print_json(const json_t *value);

/* ---- for people ---- */

/* Text of strangers, fit for a terminal. */
void print_visible(FILE *to, const char *text);
const char *member_text(const json_t *object, const char *name);  /* or "" */
json_int_t member_number(const json_t *object, const char *name); /* or 0 */

enum { HUMAN = 32 };
/* "12.5 MiB" */
const char *human_bytes(json_int_t bytes, char text[HUMAN]);
/* "2 h 5 min" */
const char *human_time(json_int_t ms, char text[HUMAN]);
