/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build.c - from the parts of the text to the sections of a snapshot.
 *
 * First the sections of the file and of its override are laid together, then
 * each finds its type, then every value its row: the type may come from either
 * of the two files, and decides what the other options mean.
 */
#include "config/config_private.h"

#include <stdlib.h>
#include <strings.h>

static const char *
file_of(const struct config *config, const struct ini *ini)
{
    return ini == &config->override ? config->override_path : config->path;
}

/* The family of a header, or NULL when it cannot be one. */
static const struct family *
check_header(const struct ini_section *raw, const char *file,
             struct report *report)
{
    const struct family *family = family_find(raw->family);

    if (family == NULL) {
        const char *near = family_nearest(raw->family);

        report_add(report, REPORT_ERROR, file, raw->line,
                   "there are no sections [%.*s%s%s%s%s", STR_ARG(raw->family),
                   raw->id.len > 0 ? "/ID]" : "]",
                   near ? "; did you mean '" : "", near ? near : "",
                   near ? "'?" : "");
        return NULL;
    }
    if (family->has_id == (raw->id.len > 0))
        return family;
    report_add(report, REPORT_ERROR, file, raw->line,
               family->has_id ? "a section of this kind is [%s/ID]"
                              : "there is only one section [%s], without ID",
               family->name);
    return NULL;
}

