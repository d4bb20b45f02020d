/* SPDX-License-Identifier: Apache-2.0 */
/* config_edit_test.c - what changes in server.ini, and what stays. */
#include "config/config.h"
#include "config/edit.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct config_edit *edit;

TEARDOWN()
{
    config_edit_close(&edit);
}

static void
begin(const char *text)
{
    EXPECT_OK(config_edit_of_text(str_of(text), &edit));
}

static void
becomes(const char *expected)
{
    struct str text = config_edit_text(edit);

    if (!str_is(text, expected))
        fprintf(stderr, "---\n%.*s---\n", STR_ARG(text));
    EXPECT(str_is(text, expected));
}

static enum status
set(const char *family, const char *id, const char *option, const char *value)
{
    return config_edit_set(edit, family, id, option, str_of(value));
}

TEST(setting_an_option_touches_its_line_only)
{
    begin("; top\n[server]\n# about it\numask=022  \n; end\n\n[groups/g]\n");
    EXPECT_OK(set("server", "", "umask", "077"));
    becomes("; top\n[server]\n# about it\numask= 077\n; end\n\n[groups/g]\n");
}

TEST(a_value_of_several_lines_is_replaced_as_a_whole)
{
    begin("[accounts/a]\nssh_authorized_keys_content =\n  one\n\n"
          "; between\n  two\n\nname = a\n");
    EXPECT_OK(set("accounts", "a", "ssh_authorized_keys_content", "three"));
    becomes("[accounts/a]\nssh_authorized_keys_content = three\n\nname = a\n");
}

TEST(a_value_of_several_lines_is_written_indented)
{
    begin("[accounts/a]\nname = a\n");
    EXPECT_OK(set("accounts", "a", "ssh_authorized_keys_content", "one\ntwo"));
    becomes("[accounts/a]\nname = a\n"
            "ssh_authorized_keys_content =\n    one\n    two\n");
}

TEST(a_new_option_goes_to_the_end_of_its_section)
{
    begin("[accounts/a]\nname = a\n; note\n\n[accounts/b]\nname = b\n");
    EXPECT_OK(set("accounts", "a", "enabled", "No"));
    becomes("[accounts/a]\nname = a\nenabled = No\n; note\n\n"
            "[accounts/b]\nname = b\n");
}

TEST(a_new_section_goes_to_the_end_of_the_file)
{
    begin("[server]");
    EXPECT_OK(set("accounts", "a", "name", "ann"));
    EXPECT_OK(set("accounts", "a", "enabled", "No"));
    becomes("[server]\n\n[accounts/a]\nname = ann\nenabled = No\n");
    EXPECT_STATUS(config_edit_add_section(edit, "accounts", "a"), ERR_EXISTS);
}

TEST(an_empty_file_can_be_filled)
{
    begin("");
    EXPECT_OK(set("server", "", "name", "n"));
    becomes("[server]\nname = n\n");
}

TEST(line_ends_of_other_systems_are_kept)
{
    begin("[server]\r\nname = a\r\n");
    EXPECT_OK(set("server", "", "name", "b"));
    EXPECT_OK(set("server", "", "description", "x\ny"));
    becomes("[server]\r\nname = b\r\ndescription =\r\n    x\r\n    y\r\n");
}

TEST(what_is_removed_leaves_the_rest)
{
    begin("[accounts/a]\nname = a\nemail =\n  x\n  y\nenabled = No\n; note\n"
          "[accounts/b]\nname = b\n");
    EXPECT_OK(config_edit_remove(edit, "accounts", "a", "email"));
    becomes("[accounts/a]\nname = a\nenabled = No\n; note\n"
            "[accounts/b]\nname = b\n");
    EXPECT_OK(config_edit_remove_section(edit, "accounts", "a"));
    becomes("; note\n[accounts/b]\nname = b\n");
    EXPECT_STATUS(config_edit_remove(edit, "accounts", "a", "name"),
                  ERR_NOT_FOUND);
    EXPECT_STATUS(config_edit_remove_section(edit, "accounts", "a"),
                  ERR_NOT_FOUND);
}

