/* SPDX-License-Identifier: Apache-2.0 */
/* value.c - what is written behind "=", read as its row says. */
#include "base/clock.h"
#include "config/config_private.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MAX = INI_VALUE_MAX + INI_LINES_MAX };

static bool
has_items(enum option_kind kind)
{
    return kind == KIND_LIST || kind == KIND_LINES ||
           kind == KIND_PERMISSIONS || kind == KIND_PATH_FLAG ||
           kind == KIND_MATCHING;
}

/*
 * In a list, a line below the first that starts like a comment is one: that is
 * how people switch an entry off. Free text may have such lines.
 */
static bool
is_comment(const struct value *value, size_t index)
{
    struct str text = value->ini->lines[value->raw->first + index].text;

    return index > 0 && value->row->kind != KIND_BLOCK && text.len > 0 &&
           (text.data[0] == ';' || text.data[0] == '#');
}

/* Whether the line is a part of the value's text. */
static bool
is_text_line(const struct value *value, size_t index)
{
    struct str text = value->ini->lines[value->raw->first + index].text;
    bool may_be_empty = value->row->kind == KIND_BLOCK && index > 0;

    return !is_comment(value, index) && (text.len > 0 || may_be_empty);
}

/* The lines of the value, joined; empty ones only inside of free text. */
static enum status
join_lines(struct value *value)
{
    AUTO(buffer_done) struct buffer joined = BUFFER(TEXT_MAX);
    const struct ini_line *lines = &value->ini->lines[value->raw->first];
    enum status status = OK;

    for (size_t i = 0; i < value->raw->count && status == OK; i++)
        if (is_text_line(value, i))
            status = buffer_addf(&joined, "%s%.*s",
                                 buffer_len(&joined) > 0 ? "\n" : "",
                                 STR_ARG(lines[i].text));
    if (status != OK)
        return status;
    value->text = str_copy(buffer_str(&joined));
    value->is_empty = buffer_len(&joined) == 0;
    return value->text ? OK : fail(ERR_MEMORY, "no memory for a value");
}

/* How many items the value has at most. */
static size_t
count_items(const struct value *value)
{
    size_t count = value->raw->count;

    if (value->row->kind == KIND_LIST)
        for (const char *c = value->text; *c != '\0'; c++)
            count += *c == ',';
    return count;
}

static enum status
add_item(struct value *value, struct str text, int line)
{
    if (text.len == 0)
        return OK;
    char *item = str_copy(text);

    if (item == NULL)
        return fail(ERR_MEMORY, "no memory for a value");
    value->item_lines[value->item_count] = line;
    value->items[value->item_count++] = item;
    return OK;
}

static enum status
split_line(struct value *value, const struct ini_line *line)
{
    struct str rest = line->text;

    if (value->row->kind != KIND_LIST)
        return add_item(value, rest, line->line);
    while (rest.len > 0)
        TRY(add_item(value, str_trim(str_cut(&rest, ',')), line->line));
    return OK;
}

static enum status
split_items(struct value *value)
{
    const struct ini_option *raw = value->raw;
    size_t most = count_items(value);
    enum status status = OK;

    value->items = calloc(most + 1, sizeof *value->items);
    value->item_lines = calloc(most + 1, sizeof *value->item_lines);
    if (value->items == NULL || value->item_lines == NULL)
        return fail(ERR_MEMORY, "no memory for a value");
    for (size_t i = 0; i < raw->count && status == OK; i++)
        if (!is_comment(value, i))
            status = split_line(value, &value->ini->lines[raw->first + i]);
    return status;
}

/* The value for a message, unless it is nobody's business. */
static const char *
shown(const struct value *value, const char *text)
{
    return value->row->flags & OPTION_SECRET ? "…" : text;
}

/* Words with commas between them, for a message. */
static const char *
listed(const char *words, char text[512])
{
    struct str rest = str_of(words);
    size_t len = 0;

    text[0] = '\0';
    while (rest.len > 0 && len < 500) {
        struct str word = str_cut(&rest, ' ');
        int added = snprintf(text + len, 512 - len, "%s%.*s", len ? ", " : "",
                             STR_ARG(word));

        len += added > 0 ? (size_t)added : 0;
    }
    return text;
}

/* Give the word the spelling of its row; the letters are the same. */
enum status
value_check_word(const struct value *value, char *word)
{
    struct str rest = str_of(value->row->choices);
    char choices[512];

    while (rest.len > 0) {
        struct str choice = str_cut(&rest, ' ');

        if (choice.len == strlen(word) && str_same_word(choice, word)) {
            memcpy(word, choice.data, choice.len);
            return OK;
        }
    }
    struct str near = choice_nearest(value->row->choices, str_of(word));

    if (near.len > 0)
        return fail(ERR_INVALID, "'%s' cannot be '%s'; did you mean '%.*s'?",
                    value->row->name, shown(value, word), STR_ARG(near));
    return fail(ERR_INVALID, "'%s' cannot be '%s'; it is one of: %s",
                value->row->name, shown(value, word),
                listed(value->row->choices, choices));
}

static enum status
check_items(struct value *value, int *line_out)
{
    if (value->row->choices == NULL)
        return OK;
    for (size_t i = 0; i < value->item_count; i++) {
        *line_out = value->item_lines[i];
        TRY(value_check_word(value, value->items[i]));
    }
    return OK;
}

/* "No" and "Yes" as Python reads them, which SFTPPlus is written in. */
bool
value_read_flag(struct str text, uint64_t *flag_out)
{
    static const char *const words[2][4] = {
        { "No", "False", "Off", "0" },
        { "Yes", "True", "On", "1" },
    };

    for (size_t i = 0; i < 8; i++)
        if (str_same_word(text, words[i / 4][i % 4])) {
            *flag_out = i / 4;
            return true;
        }
    return false;
}

