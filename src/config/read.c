/* SPDX-License-Identifier: Apache-2.0 */
/* read.c - what the options of a section mean, and whether they have effect. */
#include "config/config_private.h"

#include <strings.h>

struct value *
section_raw_value(struct section *section, struct str name)
{
    for (size_t i = 0; i < section->count; i++) {
        struct str known = section->values[i].raw->name;

        if (known.len == name.len &&
            strncasecmp(known.data, name.data, name.len) == 0)
            return &section->values[i];
    }
    return NULL;
}

/* The type is read first: which other options there are depends on it. */
static enum status
find_type(struct section *section, struct report *report)
{
    const struct family *family = section->family;
    struct value *value = section_raw_value(section, STR("type"));
    int line;

    if (family->types == NULL)
        return OK;
    section->type = family->usual_type ? family->usual_type : "";
    section->kind = family_type(family, str_of(section->type));
    if (value == NULL)
        return OK;
    value->row = option_find(family, "", STR("type"));
    enum status status = value_read(value, &line);

    if (status != OK && status != ERR_INVALID)
        return status;
    if (value->is_empty)
        return OK;
    section->kind = family_type(family, str_of(value->text));
    section->type = section->kind ? section->kind->name : "";
    if (section->kind != NULL)
        return OK;
    const char *near = type_nearest(family, str_of(value->text));

    report_add(report, family->supported ? REPORT_ERROR : REPORT_WARNING,
               value->file, value->raw->line, "%s have no type '%s'%s%s%s",
               family->name, value->text, near ? "; did you mean '" : "",
               near ? near : "", near ? "'?" : "");
    return OK;
}

bool
section_is_supported(const struct section *section)
{
    return section->family->supported &&
           (section->kind == NULL || section->kind->supported);
}

static void
report_unsupported(const struct section *section, struct report *report)
{
    if (!section->family->supported)
        report_add(report, REPORT_WARNING, section->file, section->line,
                   "%s are not supported yet: [%s/%s] has no effect",
                   section->family->name, section->family->name, section->id);
    else if (!section_is_supported(section))
        report_add(report, REPORT_WARNING, section->file, section->line,
                   "%s of type '%s' are not supported yet: [%s/%s] has no "
                   "effect",
                   section->family->name, section->type, section->family->name,
                   section->id);
}

/* A name without a row: another type's, or nobody's. */
static void
report_unknown(const struct section *section, const struct value *value,
               struct report *report)
{
    const struct family *family = section->family;
    struct str name = value->raw->name;
    const char *near = option_nearest(family, section->type, name);

    if (option_find(family, "", name) != NULL)
        report_add(report, REPORT_WARNING, value->file, value->raw->line,
                   "'%.*s' is for %s of another type than '%s' and has no "
                   "effect",
                   STR_ARG(name), family->name, section->type);
    else
        report_add(report,
                   section_is_supported(section) ? REPORT_ERROR
                                                 : REPORT_WARNING,
                   value->file, value->raw->line, "unknown option '%.*s'%s%s%s",
                   STR_ARG(name), near ? "; did you mean '" : "",
                   near ? near : "", near ? "'?" : "");
}

/* Whether leaving the option without effect changes nothing. */
static bool
is_harmless(const struct value *value)
{
    const struct option *row = value->row;

    return (row->flags & OPTION_SUPPORTED) || value->is_empty ||
           value->inherits ||
           (row->meanwhile != NULL &&
            str_same_word(str_of(value->text), row->meanwhile));
}

/* ERR_INVALID when there is no value that counts. */
static enum status
find_row_and_read(struct section *section, struct value *value,
                  struct report *report)
{
    int line;

    value->row = option_find(section->family, section->type, value->raw->name);
    if (value->row == NULL) {
        report_unknown(section, value, report);
        return ERR_INVALID;
    }
    enum status status = value_read(value, &line);

    if (status == ERR_INVALID && section_is_supported(section))
        report_add(report, REPORT_ERROR, value->file, line, "%s",
                   fail_reason());
    if (status == ERR_INVALID)
        value->row = NULL; /* as if it were not there */
    return status;
}

static void
report_without_effect(const struct value *value, struct report *report)
{
    const struct option *row = value->row;

    report_add(report, REPORT_WARNING, value->file, value->raw->line,
               "'%s' is %snot supported yet: it has no effect%s", row->name,
               row->since ? "known from SFTPPlus, but " : "",
               row->flags & OPTION_PROTECTS
                   ? ", and nothing is refused because of it"
                   : "");
}

static void
report_missing(struct section *section, struct report *report)
{
    const struct option *row;

    for (size_t i = 0;
         (row = option_at(section->family, section->type, i)) != NULL; i++) {
        const struct value *value =
            section_raw_value(section, str_of(row->name));

        /* A value that is there and wrong has been reported. */
        if ((row->flags & OPTION_REQUIRED) &&
            (value == NULL || (value->row != NULL && value->is_empty)))
            report_add(
                report, REPORT_ERROR, value ? value->file : section->file,
                value ? value->raw->line : section->line, "[%s/%s] has no '%s'",
                section->family->name, section->id, row->name);
    }
}

static enum status
read_option(struct section *section, struct value *value, struct report *report)
{
    bool is_read = value->text != NULL; /* the type */
    enum status status =
        is_read ? OK : find_row_and_read(section, value, report);

    if (status != OK)
        return status == ERR_INVALID ? OK : status;
    if (section_is_supported(section)) {
        if (!is_harmless(value))
            report_without_effect(value, report);
    }
    return OK;
}

enum status
config_read_section(struct section *section, struct report *report)
{
    TRY(find_type(section, report));
    report_unsupported(section, report);
    for (size_t i = 0; i < section->count; i++)
        TRY(read_option(section, &section->values[i], report));
    if (section_is_supported(section))
        report_missing(section, report);
    return OK;
}
