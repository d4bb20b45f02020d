/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_text.h - text of strangers as members of JSON.
 */
#pragma once

#include "base/status.h"
#include "base/str.h"

#include <jansson.h>

/*
 * Set a member to the text. Names of files are bytes: where they are not valid
 * UTF-8 each wrong byte shows as U+FFFD, and a second member with `_hex` behind
 * its name has all of them in hexadecimal digits, as in events.
 */
MUST_CHECK enum status json_set_text(json_t *object, const char *name,
                                     struct str text);

struct json_text {
    const char *name;
    const char *text;
};
MUST_CHECK enum status json_set_texts(json_t *object, const struct json_text *,
                                      size_t count);

/* Set a member and own `value`, which may be NULL: ERR_MEMORY. */
MUST_CHECK enum status json_set(json_t *object, const char *name,
                                json_t *value);
MUST_CHECK enum status json_append(json_t *list, json_t *value);

/* "2026-11-23T20:07:04.123Z"; null for 0. */
MUST_CHECK enum status json_set_time(json_t *object, const char *name,
                                     int64_t wall_ms);
MUST_CHECK enum status json_set_number(json_t *object, const char *name,
                                       uint64_t number);
