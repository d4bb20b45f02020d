/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checksum.h - checksums of files, a piece at a time.
 *
 * They compare copies; nothing here trusts md5, sha1 or crc32 with more.
 */
#pragma once

#include "base/status.h"
#include "vfs/vfs.h"

enum {
    CHECKSUM_BYTES = 64,              /* of the longest */
    CHECKSUM_PIECE = 4 * 1024 * 1024, /* most bytes of one step */
};

struct checksum_kind;
struct checksum;

/* "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "crc32"; NULL when it
 * is none of them. */
const struct checksum_kind *checksum_find(struct str name);
const char *checksum_name(const struct checksum_kind *);
size_t checksum_size(const struct checksum_kind *);

/* Their names with commas between. */
#define CHECKSUM_NAMES "md5,sha1,sha224,sha256,sha384,sha512,crc32"

MUST_CHECK enum status checksum_new(const struct checksum_kind *,
                                    struct checksum **out);
void checksum_free(struct checksum **);
MUST_CHECK enum status checksum_add(struct checksum *, struct str bytes);

/* The sum of what was added, checksum_size() bytes; then it begins anew. */
MUST_CHECK enum status checksum_take(struct checksum *,
                                     unsigned char sum[CHECKSUM_BYTES]);

/* Add up to `len` bytes of the file from `offset` on, CHECKSUM_PIECE at most.
 * *added_out is less only at the end of the file. */
MUST_CHECK enum status checksum_add_file(struct checksum *, struct vfs_file *,
                                         uint64_t offset, uint64_t len,
                                         uint64_t *added_out);
