/* SPDX-License-Identifier: Apache-2.0 */
/* config_private.h - what a snapshot is made of. */
#pragma once

#include "config/config.h"
#include "config/ini.h"
#include "config/option.h"

#include <stdatomic.h>

struct value {
    const struct option *row; /* NULL: sections of this type have no such */
    const struct ini *ini;
    const struct ini_option *raw;
    const char *file;
    char *text;
    char **items; /* of kinds that have them */
    int *item_lines;
    size_t item_count;
    uint64_t number; /* of numbers and flags */
    bool inherits;
    bool is_empty; /* nothing is written: the default counts */
};

struct section {
    struct config *config;
    const struct family *family;
    const struct section_type *kind; /* NULL: unknown, or without types */
    const char *type;                /* "" when it has none */
    char *id;
    const char *file; /* NULL: not in the file, only defaults */
    int line;
    size_t order;   /* in the file */
    bool is_merged; /* its options went to the section of that name */
    struct value *values;
    size_t count;
};

struct config {
    atomic_uint references;
    char *path;
    char *override_path;
    char *folder;
    struct ini base;
    struct ini override;
    struct section *sections; /* made: each header of both files */
    size_t made;
    size_t count; /* in the indexes: those in both files count once */
    struct section **by_name;  /* sorted by family, then ID */
    struct section **in_order; /* sorted by family, then place in the file */
    struct section *defaults;  /* one for each family and type */
    size_t default_count;
};

/* Make the sections of what was parsed, and check every value by itself. */
MUST_CHECK enum status config_build(struct config *, struct report *);

/* Find the type of one section and read its options. */
MUST_CHECK enum status config_read_section(struct section *, struct report *);

/* What is written for the option, whether it has a row or not; or NULL. */
struct value *section_raw_value(struct section *, struct str name);

/* The whole of a file, or a little more than INI_FILE_MAX of it. */
MUST_CHECK enum status config_read_file(const char *path, struct buffer *text);

/* What only the whole can tell: references, names and ports used twice. */
void config_check_rules(const struct config *, struct report *);

/* Whether the section, as far as its family and type go, has an effect. */
bool section_is_supported(const struct section *);

const struct value *section_value(const struct section *, struct str name);

/*
 * Read the value of row `value->row`. ERR_INVALID when it cannot be; then the
 * reason says so and *line_out where.
 */
MUST_CHECK enum status value_read(struct value *, int *line_out);
/* Parts of it, for value_rules.c and by it. */
MUST_CHECK enum status value_check_word(const struct value *, char *word);
bool value_read_flag(struct str, uint64_t *flag_out);
MUST_CHECK enum status value_check_permissions(const struct value *,
                                               int *line_out);
MUST_CHECK enum status value_check_path_flag(struct value *, int *line_out);
MUST_CHECK enum status value_check_matching(const struct value *,
                                            int *line_out);
void value_done(struct value *);

/* A default as a number or flag of its row; 0 when it says neither. */
uint64_t value_default_number(const struct option *);
