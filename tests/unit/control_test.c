/* SPDX-License-Identifier: Apache-2.0 */
/* control_test.c - what may be asked over the control socket, and by whom. */
#include "test.h"

#include "admin/commands.h"
#include "admin/control_client.h"
#include "admin/control_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534, ASK_MS = 20000 };

static char path[512];
static struct events *events;
static struct event_sink *told;
static struct control_server *server;

/* ---- commands of the test's own ---- */

static enum status
run_echo(void *arg, const struct control_request *request, json_t *result)
{
    (void)arg;
    json_object_set_new(result, "text",
                        json_string(control_text(request, "text")));
    json_object_set_new(result, "flag",
                        json_boolean(control_flag(request, "flag")));
    json_object_set_new(result, "uid", json_integer(request->peer->uid));
    return OK;
}

static enum status
run_fail(void *arg, const struct control_request *request, json_t *result)
{
    (void)arg;
    (void)request;
    json_object_set_new(result, "half", json_true());
    return fail(ERR_BUSY, "it is %s", "taken");
}

static enum status
run_much(void *arg, const struct control_request *request, json_t *result)
{
    char *text = malloc(CONTROL_REPLY + 1);

    (void)arg;
    (void)request;
    EXPECT(text != NULL);
    memset(text, 'x', CONTROL_REPLY);
    text[CONTROL_REPLY] = '\0';
    json_object_set_new(result, "text", json_string(text));
    free(text);
    return OK;
}

static const struct control_argument echo_arguments[] = {
    { "text", CONTROL_TEXT, true },
    { "flag", CONTROL_FLAG, false },
    { 0 },
};

static const struct control_command commands[] = {
    { "echo", echo_arguments, run_echo },
    { "fail", NULL, run_fail },
    { "much", NULL, run_much },
    { 0 },
};

/* ---- the protocol ---- */

static json_t *
answer_of(const struct control_command *table, const char *request)
{
    AUTO(buffer_done) struct buffer reply = BUFFER(CONTROL_REPLY);
    struct control_peer peer = { 1234, 5, -1 };
    json_error_t error;

    EXPECT_OK(control_answer(table, NULL, str_of(request), &peer, &reply));
    struct str text = buffer_str(&reply);
    EXPECT(text.len > 0 && text.data[text.len - 1] == '\n');
    EXPECT(memchr(text.data, '\n', text.len - 1) == NULL);
    json_t *answer = json_loadb(text.data, text.len, 0, &error);
    EXPECT(json_integer_value(json_object_get(answer, "protocol")) == 1);
    return answer;
}

static const char *
member(const json_t *answer, const char *name)
{
    const char *text = json_string_value(json_object_get(answer, name));

    return text != NULL ? text : "";
}

static void
expect_refused(const struct control_command *table, const char *request,
               const char *error, const char *place)
{
    AUTO(json_done) json_t *answer = answer_of(table, request);

    EXPECT(json_is_false(json_object_get(answer, "ok")));
    EXPECT_TEXT(member(answer, "error"), error);
    EXPECT_TEXT(member(answer, "place"), place);
    EXPECT(member(answer, "message")[0] != '\0');
}

TEST(a_command_gets_its_arguments_and_the_peer)
{
    AUTO(json_done)
    json_t *answer = answer_of(
        commands, "{\"protocol\":1,\"command\":\"echo\",\"arguments\":"
                  "{\"text\":\"h\\u00e9\",\"flag\":true}}");
    const json_t *result = json_object_get(answer, "result");

    EXPECT(json_is_true(json_object_get(answer, "ok")));
    EXPECT_TEXT(member(result, "text"), "h\xc3\xa9");
    EXPECT(json_is_true(json_object_get(result, "flag")));
    EXPECT(json_integer_value(json_object_get(result, "uid")) == 1234);
}

