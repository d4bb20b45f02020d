/* SPDX-License-Identifier: Apache-2.0 */
/*
 * with_audit_test.c - what is told of what was done, and when.
 */
#include "event/event.h"
#include "test.h"
#include "vfs/places.h"

#include <jansson.h>
#include <stdio.h>

static const struct audit_ids ids = {
    .download = EVENT_SFTP_DOWNLOADED,
    .download_failed = EVENT_SFTP_DOWNLOAD_FAILED,
    .upload = EVENT_SFTP_UPLOADED,
    .upload_failed = EVENT_SFTP_UPLOAD_FAILED,
    .open_failed = EVENT_SFTP_OPEN_FAILED,
    .listed = EVENT_SFTP_LISTED,
    .list_failed = EVENT_SFTP_LIST_FAILED,
    .removed = EVENT_SFTP_REMOVED,
    .remove_failed = EVENT_SFTP_REMOVE_FAILED,
    .folder_made = EVENT_SFTP_FOLDER_MADE,
    .folder_make_failed = EVENT_SFTP_FOLDER_MAKE_FAILED,
    .folder_removed = EVENT_SFTP_FOLDER_REMOVED,
    .folder_remove_failed = EVENT_SFTP_FOLDER_REMOVE_FAILED,
    .renamed = EVENT_SFTP_RENAMED,
    .rename_failed = EVENT_SFTP_RENAME_FAILED,
    .attributes_set = EVENT_SFTP_ATTRIBUTES_SET,
    .attributes_failed = EVENT_SFTP_ATTRIBUTES_FAILED,
    .link_made = EVENT_SFTP_LINK_MADE,
    .link_failed = EVENT_SFTP_LINK_FAILED,
};

static const struct event_subject subject = { .account_name = "alice",
                                              .session = "s-1" };

static struct clock *the_clock;
static struct events *events;
static struct event_sink *sink;
static struct vfs *files;
static size_t told; /* records that a test has looked at */

/* What shall fail, and what had been told when the layers below were asked. */
static const char *failing_call;
static enum status failing_status;
static size_t told_before_commit;

static size_t
count_records(void)
{
    size_t count = 0;

    while (event_memory_record(sink, count) != NULL)
        count++;
    return count;
}

static enum status
fail_as_wished(void *arg, const char *call, struct str path)
{
    (void)arg, (void)path;
    if (strcmp(call, "vfs_commit") == 0)
        told_before_commit = count_records();
    if (failing_call != NULL && strcmp(call, failing_call) == 0)
        return fail(failing_status, "the disk made a noise");
    return OK;
}

SETUP()
{
    struct vfs *below = NULL;

    told = 0;
    failing_call = NULL;
    failing_status = ERR_IO;
    the_clock = clock_settable(1795464424123);
    EXPECT_OK(events_new(the_clock, "11-22", "node-a", &events));
    EXPECT_OK(event_to_memory(&sink));
    events_add_sink(events, sink);
    EXPECT_OK(vfs_in_memory(&below));
    EXPECT_OK(vfs_with_faults(below, fail_as_wished, NULL, &below));
    EXPECT_OK(vfs_with_audit(below, events, &subject, &ids, the_clock, &files));
}

TEARDOWN()
{
    vfs_free(&files);
    events_free(&events);
    clock_free(&the_clock);
}

static void
drop(json_t **json)
{
    json_decref(*json);
}

/* The next record has this number; its data, which the caller drops. */
static json_t *
expect_event(enum event_id id)
{
    const char *record = event_memory_record(sink, told++);

    EXPECT(record != NULL);
    json_t *json = json_loads(record, 0, NULL);
    EXPECT(json != NULL);
    if (json_integer_value(json_object_get(json, "id")) != (int)id)
        print_error("%s\n", record);
    EXPECT(json_integer_value(json_object_get(json, "id")) == (int)id);
    EXPECT_TEXT(json_string_value(json_object_get(json, "session")), "s-1");
    json_t *data = json_incref(json_object_get(json, "data"));
    json_decref(json);
    return data;
}

