/* SPDX-License-Identifier: Apache-2.0 */
/* hash_names.c - what HASH can make, by the names of its draft
 * (draft-bryan-ftpext-hash). */
#include "ftp/ftp_private.h"

static const struct {
    const char *name;
    const char *kind;
} hashes[] = {
    { "SHA-256", "sha256" },
    { "SHA-512", "sha512" },
    { "CRC32", "crc32" },
};

enum { HASHES = sizeof hashes / sizeof hashes[0] };

const char *
ftp_hash_name(unsigned index)
{
    return index < HASHES ? hashes[index].name : NULL;
}

const char *
ftp_hash_kind(unsigned index)
{
    return index < HASHES ? hashes[index].kind : NULL;
}
