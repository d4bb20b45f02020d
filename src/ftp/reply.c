/* SPDX-License-Identifier: Apache-2.0 */
/* reply.c - what the server says, with nothing in it that could be a line. */
#include "ftp/reply.h"

#include <stdio.h>

enum { REPLY_TEXT = 8 * 1024, FIRST_PRINTABLE = 32, DELETE = 127 };

/* Control bytes become "?"; a byte 255 would be Telnet's, so it is doubled. */
static enum status
add_harmless(struct buffer *out, struct str text)
{
    char *room;
    size_t used = 0;

    TRY(buffer_reserve(out, text.len * 2, &room));
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];

        room[used++] =
            (char)(byte < FIRST_PRINTABLE || byte == DELETE ? '?' : byte);
        if (byte == UINT8_MAX)
            room[used++] = (char)byte;
    }
    buffer_added(out, used);
    return OK;
}

enum status
ftp_reply_text(struct buffer *out, struct str text)
{
    TRY(add_harmless(out, text));
    return buffer_add(out, STR("\r\n"));
}

enum status
ftp_reply(struct buffer *out, unsigned code, const char *format, ...)
{
    char text[REPLY_TEXT];
    va_list arguments;

    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (len < 0)
        return fail(ERR_INVALID, "a reply cannot be written");
    if ((size_t)len >= sizeof text)
        len = sizeof text - 1;
    TRY(buffer_addf(out, "%03u ", code));
    return ftp_reply_text(out, str_from(text, (size_t)len));
}

static enum status
add_first(struct buffer *out, unsigned code, const char *first)
{
    TRY(buffer_addf(out, "%03u-", code));
    return ftp_reply_text(out, str_of(first));
}

/* Lines between the first and the last begin with a blank, so that none can
 * look like the last (RFC 959, 4.2). */
static enum status
add_middle(struct buffer *out, struct str lines)
{
    struct str rest = lines;

    while (rest.len > 0) {
        TRY(buffer_add(out, STR(" ")));
        TRY(ftp_reply_text(out, str_cut(&rest, '\n')));
    }
    return OK;
}

enum status
ftp_reply_lines(struct buffer *out, unsigned code, const char *first,
                struct str lines, const char *last)
{
    TRY(add_first(out, code, first));
    TRY(add_middle(out, lines));
    TRY(buffer_addf(out, "%03u ", code));
    return ftp_reply_text(out, str_of(last));
}

static enum status
add_quoted(struct buffer *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"')
            TRY(buffer_add(out, STR("\"")));
        TRY(add_harmless(out, str_from(text.data + i, 1)));
    }
    return OK;
}

enum status
ftp_reply_path(struct buffer *out, unsigned code, struct str path,
               const char *said)
{
    TRY(buffer_addf(out, "%03u \"", code));
    TRY(add_quoted(out, path));
    return buffer_addf(out, "\" %s\r\n", said);
}
