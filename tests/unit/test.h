/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test.h - tests named by the sentence they prove.
 *
 *   TEST(an_empty_file_is_published_at_open)
 *   {
 *       EXPECT(vfs_stat(files, STR("/new"), 0, &it) == OK);
 *   }
 *
 * Tests register themselves and run under cmocka, in the order of the file; the
 * run prints each sentence. SETUP and TEARDOWN, when a file has them, run
 * around each of its tests.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#undef fail /* ours is in base/status.h */

#include <string.h>

void test_register(const char *name, void (*run)(void));
void test_register_setup(void (*run)(void));
void test_register_teardown(void (*run)(void));

#define TEST(name)                                                             \
    static void name(void);                                                    \
    __attribute__((constructor)) static void register_##name(void)             \
    {                                                                          \
        test_register(#name, name);                                            \
    }                                                                          \
    static void name(void)

#define SETUP()                                                                \
    static void test_setup_(void);                                             \
    __attribute__((constructor)) static void register_setup_(void)             \
    {                                                                          \
        test_register_setup(test_setup_);                                      \
    }                                                                          \
    static void test_setup_(void)

#define TEARDOWN()                                                             \
    static void test_teardown_(void);                                          \
    __attribute__((constructor)) static void register_teardown_(void)          \
    {                                                                          \
        test_register_teardown(test_teardown_);                                \
    }                                                                          \
    static void test_teardown_(void)

#define EXPECT(condition)                                                      \
    _assert_true((condition), #condition, __FILE__, __LINE__)

/* The call has this status; on a surprise the reason is printed. */
#define EXPECT_STATUS(call, status)                                            \
    test_expect_status((int)(call), (int)(status), #call, __FILE__, __LINE__)
#define EXPECT_OK(call) EXPECT_STATUS(call, 0)

/* Two C strings are the same. */
#define EXPECT_TEXT(text, expected)                                            \
    _assert_string_equal((text), (expected), __FILE__, __LINE__)

void test_expect_status(int got, int expected, const char *call,
                        const char *file, int line);

/* A fresh folder for this test on a real disk, removed behind the test. */
const char *test_folder(void);
