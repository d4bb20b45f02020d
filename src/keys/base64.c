/* SPDX-License-Identifier: Apache-2.0 */
/* base64.c - OpenSSL's block functions, made strict. */
#include "keys/base64.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

/* EVP's block functions count in int. */
enum { LARGEST = 64 * 1024 * 1024 };

enum status
base64_encode(struct str bytes, struct buffer *out)
{
    size_t len = (bytes.len + 2) / 3 * 4;
    char *room;

    if (bytes.len > LARGEST)
        return fail(ERR_LIMIT, "%zu bytes are too many for base64", bytes.len);
    TRY(buffer_reserve(out, len, &room)); /* EVP adds a NUL; there is room */
    if (bytes.len > 0)
        EVP_EncodeBlock((unsigned char *)room,
                        (const unsigned char *)bytes.data, (int)bytes.len);
    buffer_added(out, len);
    return OK;
}

/* EVP skips blanks and ignores unused bits: only text that comes out again
 * when its bytes are encoded was strict. */
static bool
is_canonical(struct str bytes, struct str text)
{
    struct buffer again = BUFFER(text.len);
    bool same = base64_encode(bytes, &again) == OK &&
                str_equal(buffer_str(&again), text);

    if (again.data != NULL)
        OPENSSL_cleanse(again.data, again.size);
    buffer_done(&again);
    return same;
}

static size_t
padding_of(struct str text)
{
    size_t count = 0;

    while (count < 2 && text.data[text.len - 1 - count] == '=')
        count++;
    return count;
}

enum status
base64_decode(struct str text, struct buffer *out)
{
    char *room;

    if (text.len == 0)
        return OK;
    if (text.len % 4 != 0 || text.len > LARGEST)
        return fail(ERR_INVALID, "base64 of %zu characters", text.len);
    TRY(buffer_reserve(out, text.len / 4 * 3, &room));
    int len = EVP_DecodeBlock((unsigned char *)room,
                              (const unsigned char *)text.data, (int)text.len);
    size_t padding = padding_of(text);
    if (len < 0 || (size_t)len < padding ||
        !is_canonical(str_from(room, (size_t)len - padding), text))
        return fail(ERR_INVALID, "not base64");
    buffer_added(out, (size_t)len - padding);
    return OK;
}
