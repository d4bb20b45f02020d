/* SPDX-License-Identifier: Apache-2.0 */
/* public_key.c - authorized_keys lines (sshd(8)). */
#include "keys/public_key.h"

#include "base/wire.h"
#include "keys/base64.h"

#include <openssl/evp.h>
#include <stdio.h>

static const char not_accepted[] = "DSA keys are too weak and are not accepted";
static const char no_token[] =
    "keys of security tokens (sk-…) are not supported yet";
static const char no_certificate[] = "SSH certificates are not supported yet";

/* Every format name that may stand in front of a key. */
static const struct key_format {
    const char *type;
    const char *refusal; /* NULL: accepted */
} formats[] = {
    /* clang-format off */
    { "ssh-ed25519",         NULL },
    { "ecdsa-sha2-nistp256", NULL },
    { "ecdsa-sha2-nistp384", NULL },
    { "ecdsa-sha2-nistp521", NULL },
    { "ssh-rsa",             NULL },
    { "ssh-dss",             not_accepted },
    { "sk-ssh-ed25519@openssh.com",                  no_token },
    { "sk-ecdsa-sha2-nistp256@openssh.com",          no_token },
    { "webauthn-sk-ecdsa-sha2-nistp256@openssh.com", no_token },
    { "ssh-ed25519-cert-v01@openssh.com",            no_certificate },
    { "ecdsa-sha2-nistp256-cert-v01@openssh.com",    no_certificate },
    { "ecdsa-sha2-nistp384-cert-v01@openssh.com",    no_certificate },
    { "ecdsa-sha2-nistp521-cert-v01@openssh.com",    no_certificate },
    { "ssh-rsa-cert-v01@openssh.com",                no_certificate },
    { "sk-ssh-ed25519-cert-v01@openssh.com",         no_token },
    { "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", no_token },
    /* clang-format on */
};

static const struct key_format *
find_format(struct str type)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (str_is(type, formats[i].type))
            return &formats[i];
    return NULL;
}

/* The next word of the line; blanks inside double quotes do not end it, and a
 * backslash keeps a quote from counting (sshd's rule for options). */
static struct str
next_word(struct str *rest)
{
    struct str word = str_trim(*rest);
    bool is_quoted = false;
    size_t len = 0;

    for (; len < word.len; len++) {
        char c = word.data[len];
        if (c == '\\' && len + 1 < word.len && word.data[len + 1] == '"')
            len++;
        else if (c == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && (c == ' ' || c == '\t'))
            break;
    }
    *rest = str_from_offset(word, len);
    return str_from(word.data, len);
}

/* Cut a line into its parts, which point into it. */
static enum status
split_line(struct str line, const struct key_format **format_out,
           struct str *base64_out, struct str *comment_out)
{
    struct str rest = line;

    if (line.len > KEYS_LINE)
        return fail(ERR_LIMIT, "a key line of more than %d bytes", KEYS_LINE);
    if (str_has_nul(line))
        return fail(ERR_INVALID, "a NUL in a key line");
    const struct key_format *format = find_format(next_word(&rest));
    if (format == NULL && find_format(next_word(&rest)) != NULL)
        return fail(ERR_UNSUPPORTED,
                    "options in front of a key are not supported yet, so "
                    "this key is refused");
    if (format == NULL)
        return fail(ERR_INVALID, "not a public key in OpenSSH's form");
    if (format->refusal != NULL)
        return fail(ERR_UNSUPPORTED, "%s", format->refusal);
    *format_out = format;
    *base64_out = next_word(&rest);
    *comment_out = str_trim(rest);
    return OK;
}

enum status
public_key_parse(struct str line, struct public_key *key_out)
{
    const struct key_format *format = formats;
    struct str base64 = STR_NONE;
    struct public_key key = PUBLIC_KEY;

    TRY(split_line(line, &format, &base64, &key.comment));
    key.type = format->type;
    enum status status = base64_decode(base64, &key.blob);
    if (status == ERR_INVALID)
        status = fail(ERR_INVALID, "the key is not base64, or cut");
    if (status == OK)
        status = public_key_check(str_of(key.type), buffer_str(&key.blob));
    if (status != OK) {
        public_key_done(&key);
        return status;
    }
    *key_out = key;
    return OK;
}

void
public_key_done(struct public_key *key)
{
    buffer_done(&key->blob);
}

void
public_key_fingerprint(struct str blob, char text[FINGERPRINT_TEXT])
{
    unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };
    char base64[2 * EVP_MAX_MD_SIZE];

    EVP_Digest(blob.data, blob.len, digest, NULL, EVP_sha256(), NULL);
    EVP_EncodeBlock((unsigned char *)base64, digest, 32);
    snprintf(text, FINGERPRINT_TEXT, "SHA256:%.43s", base64);
}

struct key_lines
key_lines_of(struct str text)
{
    struct key_lines lines = { .rest = text };

    if (text.len > KEYS_BYTES) {
        fail(ERR_LIMIT, "more than %d bytes of keys", KEYS_BYTES);
        lines.broken = true;
    }
    return lines;
}

bool
key_lines_next(struct key_lines *lines, struct str *line_out)
{
    while (!lines->broken && lines->rest.len > 0) {
        struct str line = str_trim(str_cut(&lines->rest, '\n'));

        lines->line++;
        if (line.len == 0 || line.data[0] == '#')
            continue;
        if (lines->count == KEYS_COUNT) {
            fail(ERR_LIMIT, "more than %d keys", KEYS_COUNT);
            lines->broken = true;
            continue;
        }
        lines->count++;
        *line_out = line;
        return true;
    }
    return false;
}

/* Whether the line, options or not, holds the key's base64. */
static bool
line_mentions(struct str line, struct str base64)
{
    return line.len >= base64.len &&
           memmem(line.data, line.len, base64.data, base64.len) != NULL;
}

/* One spelling per key (base64.h): a line without it need not be decoded. */
static enum status
find_base64(struct str text, struct str type, struct str base64,
            struct str blob)
{
    struct key_lines lines = key_lines_of(text);
    enum status found = fail(ERR_NOT_FOUND, "no such key is listed");
    struct str line;

    if (key_lines_are_broken(&lines))
        return fail(ERR_LIMIT, "more than %d bytes of keys", KEYS_BYTES);
    while (found != OK && key_lines_next(&lines, &line)) {
        struct public_key key = PUBLIC_KEY;

        if (!line_mentions(line, base64))
            continue;
        enum status status = public_key_parse(line, &key);
        if (status == OK && str_is(type, key.type) &&
            str_equal(buffer_str(&key.blob), blob))
            found = OK;
        else if (status != OK)
            found = status;
        public_key_done(&key);
    }
    return found;
}

enum status
public_key_find(struct str text, struct str type, struct str blob)
{
    struct buffer base64 = BUFFER(2 * (size_t)KEYS_LINE);

    if (blob.len == 0 || blob.len > KEYS_LINE)
        return fail(ERR_INVALID, "a key of %zu bytes", blob.len);
    TRY(public_key_check(type, blob));
    enum status status = base64_encode(blob, &base64);
    if (status == OK)
        status = find_base64(text, type, buffer_str(&base64), blob);
    buffer_done(&base64);
    return status;
}
