/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk_folder.c - a listing, one entry at a time.
 *
 * The kernel's own buffer is all that is held of a folder, however large. What
 * the session has staged comes first, as it was when the listing began: so a
 * name that is published meanwhile is neither missed nor shown twice.
 */
#include "vfs/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct own_entry {
    char leaf[VFS_NAME + 1];
    struct vfs_attributes attributes;
};

struct disk_folder {
    struct vfs_folder folder;
    struct uploader *uploader;
    DIR *stream;
    bool at_root;
    struct place place; /* its leaf is the name that is looked at */
    char *folder_path;
    struct own_entry *own;
    size_t own_count;
    size_t own_told;
};

static const struct vfs_folder_ops folder_ops;

static void
close_folder(struct vfs_folder *folder)
{
    struct disk_folder *self = (struct disk_folder *)folder;

    if (self->stream != NULL)
        closedir(self->stream);
    free(self->folder_path);
    free(self->own);
    free(self);
}

static enum status
collect_own(struct disk_folder *self)
{
    struct own_entry next;

    while (upload_own_in_folder(self->uploader, self->folder_path,
                                self->own_count, next.leaf, &next.attributes)) {
        struct own_entry *own =
            reallocarray(self->own, self->own_count + 1, sizeof *self->own);

        if (own == NULL)
            return fail(ERR_MEMORY, "no memory for a listing");
        self->own = own;
        self->own[self->own_count++] = next;
    }
    return OK;
}

enum status
disk_folder_open(struct uploader *uploader, int descriptor,
                 const char *folder_path, bool at_root,
                 struct vfs_folder **folder_out)
{
    struct disk_folder *self = calloc(1, sizeof *self);
    enum status status = OK;

    if (self == NULL) {
        close(descriptor);
        return fail(ERR_MEMORY, "no memory for a listing");
    }
    self->folder.ops = &folder_ops;
    self->uploader = uploader;
    self->at_root = at_root;
    self->stream = fdopendir(descriptor);
    if (self->stream == NULL) {
        status = fail_errno(errno, "list '%s'", folder_path);
        close(descriptor);
    }
    self->folder_path = strdup(folder_path);
    if (status == OK && self->folder_path == NULL)
        status = fail(ERR_MEMORY, "no memory for a listing");
    if (status == OK)
        status = collect_own(self);
    if (status != OK) {
        close_folder(&self->folder);
        return status;
    }
    self->place.folder = descriptor;
    self->place.folder_path = self->folder_path;
    *folder_out = &self->folder;
    return OK;
}

static bool
is_own(const struct disk_folder *self, const char *name)
{
    for (size_t i = 0; i < self->own_count; i++)
        if (strcmp(self->own[i].leaf, name) == 0)
            return true;
    return false;
}

/* Reserved names are for us; left-overs among them are looked at in time. */
static bool
is_hidden(struct disk_folder *self, struct str name)
{
    if (name.data[0] != '.' || !upload_is_reserved_name(name))
        return false;
    memcpy(self->place.leaf, name.data, name.len);
    self->place.leaf[name.len] = '\0';
    upload_noticed(self->uploader, &self->place);
    return true;
}

/* False when the entry has gone since the folder was read. */
static bool
look_at(const struct disk_folder *self, const struct dirent *entry,
        struct vfs_attributes *out)
{
    /* What stands above the account is not to be seen. */
    bool above = self->at_root && strcmp(entry->d_name, "..") == 0;
    int number =
        disk_look(self->place.folder, above ? "." : entry->d_name, out);

    if (number == 0)
        return true;
    if (number == ENOENT)
        return false;
    /* A folder that may be read but not entered: names and kinds, no more. */
    *out = (struct vfs_attributes){
        .has = entry->d_type != DT_UNKNOWN ? VFS_HAS_MODE : 0,
        .mode = (uint32_t)entry->d_type << 12, /* DTTOIF, unsigned */
        .inode = entry->d_ino,
    };
    return true;
}

static enum status
next_entry(struct vfs_folder *folder, struct vfs_entry *out, bool *more_out)
{
    struct disk_folder *self = (struct disk_folder *)folder;
    const struct dirent *entry;

    *more_out = true;
    if (self->own_told < self->own_count) {
        const struct own_entry *own = &self->own[self->own_told++];

        *out = (struct vfs_entry){ str_of(own->leaf), own->attributes };
        return OK;
    }
    for (;;) {
        errno = 0;
        entry = readdir(self->stream);
        if (entry == NULL)
            break;
        out->name = str_of(entry->d_name);
        if (out->name.len > VFS_NAME || is_hidden(self, out->name) ||
            is_own(self, entry->d_name))
            continue;
        if (look_at(self, entry, &out->attributes))
            return OK;
    }
    if (errno != 0)
        return fail_errno(errno, "list '%s'", self->folder_path);
    *more_out = false;
    return OK;
}

static const struct vfs_folder_ops folder_ops = {
    .next = next_entry,
    .close = close_folder,
};
