/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c - the machine's clock, and one for tests. */
#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct clock {
    bool is_settable;
    pthread_mutex_t lock; /* guards the two below; a leaf in the lock order */
    int64_t now_ms;
    int64_t wall_ms;
};

struct clock *
clock_real(void)
{
    static struct clock real = { .is_settable = false };
    return &real;
}

struct clock *
clock_settable(int64_t wall_ms)
{
    struct clock *clock = calloc(1, sizeof *clock);

    if (clock == NULL)
        return NULL;
    clock->is_settable = true;
    clock->wall_ms = wall_ms;
    clock->now_ms = 1000000;
    pthread_mutex_init(&clock->lock, NULL);
    return clock;
}

void
clock_free(struct clock **clock)
{
    if (*clock != NULL && (*clock)->is_settable) {
        pthread_mutex_destroy(&(*clock)->lock);
        free(*clock);
    }
    *clock = NULL;
}

void
clock_advance(struct clock *clock, int64_t by_ms)
{
    pthread_mutex_lock(&clock->lock);
    clock->now_ms += by_ms;
    clock->wall_ms += by_ms;
    pthread_mutex_unlock(&clock->lock);
}

static int64_t
read_machine(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t
read_settable(struct clock *clock, const int64_t *field)
{
    pthread_mutex_lock(&clock->lock);
    int64_t value = *field;
    pthread_mutex_unlock(&clock->lock);
    return value;
}

int64_t
clock_now_ms(struct clock *clock)
{
    return clock->is_settable ? read_settable(clock, &clock->now_ms)
                              : read_machine(CLOCK_MONOTONIC);
}

int64_t
clock_wall_ms(struct clock *clock)
{
    return clock->is_settable ? read_settable(clock, &clock->wall_ms)
                              : read_machine(CLOCK_REALTIME);
}

void
clock_sleep_until(struct clock *clock, int64_t deadline_ms)
{
    struct timespec until = { .tv_sec = deadline_ms / 1000,
                              .tv_nsec = deadline_ms % 1000 * 1000000 };

    if (clock->is_settable) {
        int64_t missing = deadline_ms - clock_now_ms(clock);
        if (missing > 0)
            clock_advance(clock, missing);
        return;
    }
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) ==
           EINTR)
        continue;
}

void
clock_format(int64_t wall_ms, char text[CLOCK_TEXT])
{
    time_t seconds = (time_t)(wall_ms / 1000);
    int millis = (int)(wall_ms % 1000);
    struct tm utc;
    char day[20];

    gmtime_r(&seconds, &utc);
    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text, CLOCK_TEXT, "%s.%03dZ", day, millis < 0 ? 0 : millis % 1000);
}

/* The zone behind a time: nothing, Z, or +hh:mm and -hh:mm. */
static bool
parse_zone(const char *text, int64_t *offset_s_out)
{
    int hours = 0;
    int minutes = 0;
    int used = 0;

    *offset_s_out = 0;
    if (*text == '\0' || strcmp(text, "Z") == 0)
        return true;
    if ((*text != '+' && *text != '-') ||
        sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 ||
        text[1 + used] != '\0' || hours > 14 || minutes > 59)
        return false;
    *offset_s_out = (*text == '-' ? -1 : 1) *
                    ((int64_t)hours * 3600 + (int64_t)minutes * 60);
    return true;
}

bool
clock_parse(const char *text, int64_t *wall_ms_out)
{
    struct tm utc = { 0 };
    int64_t offset_s;
    const char *rest = strptime(text, "%Y-%m-%d", &utc);

    if (rest == NULL)
        return false;
    if (*rest == 'T' || *rest == ' ') {
        int used = 0;
        if (sscanf(rest + 1, "%2d:%2d:%2d%n", &utc.tm_hour, &utc.tm_min,
                   &utc.tm_sec, &used) != 3 ||
            utc.tm_hour > 23 || utc.tm_min > 59 || utc.tm_sec > 60)
            return false;
        rest += 1 + used;
        if (*rest == '.')
            rest += 1 + strspn(rest + 1, "0123456789");
    }
    if (!parse_zone(rest, &offset_s))
        return false;
    *wall_ms_out = ((int64_t)timegm(&utc) - offset_s) * 1000;
    return true;
}
