/* SPDX-License-Identifier: Apache-2.0 */
/*
 * home.c - the folder that an account comes home to.
 *
 * Everything is made folder by folder on descriptors, so that whoever may
 * write in the place cannot lead us elsewhere by a link, and each name is
 * synced before a client can be told that a file below it is safe.
 */
#include "account/home.h"

#include "base/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HOME_MODE = 0750, NAME_BYTES = 255, PATH_BYTES = 4096 };

/* Where we are on the way down. */
struct walk {
    const struct account *account;
    int folder;  /* owned */
    bool is_new; /* the last step made it */
};

static void
walk_done(struct walk *walk)
{
    if (walk->folder >= 0)
        close(walk->folder);
    walk->folder = -1;
}

static enum status
walk_from(struct walk *walk, const char *path)
{
    walk->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (walk->folder < 0)
        return fail_errno(errno, "cannot open the folder '%s'", path);
    return OK;
}

/* The process has no umask of its own: the one of [server] counts. */
static mode_t
home_mode(const struct account *account)
{
    const struct section *server =
        config_server(section_config(account->section));

    return HOME_MODE & ~(mode_t)section_number(server, "umask");
}

static enum status
make(const struct walk *walk, const char *name)
{
    mode_t mode = home_mode(walk->account);

    if (mkdirat(walk->folder, name, mode) != 0 && errno != EEXIST)
        return fail_errno(errno, "cannot make the folder '%s' of '%s'", name,
                          walk->account->name);
    if (!walk->account->durability_cache && fsync(walk->folder) != 0)
        return fail_errno(errno, "cannot sync the new folder '%s' of '%s'",
                          name, walk->account->name);
    return OK;
}

static enum status
check_component(struct str name)
{
    if (name.len > NAME_BYTES || str_is(name, ".") || str_is(name, "..") ||
        str_has_nul(name))
        return fail(ERR_INVALID, "'%.*s' cannot be made in a home folder",
                    STR_ARG(name));
    return OK;
}

/* One folder down, which is made when it is missing. */
static enum status
step(struct walk *walk, struct str component)
{
    enum { HOW = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };
    char name[NAME_BYTES + 1] = "";

    TRY(check_component(component));
    memcpy(name, component.data, component.len);
    walk->is_new = false;
    int next = openat(walk->folder, name, HOW);
    if (next < 0 && errno == ENOENT) {
        TRY(make(walk, name));
        walk->is_new = true;
        next = openat(walk->folder, name, HOW);
    }
    if (next < 0)
        return fail_errno(errno, "cannot open the folder '%s' of '%s'", name,
                          walk->account->name);
    walk_done(walk);
    walk->folder = next;
    return OK;
}

static enum status
walk_down(struct walk *walk, struct str path)
{
    while (path.len > 0) {
        struct str component = str_cut(&path, '/');
        if (component.len > 0)
            TRY(step(walk, component));
    }
    return OK;
}

static enum status
make_home(const struct account *account, bool *made_out)
{
    struct str path = str_of(account->home_folder_path);
    char shared[PATH_BYTES + 1] = "/";
    AUTO(walk_done) struct walk walk = { account, -1, false };

    if (account->home_shared_len > PATH_BYTES ||
        account->home_shared_len > path.len)
        return fail(ERR_LIMIT, "the path of the home folder is too long");
    if (account->home_shared_len > 0)
        memcpy(shared, path.data, account->home_shared_len);
    TRY(walk_from(&walk, shared));
    TRY(walk_down(&walk, str_from_offset(path, account->home_shared_len)));
    *made_out = walk.is_new;
    return OK;
}

/* An absolute path is SFTPPlus's way to name a folder to copy, which is not
 * supported yet: `convoy check` says so, and it is no reason to keep people
 * out. */
static enum status
make_structure(const struct account *account)
{
    static const char option[] = "home_folder_structure";
    const struct section *section = account_section_of(account, option);
    const char *item;

    for (size_t i = 0; (item = section_item(section, option, i)) != NULL; i++) {
        AUTO(walk_done) struct walk walk = { account, -1, false };

        if (item[0] == '/')
            continue;
        TRY(walk_from(&walk, account->home_folder_path));
        TRY(walk_down(&walk, str_of(item)));
    }
    return OK;
}

static enum status
check_home(const char *path, bool *is_missing_out)
{
    struct stat is;

    *is_missing_out = false;
    if (stat(path, &is) == 0)
        return S_ISDIR(is.st_mode)
                   ? OK
                   : fail(ERR_NO_FOLDER, "the home folder '%s' is not a folder",
                          path);
    if (errno != ENOENT)
        return fail_errno(errno, "the home folder '%s'", path);
    *is_missing_out = true;
    return OK;
}

enum status
account_prepare_home(const struct account *account, const char **path_out,
                     bool *made_out)
{
    const char *path = account->home_folder_path;
    bool is_missing;
    bool is_made = false;

    if (path[0] == '\0')
        return fail(ERR_NOT_FOUND, "no home_folder_path is set for '%s'",
                    account->name);
    TRY(check_home(path, &is_missing));
    if (is_missing && !account->create_home_folder)
        return fail(ERR_NOT_FOUND,
                    "the home folder '%s' is missing, and create_home_folder "
                    "is No",
                    path);
    if (is_missing)
        TRY(make_home(account, &is_made));
    if (account->create_home_folder)
        TRY(make_structure(account));
    *path_out = path;
    *made_out = is_made;
    return OK;
}
