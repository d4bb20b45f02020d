/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path_rules.h - a setting for all paths, and others for some.
 *
 * The text of an option: the first line is for all paths, each line below it is
 * "EXPRESSION, word, word". The first expression that matches a path decides,
 * in place of the first line.
 */
#pragma once

#include "base/clock.h"
#include "base/matching.h"

enum { PATH_RULES_MAX = 1000 /* lines */ };

struct path_rules;

/* What the words of a line say. */
typedef enum status path_rule_words(struct str words, unsigned *value_out);

/* `user` is for ${USER}; the clock is borrowed. ERR_INVALID names the line. */
MUST_CHECK enum status path_rules_parse(struct str text, struct str user,
                                        struct clock *, path_rule_words *read,
                                        struct path_rules **out);
void path_rules_free(struct path_rules **);

/* The value for a path; `undecided` when an expression goes over its limit. */
unsigned path_rules_of(const struct path_rules *, struct str path,
                       unsigned undecided);

/* The first line's value. */
unsigned path_rules_usual(const struct path_rules *);
/* Whether there are lines below it. */
bool path_rules_have_paths(const struct path_rules *);
/* Whether a line, the first or one below, has this value. */
bool path_rules_have(const struct path_rules *, unsigned value);
