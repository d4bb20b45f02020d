/* SPDX-License-Identifier: Apache-2.0 */
/* key_file.c - reading a file that the configuration names, with a cap. */
#include "keys/key_file.h"

#include "keys/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static void
close_descriptor(const int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
}

/* Until the end or the cap; a file that grows meanwhile stops at the cap. */
static enum status
read_all(int file, const char *path, struct buffer *text)
{
    for (;;) {
        char *room;
        size_t left = text->limit - buffer_len(text);

        TRY(buffer_reserve(text, left, &room));
        ssize_t got = left ? read(file, room, left) : 0;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_errno(errno, "cannot read '%s'", path);
        if (got == 0)
            return OK;
        buffer_added(text, (size_t)got);
    }
}

enum status
key_file_read(const char *path, size_t limit, struct buffer *text_out)
{
    AUTO(secret_done) struct buffer text = BUFFER(0);
    struct stat is;
    /* NONBLOCK: a pipe must not hold up the login that reads it. */
    AUTO(close_descriptor)
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (file < 0 || fstat(file, &is) < 0)
        return fail_errno(errno, "cannot read '%s'", path);
    if (S_ISDIR(is.st_mode))
        return fail(ERR_IS_FOLDER, "'%s' is a folder", path);
    if (!S_ISREG(is.st_mode))
        return fail(ERR_INVALID, "'%s' is not a regular file", path);
    if ((uint64_t)is.st_size > limit)
        return fail(ERR_LIMIT, "'%s' has more than %zu bytes", path, limit);
    TRY(secret_new((size_t)is.st_size, &text));
    TRY(read_all(file, path, &text));
    *text_out = text;
    text = BUFFER(0); /* it is the caller's now */
    return OK;
}

enum status
key_file_read_of(const struct config *config, const char *path, size_t limit,
                 struct buffer *text_out)
{
    AUTO(buffer_done) struct buffer absolute = BUFFER(PATH_BYTES);

    TRY(config_resolve_path(config, path, &absolute));
    const char *resolved = buffer_text(&absolute);
    if (resolved == NULL)
        return fail(ERR_MEMORY, "no memory for a path");
    return key_file_read(resolved, limit, text_out);
}
