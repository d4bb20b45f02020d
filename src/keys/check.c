/* SPDX-License-Identifier: Apache-2.0 */
/* check.c - what is wrong with the keys of a configuration. */
#include "keys/check.h"

#include "keys/host_keys_private.h"
#include "keys/private_key.h"
#include "keys/public_key.h"
#include "keys/secret.h"
#include "keys/vault.h"

static enum status
check_content(const struct section *item, bool is_host_key)
{
    AUTO(secret_done) struct buffer text = BUFFER(0);
    AUTO(buffer_done) struct buffer blob = BUFFER(KEYS_LINE);

    TRY(vault_read(section_config(item), section_id(item),
                   section_text(item, "type"), &text));
    return is_host_key ? private_key_check(buffer_str(&text), &blob) : OK;
}

/* Items that nothing uses yet must not keep a server from starting. */
static void
check_item(const struct section *item, struct report *report)
{
    bool is_host_key = strcmp(section_text(item, "type"), "ssh-private") == 0;

    if (check_content(item, is_host_key) != OK)
        report_add(report, is_host_key ? REPORT_ERROR : REPORT_WARNING,
                   section_file(item, "content"), section_line(item, "content"),
                   "'content': %s", fail_reason());
}

static enum status
report_path(void *arg, const struct host_key_place *place, enum status status,
            struct buffer *pem)
{
    struct report *report = arg;

    secret_done(pem);
    if (status != OK)
        report_add(report, REPORT_ERROR,
                   section_file(place->section, place->option), place->line,
                   "'%s': %s", place->option, fail_reason());
    return OK;
}

static void
check_paths(const struct section *section, struct report *report)
{
    if (host_keys_visit_paths(section, report_path, report) != OK)
        report_add(report, REPORT_ERROR, NULL, 0, "%s", fail_reason());
}

static void
check_service(const struct section *service, struct report *report)
{
    const struct section *from = host_keys_section(service);

    if (from == service)
        check_paths(service, report);
    else if (section_text(from, HOST_KEYS_BY_ITEM)[0] == '\0' &&
             section_text(from, HOST_KEYS_BY_PATH)[0] == '\0')
        report_add(report, REPORT_ERROR,
                   section_file(service, HOST_KEYS_BY_ITEM),
                   section_line(service, HOST_KEYS_BY_ITEM),
                   "[services/%s] has no host key: neither it nor [server] "
                   "sets '%s'",
                   section_id(service), HOST_KEYS_BY_ITEM);
}

void
keys_check(const struct config *config, struct report *report)
{
    for (size_t i = 0; i < config_count(config, "vault-items"); i++)
        check_item(config_at(config, "vault-items", i), report);
    check_paths(config_server(config), report);
    for (size_t i = 0; i < config_count(config, "services"); i++) {
        const struct section *service = config_at(config, "services", i);

        if (strcmp(section_text(service, "type"), "ssh") == 0 &&
            section_flag(service, "enabled"))
            check_service(service, report);
    }
}
