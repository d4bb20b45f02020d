/* SPDX-License-Identifier: Apache-2.0 */
/* scp_dialogue.c - an SCP channel without a network. */
#include "scp_dialogue.h"

#include <stdlib.h>

enum { SECOND_NS = 1000000000 };

static struct vfs *memory, *used;
static struct engine *engine;
static struct buffer said;
static size_t piece;

SETUP()
{
    struct vfs *place;

    EXPECT_OK(vfs_in_memory(&place));
    EXPECT_OK(vfs_with_links(place, &memory));
    used = memory;
    piece = 0;
    said = BUFFER(64 << 20);
}

TEARDOWN()
{
    scp_cut();
    buffer_done(&said);
    vfs_free(&memory);
}

struct vfs *
scp_files(void)
{
    return memory;
}

void
scp_use(struct vfs *files)
{
    used = files;
}

void
scp_cut_into(size_t bytes)
{
    piece = bytes;
}

struct engine *
scp_engine(void)
{
    return engine;
}

void
scp_cut(void)
{
    if (engine != NULL)
        engine->ops->free(engine);
    engine = NULL;
    buffer_clear(&said);
}

/* Drain and let it produce until nothing comes. */
static enum status
drain(void)
{
    struct buffer *output = engine->ops->output(engine);
    enum status status = OK;

    do {
        EXPECT(buffer_len(output) <= SCP_OUTPUT_HIGH + SCP_OUTPUT_MOST);
        EXPECT_OK(buffer_add(&said, buffer_str(output)));
        buffer_take(output, buffer_len(output));
        status = engine->ops->produce(engine);
    } while (status == OK && buffer_len(output) > 0);
    EXPECT_OK(buffer_add(&said, buffer_str(output)));
    buffer_take(output, buffer_len(output));
    return status;
}

void
scp_begin(struct str command, const char *file, int line)
{
    struct scp_options options = { .files = used, .account_name = "demo" };

    scp_cut();
    test_expect_status((int)scp_new(&options, command, &engine), OK, "scp_new",
                       file, line);
    EXPECT_OK(drain());
}

static enum status
feed(struct str bytes)
{
    size_t taken = 1;

    while (bytes.len > 0) {
        /* From a block of its own, so that ASan sees a read too far. */
        char *copy = malloc(bytes.len);
        EXPECT(copy != NULL);
        memcpy(copy, bytes.data, bytes.len);
        enum status status =
            engine->ops->input(engine, str_from(copy, bytes.len), &taken);
        free(copy);
        enum status drained = drain();
        TRY(status);
        TRY(drained);
        EXPECT(taken > 0 && taken <= bytes.len);
        bytes = str_from_offset(bytes, taken);
    }
    return OK;
}

enum status
scp_try_client(struct str bytes)
{
    while (piece > 0 && bytes.len > piece) {
        TRY(feed(str_from(bytes.data, piece)));
        bytes = str_from_offset(bytes, piece);
    }
    return feed(bytes);
}

void
scp_client(struct str bytes, const char *file, int line)
{
    test_expect_status((int)scp_try_client(bytes), OK, "CLIENT", file, line);
}

void
scp_client_ends(void)
{
    engine->ops->input_ended(engine);
    EXPECT_OK(drain());
}

void
scp_server(struct str expected, const char *file, int line)
{
    struct str got = buffer_str(&said);

    if (!str_equal(got, expected))
        print_message("the server said '%.*s'\n", STR_ARG(got));
    _assert_int_equal(got.len, expected.len, file, line);
    _assert_memory_equal(got.data, expected.data, expected.len, file, line);
    buffer_clear(&said);
}

void
scp_over(int exit_status, const char *file, int line)
{
    int got = -1;

    _assert_true(engine->ops->is_over(engine, &got), "it is over", file, line);
    _assert_true(got == exit_status, "its exit status", file, line);
    _assert_true(!engine->ops->is_busy(engine), "it is idle", file, line);
}

void
scp_goes_on(const char *file, int line)
{
    int got;

    _assert_true(!engine->ops->is_over(engine, &got), "it goes on", file, line);
}

void
make_file(const char *path, const char *content)
{
    struct vfs_open how = { .flags = VFS_WRITE | VFS_CREATE | VFS_TRUNCATE };
    AUTO(vfs_close) struct vfs_file *file = NULL;

    EXPECT_OK(vfs_open(memory, str_of(path), &how, &file));
    EXPECT_OK(vfs_write(file, 0, str_of(content)));
    vfs_close(&file);
    set_attributes(path, 0644, 1000);
}

void
make_folder(const char *path)
{
    static const struct vfs_attributes none = { 0 };

    EXPECT_OK(vfs_make_folder(memory, str_of(path), &none));
    set_attributes(path, 0755, 2000);
}

void
make_link(const char *target, const char *path)
{
    EXPECT_OK(vfs_make_link(memory, str_of(target), str_of(path)));
}

void
set_attributes(const char *path, uint32_t mode, int64_t mtime_s)
{
    struct vfs_attributes set = {
        .has = VFS_HAS_MODE | VFS_HAS_TIMES,
        .mode = mode,
        .mtime_ns = mtime_s * SECOND_NS,
        .atime_ns = (mtime_s + 1) * SECOND_NS,
    };

    EXPECT_OK(vfs_set_attributes(memory, str_of(path), VFS_FOLLOW, &set));
}

void
expect_file(const char *path, const char *content)
{
    const struct vfs_open how = { .flags = VFS_READ };
    AUTO(vfs_close) struct vfs_file *file = NULL;
    char text[4096];
    size_t got = 0;

    EXPECT_OK(vfs_open(used, str_of(path), &how, &file));
    EXPECT_OK(vfs_read(file, 0, text, sizeof text - 1, &got));
    text[got] = '\0';
    EXPECT_TEXT(text, content);
}

void
expect_missing(const char *path)
{
    struct vfs_attributes is;

    EXPECT_STATUS(vfs_stat(used, str_of(path), 0, &is), ERR_NOT_FOUND);
}

struct vfs_attributes
attributes_of(const char *path)
{
    struct vfs_attributes is;

    EXPECT_OK(vfs_stat(used, str_of(path), 0, &is));
    return is;
}
