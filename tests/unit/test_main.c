/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_main.c - runs the tests that registered themselves.
 *
 * With CONVOY_TEST_TALLY set, "passed failed" is appended to that file, so
 * that ./dev test can add everything up. An argument runs only the tests
 * whose name contains it.
 */
#include "test.h"

#include "base/status.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_TESTS = 400 };

static struct CMUnitTest tests[MOST_TESTS];
static size_t test_count;
static void (*setup)(void);
static void (*teardown)(void);
static char folder[64];

static void
run_one(void **state)
{
    void (*const *run)(void) = *state;
    (*run)();
}

static int
before_one(void **state)
{
    (void)state;
    if (setup != NULL)
        setup();
    return 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
    (void)st, (void)kind, (void)walk;
    return remove(path);
}

static int
after_one(void **state)
{
    (void)state;
    if (teardown != NULL)
        teardown();
    if (folder[0] != '\0')
        nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    folder[0] = '\0';
    return 0;
}

void
test_register(const char *name, void (*run)(void))
{
    void (**kept)(void) = malloc(sizeof *kept);

    if (kept == NULL || test_count == MOST_TESTS)
        abort();
    *kept = run;
    tests[test_count++] = (struct CMUnitTest){
        .name = name,
        .test_func = run_one,
        .setup_func = before_one,
        .teardown_func = after_one,
        .initial_state = kept,
    };
}

void
test_register_setup(void (*run)(void))
{
    setup = run;
}

void
test_register_teardown(void (*run)(void))
{
    teardown = run;
}

void
test_expect_status(int got, int expected, const char *call, const char *file,
                   int line)
{
    if (got == expected)
        return;
    print_error("%s:%d: %s is '%s' (%s), not '%s'\n", file, line, call,
                status_name((enum status)got), fail_reason(),
                status_name((enum status)expected));
    _fail(file, line);
}

const char *
test_folder(void)
{
    const char *base = getenv("CONVOY_TEST_FOLDER");

    if (folder[0] == '\0') {
        snprintf(folder, sizeof folder, "%s/convoy-test-XXXXXX",
                 base != NULL && strlen(base) < 40 ? base : "/var/tmp");
        if (mkdtemp(folder) == NULL)
            abort();
    }
    return folder;
}

static void
add_to_tally(size_t passed, int failed)
{
    const char *path = getenv("CONVOY_TEST_TALLY");
    FILE *tally = path != NULL ? fopen(path, "a") : NULL;

    if (tally == NULL)
        return;
    fprintf(tally, "%zu %d\n", passed, failed);
    fclose(tally);
}

int
main(int argc, char **argv)
{
    size_t chosen = 0;

    for (size_t i = 0; i < test_count; i++)
        if (argc < 2 || strstr(tests[i].name, argv[1]) != NULL)
            tests[chosen++] = tests[i];
    int failed = _cmocka_run_group_tests(argv[0], tests, chosen, NULL, NULL);
    add_to_tally(chosen - (size_t)failed, failed);
    return failed == 0 ? 0 : 1;
}
