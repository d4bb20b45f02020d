/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - what is wrong with a configuration, and where.
 *
 * Collected in order and printed as `file:line: error: sentence`, so that an
 * editor can jump to each place.
 */
#pragma once

#include "base/status.h"

#include <stddef.h>

enum report_level { REPORT_NOTE, REPORT_WARNING, REPORT_ERROR };

struct report_line {
    enum report_level level;
    char *file;
    int line; /* 0: the file as a whole */
    char *text;
};

struct report {
    struct report_line *lines;
    size_t count;
    size_t errors;
    size_t warnings;
};

/* Add a line; when memory is out, only the counts go up. `file` may be NULL
 * when no file is to blame. */
void report_add(struct report *, enum report_level, const char *file, int line,
                const char *format, ...) PRINTF(5, 6);

/* In the order of files and lines. */
void report_sort(struct report *);

/* Print every line to the descriptor. */
void report_print(const struct report *, int fd);

void report_done(struct report *);
