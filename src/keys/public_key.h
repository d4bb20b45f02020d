/* SPDX-License-Identifier: Apache-2.0 */
/*
 * public_key.h - SSH public keys: authorized_keys lines and wire form.
 *
 * What is accepted: ssh-ed25519 (RFC 8709), ecdsa-sha2-nistp256, -384, -521
 * (RFC 5656), ssh-rsa (RFC 4253, 6.6) of 2048 to 16384 bits. The base64 is
 * strict, the blob's own type must be the one in front of it, and nothing may
 * follow its last field. Everything else is refused with its reason: options
 * in front of a key restrict it, and as nothing would enforce them the key is
 * refused rather than let in without them.
 */
#pragma once

#include "base/buffer.h"

enum {
    KEYS_BYTES = 1024 * 1024, /* an authorized_keys file or text */
    KEYS_LINE = 16 * 1024,
    KEYS_COUNT = 1000,
    FINGERPRINT_TEXT = 51, /* NUL included */
};

struct public_key {
    const char *type;   /* the format's name; static */
    struct buffer blob; /* the wire form */
    struct str comment; /* points into the line */
};

#define PUBLIC_KEY ((struct public_key){ .blob = BUFFER(KEYS_LINE) })

/* One line, without its line end. ERR_UNSUPPORTED for what is known but not
 * accepted, ERR_INVALID for what is broken. */
MUST_CHECK enum status public_key_parse(struct str line,
                                        struct public_key *key_out);
void public_key_done(struct public_key *);

/* Whether a wire form is an acceptable key whose type is `type`. */
MUST_CHECK enum status public_key_check(struct str type, struct str blob);

/* "SHA256:" and unpadded base64, as ssh-keygen -l prints. */
void public_key_fingerprint(struct str blob, char text[FINGERPRINT_TEXT]);

/*
 * Walk a text line by line over blank lines and comments:
 *
 *     struct key_lines lines = key_lines_of(text);
 *     struct str line;
 *     while (key_lines_next(&lines, &line)) …
 *     if (key_lines_are_broken(&lines)) …  a cap was reached; fail_reason()
 */
struct key_lines {
    struct str rest;
    size_t line; /* number of the line last given, from 1 */
    size_t count;
    bool broken;
};

struct key_lines key_lines_of(struct str text);
bool key_lines_next(struct key_lines *, struct str *line_out);

static inline bool
key_lines_are_broken(const struct key_lines *lines)
{
    return lines->broken;
}

/*
 * Look for the key in a text of authorized_keys lines. OK when an acceptable
 * line holds it; ERR_NOT_FOUND; or why the line that holds it is refused.
 * Broken lines for other keys do not matter.
 */
MUST_CHECK enum status public_key_find(struct str text, struct str type,
                                       struct str blob);
