/* SPDX-License-Identifier: Apache-2.0 */
/* check.c - what is wrong with the services of type ftp and ftpsi in a
 * configuration. */
#include "ftp/check.h"

#include "config/option.h"
#include "ftp/passive.h"
#include "keys/tls_check.h"

static void
check_range(const struct section *service, struct report *report)
{
    static const char option[] = "passive_port_range";
    uint16_t first;
    uint16_t last;

    if (ftp_passive_range(str_of(section_text(service, option)), &first,
                          &last) != OK)
        report_add(report, REPORT_ERROR, section_file(service, option),
                   section_line(service, option), "'%s': %s", option,
                   fail_reason());
}

static void
check_addresses(const struct section *service, struct report *report)
{
    static const char option[] = "passive_address";
    struct ftp_passive_address address;
    const char *text;

    for (size_t i = 0; (text = section_item(service, option, i)) != NULL; i++) {
        if (i == FTP_PASSIVE_ADDRESSES)
            report_add(report, REPORT_ERROR, section_file(service, option),
                       section_item_line(service, option, i),
                       "'%s' has more than %d items", option,
                       FTP_PASSIVE_ADDRESSES);
        if (ftp_passive_address(str_of(text), &address) != OK)
            report_add(report, REPORT_ERROR, section_file(service, option),
                       section_item_line(service, option, i), "'%s': %s",
                       option, fail_reason());
    }
}

/* Under no circumstances could anybody log in. */
static void
check_ways_in(const struct section *service, struct report *report)
{
    static const char option[] = "ftps_explicit_enabled";

    if (strcmp(section_text(service, "type"), "ftp") == 0 &&
        ftp_needs_tls(service) && !section_flag(service, option))
        report_add(report, REPORT_ERROR, section_file(service, option),
                   section_line(service, option),
                   "'%s' is No, but ftps_force_secured_command_channel lets "
                   "nobody in without TLS",
                   option);
}

void
ftp_check(const struct config *config, struct report *report)
{
    for (size_t i = 0; i < config_count(config, "services"); i++) {
        const struct section *service = config_at(config, "services", i);

        if (!types_include("ftp ftpsi", section_text(service, "type")) ||
            !section_flag(service, "enabled"))
            continue;
        check_range(service, report);
        check_addresses(service, report);
        check_ways_in(service, report);
        tls_service_check(service, ftp_needs_tls(service), report);
    }
}
