/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roots.c - the folders of the host that an account may see.
 *
 * Whose path, or a variable in it, makes no sense, and whose folder is not
 * there, keeps the account out: files must not go where nobody looks for them,
 * and what is away for now must not be taken for empty.
 */
#include "session/session_private.h"

#include "account/home.h"
#include "account/virtual_folder.h"

#include <stdlib.h>

static const char targets[] = "allowed_link_targets";
static const char folders[] = "virtual_folders";

static size_t
count_items(const struct section *section, const char *option)
{
    size_t count = 0;

    while (section_item(section, option, count) != NULL)
        count++;
    return count;
}

static enum status
resolve_target(const struct section *server, const char *item,
               const char **path_out)
{
    AUTO(buffer_done) struct buffer path = BUFFER(VFS_PATH);

    TRY(config_resolve_path(section_config(server), item, &path));
    *path_out = str_copy(buffer_str(&path));
    return *path_out != NULL ? OK
                             : fail(ERR_MEMORY, "no memory for %s", targets);
}

/* allowed_link_targets as absolute paths, NULL at the end. */
static enum status
read_link_targets(struct session *s)
{
    const struct section *server =
        config_server(section_config(s->account->section));
    size_t count = count_items(server, targets);

    s->link_targets = calloc(count + 1, sizeof *s->link_targets);
    if (s->link_targets == NULL)
        return fail(ERR_MEMORY, "no memory for %s", targets);
    for (size_t i = 0; i < count; i++)
        TRY(resolve_target(server, section_item(server, targets, i),
                           &s->link_targets[i]));
    return OK;
}

static enum status
read_folders(struct session *s)
{
    const struct section *section = account_section_of(s->account, folders);
    size_t count = count_items(section, folders);

    if (count > ACCOUNT_FOLDERS)
        return fail(ERR_LIMIT, "more than %d %s", ACCOUNT_FOLDERS, folders);
    s->folders = calloc(count + 1, sizeof *s->folders);
    if (s->folders == NULL)
        return fail(ERR_MEMORY, "no memory for %s", folders);
    for (size_t i = 0; i < count; i++) {
        struct account_folder folder;

        TRY(account_folder_read(section_config(section),
                                section_item(section, folders, i),
                                str_of(s->account->name), &folder));
        s->folders[s->folder_count++] =
            (struct virtual_folder){ folder.path, folder.real };
    }
    return OK;
}

/* The home, made when the account says so; its path belongs to the account. */
static enum status
come_home(struct session *s)
{
    bool is_new = false;
    enum status status = account_prepare_home(s->account, &s->home, &is_new);

    if (status == OK && !is_new)
        return OK;
    struct event_field fields[] = {
        EVENT_TEXT("home_folder_path", str_of(s->account->home_folder_path)),
        EVENT_TEXT("details", str_of(status == OK ? "" : fail_reason())),
    };
    session_emit(
        s, status == OK ? EVENT_HOME_FOLDER_MADE : EVENT_HOME_FOLDER_FAILED,
        fields, status == OK ? 1 : 2);
    return status;
}

enum status
session_find_roots(struct session *s)
{
    TRY(read_folders(s));
    /* With virtual folders an account can do without a home. */
    if (s->folder_count == 0 || s->account->home_folder_path[0] != '\0')
        TRY(come_home(s));
    return read_link_targets(s);
}

void
session_forget_roots(struct session *s)
{
    for (size_t i = 0; s->link_targets != NULL && s->link_targets[i]; i++)
        free((char *)s->link_targets[i]);
    free(s->link_targets);
    for (size_t i = 0; i < s->folder_count; i++) {
        free((char *)s->folders[i].path);
        free((char *)s->folders[i].real);
    }
    free(s->folders);
    s->home = NULL;
    s->folders = NULL;
    s->folder_count = 0;
    s->link_targets = NULL;
}
