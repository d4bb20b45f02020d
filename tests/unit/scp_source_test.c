/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scp_source_test.c - `scp -f`: files go.
 */
#include "scp_dialogue.h"

#include <stdlib.h>

static const size_t pieces[] = { 0, 1, 2, 3, 5 };

#define IN_ANY_PIECES(...)                                                     \
    for (size_t i_ = 0; i_ < sizeof pieces / sizeof pieces[0]; i_++) {         \
        scp_cut_into(pieces[i_]);                                              \
        __VA_ARGS__                                                            \
    }

TEST(a_file_is_offered_sent_and_done)
{
    make_file("/f", "hello");
    BEGIN("scp -f f");
    SERVER("");
    CLIENT("\0");
    SERVER("C0644 5 f\n");
    EXPECT(scp_engine()->ops->is_busy(scp_engine()));
    CLIENT("\0");
    SERVER("hello\0");
    GOES_ON();
    CLIENT("\0");
    SERVER("");
    OVER(0);
}

TEST(answers_may_come_early)
{
    make_file("/a", "1");
    make_file("/b", "");
    IN_ANY_PIECES({
        BEGIN("scp -f a b");
        CLIENT("\0\0\0\0\0");
        SERVER("C0644 1 a\n1\0C0644 0 b\n\0");
        OVER(0);
    })
    BEGIN("scp -f a b");
    CLIENT("\0\0\0\0\0");
    scp_client_ends();
    SERVER("C0644 1 a\n1\0C0644 0 b\n\0");
    OVER(0);
}

TEST(times_and_modes_go_with_p)
{
    make_folder("/d");
    make_file("/d/f", "x");
    set_attributes("/d/f", 04751, 3000);
    set_attributes("/d", 0750, 2000);
    BEGIN("scp -rp -f d");
    CLIENT("\0");
    SERVER("T2000 0 2001 0\n");
    CLIENT("\0");
    SERVER("D0750 0 d\n");
    CLIENT("\0");
    SERVER("T3000 0 3001 0\n");
    CLIENT("\0");
    SERVER("C4751 1 f\n");
    CLIENT("\0");
    SERVER("x\0");
    CLIENT("\0");
    SERVER("E\n");
    CLIENT("\0");
    OVER(0);
}

TEST(a_time_before_1970_goes_as_zero)
{
    make_file("/f", "");
    set_attributes("/f", 0644, -5);
    BEGIN("scp -p -f f");
    CLIENT("\0");
    SERVER("T0 0 0 0\n");
}

TEST(a_tree_goes_with_r)
{
    make_folder("/d");
    make_folder("/d/e");
    make_file("/d/e/f", "1");
    BEGIN("scp -r -f d/");
    CLIENT("\0\0\0\0\0\0\0");
    SERVER("D0755 0 d\nD0755 0 e\nC0644 1 f\n1\0E\nE\n");
    OVER(0);
}

TEST(the_root_is_called_as_the_account)
{
    make_file("/f", "1");
    BEGIN("scp -r -f .");
    CLIENT("\0\0\0\0\0");
    SERVER("D0755 0 demo\nC0644 1 f\n1\0E\n");
    OVER(0);
    BEGIN("scp -f ~");
    CLIENT("\0");
    SERVER("\1scp: /: not a regular file\n");
    OVER(1);
}

TEST(a_folder_needs_r)
{
    make_folder("/d");
    make_file("/f", "1");
    BEGIN("scp -f d f");
    CLIENT("\0\0\0");
    SERVER("\1scp: /d: not a regular file\nC0644 1 f\n1\0");
    OVER(1);
}

TEST(what_is_not_there_is_said_and_the_rest_goes)
{
    make_file("/f", "1");
    BEGIN("scp -f none d/none f");
    CLIENT("\0\0\0");
    SERVER("\1scp: /none: No such file or directory\n"
           "\1scp: /d/none: No such file or directory\n"
           "C0644 1 f\n1\0");
    OVER(1);
}

