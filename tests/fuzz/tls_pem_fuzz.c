/* SPDX-License-Identifier: Apache-2.0 */
/* tls_pem_fuzz.c - certificates, keys and revocation lists from anywhere. */
#include "fuzz.h"

#include "keys/secret.h"
#include "keys/tls_pem.h"

#include <stdlib.h>

static void
expect(bool is_so)
{
    if (!is_so)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(buffer_done) struct buffer chain = BUFFER(0);
    AUTO(secret_done) struct buffer key = BUFFER(0);
    AUTO(buffer_done) struct buffer authorities = BUFFER(TLS_PEM_TEXT);
    AUTO(buffer_done) struct buffer lists = BUFFER(TLS_PEM_TEXT);
    struct str text = str_from(data, size);
    int64_t expires_ms;

    if (tls_pem_certificate(text, STR_NONE, "password", &chain, &key,
                            &expires_ms) == OK)
        expect(buffer_len(&chain) > 0 && buffer_len(&key) > 0);
    if (tls_pem_authorities(text, &authorities) == OK)
        expect(buffer_len(&authorities) > 0);
    if (tls_pem_revocations(text, &lists) == OK) {
        expect(buffer_len(&lists) > 0);
        expect(
            !tls_pem_revocations_older(buffer_str(&lists), buffer_str(&lists)));
        (void)!tls_pem_revocations_signed(buffer_str(&lists),
                                          buffer_str(&authorities));
    }
    return 0;
}
