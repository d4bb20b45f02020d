/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authorized_keys.h - the files with the public keys of an account.
 */
#pragma once

#include "account/account.h"
#include "base/buffer.h"

/*
 * Read the file that ssh_authorized_keys_path of the account or its group
 * leads to, or, when that is a folder, the file in it that has the name of the
 * account. It is read anew each time, so a changed file counts at once. A new
 * buffer, to be ended with secret_done(). ERR_NOT_FOUND when the option is not
 * set or there is no file; otherwise as key_file_read().
 */
MUST_CHECK enum status authorized_keys_read(const struct account *,
                                            struct buffer *text_out);
