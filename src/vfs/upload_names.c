/* SPDX-License-Identifier: Apache-2.0 */
/* upload_names.c - what staging files, locks and index entries are called. */
#include "vfs/upload_names.h"
#include "vfs/upload_private.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

static const char digits[] = "0123456789abcdef";

static void
to_hex(const unsigned char *bytes, size_t len, char *out)
{
    for (size_t i = 0; i < len; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}

/* The hash of `first`, a separator and `second`. */
static enum status
hash_pair(struct str first, char separator, struct str second,
          unsigned char out[PLACE_KEY])
{
    char room[2048];
    size_t len = first.len + 1 + second.len;
    char *text = len <= sizeof room ? room : malloc(len);

    if (text == NULL)
        return fail(ERR_MEMORY, "no memory for a path");
    memcpy(text, first.data, first.len);
    text[first.len] = separator;
    memcpy(text + first.len + 1, second.data, second.len);
    int hashed = EVP_Q_digest(NULL, "SHA256", NULL, text, len, out, NULL);
    if (text != room)
        free(text);
    return hashed ? OK : fail(ERR_MEMORY, "cannot hash a path");
}

enum status
place_key_of(const char *folder_path, const char *leaf, struct place_key *out)
{
    return hash_pair(str_of(folder_path), '/', str_of(leaf), out->hash);
}

void
lock_name(const struct place_key *key, char out[STORE_NAME])
{
    static const char prefix[] = "locks/";

    memcpy(out, prefix, sizeof prefix);
    to_hex(key->hash, PLACE_KEY, out + sizeof prefix - 1);
}

enum status
leftover_name(const char *owner, const struct place_key *key,
              char out[STORE_NAME])
{
    static const char prefix[] = "leftovers/";
    unsigned char hash[PLACE_KEY];

    TRY(hash_pair(str_of(owner), '\0', str_from(key->hash, PLACE_KEY), hash));
    memcpy(out, prefix, sizeof prefix);
    to_hex(hash, PLACE_KEY, out + sizeof prefix - 1);
    return OK;
}

enum status
staging_stem(const char *owner, const char *leaf, char out[STAGING_NAME])
{
    unsigned char hash[PLACE_KEY];
    size_t len = sizeof STAGING_PREFIX - 1;

    TRY(hash_pair(str_of(owner), '\0', str_of(leaf), hash));
    memcpy(out, STAGING_PREFIX, len);
    to_hex(hash, 8, out + len);
    memcpy(out + len + 16, "-", 2);
    return OK;
}

void
staging_name(const char *stem, const char *node, uint64_t revision,
             char out[STAGING_NAME])
{
    snprintf(out, STAGING_NAME, "%.25s%.8s-%llu", stem, node,
             (unsigned long long)revision);
}

enum status
owner_hash(const char *owner, unsigned char out[OWNER_HASH])
{
    unsigned char hash[PLACE_KEY];

    TRY(hash_pair(str_of(owner), '\0', STR("owner"), hash));
    memcpy(out, hash, OWNER_HASH);
    return OK;
}

bool
is_sidecar_name(const char *name)
{
    size_t len = strlen(name);

    return len > 2 && name[len - 2] == '.' &&
           (name[len - 1] == 'r' || name[len - 1] == 'n');
}

bool
upload_is_reserved_name(struct str leaf)
{
    return str_starts(leaf, STR(STAGING_PREFIX)) ||
           str_starts(leaf, STR(".nfs"));
}
