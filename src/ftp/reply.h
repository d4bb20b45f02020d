/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply.h - what the server says (RFC 959, 4.2). Pure.
 *
 * Whatever stands in a reply is data: CR, LF, NUL and control bytes in it are
 * made harmless, so nobody's file name is a reply of its own.
 */
#pragma once

#include "base/buffer.h"

#include <stdarg.h>

/* "226 Transfer complete.\r\n" */
MUST_CHECK enum status ftp_reply(struct buffer *out, unsigned code,
                                 const char *format, ...) PRINTF(3, 4);
/* "211-First\r\n line\r\n211 Last\r\n": `lines` is text with LF between. */
MUST_CHECK enum status ftp_reply_lines(struct buffer *out, unsigned code,
                                       const char *first, struct str lines,
                                       const char *last);
/* One line of those between the first and the last of a reply, that is as it
 * stands: it must not begin with digits. */
MUST_CHECK enum status ftp_reply_text(struct buffer *out, struct str line);
/* 257 "path" said: quotes doubled (RFC 959, appendix II). */
MUST_CHECK enum status ftp_reply_path(struct buffer *out, unsigned code,
                                      struct str path, const char *said);