TEST(wildcards_are_expanded)
{
    make_folder("/in");
    make_file("/in/a.txt", "1");
    make_file("/in/b.dat", "2");
    make_file("/in/.h.txt", "3");
    BEGIN("scp -f in/*.txt");
    CLIENT("\0\0\0");
    SERVER("C0644 1 a.txt\n1\0");
    OVER(0);
    BEGIN("scp -f ~/i?/[a]*");
    CLIENT("\0\0\0");
    SERVER("C0644 1 a.txt\n1\0");
    OVER(0);
    BEGIN("scp -f /in/.*");
    CLIENT("\0\0\0");
    SERVER("C0644 1 .h.txt\n3\0");
    OVER(0);
    BEGIN("scp -f */b.dat");
    CLIENT("\0\0\0");
    SERVER("C0644 1 b.dat\n2\0");
    OVER(0);
    BEGIN("scp -f ./*/./[!a]*");
    CLIENT("\0\0\0");
    SERVER("C0644 1 b.dat\n2\0");
    OVER(0);
}

TEST(every_match_goes)
{
    make_folder("/in");
    make_file("/in/a", "1");
    make_file("/in/b", "1");
    make_file("/in/c", "1");
    BEGIN("scp -f in/*");
    CLIENT("\0\0\0\0\0\0\0");
    SERVER("C0644 1 a\n1\0C0644 1 b\n1\0C0644 1 c\n1\0");
    OVER(0);
}

TEST(a_wildcard_in_the_middle_passes_over_what_has_no_such_file)
{
    make_folder("/a");
    make_folder("/b");
    make_file("/b/f", "1");
    make_file("/c", "2");
    BEGIN("scp -f */f");
    CLIENT("\0\0\0");
    SERVER("C0644 1 f\n1\0");
    OVER(0);
    BEGIN("scp -r -f [bc]/");
    CLIENT("\0\0\0\0\0");
    SERVER("D0755 0 b\nC0644 1 f\n1\0E\n");
    OVER(0);
}

TEST(what_nothing_matches_stands_for_itself)
{
    make_file("/[x]", "1");
    BEGIN("scp -f [x]");
    CLIENT("\0\0\0");
    SERVER("C0644 1 [x]\n1\0");
    OVER(0);
    BEGIN("scp -f *.none none/* */../x");
    CLIENT("\0");
    SERVER("\1scp: /*.none: No such file or directory\n"
           "\1scp: /none/*: No such file or directory\n"
           "\1scp: /x: No such file or directory\n");
    OVER(1);
}

TEST(a_quoted_wildcard_is_a_name)
{
    make_file("/*", "1");
    make_file("/a", "2");
    BEGIN("scp -f '*'");
    CLIENT("\0\0\0");
    SERVER("C0644 1 *\n1\0");
    OVER(0);
    BEGIN("scp -f \\*");
    CLIENT("\0\0\0");
    SERVER("C0644 1 *\n1\0");
    OVER(0);
}

TEST(a_slash_behind_a_name_means_a_folder)
{
    make_file("/f", "1");
    BEGIN("scp -r -f f/ */");
    CLIENT("\0");
    SERVER("\1scp: /f: Not a directory\n\1scp: /*: No such file or "
           "directory\n");
    OVER(1);
}

TEST(no_way_leads_above_the_root)
{
    make_file("/f", "1");
    BEGIN("scp -f ../../f");
    CLIENT("\0\0\0");
    SERVER("C0644 1 f\n1\0");
    OVER(0);
    BEGIN("scp -f d/../f/.");
    CLIENT("\0\0\0");
    SERVER("C0644 1 f\n1\0");
}

TEST(a_name_with_a_line_break_cannot_be_sent)
{
    make_folder("/d");
    make_file("/d/a\nb", "1");
    BEGIN("scp -r -f d");
    CLIENT("\0\0\0");
    SERVER("D0755 0 d\n"
           "\1scp: /d/a?b: a name with a line break cannot be sent\n"
           "E\n");
    OVER(1);
}

TEST(hostile_names_are_names)
{
    make_file("/$(id);`x`", "1");
    BEGIN("scp -f $(id);`x`");
    CLIENT("\0\0\0");
    SERVER("C0644 1 $(id);`x`\n1\0");
    OVER(0);
}

