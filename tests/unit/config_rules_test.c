/* SPDX-License-Identifier: Apache-2.0 */
/* config_rules_test.c - what a server.ini may not say. */
#include "config/config.h"
#include "test.h"

static struct report report;
static struct config *config;

TEARDOWN()
{
    config_unref(&config);
    report_done(&report);
}

static void
parse(const char *text)
{
    config_unref(&config);
    report_done(&report);
    enum status status = config_parse(str_of(text), "/", &report, &config);

    EXPECT((status == OK) == (report.errors == 0));
}

/* The only thing said is this, about that line. */
static bool
only(enum report_level level, int line, const char *part)
{
    if (report.count == 1 && report.lines[0].level == level &&
        report.lines[0].line == line &&
        strstr(report.lines[0].text, part) != NULL)
        return true;
    report_print(&report, 2);
    return false;
}

#define SSH "[services/s]\ntype = ssh\nport = 22\n"

TEST(an_unknown_option_is_an_error_with_the_nearest_name)
{
    parse(SSH "adress = 127.0.0.1\n");
    EXPECT(only(REPORT_ERROR, 4, "did you mean 'address'?"));
    parse(SSH "colour = blue\n");
    EXPECT(only(REPORT_ERROR, 4, "unknown option 'colour'"));
}

TEST(an_option_of_another_type_is_a_warning)
{
    parse(SSH "banner = hello\n");
    EXPECT(only(REPORT_WARNING, 4, "another type than 'ssh'"));
}

TEST(an_unknown_type_is_an_error_with_the_nearest_name)
{
    parse("[services/s]\ntype = shs\nport = 22\n");
    EXPECT(only(REPORT_ERROR, 2, "did you mean 'ssh'?"));
}

TEST(a_type_that_is_not_supported_yet_is_one_warning)
{
    parse("[services/h]\ntype = http\nport = 80\nheaders = x\ndebug = Yes\n");
    EXPECT(only(REPORT_WARNING, 1, "'http' are not supported yet"));
    parse("[roles/r]\nname = r\npermissions = logs, read\n");
    EXPECT(only(REPORT_WARNING, 1, "roles are not supported yet"));
}

TEST(an_unknown_option_without_effect_is_a_warning_only)
{
    parse("[services/h]\ntype = http\nport = 80\nheadders = x\n");
    EXPECT(report.warnings == 2 && report.errors == 0);
}

TEST(an_option_that_is_not_supported_yet_is_a_warning)
{
    parse(SSH "rsa_private_key = key\n");
    EXPECT(only(REPORT_WARNING, 4, "known from SFTPPlus, but not supported"));
    parse("[groups/g]\nquota_bytes = 5\n");
    EXPECT(only(REPORT_WARNING, 2, "'quota_bytes' is not supported yet"));
}

TEST(a_protection_that_is_not_there_yet_is_said_not_to_protect)
{
    parse("[groups/g]\nmaximum_sessions = 3\n");
    EXPECT(only(REPORT_WARNING, 2, "nothing is refused because of it"));
}

TEST(rules_for_paths_and_names_are_read_line_by_line)
{
    parse("[groups/g]\n"
          "permissions =\n  allow-read\n  *.exe, deny-full-control\n"
          "  ; /old/*, allow-fly\n  m/^/[a-z]{1,2}/i, Allow-List\n"
          "staged_uploads = Yes\n  *.log, No\n"
          "denied_names = *.exe\n  m/^~/\n"
          "amend_write_name = uuid-prefix\n");
    EXPECT(report.count == 0);
    const struct section *group = config_section(config, "groups", "g");
    EXPECT(section_flag(group, "staged_uploads"));
    EXPECT_TEXT(section_text(group, "staged_uploads"), "Yes\n*.log, No");
}

