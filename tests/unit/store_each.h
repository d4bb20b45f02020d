/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_each.h - tests that run once for each driver of the store.
 */
#pragma once

#include "store/store.h"
#include "test.h"

/* Open during each STORE_TEST, and closed behind it. */
extern struct store *store;
extern struct clock *the_clock; /* settable */

void open_in_memory(void);
void open_in_sqlite(void);

#define STORE_TEST(name)                                                       \
    static void name(void);                                                    \
    static void name##_in_memory(void)                                         \
    {                                                                          \
        open_in_memory();                                                      \
        name();                                                                \
    }                                                                          \
    static void name##_in_sqlite(void)                                         \
    {                                                                          \
        open_in_sqlite();                                                      \
        name();                                                                \
    }                                                                          \
    __attribute__((constructor)) static void register_##name(void)             \
    {                                                                          \
        test_register(#name "_in_memory", name##_in_memory);                   \
        test_register(#name "_in_sqlite", name##_in_sqlite);                   \
    }                                                                          \
    static void name(void)

/* A commit of one change without a lease. */
enum status change(enum store_kind kind, const char *key, const char *value,
                   uint64_t expected);

/* These have to succeed. */
uint64_t put(const char *key, const char *value, uint64_t lease);
void delete_key(const char *key);
struct store_entry look(const char *key);
bool has(const char *key);
bool holds(const char *key, const char *value);
uint64_t grant(int64_t ttl_ms);
