/* SPDX-License-Identifier: Apache-2.0 */
/* lister.c - what LIST, NLST, MLSD and STAT name, a piece at a time. */
#include "ftp/lister.h"

#include "base/glob.h"

#include <stdio.h>
#include <sys/stat.h>

enum {
    LOOKED_AT = 4096, /* entries of a piece, whether they are shown or not */
    OWNER_MOST = 64,
    OWNER_NUMBER = 11,
    NS_A_MS = 1000000,
    AHEAD_MS = 60 * 1000, /* a storage's clock may be, a little */
};

static struct vfs *
files_of(const struct lister *l)
{
    return session_files(l->c->session);
}

/* ---- paths ---- */

static struct str
last_name(struct str path)
{
    const char *slash = memrchr(path.data, '/', path.len);

    return str_from_offset(path, (size_t)(slash - path.data) + 1);
}

static struct str
folder_of(struct str path)
{
    size_t len = path.len - last_name(path).len - 1;

    return str_from(path.data, len > 0 ? len : 1);
}

static bool
is_dots(struct str name)
{
    return str_is(name, ".") || str_is(name, "..");
}

/* Of an entry of the folder; empty when it is longer than any path may be. */
static struct str
path_of(const struct lister *l, struct str name, char into[VFS_PATH + 1])
{
    struct str folder = str_of(l->path);
    size_t len = folder.len > 1 ? folder.len : 0;

    if (str_is(name, "."))
        return folder;
    if (str_is(name, ".."))
        return folder_of(folder);
    if (len + 1 + name.len > VFS_PATH)
        return STR_NONE;
    memcpy(into, folder.data, len);
    into[len] = '/';
    memcpy(into + len + 1, name.data, name.len);
    return str_from(into, len + 1 + name.len);
}

/* ---- LIST ---- */

/* One word of harmless letters. */
static bool
fits_a_column(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@");

    return len > 0 && len <= OWNER_MOST && name[len] == '\0';
}

/* Users of the host are nobody's business: who owns the account's root is the
 * account, all others are numbers. */
static void
find_owner(struct lister *l)
{
    struct vfs_attributes root;
    const char *name = session_account(l->c->session);

    if (!fits_a_column(name) || vfs_stat(files_of(l), STR("/"), 0, &root) != OK)
        return;
    l->owner = name;
    l->owner_id = root.uid;
}

static enum status
add_long(struct lister *l, const struct vfs_entry *entry)
{
    AUTO(buffer_done) struct buffer target = BUFFER(VFS_PATH);
    const struct vfs_attributes *it = &entry->attributes;
    const char *owner = l->owner;
    char number[OWNER_NUMBER];
    char path[VFS_PATH + 1];

    if (owner == NULL || it->uid != l->owner_id) {
        snprintf(number, sizeof number, "%u", it->uid);
        owner = number;
    }
    /* Where it may not be said to lead, it is shown alone. */
    if (S_ISLNK(it->mode) &&
        vfs_read_link(files_of(l),
                      l->folder != NULL ? path_of(l, entry->name, path)
                                        : str_of(l->path),
                      &target) != OK)
        buffer_clear(&target);
    return ftp_list_line(entry, owner, buffer_str(&target), l->now_ns,
                         &l->lines);
}

/* ---- NLST ---- */

/* It has to be a name for the next command, so it begins as the client's did
 * (RFC 1123, 4.1.2.7). */
static enum status
add_name(struct lister *l, const struct vfs_entry *entry)
{
    return ftp_name_line(buffer_str(&l->prefix), entry->name, &l->lines);
}

/* ---- MLSD, MLST ---- */

static struct ftp_may
to_may(unsigned verbs, bool is_folder, bool is_root)
{
    unsigned remove = is_folder ? ALLOW_DELETE_FOLDER : ALLOW_DELETE_FILE;

    return (struct ftp_may){
        .read = verbs & ALLOW_READ,
        .write = verbs & ALLOW_WRITE,
        .remove = (verbs & remove) && !is_root,
        .rename = (verbs & ALLOW_RENAME) && !is_root,
        .list = verbs & ALLOW_LIST,
        .enter = verbs & (ALLOW_TRAVERSE | ALLOW_LIST),
        .make = verbs & ALLOW_CREATE_FOLDER,
        .purge = verbs & ALLOW_DELETE_FILE,
    };
}

static enum status
add_facts(struct lister *l, const struct vfs_entry *entry)
{
    char text[VFS_PATH + 1];
    struct str path = path_of(l, entry->name, text);
    enum entry_kind kind = ENTRY_PLAIN;
    unsigned verbs = l->may;
    bool is_same;

    if (is_dots(entry->name))
        kind = entry->name.len == 1 ? ENTRY_CURRENT : ENTRY_PARENT;
    if (!l->may_is_same && (l->c->facts & FACT_PERM))
        verbs = vfs_may(files_of(l), path, &is_same);
    struct ftp_may may =
        to_may(verbs, S_ISDIR(entry->attributes.mode), path.len == 1);
    TRY(ftp_facts(entry, l->c->facts, kind, &may, entry->name, &l->lines));
    return buffer_add(&l->lines, STR("\r\n"));
}

enum status
lister_facts(struct ftp_connection *c, struct str path,
             const struct vfs_attributes *it, struct buffer *out)
{
    const struct vfs_entry entry = { path, *it };
    bool is_same;
    unsigned verbs = vfs_may(session_files(c->session), path, &is_same);
    struct ftp_may may = to_may(verbs, S_ISDIR(it->mode), path.len == 1);

    return ftp_facts(&entry, c->facts, ENTRY_PLAIN, &may, path, out);
}