TEST(a_rule_that_cannot_be_is_an_error_in_its_line)
{
    parse("[groups/g]\npermissions = allow-read\n  *.exe, allow-reed\n");
    EXPECT(only(REPORT_ERROR, 3, "did you mean 'allow-read'?"));
    parse("[groups/g]\npermissions = allow-read\n  a, allow-list\n  m/(/, x\n");
    EXPECT(only(REPORT_ERROR, 4, "'m/(/', which is no matching expression"));
    parse("[groups/g]\npermissions = allow-read\n  *.exe\n");
    EXPECT(only(REPORT_ERROR, 3, "says nothing about '*.exe'"));
    parse("[groups/g]\npermissions = *.exe, allow-read\n");
    EXPECT(only(REPORT_ERROR, 2, "'*.exe'"));
    parse("[groups/g]\nstaged_uploads = Yes\n  *.log, perhaps\n");
    EXPECT(only(REPORT_ERROR, 3, "must be Yes or No"));
    parse("[groups/g]\ndenied_names = *.exe\n  [a\n");
    EXPECT(only(REPORT_ERROR, 3, "'[' at character 1 is never closed"));
    parse("[groups/g]\namend_write_name = uuid\n");
    EXPECT(only(REPORT_ERROR, 2, "'amend_write_name' cannot be 'uuid'"));
}

TEST(an_option_that_asks_for_what_is_done_anyway_is_no_warning)
{
    parse(SSH "scp = No\ncluster_activation = all\nauthentications =\n"
              "[groups/g]\nlock_in_home_folder = yes\n"
              "[accounts/a]\nname = a\nvirtual_folders = inherit\n");
    EXPECT(report.count == 0);
}

TEST(values_out_of_limits_are_errors_that_say_the_limits)
{
    parse(SSH "idle_connection_timeout = 0\n");
    EXPECT(only(REPORT_ERROR, 4, "from 1 to 31536000 seconds"));
    parse(SSH "maximum_unauthenticated = many\n");
    EXPECT(only(REPORT_ERROR, 4, "must be a number from 0"));
    parse(SSH "maximum_unauthenticated = 99999999999999999999999\n");
    EXPECT(only(REPORT_ERROR, 4, "must be a number from 0"));
    parse(SSH "rekey_bytes = 16777216 TiB\n");
    EXPECT(only(REPORT_ERROR, 4, "must be a number from 65536"));
    parse(SSH "sftp = perhaps\n");
    EXPECT(only(REPORT_ERROR, 4, "must be Yes or No"));
    parse(SSH "address = 300.1.1.1\n");
    EXPECT(only(REPORT_ERROR, 4, "no IP address or host name"));
    parse(SSH "address = a b\n");
    EXPECT(only(REPORT_ERROR, 4, "no IP address or host name"));
    parse("[server]\numask = 1777\n");
    EXPECT(only(REPORT_ERROR, 2, "at most 777"));
    parse("[server]\ndurability = caches\n");
    EXPECT(only(REPORT_ERROR, 2, "did you mean 'cache'?"));
    parse("[server]\nname = a\n  b\n");
    EXPECT(only(REPORT_ERROR, 2, "more than one line"));
    parse("[accounts/a]\nname = a\nexpire_datetime = tomorrow\n");
    EXPECT(only(REPORT_ERROR, 3, "must be a date"));
    parse("[accounts/a]\nname = a\nrequired_credentials = password, keys\n");
    EXPECT(only(REPORT_ERROR, 3, "'required_credentials' cannot be 'keys'"));
    parse("[groups/g]\npermissions =\n  allow-read, alow-list\n");
    EXPECT(only(REPORT_ERROR, 3, "did you mean 'allow-list'?"));
}

TEST(filters_of_sources_are_read_when_the_file_is)
{
    parse("[groups/g]\nsource_ip_filter =\n    allow 10.0.0.0/8\n"
          "    deny ::1\n");
    EXPECT(report.count == 0);
    parse("[groups/g]\nsource_ip_filter = deny 10.0.0.1\n"
          "    permit 10.0.0.0/8\n");
    EXPECT(only(REPORT_ERROR, 3, "does not begin with allow or deny"));
    parse("[accounts/a]\nname = a\nsource_ip_filter = allow 10.0.0.1/8\n");
    EXPECT(only(REPORT_ERROR, 3, "bits are set behind"));
    parse(SSH "proxy_protocol_sources = 10.0.0.0/8, ::1\n");
    EXPECT(report.count == 0);
    parse(SSH "proxy_protocol_sources = 10.0.0.0/8, balancer\n");
    EXPECT(only(REPORT_ERROR, 4, "neither an IP address nor a network"));
}

