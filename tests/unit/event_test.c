/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_test.c - what happened is told once, whole, and to everybody.
 */
#include "event/event.h"
#include "event/sink_private.h"
#include "test.h"

#include "base/thread.h"

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct clock *the_clock;
static struct events *events;
static struct event_sink *memory;

SETUP()
{
    the_clock = clock_settable(1795464424123); /* 2026-11-23T20:07:04.123Z */
    EXPECT_OK(events_new(the_clock, "11-22", "node-a", &events));
    EXPECT_OK(event_to_memory(&memory));
    events_add_sink(events, memory);
}

TEARDOWN()
{
    events_free(&events);
    clock_free(&the_clock);
}

/* The only record, parsed; the caller drops it. */
static json_t *
parsed(const char *record)
{
    json_error_t error;

    EXPECT(record != NULL);
    json_t *json =
        json_loads(record, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
    if (json == NULL)
        print_error("%s in %s\n", error.text, record);
    EXPECT(json != NULL);
    return json;
}

static const char *
text_at(const json_t *json, const char *outer, const char *inner)
{
    const char *text =
        json_string_value(json_object_get(json_object_get(json, outer), inner));

    EXPECT(text != NULL);
    return text;
}

static void
emit_path(struct str path)
{
    struct event_field fields[] = { EVENT_TEXT("path", path) };

    event_emit(events, EVENT_SFTP_REMOVED, NULL, fields, 1);
}

static void
drop(json_t **json)
{
    json_decref(*json);
}

/* The bytes of data.path, however the record holds them. */
static size_t
bytes_of_path(const json_t *record, char *bytes)
{
    json_t *data = json_object_get(record, "data");
    json_t *hex = json_object_get(data, "path_hex");

    if (hex == NULL) {
        json_t *path = json_object_get(data, "path");
        size_t len = json_string_length(path);
        memcpy(bytes, json_string_value(path), len);
        return len;
    }
    size_t len = json_string_length(hex) / 2;
    for (size_t i = 0; i < len; i++) {
        unsigned byte;
        EXPECT(sscanf(json_string_value(hex) + 2 * i, "%2x", &byte) == 1);
        bytes[i] = (char)byte;
    }
    return len;
}

static bool
is_one_harmless_line(const char *record)
{
    struct str rest = str_of(record);

    while (rest.len > 0) {
        uint32_t code;
        size_t len;
        if (!event_code_point(rest, &code, &len) || event_is_unsafe(code))
            return false;
        rest = str_from_offset(rest, len);
    }
    return true;
}

/* One record was made of the path: harmless, and the path is in it. */
static void
expect_path_survives(struct str path, size_t index)
{
    char bytes[EVENT_VALUE];

    emit_path(path);
    const char *record = event_memory_record(memory, index);
    AUTO(drop) json_t *json = parsed(record);
    EXPECT(is_one_harmless_line(record));
    size_t len = bytes_of_path(json, bytes);
    EXPECT(str_equal(str_from(bytes, len), path));
    EXPECT(event_memory_record(memory, index + 1) == NULL);
}

TEST(every_number_has_a_row_a_name_groups_and_a_sentence)
{
    const struct event_kind *kind;
    int last = 0;
    size_t count = 0;

    for (; (kind = event_kind_at(count)) != NULL; count++) {
        EXPECT((int)kind->id > last);
        last = (int)kind->id;
        EXPECT(event_kind_of(kind->id) == kind);
        EXPECT(kind->name[0] != '\0' && kind->groups[0] != '\0');
        EXPECT(kind->message[0] != '\0');
        EXPECT(strpbrk(kind->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ ") == NULL);
    }
    EXPECT(count > 50);
    EXPECT(event_kind_of((enum event_id)1) == NULL);
    EXPECT(event_kind_of((enum event_id)99999) == NULL);
}

TEST(a_record_says_what_who_where_and_when)
{
    const struct event_subject subject = {
        .component_uuid = "c-1",
        .component_name = "sftp",
        .component_type = "ssh",
        .account_uuid = "a-1",
        .account_name = "alice",
        .peer_address = "192.0.2.7",
        .peer_port = 50022,
        .session = "s-1",
    };
    const struct event_field fields[] = {
        EVENT_TEXT("path", STR("/in/report.csv")),
        EVENT_NUMBER("total_write", 4096),
    };

    event_emit(events, EVENT_SFTP_UPLOADED, &subject, fields, 2);
    AUTO(drop) json_t *json = parsed(event_memory_record(memory, 0));

    EXPECT(json_integer_value(json_object_get(json, "id")) == 30068);
    EXPECT_TEXT(json_string_value(json_object_get(json, "timestamp")),
                "2026-11-23T20:07:04.123Z");
    EXPECT_TEXT(json_string_value(json_object_get(json, "name")),
                "sftp_uploaded");
    EXPECT_TEXT(json_string_value(json_object_get(json, "session")), "s-1");
    EXPECT_TEXT(text_at(json, "component", "uuid"), "c-1");
    EXPECT_TEXT(text_at(json, "component", "name"), "sftp");
    EXPECT_TEXT(text_at(json, "component", "type"), "ssh");
    EXPECT_TEXT(text_at(json, "account", "uuid"), "a-1");
    EXPECT_TEXT(text_at(json, "account", "name"), "alice");
    EXPECT_TEXT(text_at(json, "server", "uuid"), "11-22");
    EXPECT_TEXT(text_at(json, "server", "name"), "node-a");
    EXPECT_TEXT(text_at(json, "data", "path"), "/in/report.csv");
    json_t *peer = json_object_get(json_object_get(json, "account"), "peer");
    EXPECT_TEXT(json_string_value(json_object_get(peer, "address")),
                "192.0.2.7");
    EXPECT(json_integer_value(json_object_get(peer, "port")) == 50022);
    json_t *data = json_object_get(json, "data");
    EXPECT(json_integer_value(json_object_get(data, "total_write")) == 4096);
    json_t *groups = json_object_get(json, "groups");
    EXPECT_TEXT(json_string_value(json_array_get(groups, 0)), "authenticated");
    EXPECT_TEXT(json_string_value(json_array_get(groups, 1)), "success");
    EXPECT(strstr(json_string_value(json_object_get(json, "message")),
                  "'/in/report.csv' was uploaded: 4096 bytes in - ms") != NULL);
}

TEST(what_does_not_apply_is_left_out)
{
    event_emit(events, EVENT_STORE_BACK, NULL, NULL, 0);
    AUTO(drop) json_t *json = parsed(event_memory_record(memory, 0));

    EXPECT(json_object_get(json, "account") == NULL);
    EXPECT(json_object_get(json, "component") == NULL);
    EXPECT(json_object_get(json, "session") == NULL);
    EXPECT(json_object_get(json, "data") == NULL);
}

TEST(s31_a_name_with_cr_lf_esc_or_quotes_makes_exactly_one_record)
{
    static const char *const names[] = {
        "/a\r\nb",
        "/\x1b[2J\x1b]0;x\x07",
        "/\"},{\"id\":20137,\"name\":\"login_accepted\"",
        "/back\\slash\\u0041\\",
        "/line\xe2\x80\xa8separator\xe2\x80\xa9",
        "/c1\xc2\x9b[31m\xc2\x85next",
        "/\xe2\x80\xaetxt.exe",
        "/tag\xf3\xa0\x81\x81",
        "/del\x7f",
        "/latin1-\xe9\xff\xfe",
        "/surrogate\xed\xa0\x80",
        "/overlong\xc0\xaf",
        "/cut\xe2\x82",
        "/plain ünïcode \xf0\x9f\x9a\x9a",
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        expect_path_survives(str_of(names[i]), i);
}

TEST(a_valid_name_looks_as_it_is)
{
    emit_path(str_of("/Grüße & \\ 100% \xf0\x9f\x9a\x9a"));
    AUTO(drop) json_t *json = parsed(event_memory_record(memory, 0));

    EXPECT_TEXT(text_at(json, "data", "path"),
                "/Grüße & \\ 100% \xf0\x9f\x9a\x9a");
    EXPECT(json_object_get(json_object_get(json, "data"), "path_hex") == NULL);
}

TEST(every_byte_alone_and_all_256_together_can_be_had_back)
{
    char all[256];

    for (size_t i = 0; i < 256; i++) {
        all[i] = (char)i;
        expect_path_survives(str_from(&all[i], 1), i);
    }
    expect_path_survives(str_from(all, 256), 256);
}

TEST(random_bytes_can_be_had_back)
{
    char bytes[600];
    unsigned seed = 20261123;

    for (size_t round = 0; round < 2000; round++) {
        size_t len = 1 + (size_t)rand_r(&seed) % sizeof bytes;
        for (size_t i = 0; i < len; i++)
            bytes[i] = (char)rand_r(&seed);
        expect_path_survives(str_from(bytes, len), round);
    }
}

TEST(paths_of_4096_bytes_of_any_kind_can_be_had_back)
{
    static const char *const kinds[] = { "a",  "\xff",         "\n",
                                         "\"", "\xe2\x80\xa8", "\xc3\xbc" };
    char path[EVENT_VALUE];

    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        for (size_t i = 0; i < sizeof path; i++)
            path[i] = kinds[k][i % strlen(kinds[k])];
        expect_path_survives(str_from(path, sizeof path), k);
    }
}

TEST(a_value_over_4096_bytes_is_cut_between_characters_and_says_so)
{
    static char path[3 * EVENT_VALUE];

    for (size_t i = 0; i < sizeof path; i += 3)
        for (size_t j = 0; j < 3; j++)
            path[i + j] = "\xe2\x82\xac"[j];
    emit_path(str_from(path, sizeof path));
    AUTO(drop) json_t *json = parsed(event_memory_record(memory, 0));
    json_t *data = json_object_get(json, "data");

    EXPECT(json_object_get(data, "path_hex") == NULL);
    EXPECT(json_string_length(json_object_get(data, "path")) == 4095);
    EXPECT(json_integer_value(json_object_get(data, "path_length")) ==
           sizeof path);
}

TEST(no_record_is_longer_than_64_kib_however_much_it_is_given)
{
    static char junk[EVENT_VALUE];
    struct event_field fields[40];
    char names[40][8];
    const struct event_subject subject = { .account_name = junk,
                                           .session = junk };

    memset(junk, 0x01, sizeof junk - 1);
    for (size_t i = 0; i < 40; i++) {
        snprintf(names[i], sizeof names[i], "f%zu", i);
        fields[i] = (struct event_field)EVENT_TEXT(
            names[i], str_from(junk, sizeof junk - 1));
    }
    event_emit(events, EVENT_INTERNAL_ERROR, &subject, fields, 40);
    const char *record = event_memory_record(memory, 0);
    AUTO(drop) json_t *json = parsed(record);

    EXPECT(strlen(record) < EVENT_RECORD);
    EXPECT(json_integer_value(json_object_get(json_object_get(json, "data"),
                                              "f0_length")) == sizeof junk - 1);
    EXPECT(events_lost(events) == 0);
}

TEST(the_message_never_holds_a_control_character)
{
    char all[256];
    struct str rest;

    for (size_t i = 0; i < 256; i++)
        all[i] = (char)i;
    emit_path(str_from(all, 256));
    AUTO(drop) json_t *json = parsed(event_memory_record(memory, 0));
    const char *message = json_string_value(json_object_get(json, "message"));
    EXPECT(strlen(message) ==
           json_string_length(json_object_get(json, "message")));
    EXPECT(is_one_harmless_line(message));
    rest = str_of(message);
    EXPECT(strstr(message, "\\x00\\x01") != NULL);
    EXPECT(strstr(message, "\\x1b") != NULL);
    EXPECT(strstr(message, "\\xff") != NULL);
    EXPECT(rest.len > 256);
}

TEST(s36_no_sentence_asks_for_a_secret_and_no_record_shows_one)
{
    static const char *const names[] = {
        "password",   "new_password", "secret",
        "passphrase", "private_key",  "token"
    };
    const struct event_kind *kind;

    for (size_t i = 0; (kind = event_kind_at(i)) != NULL; i++)
        for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
            char asked[32];
            snprintf(asked, sizeof asked, "{%s}", names[n]);
            EXPECT(strstr(kind->message, asked) == NULL);
        }
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        struct event_field field = EVENT_TEXT(names[n], STR("canary-4711"));
        event_emit(events, EVENT_LOGIN_REJECTED, NULL, &field, 1);
        EXPECT(strstr(event_memory_record(memory, n), "canary-4711") == NULL);
        EXPECT(strstr(event_memory_record(memory, n), "withheld") != NULL);
    }
}

static char *
content_of(const char *path)
{
    static char content[256 * 1024];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? 0 : read(fd, content, sizeof content - 1);

    EXPECT(len >= 0);
    content[len] = '\0';
    if (fd >= 0)
        close(fd);
    return content;
}

static const char *
in_folder(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", test_folder(), name);
    return path;
}

static void
add_file(const char *path)
{
    struct event_sink *file = NULL;

    EXPECT_OK(event_to_file(path, &file));
    events_add_sink(events, file);
}

/* Every line of the text is a whole record. */
static size_t
count_records(char *text)
{
    struct str rest = str_of(text);
    size_t count = 0;

    EXPECT(rest.len == 0 || text[rest.len - 1] == '\n');
    while (rest.len > 0) {
        struct str line = str_cut(&rest, '\n');
        json_t *json = json_loadb(line.data, line.len, JSON_ALLOW_NUL, NULL);
        EXPECT(json != NULL);
        json_decref(json);
        count++;
    }
    return count;
}

TEST(a_file_gets_one_line_for_each_event_and_is_not_for_others)
{
    const char *path = in_folder("events.log");
    struct stat st;
    mode_t before = umask(0);

    add_file(path);
    umask(before);
    for (int i = 0; i < 10; i++)
        emit_path(STR("/x\ny"));
    EXPECT(count_records(content_of(path)) == 10);
    EXPECT(stat(path, &st) == 0 && (st.st_mode & 0777) == 0640);
    EXPECT(events_lost(events) == 0);
}

TEST(a_file_that_was_moved_away_is_made_anew)
{
    char moved[140];
    const char *path = in_folder("events.log");

    snprintf(moved, sizeof moved, "%s.1", path);
    add_file(path);
    emit_path(STR("/before"));
    EXPECT(rename(path, moved) == 0);
    emit_path(STR("/after"));
    EXPECT(strstr(content_of(path), "/after") != NULL);
    EXPECT(strstr(content_of(path), "/before") == NULL);
    EXPECT(strstr(content_of(moved), "/before") != NULL);
    EXPECT(unlink(path) == 0);
    emit_path(STR("/removed"));
    EXPECT(count_records(content_of(path)) == 1);
}

TEST(a_file_in_a_folder_that_is_gone_is_still_written)
{
    char folder[140];
    char moved[160];
    char path[200];

    snprintf(folder, sizeof folder, "%s", in_folder("log"));
    snprintf(moved, sizeof moved, "%s-moved", folder);
    snprintf(path, sizeof path, "%s/events.log", folder);
    EXPECT(mkdir(folder, 0700) == 0);
    add_file(path);
    EXPECT(rename(folder, moved) == 0);
    emit_path(STR("/still"));
    snprintf(path, sizeof path, "%s/events.log", moved);
    EXPECT(count_records(content_of(path)) == 1);
    EXPECT(events_lost(events) == 0);
}

TEST(a_file_whose_last_line_was_torn_by_a_crash_goes_on_behind_it)
{
    const char *path = in_folder("events.log");
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    EXPECT(write(fd, "{\"id\":300", 9) == 9);
    close(fd);
    add_file(path);
    emit_path(STR("/x"));
    char *text = content_of(path);
    EXPECT(strncmp(text, "{\"id\":300\n{", 11) == 0);
    EXPECT(count_records(text + 10) == 1);
}

TEST(a_sink_that_cannot_write_is_counted_and_others_still_get_it)
{
    struct event_sink *full = NULL;
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    EXPECT_OK(event_to_console(fd, &full));
    events_add_sink(events, full);
    emit_path(STR("/x"));
    emit_path(STR("/y"));
    EXPECT(events_lost(events) == 2);
    EXPECT(event_memory_record(memory, 1) != NULL);
    close(fd);
}

TEST(a_torn_line_does_not_swallow_the_next_one)
{
    int ends[2];
    char text[8192];

    /* A full pipe takes what fits and no more. */
    EXPECT(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0);
    int size = fcntl(ends[1], F_SETPIPE_SZ, 4096);
    EXPECT(size == 4096);
    struct line_writer writer = { .fd = ends[1] };
    static char line[5000];
    memset(line, 'a', sizeof line);
    line[sizeof line - 1] = '\n';
    EXPECT(line_write(&writer, str_from(line, sizeof line)) != OK);
    EXPECT(read(ends[0], text, sizeof text) == 4096);
    EXPECT(text[4095] == 'a');
    EXPECT_OK(line_write(&writer, STR("whole\n")));
    EXPECT(read(ends[0], text, sizeof text) == 7);
    EXPECT(memcmp(text, "\nwhole\n", 7) == 0);
    EXPECT_OK(line_write(&writer, STR("more\n")));
    EXPECT(read(ends[0], text, sizeof text) == 5);
    close(ends[0]);
    close(ends[1]);
}

TEST(what_a_full_disk_tore_off_is_counted_and_the_next_record_is_whole)
{
    const char *path = in_folder("events.log");
    struct rlimit before;
    struct rlimit full;

    signal(SIGXFSZ, SIG_IGN);
    add_file(path);
    emit_path(STR("/first"));
    EXPECT(getrlimit(RLIMIT_FSIZE, &before) == 0);
    full = before;
    full.rlim_cur = strlen(content_of(path)) + 20;
    EXPECT(setrlimit(RLIMIT_FSIZE, &full) == 0);
    emit_path(STR("/torn"));
    emit_path(STR("/lost"));
    EXPECT(setrlimit(RLIMIT_FSIZE, &before) == 0);
    EXPECT(events_lost(events) == 2);
    emit_path(STR("/last"));
    EXPECT(events_lost(events) == 2);
    char *torn = strchr(content_of(path), '\n') + 1;
    EXPECT(strncmp(torn, "{\"id\":", 6) == 0);
    EXPECT(strchr(torn, '\n') == torn + 20);
    EXPECT(count_records(torn + 21) == 1);
    EXPECT(strstr(torn + 21, "/last") != NULL);
}

static void *
emit_many(void *arg)
{
    (void)arg;
    for (int i = 0; i < 200; i++)
        emit_path(STR("/from\na thread"));
    return NULL;
}

TEST(records_of_many_threads_and_processes_do_not_mix)
{
    const char *path = in_folder("events.log");
    pthread_t threads[4];

    add_file(path);
    add_file(path); /* a second descriptor, as another process has */
    for (size_t i = 0; i < 4; i++)
        EXPECT_OK(thread_start(&threads[i], "emit", emit_many, NULL));
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    FILE *file = fopen(path, "r");
    char line[4096];
    size_t count = 0;
    EXPECT(file != NULL);
    for (; fgets(line, sizeof line, file) != NULL; count++) {
        json_t *json = json_loads(line, 0, NULL);
        EXPECT(json != NULL);
        json_decref(json);
    }
    fclose(file);
    EXPECT(count == (size_t)4 * 200 * 2);
    EXPECT(event_memory_record(memory, 799) != NULL);
    EXPECT(events_lost(events) == 0);
}
