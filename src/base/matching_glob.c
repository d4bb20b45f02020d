/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matching_glob.c - globs, in any case.
 *
 * A glob becomes a list of tokens. Matching goes back to the last star only,
 * which is enough for globs, so the work is at most the length of the text
 * times the number of tokens. Text that is not UTF-8 is matched byte by byte:
 * no name may slip through a rule by being misspelt.
 */
#include "base/matching_private.h"

#include <stdlib.h>

enum token_kind {
    TOKEN_CHARACTER, /* in any case */
    TOKEN_EXACTLY,   /* out of ${USER} */
    TOKEN_ANY,
    TOKEN_STAR,
    TOKEN_CLASS, /* `value` ranges follow */
    TOKEN_NOT_IN_CLASS,
    TOKEN_RANGE, /* from `value` to `upto` */
    TOKEN_DATE,  /* variable `value` */
    TOKEN_OR,    /* what follows is another glob */
};

struct token {
    enum token_kind kind;
    uint32_t value;
    uint32_t upto;
};

struct matching_glob {
    bool is_negated;
    size_t count;
    struct token tokens[];
};

/* What is compiled, and where the compiler stands. */
struct compiler {
    struct str text;
    size_t at;    /* next byte of text */
    size_t start; /* of text in the whole expression */
    struct str user;
    unsigned flags;
    struct matching_glob *glob;
    size_t room;
};

static const struct str user_variable = { "${USER}", 7 };

static enum status
add(struct compiler *c, enum token_kind kind, uint32_t value, uint32_t upto)
{
    if (c->glob->count == c->room)
        return fail(ERR_LIMIT, "the expression is too long");
    c->glob->tokens[c->glob->count++] =
        (struct token){ .kind = kind, .value = value, .upto = upto };
    return OK;
}

static enum status
add_user(struct compiler *c)
{
    size_t len;

    c->at += user_variable.len;
    for (size_t i = 0; i < c->user.len; i += len)
        TRY(add(c, TOKEN_EXACTLY, matching_character(c->user, i, &len), 0));
    return OK;
}

static enum status
add_date(struct compiler *c)
{
    struct str rest = str_from_offset(c->text, c->at + 1);
    const char *end = rest.len > 0 ? memchr(rest.data, '}', rest.len) : NULL;
    size_t len = end != NULL ? (size_t)(end - rest.data) : 0;
    int variable = matching_date_variable(str_from(rest.data, len));

    if (variable < 0)
        return fail(ERR_INVALID,
                    "'{' at character %zu starts no variable such as "
                    "{year.decimal}",
                    c->start + c->at + 1);
    c->at += len + 2;
    return add(c, TOKEN_DATE, (uint32_t)variable, 0);
}

/* One character or range of "[…]"; a '-' at either end is one itself. */
static enum status
add_range(struct compiler *c)
{
    size_t len;
    uint32_t from = matching_character(c->text, c->at, &len);
    uint32_t upto = from;

    c->at += len;
    if (c->at + 1 < c->text.len && c->text.data[c->at] == '-' &&
        c->text.data[c->at + 1] != ']') {
        upto = matching_character(c->text, c->at + 1, &len);
        c->at += 1 + len;
    }
    if (upto < from)
        return fail(ERR_INVALID,
                    "a range ends before it begins at character "
                    "%zu",
                    c->start + c->at);
    return add(c, TOKEN_RANGE, from, upto);
}

/* Up to the ']' that closes it; one in front stands for itself. */
static enum status
add_ranges(struct compiler *c, size_t opened)
{
    size_t first = c->at;

    while (c->at < c->text.len &&
           (c->at == first || c->text.data[c->at] != ']'))
        TRY(add_range(c));
    if (c->at < c->text.len)
        return OK;
    return fail(ERR_INVALID,
                "'[' at character %zu is never closed; [[] is the character "
                "itself",
                opened);
}

static enum status
add_class(struct compiler *c)
{
    size_t opened = c->start + c->at + 1;
    size_t token = c->glob->count;
    bool is_negated = c->at + 1 < c->text.len && c->text.data[c->at + 1] == '!';

    c->at += is_negated ? 2 : 1;
    TRY(add(c, is_negated ? TOKEN_NOT_IN_CLASS : TOKEN_CLASS, 0, 0));
    TRY(add_ranges(c, opened));
    c->at++;
    c->glob->tokens[token].value = (uint32_t)(c->glob->count - token - 1);
    return OK;
}

