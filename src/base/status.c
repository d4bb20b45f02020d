/* SPDX-License-Identifier: Apache-2.0 */
/* status.c - kinds of failure, and the sentence that goes with the last one. */
#include "base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char reason[512];

enum status(fail)(enum status kind, const char *why, ...)
{
    char sentence[sizeof reason];
    va_list args;

    va_start(args, why);
    vsnprintf(sentence, sizeof sentence, why, args);
    va_end(args);
    /* By way of a copy: an argument may be the old fail_reason(). */
    memcpy(reason, sentence, sizeof reason);
    return kind;
}

static enum status
status_of_errno(int number)
{
    /* clang-format off */
    static const struct {
        int number;
        enum status kind;
    } kinds[] = {
        { ENOENT, ERR_NOT_FOUND },      { EACCES, ERR_DENIED },
        { EPERM, ERR_DENIED },          { EROFS, ERR_DENIED },
        { EXDEV, ERR_UNSUPPORTED },     { EEXIST, ERR_EXISTS },
        { ENOTEMPTY, ERR_NOT_EMPTY },   { EISDIR, ERR_IS_FOLDER },
        { ENOTDIR, ERR_NO_FOLDER },     { ELOOP, ERR_LINK },
        { ENOSPC, ERR_FULL },           { EDQUOT, ERR_FULL },
        { EFBIG, ERR_FULL },            { EBUSY, ERR_BUSY },
        { ETXTBSY, ERR_BUSY },          { EINVAL, ERR_INVALID },
        { ENAMETOOLONG, ERR_INVALID },  { EBADF, ERR_INVALID },
        { ENOSYS, ERR_UNSUPPORTED },    { EOPNOTSUPP, ERR_UNSUPPORTED },
        { EMLINK, ERR_LIMIT },          { EMFILE, ERR_LIMIT },
        { ENFILE, ERR_LIMIT },          { ETIMEDOUT, ERR_TIMEOUT },
        { EAGAIN, ERR_TIMEOUT },        { EPIPE, ERR_CLOSED },
        { ECONNRESET, ERR_CLOSED },     { ENOMEM, ERR_MEMORY },
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].number == number)
            return kinds[i].kind;
    return ERR_IO;
}

enum status(fail_errno)(int number, const char *what, ...)
{
    char subject[384];
    char text[96];
    va_list args;

    va_start(args, what);
    vsnprintf(subject, sizeof subject, what, args);
    va_end(args);
    return fail(status_of_errno(number), "%s: %s", subject,
                strerror_r(number, text, sizeof text));
}

const char *
fail_reason(void)
{
    return reason;
}

const char *
status_name(enum status status)
{
    switch (status) {
    case OK: return "ok";
    case ERR_NOT_FOUND: return "not found";
    case ERR_DENIED: return "denied";
    case ERR_EXISTS: return "exists";
    case ERR_NOT_EMPTY: return "not empty";
    case ERR_IS_FOLDER: return "is a folder";
    case ERR_NO_FOLDER: return "not a folder";
    case ERR_LINK: return "is a symbolic link";
    case ERR_FULL: return "full";
    case ERR_BUSY: return "busy";
    case ERR_LIMIT: return "limit reached";
    case ERR_INVALID: return "invalid";
    case ERR_UNSUPPORTED: return "unsupported";
    case ERR_CONFLICT: return "changed meanwhile";
    case ERR_TIMEOUT: return "timed out";
    case ERR_CLOSED: return "closed";
    case ERR_MEMORY: return "out of memory";
    case ERR_IO: return "input/output error";
    }
    return "unknown";
}
