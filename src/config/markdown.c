/* SPDX-License-Identifier: Apache-2.0 */
/* markdown.c - the reference pages, made from the rows. */
#include "config/markdown.h"

#include <inttypes.h>
#include <stddef.h>

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

/* Text inside of a table: a bar would end the cell. */
static enum status
add_cell(struct buffer *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        TRY(buffer_addf(out, "%s%c", *c == '|' ? "\\" : "", *c));
    return OK;
}

/* `a`, `b`, `c` */
static enum status
add_words(struct buffer *out, const char *words)
{
    struct str rest = str_of(words);

    while (rest.len > 0) {
        struct str word = str_cut(&rest, ' ');

        TRY(buffer_addf(out, "`%.*s`%s", STR_ARG(word),
                        rest.len > 0 ? ", " : ""));
    }
    return OK;
}

static enum status
add_range(struct buffer *out, const struct option *row)
{
    const char *unit = row->unit ? row->unit : "";

    if (row->max > 0)
        return buffer_addf(out, "%" PRIu64 " to %" PRIu64 "%s%s", row->min,
                           row->max, row->unit ? " " : "", unit);
    return buffer_addf(out, row->unit ? "a number of %s" : "a number%s", unit);
}

static enum status
add_reference(struct buffer *out, const struct option *row)
{
    struct str type = str_of(row->refers);
    struct str family = str_cut(&type, ':');

    TRY(buffer_addf(out, "IDs of `[%.*s/ID]`", STR_ARG(family)));
    if (type.len > 0)
        TRY(buffer_addf(out, " of type `%.*s`", STR_ARG(type)));
    return OK;
}

/* What may be written. */
static enum status
add_values(struct buffer *out, const struct option *row)
{
    static const char *const kinds[] = {
        [KIND_TEXT] = "text",
        [KIND_BLOCK] = "text of any number of lines",
        [KIND_FLAG] = "`Yes`, `No`",
        [KIND_LIST] = "a list",
        [KIND_LINES] = "one a line",
        [KIND_PATH] = "a path",
        [KIND_ADDRESS] = "an IP address or host name",
        [KIND_DATE] = "a date, with or without a time",
        [KIND_HASH] = "a hash",
    };

    if (row->kind == KIND_OCTAL)
        return buffer_addf(out, "octal, up to %" PRIo64, row->max);
    if (row->kind == KIND_NUMBER)
        TRY(add_range(out, row));
    else if (row->refers != NULL)
        TRY(add_reference(out, row));
    else if (row->choices != NULL)
        TRY(add_words(out, row->choices));
    else
        TRY(buffer_addf(out, "%s", kinds[row->kind]));
    return row->flags & OPTION_INHERIT ? buffer_addf(out, ", `Inherit`") : OK;
}

static enum status
add_default(struct buffer *out, const struct option *row)
{
    if (row->flags & OPTION_REQUIRED)
        return buffer_addf(out, "*must be set*");
    if (row->fallback == NULL)
        return OK;
    TRY(buffer_addf(out, "`"));
    TRY(add_cell(out, row->fallback));
    return buffer_addf(out, "`");
}

static const char *
since(const struct option *row)
{
    if (row->since == NULL)
        return "Convoy";
    return row->since[0] == '\0' ? "SFTPPlus" : row->since;
}

static enum status
add_row(struct buffer *out, const struct option *row)
{
    TRY(buffer_addf(out, "| `%s` | ", row->name));
    TRY(add_default(out, row));
    TRY(buffer_addf(out, " | "));
    TRY(add_values(out, row));
    TRY(buffer_addf(out, " | %s | %s | %s | ",
                    row->flags & OPTION_SUPPORTED ? "yes" : "known",
                    row->flags & OPTION_LIVE ? "yes" : "no", since(row)));
    TRY(add_cell(out, row->help));
    return buffer_addf(out, " |\n");
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

static enum status
add_table(struct buffer *out, const struct family *family, const char *type)
{
    bool has_begun = false;

    for (const struct option_table *t = family->tables; t->rows != NULL; t++)
        for (const struct option *row = t->rows; row->name != NULL; row++) {
            if (!is_for(t, row, type))
                continue;
            if (!has_begun)
                TRY(buffer_addf(out, "\n| Option | Default | Values | Works | "
                                     "Live | Since | Meaning |\n"
                                     "|---|---|---|---|---|---|---|\n"));
            has_begun = true;
            TRY(add_row(out, row));
        }
    return OK;
}

static enum status
add_type_list(struct buffer *out, const struct family *family)
{
    TRY(buffer_addf(out, "\n| type | Works | What it is |\n|---|---|---|\n"));
    for (const struct section_type *t = family->types; t->name != NULL; t++)
        TRY(buffer_addf(
            out, "| `%s`%s | %s | %s |\n", t->name,
            family->usual_type && str_is(str_of(t->name), family->usual_type)
                ? " (default)"
                : "",
            family->supported && t->supported ? "yes" : "known", t->help));
    return OK;
}

static enum status
add_family(struct buffer *out, const struct family *family)
{
    TRY(buffer_addf(out, "\n## [%s%s]\n\n%s%s\n", family->name,
                    family->has_id ? "/ID" : "", family->help,
                    family->supported
                        ? ""
                        : " Known, but without effect in this version."));
    if (family->missing_id != NULL)
        TRY(buffer_addf(out,
                        "\n`[%s/%s]` may be left out; it then has the "
                        "defaults.\n",
                        family->name, family->missing_id));
    if (family->types != NULL)
        TRY(add_type_list(out, family));
    TRY(add_table(out, family, NULL));
    for (const struct section_type *t = family->types;
         t != NULL && t->name != NULL; t++) {
        size_t before = buffer_len(out);

        TRY(buffer_addf(out, "\n### `type = %s`\n", t->name));
        size_t heading = buffer_len(out);
        TRY(add_table(out, family, t->name));
        if (buffer_len(out) == heading) /* it has none of its own */
            buffer_cut(out, before);
    }
    return OK;
}

enum status
options_to_markdown(const struct family *family, struct buffer *out)
{
    const struct family *one;

    if (family != NULL)
        return add_family(out, family);
    TRY(buffer_add(out, STR(introduction)));
    for (size_t i = 0; (one = family_at(i)) != NULL; i++)
        TRY(add_family(out, one));
    return OK;
}
