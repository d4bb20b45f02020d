/* SPDX-License-Identifier: Apache-2.0 */
/* staging_rules.c - which uploads are staged, path by path. */
#include "vfs/path_rules.h"
#include "vfs/places.h"

#include <stdlib.h>

struct staging_rules {
    struct path_rules *lines;
};

/* As the configuration reads flags. */
static enum status
read_answer(struct str word, unsigned *value_out)
{
    static const char *const words[2][4] = {
        { "No", "False", "Off", "0" },
        { "Yes", "True", "On", "1" },
    };

    for (unsigned i = 0; i < 8; i++)
        if (str_same_word(word, words[i / 4][i % 4])) {
            *value_out = i / 4;
            return OK;
        }
    return fail(ERR_INVALID, "'%.*s' must be Yes or No", STR_ARG(word));
}

enum status
staging_parse(struct str text, struct str user, struct clock *clock,
              struct staging_rules **out)
{
    struct staging_rules *rules = calloc(1, sizeof *rules);

    if (rules == NULL)
        return fail(ERR_MEMORY, "no memory for rules");
    enum status status =
        path_rules_parse(text, user, clock, read_answer, &rules->lines);
    if (status != OK) {
        staging_free(&rules);
        return status;
    }
    *out = rules;
    return OK;
}

void
staging_free(struct staging_rules **rules)
{
    if (*rules == NULL)
        return;
    path_rules_free(&(*rules)->lines);
    free(*rules);
    *rules = NULL;
}

bool
staging_of(const struct staging_rules *rules, struct str path)
{
    return path_rules_of(rules->lines, path, true) != 0;
}

bool
staging_have_paths(const struct staging_rules *rules)
{
    return path_rules_have_paths(rules->lines);
}

bool
staging_is_possible(const struct staging_rules *rules)
{
    return path_rules_have(rules->lines, true);
}
