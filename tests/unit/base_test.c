/* SPDX-License-Identifier: Apache-2.0 */
/* base_test.c - what C lacks. */
#include "test.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/machine.h"
#include "base/random.h"
#include "base/wire.h"

TEST(a_buffer_grows_up_to_its_limit_and_not_a_byte_further)
{
    struct buffer b = BUFFER(1000);

    for (int i = 0; i < 100; i++)
        EXPECT_OK(buffer_add(&b, STR("0123456789")));
    EXPECT(buffer_len(&b) == 1000);
    EXPECT_STATUS(buffer_add(&b, STR("x")), ERR_LIMIT);
    EXPECT(buffer_len(&b) == 1000);
    buffer_take(&b, 10);
    EXPECT_OK(buffer_add(&b, STR("0123456789")));
    EXPECT(str_starts(buffer_str(&b), STR("01234567890123456789")));
    EXPECT(strlen(buffer_text(&b)) == 1000);
    buffer_done(&b);
}

TEST(a_buffer_keeps_its_bytes_when_it_moves_them)
{
    struct buffer b = BUFFER(4096);

    for (int i = 0; i < 5000; i++) {
        EXPECT_OK(buffer_addf(&b, "%04d", i));
        if (buffer_len(&b) > 400)
            buffer_take(&b, 4);
    }
    EXPECT(str_starts(buffer_str(&b), STR("4900")));
    buffer_done(&b);
}

TEST(a_reader_that_came_to_its_end_gives_nothing_more)
{
    struct reader r = reader_of(STR("\0\0\0\5hello\1\0\0\0\377"));

    EXPECT(str_is(read_string(&r), "hello"));
    EXPECT(read_u8(&r) == 1);
    EXPECT(read_string(&r).len == 0);
    EXPECT(reader_is_broken(&r));
    EXPECT(read_u8(&r) == 0);
}

TEST(numbers_come_back_as_they_were_written)
{
    struct buffer b = BUFFER(64);

    EXPECT_OK(add_u8(&b, 200));
    EXPECT_OK(add_u32(&b, 0xdeadbeef));
    EXPECT_OK(add_u64(&b, UINT64_C(0x0123456789abcdef)));
    EXPECT_OK(add_string(&b, STR("a\0b")));
    struct reader r = reader_of(buffer_str(&b));
    EXPECT(read_u8(&r) == 200);
    EXPECT(read_u32(&r) == 0xdeadbeef);
    EXPECT(read_u64(&r) == UINT64_C(0x0123456789abcdef));
    EXPECT(read_string(&r).len == 3);
    EXPECT(!reader_is_broken(&r) && r.rest.len == 0);
    buffer_done(&b);
}

TEST(decimal_numbers_are_checked_against_their_largest)
{
    uint64_t number = 7;

    EXPECT(str_to_number(STR("65535"), 65535, &number) && number == 65535);
    EXPECT(!str_to_number(STR("65536"), 65535, &number));
    EXPECT(!str_to_number(STR("9"), 5, &number));
    EXPECT(!str_to_number(STR("99999999999999999999999"), UINT64_MAX, &number));
    EXPECT(str_to_number(STR("18446744073709551615"), UINT64_MAX, &number));
    EXPECT(!str_to_number(STR(""), 5, &number));
    EXPECT(!str_to_number(STR("1 "), 5, &number));
}

TEST(dates_are_read_as_iso_8601_has_them)
{
    int64_t at;

    EXPECT(clock_parse("1970-01-02", &at) && at == 86400000);
    EXPECT(clock_parse("1970-01-01T00:00:01Z", &at) && at == 1000);
    EXPECT(clock_parse("1970-01-01 02:00:00+02:00", &at) && at == 0);
    EXPECT(!clock_parse("yesterday", &at));
    EXPECT(!clock_parse("1970-01-01T25:00:00", &at));
}

TEST(a_settable_clock_stands_still_until_it_is_moved)
{
    struct clock *clock = clock_settable(5000);
    char text[CLOCK_TEXT];
    int64_t before = clock_now_ms(clock);

    EXPECT(clock_wall_ms(clock) == 5000);
    clock_sleep_until(clock, before + 1500);
    EXPECT(clock_wall_ms(clock) == 6500);
    clock_format(clock_wall_ms(clock), text);
    EXPECT_TEXT(text, "1970-01-01T00:00:06.500Z");
    clock_free(&clock);
}

TEST(a_machine_moves_along_its_rows)
{
    static const struct machine_move moves[] = { { 0, 1, "it began" },
                                                 { 1, 2, "it ended" } };
    struct machine machine = { moves, 2, 0 };

    EXPECT_TEXT(machine_move(&machine, 1), "it began");
    EXPECT_TEXT(machine_move(&machine, 2), "it ended");
}

TEST(uuids_and_passwords_have_their_form)
{
    char uuid[UUID_TEXT];
    char password[21];

    random_uuid(uuid);
    EXPECT(strlen(uuid) == 36 && uuid[14] == '4');
    random_password(password, 20);
    EXPECT(strlen(password) == 20);
}
