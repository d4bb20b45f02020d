/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ini.h - the text of server.ini, taken apart but not yet understood.
 *
 * Every part points into one copy of the text and knows its line and its
 * bytes, so that values can be reported by line and changed in place. What the
 * options mean is not known here.
 *
 *   file         = { blank | comment | section }
 *   comment      = line that starts with ; or #
 *   section      = "[" family [ "/" id ] "]", then options
 *   option       = name "=" value, and indented lines that go on with it
 *
 * A line that is indented belongs to the option above it, whatever it looks
 * like; so a value may hold text such as "[services/x]". Text is UTF-8.
 */
#pragma once

#include "base/status.h"
#include "base/str.h"
#include "config/report.h"

enum {
    INI_FILE_MAX = 16 * 1024 * 1024,
    INI_LINE_MAX = 64 * 1024,
    INI_LINES_MAX = 1000000,
    INI_VALUE_MAX = 1024 * 1024,
    INI_NAME_MAX = 255,
    INI_OPTIONS_MAX = 256, /* of one section */
};

struct ini_line {
    struct str text; /* trimmed */
    int line;
};

struct ini_option {
    struct str name;
    int line;
    size_t first; /* index of its first line in ini.lines */
    size_t count; /* lines; empty ones only between others */
    size_t start; /* its bytes: from here … */
    size_t end;   /* … to behind the line end of its last line */
};

struct ini_section {
    struct str family;
    struct str id; /* empty when the header has no "/" */
    int line;
    size_t first; /* index of its first option in ini.options */
    size_t count;
    size_t start;
    size_t end; /* behind its last option, or its header */
};

struct ini {
    char *text; /* owned */
    size_t len;
    struct ini_section *sections;
    struct ini_option *options;
    struct ini_line *lines;
    size_t section_count, section_size;
    size_t option_count, option_size;
    size_t line_count, line_size;
};

/*
 * Take a copy of the text apart. Mistakes in it are reported as errors of
 * `file`, and what could be read around them is there. The call fails only
 * when a limit is passed (ERR_LIMIT, reported as well) or memory is out.
 */
MUST_CHECK enum status ini_parse(struct str text, const char *file,
                                 struct report *report, struct ini *ini_out);
void ini_done(struct ini *);

/* The first section of that name, or NULL. */
const struct ini_section *ini_section(const struct ini *, struct str family,
                                      struct str id);

/* Names of options are the same in capitals. */
const struct ini_option *
ini_option(const struct ini *, const struct ini_section *, struct str name);

/* Whether a name can stand in a header, and on the left of "=". */
bool ini_is_section_name(struct str family, struct str id);
bool ini_is_option_name(struct str name);

/* UTF-8 without control characters, except tabs. */
bool ini_is_text(struct str line);
