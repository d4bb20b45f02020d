/* SPDX-License-Identifier: Apache-2.0 */
/* ftp_service_test.c - what a service of FTP says about ports, addresses and
 * TLS. */
#include "event/event.h"
#include "ftp/check.h"
#include "ftp/ftp_service.h"
#include "ftp/passive.h"
#include "store/store.h"
#include "test.h"
#include "tls_sample.h"

#include <stdio.h>

static struct clock *now;
static struct store *store;
static struct events *events;
static struct hub *hub;
static struct config *config;
static struct report report;
static struct ftp_service *service;
static struct sample own;

SETUP()
{
    struct config *nothing = NULL;

    own = sample_make("ftp.example", NULL);
    now = clock_settable(1700000000000);
    EXPECT_OK(store_in_memory(now, &store));
    EXPECT_OK(events_new(now, "node", "test", &events));
    EXPECT_OK(
        config_parse(STR("[server]\n"), test_folder(), &report, &nothing));
    struct hub_options options = { .config = nothing,
                                   .store = store,
                                   .events = events,
                                   .clock = now,
                                   .node = "node" };
    EXPECT_OK(hub_new(&options, &hub));
    config_unref(&nothing);
}

TEARDOWN()
{
    ftp_service_unref(&service);
    config_unref(&config);
    report_done(&report);
    report = (struct report){ 0 };
    hub_free(&hub);
    events_free(&events);
    store_close(&store);
    clock_free(&now);
    sample_done(&own);
}

static bool
reason_has(const char *words)
{
    return strstr(fail_reason(), words) != NULL;
}

static void
write_certificate(const char *name)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", test_folder(), name);
    FILE *file = fopen(path, "w");
    EXPECT(file != NULL);
    fprintf(file, "%s%s", own.chain, own.private_key);
    fclose(file);
}

/* The options are of a service of that type; the certificate is the server's.
 */
static const struct section *
configure(const char *type, const char *options)
{
    char text[4096];

    write_certificate("own.pem");
    snprintf(text, sizeof text,
             "[server]\nssl_certificate = own.pem\n"
             "[services/a]\ntype = %s\nport = 0\n%s\n",
             type, options);
    config_unref(&config);
    EXPECT_OK(config_parse(str_of(text), test_folder(), &report, &config));
    return config_section(config, "services", "a");
}

static enum status
make(const char *type, const char *options)
{
    ftp_service_unref(&service);
    return ftp_service_new(hub, configure(type, options), &service);
}

/* ---- ports ---- */

TEST(a_range_of_ports_has_a_begin_and_an_end)
{
    uint16_t first = 1;
    uint16_t last = 1;

    EXPECT_OK(ftp_passive_range(STR("30000 - 30099"), &first, &last));
    EXPECT(first == 30000 && last == 30099);
    EXPECT_OK(ftp_passive_range(STR(" 1024-65535 "), &first, &last));
    EXPECT(first == 1024 && last == 65535);
    EXPECT_OK(ftp_passive_range(STR("40000"), &first, &last));
    EXPECT(first == 40000 && last == 40000);
    EXPECT_OK(ftp_passive_range(STR(""), &first, &last));
    EXPECT(first == 0 && last == 0);
}

TEST(what_is_no_range_of_ports_is_refused)
{
    static const char *const wrong[] = {
        "1023 - 2000", "2000 - 1999", "a - b", "3000 - 70000", "-",
        "3000 - ",     "- 3000",      "0 - 0", "3000 4000",    "3000 - 4000 -",
    };
    uint16_t first;
    uint16_t last;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        EXPECT_STATUS(ftp_passive_range(str_of(wrong[i]), &first, &last),
                      ERR_INVALID);
}

/* ---- addresses ---- */

TEST(the_first_address_for_the_clients_network_is_told)
{
    EXPECT_OK(make("ftp", "passive_port_range = 30000 - 30009\n"
                          "passive_address =\n  10.0.0.0/8 10.0.0.1\n"
                          "  203.0.113.10\n  2001:db8::/32 192.0.2.1"));
    EXPECT(service->first_port == 30000 && service->last_port == 30009);
    EXPECT_TEXT(ftp_passive_for(service, "10.9.8.7"), "10.0.0.1");
    EXPECT_TEXT(ftp_passive_for(service, "198.51.100.1"), "203.0.113.10");
}

TEST(without_an_address_that_fits_there_is_none_to_tell)
{
    EXPECT_OK(make("ftp", "passive_address = 10.0.0.0/8 10.0.0.1"));
    EXPECT(ftp_passive_for(service, "198.51.100.1") == NULL);
    EXPECT_OK(make("ftp", ""));
    EXPECT(ftp_passive_for(service, "198.51.100.1") == NULL);
}

