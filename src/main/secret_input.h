/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secret_input.h - a password from whoever types it, or from a pipe.
 */
#pragma once

#include "base/buffer.h"

/*
 * Read one line of standard input into a new secret, ended with secret_done().
 * On a terminal it is asked for with `question`, twice, and not shown; a
 * terminal is left as it was found, also by a signal. ERR_INVALID when it is
 * empty or the two differ, ERR_LIMIT when it is longer than PASSWORD_BYTES.
 */
MUST_CHECK enum status secret_input(const char *question,
                                    struct buffer *secret_out);
