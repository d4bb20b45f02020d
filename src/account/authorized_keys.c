/* SPDX-License-Identifier: Apache-2.0 */
/* authorized_keys.c - the files with the public keys of an account. */
#include "account/authorized_keys.h"

#include "account/name.h"
#include "keys/key_file.h"
#include "keys/public_key.h"

enum { PATH_BYTES = 4096 };

/* The path with the name filled in, absolute, in *path; NUL-terminated. */
static enum status
add_path(const struct account *account, const char *template,
         struct buffer *path)
{
    AUTO(buffer_done) struct buffer filled = BUFFER(PATH_BYTES);

    TRY(account_path_add(&filled, template, str_of(account->name)));
    const char *text = buffer_text(&filled);
    if (text == NULL)
        return fail(ERR_MEMORY, "no memory for a path");
    TRY(config_resolve_path(section_config(account->section), text, path));
    return buffer_text(path) ? OK : fail(ERR_MEMORY, "no memory for a path");
}

enum status
authorized_keys_read(const struct account *account, struct buffer *text_out)
{
    static const char option[] = "ssh_authorized_keys_path";
    AUTO(buffer_done) struct buffer path = BUFFER(PATH_BYTES);
    const char *template =
        section_text(account_section_of(account, option), option);

    if (template[0] == '\0')
        return fail(ERR_NOT_FOUND, "%s is not set", option);
    TRY(add_path(account, template, &path));
    enum status status =
        key_file_read(buffer_text(&path), KEYS_BYTES, text_out);
    if (status != ERR_IS_FOLDER)
        return status;
    TRY(buffer_addf(&path, "/%s", account->name));
    const char *file = buffer_text(&path);
    if (file == NULL)
        return fail(ERR_MEMORY, "no memory for a path");
    return key_file_read(file, KEYS_BYTES, text_out);
}
