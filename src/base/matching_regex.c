/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matching_regex.c - regular expressions with an end.
 *
 * PCRE2 interprets them: the just-in-time compiler would want memory that is
 * writable and executable, which this process does not ask for, and paths are
 * short. Matching as UTF-8 would let no text match that is not UTF-8, and so
 * let a name slip through a rule; such a text is matched as bytes.
 */
#include "base/matching_private.h"

#include "base/buffer.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

enum {
    MOST_STEPS = 100000, /* some milliseconds */
    MOST_DEPTH = 20000,
    MOST_HEAP_KIB = 8192,
    MOST_PATTERN = 4 * MATCHING_EXPRESSION,
};

struct matching_regex {
    pcre2_code *as_utf8; /* NULL when the expression itself is not */
    pcre2_code *as_bytes;
    pcre2_match_context *limits;
};

static enum status
read_flags(struct str flags, size_t at, uint32_t *options_out)
{
    static const struct {
        char letter;
        uint32_t option;
    } known[] = {
        { 'i', PCRE2_CASELESS },
        { 'm', PCRE2_MULTILINE },
        { 's', PCRE2_DOTALL },
        { 'x', PCRE2_EXTENDED },
    };
    enum { KNOWN = sizeof known / sizeof known[0] };

    *options_out = 0;
    for (size_t i = 0; i < flags.len; i++) {
        size_t k = 0;

        while (k < KNOWN && known[k].letter != flags.data[i])
            k++;
        if (k == KNOWN)
            return fail(ERR_INVALID,
                        "'%c' at character %zu is no flag: i, m, s or x",
                        flags.data[i], at + i + 1);
        *options_out |= known[k].option;
    }
    return OK;
}

/* A name stands for itself, whatever its characters would mean. */
static enum status
add_quoted(struct str user, struct buffer *into)
{
    static const char special[] = " !\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~";

    for (size_t i = 0; i < user.len; i++) {
        if (user.data[i] != '\0' && strchr(special, user.data[i]) != NULL)
            TRY(buffer_add(into, STR("\\")));
        TRY(buffer_add(into, str_from(user.data + i, 1)));
    }
    return OK;
}

static enum status
fill_in_user(struct str text, struct str user, struct buffer *into)
{
    static const struct str variable = { "${USER}", 7 };

    while (text.len > 0) {
        const char *found =
            memmem(text.data, text.len, variable.data, variable.len);
        size_t before = found != NULL ? (size_t)(found - text.data) : text.len;

        TRY(buffer_add(into, str_from(text.data, before)));
        text = str_from_offset(text, before);
        if (found == NULL)
            break;
        TRY(add_quoted(user, into));
        text = str_from_offset(text, variable.len);
    }
    return OK;
}

static enum status
compile_one(struct str pattern, uint32_t options, size_t at,
            pcre2_code **code_out)
{
    PCRE2_UCHAR why[256] = "";
    PCRE2_SIZE where;
    int error;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)pattern.data, pattern.len,
                      options | PCRE2_NEVER_BACKSLASH_C, &error, &where, NULL);

    if (code != NULL) {
        *code_out = code;
        return OK;
    }
    pcre2_get_error_message(error, why, sizeof why);
    return fail(ERR_INVALID, "%s at character %zu", (const char *)why,
                at + (size_t)where + 1);
}

static enum status
compile(struct matching_regex *regex, struct str pattern, uint32_t options,
        size_t at)
{
    regex->limits = pcre2_match_context_create(NULL);
    if (regex->limits == NULL)
        return fail(ERR_MEMORY, "no memory for an expression");
    pcre2_set_match_limit(regex->limits, MOST_STEPS);
    pcre2_set_depth_limit(regex->limits, MOST_DEPTH);
    pcre2_set_heap_limit(regex->limits, MOST_HEAP_KIB);
    TRY(compile_one(pattern, options, at, &regex->as_bytes));
    if (compile_one(pattern, options | PCRE2_UTF | PCRE2_UCP, at,
                    &regex->as_utf8) != OK)
        regex->as_utf8 = NULL;
    return OK;
}

enum status
matching_regex_compile(struct str text, size_t at, struct str user,
                       struct str flags, struct matching_regex **out)
{
    AUTO(buffer_done) struct buffer pattern = BUFFER(MOST_PATTERN);
    struct matching_regex *regex;
    uint32_t options;

    if (text.len == 0)
        return fail(ERR_INVALID, "there is nothing to match at character %zu",
                    at + 1);
    TRY(read_flags(flags, at + text.len + 1, &options));
    TRY(fill_in_user(text, user, &pattern));
    regex = calloc(1, sizeof *regex);
    if (regex == NULL)
        return fail(ERR_MEMORY, "no memory for an expression");
    enum status status = compile(regex, buffer_str(&pattern), options, at);
    if (status != OK) {
        matching_regex_free(&regex);
        return status;
    }
    *out = regex;
    return OK;
}

void
matching_regex_free(struct matching_regex **regex)
{
    if (*regex == NULL)
        return;
    pcre2_code_free((*regex)->as_utf8);
    pcre2_code_free((*regex)->as_bytes);
    pcre2_match_context_free((*regex)->limits);
    free(*regex);
    *regex = NULL;
}

static bool
is_utf8(struct str text)
{
    size_t len;

    for (size_t at = 0; at < text.len; at += len)
        if (matching_character(text, at, &len) > 0x10ffff)
            return false;
    return true;
}

enum matching_answer
matching_regex_ask(const struct matching_regex *regex, struct str text)
{
    bool may_be_utf8 = regex->as_utf8 != NULL && is_utf8(text);
    const pcre2_code *code = may_be_utf8 ? regex->as_utf8 : regex->as_bytes;
    pcre2_match_data *found = pcre2_match_data_create(1, NULL);

    if (found == NULL)
        return MATCHING_UNDECIDED;
    int got =
        pcre2_match(code, (PCRE2_SPTR)text.data, text.len, 0,
                    may_be_utf8 ? PCRE2_NO_UTF_CHECK : 0, found, regex->limits);
    pcre2_match_data_free(found);
    if (got >= 0)
        return MATCHING_YES;
    return got == PCRE2_ERROR_NOMATCH ? MATCHING_NO : MATCHING_UNDECIDED;
}
