/* SPDX-License-Identifier: Apache-2.0 */
/* kick.c - `convoy kick`: end a session, or all of an account. */
#include "admin/control_client.h"
#include "main/command.h"
#include "main/control_command.h"

static const struct control_usage usage = {
    .name = "kick",
    .has_what = true,
    .help = "usage: convoy kick -c FILE [--json] SESSION|ACCOUNT\n"
            "\n"
            "End the session with that ID (or the only one whose ID begins\n"
            "so), or all sessions of that account. Unfinished uploads are "
            "kept.\n",
};

int
command_kick(int argc, char **argv)
{
    AUTO(json_done) json_t *answer = NULL;
    struct control_wish wish;
    int exit_code = 0;

    if (!control_parse(argc, argv, &usage, &wish, &exit_code))
        return exit_code;
    enum status status = control_request(
        &wish, "kick", json_pack("{s:s}", "who", wish.what), &answer);
    if (!control_is_done(&wish, status, answer, &exit_code))
        return exit_code;
    const json_t *result = control_result(answer);
    json_int_t count = member_number(result, "sessions");
    if (wish.as_json)
        control_print_json(result);
    else
        printf("%" JSON_INTEGER_FORMAT " session%s ended.\n", count,
               count == 1 ? "" : "s");
    return 0;
}
