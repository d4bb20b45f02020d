/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_keys.c - the private keys that an ssh service shows to its clients.
 *
 * ssh_server_keys names vault items. Installations older than the vault have
 * ssh_host_private_keys instead: paths, one a line, or the text of a key.
 */
#include "keys/host_keys.h"

#include "keys/host_keys_private.h"
#include "keys/key_file.h"
#include "keys/private_key.h"
#include "keys/public_key.h"
#include "keys/secret.h"
#include "keys/vault.h"

#include <stdio.h>
#include <stdlib.h>

enum { HOST_KEYS = 16 };

static const char by_item[] = HOST_KEYS_BY_ITEM;
static const char by_path[] = HOST_KEYS_BY_PATH;
static const struct str begins = { "-----BEGIN ", 11 };

struct host_keys {
    size_t count;
    struct buffer pems[HOST_KEYS];
};

static enum status
check_text(struct buffer *pem)
{
    AUTO(buffer_done) struct buffer blob = BUFFER(KEYS_LINE);

    return private_key_check(buffer_str(pem), &blob);
}

static enum status
visit_items(const struct section *from, host_keys_visitor *visit, void *arg)
{
    const struct config *config = section_config(from);
    const char *id;

    for (size_t i = 0; (id = section_item(from, by_item, i)) != NULL; i++) {
        struct host_key_place place = { from, by_item,
                                        section_item_line(from, by_item, i) };
        struct buffer pem = BUFFER(0);
        enum status status = vault_read(config, id, "ssh-private", &pem);

        if (status == OK)
            status = check_text(&pem);
        TRY(visit(arg, &place, status, &pem));
    }
    return OK;
}

static enum status
read_inline(struct str text, struct buffer *pem)
{
    TRY(secret_new(text.len + 1, pem));
    TRY(buffer_add(pem, text));
    return buffer_add(pem, STR("\n"));
}

static enum status
read_path(const struct config *config, struct str line, struct buffer *pem)
{
    AUTO(str_free) char *path = str_copy(line);

    if (path == NULL)
        return fail(ERR_MEMORY, "no memory for a path");
    return key_file_read_of(config, path, VAULT_BYTES, pem);
}

enum status
host_keys_visit_paths(const struct section *from, host_keys_visitor *visit,
                      void *arg)
{
    struct str rest = str_trim(str_of(section_text(from, by_path)));
    struct host_key_place place = { from, by_path,
                                    section_line(from, by_path) };
    bool is_inline = str_starts(rest, begins);

    while (rest.len > 0) {
        struct buffer pem = BUFFER(0);
        struct str line = is_inline ? rest : str_trim(str_cut(&rest, '\n'));
        enum status status = is_inline
                                 ? read_inline(line, &pem)
                                 : read_path(section_config(from), line, &pem);

        if (is_inline)
            rest = STR_NONE;
        if (status == OK)
            status = check_text(&pem);
        TRY(visit(arg, &place, status, &pem));
    }
    return OK;
}

static enum status
visit_keys(const struct section *from, host_keys_visitor *visit, void *arg)
{
    TRY(visit_items(from, visit, arg));
    return host_keys_visit_paths(from, visit, arg);
}

/* [services/ID] when it names keys, or else [server]. */
const struct section *
host_keys_section(const struct section *service)
{
    if (section_text(service, by_item)[0] != '\0' ||
        section_text(service, by_path)[0] != '\0')
        return service;
    return config_server(section_config(service));
}

/* Whatever is wrong with a key is ERR_INVALID and says where it is named. */
static enum status
keep_key(void *arg, const struct host_key_place *place, enum status status,
         struct buffer *pem)
{
    struct host_keys *keys = arg;
    char why[256];

    if (status == OK && keys->count < HOST_KEYS) {
        keys->pems[keys->count++] = *pem;
        return OK;
    }
    secret_done(pem);
    if (status == OK)
        fail(ERR_LIMIT, "more than %d host keys", HOST_KEYS);
    snprintf(why, sizeof why, "%s", fail_reason());
    return fail(ERR_INVALID, "%s:%d: %s: %s",
                section_file(place->section, place->option), place->line,
                place->option, why);
}

enum status
host_keys_load(const struct section *service, struct host_keys **keys_out)
{
    struct host_keys *keys = calloc(1, sizeof *keys);

    if (keys == NULL)
        return fail(ERR_MEMORY, "no memory for host keys");
    enum status status = visit_keys(host_keys_section(service), keep_key, keys);
    if (status == OK && keys->count == 0)
        status =
            fail(ERR_NOT_FOUND,
                 "%s:%d: [services/%s] has no host key: neither it nor "
                 "[server] sets %s",
                 section_file(service, by_item), section_line(service, by_item),
                 section_id(service), by_item);
    if (status == OK)
        *keys_out = keys;
    else
        host_keys_free(&keys);
    return status;
}

void
host_keys_free(struct host_keys **keys)
{
    if (*keys == NULL)
        return;
    for (size_t i = 0; i < (*keys)->count; i++)
        secret_done(&(*keys)->pems[i]);
    free(*keys);
    *keys = NULL;
}

size_t
host_keys_count(const struct host_keys *keys)
{
    return keys->count;
}

struct str
host_keys_pem(const struct host_keys *keys, size_t index)
{
    return buffer_str(&keys->pems[index]);
}
