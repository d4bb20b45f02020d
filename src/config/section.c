/* SPDX-License-Identifier: Apache-2.0 */
/* section.c - finding sections, and what their options say. */
#include "config/config_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static int
compare_to(const struct section *section, const char *family, const char *id)
{
    int order = strcmp(family, section->family->name);

    return order != 0 ? order : strcmp(id, section->id);
}

const struct section *
config_section(const struct config *config, const char *family, const char *id)
{
    size_t low = 0, high = config->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct section *section = config->by_name[middle];
        int order = compare_to(section, family, id);

        if (order == 0)
            return section;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* The first place in in_order that is not before the family. */
static size_t
first_of(const struct config *config, const char *family)
{
    size_t low = 0, high = config->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(config->in_order[middle]->family->name, family) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t
config_count(const struct config *config, const char *family)
{
    size_t first = first_of(config, family), next = config->count;
    size_t low = first;

    while (low < next) {
        size_t middle = low + (next - low) / 2;

        if (strcmp(config->in_order[middle]->family->name, family) == 0)
            low = middle + 1;
        else
            next = middle;
    }
    return low - first;
}

const struct section *
config_at(const struct config *config, const char *family, size_t index)
{
    size_t at = first_of(config, family) + index;

    if (at >= config->count ||
        strcmp(config->in_order[at]->family->name, family) != 0)
        return NULL;
    return config->in_order[at];
}

static const struct section *
default_section(const struct config *config, const char *family,
                const char *type)
{
    for (size_t i = 0; i < config->default_count; i++)
        if (strcmp(config->defaults[i].family->name, family) == 0 &&
            strcmp(config->defaults[i].type, type) == 0)
            return &config->defaults[i];
    fprintf(stderr, "there are no sections [%s] of type '%s'\n", family, type);
    abort();
}

const struct section *
config_defaults(const struct config *config, const char *family,
                const char *type)
{
    return default_section(config, family, type);
}

const struct section *
config_server(const struct config *config)
{
    const struct section *section = config_section(config, "server", "");

    return section ? section : default_section(config, "server", "");
}

const char *
section_family(const struct section *section)
{
    return section->family->name;
}

const char *
section_id(const struct section *section)
{
    return section->id ? section->id : "";
}

const struct config *
section_config(const struct section *section)
{
    return section->config;
}

const struct value *
section_value(const struct section *section, struct str name)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct value *value = &section->values[i];

        if (value->row != NULL && str_is(name, value->row->name))
            return value;
    }
    return NULL;
}

/* A name that no row has is a bug of ours: nobody wrote it in a file. */
static const struct option *
row_of(const struct section *section, const char *option)
{
    const struct option *row =
        option_find(section->family, section->type, str_of(option));

    if (row != NULL)
        return row;
    fprintf(stderr, "[%s] has no option '%s'\n", section->family->name, option);
    abort();
}

static void
demand(bool is_right, const struct option *row)
{
    if (is_right)
        return;
    fprintf(stderr, "the option '%s' is not of that kind\n", row->name);
    abort();
}

bool
section_has(const struct section *section, const char *option)
{
    row_of(section, option);
    return section_value(section, str_of(option)) != NULL;
}

int
section_line(const struct section *section, const char *option)
{
    const struct value *value = section_value(section, str_of(option));

    return value ? value->raw->line : section->line;
}

const char *
section_file(const struct section *section, const char *option)
{
    const struct value *value = section_value(section, str_of(option));

    if (value != NULL)
        return value->file;
    return section->file ? section->file : section->config->path;
}

static bool
is_inherit(const char *text)
{
    return text != NULL && strcasecmp(text, "Inherit") == 0;
}

/* The default as text; one that says Inherit reads as empty. */
static const char *
default_text(const struct option *row)
{
    bool inherits = (row->flags & OPTION_INHERIT) && is_inherit(row->fallback);

    return row->fallback == NULL || inherits ? "" : row->fallback;
}

/* An empty text is a text; for the other kinds it says nothing. */
static bool
counts(const struct value *value)
{
    if (value == NULL || value->inherits)
        return false;
    if (!value->is_empty)
        return true;
    switch (value->row->kind) {
    case KIND_TEXT:
    case KIND_BLOCK:
    case KIND_LINES:
    case KIND_MATCHING:
    case KIND_PERMISSIONS:
    case KIND_PATH:
    case KIND_HASH:
    case KIND_DATE: return true;
    case KIND_LIST: return value->row->choices == NULL;
    case KIND_FLAG:
    case KIND_PATH_FLAG:
    case KIND_NUMBER:
    case KIND_OCTAL:
    case KIND_CHOICE:
    case KIND_ADDRESS: break;
    }
    return false;
}

const char *
section_text(const struct section *section, const char *option)
{
    const struct option *row = row_of(section, option);
    const struct value *value = section_value(section, str_of(option));

    if (counts(value))
        return value->text;
    /* A section that names no type is of the usual one. */
    if (strcmp(row->name, "type") == 0 && section->type[0] != '\0')
        return section->type;
    return default_text(row);
}

uint64_t
section_number(const struct section *section, const char *option)
{
    const struct option *row = row_of(section, option);
    const struct value *value = section_value(section, str_of(option));

    demand(row->kind == KIND_NUMBER || row->kind == KIND_OCTAL, row);
    return counts(value) ? value->number : value_default_number(row);
}

bool
section_flag(const struct section *section, const char *option)
{
    const struct option *row = row_of(section, option);
    const struct value *value = section_value(section, str_of(option));

    demand(row->kind == KIND_FLAG || row->kind == KIND_PATH_FLAG, row);
    return (counts(value) ? value->number : value_default_number(row)) != 0;
}

bool
section_inherits(const struct section *section, const char *option)
{
    const struct option *row = row_of(section, option);
    const struct value *value = section_value(section, str_of(option));

    return value ? value->inherits : is_inherit(row->fallback);
}

const char *
section_item(const struct section *section, const char *option, size_t index)
{
    const struct option *row = row_of(section, option);
    const struct value *value = section_value(section, str_of(option));

    demand(row->kind == KIND_LIST || row->kind == KIND_LINES ||
               row->kind == KIND_PERMISSIONS || row->kind == KIND_PATH_FLAG ||
               row->kind == KIND_MATCHING,
           row);
    if (counts(value))
        return index < value->item_count ? value->items[index] : NULL;
    /* No default has more than one item; a test sees to that. */
    const char *text = default_text(row);
    return index == 0 && text[0] != '\0' ? text : NULL;
}

int
section_item_line(const struct section *section, const char *option,
                  size_t index)
{
    const struct value *value = section_value(section, str_of(option));

    return value && index < value->item_count ? value->item_lines[index]
                                              : section_line(section, option);
}
