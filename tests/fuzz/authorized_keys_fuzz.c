/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authorized_keys_fuzz.c - any bytes as a file of public keys, as one line, as
 * the wire form of a key and as a private key.
 */
#include "fuzz.h"

#include "keys/private_key.h"
#include "keys/public_key.h"

#include <assert.h>

/* A key that was taken must be found in the text it came from. */
static void
take_line(struct str text, struct str line)
{
    struct public_key key = PUBLIC_KEY;
    char fingerprint[FINGERPRINT_TEXT];

    if (public_key_parse(line, &key) != OK)
        return;
    struct str blob = buffer_str(&key.blob);
    assert(public_key_check(str_of(key.type), blob) == OK);
    assert(public_key_find(text, str_of(key.type), blob) == OK);
    public_key_fingerprint(blob, fingerprint);
    assert(strlen(fingerprint) == FINGERPRINT_TEXT - 1);
    public_key_done(&key);
}

static void
take_wire_form(struct str blob)
{
    static const char *const types[] = {
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "ssh-rsa",
    };
    int taken = 0;

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        taken += public_key_check(str_of(types[i]), blob) == OK;
    assert(taken <= 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_from(data, size);
    struct key_lines lines = key_lines_of(text);
    struct buffer blob = BUFFER(KEYS_LINE);
    struct str line;

    while (key_lines_next(&lines, &line))
        take_line(text, line);
    assert(lines.count <= KEYS_COUNT);
    take_wire_form(text);
    if (private_key_check(text, &blob) == OK)
        take_wire_form(buffer_str(&blob));
    buffer_done(&blob);
    return 0;
}
