/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch.h - reading what is at an http or https address, with limits.
 */
#pragma once

#include "base/buffer.h"

/*
 * Append what is there to *out, up to its limit. Nobody is followed elsewhere:
 * a redirection is an error, as is every answer but 200. https is verified
 * against the machine's authorities. ERR_IO, ERR_LIMIT, ERR_TIMEOUT.
 */
MUST_CHECK enum status fetch(const char *address, long timeout_ms,
                             struct buffer *out);
