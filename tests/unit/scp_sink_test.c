/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scp_sink_test.c - `scp -t`: files come.
 */
#include "scp_dialogue.h"

#include <sys/stat.h>

static const size_t pieces[] = { 0, 1, 2, 3, 5, 7, 16 };

/* Of a table of constants. */
#define LINE(text)                                                             \
    {                                                                          \
        (text "\n"), sizeof(text "\n") - 1                                     \
    }

#define IN_ANY_PIECES(...)                                                     \
    for (size_t i_ = 0; i_ < sizeof pieces / sizeof pieces[0]; i_++) {         \
        scp_cut_into(pieces[i_]);                                              \
        __VA_ARGS__                                                            \
    }

TEST(a_file_is_asked_for_taken_and_acknowledged)
{
    IN_ANY_PIECES({
        BEGIN("scp -t f");
        SERVER("\0");
        CLIENT("C0640 5 ignored\n");
        SERVER("\0");
        CLIENT("hello");
        SERVER("");
        CLIENT("\0");
        SERVER("\0");
        expect_file("/f", "hello");
        scp_client_ends();
        SERVER("");
        OVER(0);
    })
    EXPECT((attributes_of("/f").mode & 0777) == 0640);
}

TEST(all_that_a_client_says_may_come_at_once){ IN_ANY_PIECES({
    BEGIN("scp -tr .");
    CLIENT("D0755 0 d\nT5 0 6 0\nC0644 2 a\nhi\0C0644 0 b\n\0E\n"
           "C0644 1 c\nx\0");
    SERVER("\0\0\0\0\0\0\0\0\0\0");
    scp_client_ends();
    OVER(0);
    expect_file("/d/a", "hi");
    expect_file("/d/b", "");
    expect_file("/c", "x");
}) }

TEST(a_file_goes_into_a_folder_or_is_called_as_the_target)
{
    make_folder("/in");
    BEGIN("scp -t in");
    CLIENT("C0644 1 a\nx\0");
    SERVER("\0\0\0");
    expect_file("/in/a", "x");
    BEGIN("scp -t in/new");
    CLIENT("C0644 1 a\ny\0");
    expect_file("/in/new", "y");
    BEGIN("scp -t ~/in/");
    CLIENT("C0644 1 b\nz\0");
    expect_file("/in/b", "z");
    BEGIN("scp -t ~demo");
    CLIENT("C0644 1 b\nz\0");
    expect_file("/b", "z");
    BEGIN("scp -t ../../in/c");
    CLIENT("C0644 1 b\nz\0");
    expect_file("/in/c", "z");
}

TEST(a_tilde_that_was_quoted_or_names_somebody_else_is_a_name)
{
    BEGIN("scp -t '~'");
    CLIENT("C0644 1 a\nx\0");
    expect_file("/~", "x");
    BEGIN("scp -t ~other");
    CLIENT("C0644 1 a\nx\0");
    expect_file("/~other", "x");
}

TEST(a_target_with_a_slash_behind_it_is_a_folder)
{
    BEGIN("scp -t none/");
    CLIENT("C0644 1 a\n");
    SERVER("\0\1scp: /none: Not a directory\n");
    GOES_ON();
    expect_missing("/none");
    make_file("/f", "old");
    BEGIN("scp -t f/");
    CLIENT("C0644 1 a\n");
    SERVER("\0\1scp: /f: Not a directory\n");
    expect_file("/f", "old");
}

TEST(with_d_the_target_has_to_be_a_folder)
{
    make_file("/f", "old");
    BEGIN("scp -d -t none");
    SERVER("\1scp: /none: No such file or directory\n");
    OVER(1);
    BEGIN("scp -d -t f");
    SERVER("\1scp: /f: Not a directory\n");
    OVER(1);
    make_folder("/in");
    BEGIN("scp -d -t in");
    SERVER("\0");
    GOES_ON();
    BEGIN("scp -d -t .");
    SERVER("\0");
}

