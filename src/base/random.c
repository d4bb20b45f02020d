/* SPDX-License-Identifier: Apache-2.0 */
/* random.c - unpredictable bytes and names made of them. */
#include "base/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void
random_bytes(void *into, size_t len)
{
    char *at = into;

    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            abort();
        at += got;
        len -= (size_t)got;
    }
}

void
random_uuid(char text[UUID_TEXT])
{
    unsigned char b[16];

    random_bytes(b, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* version 4 */
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80); /* RFC 4122 variant */
    snprintf(text, UUID_TEXT,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
             "%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10],
             b[11], b[12], b[13], b[14], b[15]);
}

void
random_password(char *text, size_t len)
{
    static const char letters[] =
        "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    size_t count = sizeof letters - 1;
    size_t at = 0;

    while (at < len) {
        unsigned char byte;

        random_bytes(&byte, 1);
        if (byte < 256 / count * count) /* no letter is likelier */
            text[at++] = letters[byte % count];
    }
    text[len] = '\0';
}
