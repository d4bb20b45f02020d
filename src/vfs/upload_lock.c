/* SPDX-License-Identifier: Apache-2.0 */
/* upload_lock.c - who may publish under a name, said through the store. */
#include "vfs/upload_lock.h"

#include "base/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_VERSION = 1, INDEX_VERSION = 1, IS_EXCLUSIVE = 1 << 0 };

/* For this long a holder may need between its lock and its staging file; one
 * that needed longer asks the store whether the lock is still its own. */
enum { START_MS = 2000 };

void
holding_done(struct holding *h)
{
    buffer_done(&h->bytes);
}

static enum status
add_texts(struct buffer *out, const char *const *texts, size_t count)
{
    enum status status = OK;

    for (size_t i = 0; i < count && status == OK; i++)
        status = add_string(out, str_of(texts[i]));
    return status;
}

enum status
lock_value(const struct upload *u, struct buffer *out)
{
    const struct uploads *all = u->uploads;
    const char *const texts[] = {
        all->node, all->incarnation,     all->boot,
        u->owner,  u->place.folder_path, u->place.leaf
    };

    TRY(add_u8(out, LOCK_VERSION));
    TRY(add_u8(out, u->exclusive ? IS_EXCLUSIVE : 0));
    TRY(add_u64(out, (uint64_t)clock_wall_ms(all->options.clock)));
    return add_texts(out, texts, sizeof texts / sizeof texts[0]);
}

static enum status
decode(struct str value, struct holding *out)
{
    struct reader r = reader_of(value);
    char owner[VFS_NAME + 1];
    char leaf[VFS_NAME + 1];
    char stem[STAGING_NAME];
    char node[VFS_NAME + 1];

    if (read_u8(&r) != LOCK_VERSION)
        return fail(ERR_INVALID, "a lock of a version that is not known");
    out->exclusive = read_u8(&r) & IS_EXCLUSIVE;
    out->since_ms = (int64_t)read_u64(&r);
    out->node = read_string(&r);
    out->incarnation = read_string(&r);
    out->boot = read_string(&r);
    out->owner = read_string(&r);
    out->folder_path = read_string(&r);
    out->leaf = read_string(&r);
    if (reader_is_broken(&r) || out->owner.len > VFS_NAME ||
        out->leaf.len > VFS_NAME || out->node.len > VFS_NAME)
        return fail(ERR_INVALID, "a lock in the store is damaged");
    snprintf(owner, sizeof owner, "%.*s", STR_ARG(out->owner));
    snprintf(leaf, sizeof leaf, "%.*s", STR_ARG(out->leaf));
    snprintf(node, sizeof node, "%.*s", STR_ARG(out->node));
    TRY(staging_stem(owner, leaf, stem));
    staging_name(stem, node, out->modified, out->staging);
    return OK;
}

enum status
lock_read(struct uploads *all, const char *key, struct holding *out)
{
    struct store_entry entry;

    buffer_clear(&out->bytes);
    TRY(store_get(all->options.store, key, &out->bytes, &entry));
    out->modified = entry.modified;
    return decode(buffer_str(&out->bytes), out);
}

enum status
lock_parse(const struct store_entry *entry, struct holding *out)
{
    out->modified = entry->modified;
    return decode(entry->value, out);
}

static struct flock
lock_of(short type, int byte)
{
    return (struct flock){
        .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1
    };
}

bool
staging_hold(int fd, int byte)
{
    struct flock lock = lock_of(F_WRLCK, byte);

    /* A storage without these locks proves nothing either way. */
    return fcntl(fd, F_OFD_SETLK, &lock) == 0 ||
           (errno != EAGAIN && errno != EACCES);
}

void
staging_let_go(int fd, int byte)
{
    struct flock lock = lock_of(F_UNLCK, byte);

    fcntl(fd, F_OFD_SETLK, &lock);
}

