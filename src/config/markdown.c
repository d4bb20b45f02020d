/* SPDX-License-Identifier: Apache-2.0 */
/* markdown.c - the reference pages, made from the rows. */
#include "config/markdown.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static const char introduction[] =
    "# server.ini\n"
    "\n"
    "<!-- Made by `convoy options --markdown` from the tables in src/config. "
    "Do not edit. -->\n"
    "\n"
    "The dialect is that of SFTPPlus 5. A section is `[family/ID]`, or "
    "`[server]` and\n"
    "`[cluster]`, of which there is one each. An option is `name = value`; a "
    "value goes on in\n"
    "indented lines and may begin in the first of them. A line that starts "
    "with `;` or `#`\n"
    "is a comment. Text is UTF-8.\n"
    "\n"
    "What the file leaves out has its default, also when the whole section is "
    "missing.\n"
    "`NAME.override.ini` beside `NAME.ini` replaces and adds single options. "
    "Relative paths\n"
    "start at the folder of the file. `convoy check FILE` says what is wrong "
    "with a file.\n"
    "\n"
    "- **Works**: whether this version acts on the option. One that is only "
    "*known* is read\n"
    "  without an error, and `convoy check` says that it has no effect.\n"
    "- **Live**: whether a change needs no restart. This version reads the "
    "file once, when it\n"
    "  starts: for now every change needs one.\n"
    "- **Since**: the version of SFTPPlus that brought the option, or Convoy "
    "for those of its\n"
    "  own.\n"
    "- *Inherit* takes the value of the first group, and there that of "
    "`[server]` where it has\n"
    "  such an option.\n";

/* A page in the making; its first failure is its last word. */
struct page {
    struct buffer *out;
    enum status status;
};

static void put(struct page *, const char *format, ...) PRINTF(2, 3);

static void
put(struct page *page, const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    if (len < 0) {
        page->status = fail(ERR_MEMORY, "no memory for the page");
        return;
    }
    if (page->status == OK)
        page->status = buffer_add(page->out, str_from(text, (size_t)len));
    free(text);
}

/* Text inside of a table: a bar would end the cell. */
static void
put_cell(struct page *page, const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        put(page, "%s%c", *c == '|' ? "\\" : "", *c);
}

/* `a`, `b`, `c` */
static void
put_words(struct page *page, const char *words)
{
    struct str rest = str_of(words);

    while (rest.len > 0) {
        struct str word = str_cut(&rest, ' ');

        put(page, "`%.*s`%s", STR_ARG(word), rest.len > 0 ? ", " : "");
    }
}

static void
put_range(struct page *page, const struct option *row)
{
    const char *unit = row->unit ? row->unit : "";

    if (row->max == 0)
        put(page, row->unit ? "a number of %s" : "a number%s", unit);
    else
        put(page, "%" PRIu64 " to %" PRIu64 "%s%s", row->min, row->max,
            row->unit ? " " : "", unit);
}

static void
put_reference(struct page *page, const struct option *row)
{
    struct str type = str_of(row->refers);
    struct str family = str_cut(&type, ':');

    put(page, "IDs of `[%.*s/ID]`", STR_ARG(family));
    if (type.len > 0)
        put(page, " of type `%.*s`", STR_ARG(type));
}

/* What may be written. */
static void
put_values(struct page *page, const struct option *row)
{
    static const char *const kinds[] = {
        [KIND_TEXT] = "text",
        [KIND_BLOCK] = "text of any number of lines",
        [KIND_FLAG] = "`Yes`, `No`",
        [KIND_LIST] = "a list",
        [KIND_LINES] = "one a line",
        [KIND_PATH_FLAG] = "`Yes`, `No`, and rules for paths",
        [KIND_MATCHING] = "matching expressions, one a line",
        [KIND_PATH] = "a path",
        [KIND_ADDRESS] = "an IP address or host name",
        [KIND_DATE] = "a date, with or without a time",
        [KIND_HASH] = "a hash",
    };

    if (row->kind == KIND_OCTAL)
        put(page, "octal, up to %" PRIo64, row->max);
    else if (row->kind == KIND_NUMBER)
        put_range(page, row);
    else if (row->refers != NULL)
        put_reference(page, row);
    else if (row->choices != NULL)
        put_words(page, row->choices);
    else
        put(page, "%s", kinds[row->kind]);
    if (row->flags & OPTION_INHERIT)
        put(page, ", `Inherit`");
}

