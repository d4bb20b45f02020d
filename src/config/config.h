/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - server.ini as an immutable snapshot.
 *
 * The dialect is SFTPPlus 5's: `[family/ID]` sections (`[server]` has no ID),
 * `name = value`, values that go on in indented lines, comments of whole lines
 * behind ; or #. Every option is a row of options.c with its type, default and
 * limits; what the file leaves out has the documented default, also when the
 * whole section is missing. server.override.ini beside the file, if it is
 * there, replaces single options of it.
 *
 * A snapshot never changes and is counted: whoever keeps a pointer into it
 * holds a reference. All text handed out belongs to the snapshot.
 */
#pragma once

#include "base/buffer.h"
#include "base/status.h"
#include "config/report.h"

#include <stdint.h>

struct config;
struct section;

/*
 * Load `path` and its override. Everything worth saying goes to `report`; the
 * call fails with ERR_INVALID when there was an error (not for warnings), and
 * with ERR_NOT_FOUND, ERR_DENIED or ERR_IO when the file cannot be read.
 */
MUST_CHECK enum status config_load(const char *path, struct report *report,
                                   struct config **config_out);

/*
 * For `convoy check`, which wants to know everything that is wrong: the same,
 * but mistakes in the file are no failure, and whatever is wrong is left out
 * of the snapshot. Never run a server on it.
 */
MUST_CHECK enum status config_load_to_check(const char *path,
                                            struct report *report,
                                            struct config **config_out);

/* The same from text; `folder` is where relative paths start. For tests. */
MUST_CHECK enum status config_parse(struct str text, const char *folder,
                                    struct report *report,
                                    struct config **config_out);

struct config *config_ref(struct config *);
void config_unref(struct config **);

/* The absolute folder of server.ini. */
const char *config_folder(const struct config *);

/* The path of server.ini as it was given. */
const char *config_file(const struct config *);

/* server.ini as it was read, to the byte. */
struct str config_text(const struct config *);

/* [server]; always there, with defaults for what is not set. */
const struct section *config_server(const struct config *);

/* [family/id], or NULL. */
const struct section *config_section(const struct config *, const char *family,
                                     const char *id);

/* The sections of a family, in the order of the file. */
size_t config_count(const struct config *, const char *family);
const struct section *config_at(const struct config *, const char *family,
                                size_t index);

/*
 * What a section of that family and type ("" when the family has no types)
 * says when the file does not have it: only defaults. Its ID is "".
 */
const struct section *config_defaults(const struct config *, const char *family,
                                      const char *type);

const char *section_family(const struct section *);
const char *section_id(const struct section *);
const struct config *section_config(const struct section *);

/* Whether the file sets the option here (even to the default). */
bool section_has(const struct section *, const char *option);

/* The line of the option, or of the section header when it is not set, and
 * the file (server.ini or its override) that the line is in. */
int section_line(const struct section *, const char *option);
const char *section_file(const struct section *, const char *option);

/*
 * Values, or the default. Asking for an option that has no row, or by the
 * wrong type, is a bug and aborts. Numbers of a row with a unit are in the
 * row's unit (seconds, bytes); "Inherit" is for inherits() and reads as the
 * row's default otherwise, or as nothing (empty, 0, No) when that is Inherit
 * as well. An option whose value is left empty has its default, but for text,
 * which then is empty.
 */
const char *section_text(const struct section *, const char *option);
uint64_t section_number(const struct section *, const char *option);
bool section_flag(const struct section *, const char *option);
bool section_inherits(const struct section *, const char *option);

/* Items of a list (split at commas or lines, trimmed, empty ones left out):
 * the index-th, or NULL behind the last. */
const char *section_item(const struct section *, const char *option,
                         size_t index);

/* The line of that item. */
int section_item_line(const struct section *, const char *option, size_t index);

/* `path` made absolute against the folder of server.ini, appended to *out. */
MUST_CHECK enum status config_resolve_path(const struct config *,
                                           const char *path,
                                           struct buffer *out);
