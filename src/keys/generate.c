/* SPDX-License-Identifier: Apache-2.0 */
/*
 * generate.c - new keys, written as "openssh-key-v1" (PROTOCOL.key of
 * OpenSSH): the one form that OpenSSH, PuTTY's tools and libssh all read for
 * every type, and not encrypted, as a server has nobody to ask.
 */
#include "base/random.h"
#include "base/wire.h"
#include "keys/base64.h"
#include "keys/evp_key_private.h"
#include "keys/private_key.h"
#include "keys/public_key.h"
#include "keys/secret.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>

enum {
    FORM_BYTES = 8 * 1024, /* an RSA key of 4096 bits needs 3.4 KiB */
    TEXT_BYTES = 2 * FORM_BYTES,
    LINE_CHARACTERS = 70, /* OpenSSH's own */
    CIPHER_BLOCK = 8,     /* what the private part is padded to */
};

static const struct key_size {
    enum key_type type;
    unsigned bits;
    const char *curve;
} sizes[] = {
    { KEY_ED25519, 256, NULL },  { KEY_ECDSA, 256, "P-256" },
    { KEY_ECDSA, 384, "P-384" }, { KEY_ECDSA, 521, "P-521" },
    { KEY_RSA, 3072, NULL },     { KEY_RSA, 4096, NULL },
};

/* The first row of a type is its default. */
static const struct key_size *
find_size(enum key_type type, unsigned bits)
{
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i].type == type && (bits == 0 || bits == sizes[i].bits))
            return &sizes[i];
    return NULL;
}

static EVP_PKEY *
make_key(const struct key_size *size)
{
    switch (size->type) {
    case KEY_ED25519: return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    case KEY_ECDSA: return EVP_EC_gen(size->curve);
    case KEY_RSA: return EVP_RSA_gen(size->bits);
    }
    return NULL;
}

/* Two equal numbers: a wrong passphrase would show. */
static enum status
add_check(struct buffer *part)
{
    uint32_t check;

    random_bytes(&check, sizeof check);
    TRY(add_u32(part, check));
    return add_u32(part, check);
}

/* What a passphrase would encrypt: the check, the key, its comment, and 1, 2,
 * 3, … up to a whole block. */
static enum status
add_private_part(const EVP_PKEY *key, struct str comment, struct buffer *part)
{
    TRY(add_check(part));
    TRY(evp_key_add_private(key, part));
    TRY(add_string(part, comment));
    for (uint8_t pad = 1; buffer_len(part) % CIPHER_BLOCK != 0; pad++)
        TRY(add_u8(part, pad));
    return OK;
}

static enum status
add_no_encryption(struct buffer *form)
{
    TRY(add_string(form, STR("none"))); /* cipher */
    TRY(add_string(form, STR("none"))); /* key derivation */
    return add_string(form, STR_NONE);  /* its options */
}

static enum status
add_container(struct str blob, struct str part, struct buffer *form)
{
    TRY(buffer_add(form, STR("openssh-key-v1\0")));
    TRY(add_no_encryption(form));
    TRY(add_u32(form, 1)); /* keys */
    TRY(add_string(form, blob));
    return add_string(form, part);
}

static enum status
add_lines(struct str base64, struct buffer *text)
{
    TRY(buffer_add(text, STR("-----BEGIN OPENSSH PRIVATE KEY-----\n")));
    while (base64.len > 0) {
        size_t len =
            base64.len < LINE_CHARACTERS ? base64.len : LINE_CHARACTERS;

        TRY(buffer_addf(text, "%.*s\n", (int)len, base64.data));
        base64 = str_from_offset(base64, len);
    }
    return buffer_add(text, STR("-----END OPENSSH PRIVATE KEY-----\n"));
}

static enum status
write_text(struct str form, struct buffer *text_out)
{
    AUTO(secret_done) struct buffer base64 = BUFFER(0);
    AUTO(secret_done) struct buffer text = BUFFER(0);

    TRY(secret_new(TEXT_BYTES, &base64));
    TRY(secret_new(TEXT_BYTES, &text));
    TRY(base64_encode(form, &base64));
    TRY(add_lines(buffer_str(&base64), &text));
    *text_out = text;
    text = BUFFER(0); /* it is the caller's now */
    return OK;
}

static enum status
write_private(const EVP_PKEY *key, struct str blob, struct str comment,
              struct buffer *text_out)
{
    AUTO(secret_done) struct buffer part = BUFFER(0);
    AUTO(secret_done) struct buffer form = BUFFER(0);

    TRY(secret_new(FORM_BYTES, &part));
    TRY(secret_new(FORM_BYTES, &form));
    TRY(add_private_part(key, comment, &part));
    TRY(add_container(blob, buffer_str(&part), &form));
    return write_text(buffer_str(&form), text_out);
}

static enum status
write_public(const EVP_PKEY *key, struct str blob, const char *comment,
             struct buffer *line)
{
    const char *type;

    TRY(evp_key_type(key, &type));
    TRY(buffer_add(line, str_of(type)));
    TRY(buffer_add(line, STR(" ")));
    TRY(base64_encode(blob, line));
    return buffer_addf(line, "%s%s\n", *comment ? " " : "", comment);
}

static enum status
write_key(const EVP_PKEY *key, const char *comment, struct buffer *blob,
          struct buffer *private_out, struct buffer *public_out)
{
    TRY(evp_key_add_public(key, blob));
    TRY(write_public(key, buffer_str(blob), comment, public_out));
    return write_private(key, buffer_str(blob), str_of(comment), private_out);
}

enum status
private_key_generate(enum key_type type, unsigned bits, const char *comment,
                     struct buffer *private_out, struct buffer *public_out)
{
    const struct key_size *size = find_size(type, bits);
    struct buffer blob = BUFFER(KEYS_LINE);

    if (size == NULL)
        return fail(ERR_UNSUPPORTED,
                    "no such key has %u bits (ECDSA: 256, "
                    "384, 521; RSA: 3072, 4096)",
                    bits);
    if (strpbrk(comment, "\r\n") != NULL || strlen(comment) > 1024)
        return fail(ERR_INVALID, "the comment is not one line of text");
    AUTO(evp_key_free) EVP_PKEY *key = make_key(size);
    if (key == NULL)
        return fail(ERR_IO, "OpenSSL cannot make the key");
    enum status status =
        write_key(key, comment, &blob, private_out, public_out);
    buffer_done(&blob);
    return status;
}
