/* SPDX-License-Identifier: Apache-2.0 */
/* command.c - bytes of the control connection into commands. */
#include "ftp/command.h"

#include <string.h>

enum {
    TELNET_PLAIN,
    TELNET_IAC,    /* behind 255 */
    TELNET_OPTION, /* behind WILL, WONT, DO or DONT */

    TELNET_ABORT = 238,
    TELNET_DATA_MARK = 242,
    TELNET_INTERRUPT = 244,
    TELNET_WILL = 251,
    TELNET_DONT = 254,
    TELNET_ESCAPE = 255,
};

void
ftp_lines_init(struct ftp_lines *lines)
{
    *lines = (struct ftp_lines){ .pending = BUFFER(2 * FTP_LINE + 2) };
}

void
ftp_lines_done(struct ftp_lines *lines)
{
    buffer_done(&lines->pending);
}

/* A byte behind IAC; whether it is data after all (IAC IAC). */
static bool
take_telnet(struct ftp_lines *lines, unsigned char byte)
{
    if (lines->telnet == TELNET_OPTION) {
        lines->telnet = TELNET_PLAIN;
        return false;
    }
    lines->telnet = byte >= TELNET_WILL && byte <= TELNET_DONT ? TELNET_OPTION
                                                               : TELNET_PLAIN;
    if (byte == TELNET_ABORT || byte == TELNET_DATA_MARK ||
        byte == TELNET_INTERRUPT)
        lines->has_interrupt = true;
    return byte == TELNET_ESCAPE;
}

static void
drop_used(struct ftp_lines *lines)
{
    buffer_take(&lines->pending, lines->used);
    lines->used = 0;
}

enum status
ftp_lines_add(struct ftp_lines *lines, struct str bytes)
{
    char *room;
    size_t kept = 0;

    drop_used(lines);
    TRY(buffer_reserve(&lines->pending, bytes.len, &room));
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char)bytes.data[i];

        if (lines->telnet != TELNET_PLAIN) {
            if (take_telnet(lines, byte))
                room[kept++] = (char)byte;
        } else if (byte == TELNET_ESCAPE) {
            lines->telnet = TELNET_IAC;
        } else {
            room[kept++] = (char)byte;
        }
    }
    buffer_added(&lines->pending, kept);
    return OK;
}

size_t
ftp_lines_drop(struct ftp_lines *lines)
{
    drop_used(lines);
    size_t dropped = buffer_len(&lines->pending);

    buffer_clear(&lines->pending);
    lines->is_skipping = false;
    lines->telnet = TELNET_PLAIN;
    return dropped;
}

/* "CR NUL" stands for CR; any other NUL is none of a name's bytes. */
static enum status
undo_nul(char *text, size_t *len)
{
    size_t kept = 0;

    for (size_t i = 0; i < *len; i++) {
        if (text[i] == '\0' && (i == 0 || text[i - 1] != '\r'))
            return fail(ERR_INVALID, "there is a NUL in the command");
        if (text[i] != '\0')
            text[kept++] = text[i];
    }
    *len = kept;
    return OK;
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static enum status
split(struct str line, struct ftp_command *out)
{
    struct str rest = line;
    struct str verb = str_cut(&rest, ' ');

    *out = (struct ftp_command){ .argument = rest };
    if (verb.len == 0 || verb.len > FTP_VERB)
        return fail(ERR_INVALID, "that is no command");
    for (size_t i = 0; i < verb.len; i++) {
        if (!is_letter(verb.data[i])) {
            out->verb[0] = '\0';
            return fail(ERR_INVALID, "that is no command");
        }
        out->verb[i] = (char)(verb.data[i] & ~0x20);
    }
    return OK;
}

/* Behind the line's end, or 0 when it has not come. */
static size_t
line_end(const struct ftp_lines *lines)
{
    struct str all = buffer_str(&lines->pending);
    const char *end = all.len > 0 ? memchr(all.data, '\n', all.len) : NULL;

    return end != NULL ? (size_t)(end - all.data) + 1 : 0;
}

enum status
ftp_lines_next(struct ftp_lines *lines, struct ftp_command *out, bool *has_out)
{
    drop_used(lines);
    size_t end = line_end(lines);

    *has_out = false;
    if (end == 0) {
        if (lines->is_skipping || buffer_len(&lines->pending) > FTP_LINE) {
            lines->is_skipping = true;
            buffer_clear(&lines->pending);
        }
        return OK;
    }
    lines->used = end;
    if (lines->is_skipping || end > FTP_LINE) {
        lines->is_skipping = false;
        return fail(ERR_LIMIT, "the command is too long");
    }
    char *text = lines->pending.data + lines->pending.start;
    size_t len = end - 1;
    if (len > 0 && text[len - 1] == '\r')
        len--;
    TRY(undo_nul(text, &len));
    TRY(split(str_from(text, len), out));
    *has_out = true;
    return OK;
}

bool
ftp_looks_like_http(struct str line)
{
    static const char *const signs[] = { "GET ",     "HEAD ",     "POST ",
                                         "PUT ",     "DELETE ",   "OPTIONS ",
                                         "CONNECT ", "TRACE ",    "PATCH ",
                                         "Host:",    "PRI * HTTP" };

    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t len = strlen(signs[i]);

        if (line.len >= len &&
            str_same_word(str_from(line.data, len), signs[i]))
            return true;
    }
    return false;
}
