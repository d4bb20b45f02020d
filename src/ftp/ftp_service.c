/* SPDX-License-Identifier: Apache-2.0 */
/* ftp_service.c - what a [services/ID] of type ftp or ftpsi says, made ready
 * for use. */
#include "ftp/ftp_service.h"

#include "ftp/passive.h"
#include "keys/revocation_lists.h"
#include "keys/tls_material.h"

#include <stdio.h>
#include <stdlib.h>

enum { CERTIFICATES = 64, REVOCATIONS_MOST = 64 * 1024 * 1024 };

/* ---- passive connections ---- */

static enum status
read_range(struct ftp_service *service)
{
    static const char option[] = "passive_port_range";
    const struct section *section = service->section;

    if (ftp_passive_range(str_of(section_text(section, option)),
                          &service->first_port, &service->last_port) == OK)
        return OK;
    AUTO(str_free) char *why = str_copy(str_of(fail_reason()));
    return fail(ERR_INVALID, "%s:%d: %s: %s", section_file(section, option),
                section_line(section, option), option, why != NULL ? why : "");
}

static enum status
read_address(struct ftp_service *service, size_t index, const char *text)
{
    static const char option[] = "passive_address";
    const struct section *section = service->section;

    if (index == FTP_PASSIVE_ADDRESSES)
        return fail(ERR_LIMIT, "%s has more than %d items", option,
                    FTP_PASSIVE_ADDRESSES);
    if (ftp_passive_address(str_of(text), &service->passive[index]) == OK) {
        service->passive_count++;
        return OK;
    }
    AUTO(str_free) char *why = str_copy(str_of(fail_reason()));
    return fail(ERR_INVALID, "%s:%d: %s: %s", section_file(section, option),
                section_item_line(section, option, index), option,
                why != NULL ? why : "");
}

static enum status
read_addresses(struct ftp_service *service)
{
    const char *text;

    for (size_t i = 0;
         (text = section_item(service->section, "passive_address", i)) != NULL;
         i++)
        TRY(read_address(service, i, text));
    return OK;
}

/* ---- TLS ---- */

/* RFC 7301 knows "ftp"; many clients of FTPS send no ALPN at all. */
static const char *const protocols[] = { "ftp", NULL };

static enum status
make_tls(struct ftp_service *service, const struct tls_material *material,
         struct str revocations)
{
    struct tls_certificate certificates[CERTIFICATES];
    const struct section *section = service->section;
    size_t count = tls_material_count(material);
    struct tls_options options = {
        .certificates = certificates,
        .certificate_count = count < CERTIFICATES ? count : CERTIFICATES,
        .versions = section_text(section, "ssl_allowed_methods"),
        .cipher_list = section_text(section, "ssl_cipher_list"),
        .client_authorities = tls_material_authorities(material),
        .revocation_lists = revocations,
        .client_certificate_required = true,
        .alpn = protocols,
        .session_seconds =
            (int64_t)section_number(section, "tls_active_session_limit"),
        .tickets = hub_tickets(service->hub),
    };

    for (size_t i = 0; i < options.certificate_count; i++)
        certificates[i] = (struct tls_certificate){
            .chain = tls_material_chain(material, i),
            .key = tls_material_key(material, i),
        };
    return tls_context_new(&options, &service->tls);
}

bool
ftp_needs_tls(const struct section *section)
{
    return strcmp(section_text(section, "type"), "ftpsi") == 0 ||
           section_flag(section, "ftps_force_secured_command_channel");
}

static enum status
read_tls(struct ftp_service *service)
{
    AUTO(tls_material_free) struct tls_material *material = NULL;
    AUTO(buffer_done) struct buffer revocations = BUFFER(REVOCATIONS_MOST);
    enum status status = tls_material_load(service->section, &material);

    if (status == ERR_NOT_FOUND && !ftp_needs_tls(service->section))
        return OK;
    TRY(status);
    TRY(buffer_add(&revocations, tls_material_revocations(material)));
    TRY(revocation_lists_read(service->section, material, &revocations));
    return make_tls(service, material, buffer_str(&revocations));
}

/* ---- all of it ---- */

static enum status
read_all(struct ftp_service *service)
{
    TRY(service_limits_read(service->section, &service->limits));
    TRY(read_range(service));
    TRY(read_addresses(service));
    return read_tls(service);
}

enum status
ftp_service_new(struct hub *hub, const struct section *section,
                struct ftp_service **service_out)
{
    AUTO(ftp_service_unref)
    struct ftp_service *service = calloc(1, sizeof *service);

    if (service == NULL)
        return fail(ERR_MEMORY, "no memory for a service");
    atomic_init(&service->references, 1);
    service->hub = hub;
    /* Counting a reference changes nothing of what the snapshot says. */
    service->config = config_ref((struct config *)section_config(section));
    service->section = section;
    service->is_implicit = strcmp(section_text(section, "type"), "ftpsi") == 0;
    TRY(read_all(service));
    *service_out = ftp_service_ref(service);
    return OK;
}

struct ftp_service *
ftp_service_ref(struct ftp_service *service)
{
    atomic_fetch_add_explicit(&service->references, 1, memory_order_relaxed);
    return service;
}

void
ftp_service_unref(struct ftp_service **handle)
{
    struct ftp_service *service = *handle;

    *handle = NULL;
    if (service == NULL || atomic_fetch_sub_explicit(&service->references, 1,
                                                     memory_order_acq_rel) != 1)
        return;
    tls_context_unref(&service->tls);
    service_limits_done(&service->limits);
    config_unref(&service->config);
    free(service);
}
