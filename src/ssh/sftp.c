/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp.c - from bytes of the channel to requests.
 *
 * The table is the protocol: a row per message number, with what must hold
 * before its handler runs.
 *
 * Packets that came whole are worked on where they lie; only one that was cut
 * by the transport is put together in `partial`. A packet that cannot be
 * framed or has no id ends the channel, because nothing could be answered;
 * one that only makes no sense inside is answered with BAD_MESSAGE.
 */
#include "ssh/sftp_private.h"

#include <assert.h>
#include <stdlib.h>

enum { LENGTH = 4 }; /* bytes of the length in front of a packet */

/* Replies taken from the front leave a gap that buffer_reserve() closes by
 * moving the rest; with as much room again that is done rarely. */
enum { OUTPUT_LIMIT = 2 * (SFTP_OUTPUT_HIGH + LENGTH + SFTP_PACKET) };

static sftp_handler greet, refuse_unknown;

struct message {
    const char *name;
    sftp_handler *handle; /* none: never allowed */
    unsigned states;      /* enum sftp_state: when it is allowed */
    unsigned needs;       /* enum sftp_needs */
};

/* clang-format off */
static const struct message messages[] = {
    [SSH_FXP_INIT]     = { "INIT",     greet,             BEFORE_INIT, HAS_NO_ID },
    [SSH_FXP_OPEN]     = { "OPEN",     sftp_open_file,           AFTER_INIT, NEEDS_PATH },
    [SSH_FXP_CLOSE]    = { "CLOSE",    sftp_close_handle,        AFTER_INIT, NEEDS_FILE | NEEDS_FOLDER },
    [SSH_FXP_READ]     = { "READ",     sftp_read_data,           AFTER_INIT, NEEDS_FILE },
    [SSH_FXP_WRITE]    = { "WRITE",    sftp_write_data,          AFTER_INIT, NEEDS_FILE },
    [SSH_FXP_LSTAT]    = { "LSTAT",    sftp_lstat,               AFTER_INIT, NEEDS_PLACE },
    [SSH_FXP_FSTAT]    = { "FSTAT",    sftp_stat_file,           AFTER_INIT, NEEDS_FILE },
    [SSH_FXP_SETSTAT]  = { "SETSTAT",  sftp_set_attributes,      AFTER_INIT, NEEDS_PATH },
    [SSH_FXP_FSETSTAT] = { "FSETSTAT", sftp_set_file_attributes, AFTER_INIT, NEEDS_FILE },
    [SSH_FXP_OPENDIR]  = { "OPENDIR",  sftp_open_folder,         AFTER_INIT, NEEDS_PLACE },
    [SSH_FXP_READDIR]  = { "READDIR",  sftp_read_folder,         AFTER_INIT, NEEDS_FOLDER },
    [SSH_FXP_REMOVE]   = { "REMOVE",   sftp_remove,              AFTER_INIT, NEEDS_PATH },
    [SSH_FXP_MKDIR]    = { "MKDIR",    sftp_make_folder,         AFTER_INIT, NEEDS_PATH },
    [SSH_FXP_RMDIR]    = { "RMDIR",    sftp_remove_folder,       AFTER_INIT, NEEDS_PATH },
    [SSH_FXP_REALPATH] = { "REALPATH", sftp_realpath,            AFTER_INIT, NEEDS_PLACE },
    [SSH_FXP_STAT]     = { "STAT",     sftp_stat,                AFTER_INIT, NEEDS_PLACE },
    [SSH_FXP_RENAME]   = { "RENAME",   sftp_rename,              AFTER_INIT, NEEDS_PATH },
    [SSH_FXP_READLINK] = { "READLINK", sftp_readlink,            AFTER_INIT, NEEDS_PATH },
    [SSH_FXP_SYMLINK]  = { "SYMLINK",  sftp_symlink,             AFTER_INIT, 0 },
    [SSH_FXP_EXTENDED] = { "EXTENDED", sftp_extended,            AFTER_INIT, 0 },

    /* Only a server says these. */
    [SSH_FXP_VERSION]        = { "VERSION", NULL, 0, 0 },
    [SSH_FXP_STATUS]         = { "STATUS", NULL, 0, 0 },
    [SSH_FXP_HANDLE]         = { "HANDLE", NULL, 0, 0 },
    [SSH_FXP_DATA]           = { "DATA", NULL, 0, 0 },
    [SSH_FXP_NAME]           = { "NAME", NULL, 0, 0 },
    [SSH_FXP_ATTRS]          = { "ATTRS", NULL, 0, 0 },
    [SSH_FXP_EXTENDED_REPLY] = { "EXTENDED_REPLY", NULL, 0, 0 },
};

