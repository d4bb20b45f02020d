/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - what time it is, and waiting.
 *
 * Whoever needs time is handed a clock, so that tests can set it. The real one
 * never fails; the settable one stands still until it is moved, and sleeping
 * on it moves it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct clock;

/* The machine's clock; static, never freed. */
struct clock *clock_real(void);

/* A clock that stands at `wall_ms` until it is moved. Freed by clock_free. */
struct clock *clock_settable(int64_t wall_ms);
void clock_free(struct clock **);
void clock_advance(struct clock *, int64_t by_ms);

/* Milliseconds that only go forward, for deadlines. */
int64_t clock_now_ms(struct clock *);

/* Milliseconds since 1970-01-01 UTC, for people and files. */
int64_t clock_wall_ms(struct clock *);

/* Return when clock_now_ms() is at least `deadline_ms`. */
void clock_sleep_until(struct clock *, int64_t deadline_ms);

/* "2026-11-23T20:07:04.123Z" into 25 bytes, NUL included. */
enum { CLOCK_TEXT = 25 };
void clock_format(int64_t wall_ms, char text[CLOCK_TEXT]);

/*
 * Parse an ISO 8601 date, date and time, or date, time and zone (Z, +hh:mm);
 * a space may stand for the T, without a zone UTC is meant, and a date alone
 * is its first moment.
 */
bool clock_parse(const char *text, int64_t *wall_ms_out);