bool
staging_is_held(int fd, int byte)
{
    struct flock lock = lock_of(F_WRLCK, byte);

    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

static bool
has_lease(struct uploads *all, const struct holding *h)
{
    char key[STORE_NAME];

    snprintf(key, sizeof key, "holders/%.*s", STR_ARG(h->incarnation));
    enum status status = store_get(all->options.store, key, NULL, NULL);
    return status != ERR_NOT_FOUND;
}

/* On this machine, since it started: the staging file tells. */
static enum holder
look_here(struct uploads *all, int folder, const struct holding *h)
{
    int64_t age_ms = clock_wall_ms(all->options.clock) - h->since_ms;
    bool may_start = age_ms >= 0 && age_ms < START_MS;
    int fd = openat(folder, h->staging, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0 && errno != ENOENT)
        return HOLDER_LIVES;
    if (fd < 0)
        return may_start ? HOLDER_STARTS : HOLDER_ENDED;
    struct stat at;
    /* Bytes are written by those who hold it: with some it is no beginning. */
    may_start = may_start && fstat(fd, &at) == 0 && at.st_size == 0;
    enum holder is = may_start ? HOLDER_STARTS : HOLDER_ENDED;
    if (staging_is_held(fd, COMMIT_BYTE))
        is = HOLDER_COMMITS;
    else if (staging_is_held(fd, LIFE_BYTE))
        is = HOLDER_LIVES;
    close(fd);
    return is;
}

enum holder
holder_look(struct uploads *all, int folder, const struct holding *h)
{
    bool same_node = str_is(h->node, all->node);
    bool lives = has_lease(all, h);

    /* What this process runs is in its registry, which was asked before. */
    if (str_is(h->incarnation, all->incarnation))
        return HOLDER_ENDED;
    if (str_is(h->boot, all->boot)) {
        enum holder is = look_here(all, folder, h);
        return is == HOLDER_STARTS && !lives ? HOLDER_ENDED : is;
    }
    if (same_node)
        return HOLDER_ENDED;
    return lives ? HOLDER_AWAY : HOLDER_UNSURE;
}

enum status
index_value(const char *owner, const char *folder_path, const char *leaf,
            const char *staging, int64_t now_ms, struct buffer *out)
{
    const char *const texts[] = { owner, folder_path, leaf, staging };

    TRY(add_u8(out, INDEX_VERSION));
    TRY(add_u64(out, (uint64_t)now_ms));
    return add_texts(out, texts, sizeof texts / sizeof texts[0]);
}

static bool
copy_text(struct str from, char *to, size_t size)
{
    if (from.len >= size || str_has_nul(from))
        return false;
    memcpy(to, from.data, from.len);
    to[from.len] = '\0';
    return true;
}

enum status
index_parse(struct str value, struct index_place *out)
{
    struct reader r = reader_of(value);

    if (read_u8(&r) != INDEX_VERSION)
        return fail(ERR_INVALID, "a left-over of a version that is not known");
    out->since_ms = (int64_t)read_u64(&r);
    struct str owner = read_string(&r);
    struct str folder_path = read_string(&r);
    struct str leaf = read_string(&r);
    struct str staging = read_string(&r);
    if (reader_is_broken(&r) ||
        !copy_text(owner, out->owner, sizeof out->owner) ||
        !copy_text(folder_path, out->folder_path, sizeof out->folder_path) ||
        !copy_text(leaf, out->leaf, sizeof out->leaf) ||
        !copy_text(staging, out->staging, sizeof out->staging) ||
        !str_starts(staging, STR(STAGING_PREFIX)) ||
        memchr(staging.data, '/', staging.len) != NULL)
        return fail(ERR_INVALID, "a left-over in the store is damaged");
    return OK;
}

enum status
index_read(struct uploads *all, const char *key, struct index_entry *out)
{
    AUTO(buffer_done) struct buffer value = BUFFER(ENTRY_MAX);
    struct store_entry entry;
    struct index_place place;

    *out = (struct index_entry){ 0 };
    enum status status = store_get(all->options.store, key, &value, &entry);
    if (status == ERR_NOT_FOUND)
        return OK;
    TRY(status);
    out->exists = true;
    out->modified = entry.modified;
    /* One that cannot be read names nothing, and will be written over. */
    if (index_parse(buffer_str(&value), &place) == OK)
        memcpy(out->staging, place.staging, sizeof out->staging);
    return OK;
}
