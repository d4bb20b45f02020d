/* SPDX-License-Identifier: Apache-2.0 */
/* vault.c - what [vault-items/ID] keeps. */
#include "keys/vault.h"

#include "keys/key_file.h"
#include "keys/secret.h"

static enum status
read_inline(struct str content, struct buffer *text_out)
{
    if (content.len > VAULT_BYTES)
        return fail(ERR_LIMIT, "more than %d bytes", VAULT_BYTES);
    TRY(secret_new(content.len + 1, text_out));
    TRY(buffer_add(text_out, content));
    return buffer_add(text_out, STR("\n")); /* values lose their last */
}

static enum status
read_content(const struct section *item, struct buffer *text_out)
{
    static const struct str external = { "external-file:", 14 };
    struct str content = str_trim(str_of(section_text(item, "content")));

    if (content.len == 0)
        return fail(ERR_INVALID, "the vault item is empty");
    if (!str_starts(content, external))
        return read_inline(content, text_out);
    AUTO(str_free)
    char *path = str_copy(str_trim(str_from_offset(content, external.len)));
    if (path == NULL)
        return fail(ERR_MEMORY, "no memory for a path");
    return key_file_read_of(section_config(item), path, VAULT_BYTES, text_out);
}

enum status
vault_read(const struct config *config, const char *id, const char *type,
           struct buffer *text_out)
{
    const struct section *item = config_section(config, "vault-items", id);

    if (item == NULL)
        return fail(ERR_NOT_FOUND, "there is no [vault-items/%s]", id);
    const char *is = section_text(item, "type");
    if (strcmp(is, type) != 0)
        return fail(ERR_INVALID,
                    "the vault item '%s' is of type '%s', not '%s'", id, is,
                    type);
    return read_content(item, text_out);
}
