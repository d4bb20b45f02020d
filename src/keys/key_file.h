/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key_file.h - reading a file that the configuration names, with a cap.
 */
#pragma once

#include "base/buffer.h"
#include "config/config.h"

/*
 * Read the whole of a regular file (links to one are followed: the operator
 * made them) into a new secret of at most `limit` bytes, which the caller
 * ends with secret_done(). ERR_NOT_FOUND, ERR_DENIED, ERR_IS_FOLDER,
 * ERR_INVALID for devices and pipes, ERR_LIMIT, ERR_IO.
 */
MUST_CHECK enum status key_file_read(const char *path, size_t limit,
                                     struct buffer *text_out);

/* The same for a path that is relative to server.ini. */
MUST_CHECK enum status key_file_read_of(const struct config *, const char *path,
                                        size_t limit, struct buffer *text_out);