/* ---- what is named ---- */

/* A folder's entries, each with what has to stand before its name. */
static enum status
open_folder(struct lister *l, struct str asked)
{
    TRY(vfs_list(files_of(l), str_of(l->path), &l->folder));
    if (asked.len == 0 || str_is(asked, "."))
        return OK;
    TRY(buffer_add(&l->prefix, asked));
    return asked.data[asked.len - 1] == '/' ? OK
                                            : buffer_add(&l->prefix, STR("/"));
}

/* Those of a folder's entries that fit. */
static enum status
open_pattern(struct lister *l, struct str asked)
{
    struct str path = str_of(l->path);
    struct str pattern = last_name(path);
    struct str folder = folder_of(path);

    memcpy(l->pattern, pattern.data, pattern.len + 1);
    l->path[folder.len] = '\0';
    TRY(vfs_list(files_of(l), folder, &l->folder));
    /* "x/../[a]" is the client's way to it; "[a]/." is no way to anything. */
    if (asked.len >= pattern.len &&
        str_is(str_from_offset(asked, asked.len - pattern.len), l->pattern))
        return buffer_add(&l->prefix,
                          str_from(asked.data, asked.len - pattern.len));
    TRY(buffer_add(&l->prefix, folder));
    return folder.len > 1 ? buffer_add(&l->prefix, STR("/")) : OK;
}

static enum status
take_one(struct lister *l, const struct vfs_attributes *it, struct str asked)
{
    struct str path = str_of(l->path);

    l->one = *it;
    if (l->form == LISTER_NAMES)
        return buffer_add(&l->prefix, asked.len > 0 ? asked : STR("."));
    l->one_name = path.len > 1 ? last_name(path) : path;
    return OK;
}

/* What a link leads to, or where that is nothing, the link. */
static enum status
look(const struct lister *l, struct str path, struct vfs_attributes *out)
{
    enum status status = vfs_stat(files_of(l), path, VFS_FOLLOW, out);

    return status == ERR_NOT_FOUND ? vfs_stat(files_of(l), path, 0, out)
                                   : status;
}

static enum status
find(struct lister *l, const struct ftp_list_request *asked)
{
    struct str path = str_of(l->path);
    struct vfs_attributes it;
    enum status status = look(l, path, &it);

    if (status == ERR_NOT_FOUND && l->form != LISTER_FACTS &&
        glob_is_pattern(last_name(path)))
        return open_pattern(l, asked->path);
    TRY(status);
    if (S_ISDIR(it.mode) && !asked->is_itself)
        return open_folder(l, asked->path);
    if (l->form == LISTER_FACTS)
        return fail(ERR_NO_FOLDER, "MLSD is for folders");
    return take_one(l, &it, asked->path);
}

/* When not even this reply fits, the next one will not either. */
static void
refuse(struct lister *l, enum status status)
{
    enum status said = l->form == LISTER_FACTS && status == ERR_NO_FOLDER
                           ? ftp_say(l->c, 501, "MLSD is for folders.")
                           : ftp_say_failure(l->c, status);

    (void)(said == OK);
}

bool
lister_begin(struct lister *l, struct ftp_connection *c, enum lister_form form,
             struct str argument)
{
    struct ftp_list_request asked = { .path = argument };
    struct str path;

    if (form != LISTER_FACTS)
        asked = ftp_list_arguments(argument);
    *l = (struct lister){
        .c = c,
        .form = form,
        .lines = BUFFER(LISTER_LINES),
        .prefix = BUFFER(FTP_LINE + VFS_PATH),
        .shows_dots = form == LISTER_FACTS || asked.has_dots,
        .now_ns = (clock_wall_ms(c->clock) + AHEAD_MS) * NS_A_MS,
    };
    if (!ftp_path(c, asked.path, l->path, &path))
        return false;
    enum status status = find(l, &asked);
    if (status != OK) {
        refuse(l, status);
        return false;
    }
    l->may = vfs_may(files_of(l), str_of(l->path), &l->may_is_same);
    if (form == LISTER_LONG)
        find_owner(l);
    return true;
}

static enum status
add(struct lister *l, const struct vfs_entry *entry)
{
    static enum status (*const adders[])(struct lister *,
                                         const struct vfs_entry *) = {
        [LISTER_LONG] = add_long,
        [LISTER_NAMES] = add_name,
        [LISTER_FACTS] = add_facts,
    };

    return adders[l->form](l, entry);
}

static bool
is_shown(const struct lister *l, struct str name)
{
    if (l->pattern[0] != '\0')
        return !is_dots(name) && glob_matches(str_of(l->pattern), name);
    return l->shows_dots || !is_dots(name);
}

enum status
lister_fill(struct lister *l, bool *more_out)
{
    if (l->folder == NULL) {
        const struct vfs_entry one = { l->one_name, l->one };

        *more_out = false;
        return add(l, &one);
    }
    *more_out = true;
    for (size_t i = 0; i < LOOKED_AT && buffer_len(&l->lines) < LISTER_PIECE;
         i++) {
        struct vfs_entry entry;

        TRY(vfs_folder_next(l->folder, &entry, more_out));
        if (!*more_out)
            return OK;
        if (is_shown(l, entry.name))
            TRY(add(l, &entry));
    }
    return OK;
}

void
lister_done(struct lister *l)
{
    vfs_folder_close(&l->folder);
    buffer_done(&l->lines);
    buffer_done(&l->prefix);
}
