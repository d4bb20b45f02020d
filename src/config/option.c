/* SPDX-License-Identifier: Apache-2.0 */
/* option.c - finding rows, and names that are nearly right. */
#include "config/option.h"
#include "config/families.h"
#include "config/nearest.h"

#include <stddef.h>

static const struct family *const families[] = {
    &family_server,
    &family_cluster,
    &family_services,
    &family_authentications,
    &family_security_policies,
    &family_groups,
    &family_accounts,
    &family_roles,
    &family_administrators,
    &family_vault_items,
    &family_resources,
    &family_event_handlers,
    &family_locations,
    &family_transfers,
    &family_cluster_nodes,
};

const struct family *
family_at(size_t index)
{
    return index < sizeof families / sizeof families[0] ? families[index]
                                                        : NULL;
}

const struct family *
family_find(struct str name)
{
    const struct family *family;

    for (size_t i = 0; (family = family_at(i)) != NULL; i++)
        if (str_is(name, family->name))
            return family;
    return NULL;
}

const struct section_type *
family_type(const struct family *family, struct str type)
{
    const struct section_type *row = family->types;

    while (row != NULL && row->name != NULL && !str_is(type, row->name))
        row++;
    return row != NULL && row->name != NULL ? row : NULL;
}

bool
types_include(const char *types, const char *type)
{
    struct str rest = str_of(types);

    if (types == NULL || type[0] == '\0')
        return true;
    while (rest.len > 0)
        if (str_is(str_cut(&rest, ' '), type))
            return true;
    return false;
}

const struct option *
option_at(const struct family *family, const char *type, size_t index)
{
    for (const struct option_table *t = family->tables; t->rows != NULL; t++) {
        if (!types_include(t->types, type))
            continue;
        for (const struct option *row = t->rows; row->name != NULL; row++)
            if (types_include(row->types, type) && index-- == 0)
                return row;
    }
    return NULL;
}

static const struct option *
find_in_rows(const struct option *rows, const char *type, struct str name)
{
    for (const struct option *row = rows; row->name != NULL; row++)
        if (str_same_word(name, row->name) && types_include(row->types, type))
            return row;
    return NULL;
}

const struct option *
option_find(const struct family *family, const char *type, struct str name)
{
    const struct option *row = NULL;

    for (const struct option_table *t = family->tables;
         row == NULL && t->rows != NULL; t++)
        if (types_include(t->types, type))
            row = find_in_rows(t->rows, type, name);
    return row;
}

const char *
option_nearest(const struct family *family, const char *type, struct str name)
{
    struct nearest nearest = NEAREST(name);
    const struct option *row;

    for (size_t i = 0; (row = option_at(family, type, i)) != NULL; i++)
        nearest_try(&nearest, str_of(row->name), row->name);
    return nearest.best;
}

const char *
family_nearest(struct str name)
{
    struct nearest nearest = NEAREST(name);
    const struct family *family;

    for (size_t i = 0; (family = family_at(i)) != NULL; i++)
        nearest_try(&nearest, str_of(family->name), family->name);
    return nearest.best;
}

const char *
type_nearest(const struct family *family, struct str name)
{
    struct nearest nearest = NEAREST(name);

    for (const struct section_type *t = family->types; t->name != NULL; t++)
        nearest_try(&nearest, str_of(t->name), t->name);
    return nearest.best;
}

struct str
choice_nearest(const char *choices, struct str name)
{
    struct nearest nearest = NEAREST(name);
    struct str rest = str_of(choices);

    while (rest.len > 0) {
        struct str choice = str_cut(&rest, ' ');

        nearest_try(&nearest, choice, choice.data);
    }
    struct str best = str_of(nearest.best);
    return str_cut(&best, ' ');
}