TEST(what_would_not_read_back_the_same_is_refused)
{
    const char *text = "[accounts/a]\nname = a\n";

    begin(text);
    EXPECT_STATUS(set("accounts", "a", "name", " a"), ERR_INVALID);
    EXPECT_STATUS(set("accounts", "a", "name", "a\r"), ERR_INVALID);
    EXPECT_STATUS(set("accounts", "a", "name", "a\x1b[1m"), ERR_INVALID);
    EXPECT_STATUS(set("accounts", "a", "name", "\xff"), ERR_INVALID);
    EXPECT_STATUS(set("accounts", "a", "email", "x\n"), ERR_INVALID);
    EXPECT_STATUS(set("accounts", "a", "email", "x\n#y"), ERR_INVALID);
    EXPECT_STATUS(set("accounts", "a", "a b", "x"), ERR_INVALID);
    EXPECT_STATUS(set("accounts", "a]", "name", "x"), ERR_INVALID);
    EXPECT_STATUS(set("accounts", "b\n", "name", "x"), ERR_INVALID);
    EXPECT_STATUS(set("accounts", "b", "name", "x\n[server]\r"), ERR_INVALID);
    EXPECT_STATUS(set("acc ounts", "b", "name", "x"), ERR_INVALID);
    becomes(text);
}

TEST(a_value_cannot_smuggle_in_a_section)
{
    struct report report = { 0 };
    struct config *config = NULL;

    begin("[accounts/a]\nname = a\n");
    EXPECT_OK(set("accounts", "a", "description", "x\n[accounts/b]\nname = b"));
    EXPECT_OK(config_parse(config_edit_text(edit), "/", &report, &config));
    EXPECT(config_count(config, "accounts") == 1);
    EXPECT_TEXT(section_text(config_at(config, "accounts", 0), "description"),
                "x\n[accounts/b]\nname = b");
    config_unref(&config);
    report_done(&report);
}

TEST(a_file_with_mistakes_is_not_edited)
{
    EXPECT_STATUS(config_edit_of_text(STR("[server]\nnonsense\n"), &edit),
                  ERR_INVALID);
    EXPECT(strstr(fail_reason(), "server.ini:2:") != NULL);
}

static void
write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    EXPECT(file != NULL);
    fputs(text, file);
    EXPECT(fclose(file) == 0);
}

static void
file_is(const char *path, const char *expected)
{
    char text[512];
    FILE *file = fopen(path, "r");

    EXPECT(file != NULL);
    size_t len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[len] = '\0';
    EXPECT_TEXT(text, expected);
}

TEST(saving_replaces_the_file_and_keeps_its_mode_and_the_link_to_it)
{
    char path[512], link_path[512];
    struct stat before, after;

    snprintf(path, sizeof path, "%s/server.ini", test_folder());
    snprintf(link_path, sizeof link_path, "%s/link.ini", test_folder());
    write_file(path, "[server]\nname = a\n");
    EXPECT(chmod(path, 0640) == 0 && symlink("server.ini", link_path) == 0);
    EXPECT(stat(path, &before) == 0);
    EXPECT_OK(config_edit_open(link_path, &edit));
    EXPECT_OK(set("server", "", "name", "b"));
    file_is(path, "[server]\nname = a\n");
    EXPECT_OK(config_edit_save(edit));
    file_is(path, "[server]\nname = b\n");
    EXPECT(stat(path, &after) == 0 && (after.st_mode & 07777) == 0640);
    EXPECT(after.st_ino != before.st_ino);
    EXPECT(lstat(link_path, &after) == 0 && S_ISLNK(after.st_mode));
    EXPECT_OK(set("server", "", "name", "c"));
    EXPECT_OK(config_edit_save(edit));
    file_is(path, "[server]\nname = c\n");
}

TEST(a_file_that_somebody_else_changed_is_not_overwritten)
{
    char path[512];

    snprintf(path, sizeof path, "%s/server.ini", test_folder());
    write_file(path, "[server]\nname = a\n");
    EXPECT_OK(config_edit_open(path, &edit));
    write_file(path, "[server]\nname = x\n");
    EXPECT_OK(set("server", "", "name", "b"));
    EXPECT_STATUS(config_edit_save(edit), ERR_CONFLICT);
    file_is(path, "[server]\nname = x\n");
}

TEST(text_without_a_file_cannot_be_saved)
{
    begin("");
    EXPECT_STATUS(config_edit_save(edit), ERR_UNSUPPORTED);
}
