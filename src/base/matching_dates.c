/* SPDX-License-Identifier: Apache-2.0 */
/* matching_dates.c - the dates in t/…/ expressions. */
#include "base/matching_private.h"

#include <stdio.h>

enum { LARGEST_SHIFT = 36500 };

static const struct {
    const char *name;
    size_t field; /* of struct tm */
    int base;     /* what the field counts from */
    int width;    /* with zeros in front */
} variables[] = {
    { "year.decimal", offsetof(struct tm, tm_year), 1900, 4 },
    { "year.padded", offsetof(struct tm, tm_year), 1900, 4 },
    { "month.decimal", offsetof(struct tm, tm_mon), 1, 1 },
    { "month.padded", offsetof(struct tm, tm_mon), 1, 2 },
    { "day.decimal", offsetof(struct tm, tm_mday), 0, 1 },
    { "day.padded", offsetof(struct tm, tm_mday), 0, 2 },
    { "hour.decimal", offsetof(struct tm, tm_hour), 0, 1 },
    { "hour.padded", offsetof(struct tm, tm_hour), 0, 2 },
    { "minute.decimal", offsetof(struct tm, tm_min), 0, 1 },
    { "minute.padded", offsetof(struct tm, tm_min), 0, 2 },
    { "second.decimal", offsetof(struct tm, tm_sec), 0, 1 },
    { "second.padded", offsetof(struct tm, tm_sec), 0, 2 },
};

int
matching_date_variable(struct str name)
{
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        if (str_same_word(name, variables[i].name))
            return (int)i;
    return -1;
}

size_t
matching_date_text(int variable, const struct tm *date, char into[DATE_TEXT])
{
    int number;

    memcpy(&number, (const char *)date + variables[variable].field,
           sizeof number);
    int len = snprintf(into, DATE_TEXT, "%0*d", variables[variable].width,
                       number + variables[variable].base);
    return len > 0 ? (size_t)len : 0;
}

enum status
matching_date_shift_parse(struct str text, size_t at,
                          struct matching_shift *out)
{
    struct matching_shift shift = { 0 };
    uint64_t number;

    if (text.len == 0) {
        *out = shift;
        return OK;
    }
    char sign = text.data[0];
    char unit = text.data[text.len - 1];
    if (text.len < 3 || (sign != '+' && sign != '-') ||
        !str_to_number(str_from(text.data + 1, text.len - 2), LARGEST_SHIFT,
                       &number))
        return fail(ERR_INVALID,
                    "'%.*s' at character %zu is no shift such as -1d",
                    STR_ARG(text), at + 1);
    int by = sign == '-' ? -(int)number : (int)number;
    switch (unit) {
    case 'd': shift.days = by; break;
    case 'h': shift.hours = by; break;
    case 'm': shift.minutes = by; break;
    default:
        return fail(ERR_INVALID,
                    "'%c' at character %zu is no unit of time: d, h or m", unit,
                    at + text.len);
    }
    *out = shift;
    return OK;
}

/* Hours and minutes are lengths of time; a day may have 23 or 25 hours, so
 * days are the calendar's. */
void
matching_date_shifted(int64_t now_ms, const struct matching_shift *by,
                      struct tm *out)
{
    time_t now = (time_t)(now_ms / 1000) + by->hours * (time_t)3600 +
                 by->minutes * (time_t)60;

    *out = (struct tm){ 0 };
    if (localtime_r(&now, out) == NULL || by->days == 0)
        return;
    out->tm_mday += by->days;
    out->tm_isdst = -1;
    (void)mktime(out);
}