TEST(links_are_followed)
{
    make_folder("/d");
    make_file("/d/f", "1");
    make_link("d", "/l");
    make_link("d/f", "/m");
    BEGIN("scp -r -f l m");
    CLIENT("\0\0\0\0\0\0\0");
    SERVER("D0755 0 l\nC0644 1 f\n1\0E\nC0644 1 m\n1\0");
    OVER(0);
}

TEST(a_link_that_leads_nowhere_is_said)
{
    make_folder("/d");
    make_link("none", "/d/l");
    make_link("loop", "/d/loop");
    BEGIN("scp -r -f d/l d/loop");
    CLIENT("\0");
    SERVER("\1scp: /d/l: No such file or directory\n"
           "\1scp: /d/loop: No such file or directory\n");
    OVER(1);
}

TEST(a_folder_inside_itself_is_sent_once)
{
    make_folder("/d");
    make_link("/d", "/d/l");
    set_attributes("/d", 0755, 2000);
    BEGIN("scp -r -f d");
    CLIENT("\0\0\0");
    SERVER("D0755 0 d\n\1scp: /d/l: a link that leads to a folder above it\n"
           "E\n");
    OVER(1);
}

TEST(folders_inside_each_other_have_a_limit)
{
    AUTO(buffer_done) struct buffer path = BUFFER(1024);
    AUTO(buffer_done) struct buffer all = BUFFER(8192);

    for (int i = 0; i <= SCP_DEPTH; i++) {
        EXPECT_OK(buffer_add(&path, STR("/d")));
        make_folder(buffer_text(&path));
    }
    BEGIN("scp -r -f d");
    for (int i = 0; i < SCP_DEPTH; i++) {
        CLIENT("\0");
        EXPECT_OK(buffer_add(&all, STR("D0755 0 d\n")));
    }
    scp_server(buffer_str(&all), __FILE__, __LINE__);
    CLIENT("\0");
    buffer_clear(&all);
    EXPECT_OK(buffer_addf(&all,
                          "\1scp: %s: too many folders inside each "
                          "other\nE\n",
                          buffer_text(&path)));
    scp_server(buffer_str(&all), __FILE__, __LINE__);
}

TEST(what_the_client_refuses_is_passed_over)
{
    make_folder("/d");
    make_file("/d/f", "1");
    make_file("/g", "2");
    IN_ANY_PIECES({
        BEGIN("scp -r -f d g g");
        CLIENT("\0");
        SERVER("D0755 0 d\n");
        CLIENT("\1scp: no room for it\n");
        SERVER("C0644 1 g\n");
        CLIENT("\1no\n");
        SERVER("C0644 1 g\n");
        CLIENT("\0");
        SERVER("2\0");
        CLIENT("\1could not write\n");
        OVER(1);
    })
    BEGIN("scp -p -f g");
    CLIENT("\0");
    SERVER("T1000 0 1001 0\n");
    CLIENT("\1no times\n");
    SERVER("");
    OVER(1);
}

TEST(a_fatal_answer_is_the_end)
{
    make_file("/f", "1");
    make_file("/g", "1");
    IN_ANY_PIECES({
        BEGIN("scp -f f g");
        CLIENT("\0");
        SERVER("C0644 1 f\n");
        CLIENT("\2goodbye\n");
        SERVER("");
        OVER(1);
    })
}

TEST(what_is_no_answer_ends_the_dialogue)
{
    make_file("/f", "1");
    BEGIN("scp -f f");
    CLIENT("\0");
    SERVER("C0644 1 f\n");
    CLIENT_BREAKS("C0644");
    SERVER("\2scp: protocol error: expected an answer\n");
    OVER(1);
}

TEST(a_client_that_ends_in_the_middle_has_failed)
{
    make_file("/f", "1");
    BEGIN("scp -f f");
    scp_client_ends();
    OVER(1);
    BEGIN("scp -f f");
    CLIENT("\0\0");
    scp_client_ends();
    SERVER("C0644 1 f\n1\0");
    OVER(1);
}

/* More than the output holds. */
static void
make_big(size_t size)
{
    char *text = malloc(size + 1);

    EXPECT(text != NULL);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)('a' + i % 23);
    text[size] = '\0';
    make_file("/big", text);
    free(text);
}

