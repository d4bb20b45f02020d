/* SPDX-License-Identifier: Apache-2.0 */
/* ftp_command_test.c - from bytes of the control connection to commands. */
#include "test.h"

#include "ftp/command.h"

#include <stdlib.h>

static struct ftp_lines lines;
static struct ftp_command command;
static bool has;

SETUP()
{
    ftp_lines_init(&lines);
}

TEARDOWN()
{
    ftp_lines_done(&lines);
}

static void
add(const char *text, size_t len)
{
    EXPECT_OK(ftp_lines_add(&lines, str_from(text, len)));
}

static void
add_text(const char *text)
{
    add(text, strlen(text));
}

static void
expect(const char *verb, const char *argument)
{
    EXPECT_OK(ftp_lines_next(&lines, &command, &has));
    EXPECT(has);
    EXPECT_TEXT(command.verb, verb);
    EXPECT(str_is(command.argument, argument));
}

static void
expect_none(void)
{
    EXPECT_OK(ftp_lines_next(&lines, &command, &has));
    EXPECT(!has);
}

TEST(a_line_is_a_verb_in_any_case_and_what_stands_behind_one_blank)
{
    add_text("USER anna\r\nretr  two blanks \r\nNoOp\r\nPwd\n");
    expect("USER", "anna");
    expect("RETR", " two blanks ");
    expect("NOOP", "");
    expect("PWD", "");
    expect_none();
}

TEST(a_line_may_come_byte_by_byte)
{
    const char text[] = "STOR a\xff\xff"
                        "b\r\n";

    for (size_t i = 0; i + 1 < sizeof text; i++) {
        expect_none();
        add(text + i, 1);
    }
    expect("STOR", "a\xff"
                   "b");
}

TEST(telnet_sequences_are_taken_out_and_an_interrupt_is_noted)
{
    add("\xff\xfd\x03NO\xff\xf1OP\r\n", 11);
    expect("NOOP", "");
    EXPECT(!lines.has_interrupt);
    add("\xff\xf4\xff\xf2"
        "ABOR\r\n",
        10);
    expect("ABOR", "");
    EXPECT(lines.has_interrupt);
}

TEST(a_carriage_return_in_a_name_has_a_nul_behind_it)
{
    add("RETR a\r\0b\r\n", 11);
    expect("RETR", "a\rb");
}

TEST(a_nul_is_none_of_a_names_bytes)
{
    add("USER a\0b\r\nNOOP\r\n", 16);
    EXPECT_STATUS(ftp_lines_next(&lines, &command, &has), ERR_INVALID);
    expect("NOOP", "");
}

TEST(what_is_no_verb_is_refused_and_the_next_line_is_read)
{
    static const char *const bad[] = { "\r\n",       " NOOP\r\n",    "NO-P\r\n",
                                       "LONGER\r\n", "\x80\x81\r\n", "1234\n" };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        add_text(bad[i]);
        EXPECT_STATUS(ftp_lines_next(&lines, &command, &has), ERR_INVALID);
        EXPECT(!has);
    }
    add_text("QUIT\r\n");
    expect("QUIT", "");
}

TEST(a_line_that_is_too_long_is_skipped_whole_and_takes_no_memory)
{
    char *part = malloc(FTP_LINE);

    memset(part, 'a', FTP_LINE);
    for (unsigned i = 0; i < 64; i++) {
        add(part, FTP_LINE);
        expect_none();
    }
    EXPECT(buffer_len(&lines.pending) == 0);
    add_text("DELE x\r\nNOOP\r\n");
    EXPECT_STATUS(ftp_lines_next(&lines, &command, &has), ERR_LIMIT);
    expect("NOOP", "");
    expect_none();
    free(part);
}

TEST(the_longest_line_is_taken)
{
    char *text = malloc(FTP_LINE + 1);

    memset(text, 'a', FTP_LINE);
    memcpy(text, "CWD ", 4);
    memcpy(text + FTP_LINE - 2, "\r\n", 2);
    add(text, FTP_LINE);
    EXPECT_OK(ftp_lines_next(&lines, &command, &has));
    EXPECT(has && command.argument.len == FTP_LINE - 6);
    memcpy(text + FTP_LINE - 2, "aa", 2);
    add(text, FTP_LINE);
    add_text("\r\n");
    EXPECT_STATUS(ftp_lines_next(&lines, &command, &has), ERR_LIMIT);
    free(text);
}

TEST(what_was_sent_behind_auth_tls_is_dropped)
{
    add_text("AUTH TLS\r\nDELE x\r\nPA");
    expect("AUTH", "TLS");
    EXPECT(ftp_lines_drop(&lines) == 10);
    expect_none();
    add_text("PBSZ 0\r\n");
    expect("PBSZ", "0");
}

TEST(the_first_line_of_an_http_request_is_known)
{
    EXPECT(ftp_looks_like_http(STR("GET / HTTP/1.1")));
    EXPECT(ftp_looks_like_http(STR("post /x HTTP/1.0")));
    EXPECT(ftp_looks_like_http(STR("Host: example.net")));
    EXPECT(!ftp_looks_like_http(STR("RETR GET /")));
    EXPECT(!ftp_looks_like_http(STR("GE")));
}
