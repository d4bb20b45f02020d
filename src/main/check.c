/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.c - `convoy check FILE`: what is wrong with a server.ini.
 *
 * Every layer knows the mistakes of its own options; here they are asked one
 * after the other, and the rest is checked that no layer acts on yet.
 */
#include "account/check.h"
#include "account/hash.h"
#include "config/config.h"
#include "ftp/check.h"
#include "keys/check.h"
#include "main/check.h"
#include "main/command.h"
#include "ssh/check.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Nobody logs in with these yet, but a hash that is none is a mistake. */
static void
check_hashes(const struct config *config, const char *family,
             struct report *report)
{
    for (size_t i = 0; i < config_count(config, family); i++) {
        const struct section *section = config_at(config, family, i);
        struct str hash = str_of(section_text(section, "password"));
        const char *why = NULL;

        if (!password_hash_is_locked(hash) &&
            !password_hash_is_known(hash, &why))
            report_add(report, REPORT_WARNING,
                       section_file(section, "password"),
                       section_line(section, "password"),
                       "'password': %s; no password is right for it", why);
    }
}

static void
check_link_target(const struct section *server, size_t index, const char *path,
                  struct report *report)
{
    AUTO(buffer_done) struct buffer full = BUFFER(65536);
    struct stat target;

    if (config_resolve_path(section_config(server), path, &full) != OK ||
        buffer_text(&full) == NULL)
        return;
    if (stat(buffer_text(&full), &target) != 0 || !S_ISDIR(target.st_mode))
        report_add(report, REPORT_WARNING,
                   section_file(server, "allowed_link_targets"),
                   section_item_line(server, "allowed_link_targets", index),
                   "'allowed_link_targets': '%s' is no folder", path);
}

static void
check_link_targets(const struct config *config, struct report *report)
{
    const struct section *server = config_server(config);
    const char *path;

    for (size_t i = 0;
         (path = section_item(server, "allowed_link_targets", i)) != NULL; i++)
        check_link_target(server, i, path, report);
}

enum status
config_examine(const char *path, struct report *report)
{
    AUTO(config_unref) struct config *config = NULL;

    TRY(config_load_to_check(path, report, &config));
    keys_check(config, report);
    accounts_check(config, report);
    ssh_check(config, report);
    ftp_check(config, report);
    check_hashes(config, "administrators", report);
    check_hashes(config, "cluster-nodes", report);
    check_link_targets(config, report);
    return OK;
}

/* "no errors", "1 error", "2 errors" */
static void
print_count(size_t count, const char *what)
{
    if (count == 0)
        printf("no %ss", what);
    else
        printf("%zu %s%s", count, what, count == 1 ? "" : "s");
}

int
command_check(int argc, char **argv)
{
    struct report report = { 0 };

    if (argc != 2 || argv[1][0] == '-') {
        fprintf(stderr, "usage: convoy check FILE\n");
        return 2;
    }
    /* What the file does not say, the failure does. */
    if (config_examine(argv[1], &report) != OK && report.errors == 0)
        report_add(&report, REPORT_ERROR, argv[1], 0, "%s", fail_reason());
    report_sort(&report);
    report_print(&report, STDOUT_FILENO);
    printf("%s: ", argv[1]);
    print_count(report.errors, "error");
    printf(", ");
    print_count(report.warnings, "warning");
    printf(".\n");
    int exit_code = report.errors > 0;
    report_done(&report);
    return exit_code;
}
