/* SPDX-License-Identifier: Apache-2.0 */
/* proxy_header_test.c - PROXY headers, byte by byte. */
#include "test.h"

#include "net/proxy_header.h"

#include <stdio.h>

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V4_PAIR                                                                \
    "\xC0\x00\x02\x01"                                                         \
    "\xC6\x33\x64\x02"                                                         \
    "\x12\x34"                                                                 \
    "\x00\x16"

static struct proxy_header header;
static size_t used;

static enum status
parse(struct str bytes)
{
    return proxy_header_parse(bytes, &header, &used);
}

/* It is taken with `tail` behind it, which is not looked at, and at none of
 * its bytes before the last it is said to be whole or bad. */
static void
expect_taken(struct str bytes)
{
    char with_tail[PROXY_HEADER + 16];

    for (size_t len = 0; len < bytes.len; len++) {
        EXPECT_OK(parse(str_from(bytes.data, len)));
        EXPECT(used == 0);
    }
    memcpy(with_tail, bytes.data, bytes.len);
    memcpy(with_tail + bytes.len, "PROXY SSH-2.0-x\n", 16);
    EXPECT_OK(parse(str_from(with_tail, bytes.len + 16)));
    EXPECT(used == bytes.len);
    EXPECT_OK(parse(bytes));
    EXPECT(used == bytes.len);
}

static void
expect_bad(struct str bytes)
{
    EXPECT_STATUS(parse(bytes), ERR_INVALID);
    EXPECT(used == 0);
}

TEST(version_1_tells_ipv4)
{
    expect_taken(STR("PROXY TCP4 192.0.2.1 198.51.100.2 4660 22\r\n"));
    EXPECT(!header.is_local);
    EXPECT_TEXT(header.address, "192.0.2.1");
    EXPECT(header.port == 4660);
    EXPECT_TEXT(header.own_address, "198.51.100.2");
    EXPECT(header.own_port == 22);
    EXPECT_TEXT(header.unique_id, "");
}

TEST(version_1_tells_ipv6)
{
    expect_taken(STR("PROXY TCP6 2001:DB8::1 ::1 65535 0\r\n"));
    EXPECT_TEXT(header.address, "2001:db8::1");
    EXPECT(header.port == 65535);
    EXPECT_TEXT(header.own_address, "::1");
    EXPECT(header.own_port == 0);
}

TEST(ipv4_inside_ipv6_is_told_as_ipv4)
{
    expect_taken(STR("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n"));
    EXPECT_TEXT(header.address, "192.0.2.1");
}

TEST(version_1_may_not_know)
{
    expect_taken(STR("PROXY UNKNOWN\r\n"));
    EXPECT_TEXT(header.address, "");
    expect_taken(STR("PROXY UNKNOWN ffff:f...f:ffff whatever 65535\r\n"));
    EXPECT_TEXT(header.address, "");
    EXPECT(!header.is_local);
}

TEST(the_longest_of_version_1_is_taken_and_one_more_byte_is_not)
{
    char line[160];

    memset(line, 'f', sizeof line);
    memcpy(line, "PROXY UNKNOWN ", 14);
    line[105] = '\r', line[106] = '\n';
    expect_taken(str_from(line, 107));
    line[105] = 'f', line[106] = '\r', line[107] = '\n';
    EXPECT(parse(str_from(line, 108)) == ERR_LIMIT);
    EXPECT(parse(str_from(line, 107)) == ERR_LIMIT);
    EXPECT_OK(parse(str_from(line, 106)));
}

