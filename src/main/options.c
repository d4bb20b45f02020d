/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.c - `convoy options --markdown [FAMILY]`: print the reference pages.
 */
#include "config/markdown.h"
#include "main/command.h"

#include <stdio.h>
#include <string.h>

enum { PAGE_MAX = 4 * 1024 * 1024 };

static int
print(const struct family *family)
{
    AUTO(buffer_done) struct buffer page = BUFFER(PAGE_MAX);

    if (options_to_markdown(family, &page) != OK) {
        fprintf(stderr, "convoy options: %s\n", fail_reason());
        return 1;
    }
    struct str text = buffer_str(&page);
    return fwrite(text.data, 1, text.len, stdout) != text.len;
}

int
command_options(int argc, char **argv)
{
    if (argc < 2 || argc > 3 || strcmp(argv[1], "--markdown") != 0) {
        fprintf(stderr, "usage: convoy options --markdown [FAMILY]\n");
        return 2;
    }
    const struct family *family =
        argc == 3 ? family_find(str_of(argv[2])) : NULL;
    if (argc == 3 && family == NULL) {
        const char *near = family_nearest(str_of(argv[2]));

        fprintf(stderr, "convoy options: there are no sections [%s%s%s%s\n",
                argv[2], near ? "]; did you mean '" : "]", near ? near : "",
                near ? "'?" : "");
        return 2;
    }
    return print(family);
}
