/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_storage.c - the storages behind the accounts, each tried out once.
 *
 * A hundred thousand homes are usually one file system: the first folder on
 * each device stands for all. A home that is made at the first login is tried
 * where it will be made.
 */
#include "main/doctor.h"

#include "account/account.h"
#include "account/virtual_folder.h"
#include "base/random.h"
#include "vfs/upload_names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { STORAGES = 32, PATH_LENGTH = 4096, MISSING_TOLD = 5 };

struct storages {
    struct doctor *doctor;
    const struct doctor_trial *trials;
    dev_t devices[STORAGES];
    size_t count;
    size_t missing;
};

enum health
doctor_file_system(int folder, const char **name_out, const char **advice_out)
{
    static const struct {
        unsigned magic;
        enum health health;
        const char *name;
        const char *advice;
    } known[] = {
        /* clang-format off */
        { 0xef53, HEALTHY, "ext4", "" },
        { 0x58465342, HEALTHY, "xfs", "" },
        { 0x9123683e, HEALTHY, "btrfs", "" },
        { 0x2fc12fc1, HEALTHY, "zfs", "" },
        { 0xf2f52010, HEALTHY, "f2fs", "" },
        { 0x6969, WARNING, "nfs",
          "mount it hard, and export it with sync" },
        { 0xff534d42, WARNING, "cifs",
          "mount it without cache=loose; a server that restarts forgets "
          "locks" },
        { 0xfe534d42, WARNING, "smb2",
          "mount it without cache=loose; a server that restarts forgets "
          "locks" },
        { 0x65735546, WARNING, "fuse",
          "what a sync is worth depends on the program behind it" },
        { 0x794c7630, WARNING, "overlayfs",
          "use a volume: what is written here goes with the container" },
        { 0x01021994, WARNING, "tmpfs",
          "nothing of it survives a restart of the machine" },
        { 0x858458f6, WARNING, "ramfs",
          "nothing of it survives a restart of the machine" },
        { 0x4d44, WARNING, "vfat", "it has no permissions and no attributes" },
        { 0x2011bab0, WARNING, "exfat",
          "it has no permissions and no attributes" },
        { 0, HEALTHY, "another file system", "" },
        /* clang-format on */
    };
    struct statfs about = { 0 };
    size_t i = 0;

    if (fstatfs(folder, &about) == 0)
        while (known[i].magic != 0 && known[i].magic != (unsigned)about.f_type)
            i++;
    *name_out = known[i].name;
    *advice_out = known[i].advice;
    return known[i].health;
}

static bool
is_new(struct storages *all, dev_t device)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->devices[i] == device)
            return false;
    if (all->count == STORAGES)
        return false;
    all->devices[all->count++] = device;
    return true;
}

/* Whatever a trial left behind, and the folder. */
static void
remove_bed(int parent, const char *name, int folder)
{
    static const char *const left[] = { "a", "b", "c", NULL };

    for (size_t i = 0; left[i] != NULL; i++)
        unlinkat(folder, left[i], 0);
    close(folder);
    unlinkat(parent, name, AT_REMOVEDIR);
}

static void
run_trials(struct storages *all, const struct bed *bed)
{
    for (const struct doctor_trial *t = all->trials; t->name != NULL; t++) {
        all->doctor->check = t->name;
        t->run(all->doctor, bed);
    }
}

static void
try_storage(struct storages *all, const char *path, int parent)
{
    char uuid[UUID_TEXT];
    char name[sizeof STAGING_PREFIX + sizeof uuid + 8];

    all->doctor->check = "storage-kind";
    random_uuid(uuid);
    snprintf(name, sizeof name, STAGING_PREFIX "doctor-%s", uuid);
    if (mkdirat(parent, name, 0700) < 0) {
        doctor_say(all->doctor, FAILURE, "%s: nothing can be made there: %s",
                   path, strerror(errno));
        return;
    }
    int folder =
        openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) {
        doctor_say(all->doctor, FAILURE, "%s: %s", path, strerror(errno));
        unlinkat(parent, name, AT_REMOVEDIR);
        return;
    }
    run_trials(all, &(struct bed){ path, folder });
    remove_bed(parent, name, folder);
}

