/* SPDX-License-Identifier: Apache-2.0 */
/* sftp_dialogue.c - an SFTP channel without a network. */
#include "sftp_dialogue.h"

#include <stdlib.h>

enum { MOST_ASKED = 4096 };

struct dialogue {
    struct sftp *sftp;
    uint32_t last_id;
    uint32_t asked[MOST_ASKED]; /* ids that wait for their reply */
    size_t asked_count, answered_count;
    struct buffer replies; /* taken from the engine */
    struct buffer reply;   /* the one being looked at */
};

static struct vfs *files;
static struct dialogue *first, *used;
static size_t piece;

static struct dialogue *
new_channel(struct vfs *over)
{
    struct sftp_options options = { .files = over, .account_name = "demo" };
    struct dialogue *d = calloc(1, sizeof *d);

    EXPECT(d != NULL);
    d->replies = BUFFER(64 << 20);
    d->reply = BUFFER(SFTP_PACKET);
    EXPECT_OK(sftp_new(&options, &d->sftp));
    return d;
}

struct dialogue *
dialogue_new(struct vfs *over)
{
    struct dialogue *d = new_channel(over);
    char init[] = { 0, 0, 0, 5, SSH_FXP_INIT, 0, 0, 0, 3 };

    used = d;
    EXPECT_OK(dialogue_feed(str_from(init, sizeof init)));
    buffer_clear(sftp_output(d->sftp));
    buffer_clear(&d->replies);
    return d;
}

void
dialogue_free(struct dialogue **dialogue)
{
    struct dialogue *d = *dialogue;

    *dialogue = NULL;
    if (d == NULL)
        return;
    if (used == d)
        used = first;
    sftp_free(&d->sftp);
    buffer_done(&d->replies);
    buffer_done(&d->reply);
    free(d);
}

void
dialogue_use(struct dialogue *d)
{
    used = d;
}

struct dialogue *
dialogue_first(void)
{
    return first;
}

struct vfs *
dialogue_files(void)
{
    return files;
}

struct sftp *
dialogue_sftp(void)
{
    return used->sftp;
}

struct str
dialogue_replies(void)
{
    return buffer_str(&used->replies);
}

void
dialogue_cut_into(size_t bytes)
{
    piece = bytes;
}

SETUP()
{
    struct vfs *memory;

    piece = 0;
    EXPECT_OK(vfs_in_memory(&memory));
    EXPECT_OK(vfs_with_links(memory, &files));
    first = dialogue_new(files);
}

TEARDOWN()
{
    dialogue_free(&first);
    vfs_free(&files);
}

void
dialogue_before_init(void)
{
    dialogue_free(&first);
    first = new_channel(files);
    used = first;
}

/* All there is to take, so that the engine may go on. */
static void
drain(struct dialogue *d)
{
    struct buffer *output = sftp_output(d->sftp);

    EXPECT(buffer_len(output) <= SFTP_OUTPUT_HIGH + 4 + SFTP_PACKET);
    EXPECT_OK(buffer_add(&d->replies, buffer_str(output)));
    buffer_take(output, buffer_len(output));
}

static enum status
feed_piece(struct str bytes)
{
    size_t taken = 0;

    while (bytes.len > 0) {
        /* From a block of its own, so that ASan sees a read too far. */
        char *copy = malloc(bytes.len);
        EXPECT(copy != NULL);
        memcpy(copy, bytes.data, bytes.len);
        enum status result =
            sftp_input(used->sftp, str_from(copy, bytes.len), &taken);
        free(copy);
        drain(used);
        if (result != OK)
            return result;
        bytes = str_from_offset(bytes, taken);
        if (taken == 0)
            EXPECT_OK(sftp_work(used->sftp));
    }
    return OK;
}

enum status
dialogue_feed(struct str bytes)
{
    while (piece > 0 && bytes.len > piece) {
        TRY(feed_piece(str_from(bytes.data, piece)));
        bytes = str_from_offset(bytes, piece);
    }
    return feed_piece(bytes);
}

static void
add_attributes(struct buffer *into, const struct vfs_attributes *a)
{
    static const struct vfs_attributes none = { 0 };

    EXPECT_OK(sftp_add_attributes(into, a ? a : &none));
}

