/* SPDX-License-Identifier: Apache-2.0 */
/* drain.c - `convoy drain` and `convoy undrain`: let nobody in, and again. */
#include "admin/control_client.h"
#include "main/command.h"
#include "main/control_command.h"

#include <string.h>
#include <time.h>

static const struct control_usage drain_usage = {
    .name = "drain",
    .flag = "wait",
    .help = "usage: convoy drain -c FILE [--json] [--wait]\n"
            "\n"
            "Take no new sessions, end idle ones, let transfers finish within\n"
            "drain_timeout. --wait returns when all sessions have ended.\n",
};

static const struct control_usage undrain_usage = {
    .name = "undrain",
    .help = "usage: convoy undrain -c FILE [--json]\n"
            "\n"
            "Take sessions again.\n",
};

/* "draining"; "" behind a failure that the user was told of. */
static bool
ask_state(const struct control_wish *wish, char state[HUMAN], int *exit_code)
{
    AUTO(json_done) json_t *answer = NULL;
    enum status status = control_request(wish, "status", NULL, &answer);

    if (!control_is_done(wish, status, answer, exit_code))
        return false;
    snprintf(state, HUMAN, "%s", member_text(control_result(answer), "state"));
    return true;
}

static int
wait_until_drained(const struct control_wish *wish)
{
    struct timespec pause = { .tv_nsec = 200 * 1000000L };
    char state[HUMAN] = "";
    int exit_code = 0;

    while (ask_state(wish, state, &exit_code)) {
        if (strcmp(state, "drained") == 0)
            return 0;
        if (strcmp(state, "running") == 0) {
            fprintf(stderr, "convoy drain: somebody undrained the server\n");
            return 1;
        }
        nanosleep(&pause, NULL);
    }
    /* A server that was told to stop is drained as well. */
    return exit_code == EXIT_NOT_RUNNING ? 0 : exit_code;
}

int
command_drain(int argc, char **argv)
{
    AUTO(json_done) json_t *answer = NULL;
    struct control_wish wish;
    int exit_code = 0;

    if (!control_parse(argc, argv, &drain_usage, &wish, &exit_code))
        return exit_code;
    enum status status = control_request(&wish, "drain", NULL, &answer);
    if (!control_is_done(&wish, status, answer, &exit_code))
        return exit_code;
    const json_t *result = control_result(answer);
    if (wish.as_json)
        control_print_json(result);
    else
        printf("No new sessions are taken; %" JSON_INTEGER_FORMAT
               " may finish.\n",
               member_number(result, "sessions"));
    fflush(stdout);
    return wish.flag ? wait_until_drained(&wish) : 0;
}

int
command_undrain(int argc, char **argv)
{
    AUTO(json_done) json_t *answer = NULL;
    struct control_wish wish;
    int exit_code = 0;

    if (!control_parse(argc, argv, &undrain_usage, &wish, &exit_code))
        return exit_code;
    enum status status = control_request(&wish, "undrain", NULL, &answer);
    if (!control_is_done(&wish, status, answer, &exit_code))
        return exit_code;
    if (wish.as_json)
        control_print_json(control_result(answer));
    else
        puts("Sessions are taken again.");
    return 0;
}
