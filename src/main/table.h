/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - rows of text in columns that line up.
 */
#pragma once

#include "base/buffer.h"

#include <stdio.h>

enum { TABLE_COLUMNS = 10 };

struct table { /* begin with { .columns = n } */
    size_t columns;
    size_t width[TABLE_COLUMNS];
    char **cells;
    size_t count;
    size_t room;
};

/* The next cell, made fit for a terminal. What memory does not suffice for is
 * left out. */
void table_add(struct table *, const char *text);
void table_addf(struct table *, const char *format, ...) PRINTF(2, 3);
void table_print(const struct table *, FILE *to);
void table_done(struct table *);
