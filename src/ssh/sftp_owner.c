/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_owner.c - which user id is the account's own.
 *
 * Users of the host are nobody's business, so the only id that has a name is
 * that of whoever owns the account's root. It is looked up once, when first
 * needed; an account that may not look at its root has numbers only.
 */
#include "ssh/sftp_private.h"

enum { COLUMN = 64 };

/* One word of harmless letters. */
static bool
fits_a_column(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@");

    return len > 0 && len <= COLUMN && name[len] == '\0';
}

bool
sftp_is_owner(struct sftp *s, uint32_t uid)
{
    struct vfs_attributes root;

    if (!s->owner_asked) {
        s->owner_asked = true;
        s->owner_known = vfs_stat(s->files, STR("/"), 0, &root) == OK &&
                         (root.has & VFS_HAS_OWNER);
        s->owner = s->owner_known ? root.uid : 0;
        s->owner_fits = fits_a_column(s->account_name);
    }
    return s->owner_known && s->owner == uid;
}

const char *
sftp_owner_column(struct sftp *s, uint32_t uid)
{
    return sftp_is_owner(s, uid) && s->owner_fits ? s->account_name : NULL;
}