TEST(a_tree_is_made_where_it_is_missing)
{
    make_folder("/d");
    make_file("/d/old", "old");
    BEGIN("scp -r -t d");
    CLIENT("D0700 0 x\n");
    CLIENT("D0500 0 y\n");
    CLIENT("C0600 1 f\n1\0");
    CLIENT("E\nE\n");
    SERVER("\0\0\0\0\0\0\0");
    BEGIN("scp -r -t .");
    CLIENT("D0755 0 d\nC0644 1 new\n2\0E\n");
    SERVER("\0\0\0\0\0");
    BEGIN("scp -r -t fresh");
    CLIENT("D0755 0 d\nC0644 1 new\n3\0E\n");
    expect_file("/d/x/y/f", "1");
    expect_file("/d/new", "2");
    expect_file("/d/old", "old");
    expect_file("/fresh/new", "3");
    EXPECT((attributes_of("/d/x").mode & 0777) == 0700);
    /* The owner can go on in it. */
    EXPECT((attributes_of("/d/x/y").mode & 0777) == 0700);
}

TEST(a_folder_in_the_way_of_a_file_and_a_file_in_the_way_of_a_folder)
{
    make_folder("/d");
    make_folder("/d/f");
    make_file("/d/g", "old");
    BEGIN("scp -r -t d");
    CLIENT("C0644 1 f\n");
    SERVER("\0\1scp: /d/f: Is a directory\n");
    CLIENT("D0755 0 g\n");
    SERVER("\1scp: /d/g: Not a directory\n");
    CLIENT("C0644 1 h\nx\0");
    SERVER("\0\0");
    scp_client_ends();
    OVER(1);
    expect_file("/d/h", "x");
    expect_file("/d/g", "old");
}

TEST(times_and_modes_are_kept_with_p)
{
    BEGIN("scp -rp -t .");
    CLIENT("T100 0 200 0\nD0750 0 d\n");
    CLIENT("T300 5 400 7\nC0604 1 f\nx\0");
    CLIENT("C0604 1 g\nx\0");
    CLIENT("E\n");
    SERVER("\0\0\0\0\0\0\0\0\0");
    EXPECT((attributes_of("/d").mode & 07777) == 0750);
    EXPECT(attributes_of("/d").mtime_ns == 100000000000);
    EXPECT(attributes_of("/d").atime_ns == 200000000000);
    EXPECT((attributes_of("/d/f").mode & 07777) == 0604);
    EXPECT(attributes_of("/d/f").mtime_ns == 300000005000);
    EXPECT(attributes_of("/d/f").atime_ns == 400000007000);
    /* A time is for the next file alone. */
    EXPECT(attributes_of("/d/g").mtime_ns != 300000005000);
}

TEST(a_time_that_no_file_can_have_is_left_out)
{
    BEGIN("scp -p -t f");
    CLIENT("T18446744073709551615 0 1 0\nC0644 1 f\nx\0");
    SERVER("\0\0\0\0");
    expect_file("/f", "x");
}

TEST(special_bits_of_a_mode_need_p)
{
    BEGIN("scp -t f");
    CLIENT("C4755 1 f\nx\0");
    EXPECT((attributes_of("/f").mode & 07777) == 0755);
}

/* What ends the dialogue, and what is said to it. */
static void
expect_break(struct str line, const char *why)
{
    AUTO(buffer_done) struct buffer answer = BUFFER(256);

    EXPECT_OK(buffer_addf(&answer, "\2scp: protocol error: %s\n", why));
    BEGIN("scp -r -t .");
    SERVER("\0");
    EXPECT_STATUS(scp_try_client(line), ERR_INVALID);
    scp_server(buffer_str(&answer), __FILE__, __LINE__);
    OVER(1);
}