static void
put_default(struct page *page, const struct option *row)
{
    if (row->flags & OPTION_REQUIRED)
        put(page, "*must be set*");
    if (row->fallback == NULL)
        return;
    put(page, "`");
    put_cell(page, row->fallback);
    put(page, "`");
}

static const char *
since(const struct option *row)
{
    if (row->since == NULL)
        return "Convoy";
    return row->since[0] == '\0' ? "SFTPPlus" : row->since;
}

static void
put_row(struct page *page, const struct option *row)
{
    put(page, "| `%s` | ", row->name);
    put_default(page, row);
    put(page, " | ");
    put_values(page, row);
    put(page, " | %s | %s | %s | ",
        row->flags & OPTION_SUPPORTED ? "yes" : "known",
        row->flags & OPTION_LIVE ? "yes" : "no", since(row));
    put_cell(page, row->help);
    put(page, " |\n");
}

/* Whether the row is for these types: NULL for one that all types have. */
static bool
is_for(const struct option_table *table, const struct option *row,
       const char *type)
{
    bool is_common = table->types == NULL && row->types == NULL;

    if (type == NULL)
        return is_common;
    return !is_common && types_include(table->types, type) &&
           types_include(row->types, type);
}

/* The rows for a type, or those that all have; at least one. */
static bool
has_rows(const struct family *family, const char *type)
{
    for (const struct option_table *t = family->tables; t->rows != NULL; t++)
        for (const struct option *row = t->rows; row->name != NULL; row++)
            if (is_for(t, row, type))
                return true;
    return false;
}

static void
put_table(struct page *page, const struct family *family, const char *type)
{
    put(page, "\n| Option | Default | Values | Works | Live | Since | Meaning "
              "|\n|---|---|---|---|---|---|---|\n");
    for (const struct option_table *t = family->tables; t->rows != NULL; t++)
        for (const struct option *row = t->rows; row->name != NULL; row++)
            if (is_for(t, row, type))
                put_row(page, row);
}

static void
put_type_list(struct page *page, const struct family *family)
{
    struct str usual = str_of(family->usual_type);

    put(page, "\n| type | Works | What it is |\n|---|---|---|\n");
    for (const struct section_type *t = family->types; t->name != NULL; t++)
        put(page, "| `%s`%s | %s | %s |\n", t->name,
            str_is(usual, t->name) ? " (default)" : "",
            family->supported && t->supported ? "yes" : "known", t->help);
}

/* What only sections of this type have. */
static void
put_type(struct page *page, const struct family *family, const char *type)
{
    if (!has_rows(family, type))
        return;
    put(page, "\n### `type = %s`\n", type);
    put_table(page, family, type);
}

static void
put_family(struct page *page, const struct family *family)
{
    const struct section_type *type = family->types;

    put(page, "\n## [%s%s]\n\n%s%s\n", family->name,
        family->has_id ? "/ID" : "", family->help,
        family->supported ? "" : " Known, but without effect in this version.");
    if (family->missing_id != NULL)
        put(page, "\n`[%s/%s]` may be left out; it then has the defaults.\n",
            family->name, family->missing_id);
    if (family->types != NULL)
        put_type_list(page, family);
    if (has_rows(family, NULL))
        put_table(page, family, NULL);
    for (; type != NULL && type->name != NULL; type++)
        put_type(page, family, type->name);
}

enum status
options_to_markdown(const struct family *family, struct buffer *out)
{
    struct page page = { .out = out };
    const struct family *one;

    if (family != NULL) {
        put_family(&page, family);
        return page.status;
    }
    put(&page, "%s", introduction);
    for (size_t i = 0; (one = family_at(i)) != NULL; i++)
        put_family(&page, one);
    return page.status;
}