/* The folder, or the one above it that is there. */
static int
open_nearest(char path[PATH_LENGTH])
{
    for (;;) {
        int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        char *slash = strrchr(path, '/');

        if (folder >= 0 || errno != ENOENT || slash == NULL || slash == path)
            return folder;
        *slash = '\0';
    }
}

static void
visit(struct storages *all, const char *wanted)
{
    char path[PATH_LENGTH];
    struct stat st;

    snprintf(path, sizeof path, "%s", wanted);
    int folder = open_nearest(path);
    if (folder < 0) {
        all->doctor->check = "storage-kind";
        doctor_say(all->doctor, FAILURE, "%s: %s", path, strerror(errno));
        return;
    }
    if (fstat(folder, &st) == 0 && is_new(all, st.st_dev))
        try_storage(all, path, folder);
    close(folder);
}

static void
miss(struct storages *all, const struct account *account)
{
    all->doctor->check = "homes";
    if (all->missing++ < MISSING_TOLD)
        doctor_say(all->doctor, WARNING,
                   "'%s' cannot log in: %s is not there; make it, or set "
                   "create_home_folder",
                   account->name, account->home_folder_path);
}

static void
visit_home(struct storages *all, const struct account *account)
{
    const char *home = account->home_folder_path;

    if (home[0] == '\0')
        return;
    if (!account->create_home_folder && access(home, F_OK) != 0)
        miss(all, account);
    else
        visit(all, home);
}

static void
visit_virtual_folders(struct storages *all, const struct account *account)
{
    static const char option[] = "virtual_folders";
    const struct section *section = account_section_of(account, option);
    const char *line;

    for (size_t i = 0; (line = section_item(section, option, i)) != NULL; i++) {
        struct account_folder folder = { 0 };

        if (account_folder_read(all->doctor->config, line,
                                str_of(account->name), &folder) == OK)
            visit(all, folder.real);
        account_folder_done(&folder);
    }
}

static void
visit_accounts(struct storages *all, const struct accounts *accounts)
{
    const struct config *config = all->doctor->config;

    for (size_t i = 0; i < config_count(config, "accounts"); i++) {
        const char *name =
            section_text(config_at(config, "accounts", i), "name");
        const struct account *account = accounts_find(accounts, str_of(name));

        if (account == NULL)
            continue;
        visit_home(all, account);
        visit_virtual_folders(all, account);
    }
}

static void
visit_link_targets(struct storages *all)
{
    static const char option[] = "allowed_link_targets";
    const struct config *config = all->doctor->config;
    const char *item;

    for (size_t i = 0;
         (item = section_item(config_server(config), option, i)) != NULL; i++) {
        AUTO(buffer_done) struct buffer path = BUFFER(PATH_LENGTH - 1);

        if (config_resolve_path(config, item, &path) == OK &&
            buffer_text(&path) != NULL)
            visit(all, buffer_text(&path));
    }
}

void
doctor_storages(struct doctor *d, const struct doctor_trial *trials)
{
    struct storages all = { .doctor = d, .trials = trials };
    struct accounts *accounts = NULL;

    d->check = "homes";
    if (accounts_new(d->config, clock_real(), &accounts) != OK) {
        doctor_say(d, FAILURE, "the accounts: %s", fail_reason());
        return;
    }
    visit_accounts(&all, accounts);
    visit_link_targets(&all);
    d->check = "homes";
    if (all.missing == 0)
        doctor_say(d, HEALTHY, "%zu storages, tried out one by one", all.count);
    else if (all.missing > MISSING_TOLD)
        doctor_say(d, WARNING, "%zu more homes are not there",
                   all.missing - MISSING_TOLD);
    accounts_unref(&accounts);
}
