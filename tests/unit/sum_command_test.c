/* SPDX-License-Identifier: Apache-2.0 */
/* sum_command_test.c - `md5sum FILE` and its like. */
#include "test.h"

#include "ssh/sum_command.h"
#include "vfs/checksum.h"
#include "vfs/places.h"

#include <stdlib.h>

#define EMPTY "d41d8cd98f00b204e9800998ecf8427e"
#define ABC   "900150983cd24fb0d6963f7d28e17f72"

static struct vfs *files;
static struct engine *engine;

static void
put(const char *path, struct str content)
{
    struct vfs_open how = { .flags = VFS_WRITE | VFS_CREATE };
    struct vfs_file *file;

    EXPECT_OK(vfs_open(files, str_of(path), &how, &file));
    EXPECT_OK(vfs_write(file, 0, content));
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
}

SETUP()
{
    EXPECT_OK(vfs_in_memory(&files));
    put("/abc", STR("abc"));
}

TEARDOWN()
{
    if (engine != NULL)
        engine->ops->free(engine);
    engine = NULL;
    vfs_free(&files);
}

/* As a channel does; how often it had to go on. */
static int
run(const char *command, const char *input)
{
    struct str rest = str_of(input);
    size_t taken;
    int times = 0;
    int status;

    if (engine != NULL)
        engine->ops->free(engine);
    engine = NULL;
    EXPECT_OK(sum_command_new(files, str_of(command), &engine));
    while (!engine->ops->is_over(engine, &status)) {
        if (engine->ops->is_working(engine)) {
            EXPECT_OK(engine->ops->produce(engine));
            times++;
            continue;
        }
        EXPECT_OK(engine->ops->input(engine, rest, &taken));
        rest = str_from_offset(rest, taken);
        if (rest.len == 0)
            engine->ops->input_ended(engine);
    }
    return times;
}

static void
expect(const char *output, const char *errors, int expected)
{
    int status = -1;

    EXPECT_TEXT(buffer_text(engine->ops->output(engine)), output);
    EXPECT_TEXT(buffer_text(engine->ops->errors(engine)), errors);
    EXPECT(engine->ops->is_over(engine, &status) && status == expected);
}

TEST(a_file_has_its_line)
{
    run("md5sum /abc", "");
    expect(ABC "  /abc\n", "", 0);
    run("md5sum abc /abc ./abc", "");
    expect(ABC "  abc\n" ABC "  /abc\n" ABC "  ./abc\n", "", 0);
    run("sha1sum -b -- abc", "");
    expect("a9993e364706816aba3e25717850c26c9cd0d89d  abc\n", "", 0);
}

TEST(without_a_file_the_input_is_summed_up)
{
    run("md5sum", "");
    expect(EMPTY "  -\n", "", 0);
    run("md5sum", "abc");
    expect(ABC "  -\n", "", 0);
    run("md5sum abc - abc", "abc");
    expect(ABC "  abc\n" ABC "  -\n" ABC "  abc\n", "", 0);
}

TEST(quotes_are_undone_and_names_escaped_as_coreutils_do)
{
    static const struct {
        const char *command, *path, *line;
    } cases[] = {
        { "md5sum 'a b'", "/a b", ABC "  a b\n" },
        { "md5sum \"a b\"", "/a b", ABC "  a b\n" },
        { "md5sum a\\ b", "/a b", ABC "  a b\n" },
        { "md5sum a\\ ", "/a ", ABC "  a \n" },
        { "md5sum 'a'\"b\"c\\d", "/abcd", ABC "  abcd\n" },
        { "md5sum 'x\\y'", "/x\\y", "\\" ABC "  x\\\\y\n" },
        { "md5sum x\\\\y", "/x\\y", "\\" ABC "  x\\\\y\n" },
        { "md5sum \"x\\\\y\"", "/x\\y", "\\" ABC "  x\\\\y\n" },
        { "md5sum x'\n'y", "/x\ny", "\\" ABC "  x\\ny\n" },
        { "md5sum 'x\ry'", "/x\ry", "\\" ABC "  x\\ry\n" },
        { "md5sum $(id);`id`|*", "/$(id);`id`|*", ABC "  $(id);`id`|*\n" },
        { "md5sum -- -c", "/-c", ABC "  -c\n" },
        { "  md5sum \t abc", "/abc", ABC "  abc\n" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        put(cases[i].path, STR("abc"));
        run(cases[i].command, "");
        expect(cases[i].line, "", 0);
    }
}

TEST(what_cannot_be_read_is_told_and_the_rest_goes_on)
{
    run("md5sum /none abc '' nul/../none", "");
    int status;
    const char *errors = buffer_text(engine->ops->errors(engine));
    EXPECT(strstr(errors, "md5sum: /none: not found\n") == errors);
    EXPECT(strstr(errors, "md5sum: : ") != NULL);
    EXPECT_TEXT(buffer_text(engine->ops->output(engine)), ABC "  abc\n");
    EXPECT(engine->ops->is_over(engine, &status) && status == 1);
}

TEST(a_large_file_takes_a_step_for_each_piece)
{
    char *bytes = calloc(1, 2 * CHECKSUM_PIECE + 1);

    EXPECT(bytes != NULL);
    put("/large", str_from(bytes, 2 * CHECKSUM_PIECE + 1));
    put("/even", str_from(bytes, CHECKSUM_PIECE));
    free(bytes);
    EXPECT(run("md5sum large", "") == 3);
    EXPECT(run("md5sum even", "") == 2);
    engine->ops->free(engine);
    EXPECT_OK(sum_command_new(files, STR("md5sum large"), &engine));
    EXPECT_OK(engine->ops->produce(engine));
    EXPECT(engine->ops->is_busy(engine) && engine->ops->is_working(engine));
    engine->ops->unheard(engine);
    EXPECT(!engine->ops->is_working(engine));
}

TEST(other_commands_and_options_are_refused)
{
    static const struct {
        const char *command;
        enum status status;
    } cases[] = {
        { "", ERR_UNSUPPORTED },
        { "sum", ERR_UNSUPPORTED },
        { "b2sum abc", ERR_UNSUPPORTED },
        { "md5sum;id", ERR_UNSUPPORTED },
        { "/usr/bin/md5sum abc", ERR_UNSUPPORTED },
        { "md5sum -c abc", ERR_INVALID },
        { "md5sum --check abc", ERR_INVALID },
        { "md5sum 'abc", ERR_INVALID },
        { "md5sum \"abc", ERR_INVALID },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        EXPECT_STATUS(sum_command_new(files, str_of(cases[i].command), &engine),
                      cases[i].status);
    EXPECT_STATUS(sum_command_new(files, STR("md5sum a\0b"), &engine),
                  ERR_INVALID);
}
