/* SPDX-License-Identifier: Apache-2.0 */
/* ftp_arguments_test.c - what stands behind the verbs, and what is said. */
#include "test.h"

#include "ftp/arguments.h"
#include "ftp/reply.h"

TEST(port_takes_six_numbers_and_nothing_else)
{
    static const char *const bad[] = { "",
                                       "1,2,3,4,5",
                                       "1,2,3,4,5,6,7",
                                       "1,2,3,4,5,256",
                                       "1,2,3,4,-5,6",
                                       "1,2,3,4, 5,6",
                                       "1,2,3,4,5,",
                                       "1.2.3.4,5,6",
                                       "a,2,3,4,5,6" };
    struct ftp_address at;

    EXPECT_OK(ftp_parse_port(STR("192,0,2,1,4,1"), &at));
    EXPECT_TEXT(at.address, "192.0.2.1");
    EXPECT(at.port == 1025 && !at.is_ipv6);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        EXPECT_STATUS(ftp_parse_port(str_of(bad[i]), &at), ERR_INVALID);
}

TEST(eprt_takes_both_families_and_any_delimiter)
{
    static const char *const bad[] = { "",
                                       "|",
                                       "|1|",
                                       "|1|1.2.3.4|1",
                                       "|1|1.2.3.4|1||",
                                       "|1|::1|2000|",
                                       "|2|1.2.3.4|2000|",
                                       "|1|1.2.3.4|0|",
                                       "|1|1.2.3.4|65536|",
                                       "|1|1.2.3.4||",
                                       "|1|name|2000|",
                                       "1|1.2.3.4|2000|" };
    struct ftp_address at;

    EXPECT_OK(ftp_parse_eprt(STR("|1|132.235.1.2|6275|"), &at));
    EXPECT_TEXT(at.address, "132.235.1.2");
    EXPECT(at.port == 6275 && !at.is_ipv6);
    EXPECT_OK(ftp_parse_eprt(STR("!2!2001:DB8:0::1!5282!"), &at));
    EXPECT_TEXT(at.address, "2001:db8::1");
    EXPECT(at.port == 5282 && at.is_ipv6);
    EXPECT_STATUS(ftp_parse_eprt(STR("|3|1.2.3.4|2000|"), &at),
                  ERR_UNSUPPORTED);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        EXPECT_STATUS(ftp_parse_eprt(str_of(bad[i]), &at), ERR_INVALID);
}

TEST(epsv_may_name_a_family_or_all)
{
    enum ftp_family family;
    bool is_all;

    EXPECT_OK(ftp_parse_epsv(STR(""), &family, &is_all));
    EXPECT(family == FTP_ANY_FAMILY && !is_all);
    EXPECT_OK(ftp_parse_epsv(STR("2"), &family, &is_all));
    EXPECT(family == FTP_IPV6 && !is_all);
    EXPECT_OK(ftp_parse_epsv(STR("all"), &family, &is_all));
    EXPECT(is_all);
    EXPECT_STATUS(ftp_parse_epsv(STR("3"), &family, &is_all), ERR_UNSUPPORTED);
}

TEST(offsets_are_not_negative_and_fit_a_file)
{
    uint64_t n;
    uint64_t last;

    EXPECT_OK(ftp_parse_offset(STR("9223372036854775807"), &n));
    EXPECT(n == INT64_MAX);
    EXPECT_STATUS(ftp_parse_offset(STR("9223372036854775808"), &n),
                  ERR_INVALID);
    EXPECT_STATUS(ftp_parse_offset(STR("-1"), &n), ERR_INVALID);
    EXPECT_STATUS(ftp_parse_offset(STR(""), &n), ERR_INVALID);
    EXPECT_OK(ftp_parse_range(STR("10 20"), &n, &last));
    EXPECT(n == 10 && last == 20);
    EXPECT_STATUS(ftp_parse_range(STR("10"), &n, &last), ERR_INVALID);
    EXPECT_OK(ftp_parse_size(STR("5"), &n));
    EXPECT_OK(ftp_parse_size(STR("7 R 80"), &n));
    EXPECT(n == 7);
    EXPECT_STATUS(ftp_parse_size(STR("7 X 80"), &n), ERR_INVALID);
}

static void
expect_time(const char *text, int64_t ns, const char *left)
{
    struct str rest = str_of(text);
    int64_t got;

    EXPECT_OK(ftp_parse_time(&rest, &got));
    EXPECT(got == ns);
    EXPECT(str_is(rest, left));
}

TEST(times_are_utc_and_exist)
{
    static const char *const bad[] = {
        "",
        "2026",
        "20261123",
        "20260230000000",
        "20261301000000",
        "20261123240000",
        "20261123236000",
        "20261123230061",
        "2026112323000x",
        "20261123230000x",
        "20261123230000.",
        "+0261123230000",
        "22620411234716",
        "80000918000004.5",
    };

    expect_time("19700101000000", 0, "");
    expect_time("20000229000000 name", 951782400000000000, "name");
    expect_time("20000229000001.5  x", 951782401500000000, " x");
    expect_time("20000229000001.0000000019", 951782401000000001, "");
    expect_time("19691231235959", -1000000000, "");
    expect_time("20161231235960", 1483228799000000000, "");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct str rest = str_of(bad[i]);
        int64_t ns;

        EXPECT_STATUS(ftp_parse_time(&rest, &ns), ERR_INVALID);
    }
}

TEST(a_time_is_written_as_it_is_read)
{
    char text[FTP_TIME];

    ftp_format_time(951782401500000000, text);
    EXPECT_TEXT(text, "20000229000001");
    ftp_format_time(-1, text);
    EXPECT_TEXT(text, "19691231235959");
    ftp_format_time(INT64_MAX, text);
    EXPECT_TEXT(text, "22620411234716");
}

TEST(nobodys_file_name_is_a_reply_of_its_own)
{
    struct buffer out = BUFFER(65536);

    EXPECT_OK(ftp_reply(&out, 550, "'%s' is gone", "a\r\n226 Done\x1b[2J"));
    EXPECT_TEXT(buffer_text(&out), "550 'a??226 Done?[2J' is gone\r\n");
    buffer_clear(&out);
    EXPECT_OK(
        ftp_reply_path(&out, 257, STR("/a\"b\"\n\xff"), "is the folder."));
    EXPECT_TEXT(buffer_text(&out),
                "257 \"/a\"\"b\"\"?\xff\xff\" is the folder.\r\n");
    buffer_clear(&out);
    EXPECT_OK(ftp_reply_lines(
        &out, 211, "Features:", STR("MDTM\n211 End\r\nSIZE"), "End"));
    EXPECT_TEXT(buffer_text(&out), "211-Features:\r\n MDTM\r\n 211 End?\r\n"
                                   " SIZE\r\n211 End\r\n");
    buffer_done(&out);
}
