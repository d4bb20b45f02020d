/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scp_fuzz.c - any command, any dialogue, over a wire that cuts anywhere.
 *
 * Input: a byte of choices (bit 0: some files are there already; bit 1: output
 * is drained slowly; bit 2: rest after each piece; bit 3: the client ends its
 * input; the others seed how the rest is cut), the command up to a line break,
 * then the bytes of the channel. Asserts that output stays under its cap, and
 * that nothing more is done or said when it is over.
 */
#include "fuzz.h"

#include "ssh/scp.h"
#include "vfs/places.h"

#include <stdlib.h>

enum { WITH_FILES = 1, SLOWLY = 2, RESTING = 4, ENDING = 8 };

enum { MOST_STEPS = 100000 };

static void
must(bool holds)
{
    if (!holds)
        abort();
}

static void
make_file(struct vfs *files, const char *path)
{
    struct vfs_open how = { .flags = VFS_WRITE | VFS_CREATE };
    struct vfs_file *file;

    must(vfs_open(files, str_of(path), &how, &file) == OK);
    must(vfs_write(file, 0, STR("0123456789")) == OK);
    vfs_close(&file);
}

static struct vfs *
make_files(bool some)
{
    static const struct vfs_attributes none = { 0 };
    struct vfs *memory, *files;

    must(vfs_in_memory(&memory) == OK);
    must(vfs_with_links(memory, &files) == OK);
    if (!some)
        return files;
    must(vfs_make_folder(files, STR("/d"), &none) == OK);
    must(vfs_make_folder(files, STR("/d/e"), &none) == OK);
    make_file(files, "/f");
    make_file(files, "/d/g");
    make_file(files, "/d/e/a\nb");
    must(vfs_make_link(files, STR("d"), STR("/l")) == OK);
    must(vfs_make_link(files, STR("/d"), STR("/d/up")) == OK);
    must(vfs_make_link(files, STR("/loop"), STR("/loop")) == OK);
    return files;
}

static void
drain(struct engine *e, bool slowly)
{
    struct buffer *output = e->ops->output(e);

    for (int i = 0; i < MOST_STEPS; i++) {
        size_t len = buffer_len(output);
        must(len <= SCP_OUTPUT_HIGH + SCP_OUTPUT_MOST);
        buffer_take(output, slowly && len > 1 ? len / 2 : len);
        if (e->ops->produce(e) != OK || buffer_len(output) == 0 || slowly)
            return;
    }
}

/* From 1 to 64 bytes, or much. */
static size_t
next_piece(uint32_t *seed, size_t left)
{
    *seed = *seed * 1664525 + 1013904223;
    size_t piece = (*seed >> 31) ? left : 1 + (*seed >> 26);
    return piece < left ? piece : left;
}

static void
talk(struct engine *e, struct str bytes, uint8_t choices)
{
    uint32_t seed = choices;
    enum status status = OK;
    int idle = 0;

    while (bytes.len > 0 && status == OK && idle < 64) {
        size_t len = next_piece(&seed, bytes.len);
        size_t taken;
        char *piece = malloc(len);

        must(piece != NULL);
        memcpy(piece, bytes.data, len);
        status = e->ops->input(e, str_from(piece, len), &taken);
        must(taken <= len);
        free(piece);
        idle = taken > 0 ? 0 : idle + 1;
        bytes = str_from_offset(bytes, taken);
        drain(e, choices & SLOWLY);
        if (choices & RESTING)
            e->ops->rest(e);
    }
}

static void
end(struct engine *e, uint8_t choices)
{
    int exit_status = -1;

    if (choices & ENDING) {
        e->ops->input_ended(e);
        drain(e, false);
        must(e->ops->is_over(e, &exit_status));
    }
    if (!e->ops->is_over(e, &exit_status))
        return;
    must(exit_status == 0 || exit_status == 1);
    must(!e->ops->is_busy(e));
    drain(e, false);
    must(e->ops->produce(e) == OK && buffer_len(e->ops->output(e)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scp_options options = { .account_name = "demo" };
    struct engine *e = NULL;

    if (size == 0)
        return 0;
    struct str rest = str_from(data + 1, size - 1);
    struct str command = str_cut(&rest, '\n');
    struct vfs *files = make_files(data[0] & WITH_FILES);
    options.files = files;
    if (scp_new(&options, command, &e) == OK) {
        drain(e, false);
        talk(e, rest, data[0]);
        end(e, data[0]);
        e->ops->free(e);
    }
    vfs_free(&files);
    return 0;
}
