/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name.h - which names an account may have, and paths made with them.
 *
 * A name goes into paths and events, so it must be one harmless component of
 * a path. Names are bytes and compared as such.
 */
#pragma once

#include "base/buffer.h"

enum { ACCOUNT_NAME = 255 };

/* ERR_INVALID and the reason for a name that may never log in: empty, longer
 * than ACCOUNT_NAME, only dots, or with a slash, "..", "%" or a control
 * character in it. */
MUST_CHECK enum status account_name_check(struct str name);

/*
 * Append `path` with each ${USER} replaced by the name, which has passed
 * account_name_check(). ERR_UNSUPPORTED for any other ${…}: what SFTPPlus would
 * put there is not known, and a folder must not be called after it.
 */
MUST_CHECK enum status account_path_add(struct buffer *out, const char *path,
                                        struct str name);

/* How many of the first `len` bytes of a template, once filled in, are the
 * same for every account: up to the slash in front of the component with the
 * first ${USER}; without one, up to the last slash. */
size_t account_path_shared(const char *path, size_t len);