static const char *
text_of(const json_t *data, const char *name)
{
    const char *text = json_string_value(json_object_get(data, name));

    EXPECT(text != NULL);
    return text;
}

static int64_t
number_of(const json_t *data, const char *name)
{
    json_t *number = json_object_get(data, name);

    EXPECT(json_is_integer(number));
    return json_integer_value(number);
}

static bool
nothing_more_is_told(void)
{
    return event_memory_record(sink, told) == NULL;
}

static struct vfs_file *
open_file(const char *path, unsigned flags)
{
    struct vfs_open how = { .flags = flags };
    struct vfs_file *file = NULL;

    EXPECT_OK(vfs_open(files, str_of(path), &how, &file));
    return file;
}

enum { NEW = VFS_WRITE | VFS_CREATE | VFS_TRUNCATE };

/* A file that is there, of which a test has been told. */
static void
upload(const char *path, const char *content)
{
    struct vfs_file *file = open_file(path, NEW);

    EXPECT_OK(vfs_write(file, 0, str_of(content)));
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
    AUTO(drop) json_t *data = expect_event(EVENT_SFTP_UPLOADED);
    EXPECT(data != NULL);
    EXPECT(nothing_more_is_told());
}

TEST(an_upload_is_told_behind_its_commit_and_before_the_answer)
{
    struct vfs_file *file = open_file("/report.csv", NEW);

    for (uint64_t i = 0; i < 10; i++)
        EXPECT_OK(vfs_write(file, i * 4, STR("1234")));
    clock_advance(the_clock, 2000);
    EXPECT(nothing_more_is_told());
    EXPECT_OK(vfs_commit(file));
    EXPECT(told_before_commit == 0);
    AUTO(drop) json_t *data = expect_event(EVENT_SFTP_UPLOADED);
    EXPECT_TEXT(text_of(data, "path"), "/report.csv");
    EXPECT_TEXT(text_of(data, "mode"), "write create truncate");
    EXPECT(number_of(data, "total_write") == 40);
    EXPECT(number_of(data, "duration_ms") == 2000);
    EXPECT(number_of(data, "write_speed") == 20);
    EXPECT(json_object_get(data, "details") == NULL);
    vfs_close(&file);
    EXPECT(nothing_more_is_told());
}

TEST(an_upload_whose_commit_fails_is_told_as_failed_with_the_reason)
{
    struct vfs_file *file = open_file("/a", NEW);

    EXPECT_OK(vfs_write(file, 0, STR("1234")));
    failing_call = "vfs_commit";
    EXPECT_STATUS(vfs_commit(file), ERR_IO);
    EXPECT_TEXT(fail_reason(), "the disk made a noise");
    vfs_close(&file);
    AUTO(drop) json_t *data = expect_event(EVENT_SFTP_UPLOAD_FAILED);
    EXPECT_TEXT(text_of(data, "details"), "the disk made a noise");
    EXPECT(number_of(data, "total_write") == 4);
    EXPECT(nothing_more_is_told());
}

TEST(an_upload_that_was_cut_is_told_as_failed_when_it_is_closed)
{
    struct vfs_file *file = open_file("/a", NEW);

    EXPECT_OK(vfs_write(file, 0, STR("12")));
    vfs_close(&file);
    AUTO(drop) json_t *data = expect_event(EVENT_SFTP_UPLOAD_FAILED);
    EXPECT(strstr(text_of(data, "details"), "without saying") != NULL);
    EXPECT(number_of(data, "total_write") == 2);
    EXPECT(nothing_more_is_told());
}

