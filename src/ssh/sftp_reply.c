/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_reply.c - replies, and what a failure is called in SFTP.
 *
 * The text of a STATUS says what went wrong in general terms. The sentence of
 * fail_reason() is for the log: it may hold paths of the host. Only of a busy
 * file it is told, because the client can do something about that, and only
 * when it holds no slash and so no path.
 */
#include "ssh/sftp_private.h"

enum { REPLY_HEADER = 4 + 1 + 4 };

enum status
sftp_reply_start(struct sftp *s, uint8_t number, uint32_t id, size_t *mark_out)
{
    char *room;

    *mark_out = buffer_len(&s->output);
    TRY(buffer_reserve(&s->output, REPLY_HEADER, &room));
    put_u32(room, 0); /* the length, when it is known */
    room[4] = (char)number;
    put_u32(room + 5, id);
    buffer_added(&s->output, REPLY_HEADER);
    return OK;
}

void
sftp_reply_patch(struct sftp *s, size_t at, uint32_t value)
{
    put_u32((char *)buffer_str(&s->output).data + at, value);
}

void
sftp_reply_end(struct sftp *s, size_t mark)
{
    sftp_reply_patch(s, mark, (uint32_t)(buffer_len(&s->output) - mark - 4));
}

enum status
sftp_reply_status(struct sftp *s, const struct sftp_request *r,
                  enum sftp_code code, const char *text)
{
    size_t mark;

    TRY(sftp_reply_start(s, SSH_FXP_STATUS, r->id, &mark));
    TRY(add_u32(&s->output, code));
    TRY(add_string(&s->output, str_of(text)));
    TRY(add_string(&s->output, STR("en")));
    sftp_reply_end(s, mark);
    return OK;
}

struct answer {
    enum sftp_code code;
    const char *text;
};

/* No default: -Wswitch-enum finds the kind we forgot. The codes are those
 * that OpenSSH gives for the errno behind each kind. */
static struct answer
answer_of(enum status status)
{
    /* clang-format off */
    switch (status) {
    case OK: return (struct answer){ SSH_FX_OK, "Success" };
    case ERR_NOT_FOUND: return (struct answer){ SSH_FX_NO_SUCH_FILE,
        "No such file or folder" };
    case ERR_NO_FOLDER: return (struct answer){ SSH_FX_NO_SUCH_FILE,
        "A part of the path is not a folder" };
    case ERR_LINK: return (struct answer){ SSH_FX_NO_SUCH_FILE,
        "The symbolic link leads nowhere" };
    case ERR_DENIED: return (struct answer){ SSH_FX_PERMISSION_DENIED,
        "Permission denied" };
    case ERR_INVALID: return (struct answer){ SSH_FX_BAD_MESSAGE,
        "The request makes no sense" };
    case ERR_UNSUPPORTED: return (struct answer){ SSH_FX_OP_UNSUPPORTED,
        "The server does not support this" };
    case ERR_EXISTS: return (struct answer){ SSH_FX_FAILURE,
        "The name exists already" };
    case ERR_NOT_EMPTY: return (struct answer){ SSH_FX_FAILURE,
        "The folder is not empty" };
    case ERR_IS_FOLDER: return (struct answer){ SSH_FX_FAILURE,
        "It is a folder" };
    case ERR_FULL: return (struct answer){ SSH_FX_FAILURE,
        "No space is left, or a quota or size limit is used up" };
    case ERR_BUSY: return (struct answer){ SSH_FX_FAILURE,
        "Another session is writing this file" };
    case ERR_LIMIT: return (struct answer){ SSH_FX_FAILURE,
        "A limit of the server is reached" };
    case ERR_CONFLICT: return (struct answer){ SSH_FX_FAILURE,
        "The file was changed or taken over by another session, or an "
        "unfinished upload of it exists" };
    case ERR_TIMEOUT: return (struct answer){ SSH_FX_FAILURE,
        "The storage took too long" };
    case ERR_CLOSED: return (struct answer){ SSH_FX_FAILURE,
        "The session is ending" };
    case ERR_MEMORY: return (struct answer){ SSH_FX_FAILURE,
        "The server is out of memory" };
    case ERR_IO: return (struct answer){ SSH_FX_FAILURE,
        "The storage reported an error" };
    }
    /* clang-format on */
    return (struct answer){ SSH_FX_FAILURE, "Failure" };
}

static bool
may_be_told(const char *sentence)
{
    if (sentence[0] == '\0')
        return false;
    for (const char *at = sentence; *at != '\0'; at++)
        if (*at == '/' || (unsigned char)*at < ' ' || *at == 0x7f)
            return false;
    return true;
}

enum status
sftp_reply_result(struct sftp *s, const struct sftp_request *r,
                  enum status status)
{
    struct answer answer = answer_of(status);

    if (status == ERR_BUSY && may_be_told(fail_reason()))
        answer.text = fail_reason();
    return sftp_reply_status(s, r, answer.code, answer.text);
}

enum status
sftp_reply_attributes(struct sftp *s, const struct sftp_request *r,
                      const struct vfs_attributes *attributes)
{
    size_t mark;

    TRY(sftp_reply_start(s, SSH_FXP_ATTRS, r->id, &mark));
    TRY(sftp_add_attributes(&s->output, attributes));
    sftp_reply_end(s, mark);
    return OK;
}

enum status
sftp_reply_name(struct sftp *s, const struct sftp_request *r, struct str name)
{
    static const struct vfs_attributes none = { 0 };
    size_t mark;

    TRY(sftp_reply_start(s, SSH_FXP_NAME, r->id, &mark));
    TRY(add_u32(&s->output, 1));
    TRY(add_string(&s->output, name));
    TRY(add_string(&s->output, name));
    TRY(sftp_add_attributes(&s->output, &none));
    sftp_reply_end(s, mark);
    return OK;
}
