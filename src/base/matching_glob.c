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

struct glob {
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
    struct glob *glob;
    size_t room;
};

static const struct str user_variable = { "${USER}", 7 };

uint32_t
matching_character(struct str text, size_t at, size_t *len_out)
{
    const unsigned char *s = (const unsigned char *)text.data + at;
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t len = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    uint32_t character = len == 1 ? s[0] : s[0] & (0x7fU >> len);

    *len_out = 1;
    if (len == 1)
        return character;
    if (s[0] < 0xc2 || s[0] > 0xf4 || text.len - at < len)
        return 0x110000U + s[0];
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0x110000U + s[0];
        character = character << 6 | (s[i] & 0x3f);
    }
    if (character < least[len] || character > 0x10ffff ||
        (character >= 0xd800 && character < 0xe000))
        return 0x110000U + s[0];
    *len_out = len;
    return character;
}

uint32_t
matching_fold(uint32_t c)
{
    static const struct {
        uint32_t from, to, step; /* step 0: capital and small by turns, the
                                    capital even; 1: odd */
    } ranges[] = {
        { 0xc0, 0xd6, 32 },    { 0xd8, 0xde, 32 },   { 0x100, 0x12f, 0 },
        { 0x132, 0x137, 0 },   { 0x139, 0x148, 1 },  { 0x14a, 0x177, 0 },
        { 0x179, 0x17e, 1 },   { 0x386, 0x386, 38 }, { 0x388, 0x38a, 37 },
        { 0x38c, 0x38c, 64 },  { 0x38e, 0x38f, 63 }, { 0x391, 0x3a1, 32 },
        { 0x3a3, 0x3ab, 32 },  { 0x400, 0x40f, 80 }, { 0x410, 0x42f, 32 },
        { 0x460, 0x481, 0 },   { 0x48a, 0x4bf, 0 },  { 0x1e00, 0x1e95, 0 },
        { 0x1ea0, 0x1eff, 0 },
    };

    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    if (c == 0x178) /* Ÿ, whose small letter is Latin-1's */
        return 0xff;
    if (c == 0x3c2) /* the sigma at the end of a word */
        return 0x3c3;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (c < ranges[i].from || c > ranges[i].to)
            continue;
        if (ranges[i].step > 1)
            return c + ranges[i].step;
        return (c & 1) == ranges[i].step ? c + 1 : c;
    }
    return c;
}

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
    int variable = date_variable(str_from(rest.data, len));

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

static enum status
add_class(struct compiler *c)
{
    size_t opened = c->start + c->at + 1;
    size_t token = c->glob->count;
    bool is_negated = c->at + 1 < c->text.len && c->text.data[c->at + 1] == '!';

    c->at += is_negated ? 2 : 1;
    TRY(add(c, is_negated ? TOKEN_NOT_IN_CLASS : TOKEN_CLASS, 0, 0));
    /* A ']' in front stands for itself. */
    for (bool is_first = true;; is_first = false) {
        if (c->at >= c->text.len)
            return fail(ERR_INVALID,
                        "'[' at character %zu is never closed; [[] is the "
                        "character itself",
                        opened);
        if (c->text.data[c->at] == ']' && !is_first)
            break;
        TRY(add_range(c));
    }
    c->at++;
    c->glob->tokens[token].value = (uint32_t)(c->glob->count - token - 1);
    return OK;
}

static enum status
add_or(struct compiler *c)
{
    struct glob *glob = c->glob;

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
    const struct glob *glob = c->glob;
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
    struct glob *glob = c->glob;

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
glob_compile(struct str text, size_t at, struct str user, unsigned flags,
             struct glob **out)
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
        glob_free(&c.glob);
        return status;
    }
    *out = c.glob;
    return OK;
}

void
glob_free(struct glob **glob)
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
    struct str text = str_from(digits, date_text(variable, date, digits));

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
glob_matches(const struct glob *glob, struct str text, const struct tm *date)
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
