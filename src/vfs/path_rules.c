/* SPDX-License-Identifier: Apache-2.0 */
/* path_rules.c - the first expression that matches a path decides. */
#include "vfs/path_rules.h"

#include <stdlib.h>

struct path_rule {
    struct matching *expression;
    unsigned value;
};

struct path_rules {
    struct clock *clock;
    unsigned usual;
    size_t count;
    struct path_rule rules[];
};

/* The next line that has something in it; false behind the last. */
static bool
next_line(struct str *text, struct str *line_out)
{
    while (text->len > 0) {
        *line_out = str_trim(str_cut(text, '\n'));
        if (line_out->len > 0)
            return true;
    }
    return false;
}

static enum status
read_rule(struct str line, struct str user, path_rule_words *read,
          struct path_rule *out)
{
    struct str words = line;
    struct str expression = matching_cut(&words);

    if (words.len == 0)
        return fail(ERR_INVALID, "'%.*s' says nothing about its paths",
                    STR_ARG(line));
    TRY(read(words, &out->value));
    return matching_compile(expression, user, &out->expression);
}

static enum status
read_lines(struct str text, struct str user, path_rule_words *read,
           struct path_rules *rules)
{
    struct str line;

    if (!next_line(&text, &line))
        return read(STR_NONE, &rules->usual);
    TRY(read(line, &rules->usual));
    while (next_line(&text, &line)) {
        TRY(read_rule(line, user, read, &rules->rules[rules->count]));
        rules->count++;
    }
    return OK;
}

static size_t
count_lines(struct str text)
{
    struct str line;
    size_t count = 0;

    while (next_line(&text, &line))
        count++;
    return count;
}

enum status
path_rules_parse(struct str text, struct str user, struct clock *clock,
                 path_rule_words *read, struct path_rules **out)
{
    size_t lines = count_lines(text);
    struct path_rules *rules;

    if (lines > PATH_RULES_MAX)
        return fail(ERR_LIMIT, "more than %d lines of rules", PATH_RULES_MAX);
    rules = calloc(1, sizeof *rules + lines * sizeof rules->rules[0]);
    if (rules == NULL)
        return fail(ERR_MEMORY, "no memory for rules");
    rules->clock = clock;
    enum status status = read_lines(text, user, read, rules);
    if (status != OK) {
        path_rules_free(&rules);
        return status;
    }
    *out = rules;
    return OK;
}

void
path_rules_free(struct path_rules **rules)
{
    if (*rules == NULL)
        return;
    for (size_t i = 0; i < (*rules)->count; i++)
        matching_free(&(*rules)->rules[i].expression);
    free(*rules);
    *rules = NULL;
}

unsigned
path_rules_of(const struct path_rules *rules, struct str path,
              unsigned undecided)
{
    if (rules->count == 0)
        return rules->usual;
    int64_t now_ms = clock_wall_ms(rules->clock);
    for (size_t i = 0; i < rules->count; i++)
        switch (matching_ask(rules->rules[i].expression, path, now_ms)) {
        case MATCHING_YES: return rules->rules[i].value;
        case MATCHING_UNDECIDED: return undecided;
        case MATCHING_NO: break;
        }
    return rules->usual;
}

unsigned
path_rules_usual(const struct path_rules *rules)
{
    return rules->usual;
}

bool
path_rules_have_paths(const struct path_rules *rules)
{
    return rules->count > 0;
}

bool
path_rules_have(const struct path_rules *rules, unsigned value)
{
    for (size_t i = 0; i < rules->count; i++)
        if (rules->rules[i].value == value)
            return true;
    return rules->usual == value;
}
