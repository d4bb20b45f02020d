/* SPDX-License-Identifier: Apache-2.0 */
/* config_file_test.c - how server.ini is read. */
#include "config/config.h"
#include "config/ini.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

static struct report report;
static struct config *config;

SETUP()
{
    report = (struct report){ 0 };
}

TEARDOWN()
{
    config_unref(&config);
    report_done(&report);
}

static enum status
parse(const char *text)
{
    return config_parse(str_of(text), "/srv/convoy", &report, &config);
}

static const struct section *
section(const char *family, const char *id)
{
    const struct section *found = config_section(config, family, id);

    EXPECT(found != NULL);
    return found;
}

/* Whether a line of this level says this about that line of the file. */
static bool
is_said(enum report_level level, int line, const char *part)
{
    for (size_t i = 0; i < report.count; i++)
        if (report.lines[i].level == level && report.lines[i].line == line &&
            strstr(report.lines[i].text, part) != NULL)
            return true;
    return false;
}

static bool
reported(enum report_level level, int line, const char *part)
{
    bool found = is_said(level, line, part);

    if (!found)
        report_print(&report, 2);
    return found;
}

TEST(an_empty_file_has_the_documented_defaults)
{
    EXPECT_OK(parse(""));
    const struct section *server = config_server(config);

    EXPECT(report.count == 0);
    EXPECT_TEXT(section_text(server, "uuid"), "single-server-uuid");
    EXPECT(section_number(server, "umask") == 022);
    EXPECT(section_number(server, "failed_login_delay") == 1);
    EXPECT(section_flag(server, "staged_uploads"));
    EXPECT_TEXT(section_item(server, "authentications", 0),
                "DEFAULT-AUTHENTICATION");
    EXPECT(section_item(server, "authentications", 1) == NULL);
    EXPECT(!section_has(server, "uuid"));
    EXPECT(config_count(config, "services") == 0);
    EXPECT(config_at(config, "services", 0) == NULL);
    EXPECT(config_section(config, "groups", "DEFAULT_GROUP") == NULL);
}

TEST(a_missing_group_has_its_defaults_too)
{
    EXPECT_OK(parse("[accounts/a]\nname = ann\n"));
    const struct section *group = config_defaults(config, "groups", "");

    EXPECT_TEXT(section_item(section("accounts", "a"), "group", 0),
                "DEFAULT_GROUP");
    EXPECT_TEXT(section_text(group, "permissions"), "allow-full-control");
    EXPECT_TEXT(section_text(group, "required_credentials"), "any");
    EXPECT(!section_flag(group, "create_home_folder"));
    EXPECT(section_inherits(group, "staged_uploads"));
    EXPECT_TEXT(section_id(group), "");
}

TEST(values_have_their_kinds)
{
    EXPECT_OK(parse("[server]\n"
                    "umask = 027\n"
                    "staged_uploads = no\n"
                    "durability = Cache\n"
                    "allowed_link_targets = /a, /b\n"
                    "  /c\n"
                    "[vault-items/k]\ntype = ssh-private\ncontent = x\n"
                    "[services/s]\ntype = ssh\nport = 22\n"
                    "rekey_bytes = 2 MiB\n"
                    "ssh_server_keys = k\n"));
    const struct section *server = config_server(config);

    EXPECT(section_number(server, "umask") == 027);
    EXPECT(!section_flag(server, "staged_uploads"));
    EXPECT_TEXT(section_text(server, "durability"), "cache");
    EXPECT_TEXT(section_item(server, "allowed_link_targets", 1), "/b");
    EXPECT_TEXT(section_item(server, "allowed_link_targets", 2), "/c");
    EXPECT(section_item(server, "allowed_link_targets", 3) == NULL);
    EXPECT(section_item_line(server, "allowed_link_targets", 2) == 6);
    EXPECT(section_number(section("services", "s"), "rekey_bytes") == 2097152);
    EXPECT(section_number(section("services", "s"), "port") == 22);
    EXPECT(section_flag(section("services", "s"), "enabled"));
}

TEST(sections_keep_the_order_of_the_file)
{
    EXPECT_OK(parse("[accounts/z]\nname = z\n[groups/g]\n"
                    "[accounts/a]\nname = a\n[accounts/m]\nname = m\n"));

    EXPECT(config_count(config, "accounts") == 3);
    EXPECT_TEXT(section_id(config_at(config, "accounts", 0)), "z");
    EXPECT_TEXT(section_id(config_at(config, "accounts", 1)), "a");
    EXPECT_TEXT(section_id(config_at(config, "accounts", 2)), "m");
    EXPECT(config_at(config, "accounts", 3) == NULL);
    EXPECT(config_count(config, "groups") == 1);
}

