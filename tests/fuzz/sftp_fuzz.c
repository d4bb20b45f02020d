/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_fuzz.c - a client that says anything, over a wire that cuts anywhere.
 *
 * Input: a byte of choices (bit 0: say INIT first; bit 1: some files are there
 * already; bit 2: replies are drained slowly; bit 3: rest after each piece;
 * the others seed how the rest is cut), then the bytes of the channel. Asserts
 * that what comes out are whole packets that only a server says, and never
 * more than the cap.
 */
#include "fuzz.h"

#include "ssh/sftp_private.h"
#include "vfs/places.h"

#include <stdlib.h>

/* Pieces of a checksum, after which the client is gone. */
enum { WORKS_MOST = 4 };

enum { INIT_FIRST = 1, WITH_FILES = 2, SLOWLY = 4, RESTING = 8 };

static void
must(bool holds)
{
    if (!holds)
        abort();
}

static struct vfs *
make_files(bool some)
{
    static const struct vfs_attributes none = { 0 };
    struct vfs_open how = { .flags = VFS_WRITE | VFS_CREATE };
    struct vfs *memory, *files;
    struct vfs_file *file;

    must(vfs_in_memory(&memory) == OK);
    must(vfs_with_links(memory, &files) == OK);
    if (!some)
        return files;
    must(vfs_make_folder(files, STR("/d"), &none) == OK);
    must(vfs_open(files, STR("/f"), &how, &file) == OK);
    must(vfs_write(file, 0, STR("0123456789")) == OK);
    vfs_close(&file);
    must(vfs_make_link(files, STR("d"), STR("/l")) == OK);
    must(vfs_make_link(files, STR("/loop"), STR("/loop")) == OK);
    return files;
}

static bool
is_said_by_servers(uint8_t number)
{
    return number == SSH_FXP_VERSION || number == SSH_FXP_EXTENDED_REPLY ||
           (number >= SSH_FXP_STATUS && number <= SSH_FXP_ATTRS);
}

/* Take whole packets off the front, all or (slowly) one. */
static void
drain(struct buffer *output, bool slowly)
{
    must(buffer_len(output) <= SFTP_OUTPUT_HIGH + 4 + SFTP_PACKET);
    while (buffer_len(output) > 0) {
        struct reader replies = reader_of(buffer_str(output));
        struct str reply = read_string(&replies);

        must(!reader_is_broken(&replies));
        must(reply.len > 0 && reply.len <= SFTP_PACKET);
        must(is_said_by_servers((uint8_t)reply.data[0]));
        buffer_take(output, 4 + reply.len);
        if (slowly)
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
talk(struct sftp *sftp, struct str bytes, uint8_t choices)
{
    uint32_t seed = choices;
    enum status result = OK;
    int works = 0;

    while (bytes.len > 0 && result == OK) {
        size_t len = next_piece(&seed, bytes.len);
        size_t taken;
        char *piece = malloc(len);

        must(piece != NULL);
        memcpy(piece, bytes.data, len);
        bool is_full = buffer_len(sftp_output(sftp)) >= SFTP_OUTPUT_HIGH;
        result = sftp_input(sftp, str_from(piece, len), &taken);
        must(taken <= len &&
             (taken > 0 || is_full || result != OK || sftp_is_working(sftp)));
        free(piece);
        if (taken == 0 && sftp_is_working(sftp) && ++works > WORKS_MOST)
            sftp_stop_working(sftp);
        must(sftp_work(sftp) == OK);
        bytes = str_from_offset(bytes, taken);
        drain(sftp_output(sftp), choices & SLOWLY);
        if (choices & RESTING)
            sftp_rest(sftp);
    }
    drain(sftp_output(sftp), false);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char init[] = { 0, 0, 0, 5, SSH_FXP_INIT, 0, 0, 0, 3 };
    uint8_t choices = size > 0 ? data[0] : 0;
    struct sftp_options options = { .account_name = "demo" };
    struct sftp *sftp;
    size_t taken;

    if (size == 0)
        return 0;
    struct vfs *files = make_files(choices & WITH_FILES);
    options.files = files;
    must(sftp_new(&options, &sftp) == OK);
    if (choices & INIT_FIRST)
        must(sftp_input(sftp, str_from(init, sizeof init), &taken) == OK);
    talk(sftp, str_from(data + 1, size - 1), choices);
    sftp_free(&sftp);
    vfs_free(&files);
    return 0;
}