static bool
read_number(const struct option *row, struct str text, uint64_t *number_out)
{
    static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
    uint64_t factor = 1;

    if (row->unit != NULL && strcmp(row->unit, "bytes") == 0)
        for (size_t i = 0; i < 4; i++)
            if (text.len > 3 &&
                str_same_word(str_from_offset(text, text.len - 3), units[i])) {
                factor = 1024ull << (10 * i);
                text = str_trim(str_from(text.data, text.len - 3));
                break;
            }
    if (!str_to_number(text, UINT64_MAX / factor, number_out))
        return false;
    *number_out *= factor;
    return true;
}

static bool
read_octal(struct str text, uint64_t *number_out)
{
    uint64_t number = 0;

    if (text.len == 0 || text.len > 8)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '7')
            return false;
        number = number * 8 + (uint64_t)(text.data[i] - '0');
    }
    *number_out = number;
    return true;
}

static enum status
check_number(struct value *value)
{
    const struct option *row = value->row;
    bool is_octal = row->kind == KIND_OCTAL;
    struct str text = str_of(value->text);
    bool is_read = is_octal ? read_octal(text, &value->number)
                            : read_number(row, text, &value->number);
    uint64_t max = row->max ? row->max : UINT64_MAX;

    if (is_read && value->number >= row->min && value->number <= max)
        return OK;
    if (is_octal)
        return fail(
            ERR_INVALID,
            "'%s' is '%s'; it must be an octal number of at most %03" PRIo64,
            row->name, shown(value, value->text), max);
    return fail(ERR_INVALID,
                "'%s' is '%s'; it must be a number from %" PRIu64 " to %" PRIu64
                "%s%s",
                row->name, shown(value, value->text), row->min, max,
                row->unit ? " " : "", row->unit ? row->unit : "");
}

static enum status
check_address(const struct value *value)
{
    unsigned char bytes[sizeof(struct in6_addr)];

    if (inet_pton(AF_INET, value->text, bytes) == 1 ||
        inet_pton(AF_INET6, value->text, bytes) == 1)
        return OK;
    /* Not an address: a host name (RFC 1123, 2.1), and not all digits, which
     * is an address with a mistake in it. */
    size_t len = strlen(value->text);
    size_t plain = strspn(value->text, "abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789-._");
    if (plain == len && len < 254 && strspn(value->text, "0123456789.") < len)
        return OK;
    return fail(ERR_INVALID,
                "'%s' is '%s', which is no IP address or host name",
                value->row->name, shown(value, value->text));
}

static enum status
check_date(struct value *value)
{
    int64_t wall_ms;

    if (str_same_word(str_of(value->text), "None")) {
        value->text[0] = '\0';
        value->is_empty = true;
        return OK;
    }
    if (clock_parse(value->text, &wall_ms))
        return OK;
    return fail(ERR_INVALID,
                "'%s' is '%s'; it must be a date such as 2027-12-31, or "
                "2027-12-31 23:59:59",
                value->row->name, shown(value, value->text));
}

static enum status
check_flag(struct value *value)
{
    if (value_read_flag(str_of(value->text), &value->number))
        return OK;
    return fail(ERR_INVALID, "'%s' is '%s'; it must be Yes or No",
                value->row->name, shown(value, value->text));
}

static enum status
check_kind(struct value *value, int *line_out)
{
    switch (value->row->kind) {
    case KIND_FLAG: return check_flag(value);
    case KIND_NUMBER:
    case KIND_OCTAL: return check_number(value);
    case KIND_CHOICE: return value_check_word(value, value->text);
    case KIND_LIST:
    case KIND_LINES: return check_items(value, line_out);
    case KIND_PERMISSIONS: return value_check_permissions(value, line_out);
    case KIND_PATH_FLAG: return value_check_path_flag(value, line_out);
    case KIND_MATCHING: return value_check_matching(value, line_out);
    case KIND_ADDRESS: return check_address(value);
    case KIND_DATE: return check_date(value);
    case KIND_TEXT:
    case KIND_BLOCK:
    case KIND_PATH:
    case KIND_HASH: break;
    }
    return OK;
}

enum status
value_read(struct value *value, int *line_out)
{
    const struct option *row = value->row;

    *line_out = value->raw->line;
    TRY(join_lines(value));
    if (has_items(row->kind))
        TRY(split_items(value));
    else if (row->kind != KIND_BLOCK && strchr(value->text, '\n') != NULL)
        return fail(ERR_INVALID, "'%s' has more than one line", row->name);
    if ((row->flags & OPTION_INHERIT) &&
        str_same_word(str_of(value->text), "Inherit")) {
        value->inherits = true;
        return OK;
    }
    /* What nobody acts on is not held against the file. */
    if (value->is_empty || !(row->flags & OPTION_SUPPORTED))
        return OK;
    return check_kind(value, line_out);
}

void
value_done(struct value *value)
{
    for (size_t i = 0; i < value->item_count; i++)
        free(value->items[i]);
    free(value->items);
    free(value->item_lines);
    free(value->text);
    *value = (struct value){ 0 };
}

uint64_t
value_default_number(const struct option *row)
{
    struct str text = str_of(row->fallback);
    uint64_t number = 0;

    if (row->kind == KIND_FLAG || row->kind == KIND_PATH_FLAG)
        return value_read_flag(text, &number) ? number : 0;
    if (row->kind == KIND_OCTAL)
        return read_octal(text, &number) ? number : 0;
    return read_number(row, text, &number) ? number : 0;
}
