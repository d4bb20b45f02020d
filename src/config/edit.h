/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edit.h - changing single options in server.ini.
 *
 * An edit holds the text of the file as it was read. Changes touch only the
 * lines they are about: every other byte, comments and order included, stays
 * as it was. Saving is all or nothing: a temporary file in the same folder,
 * synced, renamed over the old one with its mode and owner, the folder synced.
 *
 * `id` is "" for [server] and [cluster].
 */
#pragma once

#include "base/status.h"
#include "base/str.h"

struct config_edit;

/* Read the file. ERR_INVALID when it does not parse (the reason says the
 * line), ERR_NOT_FOUND, ERR_DENIED or ERR_IO when it cannot be read. */
MUST_CHECK enum status config_edit_open(const char *path,
                                        struct config_edit **edit_out);

/* The same from text. Such an edit cannot be saved. */
MUST_CHECK enum status config_edit_of_text(struct str text,
                                           struct config_edit **edit_out);

/*
 * Give the option this value, in the place where it stands or else at the end
 * of its section; a section that is missing is added at the end of the file.
 * A value of several lines is written as indented lines. ERR_INVALID when a
 * name or the value cannot be written so that it reads back the same.
 */
MUST_CHECK enum status config_edit_set(struct config_edit *, const char *family,
                                       const char *id, const char *option,
                                       struct str value);

/* ERR_EXISTS when the file has the section. */
MUST_CHECK enum status config_edit_add_section(struct config_edit *,
                                               const char *family,
                                               const char *id);

/* ERR_NOT_FOUND when there is none. Comments stay, but for those between the
 * lines of what is removed. */
MUST_CHECK enum status config_edit_remove(struct config_edit *,
                                          const char *family, const char *id,
                                          const char *option);
MUST_CHECK enum status config_edit_remove_section(struct config_edit *,
                                                  const char *family,
                                                  const char *id);

/* The text as it would be saved; valid until the next change. */
struct str config_edit_text(const struct config_edit *);

/* Write it. ERR_CONFLICT when the file is not what was read: open it again
 * and repeat the changes. */
MUST_CHECK enum status config_edit_save(struct config_edit *);

void config_edit_close(struct config_edit **);
