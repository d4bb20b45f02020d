/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vault.h - what [vault-items/ID] keeps.
 */
#pragma once

#include "base/buffer.h"
#include "config/config.h"

enum { VAULT_BYTES = 1024 * 1024 };

/*
 * The content of the item, inline or from `external-file:PATH` (relative to
 * server.ini), at most VAULT_BYTES; a new buffer, ended with secret_done().
 * ERR_NOT_FOUND when there is no such item or file, ERR_INVALID when it is of
 * another type than `type` or empty.
 */
MUST_CHECK enum status vault_read(const struct config *, const char *id,
                                  const char *type, struct buffer *text_out);