static int
compare_places(const void *a, const void *b)
{
    const struct section *x = *(struct section *const *)a;
    const struct section *y = *(struct section *const *)b;
    int order = strcmp(x->family->name, y->family->name);

    return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

static bool
same_section(const struct section *a, const struct section *b)
{
    return a->family == b->family && strcmp(a->id, b->id) == 0;
}

static int
compare_names(const void *a, const void *b)
{
    const struct section *x = *(struct section *const *)a;
    const struct section *y = *(struct section *const *)b;

    if (x->family == y->family && !same_section(x, y))
        return strcmp(x->id, y->id);
    return compare_places(a, b);
}

/* A section for each header of `ini`. Those of the override that are in the
 * file as well come out twice and are laid together later. */
static enum status
add_sections(struct config *config, const struct ini *ini,
             struct report *report)
{
    for (size_t i = 0; i < ini->section_count; i++) {
        const struct ini_section *raw = &ini->sections[i];
        const char *file = file_of(config, ini);
        const struct family *family = check_header(raw, file, report);
        struct section *section = &config->sections[config->made];

        if (family == NULL)
            continue;
        *section = (struct section){ .config = config,
                                     .family = family,
                                     .id = str_copy(raw->id),
                                     .type = "",
                                     .file = file,
                                     .line = raw->line,
                                     .order = config->made };
        if (section->id == NULL)
            return fail(ERR_MEMORY, "no memory for the configuration");
        config->made++;
        section->values = calloc(raw->count + 1, sizeof *section->values);
        if (section->values == NULL)
            return fail(ERR_MEMORY, "no memory for the configuration");
        for (size_t j = 0; j < raw->count; j++)
            section->values[section->count++] = (struct value){
                .ini = ini, .raw = &ini->options[raw->first + j], .file = file
            };
    }
    return OK;
}

static struct value *
raw_value(struct section *section, struct str name)
{
    for (size_t i = 0; i < section->count; i++) {
        struct str known = section->values[i].raw->name;

        if (known.len == name.len &&
            strncasecmp(known.data, name.data, name.len) == 0)
            return &section->values[i];
    }
    return NULL;
}

/* Options of `from` replace those of `into`, or come in addition. */
static enum status
lay_over(struct section *into, const struct section *from)
{
    struct value *bigger = reallocarray(
        into->values, into->count + from->count + 1, sizeof *into->values);

    if (bigger == NULL)
        return fail(ERR_MEMORY, "no memory for the configuration");
    into->values = bigger;
    for (size_t i = 0; i < from->count; i++) {
        struct value *value = raw_value(into, from->values[i].raw->name);

        if (value == NULL)
            value = &into->values[into->count++];
        *value = from->values[i];
    }
    return OK;
}

/* The indexes; a section that is in both files becomes one. */
static enum status
sort_sections(struct config *config)
{
    size_t kept = 0;

    config->by_name = calloc(config->made + 1, sizeof(void *));
    config->in_order = calloc(config->made + 1, sizeof(void *));
    if (config->by_name == NULL || config->in_order == NULL)
        return fail(ERR_MEMORY, "no memory for the configuration");
    for (size_t i = 0; i < config->made; i++)
        config->by_name[i] = &config->sections[i];
    qsort(config->by_name, config->made, sizeof(void *), compare_names);
    for (size_t i = 0; i < config->made; i++) {
        struct section *section = config->by_name[i];

        if (kept > 0 && same_section(config->by_name[kept - 1], section)) {
            TRY(lay_over(config->by_name[kept - 1], section));
            section->count = 0;
            section->is_merged = true;
            continue;
        }
        config->by_name[kept++] = section;
    }
    config->count = kept;
    memcpy(config->in_order, config->by_name, kept * sizeof(void *));
    qsort(config->in_order, kept, sizeof(void *), compare_places);
    return OK;
}

/* The type is read first: which other options there are depends on it. */
static enum status
find_type(struct section *section, struct report *report)
{
    const struct family *family = section->family;
    struct value *value = raw_value(section, STR("type"));
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

static enum status
read_option(struct section *section, struct value *value, struct report *report)
{
    int line = value->raw->line;

    if (value->text == NULL) { /* the type has been read */
        value->row =
            option_find(section->family, section->type, value->raw->name);
        if (value->row == NULL) {
            report_unknown(section, value, report);
            return OK;
        }
        enum status status = value_read(value, &line);

        if (status == ERR_INVALID && section_is_supported(section))
            report_add(report, REPORT_ERROR, value->file, line, "%s",
                       fail_reason());
        if (status == ERR_INVALID)
            value->row = NULL; /* as if it were not there */
        if (status != OK)
            return status == ERR_INVALID ? OK : status;
    }
    if (section_is_supported(section) && !is_harmless(value))
        report_add(report, REPORT_WARNING, value->file, line,
                   "'%s' is %snot supported yet: it has no effect%s",
                   value->row->name,
                   value->row->since ? "known from SFTPPlus, but " : "",
                   value->row->flags & OPTION_PROTECTS
                       ? ", and nothing is refused because of it"
                       : "");
    return OK;
}

/* Path rules are lines below the first. */
static void
report_path_rules(const struct value *value, struct report *report)
{
    if (value->row != NULL && value->row->kind == KIND_PERMISSIONS &&
        (value->row->flags & OPTION_SUPPORTED) && value->item_count > 1)
        report_add(report, REPORT_WARNING, value->file, value->item_lines[1],
                   "'%s' for single paths is known from SFTPPlus, but not "
                   "supported yet: lines below the first have no effect, and "
                   "nothing is refused because of them",
                   value->row->name);
}

static void
report_missing(struct section *section, struct report *report)
{
    const struct option *row;

    for (size_t i = 0;
         (row = option_at(section->family, section->type, i)) != NULL; i++) {
        const struct value *value = raw_value(section, str_of(row->name));

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
read_section(struct section *section, struct report *report)
{
    TRY(find_type(section, report));
    report_unsupported(section, report);
    for (size_t i = 0; i < section->count; i++) {
        TRY(read_option(section, &section->values[i], report));
        report_path_rules(&section->values[i], report);
    }
    if (section_is_supported(section))
        report_missing(section, report);
    return OK;
}

/* What a section would be that the file does not have. */
static enum status
add_defaults(struct config *config)
{
    const struct family *family;
    size_t count = 0;

    for (size_t i = 0; (family = family_at(i)) != NULL; i++) {
        const struct section_type *type = family->types;

        for (count++; type != NULL && type->name != NULL; type++)
            count++;
    }
    config->defaults = calloc(count, sizeof *config->defaults);
    if (config->defaults == NULL)
        return fail(ERR_MEMORY, "no memory for the configuration");
    for (size_t i = 0; (family = family_at(i)) != NULL; i++) {
        const struct section_type *type = family->types;

        config->defaults[config->default_count++] =
            (struct section){ .config = config, .family = family, .type = "" };
        for (; type != NULL && type->name != NULL; type++)
            config->defaults[config->default_count++] =
                (struct section){ .config = config,
                                  .family = family,
                                  .kind = type,
                                  .type = type->name };
    }
    return OK;
}

enum status
config_build(struct config *config, struct report *report)
{
    size_t most = config->base.section_count + config->override.section_count;

    config->sections = calloc(most + 1, sizeof *config->sections);
    if (config->sections == NULL)
        return fail(ERR_MEMORY, "no memory for the configuration");
    TRY(add_defaults(config));
    TRY(add_sections(config, &config->base, report));
    TRY(add_sections(config, &config->override, report));
    TRY(sort_sections(config));
    /* In the order of the file, which is that of the report. */
    for (size_t i = 0; i < config->made; i++)
        if (!config->sections[i].is_merged)
            TRY(read_section(&config->sections[i], report));
    return OK;
}
