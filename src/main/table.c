/* SPDX-License-Identifier: Apache-2.0 */
/* table.c - rows of text in columns that line up. */
#include "main/table.h"

#include "event/text.h"

#include <stdarg.h>
#include <stdlib.h>

enum { CELL = 16 * 1024, FORMATTED = 128, FIRST_ROOM = 64 };

/* Characters of UTF-8, which is about what a terminal shows. */
static size_t
width_of(const char *text)
{
    size_t width = 0;

    for (const char *c = text; *c != '\0'; c++)
        width += ((unsigned char)*c & 0xc0) != 0x80;
    return width;
}

static char *
visible(const char *text)
{
    struct buffer shown = BUFFER(CELL);
    char *copy = NULL;

    if (event_add_visible(&shown, str_of(text[0] != '\0' ? text : "-")) == OK)
        copy = str_copy(buffer_str(&shown));
    buffer_done(&shown);
    return copy;
}

static bool
make_room(struct table *t)
{
    size_t room = t->room > 0 ? t->room * 2 : FIRST_ROOM;

    if (t->count < t->room)
        return true;
    char **grown = realloc(t->cells, room * sizeof *grown);
    if (grown == NULL)
        return false;
    t->cells = grown;
    t->room = room;
    return true;
}

void
table_add(struct table *t, const char *text)
{
    if (!make_room(t))
        return;
    char *cell = visible(text);
    size_t column = t->count % t->columns;
    size_t width = width_of(cell != NULL ? cell : "");

    if (width > t->width[column])
        t->width[column] = width;
    t->cells[t->count++] = cell;
}

void
table_addf(struct table *t, const char *format, ...)
{
    char text[FORMATTED];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    table_add(t, text);
}

void
table_print(const struct table *t, FILE *to)
{
    for (size_t i = 0; i < t->count; i++) {
        const char *cell = t->cells[i] != NULL ? t->cells[i] : "";
        size_t column = i % t->columns;
        bool is_last = column + 1 == t->columns;
        int pad = (int)(t->width[column] - width_of(cell)) + 2;

        fprintf(to, "%s%s", column == 0 ? "  " : "", cell);
        if (is_last)
            fputc('\n', to);
        else
            fprintf(to, "%*s", pad, "");
    }
}

void
table_done(struct table *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->cells[i]);
    free(t->cells);
    *t = (struct table){ 0 };
}
