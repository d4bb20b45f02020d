/* SPDX-License-Identifier: Apache-2.0 */
/* check_folders.c - what is wrong with the virtual folders of somebody. */
#include "account/accounts_private.h"

#include "account/virtual_folder.h"

#include <stdlib.h>
#include <sys/stat.h>

static const char option[] = "virtual_folders";

/* Stands for all names: a path with one in it is that of no other line. */
#define ANY_NAME STR("${USER}")

static void
report_line(struct report *report, enum report_level level,
            const struct section *section, size_t index)
{
    report_add(report, level, section_file(section, option),
               section_item_line(section, option, index), "'%s': %s", option,
               fail_reason());
}

static enum status
check_line(const struct section *section, struct account_folder *all,
           size_t index)
{
    if (index == ACCOUNT_FOLDERS)
        return fail(ERR_LIMIT, "more than %d virtual folders", ACCOUNT_FOLDERS);
    TRY(account_folder_read(section_config(section),
                            section_item(section, option, index), ANY_NAME,
                            &all[index]));
    for (size_t i = 0; i < index; i++)
        if (all[i].path != NULL && strcmp(all[i].path, all[index].path) == 0)
            return fail(ERR_INVALID, "two virtual folders are called '%s'",
                        all[i].path);
    return OK;
}

/* Whether it is there now; one for each account is not looked for. */
static enum status
check_real_folder(const char *real)
{
    struct stat is;

    if (strstr(real, "${") != NULL)
        return OK;
    if (stat(real, &is) != 0 || !S_ISDIR(is.st_mode))
        return fail(ERR_NOT_FOUND,
                    "'%s' is no folder; until it is one, nobody who is to see "
                    "it can log in",
                    real);
    return OK;
}

static void
check_lines(const struct section *section, struct account_folder *all,
            struct report *report)
{
    for (size_t i = 0; i <= ACCOUNT_FOLDERS; i++) {
        if (section_item(section, option, i) == NULL)
            return;
        if (check_line(section, all, i) != OK)
            report_line(report, REPORT_ERROR, section, i);
        else if (check_real_folder(all[i].real) != OK)
            report_line(report, REPORT_WARNING, section, i);
    }
}

void
account_check_folders(const struct section *section, struct report *report)
{
    struct account_folder *all = calloc(ACCOUNT_FOLDERS, sizeof *all);

    if (all == NULL)
        return;
    check_lines(section, all, report);
    for (size_t i = 0; i < ACCOUNT_FOLDERS; i++)
        account_folder_done(&all[i]);
    free(all);
}