TEST(what_failed_says_why_and_may_have_a_result)
{
    AUTO(json_done)
    json_t *answer =
        answer_of(commands, "{\"protocol\":1,\"command\":\"fail\"}");

    EXPECT(json_is_false(json_object_get(answer, "ok")));
    EXPECT_TEXT(member(answer, "error"), status_name(ERR_BUSY));
    EXPECT_TEXT(member(answer, "message"), "it is taken");
    EXPECT_TEXT(member(answer, "place"), "");
    EXPECT(json_is_true(
        json_object_get(json_object_get(answer, "result"), "half")));
}

TEST(an_answer_that_is_too_long_becomes_a_failure)
{
    expect_refused(commands, "{\"protocol\":1,\"command\":\"much\"}",
                   status_name(ERR_LIMIT), "");
}

TEST(a_request_that_makes_no_sense_is_told_where)
{
    static const struct {
        const char *request;
        enum status error;
        const char *place;
    } cases[] = {
        /* clang-format off */
        { "", ERR_INVALID, "column 0" },
        { "[]", ERR_INVALID, "" },
        { "{\"protocol\":1,", ERR_INVALID, "column 14" },
        { "{\"command\":\"fail\"}", ERR_UNSUPPORTED, "protocol" },
        { "{\"protocol\":2,\"command\":\"fail\"}", ERR_UNSUPPORTED, "protocol" },
        { "{\"protocol\":\"1\",\"command\":\"fail\"}", ERR_UNSUPPORTED, "protocol" },
        { "{\"protocol\":1}", ERR_INVALID, "command" },
        { "{\"protocol\":1,\"command\":5}", ERR_INVALID, "command" },
        { "{\"protocol\":1,\"command\":\"FAIL\"}", ERR_INVALID, "command" },
        { "{\"protocol\":1,\"command\":\"fail\",\"x\":1}", ERR_INVALID, "x" },
        { "{\"protocol\":1,\"command\":\"fail\",\"arguments\":[]}", ERR_INVALID, "arguments" },
        { "{\"protocol\":1,\"command\":\"fail\",\"arguments\":{\"a\":1}}", ERR_INVALID, "arguments.a" },
        { "{\"protocol\":1,\"command\":\"echo\"}", ERR_INVALID, "arguments.text" },
        { "{\"protocol\":1,\"command\":\"echo\",\"arguments\":{\"text\":\"\"}}", ERR_INVALID, "arguments.text" },
        { "{\"protocol\":1,\"command\":\"echo\",\"arguments\":{\"text\":null}}", ERR_INVALID, "arguments.text" },
        { "{\"protocol\":1,\"command\":\"echo\",\"arguments\":{\"text\":\"a\",\"flag\":1}}", ERR_INVALID, "arguments.flag" },
        { "{\"protocol\":1,\"command\":\"echo\",\"arguments\":{\"text\":\"a\",\"more\":1}}", ERR_INVALID, "arguments.more" },
        { "[[[[[[[[[[[[[[[[", ERR_LIMIT, "" },
        /* clang-format on */
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_refused(commands, cases[i].request, status_name(cases[i].error),
                       cases[i].place);
}

TEST(a_request_has_a_limit)
{
    char *request = malloc(CONTROL_REQUEST + 2);

    EXPECT(request != NULL);
    memset(request, ' ', CONTROL_REQUEST + 1);
    request[CONTROL_REQUEST + 1] = '\0';
    expect_refused(commands, request, status_name(ERR_LIMIT), "");
    free(request);
}

TEST(deep_brackets_inside_of_text_are_only_text)
{
    AUTO(json_done)
    json_t *answer = answer_of(
        commands, "{\"protocol\":1,\"command\":\"echo\",\"arguments\":"
                  "{\"text\":\"[[[[[[[[[[[[\\\"[[\"}}");

    EXPECT(json_is_true(json_object_get(answer, "ok")));
}

/* Each of the operator's commands, each argument in turn wrong or missing, and
 * one too many. None of them reaches its handler, which would have no server.
 */
static void
expect_checked(const struct control_command *command,
               const struct control_argument *wrong, json_t *value)
{
    AUTO(json_done) json_t *request = NULL;
    AUTO(str_free) char *text = NULL;
    json_t *arguments = json_object();
    char place[100];

    for (const struct control_argument *a = command->arguments;
         a != NULL && a->name != NULL; a++)
        json_object_set_new(arguments, a->name,
                            a->kind == CONTROL_TEXT ? json_string("text")
                                                    : json_true());
    if (value != NULL)
        json_object_set_new(arguments, wrong != NULL ? wrong->name : "extra",
                            value);
    else
        json_object_del(arguments, wrong->name);
    request = json_pack("{s:i, s:s, s:o}", "protocol", 1, "command",
                        command->name, "arguments", arguments);
    text = json_dumps(request, JSON_COMPACT);
    snprintf(place, sizeof place, "arguments.%s",
             wrong != NULL ? wrong->name : "extra");
    expect_refused(admin_commands, text, status_name(ERR_INVALID), place);
}

TEST(every_command_refuses_arguments_that_are_missing_wrong_or_too_many)
{
    for (const struct control_command *c = admin_commands; c->name; c++) {
        expect_checked(c, NULL, json_true());
        for (const struct control_argument *a = c->arguments;
             a != NULL && a->name != NULL; a++) {
            expect_checked(c, a, json_integer(5));
            expect_checked(c, a, json_array());
            if (a->kind == CONTROL_TEXT)
                expect_checked(c, a, json_string(""));
            if (a->is_required)
                expect_checked(c, a, NULL);
        }
    }
}

/* ---- the socket ---- */

static enum status
start(void)
{
    struct control_server_options options = {
        .path = path,
        .commands = commands,
        .events = events,
        .clock = clock_real(),
    };

    return control_server_start(&options, &server);
}

static enum status
ask(json_t **answer)
{
    return control_ask(path, "echo", json_pack("{s:s}", "text", "hello"),
                       ASK_MS, answer);
}

static void
expect_answer(void)
{
    AUTO(json_done) json_t *answer = NULL;

    EXPECT_OK(ask(&answer));
    EXPECT_TEXT(member(json_object_get(answer, "result"), "text"), "hello");
}

static int
connect_raw(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    EXPECT(strlen(path) < sizeof address.sun_path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    EXPECT(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    return fd;
}

static bool
was_told(const char *name)
{
    const char *record;

    for (size_t i = 0; (record = event_memory_record(told, i)) != NULL; i++)
        if (strstr(record, name) != NULL)
            return true;
    return false;
}

SETUP()
{
    snprintf(path, sizeof path, "%s/state/control", test_folder());
    EXPECT_OK(events_new(clock_real(), "node", "node", &events));
    EXPECT_OK(event_to_memory(&told));
    events_add_sink(events, told);
}

TEARDOWN()
{
    control_server_stop(&server);
    events_free(&events);
}

TEST(the_socket_and_its_folder_are_for_the_owner_only)
{
    char folder[200];
    struct stat is;

    EXPECT_OK(start());
    EXPECT(stat(path, &is) == 0 && S_ISSOCK(is.st_mode));
    EXPECT((is.st_mode & 07777) == 0600);
    snprintf(folder, sizeof folder, "%s/state", test_folder());
    EXPECT(stat(folder, &is) == 0 && (is.st_mode & 07777) == 0700);
    expect_answer();
}

TEST(a_socket_that_is_stopped_is_gone)
{
    AUTO(json_done) json_t *answer = NULL;

    EXPECT_OK(start());
    control_server_stop(&server);
    EXPECT(access(path, F_OK) != 0);
    EXPECT_STATUS(ask(&answer), ERR_CLOSED);
}

TEST(two_servers_never_share_a_socket)
{
    struct control_server *first;

    EXPECT_OK(start());
    first = server;
    server = NULL;
    EXPECT_STATUS(start(), ERR_BUSY);
    expect_answer();
    control_server_stop(&first);
    EXPECT_OK(start());
    expect_answer();
}

TEST(the_socket_of_a_dead_server_is_replaced)
{
    pid_t child = fork();

    if (child == 0) {
        _exit(start() == OK ? 0 : 1); /* as kill -9: nothing is cleaned up */
    }
    int status = 1;
    EXPECT(waitpid(child, &status, 0) == child && status == 0);
    EXPECT(access(path, F_OK) == 0);
    EXPECT_OK(start());
    expect_answer();
}

TEST(a_file_that_is_no_socket_is_not_replaced)
{
    FILE *file;

    EXPECT_OK(start());
    control_server_stop(&server);
    file = fopen(path, "w");
    EXPECT(file != NULL);
    fclose(file);
    EXPECT_STATUS(start(), ERR_EXISTS);
    EXPECT(unlink(path) == 0);
}

TEST(a_path_longer_than_an_address_works)
{
    char folder[200];

    snprintf(folder, sizeof folder, "%s/%080d", test_folder(), 1);
    EXPECT(mkdir(folder, 0700) == 0);
    snprintf(path, sizeof path, "%s/%050d", folder, 2);
    EXPECT(strlen(path) > sizeof((struct sockaddr_un *)0)->sun_path);
    EXPECT_OK(start());
    expect_answer();
}

TEST(one_connection_may_ask_more_than_once)
{
    static const char twice[] = "{\"protocol\":1,\"command\":\"fail\"}\n"
                                "{\"protocol\":1,\"command\":\"fail\"}\n";
    char reply[1024] = "";
    size_t got = 0;
    size_t lines = 0;

    EXPECT_OK(start());
    int fd = connect_raw();
    EXPECT(write(fd, twice, sizeof twice - 1) == sizeof twice - 1);
    while (lines < 2) {
        ssize_t n = read(fd, reply + got, sizeof reply - 1 - got);
        EXPECT(n > 0);
        for (ssize_t i = 0; i < n; i++)
            lines += reply[got + (size_t)i] == '\n';
        got += (size_t)n;
    }
    close(fd);
}

TEST(a_line_without_an_end_is_refused_at_its_limit)
{
    char *line = malloc(CONTROL_REQUEST + 1);
    char reply[1024] = "";

    EXPECT(line != NULL);
    memset(line, 'x', CONTROL_REQUEST + 1);
    EXPECT_OK(start());
    int fd = connect_raw();
    EXPECT(write(fd, line, CONTROL_REQUEST + 1) == CONTROL_REQUEST + 1);
    EXPECT(read(fd, reply, sizeof reply - 1) > 0);
    EXPECT(strstr(reply, "at most 65536 bytes") != NULL);
    EXPECT(read(fd, reply, sizeof reply) <= 0);
    close(fd);
    free(line);
}

TEST(idle_connections_do_not_keep_the_operator_out)
{
    int idle[3 * CONTROL_CONNECTIONS];

    EXPECT_OK(start());
    for (size_t i = 0; i < sizeof idle / sizeof idle[0]; i++)
        idle[i] = connect_raw();
    expect_answer();
    for (size_t i = 0; i < sizeof idle / sizeof idle[0]; i++)
        close(idle[i]);
}

/* Another user, on a socket that somebody made open to all. Its exit code: 0
 * refused by the server, 1 answered, 2 it did not get as far. */
static int
ask_as_nobody(void)
{
    json_t *answer = NULL;

    if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
        return 2;
    if (ask(&answer) != OK)
        return 2;
    bool is_refused = json_is_false(json_object_get(answer, "ok")) &&
                      strcmp(member(answer, "error"), "denied") == 0;
    json_done(&answer);
    return is_refused ? 0 : 1;
}

TEST(another_user_is_turned_away_even_where_the_socket_is_open_to_all)
{
    char folder[200];
    int status = 1;

    if (geteuid() != 0) {
        print_message("not root: cannot become another user\n");
        return;
    }
    EXPECT_OK(start());
    snprintf(folder, sizeof folder, "%s/state", test_folder());
    EXPECT(chmod(test_folder(), 0755) == 0 && chmod(folder, 0755) == 0);
    EXPECT(chmod(path, 0666) == 0);
    pid_t child = fork();
    if (child == 0)
        _exit(ask_as_nobody());
    EXPECT(waitpid(child, &status, 0) == child);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT(was_told("control_refused"));
    EXPECT(was_told("65534"));
    expect_answer();
}