TEST(version_1_is_read_strictly)
{
    static const char *const bad[] = {
        "PROXY\tTCP4 192.0.2.1 198.51.100.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 2\n",
        "PROXY \n",
        "PROXY \r\n",
        "PROXY TCP4\r\n",
        "PROXY TCP5 192.0.2.1 198.51.100.2 1 2\r\n",
        "PROXY tcp4 192.0.2.1 198.51.100.2 1 2\r\n",
        "PROXY UNKNOWNS\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 2 3\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 2 \r\n",
        "PROXY TCP4  192.0.2.1 198.51.100.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 01 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 65536 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 -1 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 +1 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 \r\n",
        "PROXY TCP4 192.0.2 198.51.100.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1.1 198.51.100.2 1 2\r\n",
        "PROXY TCP4 192.0.2.256 198.51.100.2 1 2\r\n",
        "PROXY TCP4 2001:db8::1 ::1 1 2\r\n",
        "PROXY TCP6 192.0.2.1 198.51.100.2 1 2\r\n",
        "PROXY TCP6 :::1 ::1 1 2\r\n",
        "PROXY TCP6 fe80::1%lo ::1 1 2\r\n",
        "PROXY TCP4 localhost 198.51.100.2 1 2\r\n",
        "proxy TCP4 192.0.2.1 198.51.100.2 1 2\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        " PROXY TCP4 192.0.2.1 198.51.100.2 1 2\r\n",
        "\r\nPROXY UNKNOWN\r\n",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_bad(str_of(bad[i]));
    expect_bad(STR("PROXY TCP4 192.0.2.1\0 198.51.100.2 1 2\r\n"));
    expect_bad(STR("PROXY TCP4 192.0.2.1 198.51.100.2 1\0 2\r\n"));
}

TEST(what_is_no_header_is_known_by_its_first_byte)
{
    expect_bad(STR("S"));
    expect_bad(STR("\n"));
    expect_bad(STR("PX"));
    expect_bad(STR("\r\n\r\n\r"));
    expect_bad(STR("\0"));
}

TEST(version_2_tells_ipv4)
{
    expect_taken(STR(SIGNATURE "\x21\x11\x00\x0c" V4_PAIR));
    EXPECT(!header.is_local);
    EXPECT_TEXT(header.address, "192.0.2.1");
    EXPECT(header.port == 0x1234);
    EXPECT_TEXT(header.own_address, "198.51.100.2");
    EXPECT(header.own_port == 22);
}

TEST(version_2_tells_ipv6)
{
    expect_taken(STR(SIGNATURE "\x21\x21\x00\x24"
                               "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
                               "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc6\x33\x64\x02"
                               "\xff\xff\x00\x16"));
    EXPECT_TEXT(header.address, "2001:db8::1");
    EXPECT(header.port == 65535);
    EXPECT_TEXT(header.own_address, "198.51.100.2");
}

TEST(version_2_local_is_the_balancers_own_whatever_else_it_says)
{
    expect_taken(STR(SIGNATURE "\x20\x00\x00\x00"));
    EXPECT(header.is_local);
    expect_taken(STR(SIGNATURE "\x20\x11\x00\x0c" V4_PAIR));
    EXPECT(header.is_local);
    EXPECT_TEXT(header.address, "");
    expect_taken(STR(SIGNATURE "\x20\xff\x00\x02zz"));
}

TEST(version_2_may_not_know)
{
    char local[232] = SIGNATURE "\x21\x31\x00\xd8";

    expect_taken(STR(SIGNATURE "\x21\x00\x00\x00"));
    EXPECT(!header.is_local);
    EXPECT_TEXT(header.address, "");
    expect_taken(str_from(local, sizeof local));
    EXPECT_TEXT(header.address, "");
}

TEST(version_2_is_read_strictly)
{
    expect_bad(STR(SIGNATURE "\x11\x11\x00\x0c" V4_PAIR)); /* version 1 */
    expect_bad(STR(SIGNATURE "\x22\x11\x00\x0c" V4_PAIR)); /* command 2 */
    expect_bad(STR(SIGNATURE "\x21\x12\x00\x0c" V4_PAIR)); /* UDP */
    expect_bad(STR(SIGNATURE "\x21\x10\x00\x0c" V4_PAIR));
    expect_bad(STR(SIGNATURE "\x21\x41\x00\x0c" V4_PAIR));
    expect_bad(STR(SIGNATURE "\x21\x11\x00\x0b" V4_PAIR)); /* too short */
    expect_bad(STR(SIGNATURE "\x21\x21\x00\x0c" V4_PAIR));
}

TEST(a_length_over_the_limit_is_refused_before_the_bytes_are_there)
{
    EXPECT(parse(STR(SIGNATURE "\x21\x11\x0f\xf1")) == ERR_LIMIT);
    EXPECT(parse(STR(SIGNATURE "\x20\x11\xff\xff")) == ERR_LIMIT);
    EXPECT_OK(parse(STR(SIGNATURE "\x21\x11\x0f\xf0")));
    EXPECT(used == 0);
}

TEST(a_unique_id_is_kept_when_it_is_plain_text)
{
    expect_taken(STR(SIGNATURE "\x21\x11\x00\x16" V4_PAIR "\x05\x00\x07"
                               "7F:01-a"));
    EXPECT_TEXT(header.unique_id, "7F:01-a");
    expect_taken(STR(SIGNATURE "\x21\x11\x00\x12" V4_PAIR "\x05\x00\x03"
                               "a\nb"));
    EXPECT_TEXT(header.unique_id, "");
    expect_taken(STR(SIGNATURE "\x21\x11\x00\x12" V4_PAIR "\x05\x00\x03"
                               "a\xff"
                               "b"));
    EXPECT_TEXT(header.unique_id, "");
}

TEST(a_unique_id_has_a_longest)
{
    char bytes[16 + 12 + 3 + 129] =
        SIGNATURE "\x21\x11\x00\x8f" V4_PAIR "\x05\x00\x80";

    memset(bytes + 31, 'u', 129);
    expect_taken(str_from(bytes, 31 + 128));
    EXPECT(strlen(header.unique_id) == 128);
    bytes[15] = (char)0x90, bytes[30] = (char)0x81;
    expect_taken(str_from(bytes, 31 + 129));
    EXPECT_TEXT(header.unique_id, "");
}

TEST(other_tlvs_are_passed_over)
{
    expect_taken(STR(SIGNATURE "\x21\x11\x00\x21" V4_PAIR "\x02\x00\x04host"
                               "\x20\x00\x05\x01\0\0\0\0"
                               "\x04\x00\x00"
                               "\xee\x00\x00"));
    EXPECT_TEXT(header.address, "192.0.2.1");
    expect_taken(STR(SIGNATURE "\x21\x00\x00\x05"
                               "\x05\x00\x02id"));
    EXPECT_TEXT(header.unique_id, "id");
}

TEST(a_tlv_ends_where_the_header_does)
{
    expect_bad(STR(SIGNATURE "\x21\x11\x00\x0d" V4_PAIR "\x05"));
    expect_bad(STR(SIGNATURE "\x21\x11\x00\x0e" V4_PAIR "\x05\x00"));
    expect_bad(STR(SIGNATURE "\x21\x11\x00\x0f" V4_PAIR "\x05\x00\x01"
                             "id"));
    expect_bad(STR(SIGNATURE "\x21\x11\x00\x10" V4_PAIR "\x05\x00\x02"
                             "id"));
    expect_bad(STR(SIGNATURE "\x21\x11\x00\x0f" V4_PAIR "\xee\xff\xff"));
}

/* The sum was made by another program than ours. */
#define SUMMED                                                                 \
    SIGNATURE "\x21\x11\x00\x18" V4_PAIR "\x05\x00\x02id"                      \
              "\x03\x00\x04\x3e\x6e\x83\x33"

TEST(a_checksum_is_held_against_all_of_the_header)
{
    char bytes[] = SUMMED;
    struct str whole = { bytes, sizeof bytes - 1 };

    expect_taken(whole);
    EXPECT_TEXT(header.unique_id, "id");
    for (size_t i = 16; i < whole.len; i++) {
        if (i >= 28 && i != 31 && i < whole.len - 4)
            continue; /* kinds and lengths: then it is another header */
        bytes[i] ^= 1;
        expect_bad(whole);
        bytes[i] ^= 1;
    }
    expect_taken(whole);
}

TEST(a_checksum_has_four_bytes)
{
    expect_bad(STR(SIGNATURE "\x21\x11\x00\x12" V4_PAIR "\x03\x00\x03"
                             "abc"));
    expect_bad(STR(SIGNATURE "\x21\x11\x00\x14" V4_PAIR "\x03\x00\x05"
                             "abcde"));
}