TEST(the_first_failure_of_an_upload_is_the_reason_that_is_told)
{
    struct vfs_file *file = open_file("/a", NEW);

    EXPECT_OK(vfs_write(file, 0, STR("1234")));
    failing_call = "vfs_write";
    failing_status = ERR_FULL;
    EXPECT_STATUS(vfs_write(file, 4, STR("5678")), ERR_FULL);
    failing_call = "vfs_commit";
    EXPECT_STATUS(vfs_commit(file), ERR_FULL);
    vfs_close(&file);
    AUTO(drop) json_t *data = expect_event(EVENT_SFTP_UPLOAD_FAILED);
    EXPECT(number_of(data, "total_write") == 4);
    EXPECT_TEXT(text_of(data, "details"), "the disk made a noise");
}

TEST(an_empty_upload_is_an_upload)
{
    struct vfs_file *file = open_file("/empty", NEW);

    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
    AUTO(drop) json_t *data = expect_event(EVENT_SFTP_UPLOADED);
    EXPECT(number_of(data, "total_write") == 0);
    EXPECT(number_of(data, "write_speed") == 0);
}

static void
read_all(struct vfs_file *file)
{
    char bytes[3];
    uint64_t offset = 0;
    size_t got;

    do {
        EXPECT_OK(vfs_read(file, offset, bytes, sizeof bytes, &got));
        offset += got;
    } while (got > 0);
}

TEST(a_download_is_told_when_it_is_closed)
{
    upload("/a", "12345678");
    struct vfs_file *file = open_file("/a", VFS_READ);

    clock_advance(the_clock, 500);
    read_all(file);
    EXPECT(nothing_more_is_told());
    vfs_close(&file);
    AUTO(drop) json_t *data = expect_event(EVENT_SFTP_DOWNLOADED);
    EXPECT_TEXT(text_of(data, "path"), "/a");
    EXPECT(number_of(data, "total_read") == 8);
    EXPECT(number_of(data, "read_speed") == 16);
    EXPECT(number_of(data, "duration_ms") == 500);
    EXPECT(json_object_get(data, "total_write") == NULL);
}

TEST(an_empty_file_that_was_read_is_a_download_and_one_never_read_is_none)
{
    upload("/empty", "");
    struct vfs_file *file = open_file("/empty", VFS_READ);

    vfs_close(&file);
    EXPECT(nothing_more_is_told());
    file = open_file("/empty", VFS_READ);
    read_all(file);
    vfs_close(&file);
    AUTO(drop) json_t *data = expect_event(EVENT_SFTP_DOWNLOADED);
    EXPECT(number_of(data, "total_read") == 0);
}

TEST(a_download_that_could_not_be_read_is_told_as_failed)
{
    char bytes[4];
    size_t got;

    upload("/a", "12345678");
    struct vfs_file *file = open_file("/a", VFS_READ);
    EXPECT_OK(vfs_read(file, 0, bytes, 4, &got));
    failing_call = "vfs_read";
    EXPECT_STATUS(vfs_read(file, 4, bytes, 4, &got), ERR_IO);
    vfs_close(&file);
    AUTO(drop) json_t *data = expect_event(EVENT_SFTP_DOWNLOAD_FAILED);
    EXPECT(number_of(data, "total_read") == 4);
    EXPECT_TEXT(text_of(data, "details"), "the disk made a noise");
    EXPECT(nothing_more_is_told());
}

TEST(a_file_read_and_written_tells_both_counts)
{
    upload("/a", "12345678");
    struct vfs_file *file = open_file("/a", VFS_READ | VFS_WRITE);

    read_all(file);
    EXPECT_OK(vfs_write(file, 0, STR("99")));
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
    AUTO(drop) json_t *data = expect_event(EVENT_SFTP_UPLOADED);
    EXPECT(number_of(data, "total_read") == 8);
    EXPECT(number_of(data, "total_write") == 2);
    EXPECT_TEXT(text_of(data, "mode"), "read write");
    EXPECT(nothing_more_is_told());
}

