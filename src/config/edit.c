/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edit.c - changing single options in server.ini.
 *
 * A change is a splice: some bytes go, others come. The text that would result
 * is parsed before it takes the place of the old one, so an edit never holds a
 * text that does not read back.
 */
#include "config/edit.h"
#include "config/config_private.h"
#include "config/save.h"

#include <errno.h>
#include <stdlib.h>

enum { SECTION_TEXT = 4 * INI_NAME_MAX, OPTION_TEXT = 2 * INI_VALUE_MAX };

struct config_edit {
    char *path;         /* NULL: of text only */
    struct buffer read; /* the file as it is believed to be */
    struct ini ini;     /* the text as it would be saved */
};

/* Bytes [start, end) of the text, and what comes instead. */
struct splice {
    size_t start;
    size_t end;
    struct str text;
};

static enum status
parse(struct str text, const char *file, struct ini *ini_out)
{
    struct report report = { 0 };
    enum status status = ini_parse(text, file, &report, ini_out);

    if (status == OK && report.errors > 0) {
        ini_done(ini_out);
        status = report.count == 0
                     ? fail(ERR_INVALID, "'%s' has errors", file)
                     : fail(ERR_INVALID, "%s:%d: %s", file,
                            report.lines[0].line, report.lines[0].text);
    }
    report_done(&report);
    return status;
}

static const char *
name_of(const struct config_edit *edit)
{
    return edit->path ? edit->path : "server.ini";
}

static enum status
apply(struct config_edit *edit, struct splice splice)
{
    AUTO(buffer_done) struct buffer text = BUFFER(2 * (size_t)INI_FILE_MAX);
    struct str old = config_edit_text(edit);
    struct ini ini;

    TRY(buffer_add(&text, str_from(old.data, splice.start)));
    TRY(buffer_add(&text, splice.text));
    TRY(buffer_add(&text, str_from_offset(old, splice.end)));
    TRY(parse(buffer_str(&text), name_of(edit), &ini));
    ini_done(&edit->ini);
    edit->ini = ini;
    return OK;
}

enum status
config_edit_of_text(struct str text, struct config_edit **edit_out)
{
    AUTO(config_edit_close) struct config_edit *edit = calloc(1, sizeof *edit);

    if (edit == NULL)
        return fail(ERR_MEMORY, "no memory for the configuration");
    edit->read = BUFFER(INI_FILE_MAX + 131072);
    TRY(parse(text, name_of(edit), &edit->ini));
    *edit_out = edit;
    edit = NULL;
    return OK;
}

enum status
config_edit_open(const char *path, struct config_edit **edit_out)
{
    AUTO(config_edit_close) struct config_edit *edit = calloc(1, sizeof *edit);

    if (edit == NULL)
        return fail(ERR_MEMORY, "no memory for the configuration");
    edit->read = BUFFER(INI_FILE_MAX + 131072);
    /* The file itself, so that a link to it stays one. */
    edit->path = realpath(path, NULL);
    if (edit->path == NULL)
        return fail_errno(errno, "cannot open '%s'", path);
    TRY(config_read_file(edit->path, &edit->read));
    TRY(parse(buffer_str(&edit->read), edit->path, &edit->ini));
    *edit_out = edit;
    edit = NULL;
    return OK;
}

void
config_edit_close(struct config_edit **edit)
{
    if (*edit != NULL) {
        buffer_done(&(*edit)->read);
        ini_done(&(*edit)->ini);
        free((*edit)->path);
        free(*edit);
    }
    *edit = NULL;
}

struct str
config_edit_text(const struct config_edit *edit)
{
    return str_from(edit->ini.text, edit->ini.len);
}

/* The line end that the file has. */
static const char *
line_end(const struct config_edit *edit)
{
    struct str text = config_edit_text(edit);
    struct str line = str_cut(&text, '\n');

    return line.len > 0 && line.data[line.len - 1] == '\r' ? "\r\n" : "\n";
}

/* Whether something behind `at` needs a line end in front of it. */
static bool
is_inside_line(const struct config_edit *edit, size_t at)
{
    return at > 0 && edit->ini.text[at - 1] != '\n';
}

/* Whether a line below the first would be taken for a comment. */
static bool
would_vanish(const char *family, const char *option, struct str line)
{
    const struct family *known = family_find(str_of(family));
    const struct option *row =
        known ? option_find(known, "", str_of(option)) : NULL;

    return (line.data[0] == '#' || line.data[0] == ';') &&
           (row == NULL || row->kind != KIND_BLOCK);
}

static enum status
add_lines(struct buffer *out, const char *family, const char *option,
          struct str value, const char *end)
{
    while (value.len > 0) {
        struct str line = str_cut(&value, '\n');
        bool is_last = value.len == 0;

        if (!ini_is_text(line) || !str_equal(str_trim(line), line) ||
            (line.len == 0 && is_last) ||
            (line.len > 0 && would_vanish(family, option, line)))
            return fail(ERR_INVALID,
                        "a line of '%s' would not read back the same", option);
        TRY(buffer_addf(out, "%s%s%.*s", end, line.len > 0 ? "    " : "",
                        STR_ARG(line)));
    }
    return OK;
}

