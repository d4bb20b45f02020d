/* SPDX-License-Identifier: Apache-2.0 */
/* uploads.c - `convoy uploads`: what is not published, running or left over. */
#include "admin/control_client.h"
#include "main/command.h"
#include "main/control_command.h"
#include "main/table.h"

#include <string.h>

static const char help[] =
    "usage: convoy uploads list -c FILE [--json]\n"
    "       convoy uploads discard -c FILE [--json] [--force] ID|PATH\n"
    "\n"
    "  list     show the uploads of all accounts that are not finished\n"
    "  discard  remove what was sent of one, which is then lost; one that\n"
    "           runs only with --force. PATH is the one that list shows.\n";

static const struct control_usage list_usage = {
    .name = "uploads list",
    .help = help,
};

static const struct control_usage discard_usage = {
    .name = "uploads discard",
    .flag = "force",
    .has_what = true,
    .help = help,
};

static void
print_uploads(const json_t *result)
{
    static const char *const heads[] = { "ID",       "ACCOUNT", "STATE",
                                         "DURABLE",  "AGE",     "PATH",
                                         "STAGED AS" };
    struct table t = { .columns = sizeof heads / sizeof heads[0] };
    const json_t *u;
    char text[HUMAN];
    size_t i;

    for (i = 0; i < t.columns; i++)
        table_add(&t, heads[i]);
    json_array_foreach(json_object_get(result, "uploads"), i, u)
    {
        bool runs = json_is_true(json_object_get(u, "is_running"));
        const char *account = member_text(u, "account");

        table_add(&t, member_text(u, "id"));
        table_add(&t, account[0] != '\0' ? account
                                         : member_text(u, "account_uuid"));
        table_add(&t, runs ? "running" : "left over");
        table_add(&t, human_bytes(member_number(u, "durable"), text));
        table_add(&t, human_time(member_number(u, "age_ms"), text));
        table_add(&t, member_text(u, "path"));
        table_add(&t, member_text(u, "staging"));
    }
    if (t.count > t.columns)
        table_print(&t, stdout);
    else
        puts("Every upload is finished.");
    table_done(&t);
    if (member_number(result, "more") > 0)
        printf("  and %" JSON_INTEGER_FORMAT " more\n",
               member_number(result, "more"));
}

static int
list(int argc, char **argv)
{
    AUTO(json_done) json_t *answer = NULL;
    struct control_wish wish;
    int exit_code = 0;

    if (!control_parse(argc, argv, &list_usage, &wish, &exit_code))
        return exit_code;
    enum status status = control_request(&wish, "uploads-list", NULL, &answer);
    if (!control_is_done(&wish, status, answer, &exit_code))
        return exit_code;
    if (wish.as_json)
        control_print_json(control_result(answer));
    else
        print_uploads(control_result(answer));
    return 0;
}

static int
discard(int argc, char **argv)
{
    AUTO(json_done) json_t *answer = NULL;
    struct control_wish wish;
    int exit_code = 0;
    char bytes[HUMAN];

    if (!control_parse(argc, argv, &discard_usage, &wish, &exit_code))
        return exit_code;
    enum status status = control_request(
        &wish, "uploads-discard",
        json_pack("{s:s, s:b}", "what", wish.what, "force", wish.flag),
        &answer);
    if (!control_is_done(&wish, status, answer, &exit_code))
        return exit_code;
    const json_t *result = control_result(answer);
    if (wish.as_json) {
        control_print_json(result);
        return 0;
    }
    printf("Discarded %s of ",
           human_bytes(member_number(result, "durable"), bytes));
    print_visible(stdout, member_text(result, "path"));
    printf(".\n");
    return 0;
}

int
command_uploads(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "list") == 0)
        return list(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "discard") == 0)
        return discard(argc - 1, argv + 1);
    bool asks = argc >= 2 &&
                (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    fputs(help, asks ? stdout : stderr);
    return asks ? 0 : 2;
}
