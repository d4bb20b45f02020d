/* SPDX-License-Identifier: Apache-2.0 */
/* virtual_folder.c - where an account sees which folder of the host. */
#include "account/virtual_folder.h"

#include "account/name.h"

#include <stdlib.h>

enum { PATH_BYTES = 4096, NAME_BYTES = 255 };

/* The part with the name filled in, NUL-terminated. */
static enum status
fill_in(struct str part, struct str name, struct buffer *filled)
{
    AUTO(str_free) char *template = str_copy(part);

    if (template == NULL)
        return fail(ERR_MEMORY, "no memory for a path");
    TRY(account_path_add(filled, template, name));
    return buffer_text(filled) != NULL
               ? OK
               : fail(ERR_MEMORY, "no memory for a path");
}

static enum status
add_component(struct str name, struct buffer *path)
{
    if (name.len == 0)
        return OK;
    if (str_is(name, ".") || str_is(name, ".."))
        return fail(ERR_INVALID, "a virtual path has no '%.*s' in it",
                    STR_ARG(name));
    if (name.len > NAME_BYTES)
        return fail(ERR_INVALID, "a name in a path has at most %d bytes",
                    NAME_BYTES);
    TRY(buffer_add(path, STR("/")));
    return buffer_add(path, name);
}

static enum status
read_path(struct str part, struct str name, char **path_out)
{
    AUTO(buffer_done) struct buffer filled = BUFFER(PATH_BYTES);
    AUTO(buffer_done) struct buffer path = BUFFER(PATH_BYTES);

    TRY(fill_in(part, name, &filled));
    struct str rest = buffer_str(&filled);
    if (rest.len == 0 || rest.data[0] != '/')
        return fail(ERR_INVALID,
                    "the virtual path '%.*s' does not start "
                    "with a slash",
                    STR_ARG(rest));
    while (rest.len > 0)
        TRY(add_component(str_cut(&rest, '/'), &path));
    if (buffer_len(&path) == 0)
        return fail(ERR_INVALID, "'/' itself is the home folder");
    *path_out = str_copy(buffer_str(&path));
    return *path_out != NULL ? OK : fail(ERR_MEMORY, "no memory for a path");
}

static enum status
read_real(const struct config *config, struct str part, struct str name,
          char **real_out)
{
    AUTO(buffer_done) struct buffer filled = BUFFER(PATH_BYTES);
    AUTO(buffer_done) struct buffer real = BUFFER(PATH_BYTES);

    TRY(fill_in(part, name, &filled));
    TRY(config_resolve_path(config, buffer_text(&filled), &real));
    *real_out = str_copy(buffer_str(&real));
    return *real_out != NULL ? OK : fail(ERR_MEMORY, "no memory for a path");
}

enum status
account_folder_read(const struct config *config, const char *line,
                    struct str name, struct account_folder *out)
{
    struct str real = str_of(line);
    struct str path = str_trim(str_cut(&real, ','));
    struct account_folder folder = { 0 };

    real = str_trim(real);
    if (path.len == 0 || real.len == 0)
        return fail(ERR_INVALID,
                    "'%s' is not a virtual path, a comma and a real path",
                    line);
    enum status status = read_path(path, name, &folder.path);
    if (status == OK)
        status = read_real(config, real, name, &folder.real);
    if (status != OK) {
        account_folder_done(&folder);
        return status;
    }
    *out = folder;
    return OK;
}

void
account_folder_done(struct account_folder *folder)
{
    free(folder->path);
    free(folder->real);
    *folder = (struct account_folder){ 0 };
}
