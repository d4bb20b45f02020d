/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - what is wrong with a configuration, and where. */
#include "config/report.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_KEPT = 4096 }; /* a file of mistakes must not fill the memory */

static bool
keep_line(struct report *report, struct report_line line)
{
    if ((report->count & (report->count - 1)) == 0) {
        size_t size = report->count ? report->count * 2 : 1;
        struct report_line *bigger =
            reallocarray(report->lines, size, sizeof *report->lines);

        if (bigger == NULL)
            return false;
        report->lines = bigger;
    }
    report->lines[report->count++] = line;
    return true;
}

void
report_add(struct report *report, enum report_level level, const char *file,
           int line, const char *format, ...)
{
    struct report_line entry = { .level = level, .line = line };
    va_list args;

    report->errors += level == REPORT_ERROR;
    report->warnings += level == REPORT_WARNING;
    if (report->count >= LINES_KEPT)
        return;
    va_start(args, format);
    if (vasprintf(&entry.text, format, args) < 0)
        entry.text = NULL;
    va_end(args);
    entry.file = strdup(file ? file : "");
    if (entry.text == NULL || entry.file == NULL || !keep_line(report, entry)) {
        free(entry.text);
        free(entry.file);
    }
}

static int
compare_lines(const void *a, const void *b)
{
    const struct report_line *x = a, *y = b;
    int order = strcmp(x->file, y->file);

    if (order == 0)
        order = (x->line > y->line) - (x->line < y->line);
    if (order == 0)
        order = (x->level < y->level) - (x->level > y->level);
    return order != 0 ? order : strcmp(x->text, y->text);
}

void
report_sort(struct report *report)
{
    if (report->count > 1)
        qsort(report->lines, report->count, sizeof *report->lines,
              compare_lines);
}

void
report_print(const struct report *report, int fd)
{
    static const char *const levels[] = { "note", "warning", "error" };

    for (size_t i = 0; i < report->count; i++) {
        const struct report_line *line = &report->lines[i];

        dprintf(fd, "%s%s", line->file, line->file[0] ? ":" : "");
        if (line->line > 0)
            dprintf(fd, "%d:", line->line);
        dprintf(fd, " %s: %s\n", levels[line->level], line->text);
    }
    if (report->count >= LINES_KEPT)
        dprintf(fd, "Only the first %d lines are shown.\n", LINES_KEPT);
}

void
report_done(struct report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        free(report->lines[i].file);
        free(report->lines[i].text);
    }
    free(report->lines);
    *report = (struct report){ 0 };
}
