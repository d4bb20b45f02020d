/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account_home_test.c - homes that are there, that are made, that are not.
 */
#include "account/home.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct report report;
static struct config *config;
static struct accounts *accounts;
static const char *path;
static bool is_made;

static void
clean_up(void)
{
    accounts_unref(&accounts);
    config_unref(&config);
    report_done(&report);
    report = (struct report){ 0 };
    path = NULL;
    is_made = false;
}

SETUP()
{
    umask(0); /* as serve does */
}

TEARDOWN()
{
    clean_up();
}

/* The account "alice" with these options. */
static enum status
prepare(const char *options)
{
    char text[4096];

    clean_up();
    snprintf(text, sizeof text, "[accounts/u1]\nname = alice\n%s", options);
    EXPECT_OK(config_parse(str_of(text), test_folder(), &report, &config));
    EXPECT_OK(accounts_new(config, clock_real(), &accounts));
    return account_prepare_home(accounts_find(accounts, STR("alice")), &path,
                                &is_made);
}

static const char *
in_folder(const char *name)
{
    static char full[4096];

    snprintf(full, sizeof full, "%s/%s", test_folder(), name);
    return full;
}

static bool
is_folder(const char *name)
{
    struct stat is;

    return lstat(in_folder(name), &is) == 0 && S_ISDIR(is.st_mode);
}

static void
make_folder(const char *name)
{
    EXPECT(mkdir(in_folder(name), 0755) == 0);
}

TEST(a_home_that_is_there_is_left_as_it_is)
{
    make_folder("home");
    EXPECT_OK(prepare("home_folder_path = home\n"
                      "home_folder_structure = inbox\n"));
    EXPECT_TEXT(path, in_folder("home"));
    EXPECT(!is_made && !is_folder("home/inbox"));
}

TEST(a_missing_home_is_not_made_unless_that_is_asked_for)
{
    EXPECT_STATUS(prepare("home_folder_path = home\n"), ERR_NOT_FOUND);
    EXPECT(!is_folder("home"));
    EXPECT_STATUS(prepare(""), ERR_NOT_FOUND);
    EXPECT_STATUS(prepare("create_home_folder = Yes\n"), ERR_NOT_FOUND);
}

TEST(a_home_is_made_with_its_structure_and_kept_private)
{
    struct stat is;

    make_folder("srv");
    EXPECT_OK(prepare("group = g\n[groups/g]\n"
                      "home_folder_path = srv/${USER}/data\n"
                      "create_home_folder = Yes\nhome_folder_structure =\n"
                      "    inbox\n    outbox/sent\n    /etc/skel\n"));
    EXPECT(is_made);
    EXPECT_TEXT(path, in_folder("srv/alice/data"));
    EXPECT(is_folder("srv/alice/data/inbox"));
    EXPECT(is_folder("srv/alice/data/outbox/sent"));
    EXPECT(!is_folder("srv/alice/data/etc"));
    EXPECT(stat(in_folder("srv/alice"), &is) == 0);
    EXPECT((is.st_mode & 07777) == 0750);
}

TEST(the_umask_of_the_server_counts_for_homes)
{
    struct stat is;

    EXPECT_OK(prepare("create_home_folder = Yes\nhome_folder_path = home\n"
                      "[server]\numask = 077\n"));
    EXPECT(stat(in_folder("home"), &is) == 0);
    EXPECT((is.st_mode & 07777) == 0700);
}

TEST(a_second_login_finds_the_home_and_mends_its_structure)
{
    static const char options[] = "create_home_folder = Yes\n"
                                  "home_folder_path = home\n"
                                  "group = g\n[groups/g]\n"
                                  "home_folder_structure = inbox\n";

    EXPECT_OK(prepare(options));
    EXPECT(is_made);
    EXPECT(rmdir(in_folder("home/inbox")) == 0);
    EXPECT_OK(prepare(options));
    EXPECT(!is_made && is_folder("home/inbox"));
}

TEST(what_all_accounts_share_of_a_path_is_never_made)
{
    EXPECT_STATUS(prepare("group = g\n[groups/g]\ncreate_home_folder = Yes\n"
                          "home_folder_path = srv/mft/${USER}\n"),
                  ERR_NOT_FOUND);
    EXPECT(!is_folder("srv"));
    EXPECT_STATUS(prepare("create_home_folder = Yes\n"
                          "home_folder_path = srv/alice\n"),
                  ERR_NOT_FOUND);
    EXPECT(!is_folder("srv"));
}

TEST(a_home_is_not_made_through_a_link)
{
    make_folder("srv");
    make_folder("elsewhere");
    EXPECT(symlink("../elsewhere", in_folder("srv/alice")) == 0);
    EXPECT(prepare("group = g\n[groups/g]\ncreate_home_folder = Yes\n"
                   "home_folder_path = srv/${USER}/data\n") != OK);
    EXPECT(!is_folder("elsewhere/data"));
}

TEST(a_structure_is_not_made_through_a_link)
{
    make_folder("home");
    make_folder("elsewhere");
    EXPECT(symlink("../elsewhere", in_folder("home/inbox")) == 0);
    EXPECT(prepare("create_home_folder = Yes\nhome_folder_path = home\n"
                   "group = g\n[groups/g]\n"
                   "home_folder_structure = inbox/new\n") != OK);
    EXPECT(!is_folder("elsewhere/new"));
}

TEST(a_structure_cannot_leave_the_home)
{
    make_folder("home");
    EXPECT_STATUS(prepare("create_home_folder = Yes\nhome_folder_path = home\n"
                          "group = g\n[groups/g]\n"
                          "home_folder_structure = inbox/../../out\n"),
                  ERR_INVALID);
    EXPECT(!is_folder("out"));
}

TEST(a_file_in_the_place_of_a_home_is_told)
{
    FILE *file = fopen(in_folder("home"), "w");

    EXPECT(file != NULL);
    fclose(file);
    EXPECT_STATUS(prepare("create_home_folder = Yes\n"
                          "home_folder_path = home\n"),
                  ERR_NO_FOLDER);
}
