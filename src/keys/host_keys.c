/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_keys.c - the private keys that an ssh service shows to its clients.
 *
 * An item of ssh_server_keys is the ID of a vault item. One with a slash that
 * is no ID is the path of a key file: that is how installations older than
 * the vault keep theirs.
 */
#include "keys/host_keys.h"

#include "keys/key_file.h"
#include "keys/private_key.h"
#include "keys/public_key.h"
#include "keys/secret.h"
#include "keys/vault.h"

#include <stdio.h>
#include <stdlib.h>

enum { HOST_KEYS = 16 };

static const char option[] = "ssh_server_keys";

struct host_keys {
    size_t count;
    struct buffer pems[HOST_KEYS];
};

static enum status
read_file(const struct config *config, const char *path, struct buffer *pem_out)
{
    struct buffer absolute = BUFFER(4096);
    enum status status = config_resolve_path(config, path, &absolute);
    const char *resolved = buffer_text(&absolute);

    if (status == OK)
        status = resolved ? key_file_read(resolved, VAULT_BYTES, pem_out)
                          : fail(ERR_MEMORY, "no memory for a path");
    buffer_done(&absolute);
    return status;
}

static enum status
read_key(const struct section *from, const char *item, struct buffer *pem_out)
{
    const struct config *config = section_config(from);
    struct buffer blob = BUFFER(KEYS_LINE);

    if (strchr(item, '/') != NULL &&
        config_section(config, "vault-items", item) == NULL)
        TRY(read_file(config, item, pem_out));
    else
        TRY(vault_read(config, item, "ssh-private", pem_out));
    enum status status = private_key_check(buffer_str(pem_out), &blob);
    buffer_done(&blob);
    return status;
}

/* Whatever is wrong with a key is ERR_INVALID and says where it was named. */
static enum status
add_key(struct host_keys *keys, const struct section *from, const char *item)
{
    char why[256];

    if (keys->count == HOST_KEYS)
        return fail(ERR_LIMIT, "more than %d host keys", HOST_KEYS);
    if (read_key(from, item, &keys->pems[keys->count]) == OK) {
        keys->count++;
        return OK;
    }
    secret_done(&keys->pems[keys->count]);
    snprintf(why, sizeof why, "%s", fail_reason());
    return fail(ERR_INVALID, "%s:%d: host key '%s': %s",
                config_file(section_config(from)), section_line(from, option),
                item, why);
}

static enum status
add_keys(struct host_keys *keys, const struct section *from)
{
    const char *item;

    for (size_t i = 0; (item = section_item(from, option, i)) != NULL; i++)
        TRY(add_key(keys, from, item));
    return OK;
}

enum status
host_keys_load(const struct section *service, struct host_keys **keys_out)
{
    AUTO(host_keys_free) struct host_keys *keys = calloc(1, sizeof *keys);

    if (keys == NULL)
        return fail(ERR_MEMORY, "no memory for host keys");
    TRY(add_keys(keys, service));
    if (keys->count == 0)
        TRY(add_keys(keys, config_server(section_config(service))));
    if (keys->count == 0)
        return fail(ERR_NOT_FOUND,
                    "%s:%d: [services/%s] and [server] name no %s",
                    config_file(section_config(service)),
                    section_line(service, option), section_id(service), option);
    *keys_out = keys;
    keys = NULL;
    return OK;
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