TEST(a_file_that_could_not_be_opened_is_told_with_mode_and_reason)
{
    struct vfs_open how = { .flags = VFS_READ };
    struct vfs_file *file = NULL;

    EXPECT_STATUS(vfs_open(files, STR("/none"), &how, &file), ERR_NOT_FOUND);
    EXPECT(file == NULL);
    AUTO(drop) json_t *data = expect_event(EVENT_SFTP_OPEN_FAILED);
    EXPECT_TEXT(text_of(data, "path"), "/none");
    EXPECT_TEXT(text_of(data, "mode"), "read");
    EXPECT_TEXT(text_of(data, "details"), fail_reason());
}

TEST(a_listing_is_told_when_it_is_closed_with_its_entries)
{
    struct vfs_folder *folder = NULL;
    struct vfs_entry entry;
    bool more = true;

    upload("/a", "");
    upload("/b", "");
    EXPECT_OK(vfs_list(files, STR("/"), &folder));
    while (more)
        EXPECT_OK(vfs_folder_next(folder, &entry, &more));
    EXPECT(nothing_more_is_told());
    vfs_folder_close(&folder);
    AUTO(drop) json_t *data = expect_event(EVENT_SFTP_LISTED);
    EXPECT_TEXT(text_of(data, "path"), "/");
    EXPECT(number_of(data, "entries") == 2);
}

TEST(a_listing_that_fails_is_told_once)
{
    struct vfs_folder *folder = NULL;
    struct vfs_entry entry;
    bool more;

    EXPECT_STATUS(vfs_list(files, STR("/none"), &folder), ERR_NOT_FOUND);
    AUTO(drop) json_t *missing = expect_event(EVENT_SFTP_LIST_FAILED);
    EXPECT_TEXT(text_of(missing, "path"), "/none");
    EXPECT_OK(vfs_list(files, STR("/"), &folder));
    failing_call = "vfs_folder_next";
    EXPECT_STATUS(vfs_folder_next(folder, &entry, &more), ERR_IO);
    vfs_folder_close(&folder);
    AUTO(drop) json_t *broken = expect_event(EVENT_SFTP_LIST_FAILED);
    EXPECT_TEXT(text_of(broken, "details"), "the disk made a noise");
    EXPECT(nothing_more_is_told());
}

static enum status
do_remove_file(void)
{
    return vfs_remove(files, STR("/a"), VFS_REMOVE_FILE);
}

static enum status
do_remove_folder(void)
{
    return vfs_remove(files, STR("/d"), VFS_REMOVE_FOLDER);
}

static enum status
do_make_folder(void)
{
    struct vfs_attributes none = { 0 };

    return vfs_make_folder(files, STR("/new"), &none);
}

static enum status
do_rename(void)
{
    return vfs_rename(files, STR("/a"), STR("/b"), false);
}

static enum status
do_set_attributes(void)
{
    struct vfs_attributes set = { .has = VFS_HAS_MODE | VFS_HAS_TIMES,
                                  .mode = 0640 };

    return vfs_set_attributes(files, STR("/a"), VFS_FOLLOW, &set);
}

static enum status
do_link(void)
{
    return vfs_link(files, STR("/a"), STR("/hard"));
}

static enum status
do_make_link(void)
{
    return vfs_make_link(files, STR("a"), STR("/soft"));
}

static const struct row {
    enum status (*act)(void);
    const char *call;
    enum event_id done, failed;
    const char *fields[2][2];
} rows[] = {
    { do_make_folder,
      "vfs_make_folder",
      EVENT_SFTP_FOLDER_MADE,
      EVENT_SFTP_FOLDER_MAKE_FAILED,
      { { "path", "/new" } } },
    { do_remove_folder,
      "vfs_remove",
      EVENT_SFTP_FOLDER_REMOVED,
      EVENT_SFTP_FOLDER_REMOVE_FAILED,
      { { "path", "/d" } } },
    { do_set_attributes,
      "vfs_set_attributes",
      EVENT_SFTP_ATTRIBUTES_SET,
      EVENT_SFTP_ATTRIBUTES_FAILED,
      { { "changed", "mode times" }, { "mode", "0640" } } },
    { do_link,
      "vfs_link",
      EVENT_SFTP_LINK_MADE,
      EVENT_SFTP_LINK_FAILED,
      { { "path", "/hard" }, { "target", "/a" } } },
    { do_make_link,
      "vfs_make_link",
      EVENT_SFTP_LINK_MADE,
      EVENT_SFTP_LINK_FAILED,
      { { "path", "/soft" }, { "target", "a" } } },
    { do_rename,
      "vfs_rename",
      EVENT_SFTP_RENAMED,
      EVENT_SFTP_RENAME_FAILED,
      { { "from", "/a" }, { "to", "/b" } } },
    { do_remove_file,
      "vfs_remove",
      EVENT_SFTP_REMOVED,
      EVENT_SFTP_REMOVE_FAILED,
      { { "path", "/a" } } },
};