static void
add_argument(struct buffer *into, char letter, va_list *args)
{
    struct dialogue_handle h;

    switch (letter) {
    case 'b': EXPECT_OK(add_u8(into, (uint8_t)va_arg(*args, int))); break;
    case 'u': EXPECT_OK(add_u32(into, va_arg(*args, uint32_t))); break;
    case 'q': EXPECT_OK(add_u64(into, va_arg(*args, uint64_t))); break;
    case 's':
        EXPECT_OK(add_string(into, str_of(va_arg(*args, const char *))));
        break;
    case 't': EXPECT_OK(add_string(into, va_arg(*args, struct str))); break;
    case 'r': EXPECT_OK(buffer_add(into, va_arg(*args, struct str))); break;
    case 'h':
        h = va_arg(*args, struct dialogue_handle);
        EXPECT_OK(add_string(into, str_from(h.text, h.len)));
        break;
    case 'a':
        add_attributes(into, va_arg(*args, const struct vfs_attributes *));
        break;
    default: EXPECT(letter == '\0');
    }
}

void
dialogue_packet(struct buffer *into, uint8_t number, uint32_t id,
                const char *letters, va_list args)
{
    AUTO(buffer_done) struct buffer packet = BUFFER(1 << 20);
    va_list rest;

    va_copy(rest, args);
    EXPECT_OK(add_u8(&packet, number));
    EXPECT_OK(add_u32(&packet, id));
    for (const char *letter = letters; *letter; letter++)
        add_argument(&packet, *letter, &rest);
    va_end(rest);
    EXPECT_OK(add_string(into, buffer_str(&packet)));
}

void
dialogue_build(struct buffer *into, uint8_t number, uint32_t id,
               const char *letters, ...)
{
    va_list args;

    va_start(args, letters);
    dialogue_packet(into, number, id, letters, args);
    va_end(args);
}

void
client_asks(const char *file, int line, uint8_t number, const char *letters,
            ...)
{
    AUTO(buffer_done) struct buffer packet = BUFFER(1 << 20);
    va_list args;

    va_start(args, letters);
    dialogue_packet(&packet, number, ++used->last_id, letters, args);
    va_end(args);
    _assert_true(used->asked_count < MOST_ASKED, "too many requests", file,
                 line);
    used->asked[used->asked_count++] = used->last_id;
    test_expect_status((int)dialogue_feed(buffer_str(&packet)), OK, "CLIENT",
                       file, line);
}

/* Take the next reply, length and all, off the engine's output. */
static struct reader
next_reply(const char *file, int line)
{
    struct reader replies = reader_of(buffer_str(&used->replies));
    struct str reply = read_string(&replies);

    _assert_true(!reader_is_broken(&replies) && reply.len > 0, "a reply", file,
                 line);
    buffer_clear(&used->reply);
    EXPECT_OK(buffer_add(&used->reply, reply));
    buffer_take(&used->replies, 4 + reply.len);
    return reader_of(buffer_str(&used->reply));
}

struct reader
server_reply(uint8_t number, const char *file, int line)
{
    struct reader body = next_reply(file, line);

    _assert_int_equal(read_u8(&body), number, file, line);
    _assert_true(used->answered_count < used->asked_count, "it was asked", file,
                 line);
    _assert_int_equal(read_u32(&body), used->asked[used->answered_count++],
                      file, line);
    if (used->answered_count == used->asked_count)
        used->answered_count = used->asked_count = 0;
    return body;
}

uint32_t
server_any_status(const char *file, int line)
{
    struct reader body = server_reply(SSH_FXP_STATUS, file, line);
    uint32_t code = read_u32(&body);

    _assert_true(read_string(&body).len > 0, "a text", file, line);
    read_string(&body);
    _assert_true(!reader_is_broken(&body) && body.rest.len == 0,
                 "a whole STATUS", file, line);
    return code;
}

void
server_status(uint32_t code, const char *file, int line)
{
    _assert_int_equal(server_any_status(file, line), code, file, line);
}

void
server_says(uint32_t code, const char *text, const char *file, int line)
{
    struct reader body = server_reply(SSH_FXP_STATUS, file, line);
    char said[256] = "";

    _assert_int_equal(read_u32(&body), code, file, line);
    struct str s = read_string(&body);
    _assert_true(s.len < sizeof said, "a short text", file, line);
    memcpy(said, s.data, s.len);
    _assert_string_equal(said, text, file, line);
}

