/* SPDX-License-Identifier: Apache-2.0 */
/* secret.c - buffers that leave nothing behind. */
#include "keys/secret.h"

#include <openssl/crypto.h>

enum status
secret_new(size_t limit, struct buffer *secret_out)
{
    struct buffer secret = BUFFER(limit);
    char *room;

    TRY(buffer_reserve(&secret, limit, &room));
    *secret_out = secret;
    return OK;
}

void
secret_done(struct buffer *secret)
{
    if (secret->data != NULL)
        OPENSSL_cleanse(secret->data, secret->size);
    buffer_done(secret);
}
