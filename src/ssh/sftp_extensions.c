/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_extensions.c - EXTENDED requests, as OpenSSH's PROTOCOL (4) and the
 * drafts it names describe them.
 */
#include "ssh/sftp_private.h"

#include "vfs/checksum.h"

struct extension {
    const char *name;
    const char *version; /* as VERSION announces it; of check-file it is the
                            names of the checksums. NULL: only
                            answered */
    sftp_handler *handle;
    unsigned needs; /* enum sftp_needs */
};

/* clang-format off */
static const struct extension extensions[] = {
    { "posix-rename@openssh.com",        "1", sftp_posix_rename,    NEEDS_PATH  },
    { "statvfs@openssh.com",             "2", sftp_space,           NEEDS_PLACE },
    { "fstatvfs@openssh.com",            "2", sftp_file_space,      NEEDS_FILE  },
    { "hardlink@openssh.com",            "1", sftp_hardlink,        NEEDS_PATH  },
    { "fsync@openssh.com",               "1", sftp_sync_file,       NEEDS_FILE  },
    { "lsetstat@openssh.com",            "1", sftp_lset_attributes, NEEDS_PATH  },
    { "limits@openssh.com",              "1", sftp_limits,          0           },
    { "expand-path@openssh.com",         "1", sftp_expand_path,     0           },
    { "copy-data",                       "1", sftp_copy_data,       NEEDS_FILE  },
    { "check-file",                      CHECKSUM_NAMES, sftp_check_handle, NEEDS_FILE },
    { "check-file-handle",               NULL,           sftp_check_handle, NEEDS_FILE },
    { "check-file-name",                 CHECKSUM_NAMES, sftp_check_name,   NEEDS_PATH },
    { "home-directory",                  "1", sftp_home_folder,     0           },
    { "users-groups-by-id@openssh.com",  "1", sftp_users_groups,    0           },
};
/* clang-format on */

enum { EXTENSIONS = sizeof extensions / sizeof extensions[0] };

enum { MOST_NAMES = 64 * 1024 }; /* bytes of users-groups-by-id's lists */

enum status
sftp_add_extensions(struct buffer *b)
{
    for (size_t i = 0; i < EXTENSIONS; i++) {
        if (extensions[i].version == NULL)
            continue;
        TRY(add_string(b, str_of(extensions[i].name)));
        TRY(add_string(b, str_of(extensions[i].version)));
    }
    return OK;
}

enum status
sftp_extended(struct sftp *s, struct sftp_request *r)
{
    struct str name = read_string(&r->body);

    TRY(sftp_read_all(r));
    for (size_t i = 0; i < EXTENSIONS; i++)
        if (str_is(name, extensions[i].name))
            return sftp_answer(s, r, extensions[i].needs, extensions[i].handle);
    return fail(ERR_UNSUPPORTED, "an unknown extension");
}

static enum status
reply_numbers(struct sftp *s, const struct sftp_request *r,
              const uint64_t *numbers, size_t count)
{
    size_t mark;

    TRY(sftp_reply_start(s, SSH_FXP_EXTENDED_REPLY, r->id, &mark));
    for (size_t i = 0; i < count; i++)
        TRY(add_u64(&s->output, numbers[i]));
    sftp_reply_end(s, mark);
    return OK;
}

static enum status
reply_space(struct sftp *s, const struct sftp_request *r,
            const struct vfs_space *space)
{
    /* Of the flags the protocol knows ST_RDONLY and ST_NOSUID only. */
    const uint64_t numbers[] = {
        space->block_size,  space->fragment_size,    space->blocks,
        space->blocks_free, space->blocks_available, space->files,
        space->files_free,  space->files_available,  space->id,
        space->flags & 3,   space->name_max,
    };

    return reply_numbers(s, r, numbers, sizeof numbers / sizeof numbers[0]);
}

enum status
sftp_space(struct sftp *s, struct sftp_request *r)
{
    struct vfs_space space;

    TRY(vfs_space(s->files, r->path, &space));
    return reply_space(s, r, &space);
}

enum status
sftp_file_space(struct sftp *s, struct sftp_request *r)
{
    struct vfs_space space;

    TRY(vfs_file_space(r->handle->file, &space));
    return reply_space(s, r, &space);
}

enum status
sftp_limits(struct sftp *s, struct sftp_request *r)
{
    static const uint64_t limits[] = { SFTP_PACKET, SFTP_DATA, SFTP_DATA,
                                       SFTP_HANDLES };

    return reply_numbers(s, r, limits, sizeof limits / sizeof limits[0]);
}

/* A list of names in one string, one for each id; unknown ones are empty.
 * A name may be longer than its id, so the answer has a cap of its own. */
static enum status
add_names(struct sftp *s, struct str ids, bool of_users)
{
    struct reader rest = reader_of(ids);
    size_t mark = buffer_len(&s->output);

    TRY(add_u32(&s->output, 0));
    while (rest.rest.len > 0) {
        bool own = sftp_is_owner(s, read_u32(&rest)) && of_users;
        if (buffer_len(&s->output) - mark > MOST_NAMES)
            return fail(ERR_LIMIT, "too many ids");
        TRY(add_string(&s->output, str_of(own ? s->account_name : "")));
    }
    sftp_reply_end(s, mark);
    return OK;
}

/* users-groups-by-id@openssh.com */
enum status
sftp_users_groups(struct sftp *s, struct sftp_request *r)
{
    struct str users = read_string(&r->body);
    struct str groups = read_string(&r->body);
    size_t mark;

    TRY(sftp_read_all(r));
    if (users.len % 4 != 0 || groups.len % 4 != 0)
        return fail(ERR_INVALID, "half an id");
    TRY(sftp_reply_start(s, SSH_FXP_EXTENDED_REPLY, r->id, &mark));
    TRY(add_names(s, users, true));
    TRY(add_names(s, groups, false));
    sftp_reply_end(s, mark);
    return OK;
}
