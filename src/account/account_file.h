/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account_file.h - writing accounts into server.ini.
 */
#pragma once

#include "config/config.h"

struct account_field {
    const char *option;
    struct str value;
};

struct account_change {
    const char *file; /* server.ini */
    const char *name; /* of the account */
    bool is_new;      /* add it, under a random ID */
    /* For one that is there: its section and what its password was when the
     * change was decided upon; NULL: whatever they are. */
    const char *id;
    const char *old_hash;
    const struct account_field *fields;
    size_t count;
};

/* The section of the account of that name, or NULL. */
const struct section *account_file_section(const struct config *,
                                           const char *name);

/* ERR_EXISTS when a new name is taken, ERR_NOT_FOUND when an old one is not
 * there. */
MUST_CHECK enum status account_file_expect(const struct config *,
                                           const char *name, bool is_new);

/*
 * Write the fields. A file that somebody else changes meanwhile is read anew;
 * it stays as it was unless the whole of it is right afterwards. ERR_INVALID
 * when it is not right before or would not be, ERR_CONFLICT when the account
 * is not the one that was meant, ERR_UNSUPPORTED when server.override.ini says
 * otherwise.
 */
MUST_CHECK enum status account_file_write(const struct account_change *);

/* When a password was changed, as last_password_update has it. */
enum { MOMENT_TEXT = 24 };
struct str account_moment(int64_t wall_ms, char text[MOMENT_TEXT]);
