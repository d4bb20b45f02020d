/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h - the lines of FTP's control connection (RFC 959, 5.3).
 *
 * Pure: bytes in, commands out. Telnet's IAC sequences are taken out (RFC 959,
 * 4; RFC 854), a line ends in CR LF or LF, CR NUL in a line is CR (RFC 2640,
 * 3.1).
 */
#pragma once

#include "base/buffer.h"
#include "base/status.h"
#include "base/str.h"

enum {
    FTP_LINE = 8192, /* longest, path and verb */
    FTP_VERB = 4,
};

struct ftp_lines { /* what has arrived and is not a line yet */
    struct buffer pending;
    size_t used;          /* bytes of the line handed out last */
    bool is_skipping;     /* the rest of a line that was too long */
    bool has_interrupt;   /* IP or DM was among it: ABOR is coming */
    unsigned char telnet; /* private: where in an IAC sequence we are */
};

void ftp_lines_init(struct ftp_lines *);
void ftp_lines_done(struct ftp_lines *);
/* At most FTP_LINE bytes at a time, and only when ftp_lines_next() has no
 * line. */
MUST_CHECK enum status ftp_lines_add(struct ftp_lines *, struct str bytes);
/* Forget everything (AUTH TLS). Returns how many bytes were dropped. */
size_t ftp_lines_drop(struct ftp_lines *);

struct ftp_command {
    char verb[FTP_VERB + 1]; /* upper case; "" when it is no verb */
    struct str argument;     /* as sent; valid until the next call */
};

/*
 * The next whole line. *has_out = false: none yet. ERR_LIMIT: a line was too
 * long and has been skipped (500 and go on). ERR_INVALID: a NUL in it, or not
 * a verb.
 */
MUST_CHECK enum status ftp_lines_next(struct ftp_lines *,
                                      struct ftp_command *out, bool *has_out);

/* Whether the line is the first of an HTTP request, or anything else that a
 * browser was made to send here (S27). */
bool ftp_looks_like_http(struct str line);
