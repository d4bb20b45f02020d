/* SPDX-License-Identifier: Apache-2.0 */
/* permission_rules.c - the verbs that an account has, path by path. */
#include "vfs/path_rules.h"
#include "vfs/places.h"

#include <stdlib.h>

struct permission_rules {
    struct path_rules *lines;
};

static const struct {
    const char *verb;
    unsigned permission;
} verbs[] = {
    { "allow-full-control", ALLOW_FULL_CONTROL },
    { "deny-full-control", DENY_FULL_CONTROL },
    { "allow-read", ALLOW_READ },
    { "allow-list", ALLOW_LIST },
    { "allow-traverse", ALLOW_TRAVERSE },
    { "allow-write", ALLOW_WRITE },
    { "allow-create-folder", ALLOW_CREATE_FOLDER },
    { "allow-rename", ALLOW_RENAME },
    { "allow-delete-folder", ALLOW_DELETE_FOLDER },
    { "allow-delete-file", ALLOW_DELETE_FILE },
    { "allow-set-attributes", ALLOW_SET_ATTRIBUTES },
};

static enum status
add_verb(struct str word, unsigned *set)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (str_same_word(word, verbs[i].verb)) {
            *set |= verbs[i].permission;
            return OK;
        }
    return fail(ERR_INVALID, "unknown permission '%.*s'", STR_ARG(word));
}

/* To deny wins over whatever else the line says. */
static enum status
read_verbs(struct str words, unsigned *value_out)
{
    unsigned set = 0;

    while (words.len > 0) {
        struct str word = str_trim(str_cut(&words, ','));

        if (word.len > 0)
            TRY(add_verb(word, &set));
    }
    *value_out = (set & DENY_FULL_CONTROL) != 0 ? 0 : set;
    return OK;
}

enum status
permissions_parse(struct str text, struct str user, struct clock *clock,
                  struct permission_rules **out)
{
    struct permission_rules *rules = calloc(1, sizeof *rules);

    if (rules == NULL)
        return fail(ERR_MEMORY, "no memory for rules");
    enum status status =
        path_rules_parse(text, user, clock, read_verbs, &rules->lines);
    if (status != OK) {
        permissions_free(&rules);
        return status;
    }
    *out = rules;
    return OK;
}

void
permissions_free(struct permission_rules **rules)
{
    if (*rules == NULL)
        return;
    path_rules_free(&(*rules)->lines);
    free(*rules);
    *rules = NULL;
}

unsigned
permissions_of(const struct permission_rules *rules, struct str path)
{
    return path_rules_of(rules->lines, path, 0);
}

bool
permissions_have_paths(const struct permission_rules *rules)
{
    return path_rules_have_paths(rules->lines);
}