TEST(a_name_is_looked_up)
{
    EXPECT_OK(make("ftp", "passive_address = localhost"));
    EXPECT_TEXT(ftp_passive_for(service, "198.51.100.1"), "127.0.0.1");
}

/* A part of a name has at most 63 characters: nobody is asked for it. */
static const char no_name[] = "a123456789a123456789a123456789a123456789"
                              "a123456789a123456789a123456789.x";

TEST(an_address_that_cannot_be_told_is_refused_with_its_line)
{
    static const char *const wrong[] = {
        no_name,      "2001:db8::1", "300.1.2.3", "1.2.3",
        "a b c",      "10.0.0.0/8",  "a_b/c",     "10.0.0.1/8 10.0.0.1",
        "x 10.0.0.1",
    };
    char option[256];

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        snprintf(option, sizeof option, "passive_address = %s", wrong[i]);
        EXPECT_STATUS(make("ftp", option), ERR_INVALID);
        EXPECT(reason_has("server.ini:6: passive_address: "));
    }
}

TEST(a_range_that_is_none_is_told_with_its_line)
{
    EXPECT_STATUS(make("ftp", "passive_port_range = 20 - 21"), ERR_INVALID);
    EXPECT(reason_has("server.ini:6: passive_port_range: port 20 is below"));
}

/* ---- TLS ---- */

static const struct section *
without_certificate(const char *type, const char *options)
{
    char text[1024];

    snprintf(text, sizeof text,
             "[server]\n[services/a]\ntype = %s\nport = 0\n%s\n", type,
             options);
    config_unref(&config);
    EXPECT_OK(config_parse(str_of(text), test_folder(), &report, &config));
    return config_section(config, "services", "a");
}

TEST(a_service_without_a_certificate_is_plain_only_if_it_may_be)
{
    EXPECT_STATUS(
        ftp_service_new(hub, without_certificate("ftp", ""), &service),
        ERR_NOT_FOUND);
    EXPECT_STATUS(
        ftp_service_new(hub, without_certificate("ftpsi", ""), &service),
        ERR_NOT_FOUND);
    EXPECT_OK(ftp_service_new(
        hub,
        without_certificate("ftp", "ftps_force_secured_command_channel = No"),
        &service));
    EXPECT(service->tls == NULL);
}

TEST(ftpsi_begins_with_tls)
{
    EXPECT_OK(make("ftpsi", ""));
    EXPECT(service->is_implicit && service->tls != NULL);
    EXPECT_OK(make("ftp", ""));
    EXPECT(!service->is_implicit && service->tls != NULL);
}

TEST(a_list_of_revoked_certificates_that_cannot_be_had_stops_the_service)
{
    char options[256];

    /* Nothing listens at port 1. */
    snprintf(options, sizeof options,
             "ssl_certificate_revocation_list = http://127.0.0.1:1/list");
    EXPECT(make("ftp", options) != OK);
    EXPECT(reason_has("http://127.0.0.1:1/list"));
    EXPECT(service == NULL);
}

TEST(connections_keep_the_service_that_was_in_force)
{
    EXPECT_OK(make("ftp", "passive_port_range = 30000 - 30009"));
    struct ftp_service *kept = ftp_service_ref(service);

    EXPECT_OK(make("ftp", "passive_port_range = 40000 - 40009"));
    EXPECT(kept->first_port == 30000 && service->first_port == 40000);
    EXPECT(kept->tls != service->tls);
    ftp_service_unref(&kept);
}

/* ---- what `convoy check` says ---- */

static bool
is_error_at(int line, const char *words)
{
    for (size_t i = 0; i < report.count; i++)
        if (report.lines[i].level == REPORT_ERROR &&
            report.lines[i].line == line &&
            strstr(report.lines[i].text, words) != NULL)
            return true;
    return false;
}

TEST(check_reports_every_mistake_with_its_line)
{
    configure("ftp", "passive_port_range = 9 - 8\n"
                     "passive_address =\n"
                     "  10.0.0.1\n"
                     "  10.0.0.1/8 10.0.0.1\n"
                     "ssl_allowed_methods = tlsv2\n"
                     "ftps_explicit_enabled = No");
    ftp_check(config, &report);
    EXPECT(is_error_at(6, "passive_port_range"));
    EXPECT(is_error_at(9, "passive_address"));
    EXPECT(is_error_at(10, "tlsv2"));
    EXPECT(is_error_at(11, "nobody in"));
    EXPECT(report.errors == 4);
}

TEST(check_leaves_disabled_services_and_others_alone)
{
    configure("ftp", "enabled = No\npassive_port_range = 9 - 8");
    ftp_check(config, &report);
    configure("ssh", "");
    ftp_check(config, &report);
    EXPECT(report.errors == 0);
}
