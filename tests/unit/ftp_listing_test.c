/* SPDX-License-Identifier: Apache-2.0 */
/* ftp_listing_test.c - entries of folders as FTP shows them. */
#include "test.h"

#include "ftp/listing.h"

#include <sys/stat.h>

static struct buffer out;

SETUP()
{
    out = BUFFER(65536);
}

TEARDOWN()
{
    buffer_done(&out);
}

static struct vfs_entry
entry(uint32_t mode)
{
    return (struct vfs_entry){
        .name = STR("a b"),
        .attributes = { .mode = mode,
                        .size = 12,
                        .gid = 6,
                        .links = 1,
                        .device = 16,
                        .inode = 255,
                        .created_ns = 951782401000000000,
                        .mtime_ns = 951782400000000000 },
    };
}

static const struct ftp_may everything = { true, true, true, true,
                                           true, true, true, true };
static const struct ftp_may nothing = { 0 };

TEST(a_file_has_the_facts_of_rfc_3659)
{
    struct vfs_entry e = entry(S_IFREG | 0640);

    EXPECT_OK(ftp_facts(&e, FACT_ALL, ENTRY_PLAIN, &everything, e.name, &out));
    EXPECT_TEXT(buffer_text(&out),
                "Type=file;Size=12;Modify=20000229000000;"
                "Create=20000229000001;Perm=adfrw;Unique=10gff;UNIX.mode=0640;"
                " a b");
}

TEST(a_folder_says_what_kind_it_is_and_has_no_size)
{
    struct vfs_entry e = entry(S_IFDIR | 0755);

    EXPECT_OK(ftp_facts(&e, FACT_TYPE | FACT_SIZE | FACT_PERM, ENTRY_CURRENT,
                        &everything, STR("/x"), &out));
    EXPECT_TEXT(buffer_text(&out), "Type=cdir;Perm=cdeflmp; /x");
}

TEST(what_is_not_known_is_not_made_up)
{
    struct vfs_entry e = entry(S_IFREG | 0644);

    e.attributes.created_ns = 0;
    EXPECT_OK(ftp_facts(&e, FACT_CREATE | FACT_SIZE, ENTRY_PLAIN, &nothing,
                        e.name, &out));
    EXPECT_TEXT(buffer_text(&out), "Size=12; a b");
}

TEST(who_may_nothing_is_told_so)
{
    struct vfs_entry e = entry(S_IFREG | 0644);

    EXPECT_OK(ftp_facts(&e, FACT_PERM, ENTRY_PLAIN, &nothing, e.name, &out));
    EXPECT_TEXT(buffer_text(&out), "Perm=; a b");
}

TEST(opts_mlst_chooses_facts_and_feat_shows_the_choice)
{
    unsigned chosen = ftp_facts_parse(STR("size;TYPE;unknown;unix.mode;"));

    EXPECT(chosen == (FACT_SIZE | FACT_TYPE | FACT_UNIX_MODE));
    EXPECT(ftp_facts_parse(STR("")) == 0);
    EXPECT_OK(ftp_facts_names(chosen, &out));
    EXPECT_TEXT(buffer_text(&out),
                "Type*;Size*;Modify;Create;Perm;Unique;UNIX.mode*;");
}

TEST(a_name_with_a_lines_end_is_one_entry)
{
    struct vfs_entry e = entry(S_IFREG | 0644);

    e.name = STR("a\r\nb");
    EXPECT_OK(ftp_list_line(&e, "anna", STR_NONE, 0, &out));
    EXPECT_TEXT(buffer_text(&out), "-rw-r--r--   1 anna     6              12 "
                                   "Feb 29  2000 a??b\r\n");
    buffer_clear(&out);
    EXPECT_OK(ftp_facts(&e, FACT_SIZE, ENTRY_PLAIN, &nothing, e.name, &out));
    EXPECT_TEXT(buffer_text(&out), "Size=12; a??b");
}

TEST(a_link_shows_where_it_leads)
{
    struct vfs_entry e = entry(S_IFLNK | 0777);

    EXPECT_OK(ftp_list_line(&e, "anna", STR("../x\n"), 0, &out));
    EXPECT_TEXT(buffer_text(&out), "lrwxrwxrwx   1 anna     6              12 "
                                   "Feb 29  2000 a b -> ../x?\r\n");
}

TEST(options_stand_before_the_path)
{
    static const struct {
        const char *said;
        bool has_dots, is_itself;
        const char *path;
    } cases[] = {
        { "", false, false, "" },
        { "a b", false, false, "a b" },
        { "-a", true, false, "" },
        { "-la x", true, false, "x" },
        { "-l -d x y", false, true, "x y" },
        { "-1R /d", false, false, "/d" },
        { "./-a", false, false, "./-a" },
        { "-", false, false, "-" },
        { "-l -", false, false, "-" },
        { "-ad ", true, true, "" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ftp_list_request is = ftp_list_arguments(str_of(cases[i].said));

        EXPECT(is.has_dots == cases[i].has_dots);
        EXPECT(is.is_itself == cases[i].is_itself);
        EXPECT(str_is(is.path, cases[i].path));
    }
}

TEST(names_are_lines_that_begin_as_they_were_asked_for)
{
    EXPECT_OK(ftp_name_line(STR("d/"), STR("a\nb"), &out));
    EXPECT_OK(ftp_name_line(STR_NONE, STR("\xc3\xa4"), &out));
    EXPECT_TEXT(buffer_text(&out), "d/a?b\r\n\xc3\xa4\r\n");
}