/* Do it, and look at what is told of it. */
static void
expect_told(const struct row *row, bool fails)
{
    failing_call = fails ? row->call : NULL;
    EXPECT_STATUS(row->act(), fails ? ERR_IO : OK);
    AUTO(drop) json_t *data = expect_event(fails ? row->failed : row->done);
    for (size_t i = 0; i < 2 && row->fields[i][0] != NULL; i++)
        EXPECT_TEXT(text_of(data, row->fields[i][0]), row->fields[i][1]);
    EXPECT((json_object_get(data, "details") != NULL) == fails);
    EXPECT(nothing_more_is_told());
}

TEST(each_change_is_told_with_its_paths_and_each_failure_with_its_reason)
{
    struct vfs_attributes none = { 0 };

    upload("/a", "x");
    EXPECT_OK(vfs_make_folder(files, STR("/d"), &none));
    told++;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        expect_told(&rows[i], true);
        failing_call = NULL;
        if (rows[i].act == do_remove_file) /* it was renamed by then */
            upload("/a", "x");
        expect_told(&rows[i], false);
    }
}

TEST(attributes_of_an_open_file_are_told_with_its_path)
{
    struct vfs_attributes size = { .has = VFS_HAS_SIZE, .size = 3 };
    struct vfs_file *file = open_file("/a", NEW);

    EXPECT_OK(vfs_file_set_attributes(file, &size));
    AUTO(drop) json_t *data = expect_event(EVENT_SFTP_ATTRIBUTES_SET);
    EXPECT_TEXT(text_of(data, "path"), "/a");
    EXPECT(number_of(data, "size") == 3);
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
}

TEST(looking_at_files_is_not_told)
{
    AUTO(buffer_done) struct buffer target = BUFFER(VFS_PATH);
    struct vfs_attributes attributes;
    struct vfs_space space;

    upload("/a", "x");
    EXPECT_OK(do_make_link());
    told++;
    EXPECT_OK(vfs_stat(files, STR("/a"), 0, &attributes));
    EXPECT_OK(vfs_read_link(files, STR("/soft"), &target));
    EXPECT_OK(vfs_space(files, STR("/"), &space));
    EXPECT_STATUS(vfs_stat(files, STR("/none"), 0, &attributes), ERR_NOT_FOUND);
    EXPECT(nothing_more_is_told());
}

TEST(a_name_with_a_newline_is_told_in_one_record)
{
    upload("/a\nb\x1b", "x");
    EXPECT(count_records() == 1);
    EXPECT(strchr(event_memory_record(sink, 0), '\n') == NULL);
    EXPECT(strchr(event_memory_record(sink, 0), '\x1b') == NULL);
}

TEST(a_stack_without_events_works_all_the_same)
{
    struct vfs *below = NULL;
    struct vfs *silent = NULL;
    struct vfs_file *file = NULL;
    struct vfs_open how = { .flags = NEW };

    EXPECT_OK(vfs_in_memory(&below));
    EXPECT_OK(vfs_with_audit(below, NULL, &subject, &ids, the_clock, &silent));
    EXPECT_OK(vfs_open(silent, STR("/a"), &how, &file));
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
    vfs_free(&silent);
}