TEST(addresses_of_every_kind_are_taken)
{
    parse(SSH "address = ::\n");
    EXPECT(report.count == 0);
    parse(SSH "address = 2001:db8::1\n");
    EXPECT(report.count == 0);
    parse(SSH "address = files.example.net\n");
    EXPECT(report.count == 0);
}

TEST(what_must_be_set_is_missed)
{
    parse("[services/s]\nport = 22\n");
    EXPECT(only(REPORT_ERROR, 1, "[services/s] has no 'type'"));
    parse("[services/s]\ntype = ssh\n");
    EXPECT(only(REPORT_ERROR, 1, "has no 'port'"));
    parse("[accounts/a]\nname =\n");
    EXPECT(only(REPORT_ERROR, 2, "[accounts/a] has no 'name'"));
    parse("[services/s]\ntype = ssh\nport = x\n");
    EXPECT(only(REPORT_ERROR, 3, "must be a number"));
}

TEST(references_that_lead_nowhere_are_errors)
{
    parse("[accounts/a]\nname = a\ngroup = DEFAULT_GROUP,\n  nobody\n");
    EXPECT(only(REPORT_ERROR, 4, "[groups/nobody], which is not there"));
    parse("[server]\nauthentications = DEFAULT-AUTHENTICATION, x\n");
    EXPECT(only(REPORT_ERROR, 2, "[authentications/x], which is not there"));
    parse(SSH "ssh_server_keys = k\n"
              "[vault-items/k]\ntype = ssh-public\ncontent = x\n");
    EXPECT(report.errors == 1 && report.warnings == 1);
    EXPECT(strstr(report.lines[1].text, "instead of 'ssh-private'") != NULL);
}

TEST(two_accounts_of_one_name_are_an_error)
{
    parse("[accounts/a]\nname = ann\n[accounts/b]\nname = bob\n"
          "[accounts/c]\nname = ann\n");
    EXPECT(only(REPORT_ERROR, 6, "[accounts/a] has the name 'ann' as well"));
}

TEST(enabled_services_do_not_share_a_port)
{
    parse(SSH "[services/t]\ntype = ssh\nport = 22\n");
    EXPECT(only(REPORT_ERROR, 6, "[services/s] listens on 127.0.0.1 port 22"));
    parse(SSH "[services/t]\ntype = ssh\nport = 22\naddress = 0.0.0.0\n");
    EXPECT(report.errors == 1);
    parse(SSH "[services/t]\ntype = ssh\nport = 22\naddress = 127.0.0.2\n");
    EXPECT(report.count == 0);
    parse(SSH "[services/t]\ntype = ssh\nport = 22\nenabled = No\n");
    EXPECT(report.count == 0);
    parse("[services/s]\ntype = ssh\nport = 0\n"
          "[services/t]\ntype = ssh\nport = 0\n");
    EXPECT(report.count == 0);
}

TEST(leaving_out_ways_to_log_in_opens_no_other)
{
    parse("[server]\nauthentications = l\n[authentications/l]\ntype = ldap\n");
    EXPECT(report.errors == 1 && report.warnings == 1);
    parse("[authentications/DEFAULT-AUTHENTICATION]\n"
          "type = application\nenabled = No\n");
    EXPECT(report.errors == 1);
    parse("[server]\nauthentications = l, a\n"
          "[authentications/l]\ntype = ldap\n"
          "[authentications/a]\ntype = application\n");
    EXPECT(report.errors == 0);
}

TEST(secrets_are_not_shown)
{
    parse("[accounts/a]\nname = a\npassword = secret\n  secret\n");
    EXPECT(only(REPORT_ERROR, 3, "'password'"));
    EXPECT(strstr(report.lines[0].text, "secret") == NULL);
}
