/* SPDX-License-Identifier: Apache-2.0 */
/*
 * virtual_folder.h - a line of `virtual_folders`: "/virtual/path, /real/path".
 *
 * What stands in front of the first comma is where the account sees the
 * folder, the rest is where it is on the host. ${USER} stands for the
 * account's name in both.
 */
#pragma once

#include "config/config.h"

enum { ACCOUNT_FOLDERS = 256 }; /* as many lines are read */

struct account_folder {
    char *path; /* normalised, never "/" */
    char *real; /* absolute */
};

/*
 * Read a line for the account of that name. A relative real path starts in the
 * folder of server.ini. ERR_INVALID says what is wrong with the line,
 * ERR_UNSUPPORTED which variable is not known. account_folder_done() frees it.
 */
MUST_CHECK enum status account_folder_read(const struct config *,
                                           const char *line, struct str name,
                                           struct account_folder *out);
/* Safe on what is all zero. */
void account_folder_done(struct account_folder *);