TEST(lines_that_are_none_end_the_dialogue)
{
    /* clang-format off */
    static const struct {
        struct str line;
        const char *why;
    } rows[] = {
        { LINE(""), "expected a control line" },
        { LINE("hello"), "expected a control line" },
        { LINE("c0644 1 f"), "expected a control line" },
        { LINE("C644 1 f"), "a mode is four digits" },
        { LINE("C00644 1 f"), "a mode is four digits" },
        { LINE("C0648 1 f"), "a mode has octal digits" },
        { LINE("C-644 1 f"), "a mode has octal digits" },
        { LINE("C06441 f"), "a mode is four digits" },
        { LINE("C0644  1 f"), "a size is a number below 2^63" },
        { LINE("C0644 -1 f"), "a size is a number below 2^63" },
        { LINE("C0644 +1 f"), "a size is a number below 2^63" },
        { LINE("C0644 0x1 f"), "a size is a number below 2^63" },
        { LINE("C0644 9223372036854775808 f"), "a size is a number below 2^63" },
        { LINE("C0644 1"), "unexpected file name" },
        { LINE("C0644 1 "), "unexpected file name" },
        { LINE("C0644 1 ."), "unexpected file name" },
        { LINE("C0644 1 .."), "unexpected file name" },
        { LINE("C0644 1 a/b"), "unexpected file name" },
        { LINE("C0644 1 /"), "unexpected file name" },
        { LINE("C0644 1 ../x"), "unexpected file name" },
        { LINE("C0644 1 a\0b"), "unexpected file name" },
        { LINE("D0755 0 .."), "unexpected file name" },
        { LINE("Ex"), "nothing may stand behind E" },
        { LINE("T1 0 1"), "a time is seconds and microseconds" },
        { LINE("T1 1000000 1 0"), "a time is seconds and microseconds" },
        { LINE("T-1 0 1 0"), "a time is seconds and microseconds" },
        { LINE("T1 0 1 0 0"), "there is more than two times" },
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        IN_ANY_PIECES({ expect_break(rows[i].line, rows[i].why); })
}

static void
copy(char *into, struct str text)
{
    memcpy(into, text.data, text.len);
}

TEST(a_line_has_a_largest_size)
{
    char line[SCP_LINE + 1];

    memset(line, 'a', sizeof line);
    copy(line, STR("C0644 1 "));
    IN_ANY_PIECES({
        BEGIN("scp -t .");
        SERVER("\0");
        EXPECT_STATUS(scp_try_client(str_from(line, sizeof line)), ERR_INVALID);
        SERVER("\2scp: protocol error: the line is too long\n");
        OVER(1);
    })
}

TEST(a_name_that_is_too_long_or_kept_for_us_is_refused_alone)
{
    char line[SCP_LINE];

    memset(line, 'a', sizeof line);
    copy(line, STR("C0644 1 "));
    line[8 + VFS_NAME + 1] = '\n';
    BEGIN("scp -t .");
    scp_client(str_from(line, 8 + VFS_NAME + 2), __FILE__, __LINE__);
    SERVER("\0\1scp: /: A limit of the server is reached\n");
    CLIENT("C0644 1 .convoy-abc\n");
    SERVER("\1scp: /.convoy-abc: Permission denied\n");
    CLIENT("C0644 1 f\nx\0");
    SERVER("\0\0");
    scp_client_ends();
    OVER(1);
}

TEST(a_hostile_name_is_a_name)
{
    BEGIN("scp -t .");
    CLIENT("C0644 1 $(id);`x`|&<>'\"\\*\n1\0");
    CLIENT("C0644 1 \r\x1b[31m\xff\n2\0");
    SERVER("\0\0\0\0\0");
    expect_file("/$(id);`x`|&<>'\"\\*", "1");
    expect_file("/\r\x1b[31m\xff", "2");
}

TEST(an_answer_shows_no_control_characters)
{
    make_folder("/\x1b[31m\r");
    BEGIN("scp -t .");
    CLIENT("C0644 1 \x1b[31m\r\n");
    SERVER("\0\1scp: /?[31m?: Is a directory\n");
}

TEST(a_folder_needs_r)
{
    BEGIN("scp -t .");
    SERVER("\0");
    CLIENT_BREAKS("D0755 0 d\n");
    SERVER("\2scp: protocol error: received directory without -r\n");
    OVER(1);
    expect_missing("/d");
}

TEST(folders_inside_each_other_have_a_limit)
{
    AUTO(buffer_done) struct buffer said = BUFFER(1024);

    EXPECT_OK(buffer_add(&said, STR("\1scp: ")));
    BEGIN("scp -r -t .");
    SERVER("\0");
    for (int i = 0; i < SCP_DEPTH; i++) {
        CLIENT("D0755 0 d\n");
        SERVER("\0");
    }
    CLIENT("D0755 0 e\n");
    for (int i = 0; i < SCP_DEPTH; i++)
        EXPECT_OK(buffer_add(&said, STR("/d")));
    EXPECT_OK(buffer_add(&said, STR("/e: A limit of the server is reached\n")));
    scp_server(buffer_str(&said), __FILE__, __LINE__);
    GOES_ON();
    scp_client_ends();
    OVER(1);
}

TEST(the_last_end_is_the_end)
{
    BEGIN("scp -r -t .");
    CLIENT("E\nC0644 1 f\nx\0");
    SERVER("\0\0");
    OVER(0);
    expect_missing("/f");
}

TEST(what_the_client_could_not_read_is_not_kept){ IN_ANY_PIECES({
    BEGIN("scp -t .");
    CLIENT("C0644 4 f\nxx\0\0\1scp: f: Input/output error\n");
    SERVER("\0\0\1scp: /f: not kept, since it could not be read in full\n");
    CLIENT("C0644 1 g\nx\0");
    SERVER("\0\0");
    scp_client_ends();
    OVER(1);
    expect_file("/g", "x");
}) }

TEST(what_a_client_cannot_open_is_only_counted){ IN_ANY_PIECES({
    BEGIN("scp -t .");
    CLIENT("\1scp: nothing: No such file\nC0644 1 f\nx\0");
    SERVER("\0\0\0");
    scp_client_ends();
    OVER(1);
    expect_file("/f", "x");
}) }

TEST(a_fatal_error_of_the_client_is_the_end){ IN_ANY_PIECES({
    BEGIN("scp -t .");
    CLIENT("\2scp: goodbye\nC0644 1 f\n");
    SERVER("\0");
    OVER(1);
    expect_missing("/f");
}) }

TEST(behind_a_file_comes_a_status)
{
    BEGIN("scp -t .");
    SERVER("\0");
    CLIENT_BREAKS("C0644 1 f\nxy");
    SERVER("\0\2scp: protocol error: expected a status behind a file\n");
    OVER(1);
}

TEST(a_client_that_ends_in_the_middle_has_failed)
{
    BEGIN("scp -t .");
    CLIENT("C0644 4 f\nxx");
    EXPECT(scp_engine()->ops->is_busy(scp_engine()));
    scp_client_ends();
    OVER(1);
    BEGIN("scp -t .");
    CLIENT("C0644");
    scp_client_ends();
    OVER(1);
    BEGIN("scp -r -t .");
    CLIENT("D0755 0 d\n");
    EXPECT(scp_engine()->ops->is_busy(scp_engine()));
    scp_client_ends();
    OVER(1);
}

TEST(a_client_that_does_not_read_is_not_listened_to)
{
    struct scp_options options = { .files = scp_files(),
                                   .account_name = "demo" };
    struct engine *e;
    size_t total = 0, taken = 1;

    EXPECT_OK(scp_new(&options, STR("scp -t ."), &e));
    while (taken > 0) {
        EXPECT_OK(e->ops->input(e, STR("C0644 1 .convoy-x\n"), &taken));
        total += taken;
        EXPECT(buffer_len(e->ops->output(e)) <=
               SCP_OUTPUT_HIGH + SCP_OUTPUT_MOST);
    }
    EXPECT(buffer_len(e->ops->output(e)) >= SCP_OUTPUT_HIGH && total > 0);
    buffer_clear(e->ops->output(e));
    EXPECT_OK(e->ops->input(e, STR("C0644 1 .convoy-x\n"), &taken));
    EXPECT(taken > 0);
    e->ops->free(e);
}

/* What the files are to refuse. */
struct fault {
    const char *call;
    enum status status;
    int after;
};

static enum status
fault_of(void *arg, const char *call, struct str path)
{
    struct fault *fault = arg;

    (void)path;
    if (strcmp(call, fault->call) != 0 || fault->after-- > 0)
        return OK;
    return fail(fault->status, "a fault of the test at /secret/place");
}

/* One file in three pieces, -p, and then another; what is said to the one. */
static void
expect_answer(struct fault fault, const char *answer)
{
    AUTO(buffer_done) struct buffer all = BUFFER(1024);
    struct vfs *faulty;

    EXPECT_OK(vfs_in_memory(&faulty));
    EXPECT_OK(vfs_with_faults(faulty, fault_of, &fault, &faulty));
    scp_use(faulty);
    BEGIN("scp -p -t .");
    CLIENT("C0644 6 f\n");
    CLIENT("12");
    CLIENT("34");
    CLIENT("56\0");
    EXPECT_OK(buffer_add(&all, STR("\0\0")));
    EXPECT_OK(buffer_add(&all, str_of(answer)));
    scp_server(buffer_str(&all), __FILE__, __LINE__);
    fault.after = 1000;
    CLIENT("C0644 1 g\nx\0");
    SERVER("\0\0");
    scp_client_ends();
    OVER(1);
    scp_cut();
    scp_use(scp_files());
    vfs_free(&faulty);
}

TEST(a_file_that_cannot_be_kept_is_said_to_be_so_and_the_next_one_comes)
{
    expect_answer((struct fault){ "vfs_write", ERR_FULL, 0 },
                  "\1scp: /f: No space left on device\n");
    expect_answer((struct fault){ "vfs_write", ERR_IO, 1 },
                  "\1scp: /f: Input/output error\n");
    expect_answer((struct fault){ "vfs_commit", ERR_CONFLICT, 0 },
                  "\1scp: /f: The file was changed or taken over by another "
                  "session\n");
    expect_answer((struct fault){ "vfs_file_set_attributes", ERR_DENIED, 0 },
                  "\1scp: /f: Permission denied\n");
}

TEST(each_reason_not_to_open_a_file_is_told)
{
    static const struct {
        enum status status;
        const char *answer;
    } rows[] = {
        { ERR_NOT_FOUND, "No such file or directory" },
        { ERR_DENIED, "Permission denied" },
        { ERR_EXISTS, "File exists" },
        { ERR_NOT_EMPTY, "Directory not empty" },
        { ERR_NO_FOLDER, "Not a directory" },
        { ERR_LINK, "The symbolic link leads nowhere" },
        { ERR_FULL, "No space left on device" },
        { ERR_BUSY, "Another session is writing this file" },
        { ERR_LIMIT, "A limit of the server is reached" },
        { ERR_INVALID, "Invalid argument" },
        { ERR_UNSUPPORTED, "Operation not supported" },
        { ERR_TIMEOUT, "The storage took too long" },
        { ERR_CLOSED, "The session is ending" },
        { ERR_MEMORY, "Cannot allocate memory" },
        { ERR_IO, "Input/output error" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO(buffer_done) struct buffer all = BUFFER(1024);
        struct fault fault = { "vfs_open", rows[i].status, 0 };
        struct vfs *faulty;

        EXPECT_OK(vfs_in_memory(&faulty));
        EXPECT_OK(vfs_with_faults(faulty, fault_of, &fault, &faulty));
        scp_use(faulty);
        BEGIN("scp -t .");
        CLIENT("C0644 6 f\n");
        EXPECT_OK(buffer_add(&all, STR("\0")));
        EXPECT_OK(buffer_addf(&all, "\1scp: /f: %s\n", rows[i].answer));
        scp_server(buffer_str(&all), __FILE__, __LINE__);
        scp_cut();
        scp_use(scp_files());
        vfs_free(&faulty);
    }
}

/* Without the permission to look. */
TEST(who_may_only_write_can_put_files_into_folders)
{
    static const struct vfs_attributes none = { 0 };
    AUTO(permissions_free) struct permission_rules *rules = NULL;
    AUTO(clock_free) struct clock *clock = clock_settable(0);
    struct vfs *dropbox, *place;

    EXPECT_OK(vfs_in_memory(&place));
    EXPECT_OK(vfs_make_folder(place, STR("/in"), &none));
    EXPECT_OK(
        permissions_parse(STR("allow-write"), STR("demo"), clock, &rules));
    EXPECT_OK(vfs_with_permissions(place, rules, &dropbox));
    scp_use(dropbox);
    BEGIN("scp -t in");
    CLIENT("C0644 1 f\nx\0");
    SERVER("\0\0\0");
    BEGIN("scp -d -t in");
    CLIENT("C0644 1 g\nx\0");
    SERVER("\0\0\0");
    BEGIN("scp -t .");
    CLIENT("C0644 1 h\nx\0");
    SERVER("\0\0\0");
    BEGIN("scp -p -t .");
    CLIENT("C0600 1 i\nx\0");
    SERVER("\0\0\1scp: /i: Permission denied\n");
    BEGIN("scp -r -t .");
    CLIENT("D0700 0 new\n");
    SERVER("\0\1scp: /new: Permission denied\n");
    scp_cut();
    scp_use(place);
    expect_file("/in/f", "x");
    expect_file("/in/g", "x");
    expect_file("/h", "x");
    expect_file("/i", "x"); /* whole, although its mode is not as wished */
    expect_missing("/new");
    scp_use(scp_files());
    vfs_free(&dropbox);
}

TEST(resting_between_files_changes_nothing)
{
    BEGIN("scp -t .");
    scp_engine()->ops->rest(scp_engine());
    CLIENT("C0644 1 f");
    scp_engine()->ops->rest(scp_engine());
    CLIENT("\nx\0");
    SERVER("\0\0\0");
    scp_engine()->ops->rest(scp_engine());
    EXPECT(!scp_engine()->ops->is_busy(scp_engine()));
    scp_client_ends();
    OVER(0);
    EXPECT(scp_engine()->ops->errors(scp_engine()) == NULL);
}
