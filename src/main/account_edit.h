/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account_edit.h - writing accounts into server.ini.
 */
#pragma once

#include "config/config.h"

struct account_field {
    const char *option;
    struct str value;
};

/* Load the file; its errors are printed to standard error. */
MUST_CHECK enum status account_load(const char *file,
                                    struct config **config_out);

/* The section of the account of that name, or NULL. */
const struct section *account_section(const struct config *, const char *name);

/* ERR_EXISTS when a new name is taken, ERR_NOT_FOUND when an old one is not
 * there. */
MUST_CHECK enum status account_expect(const struct config *, const char *name,
                                      bool is_new);

/*
 * Write the fields of a new account (under a random ID) or of one that is
 * there; a file that somebody else changes meanwhile is read anew. The file
 * stays as it was unless the whole of it is right afterwards.
 */
MUST_CHECK enum status account_write(const char *file, const char *name,
                                     bool is_new,
                                     const struct account_field *fields,
                                     size_t count);
