/* SPDX-License-Identifier: Apache-2.0 */
/* value_rules.c - values with a rule a line, for paths or names. */
#include "base/matching.h"
#include "config/config_private.h"

/* Whoever reads the rules gives the expression a name for ${USER}; here any
 * will do. */
static enum status
check_expression(const struct value *value, struct str text)
{
    struct matching *expression = NULL;
    enum status status = matching_compile(text, STR("user"), &expression);

    matching_free(&expression);
    if (status == ERR_INVALID || status == ERR_LIMIT) {
        AUTO(str_free) char *why = str_copy(str_of(fail_reason()));

        return fail(
            ERR_INVALID, "'%s' has '%.*s', which is no matching expression: %s",
            value->row->name, STR_ARG(text), why != NULL ? why : "it is wrong");
    }
    return status;
}

static enum status
check_verbs(const struct value *value, struct str words)
{
    while (words.len > 0) {
        struct str verb = str_trim(str_cut(&words, ','));
        AUTO(str_free) char *word = str_copy(verb);

        if (word == NULL)
            return fail(ERR_MEMORY, "no memory for a value");
        if (verb.len > 0)
            TRY(value_check_word(value, word));
    }
    return OK;
}

static enum status
check_flag_word(const struct value *value, struct str words)
{
    uint64_t flag;

    if (value_read_flag(words, &flag))
        return OK;
    return fail(ERR_INVALID, "'%s' is '%.*s'; it must be Yes or No",
                value->row->name, STR_ARG(words));
}

typedef enum status check_words(const struct value *, struct str words);

/* A line below the first: an expression, and what is to be where it matches. */
static enum status
check_rule(const struct value *value, struct str words, check_words *check)
{
    struct str expression = matching_cut(&words);
    enum status status = check_expression(value, expression);

    if (status != OK)
        return status;
    if (words.len == 0)
        return fail(ERR_INVALID, "'%s' says nothing about '%.*s'",
                    value->row->name, STR_ARG(expression));
    return check(value, words);
}

/* The first line is for all paths and has words only. */
static enum status
check_lines(const struct value *value, check_words *check, int *line_out)
{
    enum status status = OK;

    for (size_t i = 0; i < value->item_count && status == OK; i++) {
        struct str line = str_of(value->items[i]);

        *line_out = value->item_lines[i];
        status = i == 0 ? check(value, line) : check_rule(value, line, check);
    }
    return status;
}

enum status
value_check_permissions(const struct value *value, int *line_out)
{
    return check_lines(value, check_verbs, line_out);
}

enum status
value_check_path_flag(struct value *value, int *line_out)
{
    TRY(check_lines(value, check_flag_word, line_out));
    if (value->item_count > 0)
        (void)value_read_flag(str_of(value->items[0]), &value->number);
    return OK;
}

enum status
value_check_matching(const struct value *value, int *line_out)
{
    for (size_t i = 0; i < value->item_count; i++) {
        *line_out = value->item_lines[i];
        TRY(check_expression(value, str_of(value->items[i])));
    }
    return OK;
}
