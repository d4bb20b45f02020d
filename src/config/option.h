/* SPDX-License-Identifier: Apache-2.0 */
/*
 * option.h - what may stand in server.ini: a row for every option.
 *
 * The rows are the only place that knows an option's kind, default, limits and
 * documentation; the parser, `convoy check` and the reference pages follow
 * them. A row that Convoy does not act on yet is there all the same, so that a
 * file of SFTPPlus is read without guessing and its owner is told.
 */
#pragma once

#include "base/str.h"

#include <stdint.h>

enum option_kind {
    KIND_TEXT,        /* one line */
    KIND_BLOCK,       /* text of any number of lines */
    KIND_FLAG,        /* Yes or No */
    KIND_NUMBER,      /* min to max, of a unit */
    KIND_OCTAL,       /* min to max, written in octal */
    KIND_CHOICE,      /* one of choices */
    KIND_LIST,        /* commas or lines between the items */
    KIND_LINES,       /* an item a line */
    KIND_PERMISSIONS, /* an item a line; the first has verbs only */
    KIND_PATH_FLAG,   /* Yes or No, and others for single paths below it */
    KIND_MATCHING,    /* a matching expression a line */
    KIND_PATH,        /* of this machine */
    KIND_ADDRESS,     /* IP address or host name */
    KIND_DATE,        /* ISO 8601, with or without a time */
    KIND_HASH,        /* of a password */
};

enum option_flag {
    OPTION_SUPPORTED = 1 << 0, /* Convoy acts on it */
    OPTION_LIVE = 1 << 1,      /* applies without a restart */
    OPTION_INHERIT = 1 << 2,   /* may say Inherit */
    OPTION_SECRET = 1 << 3,    /* never shown */
    OPTION_REQUIRED = 1 << 4,  /* a section without it is an error */
    OPTION_PROTECTS = 1 << 5,  /* it keeps somebody or something out */
};

struct option {
    const char *name;
    const char *types; /* of sections that have it; NULL: all */
    enum option_kind kind;
    unsigned flags;        /* enum option_flag */
    const char *fallback;  /* its default, as it would be written; or NULL */
    uint64_t min, max;     /* of numbers; max 0: none */
    const char *unit;      /* of numbers: "seconds", "bytes", … */
    const char *choices;   /* words a value, or an item of a list, may be */
    const char *refers;    /* family, or family:type, of the items' sections */
    const char *meanwhile; /* not supported, but at this value Convoy does
                              what the option asks for */
    const char *since;     /* version of SFTPPlus; NULL: Convoy's own */
    const char *help;      /* a sentence */
};

struct section_type {
    const char *name;
    bool supported;
    const char *help;
};

/* Rows that a family shares with others; for these types of it only. */
struct option_table {
    const struct option *rows; /* the last has no name */
    const char *types;         /* NULL: all */
};

struct family {
    const char *name;
    bool has_id;
    bool supported;
    const struct section_type *types;  /* the last has no name; or NULL */
    const char *usual_type;            /* when a section names none; or NULL */
    const struct option_table *tables; /* the last has no rows */
    const char *missing_id; /* an ID that may be referred to without a section,
                               which then has the defaults; or NULL */
    const char *help;
};

/* All families, in the order of the reference pages; NULL behind the last. */
const struct family *family_at(size_t index);
const struct family *family_find(struct str name);
const struct section_type *family_type(const struct family *, struct str type);

/* Whether `types` (words, or NULL for all) has the type. */
bool types_include(const char *types, const char *type);

/* The index-th row that sections of this type have, or NULL. `type` "" stands
 * for a section whose type is not known: every row of the family. */
const struct option *option_at(const struct family *, const char *type,
                               size_t index);
const struct option *option_find(const struct family *, const char *type,
                                 struct str name);

/* The known name most like this one, or NULL when none is like it. */
const char *option_nearest(const struct family *, const char *type,
                           struct str name);
const char *family_nearest(struct str name);
const char *type_nearest(const struct family *, struct str name);
/* Empty when none is like it. */
struct str choice_nearest(const char *choices, struct str name);