struct dialogue_handle
server_handle(const char *file, int line)
{
    struct reader body = server_reply(SSH_FXP_HANDLE, file, line);
    struct str text = read_string(&body);
    struct dialogue_handle h = { .len = text.len };

    _assert_true(!reader_is_broken(&body) && text.len > 0 &&
                     text.len <= sizeof h.text && body.rest.len == 0,
                 "a handle", file, line);
    memcpy(h.text, text.data, text.len);
    return h;
}

void
server_data(struct str expected, const char *file, int line)
{
    struct reader body = server_reply(SSH_FXP_DATA, file, line);
    struct str data = read_string(&body);

    _assert_true(!reader_is_broken(&body) && body.rest.len == 0, "whole DATA",
                 file, line);
    _assert_int_equal(data.len, expected.len, file, line);
    _assert_memory_equal(data.data, expected.data, expected.len, file, line);
}

struct vfs_attributes
server_attributes(const char *file, int line)
{
    struct reader body = server_reply(SSH_FXP_ATTRS, file, line);
    struct reader mode = body;
    struct vfs_attributes a;

    test_expect_status((int)sftp_read_attributes(&body, &a), OK, "ATTRS", file,
                       line);
    _assert_true(body.rest.len == 0, "whole ATTRS", file, line);
    /* What is read of clients leaves the type out. */
    if (a.has & VFS_HAS_MODE) {
        mode = reader_of(str_from_offset(
            mode.rest, 4 + ((a.has & VFS_HAS_SIZE) ? 8U : 0U) +
                           ((a.has & VFS_HAS_OWNER) ? 8U : 0U)));
        a.mode = read_u32(&mode);
    }
    return a;
}

void
server_name(const char *expected, const char *file, int line)
{
    struct reader body = server_reply(SSH_FXP_NAME, file, line);

    _assert_int_equal(read_u32(&body), 1, file, line);
    struct str name = read_string(&body);
    _assert_int_equal(name.len, strlen(expected), file, line);
    _assert_memory_equal(name.data, expected, name.len, file, line);
    read_string(&body);
    _assert_int_equal(read_u32(&body), 0, file, line);
    _assert_true(!reader_is_broken(&body) && body.rest.len == 0, "whole NAME",
                 file, line);
}

struct dialogue_handle
open_file(const char *path, uint32_t pflags)
{
    CLIENT(SSH_FXP_OPEN, "sua", path, pflags, NULL);
    return SERVER_HANDLE();
}

void
close_handle(struct dialogue_handle h)
{
    CLIENT(SSH_FXP_CLOSE, "h", h);
    SERVER_OK();
}

void
put_file(const char *path, const char *content)
{
    struct dialogue_handle h = open_file(path, W | C | T);

    CLIENT(SSH_FXP_WRITE, "hqs", h, (uint64_t)0, content);
    SERVER_OK();
    close_handle(h);
}

void
expect_file(const char *path, const char *content)
{
    struct dialogue_handle h = open_file(path, R);

    CLIENT(SSH_FXP_READ, "hqu", h, (uint64_t)0, (uint32_t)SFTP_DATA);
    if (content[0] == '\0')
        SERVER_STATUS(SSH_FX_EOF);
    else
        SERVER_DATA(str_of(content));
    close_handle(h);
}

void
expect_missing(const char *path)
{
    CLIENT(SSH_FXP_STAT, "s", path);
    SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
}

struct dialogue_handle
open_folder(const char *path)
{
    CLIENT(SSH_FXP_OPENDIR, "s", path);
    return SERVER_HANDLE();
}

void
make_folder(const char *path)
{
    CLIENT(SSH_FXP_MKDIR, "sa", path, NULL);
    SERVER_OK();
}

void
make_file(const char *path, struct str content)
{
    struct vfs_open how = { .flags = VFS_WRITE | VFS_CREATE | VFS_TRUNCATE };
    AUTO(vfs_close) struct vfs_file *file = NULL;

    EXPECT_OK(vfs_open(dialogue_files(), str_of(path), &how, &file));
    EXPECT_OK(vfs_write(file, 0, content));
}