TEST(a_big_file_comes_as_fast_as_it_is_taken)
{
    enum { SIZE = 1 << 20 };
    struct scp_options options = { .files = scp_files() };
    struct engine *e;
    size_t taken, total = 0;
    struct str header = STR("C0644 1048576 big\n");

    make_big(SIZE);
    EXPECT_OK(scp_new(&options, STR("scp -f big"), &e));
    EXPECT_OK(e->ops->input(e, STR("\0\0"), &taken));
    struct buffer *output = e->ops->output(e);
    EXPECT(str_starts(buffer_str(output), header));
    buffer_take(output, header.len);
    while (buffer_len(output) > 0) {
        struct str some = buffer_str(output);
        EXPECT(some.len <= SCP_OUTPUT_MOST + SCP_OUTPUT_HIGH);
        some.len = some.len < 50000 ? some.len : 50000;
        for (size_t i = 0; i < some.len && total + i < SIZE; i++)
            EXPECT(some.data[i] == (char)('a' + (total + i) % 23));
        total += some.len;
        buffer_take(output, some.len);
        EXPECT_OK(e->ops->produce(e));
    }
    EXPECT(total == SIZE + 1);
    e->ops->free(e);
}

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

TEST(a_file_that_cannot_be_read_on_is_filled_up_and_said_to_be_broken)
{
    struct fault fault = { "vfs_read", ERR_IO, 0 };
    struct vfs *place, *faulty;

    EXPECT_OK(vfs_in_memory(&place));
    EXPECT_OK(vfs_with_faults(place, fault_of, &fault, &faulty));
    scp_use(faulty);
    BEGIN("scp -t f");
    CLIENT("C0644 3 f\nabc\0");
    BEGIN("scp -f f f");
    CLIENT("\0\0");
    SERVER("C0644 3 f\n\0\0\0\1scp: /f: Input/output error\n");
    fault.after = 1000;
    CLIENT("\0\0\0");
    SERVER("C0644 3 f\nabc\0");
    OVER(1);
    scp_cut();
    vfs_free(&faulty);
}

TEST(a_file_that_becomes_shorter_is_filled_up_and_said_to_be_broken)
{
    make_file("/f", "abcdef");
    BEGIN("scp -f f");
    CLIENT("\0");
    SERVER("C0644 6 f\n");
    make_file("/f", "ab");
    CLIENT("\0");
    SERVER("ab\0\0\0\0\1scp: /f: Input/output error\n");
    CLIENT("\0");
    OVER(1);
}

TEST(a_file_that_grows_is_sent_as_it_was_long)
{
    make_file("/f", "ab");
    BEGIN("scp -f f");
    CLIENT("\0");
    SERVER("C0644 2 f\n");
    make_file("/f", "abcdef");
    CLIENT("\0\0");
    SERVER("ab\0");
    OVER(0);
}

TEST(a_listing_that_breaks_is_said_and_the_tree_goes_on)
{
    struct fault fault = { "vfs_folder_next", ERR_IO, 0 };
    static const struct vfs_attributes none = { 0 };
    struct vfs *place, *faulty;

    EXPECT_OK(vfs_in_memory(&place));
    EXPECT_OK(vfs_make_folder(place, STR("/d"), &none));
    EXPECT_OK(vfs_with_faults(place, fault_of, &fault, &faulty));
    scp_use(faulty);
    BEGIN("scp -r -f d");
    CLIENT("\0\0\0");
    SERVER("D0755 0 d\n\1scp: /d: Input/output error\nE\n");
    OVER(1);
    fault = (struct fault){ "vfs_list", ERR_DENIED, 0 };
    BEGIN("scp -r -f d");
    CLIENT("\0\0\0");
    SERVER("\1scp: /d: Permission denied\n");
    OVER(1);
    scp_cut();
    vfs_free(&faulty);
}

TEST(a_channel_that_breaks_closes_what_is_open)
{
    make_folder("/d");
    make_file("/d/f", "1");
    BEGIN("scp -r -f d");
    CLIENT("\0");
    scp_cut(); /* a folder was offered; leaks are found by the sanitizer */
    BEGIN("scp -r -f d");
    CLIENT("\0\0");
    scp_cut(); /* a file was */
}
