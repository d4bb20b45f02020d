/* SPDX-License-Identifier: Apache-2.0 */
/* tls_pem_private.h - reading text with OpenSSL. */
#pragma once

#include "base/buffer.h"

#include <openssl/bio.h>
#include <openssl/err.h>

void tls_bio_done(BIO **);

/* The text, to be read; at most TLS_PEM_TEXT. */
MUST_CHECK enum status tls_open_text(struct str text, BIO **out);
/* Append what was written. */
MUST_CHECK enum status tls_take_text(BIO *from, struct buffer *out);

/* ERR_INVALID with OpenSSL's oldest error as the sentence. */
enum status tls_fail_with(const char *what);
/* Reading has ended because nothing more is there. */
bool tls_is_at_end(void);