/* " value", or the lines below "name =". */
static enum status
add_value(struct buffer *out, const char *family, const char *option,
          struct str value, const char *end)
{
    bool is_long = value.len > 0 && memchr(value.data, '\n', value.len);

    if (is_long) {
        if (value.data[0] == '\n' || value.data[value.len - 1] == '\n')
            return fail(ERR_INVALID,
                        "'%s' cannot begin or end with an empty line", option);
        return add_lines(out, family, option, value, end);
    }
    if (!ini_is_text(value) || !str_equal(str_trim(value), value))
        return fail(ERR_INVALID, "'%s' would not read back the same", option);
    return buffer_addf(out, "%s%.*s", value.len > 0 ? " " : "", STR_ARG(value));
}

static enum status
check_names(const char *family, const char *id)
{
    if (!ini_is_section_name(str_of(family), str_of(id)))
        return fail(ERR_INVALID, "'%s/%s' cannot name a section", family, id);
    return OK;
}

static enum status
replace_option(struct config_edit *edit, const struct ini_option *raw,
               const char *family, struct str value)
{
    AUTO(buffer_done) struct buffer out = BUFFER(OPTION_TEXT);
    AUTO(str_free) char *option = str_copy(raw->name);
    struct str left = str_from_offset(config_edit_text(edit), raw->start);

    if (option == NULL)
        return fail(ERR_MEMORY, "no memory for the configuration");
    left = str_cut(&left, '='); /* as it was spelt and spaced */
    TRY(buffer_addf(&out, "%.*s=", STR_ARG(left)));
    TRY(add_value(&out, family, option, value, line_end(edit)));
    TRY(buffer_addf(&out, "%s", line_end(edit)));
    return apply(edit,
                 (struct splice){ raw->start, raw->end, buffer_str(&out) });
}

static enum status
add_option(struct config_edit *edit, size_t at, const char *family,
           const char *option, struct str value)
{
    AUTO(buffer_done) struct buffer out = BUFFER(OPTION_TEXT);
    const char *end = line_end(edit);

    if (!ini_is_option_name(str_of(option)))
        return fail(ERR_INVALID, "'%s' cannot name an option", option);
    TRY(buffer_addf(&out, "%s%s =", is_inside_line(edit, at) ? end : "",
                    option));
    TRY(add_value(&out, family, option, value, end));
    TRY(buffer_addf(&out, "%s", end));
    return apply(edit, (struct splice){ at, at, buffer_str(&out) });
}

static const struct ini_section *
find_section(const struct config_edit *edit, const char *family, const char *id)
{
    return ini_section(&edit->ini, str_of(family), str_of(id));
}

enum status
config_edit_add_section(struct config_edit *edit, const char *family,
                        const char *id)
{
    AUTO(buffer_done) struct buffer out = BUFFER(SECTION_TEXT);
    const char *end = line_end(edit);
    size_t at = edit->ini.len;

    TRY(check_names(family, id));
    if (find_section(edit, family, id) != NULL)
        return fail(ERR_EXISTS, "there is a section [%s/%s] already", family,
                    id);
    TRY(buffer_addf(&out, "%s%s[%s%s%s]%s", is_inside_line(edit, at) ? end : "",
                    at > 0 ? end : "", family, id[0] ? "/" : "", id, end));
    return apply(edit, (struct splice){ at, at, buffer_str(&out) });
}

enum status
config_edit_set(struct config_edit *edit, const char *family, const char *id,
                const char *option, struct str value)
{
    const struct ini_section *section = find_section(edit, family, id);
    size_t old_len = edit->ini.len;
    bool is_new = section == NULL;

    if (is_new) {
        TRY(config_edit_add_section(edit, family, id));
        section = find_section(edit, family, id);
    }
    const struct ini_option *raw =
        ini_option(&edit->ini, section, str_of(option));
    if (raw != NULL)
        return replace_option(edit, raw, family, value);
    enum status status = add_option(edit, section->end, family, option, value);
    /* Half a change is none: a section without the option goes again. */
    if (status != OK && is_new)
        (void)apply(edit, (struct splice){ old_len, edit->ini.len, STR_NONE });
    return status;
}

enum status
config_edit_remove(struct config_edit *edit, const char *family, const char *id,
                   const char *option)
{
    const struct ini_section *section = find_section(edit, family, id);
    const struct ini_option *raw =
        section ? ini_option(&edit->ini, section, str_of(option)) : NULL;

    if (raw == NULL)
        return fail(ERR_NOT_FOUND, "[%s/%s] has no '%s'", family, id, option);
    return apply(edit, (struct splice){ raw->start, raw->end, STR_NONE });
}

enum status
config_edit_remove_section(struct config_edit *edit, const char *family,
                           const char *id)
{
    const struct ini_section *section = find_section(edit, family, id);

    if (section == NULL)
        return fail(ERR_NOT_FOUND, "there is no section [%s/%s]", family, id);
    return apply(edit,
                 (struct splice){ section->start, section->end, STR_NONE });
}

enum status
config_edit_save(struct config_edit *edit)
{
    struct str text = config_edit_text(edit);

    if (edit->path == NULL)
        return fail(ERR_UNSUPPORTED, "this configuration has no file");
    TRY(config_save(edit->path, buffer_str(&edit->read), text));
    buffer_clear(&edit->read);
    return buffer_add(&edit->read, text);
}