static enum status
add_or(struct compiler *c)
{
    struct matching_glob *glob = c->glob;

    if (glob->count == 0 || glob->tokens[glob->count - 1].kind == TOKEN_OR)
        return fail(ERR_INVALID, "there is nothing before character %zu",
                    c->start + c->at + 1);
    c->at++;
    return add(c, TOKEN_OR, 0, 0);
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Whether only blanks are left before the next bar, or the end. */
static bool
ends_here(const struct compiler *c)
{
    size_t at = c->at;

    while (at < c->text.len && is_blank(c->text.data[at]))
        at++;
    return at == c->text.len || c->text.data[at] == '|';
}

static bool
skips_blank(const struct compiler *c)
{
    const struct matching_glob *glob = c->glob;
    bool is_first =
        glob->count == 0 || glob->tokens[glob->count - 1].kind == TOKEN_OR;

    return (c->flags & GLOB_TRIM) != 0 && is_blank(c->text.data[c->at]) &&
           (is_first || ends_here(c));
}

static enum status
add_token(struct compiler *c)
{
    uint32_t character;
    size_t len;

    if (str_starts(str_from_offset(c->text, c->at), user_variable))
        return add_user(c);
    switch (c->text.data[c->at]) {
    case '*': c->at++; return add(c, TOKEN_STAR, 0, 0);
    case '?': c->at++; return add(c, TOKEN_ANY, 0, 0);
    case '[': return add_class(c);
    case '|': return add_or(c);
    case '{':
        if ((c->flags & GLOB_DATES) != 0)
            return add_date(c);
        break;
    }
    character = matching_character(c->text, c->at, &len);
    c->at += len;
    return add(c, TOKEN_CHARACTER, matching_fold(character), 0);
}

static enum status
compile(struct compiler *c)
{
    struct matching_glob *glob = c->glob;

    if (c->text.len > 0 && c->text.data[0] == '!') {
        glob->is_negated = true;
        c->at++;
    }
    while (c->at < c->text.len) {
        if (skips_blank(c))
            c->at++;
        else
            TRY(add_token(c));
    }
    if (glob->count == 0 || glob->tokens[glob->count - 1].kind == TOKEN_OR)
        return fail(ERR_INVALID, "there is nothing to match at character %zu",
                    c->start + c->at + 1);
    return OK;
}

enum status
matching_glob_compile(struct str text, size_t at, struct str user,
                      unsigned flags, struct matching_glob **out)
{
    /* A byte makes one token at most, but for ${USER}. */
    size_t room = text.len + user.len * (text.len / user_variable.len) + 1;
    struct compiler c = { .text = text,
                          .start = at,
                          .user = user,
                          .flags = flags,
                          .room = room < MATCHING_EXPRESSION
                                      ? room
                                      : MATCHING_EXPRESSION };

    c.glob = calloc(1, sizeof *c.glob + c.room * sizeof c.glob->tokens[0]);
    if (c.glob == NULL)
        return fail(ERR_MEMORY, "no memory for an expression");
    enum status status = compile(&c);
    if (status != OK) {
        matching_glob_free(&c.glob);
        return status;
    }
    *out = c.glob;
    return OK;
}

void
matching_glob_free(struct matching_glob **glob)
{
    free(*glob);
    *glob = NULL;
}

static bool
is_in_class(const struct token *class, uint32_t character)
{
    uint32_t folded = matching_fold(character);

    for (uint32_t i = 1; i <= class->value; i++) {
        const struct token *range = &class[i];

        if (character >= range->value && character <= range->upto)
            return true;
        if (folded >= matching_fold(range->value) &&
            folded <= matching_fold(range->upto))
            return true;
    }
    return false;
}

static bool
takes_date(int variable, const struct tm *date, struct str rest,
           size_t *took_out)
{
    char digits[DATE_TEXT];
    struct str text =
        str_from(digits, matching_date_text(variable, date, digits));

    *took_out = text.len;
    return str_starts(rest, text);
}

/* Whether the token takes the text at `at`, which is not at its end, and how
 * many bytes of it. */
static bool
takes(const struct token *token, struct str text, size_t at,
      const struct tm *date, size_t *took_out)
{
    uint32_t character = matching_character(text, at, took_out);

    switch (token->kind) {
    case TOKEN_CHARACTER: return matching_fold(character) == token->value;
    case TOKEN_EXACTLY: return character == token->value;
    case TOKEN_ANY: return true;
    case TOKEN_CLASS: return is_in_class(token, character);
    case TOKEN_NOT_IN_CLASS: return !is_in_class(token, character);
    case TOKEN_DATE:
        return takes_date((int)token->value, date, str_from_offset(text, at),
                          took_out);
    case TOKEN_STAR:
    case TOKEN_RANGE:
    case TOKEN_OR: break;
    }
    return false;
}

/* How many tokens this one is. */
static size_t
width(const struct token *token)
{
    bool is_class =
        token->kind == TOKEN_CLASS || token->kind == TOKEN_NOT_IN_CLASS;

    return is_class ? 1 + token->value : 1;
}

static bool
one_matches(const struct token *token, const struct token *end, struct str text,
            const struct tm *date)
{
    const struct token *star = NULL; /* what follows the last one seen */
    size_t star_at = 0;              /* up to where it takes the text */
    size_t at = 0;
    size_t took;

    while (at < text.len || token < end) {
        if (token < end && token->kind == TOKEN_STAR) {
            star = ++token;
            star_at = at;
        } else if (token < end && at < text.len &&
                   takes(token, text, at, date, &took)) {
            at += took;
            token += width(token);
        } else if (star != NULL && star_at < text.len) {
            (void)matching_character(text, star_at, &took);
            at = star_at += took;
            token = star;
        } else {
            return false;
        }
    }
    return true;
}

bool
matching_glob_matches(const struct matching_glob *glob, struct str text,
                      const struct tm *date)
{
    const struct token *start = glob->tokens;
    const struct token *last = glob->tokens + glob->count;
    bool found = false;

    while (start < last && !found) {
        const struct token *end = start;

        while (end < last && end->kind != TOKEN_OR)
            end += width(end);
        found = one_matches(start, end, text, date);
        start = end + 1;
    }
    return found != glob->is_negated;
}
