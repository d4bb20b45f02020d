/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - runs a fuzz target once over every file of its corpus.
 *
 *   NAME_replay FOLDER…
 *
 * The corpus holds the inputs that reached new code and those that once broke
 * something, so replaying it is the regression test, with any compiler. Each
 * file is a test of its own; with CONVOY_TEST_TALLY set, "passed failed" is
 * appended to that file. An input that breaks the target ends the process
 * (sanitizer, assert), and the last name printed is the one that did it.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 16 << 20 };

/* The bytes in a block of exactly their size, so that ASan sees the end. */
static uint8_t *
read_input(const char *path, size_t *size_out)
{
    FILE *file = fopen(path, "rb");
    uint8_t *all = malloc(MOST_BYTES);
    uint8_t *exact = NULL;

    if (file != NULL && all != NULL) {
        *size_out = fread(all, 1, MOST_BYTES, file);
        exact = ferror(file) ? NULL : malloc(*size_out + (*size_out == 0));
    }
    if (exact != NULL)
        memcpy(exact, all, *size_out);
    free(all);
    if (file != NULL)
        fclose(file);
    return exact;
}

static int
replay_file(const char *path)
{
    size_t size = 0;
    uint8_t *input = read_input(path, &size);

    if (input == NULL) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return -1;
    }
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(input, size);
    free(input);
    return 0;
}

static int
is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Counts in *passed and *failed; an empty folder is a failure. */
static void
replay_folder(const char *folder, int *passed, int *failed)
{
    struct dirent **names = NULL;
    int count = scandir(folder, &names, is_input, alphasort);

    if (count <= 0) {
        fprintf(stderr, "%s: no corpus\n", folder);
        ++*failed;
    }
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        ++*(replay_file(path) == 0 ? passed : failed);
        free(names[i]);
    }
    free((void *)names);
}

int
main(int argc, char **argv)
{
    const char *tally_path = getenv("CONVOY_TEST_TALLY");
    int passed = 0;
    int failed = 0;

    for (int i = 1; i < argc; i++)
        replay_folder(argv[i], &passed, &failed);
    printf("%d passed, %d failed\n", passed, failed);
    FILE *tally = tally_path != NULL ? fopen(tally_path, "a") : NULL;
    if (tally != NULL) {
        fprintf(tally, "%d %d\n", passed, failed);
        fclose(tally);
    }
    return passed > 0 && failed == 0 ? 0 : 1;
}
