/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build.c - from the parts of the text to the sections of a snapshot.
 *
 * The sections of the file and of its override are laid together before any
 * option is read: the type may come from either of the two files, and decides
 * what the other options mean.
 */
#include "config/config_private.h"

#include <stdlib.h>

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
        struct value *value =
            section_raw_value(into, from->values[i].raw->name);

        if (value == NULL)
            value = &into->values[into->count++];
        *value = from->values[i];
    }
    return OK;
}

/* Sections of one name stand side by side in by_name: the later one goes into
 * the earlier. How many are left. */
static enum status
lay_together(struct config *config, size_t *kept_out)
{
    struct section *last = NULL;
    enum status status = OK;
    size_t kept = 0;

    for (size_t i = 0; i < config->made && status == OK; i++) {
        struct section *section = config->by_name[i];

        if (last != NULL && same_section(last, section)) {
            status = lay_over(last, section);
            section->count = 0;
            section->is_merged = true;
            continue;
        }
        last = section;
        config->by_name[kept++] = section;
    }
    *kept_out = kept;
    return status;
}

static enum status
sort_sections(struct config *config)
{
    config->by_name = calloc(config->made + 1, sizeof(void *));
    config->in_order = calloc(config->made + 1, sizeof(void *));
    if (config->by_name == NULL || config->in_order == NULL)
        return fail(ERR_MEMORY, "no memory for the configuration");
    for (size_t i = 0; i < config->made; i++)
        config->by_name[i] = &config->sections[i];
    qsort(config->by_name, config->made, sizeof(void *), compare_names);
    TRY(lay_together(config, &config->count));
    memcpy(config->in_order, config->by_name, config->count * sizeof(void *));
    qsort(config->in_order, config->count, sizeof(void *), compare_places);
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

/* In the order of the file, which is that of the report. */
static enum status
read_sections(struct config *config, struct report *report)
{
    enum status status = OK;

    for (size_t i = 0; i < config->made && status == OK; i++)
        if (!config->sections[i].is_merged)
            status = config_read_section(&config->sections[i], report);
    return status;
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
    return read_sections(config, report);
}
