/* SPDX-License-Identifier: Apache-2.0 */
/* upgrade.c - `convoy upgrade`: another process takes the server's place. */
#include "admin/control_client.h"
#include "base/clock.h"
#include "main/command.h"
#include "main/control_command.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

enum { LOOK_MS = 100, PATIENCE_MS = 60000 };

static const struct control_usage usage = {
    .name = "upgrade",
    .may_have_what = true,
    .help = "usage: convoy upgrade -c FILE [--json] [PROGRAM]\n"
            "\n"
            "Start the program that is on the disk by now (or PROGRAM) in the\n"
            "running server's place. It takes over the ports, no connection\n"
            "is refused; the old process lets its sessions finish and ends.\n",
};

/* The pid of the server that answers now; 0: none does. */
static json_int_t
pid_of_server(const struct control_wish *wish)
{
    AUTO(json_done) json_t *answer = NULL;

    if (control_request(wish, "status", NULL, &answer) != OK)
        return 0;
    return member_number(control_result(answer), "pid");
}

/* Until the successor answers, or is dead. */
static enum status
wait_for(const struct control_wish *wish, json_int_t successor)
{
    struct clock *clock = clock_real();
    int64_t now_ms = clock_now_ms(clock);
    int64_t deadline_ms = now_ms + PATIENCE_MS;

    for (; now_ms < deadline_ms; now_ms = clock_now_ms(clock)) {
        if (pid_of_server(wish) == successor)
            return OK;
        if (kill((pid_t)successor, 0) != 0 && errno == ESRCH)
            return fail(ERR_IO, "the new process has ended; the old one "
                                "serves on, and its log says why");
        clock_sleep_until(clock, now_ms + LOOK_MS);
    }
    return fail(ERR_TIMEOUT, "the new process has not taken over in time");
}

int
command_upgrade(int argc, char **argv)
{
    AUTO(json_done) json_t *answer = NULL;
    struct control_wish wish;
    int exit_code = 0;

    if (!control_parse(argc, argv, &usage, &wish, &exit_code))
        return exit_code;
    json_t *arguments =
        wish.what != NULL ? json_pack("{s:s}", "program", wish.what) : NULL;
    enum status status = control_request(&wish, "upgrade", arguments, &answer);
    if (!control_is_done(&wish, status, answer, &exit_code))
        return exit_code;
    json_int_t successor = member_number(control_result(answer), "pid");
    if (wait_for(&wish, successor) != OK) {
        fprintf(stderr, "convoy upgrade: %s\n", fail_reason());
        return 1;
    }
    if (wish.as_json)
        control_print_json(control_result(answer));
    else
        printf("Process %" JSON_INTEGER_FORMAT " has taken over.\n", successor);
    return 0;
}