TEST(a_value_may_start_in_the_next_line_and_go_on)
{
    EXPECT_OK(parse("[accounts/a]\r\n"
                    "name = ann\r\n"
                    "ssh_authorized_keys_content =\r\n"
                    "\tkey one\r\n"
                    "; a comment of the file\r\n"
                    "   # key two, switched off\r\n"
                    "\r\n"
                    "    key three \r\n"
                    "\r\n"
                    "enabled = No\r\n"));
    const struct section *ann = section("accounts", "a");

    EXPECT_TEXT(section_item(ann, "ssh_authorized_keys_content", 0), "key one");
    EXPECT_TEXT(section_item(ann, "ssh_authorized_keys_content", 1),
                "key three");
    EXPECT(section_item(ann, "ssh_authorized_keys_content", 2) == NULL);
    EXPECT(section_item_line(ann, "ssh_authorized_keys_content", 1) == 8);
    EXPECT(section_line(ann, "ssh_authorized_keys_content") == 3);
    EXPECT(section_line(ann, "email") == 1);
    EXPECT(!section_flag(ann, "enabled"));
}

TEST(indented_text_that_looks_like_a_section_is_part_of_the_value)
{
    EXPECT_OK(parse("[server]\n"
                    "description = first\n"
                    "\n"
                    "    [services/x]\n"
                    "    # kept\n"
                    "    address = 203.0.113.1\n"
                    "\n"
                    "name = n\n"));

    EXPECT_TEXT(section_text(config_server(config), "description"),
                "first\n\n[services/x]\n# kept\naddress = 203.0.113.1");
    EXPECT(config_section(config, "services", "x") == NULL);
}

TEST(capitals_in_names_of_options_do_not_matter)
{
    EXPECT_OK(parse("[server]\nUmask = 077\n"));
    EXPECT(section_number(config_server(config), "umask") == 077);
}

TEST(a_mark_of_utf_8_in_front_is_skipped)
{
    EXPECT_OK(parse("\xef\xbb\xbf[server]\nname = Zürich\n"));
    EXPECT_TEXT(section_text(config_server(config), "name"), "Zürich");
}

TEST(every_mistake_is_reported_with_its_line)
{
    EXPECT_STATUS(parse("name = early\n"     /* 1 */
                        "[server\n"          /* 2 */
                        "name = swallowed\n" /* 3 */
                        "  and this\n"       /* 4 */
                        "[server]\n"         /* 5 */
                        "  indented = 1\n"   /* 6 */
                        "no value here\n"    /* 7 */
                        "sp ace = 1\n"       /* 8 */
                        "name = \xff\n"      /* 9 */
                        "umask = 9\n"        /* 10 */
                        "[server/x]\n"       /* 11 */
                        "[accounts]\n"       /* 12 */
                        "[acounts/a]\n"      /* 13 */
                        "[accounts/a] x\n"), /* 14 */
                  ERR_INVALID);
    EXPECT(reported(REPORT_ERROR, 1, "below the [section]"));
    EXPECT(reported(REPORT_ERROR, 2, "ends with ']'"));
    EXPECT(!is_said(REPORT_ERROR, 3, ""));
    EXPECT(!is_said(REPORT_ERROR, 4, ""));
    EXPECT(reported(REPORT_ERROR, 6, "indented line"));
    EXPECT(reported(REPORT_ERROR, 7, "neither a comment"));
    EXPECT(reported(REPORT_ERROR, 8, "letters, digits"));
    EXPECT(reported(REPORT_ERROR, 9, "not UTF-8"));
    EXPECT(reported(REPORT_ERROR, 10, "octal"));
    EXPECT(reported(REPORT_ERROR, 11, "without ID"));
    EXPECT(reported(REPORT_ERROR, 12, "[accounts/ID]"));
    EXPECT(reported(REPORT_ERROR, 13, "did you mean 'accounts'?"));
    EXPECT(reported(REPORT_ERROR, 14, "ends with ']'"));
    EXPECT(config == NULL);
}

TEST(what_is_there_twice_is_an_error_that_names_both_lines)
{
    EXPECT_STATUS(parse("[accounts/a]\nname = ann\nNAME = bob\n"
                        "[groups/g]\n[accounts/a]\n"),
                  ERR_INVALID);
    EXPECT(reported(REPORT_ERROR, 3, "set in line 2"));
    EXPECT(reported(REPORT_ERROR, 5, "begins in line 1"));
}

TEST(a_nul_is_refused)
{
    EXPECT_STATUS(config_parse(str_from("[server]\nname = a\0b\n", 20), "/",
                               &report, &config),
                  ERR_INVALID);
    EXPECT(reported(REPORT_ERROR, 2, "control characters"));
}

/* A file of `count` times the text, behind a start. */
static enum status
parse_many(const char *start, const char *text, size_t count)
{
    AUTO(buffer_done) struct buffer all = BUFFER(67108864);

    EXPECT_OK(buffer_add(&all, str_of(start)));
    for (size_t i = 0; i < count; i++)
        if (buffer_add(&all, str_of(text)) != OK)
            abort();
    return config_parse(buffer_str(&all), "/", &report, &config);
}

