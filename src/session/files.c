/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.c - the account's view of the files: which layers, in which order.
 *
 * The one place that knows both who (account) and what (vfs).
 */
#include "session/session_private.h"

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
    return OK;
}

/* FTP's clients cannot say a mode when they make something. */
static bool
ignores_create_permissions(const struct section *service)
{
    return strcmp(section_text(service, "type"), "ssh") == 0 &&
           section_flag(service, "ignore_create_permissions");
}

static enum status
open_disk(struct session *s, struct vfs **disk_out)
{
    const struct account *account = s->account;
    const struct config *config = section_config(s->account->section);
    struct disk_options disk = {
        .uploads = s->hub->uploads,
        .owner = account->uuid,
        .durability_cache = account->durability_cache,
        .maximum_file_size = account->maximum_file_size,
        .umask = (mode_t)section_number(config_server(config), "umask"),
        .ignore_create_permissions =
            ignores_create_permissions(s->options.service),
    };

    TRY(refuse_unenforced(account));
    TRY(session_find_roots(s));
    disk.root = s->home;
    disk.folders = s->folders;
    disk.folder_count = s->folder_count;
    disk.allowed_link_targets = s->link_targets;
    TRY(session_read_rules(s));
    disk.staged_uploads = staging_is_possible(s->staging);
    disk.staging = staging_have_paths(s->staging) ? s->staging : NULL;
    TRY(vfs_on_disk(&disk, disk_out));
    if (s->folder_count == 0)
        return OK;
    return vfs_with_folders(*disk_out, s->folders, s->folder_count, disk_out);
}

/* Layers from the bottom up; each call takes over what is below it, also when
 * it fails. Permissions stand on both sides of links: the path that was asked
 * for is checked, and the path that was meant. */
static enum status
stack_layers(struct session *s, struct vfs *disk)
{
    struct vfs *below = disk;

    TRY(session_name_files(s, &below));
    TRY(vfs_with_permissions(below, s->permissions, &below));
    TRY(vfs_with_links(below, &below));
    TRY(vfs_with_permissions(below, s->permissions, &below));
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
    session_free_rules(s);
    session_forget_roots(s);
}
