/* SPDX-License-Identifier: Apache-2.0 */
/* ini.c - the text of server.ini, taken apart but not yet understood. */
#include "config/ini.h"

#include <stdlib.h>
#include <strings.h>

struct parser {
    struct ini *ini;
    struct report *report;
    const char *file;
    int line;
    size_t start; /* of the line, in the text */
    size_t end;   /* behind its line end */
    size_t value; /* bytes of the value so far */
    enum { BEFORE_SECTIONS, IN_SECTION, IN_REFUSED_SECTION } place;
    bool in_option;
    bool skipping; /* what is indented here: its option was refused */
};

/* A limit was passed: there is no going on. */
static enum status
refuse_rest(struct parser *p, int line, const char *why, size_t limit)
{
    report_add(p->report, REPORT_ERROR, p->file, line, "%s %zu", why, limit);
    return fail(ERR_LIMIT, "%s:%d: %s %zu", p->file, line, why, limit);
}

/* Room for one more item of `item` bytes behind `count` others. */
static enum status
grow(void **array, size_t *size, size_t count, size_t item)
{
    if (count < *size)
        return OK;
    size_t wanted = *size ? *size * 2 : 64;
    void *bigger = reallocarray(*array, wanted, item);

    if (bigger == NULL)
        return fail(ERR_MEMORY, "no memory for the configuration");
    *array = bigger;
    *size = wanted;
    return OK;
}

/* How many bytes the character at `at` has; 0 when it is none (RFC 3629). */
static size_t
utf8_length(struct str s, size_t at)
{
    const unsigned char *p = (const unsigned char *)s.data + at;
    size_t left = s.len - at;
    size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;

    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xc2 || p[0] > 0xf4 || len > left)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0; /* too long a form, a surrogate, or past U+10FFFF */
    return len;
}