/* Numbers of later versions, and of none. */
static const struct message unknown_message = {
    "unknown", refuse_unknown, AFTER_INIT, 0,
};
/* clang-format on */

static const struct message *
find_message(uint8_t number)
{
    if (number < sizeof messages / sizeof messages[0] && messages[number].name)
        return &messages[number];
    return &unknown_message;
}

enum status
sftp_new(const struct sftp_options *options, struct sftp **sftp_out)
{
    struct sftp *s = calloc(1, sizeof *s);

    if (s == NULL)
        return fail(ERR_MEMORY, "no memory for an SFTP channel");
    s->engine.ops = &sftp_engine_ops;
    s->files = options->files;
    s->account_name = options->account_name ? options->account_name : "";
    s->state = BEFORE_INIT;
    s->partial = BUFFER(LENGTH + SFTP_PACKET);
    s->output = BUFFER(OUTPUT_LIMIT);
    *sftp_out = s;
    return OK;
}

void
sftp_free(struct sftp **sftp)
{
    struct sftp *s = *sftp;

    *sftp = NULL;
    if (s == NULL)
        return;
    sftp_check_free(s);
    for (size_t i = 0; i < s->handle_count; i++)
        sftp_handle_close(&s->handles[i]);
    free(s->handles);
    buffer_done(&s->partial);
    buffer_done(&s->output);
    free(s);
}

struct buffer *
sftp_output(struct sftp *s)
{
    return &s->output;
}

void
sftp_rest(struct sftp *s)
{
    if (buffer_len(&s->partial) == 0)
        buffer_done(&s->partial);
    if (buffer_len(&s->output) == 0)
        buffer_done(&s->output);
    sftp_handles_rest(s);
}

/* INIT: the version the client would like, and extensions nobody defined.
 * Like OpenSSH we say 3 whatever it offered; it may leave. */
static enum status
greet(struct sftp *s, struct sftp_request *r)
{
    size_t mark;

    read_u32(&r->body);
    TRY(sftp_read_all(r));
    TRY(sftp_reply_start(s, SSH_FXP_VERSION, SFTP_VERSION, &mark));
    TRY(sftp_add_extensions(&s->output));
    sftp_reply_end(s, mark);
    s->state = AFTER_INIT;
    return OK;
}

static enum status
refuse_unknown(struct sftp *s, struct sftp_request *r)
{
    (void)s, (void)r;
    return fail(ERR_UNSUPPORTED, "an unknown message");
}

enum status
sftp_read_all(const struct sftp_request *r)
{
    if (reader_is_broken(&r->body))
        return fail(ERR_INVALID, "the packet is too short");
    return OK;
}

enum status
sftp_read_path(struct sftp_request *r, char text[VFS_PATH + 1],
               struct str *path_out)
{
    struct str path = read_string(&r->body);
    size_t len;

    TRY(sftp_read_all(r));
    TRY(vfs_normalise(path, text, &len));
    *path_out = str_from(text, len);
    return OK;
}

/* As open("") does. */
static enum status
read_first_path(struct sftp_request *r, unsigned needs)
{
    struct reader ahead = r->body;

    if ((needs & NEEDS_PATH) && read_string(&ahead).len == 0 &&
        !reader_is_broken(&ahead))
        return fail(ERR_NOT_FOUND, "an empty path");
    return sftp_read_path(r, r->path_text, &r->path);
}

