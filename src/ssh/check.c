/* SPDX-License-Identifier: Apache-2.0 */
/* check.c - what is wrong with the services of type ssh in a configuration. */
#include "ssh/check.h"

#include "ssh/transport.h"

static const char option[] = "ssh_cipher_list";

static void
check_service(const struct section *service, struct report *report)
{
    const char *name;

    for (size_t i = 0; (name = section_item(service, option, i)) != NULL; i++)
        if (ssh_cipher_list_check(name, NULL) != OK)
            report_add(report, REPORT_ERROR, section_file(service, option),
                       section_item_line(service, option, i), "%s",
                       fail_reason());
}

void
ssh_check(const struct config *config, struct report *report)
{
    for (size_t i = 0; i < config_count(config, "services"); i++) {
        const struct section *service = config_at(config, "services", i);

        if (strcmp(section_text(service, "type"), "ssh") == 0)
            check_service(service, report);
    }
}
