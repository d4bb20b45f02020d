/* SPDX-License-Identifier: Apache-2.0 */
/* reload_command.c - `convoy reload`: have the server read its file again. */
#include "admin/control_client.h"
#include "main/command.h"
#include "main/control_command.h"

static const struct control_usage usage = {
    .name = "reload",
    .help = "usage: convoy reload -c FILE [--json]\n"
            "\n"
            "Apply server.ini as it is now. The exit code is 1 when it is\n"
            "refused: then nothing of it is applied, and the server goes on\n"
            "with what it has.\n",
};

/* As `convoy check` prints them. */
static void
print_report(const json_t *result)
{
    const json_t *line;
    size_t i;

    json_array_foreach(json_object_get(result, "report"), i, line)
    {
        print_visible(stdout, member_text(line, "file"));
        if (member_number(line, "line") > 0)
            printf(":%d", (int)member_number(line, "line"));
        printf(": %s: ", member_text(line, "level"));
        print_visible(stdout, member_text(line, "text"));
        putchar('\n');
    }
}

int
command_reload(int argc, char **argv)
{
    AUTO(json_done) json_t *answer = NULL;
    struct control_wish wish;
    int exit_code = 0;

    if (!control_parse(argc, argv, &usage, &wish, &exit_code))
        return exit_code;
    enum status status = control_request(&wish, "reload", NULL, &answer);
    const json_t *result = control_result(answer);
    if (!wish.as_json)
        print_report(result);
    fflush(stdout);
    if (!control_is_done(&wish, status, answer, &exit_code))
        return exit_code;
    if (wish.as_json)
        control_print_json(result);
    else
        printf("Revision %" JSON_INTEGER_FORMAT " is in force.\n",
               member_number(result, "revision"));
    return 0;
}
