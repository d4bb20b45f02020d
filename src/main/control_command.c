/* SPDX-License-Identifier: Apache-2.0 */
/* control_command.c - what the commands share that ask a running server. */
#include "main/control_command.h"

#include "admin/control_client.h"
#include "admin/control_path.h"
#include "event/text.h"

#include <getopt.h>
#include <string.h>

enum { TIMEOUT_MS = 60000, SOCKET_PATH = 4096, VISIBLE = 1 << 20 };

static bool
fail_usage(const struct control_usage *usage, const char *what, int *exit_code)
{
    fprintf(stderr, "convoy %s: %s\n\n%s", usage->name, what, usage->help);
    *exit_code = 2;
    return false;
}

bool
control_parse(int argc, char **argv, const struct control_usage *usage,
              struct control_wish *out, int *exit_code)
{
    const struct option options[] = {
        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { usage->flag, no_argument, NULL, 'f' },
        { 0 },
    };
    int letter;

    *out = (struct control_wish){ .name = usage->name };
    while ((letter = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        switch (letter) {
        case 'c': out->file = optarg; break;
        case 'j': out->as_json = true; break;
        case 'f': out->flag = true; break;
        case 'h': *exit_code = fputs(usage->help, stdout) < 0; return false;
        default: return fail_usage(usage, "wrong usage", exit_code);
        }
    }
    if (out->file == NULL)
        return fail_usage(usage, "-c FILE names the server", exit_code);
    int count = argc - optind;
    if (usage->has_what && count < 1)
        return fail_usage(usage, "one argument is missing", exit_code);
    if (count > (usage->has_what || usage->may_have_what ? 1 : 0))
        return fail_usage(usage, "there are too many arguments", exit_code);
    out->what = count > 0 ? argv[optind] : NULL;
    return true;
}

/* Of a file with mistakes as well: the server may run with an older one. */
static enum status
find_socket(const char *file, struct buffer *path)
{
    AUTO(config_unref) struct config *config = NULL;
    struct report report = { 0 };
    enum status status = config_load_to_check(file, &report, &config);

    report_done(&report);
    TRY(status);
    return control_path_of(config, path);
}

enum status
control_request(const struct control_wish *wish, const char *command,
                json_t *arguments, json_t **answer_out)
{
    AUTO(buffer_done) struct buffer path = BUFFER(SOCKET_PATH);

    *answer_out = NULL;
    if (wish->what != NULL && arguments == NULL)
        return fail(ERR_INVALID, "'%s' is not valid UTF-8", wish->what);
    enum status status = find_socket(wish->file, &path);
    if (status != OK) {
        json_decref(arguments);
        return status;
    }
    return control_ask(buffer_text(&path), command, arguments, TIMEOUT_MS,
                       answer_out);
}

bool
control_is_done(const struct control_wish *wish, enum status status,
                const json_t *answer, int *exit_code)
{
    if (status == OK && json_is_true(json_object_get(answer, "ok")) &&
        json_is_object(json_object_get(answer, "result")))
        return true;
    *exit_code = status == ERR_CLOSED ? EXIT_NOT_RUNNING : 1;
    if (status == OK && wish->as_json)
        control_print_json(answer);
    fprintf(stderr, "convoy %s: ", wish->name);
    print_visible(stderr, status == OK ? member_text(answer, "message")
                                       : fail_reason());
    fprintf(stderr, "\n");
    return false;
}

const json_t *
control_result(const json_t *answer)
{
    return json_object_get(answer, "result");
}

void
control_print_json(const json_t *value)
{
    json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    putchar('\n');
}

void
print_visible(FILE *to, const char *text)
{
    struct buffer shown = BUFFER(VISIBLE);

    if (event_add_visible(&shown, str_of(text)) == OK) {
        struct str bytes = buffer_str(&shown);
        fwrite(bytes.data, 1, bytes.len, to);
    }
    buffer_done(&shown);
}

const char *
member_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

json_int_t
member_number(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

const char *
human_bytes(json_int_t bytes, char text[HUMAN])
{
    static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB" };
    double amount = (double)bytes / 1024;
    size_t unit = 0;

    if (bytes < 1024) {
        snprintf(text, HUMAN, "%d B", (int)bytes);
        return text;
    }
    while (amount >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
        amount /= 1024;
        unit++;
    }
    snprintf(text, HUMAN, "%.1f %s", amount, units[unit]);
    return text;
}

const char *
human_time(json_int_t ms, char text[HUMAN])
{
    long long s = ms / 1000;

    if (s < 60)
        snprintf(text, HUMAN, "%lld s", s);
    else if (s < 3600)
        snprintf(text, HUMAN, "%lld min %lld s", s / 60, s % 60);
    else if (s < 86400)
        snprintf(text, HUMAN, "%lld h %lld min", s / 3600, s / 60 % 60);
    else
        snprintf(text, HUMAN, "%lld d %lld h", s / 86400, s / 3600 % 24);
    return text;
}