static enum status
read_handle(struct sftp *s, struct sftp_request *r, unsigned needs)
{
    struct str text = read_string(&r->body);

    TRY(sftp_read_all(r));
    TRY(sftp_handle_find(s, text, &r->handle));
    if (!(needs & (r->handle->file ? NEEDS_FILE : NEEDS_FOLDER)))
        return fail(ERR_INVALID, "a handle of the other kind");
    return OK;
}

enum status
sftp_answer(struct sftp *s, struct sftp_request *r, unsigned needs,
            sftp_handler *handle)
{
    if (needs & (NEEDS_PATH | NEEDS_PLACE))
        TRY(read_first_path(r, needs));
    if (needs & (NEEDS_FILE | NEEDS_FOLDER))
        TRY(read_handle(s, r, needs));
    return handle(s, r);
}

static enum status
handle_packet(struct sftp *s, struct str packet)
{
    struct sftp_request r; /* not cleared: its path is large */
    size_t before = buffer_len(&s->output);

    r.id = 0;
    r.body = reader_of(packet);
    r.path = STR_NONE;
    r.handle = NULL;
    uint8_t number = read_u8(&r.body);
    const struct message *message = find_message(number);

    if (!(message->states & s->state))
        return fail(ERR_INVALID, "SFTP message %u (%s) is not allowed %s",
                    number, message->name,
                    s->state == BEFORE_INIT ? "before INIT" : "from a client");
    if (message->needs & HAS_NO_ID)
        return sftp_answer(s, &r, message->needs, message->handle);

    r.id = read_u32(&r.body);
    TRY(sftp_read_all(&r));
    enum status result = sftp_answer(s, &r, message->needs, message->handle);
    if (result == OK)
        return OK;
    buffer_cut(&s->output, before);
    return sftp_reply_result(s, &r, result);
}

/*
 * How long the packet at the start of `bytes` is with its length, or 0 when
 * that is not known yet.
 */
static enum status
packet_size(struct str bytes, size_t *size_out)
{
    *size_out = 0;
    if (bytes.len < LENGTH)
        return OK;
    uint32_t len = get_u32(bytes.data);
    if (len == 0 || len > SFTP_PACKET)
        return fail(ERR_INVALID, "an SFTP packet of %u bytes", len);
    *size_out = LENGTH + len;
    return OK;
}

static struct str
without_length(struct str packet)
{
    return str_from(packet.data + LENGTH, packet.len - LENGTH);
}

/* Move what the cut packet still lacks, and no more, into `partial`. */
static enum status
gather(struct sftp *s, struct str *bytes)
{
    size_t have = buffer_len(&s->partial);
    size_t size;

    TRY(packet_size(buffer_str(&s->partial), &size));
    size_t missing = (size ? size : LENGTH) - have;
    size_t len = missing < bytes->len ? missing : bytes->len;
    TRY(buffer_add(&s->partial, str_from(bytes->data, len)));
    *bytes = str_from_offset(*bytes, len);

    TRY(packet_size(buffer_str(&s->partial), &size));
    if (size == 0 || buffer_len(&s->partial) < size)
        return OK;
    enum status result =
        handle_packet(s, without_length(buffer_str(&s->partial)));
    buffer_clear(&s->partial);
    return result;
}

/* One packet from the front of `bytes`, or a part of one. */
static enum status
take_packet(struct sftp *s, struct str *bytes)
{
    struct str packet = *bytes;
    size_t size;

    if (buffer_len(&s->partial) > 0)
        return gather(s, bytes);
    TRY(packet_size(*bytes, &size));
    if (size == 0 || bytes->len < size)
        return gather(s, bytes);
    packet.len = size;
    *bytes = str_from_offset(*bytes, size);
    return handle_packet(s, without_length(packet));
}

enum status
sftp_input(struct sftp *s, struct str bytes, size_t *taken_out)
{
    struct str rest = bytes;
    enum status result = OK;

    *taken_out = 0;
    if (s->broken)
        return fail(ERR_INVALID, "the SFTP protocol was broken before");
    while (result == OK && rest.len > 0 && s->check == NULL &&
           buffer_len(&s->output) < SFTP_OUTPUT_HIGH)
        result = take_packet(s, &rest);
    s->broken = result != OK;
    *taken_out = bytes.len - rest.len;
    return result;
}
