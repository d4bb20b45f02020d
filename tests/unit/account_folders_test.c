/* SPDX-License-Identifier: Apache-2.0 */
/* account_folders_test.c - the lines of virtual_folders: read and checked. */
#include "account/account.h"
#include "account/check.h"
#include "account/virtual_folder.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

static struct report report;
static struct config *config;
static struct account_folder folder;

static void
clean_up(void)
{
    account_folder_done(&folder);
    config_unref(&config);
    report_done(&report);
    report = (struct report){ 0 };
}

TEARDOWN()
{
    clean_up();
}

static void
load(const char *text)
{
    clean_up();
    EXPECT_OK(config_parse(str_of(text), "/etc/convoy", &report, &config));
}

/* The line as it is for that account. */
static enum status
read_for(const char *name, const char *line)
{
    load("[server]\n");
    return account_folder_read(config, line, str_of(name), &folder);
}

TEST(a_line_is_a_virtual_path_a_comma_and_a_real_path)
{
    static const struct {
        const char *line, *path, *real;
    } lines[] = {
        { "/a, /srv/a", "/a", "/srv/a" },
        { "/a/b/c,/srv", "/a/b/c", "/srv" },
        { "//a///b/ ,  /srv/a/ ", "/a/b", "/srv/a/" },
        { "/with blank, /srv/two words", "/with blank", "/srv/two words" },
        { "/a, /srv/one,two", "/a", "/srv/one,two" },
        { "/a, data/a", "/a", "/etc/convoy/data/a" },
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        EXPECT_OK(read_for("alice", lines[i].line));
        EXPECT_TEXT(folder.path, lines[i].path);
        EXPECT_TEXT(folder.real, lines[i].real);
    }
}

TEST(the_name_of_the_account_can_stand_in_both_paths)
{
    EXPECT_OK(read_for("alice", "/of/${USER}, /srv/${USER}/in-${USER}"));
    EXPECT_TEXT(folder.path, "/of/alice");
    EXPECT_TEXT(folder.real, "/srv/alice/in-alice");
}

TEST(a_name_leads_no_virtual_path_up)
{
    EXPECT_STATUS(read_for("..", "/${USER}/a, /srv"), ERR_INVALID);
    EXPECT_STATUS(read_for("../..", "/a/${USER}, /srv"), ERR_INVALID);
    EXPECT_STATUS(read_for(".", "/${USER}, /srv"), ERR_INVALID);
    EXPECT_STATUS(read_for("/", "/${USER}, /srv"), ERR_INVALID);
}

TEST(what_is_no_such_line_is_refused)
{
    static const char *const lines[] = {
        "/a",          "/a,",          ", /srv",   ",",
        "a, /srv",     "/, /srv",      "//, /srv", "/../a, /srv",
        "/a/.., /srv", "/a/./b, /srv", "a/b, /srv"
    };
    char longest[512] = "/";

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        EXPECT_STATUS(read_for("alice", lines[i]), ERR_INVALID);
    memset(longest + 1, 'x', 256);
    strcpy(longest + 257, ", /srv");
    EXPECT_STATUS(read_for("alice", longest), ERR_INVALID);
    EXPECT_STATUS(read_for("alice", "/${GROUP}, /srv"), ERR_UNSUPPORTED);
    EXPECT_STATUS(read_for("alice", "/a, /srv/${GROUP}"), ERR_UNSUPPORTED);
}

static void
check(const char *lines)
{
    char text[1024];

    snprintf(text, sizeof text, "[groups/g]\nname = g\nvirtual_folders =\n%s",
             lines);
    load(text);
    accounts_check(config, &report);
}

static bool
reports(enum report_level level, int line)
{
    for (size_t i = 0; i < report.count; i++)
        if (report.lines[i].level == level && report.lines[i].line == line &&
            strstr(report.lines[i].text, "virtual_folders") != NULL)
            return true;
    return false;
}

TEST(a_wrong_line_is_an_error_with_its_own_number)
{
    check("  /a, /\n  b, /\n  /a/../c, /\n  /, /\n  /d/${WHO}, /\n");
    EXPECT(!reports(REPORT_ERROR, 4));
    for (int line = 5; line <= 8; line++)
        EXPECT(reports(REPORT_ERROR, line));
}

TEST(a_path_that_is_there_twice_is_an_error)
{
    check("  /a/b, /\n  /a/b/c, /\n  /a//b/, /\n  /${USER}, /\n  /USER, /\n");
    EXPECT(report.errors == 1);
    EXPECT(reports(REPORT_ERROR, 6));
}

TEST(a_real_folder_that_is_missing_is_a_warning)
{
    check("  /a, /\n  /b, /none/such\n  /c, /none/${USER}\n  /d, /dev/null\n");
    EXPECT(report.errors == 0);
    EXPECT(!reports(REPORT_WARNING, 4));
    EXPECT(reports(REPORT_WARNING, 5));
    EXPECT(!reports(REPORT_WARNING, 6));
    EXPECT(reports(REPORT_WARNING, 7));
}

/* How many virtual folders alice has, when the account says so. */
static size_t
count_for(const char *account_line)
{
    AUTO(accounts_unref) struct accounts *accounts = NULL;
    char text[1024];
    size_t count = 0;

    snprintf(text, sizeof text,
             "[groups/DEFAULT_GROUP]\nvirtual_folders =\n  /a, /\n  /b, /\n"
             "[accounts/u1]\nname = alice\n%s",
             account_line);
    load(text);
    EXPECT_OK(accounts_new(config, clock_real(), &accounts));
    const struct section *section = account_section_of(
        accounts_find(accounts, STR("alice")), "virtual_folders");
    while (section_item(section, "virtual_folders", count) != NULL)
        count++;
    return count;
}

TEST(an_account_has_the_folders_of_its_group_or_its_own_or_none)
{
    EXPECT(count_for("") == 2);
    EXPECT(count_for("virtual_folders = inherit\n") == 2);
    EXPECT(count_for("virtual_folders = /c, /\n") == 1);
    EXPECT(count_for("virtual_folders =\n") == 0);
}
