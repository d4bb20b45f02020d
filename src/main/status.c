/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status.c - `convoy status`: what the server does now.
 *
 * With --watch once a second: on a terminal in place, else one after the other.
 */
#include "admin/control_client.h"
#include "main/command.h"
#include "main/control_command.h"
#include "main/status_text.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static const struct control_usage usage = {
    .name = "status",
    .flag = "watch",
    .help = "usage: convoy status -c FILE [--json] [--watch]\n"
            "\n"
            "What the server of this server.ini does. The exit code is 3 when "
            "none runs.\n",
};

/* Another screen, and no cursor; then the old ones again. */
#define SCREEN_ON    "\033[?1049h\033[?25l"
#define SCREEN_OFF   "\033[?25h\033[?1049l"
#define SCREEN_CLEAR "\033[H\033[2J"

/* As many of the lines as the terminal has, with room for the cursor. */
static size_t
fitting(const char *text, size_t len)
{
    struct winsize size = { 0 };
    size_t at = 0;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < 2)
        return len;
    for (unsigned row = 1; row < size.ws_row && at < len; row++) {
        const char *end = memchr(text + at, '\n', len - at);

        at = end != NULL ? (size_t)(end - text) + 1 : len;
    }
    return at;
}

static void
draw(const json_t *result)
{
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);

    if (to == NULL)
        return;
    status_print(result, to);
    if (fclose(to) == 0) {
        fputs(SCREEN_CLEAR, stdout);
        fwrite(text, 1, fitting(text, len), stdout);
        fflush(stdout);
    }
    free(text);
}

static void
show(const struct control_wish *wish, const json_t *result, bool in_place)
{
    if (in_place) {
        draw(result);
        return;
    }
    if (wish->as_json && wish->flag) { /* a line a second */
        json_dumpf(result, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
        putchar('\n');
    } else if (wish->as_json) {
        control_print_json(result);
    } else {
        status_print(result, stdout);
    }
    if (wish->flag && !wish->as_json)
        putchar('\n');
    fflush(stdout);
}

/* Once: the exit code, and whether it makes sense to go on. */
static bool
look(const struct control_wish *wish, bool in_place, int *exit_code)
{
    AUTO(json_done) json_t *answer = NULL;
    enum status status = control_request(wish, "status", NULL, &answer);
    bool is_done = status == OK && json_is_true(json_object_get(answer, "ok"));

    if (!is_done && in_place)
        fputs(SCREEN_OFF, stdout);
    fflush(stdout);
    if (!control_is_done(wish, status, answer, exit_code))
        return false;
    show(wish, control_result(answer), in_place);
    return ferror(stdout) == 0;
}

static int
watch(const struct control_wish *wish)
{
    bool in_place = isatty(STDOUT_FILENO) && !wish->as_json;
    struct timespec second = { .tv_sec = 1 };
    int exit_code = 0;
    sigset_t ends;

    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    if (in_place)
        fputs(SCREEN_ON, stdout);
    while (look(wish, in_place, &exit_code))
        if (sigtimedwait(&ends, NULL, &second) > 0)
            break;
    if (in_place && exit_code == 0)
        fputs(SCREEN_OFF, stdout);
    fflush(stdout);
    return exit_code;
}

int
command_status(int argc, char **argv)
{
    struct control_wish wish;
    int exit_code = 0;

    if (!control_parse(argc, argv, &usage, &wish, &exit_code))
        return exit_code;
    if (wish.flag)
        return watch(&wish);
    look(&wish, false, &exit_code);
    return exit_code;
}
