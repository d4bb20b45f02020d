/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.c - the account's view of the files: which layers, in which order.
 *
 * The one place that knows both who (account) and what (vfs).
 */
#include "session/session_private.h"

#include "account/home.h"

#include <stdlib.h>

static void
free_link_targets(struct session *s)
{
    for (size_t i = 0; s->link_targets != NULL && s->link_targets[i]; i++)
        free((char *)s->link_targets[i]);
    free(s->link_targets);
    s->link_targets = NULL;
}

/* allowed_link_targets as absolute paths, NULL at the end. */
static enum status
read_link_targets(struct session *s)
{
    const struct config *config = section_config(s->account->section);
    const struct section *server = config_server(config);
    size_t count = 0;

    while (section_item(server, "allowed_link_targets", count) != NULL)
        count++;
    s->link_targets = calloc(count + 1, sizeof *s->link_targets);
    if (s->link_targets == NULL)
        return fail(ERR_MEMORY, "no memory for allowed_link_targets");
    for (size_t i = 0; i < count; i++) {
        struct buffer path = BUFFER(VFS_PATH);
        const char *item = section_item(server, "allowed_link_targets", i);
        enum status status = config_resolve_path(config, item, &path);

        if (status == OK)
            s->link_targets[i] = str_copy(buffer_str(&path));
        buffer_done(&path);
        if (status != OK)
            return status;
        if (s->link_targets[i] == NULL)
            return fail(ERR_MEMORY, "no memory for allowed_link_targets");
    }
    return OK;
}

/* The home, made when the account says so; its path belongs to the account. */
static enum status
come_home(struct session *s, const char **path_out)
{
    bool is_new = false;
    enum status status = account_prepare_home(s->account, path_out, &is_new);

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

/*
 * What would keep somebody out, or from something, and is not enforced yet:
 * an account that relies on it does not get in, rather than further in than
 * its configuration says.
 */
static enum status
refuse_unenforced(const struct account *account)
{
    const char *option = "multi_factor_authentication";

    if (section_text(account_section_of(account, option), option)[0] != '\0')
        return fail(ERR_DENIED, "%s is not supported yet", option);
    option = "source_ip_filter";
    if (section_item(account_section_of(account, option), option, 0) != NULL)
        return fail(ERR_DENIED, "%s is not supported yet", option);
    option = "permissions";
    struct str rules = str_trim(
        str_of(section_text(account_section_of(account, option), option)));
    if (rules.len > 0 && memchr(rules.data, '\n', rules.len) != NULL)
        return fail(ERR_DENIED, "path rules in %s are not supported yet",
                    option);
    return OK;
}

static enum status
open_disk(struct session *s, struct vfs **disk_out)
{
    const struct account *account = s->account;
    const struct config *config = section_config(s->account->section);
    struct disk_options disk = {
        .uploads = s->hub->uploads,
        .owner = account->uuid,
        .staged_uploads = account->staged_uploads,
        .durability_cache = account->durability_cache,
        .maximum_file_size = account->maximum_file_size,
        .umask = (mode_t)section_number(config_server(config), "umask"),
        .ignore_create_permissions =
            section_flag(s->options.service, "ignore_create_permissions"),
    };

    TRY(refuse_unenforced(account));
    TRY(come_home(s, &disk.root));
    s->home = disk.root;
    TRY(read_link_targets(s));
    disk.allowed_link_targets = s->link_targets;
    return vfs_on_disk(&disk, disk_out);
}

/* Layers from the bottom up; each call takes over what is below it, also when
 * it fails. Permissions stand on both sides of links: the path that was asked
 * for is checked, and the path that was meant. */
static enum status
stack_layers(struct session *s, struct vfs *disk)
{
    struct permission_rules rules;
    struct vfs *below = disk;
    const char *verbs = section_text(
        account_section_of(s->account, "permissions"), "permissions");
    enum status status = permissions_parse(verbs, &rules);

    if (status != OK) {
        vfs_free(&below);
        return status;
    }
    TRY(vfs_with_permissions(below, &rules, &below));
    TRY(vfs_with_links(below, &below));
    TRY(vfs_with_permissions(below, &rules, &below));
    TRY(vfs_with_transfers(below, s->transfers, &below));
    return vfs_with_audit(below, s->hub->options.events, &s->subject,
                          s->options.audit, s->hub->options.clock, &s->files);
}

enum status
session_open_files(struct session *s)
{
    struct vfs *disk = NULL;
    enum status status = transfers_new(s->hub->options.clock, &s->transfers);

    if (status == OK)
        status = open_disk(s, &disk);
    if (status == OK)
        status = stack_layers(s, disk);
    if (status != OK)
        session_close_files(s);
    return status;
}

void
session_close_files(struct session *s)
{
    vfs_free(&s->files);
    transfers_unref(&s->transfers);
    free_link_targets(s);
}
