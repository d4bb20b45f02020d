/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matching_fuzz.c - any line as a rule, any text as a path.
 *
 * The first line of an input is a name for ${USER}, the second a rule; the
 * rest is the text that it is tried on. An answer is the same when it is asked
 * twice, and the limits of expressions keep each input short.
 */
#include "fuzz.h"

#include "base/matching.h"

#include <stdlib.h>

enum { LONGEST_TEXT = 4096 };

static void
demand(bool is_true)
{
    if (!is_true)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_from(data, size);
    struct str user = str_cut(&text, '\n');
    struct str rule = str_cut(&text, '\n');
    struct str words = rule;
    struct str expression = matching_cut(&words);
    struct matching *matching = NULL;
    const int64_t now_ms = INT64_C(1795000000000);

    demand(expression.len + words.len <= rule.len);
    if (text.len > LONGEST_TEXT)
        text.len = LONGEST_TEXT;
    enum status status = matching_compile(expression, user, &matching);
    demand((status == OK) == (matching != NULL));
    if (status != OK)
        return 0;
    enum matching_answer answer = matching_ask(matching, text, now_ms);
    demand(matching_ask(matching, text, now_ms) == answer);
    demand(matching_matches(matching, text, now_ms) ==
           (answer == MATCHING_YES));
    (void)matching_has_slash(matching);
    matching_free(&matching);
    return 0;
}
