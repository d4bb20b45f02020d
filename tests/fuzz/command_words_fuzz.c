/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command_words_fuzz.c - commands that anybody may ask for.
 *
 * Input: the command. Asserts that the words fit what the header promises and
 * that each ends in a NUL.
 */
#include "fuzz.h"

#include "ssh/command_words.h"

#include <stdlib.h>

static void
must(bool holds)
{
    if (!holds)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer words = BUFFER(2 * size + 1);
    enum status status = command_words(str_from(data, size), &words);

    must(status == OK || status == ERR_INVALID);
    if (status == OK && buffer_len(&words) > 0)
        must(buffer_str(&words).data[buffer_len(&words) - 1] == '\0');
    buffer_done(&words);
    return 0;
}
