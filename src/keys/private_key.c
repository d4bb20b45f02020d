/* SPDX-License-Identifier: Apache-2.0 */
/*
 * private_key.c - is this text a private key that can be used?
 *
 * It is checked here, where the configuration is read, so that a server says
 * at start which line is wrong and not at the first client.
 */
#include "keys/private_key.h"

#include "base/wire.h"
#include "keys/base64.h"
#include "keys/evp_key_private.h"
#include "keys/public_key.h"
#include "keys/secret.h"

#include <openssl/err.h>
#include <openssl/pem.h>

static const char begin_openssh[] = "-----BEGIN OPENSSH PRIVATE KEY-----";
static const char end_openssh[] = "-----END OPENSSH PRIVATE KEY-----";

static const char *
find(struct str text, const char *what)
{
    if (text.data == NULL || text.len == 0)
        return NULL;
    return memmem(text.data, text.len, what, strlen(what));
}

/* How often the text begins a private key of any form. */
static size_t
count_keys(struct str text)
{
    size_t count = 0;

    while (text.len > 0) {
        struct str line = str_trim(str_cut(&text, '\n'));
        count += str_starts(line, STR("-----BEGIN ")) &&
                 find(line, "PRIVATE KEY-----") != NULL;
    }
    return count;
}

/* The bytes between the two lines, without line ends, decoded. */
static enum status
decode_openssh(struct str text, struct buffer *form_out)
{
    AUTO(secret_done) struct buffer base64 = BUFFER(0);
    const char *begin = find(text, begin_openssh);

    if (begin == NULL)
        return fail(ERR_INVALID, "the key has no first line");
    /* searched behind the first line: the dashes of both may be the same */
    begin += sizeof begin_openssh - 1;
    const char *end = find(
        str_from(begin, (size_t)(text.data + text.len - begin)), end_openssh);
    if (end == NULL)
        return fail(ERR_INVALID, "the key has no end line");
    struct str body = str_from(begin, (size_t)(end - begin));
    TRY(secret_new(body.len, &base64));
    TRY(secret_new(body.len, form_out));
    while (body.len > 0)
        TRY(buffer_add(&base64, str_trim(str_cut(&body, '\n'))));
    return base64_decode(buffer_str(&base64), form_out);
}

/* The private fields repeat the public ones: the same key, whole. */
static enum status
check_private_part(struct str part, struct str blob)
{
    struct reader secret = reader_of(part);
    struct reader public = reader_of(blob);
    uint32_t check = read_u32(&secret);

    if (check != read_u32(&secret))
        return fail(ERR_INVALID, "the private half is broken");
    struct str type = read_string(&secret);
    bool same = str_equal(type, read_string(&public));
    struct str first = read_string(&public);
    struct str second = read_string(&public);
    bool is_rsa = str_is(type, "ssh-rsa"); /* here n comes before e */
    same &= str_equal(read_string(&secret), is_rsa ? second : first);
    if (!str_is(type, "ssh-ed25519"))
        same &= str_equal(read_string(&secret), is_rsa ? first : second);
    for (int more = is_rsa ? 4 : 1; more > 0; more--)
        same &= read_string(&secret).len > 0;
    read_string(&secret); /* comment */
    for (uint8_t pad = 1; secret.rest.len > 0; pad++)
        same &= read_u8(&secret) == pad;
    if (!same || reader_is_broken(&secret))
        return fail(ERR_INVALID, "the halves of the key do not fit");
    return OK;
}

static enum status
check_openssh(struct str text, struct buffer *blob_out)
{
    static const struct str magic = { "openssh-key-v1", 15 };
    AUTO(secret_done) struct buffer form = BUFFER(0);

    TRY(decode_openssh(text, &form));
    if (!str_starts(buffer_str(&form), magic))
        return fail(ERR_INVALID, "not a key in OpenSSH's form");
    struct reader r = reader_of(str_from_offset(buffer_str(&form), magic.len));
    if (!str_is(read_string(&r), "none") || !str_is(read_string(&r), "none"))
        return fail(ERR_UNSUPPORTED, "the key is encrypted; remove its "
                                     "passphrase with ssh-keygen -p");
    read_string(&r);
    if (read_u32(&r) != 1)
        return fail(ERR_UNSUPPORTED, "not exactly one key");
    struct str blob = read_string(&r);
    struct str part = read_string(&r);
    if (reader_is_broken(&r))
        return fail(ERR_INVALID, "the key is cut");
    TRY(check_private_part(part, blob));
    return buffer_add(blob_out, blob);
}

/* Asked only for encrypted keys, and there is nobody to ask. */
static int
no_passphrase(char *into, int size, int is_writing, void *was_asked)
{
    (void)into;
    (void)size;
    (void)is_writing;
    *(bool *)was_asked = true;
    return -1;
}

static void
free_source(BIO **source)
{
    BIO_free(*source);
}

static enum status
check_pem(struct str text, struct buffer *blob_out)
{
    bool was_asked = false;
    AUTO(free_source)
    BIO *source = BIO_new_mem_buf(text.data, (int)text.len);

    if (source == NULL)
        return fail(ERR_MEMORY, "no memory for a key");
    AUTO(evp_key_free)
    EVP_PKEY *key =
        PEM_read_bio_PrivateKey(source, NULL, no_passphrase, &was_asked);
    ERR_clear_error();
    if (was_asked)
        return fail(ERR_UNSUPPORTED, "the key is encrypted; remove its "
                                     "passphrase with openssl pkey");
    if (key == NULL)
        return fail(ERR_INVALID, "not a private key in PEM form, or cut");
    return evp_key_add_public(key, blob_out);
}

enum status
private_key_check(struct str text, struct buffer *blob_out)
{
    size_t before = buffer_len(blob_out);
    size_t count = count_keys(text);

    if (count == 0)
        return fail(ERR_INVALID, "no private key in PEM or OpenSSH form");
    if (count > 1)
        return fail(ERR_UNSUPPORTED, "more than one private key in one text");
    if (text.len > KEYS_BYTES)
        return fail(ERR_LIMIT, "a key of more than %d bytes", KEYS_BYTES);
    if (find(text, begin_openssh) != NULL)
        TRY(check_openssh(text, blob_out));
    else
        TRY(check_pem(text, blob_out));
    struct str blob = str_from_offset(buffer_str(blob_out), before);
    struct reader r = reader_of(blob);
    return public_key_check(read_string(&r), blob);
}
