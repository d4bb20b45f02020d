/* SPDX-License-Identifier: Apache-2.0 */
/* config_difference.c - what is not the same in two configurations. */
#include "main/config_difference.h"

#include "config/option.h"

#include <string.h>

static const struct option *
row_at(const struct section *section, size_t index)
{
    const struct family *family = family_find(str_of(section_family(section)));
    bool is_typed = family->types != NULL;

    return option_at(family, is_typed ? section_text(section, "type") : "",
                     index);
}

static bool
option_differs(const struct section *a, const struct section *b,
               const char *option)
{
    return strcmp(section_text(a, option), section_text(b, option)) != 0;
}

bool
section_differs(const struct section *a, const struct section *b)
{
    const struct option *row;

    for (size_t i = 0; (row = row_at(a, i)) != NULL; i++)
        if (option_differs(a, b, row->name))
            return true;
    return false;
}

/* The rows say which options apply at once. */
void
config_report_restarts(const struct config *was, const struct config *is,
                       struct report *report)
{
    const struct section *before = config_server(was);
    const struct section *after = config_server(is);
    const struct option *row;

    for (size_t i = 0; (row = row_at(after, i)) != NULL; i++) {
        if ((row->flags & OPTION_LIVE) || !(row->flags & OPTION_SUPPORTED) ||
            !option_differs(before, after, row->name))
            continue;
        report_add(report, REPORT_WARNING, section_file(after, row->name),
                   section_line(after, row->name),
                   "a restart is needed for another '%s'; until then it "
                   "stays as it was",
                   row->name);
    }
}
