/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scp_reply.c - answers: a zero byte, or 1 (2: goodbye) and a line of text.
 *
 * The sentences are those that scripts know from scp. A client's bytes may not
 * end the line early or reach somebody's terminal as commands.
 */
#include "ssh/scp_private.h"

#include <stdio.h>

static const char *
text_of(enum status status)
{
    switch (status) {
    case OK: return "Success";
    case ERR_NOT_FOUND: return "No such file or directory";
    case ERR_DENIED: return "Permission denied";
    case ERR_EXISTS: return "File exists";
    case ERR_NOT_EMPTY: return "Directory not empty";
    case ERR_IS_FOLDER: return "Is a directory";
    case ERR_NO_FOLDER: return "Not a directory";
    case ERR_LINK: return "The symbolic link leads nowhere";
    case ERR_FULL: return "No space left on device";
    case ERR_BUSY: return "Another session is writing this file";
    case ERR_LIMIT: return "A limit of the server is reached";
    case ERR_INVALID: return "Invalid argument";
    case ERR_UNSUPPORTED: return "Operation not supported";
    case ERR_CONFLICT:
        return "The file was changed or taken over by another session";
    case ERR_TIMEOUT: return "The storage took too long";
    case ERR_CLOSED: return "The session is ending";
    case ERR_MEMORY: return "Cannot allocate memory";
    case ERR_IO: return "Input/output error";
    }
    return "Failure";
}

enum status
scp_say_ok(struct scp *s)
{
    return buffer_add(&s->output, STR("\0"));
}

static enum status
add_shown(struct buffer *into, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool is_shown = c >= ' ' && c != 0x7f;

        TRY(buffer_add(into, is_shown ? str_from(&c, 1) : STR("?")));
    }
    return OK;
}

enum status
scp_say(struct scp *s, enum scp_answer answer, struct str path,
        const char *text)
{
    s->has_errors = true;
    TRY(buffer_addf(&s->output, "%cscp: ", answer));
    if (path.len > 0) {
        TRY(add_shown(&s->output, path));
        TRY(buffer_add(&s->output, STR(": ")));
    }
    return buffer_addf(&s->output, "%s\n", text);
}

enum status
scp_say_failure(struct scp *s, struct str path, enum status status)
{
    return scp_say(s, SCP_ERROR, path, text_of(status));
}

enum status
scp_break(struct scp *s, const char *why)
{
    char sentence[160];

    snprintf(sentence, sizeof sentence, "protocol error: %s", why);
    s->is_over = true;
    TRY(scp_say(s, SCP_FATAL, STR_NONE, sentence));
    return fail(ERR_INVALID, "scp %s", sentence);
}
