/* SPDX-License-Identifier: Apache-2.0 */
/* matching.c - which kind of expression is it, and what does it say? */
#include "base/matching_private.h"

#include <stdlib.h>

struct matching {
    struct matching_glob *glob;
    struct matching_regex *regex;
    bool is_excluding; /* e/…/ */
    bool has_slash;
    bool has_dates;
    struct matching_shift shift;
};

/* An expression that is said in full: its letter, what is inside of the
 * slashes, and what follows them. */
struct parts {
    char kind;
    struct str inside;
    struct str flags;
};

static bool
is_in_full(struct str expression)
{
    return expression.len >= 2 && expression.data[1] == '/' &&
           strchr("gmet", expression.data[0]) != NULL &&
           expression.data[0] != '\0';
}

static enum status
split(struct str expression, struct parts *out)
{
    const char *end = memrchr(expression.data, '/', expression.len);
    size_t at = (size_t)(end - expression.data);

    if (at < 2)
        return fail(ERR_INVALID, "'%c/' is not closed by another '/'",
                    expression.data[0]);
    out->kind = expression.data[0];
    out->inside = str_from(expression.data + 2, at - 2);
    out->flags = str_from_offset(expression, at + 1);
    return OK;
}

static enum status
compile_in_full(struct str expression, struct str user, struct matching *m)
{
    struct parts parts;
    enum { AT = 2 }; /* behind "g/" */

    TRY(split(expression, &parts));
    m->has_slash = parts.inside.len > 0 &&
                   memchr(parts.inside.data, '/', parts.inside.len) != NULL;
    switch (parts.kind) {
    case 'e':
    case 'm':
        m->is_excluding = parts.kind == 'e';
        return matching_regex_compile(parts.inside, AT, user, parts.flags,
                                      &m->regex);
    case 't':
        m->has_dates = true;
        TRY(matching_date_shift_parse(parts.flags, AT + parts.inside.len + 1,
                                      &m->shift));
        return matching_glob_compile(parts.inside, AT, user, GLOB_DATES,
                                     &m->glob);
    default:
        if (parts.flags.len > 0)
            return fail(ERR_INVALID,
                        "'%.*s' at character %zu is no flag: a "
                        "glob has none",
                        STR_ARG(parts.flags), AT + parts.inside.len + 2);
        return matching_glob_compile(parts.inside, AT, user, 0, &m->glob);
    }
}

static enum status
compile(struct str expression, struct str user, struct matching *m)
{
    if (is_in_full(expression))
        return compile_in_full(expression, user, m);
    m->has_slash = memchr(expression.data, '/', expression.len) != NULL;
    return matching_glob_compile(expression, 0, user, GLOB_TRIM, &m->glob);
}

enum status
matching_compile(struct str expression, struct str user, struct matching **out)
{
    struct matching *m;

    if (expression.len == 0)
        return fail(ERR_INVALID, "the expression is empty");
    if (expression.len > MATCHING_EXPRESSION)
        return fail(ERR_LIMIT, "the expression has more than %d bytes",
                    MATCHING_EXPRESSION);
    m = calloc(1, sizeof *m);
    if (m == NULL)
        return fail(ERR_MEMORY, "no memory for an expression");
    enum status status = compile(expression, user, m);
    if (status != OK) {
        matching_free(&m);
        return status;
    }
    *out = m;
    return OK;
}

void
matching_free(struct matching **m)
{
    if (*m == NULL)
        return;
    matching_glob_free(&(*m)->glob);
    matching_regex_free(&(*m)->regex);
    free(*m);
    *m = NULL;
}

enum matching_answer
matching_ask(const struct matching *m, struct str text, int64_t now_ms)
{
    enum matching_answer answer;
    struct tm date;

    if (m->has_dates)
        matching_date_shifted(now_ms, &m->shift, &date);
    if (m->glob != NULL)
        return matching_glob_matches(m->glob, text, &date) ? MATCHING_YES
                                                           : MATCHING_NO;
    answer = matching_regex_ask(m->regex, text);
    if (!m->is_excluding || answer == MATCHING_UNDECIDED)
        return answer;
    return answer == MATCHING_YES ? MATCHING_NO : MATCHING_YES;
}

bool
matching_matches(const struct matching *m, struct str text, int64_t now_ms)
{
    return matching_ask(m, text, now_ms) == MATCHING_YES;
}

bool
matching_has_slash(const struct matching *m)
{
    return m->has_slash;
}

struct str
matching_cut(struct str *line)
{
    struct str all = str_trim(*line);
    size_t from = 0;

    /* No verb and no flag has a slash: the last one ends the expression. */
    if (is_in_full(all))
        from =
            (size_t)((const char *)memrchr(all.data, '/', all.len) - all.data);
    struct str rest = str_from_offset(all, from);
    struct str end = str_cut(&rest, ',');
    *line = str_trim(rest);
    return str_trim(str_from(all.data, from + end.len));
}