TEST(lines_values_sections_and_files_have_limits)
{
    EXPECT_STATUS(parse_many("[server]\nname = ", "x", INI_LINE_MAX + 1),
                  ERR_INVALID);
    EXPECT(reported(REPORT_ERROR, 2, "the line has more bytes than"));
    EXPECT_STATUS(
        parse_many("[server]\ndescription =\n", " 0123456789abcde\n", 70000),
        ERR_INVALID);
    EXPECT(reported(REPORT_ERROR, 2, "the value has more bytes than"));
    EXPECT_STATUS(parse_many("", "#\n", INI_LINES_MAX + 1), ERR_INVALID);
    EXPECT(reported(REPORT_ERROR, INI_LINES_MAX + 1, "more lines than"));
    EXPECT_STATUS(parse_many("", "################\n", 1000000), ERR_INVALID);
    EXPECT(reported(REPORT_ERROR, 0, "the file has more bytes than"));
}

TEST(a_section_has_at_most_so_many_options)
{
    char text[16384] = "[server]\n";
    size_t len = strlen(text);

    for (int i = 0; i <= INI_OPTIONS_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "o%d = 1\n", i);
    EXPECT_STATUS(parse(text), ERR_INVALID);
    EXPECT(reported(REPORT_ERROR, INI_OPTIONS_MAX + 2, "more options than"));
}

TEST(a_file_of_mistakes_does_not_fill_the_memory)
{
    EXPECT_STATUS(parse_many("[server]\n", "?\n", 500000), ERR_INVALID);
    EXPECT(report.errors == 500000);
    EXPECT(report.count < 10000);
}

static void
write_file(const char *folder, const char *name, const char *text)
{
    char path[512];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    EXPECT(file != NULL);
    fputs(text, file);
    EXPECT(fclose(file) == 0);
}

TEST(the_override_replaces_and_adds_single_options)
{
    const char *folder = test_folder();
    char path[512];

    snprintf(path, sizeof path, "%s/server.ini", folder);
    write_file(folder, "server.ini",
               "[server]\nname = a\numask = 077\n[groups/g]\nname = g\n");
    write_file(folder, "server.override.ini",
               "[groups/h]\nname = h\n[server]\nname = b\nuuid = u\n");
    EXPECT_OK(config_load(path, &report, &config));
    const struct section *server = config_server(config);

    EXPECT_TEXT(section_text(server, "name"), "b");
    EXPECT_TEXT(section_text(server, "uuid"), "u");
    EXPECT(section_number(server, "umask") == 077);
    EXPECT(section_line(server, "name") == 4);
    EXPECT(strstr(section_file(server, "name"), "override") != NULL);
    EXPECT(strstr(section_file(server, "umask"), "override") == NULL);
    EXPECT(config_count(config, "groups") == 2);
    EXPECT_TEXT(section_id(config_at(config, "groups", 1)), "h");
}

TEST(the_override_may_change_the_type)
{
    const char *folder = test_folder();
    char path[512];

    snprintf(path, sizeof path, "%s/server.ini", folder);
    write_file(folder, "server.ini",
               "[services/s]\ntype = ftp\nport = 21\nsftp = No\n");
    write_file(folder, "server.override.ini", "[services/s]\ntype = ssh\n");
    EXPECT_OK(config_load(path, &report, &config));
    EXPECT(report.count == 0);
    EXPECT(!section_flag(section("services", "s"), "sftp"));
}

TEST(mistakes_in_the_override_name_the_override)
{
    const char *folder = test_folder();
    char path[512];

    snprintf(path, sizeof path, "%s/server.ini", folder);
    write_file(folder, "server.ini", "[server]\n");
    write_file(folder, "server.override.ini", "[server]\n\numask = x\n");
    EXPECT_STATUS(config_load(path, &report, &config), ERR_INVALID);
    EXPECT(report.count == 1 && report.lines[0].line == 3);
    EXPECT(strstr(report.lines[0].file, "server.override.ini") != NULL);
}

TEST(a_file_that_is_not_there_is_said_to_be_missing)
{
    char path[512];

    snprintf(path, sizeof path, "%s/none.ini", test_folder());
    EXPECT_STATUS(config_load(path, &report, &config), ERR_NOT_FOUND);
    EXPECT_STATUS(config_load(test_folder(), &report, &config), ERR_IS_FOLDER);
}

TEST(relative_paths_start_at_the_folder_of_the_file)
{
    AUTO(buffer_done) struct buffer path = BUFFER(1024);

    EXPECT_OK(parse(""));
    EXPECT_OK(config_resolve_path(config, "state", &path));
    EXPECT_TEXT(buffer_text(&path), "/srv/convoy/state");
    buffer_clear(&path);
    EXPECT_OK(config_resolve_path(config, "/var/lib", &path));
    EXPECT_TEXT(buffer_text(&path), "/var/lib");
}
