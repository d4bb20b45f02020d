/* SPDX-License-Identifier: Apache-2.0 */
/* ssh_service.c - what a [services/ID] of type ssh says, made ready for use. */
#include "ssh/ssh_service.h"

#include "keys/host_keys.h"

#include <stdlib.h>

enum {
    HOST_KEYS_MOST = 16,
    TEXT_MOST = 64 * 1024,
};

static enum status
take_text(struct buffer *buffer, char **text_out)
{
    *text_out = str_copy(buffer_str(buffer));
    return *text_out != NULL ? OK : fail(ERR_MEMORY, "no memory for text");
}

static enum status
read_cipher_list(struct ssh_service *service)
{
    AUTO(buffer_done) struct buffer names = BUFFER(TEXT_MOST);
    const char *name;

    for (size_t i = 0;
         (name = section_item(service->section, "ssh_cipher_list", i)) != NULL;
         i++)
        TRY(buffer_addf(&names, "%s%s", i > 0 ? "," : "", name));
    TRY(take_text(&names, &service->cipher_list));
    return ssh_cipher_list_check(service->cipher_list, service->keys);
}

/* Lines of the banner end in CR LF (RFC 4252, 5.4). */
static enum status
read_banner(struct ssh_service *service)
{
    AUTO(buffer_done) struct buffer banner = BUFFER(TEXT_MOST);
    struct str rest =
        str_of(section_text(service->section, "before_login_message"));

    while (rest.len > 0) {
        struct str line = str_trim(str_cut(&rest, '\n'));

        TRY(buffer_addf(&banner, "%.*s\r\n", STR_ARG(line)));
    }
    return take_text(&banner, &service->banner);
}

static enum status
read_keys(struct ssh_service *service)
{
    AUTO(host_keys_free) struct host_keys *keys = NULL;
    struct str pems[HOST_KEYS_MOST];

    TRY(host_keys_load(service->section, &keys));
    size_t count = host_keys_count(keys);
    if (count > HOST_KEYS_MOST)
        return fail(ERR_LIMIT, "more than %d host keys", HOST_KEYS_MOST);
    for (size_t i = 0; i < count; i++)
        pems[i] = host_keys_pem(keys, i);
    return ssh_keys_new(pems, count, &service->keys);
}

static enum status
read_all(struct ssh_service *service)
{
    TRY(read_keys(service));
    TRY(read_cipher_list(service));
    TRY(read_banner(service));
    return service_limits_read(service->section, &service->limits);
}

enum status
ssh_service_new(struct hub *hub, const struct section *section,
                struct ssh_service **service_out)
{
    AUTO(ssh_service_unref)
    struct ssh_service *service = calloc(1, sizeof *service);

    if (service == NULL)
        return fail(ERR_MEMORY, "no memory for a service");
    atomic_init(&service->references, 1);
    service->hub = hub;
    /* Counting a reference changes nothing of what the snapshot says. */
    service->config = config_ref((struct config *)section_config(section));
    service->section = section;
    TRY(read_all(service));
    *service_out = ssh_service_ref(service);
    return OK;
}

struct ssh_service *
ssh_service_ref(struct ssh_service *service)
{
    atomic_fetch_add_explicit(&service->references, 1, memory_order_relaxed);
    return service;
}

void
ssh_service_unref(struct ssh_service **handle)
{
    struct ssh_service *service = *handle;

    *handle = NULL;
    if (service == NULL || atomic_fetch_sub_explicit(&service->references, 1,
                                                     memory_order_acq_rel) != 1)
        return;
    ssh_keys_free(&service->keys);
    free(service->cipher_list);
    free(service->banner);
    service_limits_done(&service->limits);
    config_unref(&service->config);
    free(service);
}
