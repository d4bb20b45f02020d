/* SPDX-License-Identifier: Apache-2.0 */
/* checksum.c - checksums of files, by OpenSSL; CRC-32 by zlib. */
#include "vfs/checksum.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <zlib.h>

enum { READ_BYTES = 256 * 1024, CRC_BYTES = 4 };

struct checksum_kind {
    const char *name;
    size_t size;
    const EVP_MD *(*digest)(void); /* NULL: CRC-32 */
};

static const struct checksum_kind kinds[] = {
    { "md5", 16, EVP_md5 },       { "sha1", 20, EVP_sha1 },
    { "sha224", 28, EVP_sha224 }, { "sha256", 32, EVP_sha256 },
    { "sha384", 48, EVP_sha384 }, { "sha512", 64, EVP_sha512 },
    { "crc32", CRC_BYTES, NULL },
};

struct checksum {
    const struct checksum_kind *kind;
    EVP_MD_CTX *context; /* NULL for CRC-32 */
    uLong crc;
    char bytes[READ_BYTES];
};

const struct checksum_kind *
checksum_find(struct str name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (str_is(name, kinds[i].name))
            return &kinds[i];
    return NULL;
}

const char *
checksum_name(const struct checksum_kind *kind)
{
    return kind->name;
}

size_t
checksum_size(const struct checksum_kind *kind)
{
    return kind->size;
}

static enum status
begin(struct checksum *c)
{
    c->crc = crc32(0, NULL, 0);
    if (c->kind->digest != NULL &&
        EVP_DigestInit_ex(c->context, c->kind->digest(), NULL) != 1)
        return fail(ERR_UNSUPPORTED, "this OpenSSL has no %s", c->kind->name);
    return OK;
}

enum status
checksum_new(const struct checksum_kind *kind, struct checksum **out)
{
    AUTO(checksum_free) struct checksum *c = malloc(sizeof *c);

    if (c == NULL)
        return fail(ERR_MEMORY, "no memory for a checksum");
    c->kind = kind;
    c->context = kind->digest != NULL ? EVP_MD_CTX_new() : NULL;
    if (kind->digest != NULL && c->context == NULL)
        return fail(ERR_MEMORY, "no memory for a checksum");
    TRY(begin(c));
    *out = c;
    c = NULL;
    return OK;
}

void
checksum_free(struct checksum **checksum)
{
    if (*checksum == NULL)
        return;
    EVP_MD_CTX_free((*checksum)->context);
    free(*checksum);
    *checksum = NULL;
}

enum status
checksum_add(struct checksum *c, struct str bytes)
{
    if (c->kind->digest == NULL)
        c->crc = crc32_z(c->crc, (const unsigned char *)bytes.data, bytes.len);
    else if (EVP_DigestUpdate(c->context, bytes.data, bytes.len) != 1)
        return fail(ERR_IO, "OpenSSL cannot go on with a checksum");
    return OK;
}

enum status
checksum_take(struct checksum *c, unsigned char sum[CHECKSUM_BYTES])
{
    if (c->kind->digest == NULL)
        for (unsigned i = 0; i < CRC_BYTES; i++)
            sum[i] = (unsigned char)(c->crc >> (24 - 8 * i));
    else if (EVP_DigestFinal_ex(c->context, sum, NULL) != 1)
        return fail(ERR_IO, "OpenSSL cannot finish a checksum");
    return begin(c);
}

enum status
checksum_add_file(struct checksum *c, struct vfs_file *file, uint64_t offset,
                  uint64_t len, uint64_t *added_out)
{
    uint64_t most = len < CHECKSUM_PIECE ? len : CHECKSUM_PIECE;
    size_t got = 1;

    *added_out = 0;
    while (*added_out < most && got > 0) {
        uint64_t left = most - *added_out;
        size_t size = left < READ_BYTES ? (size_t)left : READ_BYTES;

        TRY(vfs_read(file, offset + *added_out, c->bytes, size, &got));
        TRY(checksum_add(c, str_from(c->bytes, got)));
        *added_out += got;
    }
    return OK;
}