bool
ini_is_text(struct str line)
{
    for (size_t at = 0, len; at < line.len; at += len) {
        unsigned char c = (unsigned char)line.data[at];

        len = utf8_length(line, at);
        if (len == 0 || (c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

bool
ini_is_section_name(struct str family, struct str id)
{
    if (family.len == 0 || family.len > INI_NAME_MAX || id.len > INI_NAME_MAX)
        return false;
    if (!ini_is_text(family) || !ini_is_text(id))
        return false;
    for (size_t i = 0; i < family.len; i++)
        if (strchr("/[] \t", family.data[i]) != NULL)
            return false;
    return str_equal(str_trim(id), id) &&
           (id.len == 0 || memchr(id.data, ']', id.len) == NULL);
}

bool
ini_is_option_name(struct str name)
{
    if (name.len == 0 || name.len > INI_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (!letter && (c < '0' || c > '9') && c != '_' && c != '-' && c != '.')
            return false;
    }
    return true;
}

static struct ini_option *
last_option(struct ini *ini)
{
    return &ini->options[ini->option_count - 1];
}

/* Empty lines count only when the value goes on behind them. */
static void
close_option(struct parser *p)
{
    if (p->in_option) {
        struct ini_option *option = last_option(p->ini);

        while (option->count > 1 &&
               p->ini->lines[option->first + option->count - 1].text.len == 0) {
            option->count--;
            p->ini->line_count--;
        }
    }
    p->in_option = false;
}

static enum status
add_line(struct parser *p, struct str text)
{
    struct ini *ini = p->ini;

    TRY(grow((void **)&ini->lines, &ini->line_size, ini->line_count,
             sizeof *ini->lines));
    ini->lines[ini->line_count++] =
        (struct ini_line){ .text = text, .line = p->line };
    struct ini_option *option = last_option(ini);
    option->count++;
    if (text.len > 0)
        option->end = p->end;
    p->value += text.len + 1;
    if (p->value > INI_VALUE_MAX)
        return refuse_rest(p, option->line, "the value has more bytes than",
                           INI_VALUE_MAX);
    return OK;
}

static enum status
parse_header(struct parser *p, struct str line)
{
    struct ini *ini = p->ini;
    struct str id = str_trim(line);

    close_option(p);
    p->place = IN_REFUSED_SECTION;
    p->skipping = true;
    if (id.data[id.len - 1] != ']') {
        report_add(p->report, REPORT_ERROR, p->file, p->line,
                   "a section header ends with ']'");
        return OK;
    }
    id = str_trim(str_from(id.data + 1, id.len - 2));
    bool has_id = id.len > 0 && memchr(id.data, '/', id.len) != NULL;
    struct str family = str_cut(&id, '/');

    if (!ini_is_section_name(family, id) || has_id != (id.len > 0)) {
        report_add(p->report, REPORT_ERROR, p->file, p->line,
                   "a section header is [family/ID], [server] or [cluster]");
        return OK;
    }
    TRY(grow((void **)&ini->sections, &ini->section_size, ini->section_count,
             sizeof *ini->sections));
    ini->sections[ini->section_count++] =
        (struct ini_section){ .family = family,
                              .id = id,
                              .line = p->line,
                              .first = ini->option_count,
                              .start = p->start,
                              .end = p->end };
    p->place = IN_SECTION;
    p->skipping = false;
    return OK;
}

/* The option of this name among those of the last section so far. */
static const struct ini_option *
earlier_option(struct ini *ini, struct str name)
{
    return ini_option(ini, &ini->sections[ini->section_count - 1], name);
}

/* Why the option cannot stand here, or NULL. */
static const char *
option_refusal(const struct parser *p, bool has_value, struct str name)
{
    if (!has_value)
        return "this line is neither a comment, nor a [section], nor "
               "'name = value'";
    if (!ini_is_option_name(name))
        return "the name of an option has letters, digits and _ only";
    if (p->place == BEFORE_SECTIONS)
        return "an option stands below the [section] it belongs to";
    return NULL;
}

static enum status
parse_option(struct parser *p, struct str line)
{
    struct ini *ini = p->ini;
    struct str value = line;
    bool has_value = memchr(line.data, '=', line.len) != NULL;
    struct str name = str_trim(str_cut(&value, '='));

    close_option(p);
    p->skipping = true;
    if (p->place == IN_REFUSED_SECTION)
        return OK;
    const char *refusal = option_refusal(p, has_value, name);
    if (refusal != NULL) {
        report_add(p->report, REPORT_ERROR, p->file, p->line, "%s", refusal);
        return OK;
    }
    struct ini_section *section = &ini->sections[ini->section_count - 1];
    const struct ini_option *earlier = earlier_option(ini, name);

    if (earlier != NULL) {
        report_add(p->report, REPORT_ERROR, p->file, p->line,
                   "'%.*s' is set in line %d already", STR_ARG(name),
                   earlier->line);
        return OK;
    }
    if (section->count >= INI_OPTIONS_MAX)
        return refuse_rest(p, p->line, "the section has more options than",
                           INI_OPTIONS_MAX);
    TRY(grow((void **)&ini->options, &ini->option_size, ini->option_count,
             sizeof *ini->options));
    ini->options[ini->option_count++] =
        (struct ini_option){ .name = name,
                             .line = p->line,
                             .first = ini->line_count,
                             .start = p->start,
                             .end = p->end };
    section->count++;
    p->in_option = true;
    p->skipping = false;
    p->value = 0;
    return add_line(p, str_trim(value));
}

static enum status
parse_line(struct parser *p, struct str line)
{
    bool indented = line.data[0] == ' ' || line.data[0] == '\t';

    if (indented && p->in_option)
        return add_line(p, str_trim(line));
    if (line.data[0] == ';' || line.data[0] == '#')
        return OK;
    if (indented && !p->skipping)
        report_add(p->report, REPORT_ERROR, p->file, p->line,
                   "an indented line goes on with a value, and there is none "
                   "above it");
    if (indented)
        return OK;
    return line.data[0] == '[' ? parse_header(p, line) : parse_option(p, line);
}

/* One line without its end; closes the books of the section. */
static enum status
take_line(struct parser *p, struct str line)
{
    struct ini *ini = p->ini;

    if (line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--;
    if (line.len > INI_LINE_MAX)
        return refuse_rest(p, p->line, "the line has more bytes than",
                           INI_LINE_MAX);
    if (!ini_is_text(line)) {
        report_add(p->report, REPORT_ERROR, p->file, p->line,
                   "the line is not UTF-8 text, or has control characters");
        return OK;
    }
    bool is_blank = str_trim(line).len == 0;

    if (is_blank && p->in_option)
        return add_line(p, STR_NONE);
    if (!is_blank)
        TRY(parse_line(p, line));
    if (p->in_option)
        ini->sections[ini->section_count - 1].end = last_option(ini)->end;
    return OK;
}

static enum status
parse_lines(struct parser *p, struct str text)
{
    /* Editors of other systems put a mark in front of UTF-8. */
    struct str mark = STR("\xef\xbb\xbf");
    size_t at = str_starts(text, mark) ? mark.len : 0;

    while (at < text.len) {
        struct str rest = str_from_offset(text, at);
        struct str line = str_cut(&rest, '\n');

        p->start = at;
        p->end = text.len - rest.len;
        if (++p->line > INI_LINES_MAX)
            return refuse_rest(p, p->line, "the file has more lines than",
                               INI_LINES_MAX);
        TRY(take_line(p, line));
        at = p->end;
    }
    close_option(p);
    return OK;
}

static int
compare_sections(const void *a, const void *b)
{
    const struct ini_section *x = *(const struct ini_section *const *)a;
    const struct ini_section *y = *(const struct ini_section *const *)b;
    int order = str_compare(x->family, y->family);

    if (order == 0)
        order = str_compare(x->id, y->id);
    return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

static enum status
report_duplicates(struct parser *p)
{
    struct ini *ini = p->ini;
    size_t count = ini->section_count;

    if (count < 2)
        return OK;
    const struct ini_section **sorted = calloc(count, sizeof(void *));

    if (sorted == NULL)
        return fail(ERR_MEMORY, "no memory for the configuration");
    for (size_t i = 0; i < count; i++)
        sorted[i] = &ini->sections[i];
    qsort(sorted, count, sizeof(void *), compare_sections);
    for (size_t i = 1; i < count; i++) {
        const struct ini_section *a = sorted[i - 1], *b = sorted[i];

        if (str_equal(a->family, b->family) && str_equal(a->id, b->id))
            report_add(p->report, REPORT_ERROR, p->file, b->line,
                       "the section [%.*s%s%.*s] begins in line %d already",
                       STR_ARG(b->family), b->id.len ? "/" : "", STR_ARG(b->id),
                       a->line);
    }
    free(sorted);
    return OK;
}

enum status
ini_parse(struct str text, const char *file, struct report *report,
          struct ini *ini_out)
{
    struct parser parser = { .ini = ini_out, .report = report, .file = file };

    *ini_out = (struct ini){ 0 };
    if (text.len > INI_FILE_MAX)
        return refuse_rest(&parser, 0, "the file has more bytes than",
                           INI_FILE_MAX);
    ini_out->text = str_copy(text);
    if (ini_out->text == NULL)
        return fail(ERR_MEMORY, "no memory for '%s'", file);
    ini_out->len = text.len;
    enum status status =
        parse_lines(&parser, str_from(ini_out->text, text.len));
    if (status == OK)
        status = report_duplicates(&parser);
    if (status != OK)
        ini_done(ini_out);
    return status;
}

void
ini_done(struct ini *ini)
{
    free(ini->text);
    free(ini->sections);
    free(ini->options);
    free(ini->lines);
    *ini = (struct ini){ 0 };
}

const struct ini_section *
ini_section(const struct ini *ini, struct str family, struct str id)
{
    for (size_t i = 0; i < ini->section_count; i++)
        if (str_equal(ini->sections[i].family, family) &&
            str_equal(ini->sections[i].id, id))
            return &ini->sections[i];
    return NULL;
}

static bool
same_name(struct str a, struct str b)
{
    return a.len == b.len && strncasecmp(a.data, b.data, a.len) == 0;
}

const struct ini_option *
ini_option(const struct ini *ini, const struct ini_section *section,
           struct str name)
{
    for (size_t i = 0; i < section->count; i++)
        if (same_name(ini->options[section->first + i].name, name))
            return &ini->options[section->first + i];
    return NULL;
}
