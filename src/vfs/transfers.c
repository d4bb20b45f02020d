/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfers.c - counts what goes through a session's files, for others to see.
 *
 * A session is one thread, and only that thread moves bytes: its counters are
 * plain loads and stores that other threads may look at, without a lock or a
 * locked instruction for each packet. The mutex is for opening, closing and
 * looking.
 */
#include "vfs/transfers.h"

#include "base/thread.h"
#include "vfs/vfs_private.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { WINDOW_MS = 1000, STANDS_MS = 3000 };

struct moving {
    struct vfs_file file;
    struct vfs_file *inner;
    struct transfers *list;
    struct moving *older; /* transfers.mutex, as for the next */
    struct moving *newer;
    char *path;
    int64_t began_ms;
    uint64_t size;
    _Atomic uint64_t bytes;
    _Atomic int64_t touched_ms;
    _Atomic uint64_t speed; /* of the last whole window; 0: none yet */
    int64_t window_ms;      /* its session's thread only, as the next */
    uint64_t window_bytes;
};

struct transfers {
    atomic_uint references;
    struct clock *clock;
    _Atomic uint64_t uploaded;
    _Atomic uint64_t downloaded;
    pthread_mutex_t mutex; /* a leaf; guards the list */
    struct moving *oldest;
    struct moving *newest;
};

struct with_transfers {
    struct vfs vfs;
    struct transfers *list;
};

enum status
transfers_new(struct clock *clock, struct transfers **out)
{
    struct transfers *list = calloc(1, sizeof *list);

    if (list == NULL)
        return fail(ERR_MEMORY, "no memory for transfers");
    atomic_init(&list->references, 1);
    list->clock = clock;
    pthread_mutex_init(&list->mutex, NULL);
    *out = list;
    return OK;
}

struct transfers *
transfers_ref(struct transfers *list)
{
    atomic_fetch_add(&list->references, 1);
    return list;
}

void
transfers_unref(struct transfers **list)
{
    if (*list != NULL && atomic_fetch_sub(&(*list)->references, 1) == 1) {
        pthread_mutex_destroy(&(*list)->mutex);
        free(*list);
    }
    *list = NULL;
}

static uint64_t
per_second(uint64_t bytes, int64_t time_ms)
{
    uint64_t ms = time_ms > 0 ? (uint64_t)time_ms : 1;

    return bytes > UINT64_MAX / 1000 ? bytes / ms * 1000 : bytes * 1000 / ms;
}

/* A transfer younger than a window has an average since its beginning. */
static uint64_t
speed_of(const struct moving *m, const struct transfer_view *view,
         int64_t now_ms)
{
    uint64_t speed = atomic_load_explicit(&m->speed, memory_order_relaxed);

    if (now_ms - view->touched_ms >= STANDS_MS)
        return 0;
    if (speed > 0)
        return speed;
    return per_second(view->bytes, now_ms - view->began_ms);
}

void
transfers_each(struct transfers *list,
               void (*see)(void *arg, const struct transfer_view *), void *arg)
{
    LOCK_SCOPE(&list->mutex);
    int64_t now_ms = clock_now_ms(list->clock);

    for (struct moving *m = list->oldest; m != NULL; m = m->newer) {
        struct transfer_view view = {
            .path = m->path,
            .is_upload = (m->file.flags & VFS_WRITE) != 0,
            .bytes = atomic_load_explicit(&m->bytes, memory_order_relaxed),
            .size = m->size,
            .began_ms = m->began_ms,
            .touched_ms =
                atomic_load_explicit(&m->touched_ms, memory_order_relaxed),
        };

        view.speed = speed_of(m, &view, now_ms);
        see(arg, &view);
    }
}

void
transfers_totals(struct transfers *list, uint64_t *uploaded_out,
                 uint64_t *downloaded_out)
{
    *uploaded_out = atomic_load_explicit(&list->uploaded, memory_order_relaxed);
    *downloaded_out =
        atomic_load_explicit(&list->downloaded, memory_order_relaxed);
}

/* Only the session's thread adds. */
static void
add(_Atomic uint64_t *counter, uint64_t bytes)
{
    uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);

    atomic_store_explicit(counter, now + bytes, memory_order_relaxed);
}

static void
moved(struct moving *m, _Atomic uint64_t *total, uint64_t bytes)
{
    int64_t now_ms = clock_now_ms(m->list->clock);

    add(&m->bytes, bytes);
    add(total, bytes);
    atomic_store_explicit(&m->touched_ms, now_ms, memory_order_relaxed);
    m->window_bytes += bytes;
    if (now_ms - m->window_ms < WINDOW_MS)
        return;
    atomic_store_explicit(&m->speed,
                          per_second(m->window_bytes, now_ms - m->window_ms),
                          memory_order_relaxed);
    m->window_ms = now_ms;
    m->window_bytes = 0;
}

static struct moving *
moving_of(struct vfs_file *file)
{
    return (struct moving *)file;
}

static enum status
transfers_read(struct vfs_file *file, uint64_t offset, void *into, size_t size,
               size_t *got_out)
{
    struct moving *m = moving_of(file);

    TRY(vfs_read(m->inner, offset, into, size, got_out));
    moved(m, &m->list->downloaded, *got_out);
    return OK;
}

static enum status
transfers_write(struct vfs_file *file, uint64_t offset, struct str bytes)
{
    struct moving *m = moving_of(file);

    TRY(vfs_write(m->inner, offset, bytes));
    moved(m, &m->list->uploaded, bytes.len);
    return OK;
}

static enum status
transfers_send(struct vfs_file *file, uint64_t offset, size_t size,
               int to_socket, size_t *sent_out)
{
    struct moving *m = moving_of(file);

    TRY(vfs_send(m->inner, offset, size, to_socket, sent_out));
    moved(m, &m->list->downloaded, *sent_out);
    return OK;
}

static enum status
transfers_receive(struct vfs_file *file, uint64_t offset, size_t size,
                  int from_pipe)
{
    struct moving *m = moving_of(file);

    TRY(vfs_receive(m->inner, offset, size, from_pipe));
    moved(m, &m->list->uploaded, size);
    return OK;
}

static enum status
transfers_file_stat(struct vfs_file *file, struct vfs_attributes *out)
{
    return vfs_file_stat(moving_of(file)->inner, out);
}

static enum status
transfers_file_set(struct vfs_file *file,
                   const struct vfs_attributes *attributes)
{
    return vfs_file_set_attributes(moving_of(file)->inner, attributes);
}

static enum status
transfers_sync(struct vfs_file *file)
{
    return vfs_sync(moving_of(file)->inner);
}

static enum status
transfers_file_space(struct vfs_file *file, struct vfs_space *out)
{
    return vfs_file_space(moving_of(file)->inner, out);
}

static enum status
transfers_commit(struct vfs_file *file)
{
    return vfs_commit(moving_of(file)->inner);
}

static void
join(struct transfers *list, struct moving *m)
{
    LOCK_SCOPE(&list->mutex);
    m->older = list->newest;
    if (list->newest != NULL)
        list->newest->newer = m;
    else
        list->oldest = m;
    list->newest = m;
}

static void
leave(struct transfers *list, struct moving *m)
{
    LOCK_SCOPE(&list->mutex);
    if (m->older != NULL)
        m->older->newer = m->newer;
    else
        list->oldest = m->newer;
    if (m->newer != NULL)
        m->newer->older = m->older;
    else
        list->newest = m->older;
}

static void
transfers_close(struct vfs_file *file)
{
    struct moving *m = moving_of(file);

    vfs_close(&m->inner);
    leave(m->list, m);
    free(m->path);
    free(m);
}

static const struct vfs_file_ops file_ops = {
    .read = transfers_read,
    .write = transfers_write,
    .send = transfers_send,
    .receive = transfers_receive,
    .stat = transfers_file_stat,
    .set_attributes = transfers_file_set,
    .sync = transfers_sync,
    .space = transfers_file_space,
    .commit = transfers_commit,
    .close = transfers_close,
};

static struct with_transfers *
layer_of(struct vfs *vfs)
{
    return (struct with_transfers *)vfs;
}

/* How much there is to read; a writer decides that itself. */
static uint64_t
size_to_read(struct vfs_file *file)
{
    struct vfs_attributes is = { 0 };

    if ((file->flags & VFS_WRITE) != 0 || vfs_file_stat(file, &is) != OK ||
        (is.has & VFS_HAS_SIZE) == 0)
        return 0;
    return is.size;
}

static void
begin(struct moving *m, struct transfers *list)
{
    m->file = *m->inner;
    m->file.ops = &file_ops;
    m->list = list;
    m->began_ms = m->window_ms = clock_now_ms(list->clock);
    m->size = size_to_read(m->inner);
    atomic_init(&m->touched_ms, m->began_ms);
    join(list, m);
}

static enum status
open_below(struct vfs *vfs, struct str path, const struct vfs_open *how,
           struct moving *m)
{
    if (m == NULL || (m->path = str_copy(path)) == NULL)
        return fail(ERR_MEMORY, "no memory for an open file");
    return vfs->inner->ops->open(vfs->inner, path, how, &m->inner);
}

static enum status
transfers_open(struct vfs *vfs, struct str path, const struct vfs_open *how,
               struct vfs_file **file_out)
{
    struct moving *m = calloc(1, sizeof *m);
    enum status status = open_below(vfs, path, how, m);

    if (status != OK) {
        if (m != NULL)
            free(m->path);
        free(m);
        return status;
    }
    begin(m, layer_of(vfs)->list);
    *file_out = &m->file;
    return OK;
}

static enum status
transfers_list(struct vfs *vfs, struct str path, struct vfs_folder **folder_out)
{
    return vfs->inner->ops->list(vfs->inner, path, folder_out);
}

static enum status
transfers_stat(struct vfs *vfs, struct str path, unsigned how,
               struct vfs_attributes *out)
{
    return vfs->inner->ops->stat(vfs->inner, path, how, out);
}

static enum status
transfers_set_attributes(struct vfs *vfs, struct str path, unsigned how,
                         const struct vfs_attributes *attributes)
{
    return vfs->inner->ops->set_attributes(vfs->inner, path, how, attributes);
}

static enum status
transfers_make_folder(struct vfs *vfs, struct str path,
                      const struct vfs_attributes *attributes)
{
    return vfs->inner->ops->make_folder(vfs->inner, path, attributes);
}

static enum status
transfers_remove(struct vfs *vfs, struct str path, enum vfs_remove_kind kind)
{
    return vfs->inner->ops->remove(vfs->inner, path, kind);
}

static enum status
transfers_rename(struct vfs *vfs, struct str from, struct str to, bool replace)
{
    return vfs->inner->ops->rename(vfs->inner, from, to, replace);
}

static enum status
transfers_link(struct vfs *vfs, struct str existing, struct str name)
{
    return vfs->inner->ops->link(vfs->inner, existing, name);
}

static enum status
transfers_make_link(struct vfs *vfs, struct str target, struct str name)
{
    return vfs->inner->ops->make_link(vfs->inner, target, name);
}

static enum status
transfers_read_link(struct vfs *vfs, struct str path, struct buffer *target_out)
{
    return vfs->inner->ops->read_link(vfs->inner, path, target_out);
}

static enum status
transfers_space(struct vfs *vfs, struct str path, struct vfs_space *out)
{
    return vfs->inner->ops->space(vfs->inner, path, out);
}

static void
transfers_free(struct vfs *vfs)
{
    struct with_transfers *self = layer_of(vfs);

    vfs_free(&vfs->inner);
    transfers_unref(&self->list);
    free(self);
}

static const struct vfs_ops transfers_ops = {
    .open = transfers_open,
    .list = transfers_list,
    .stat = transfers_stat,
    .set_attributes = transfers_set_attributes,
    .make_folder = transfers_make_folder,
    .remove = transfers_remove,
    .rename = transfers_rename,
    .link = transfers_link,
    .make_link = transfers_make_link,
    .read_link = transfers_read_link,
    .space = transfers_space,
    .free = transfers_free,
};

enum status
vfs_with_transfers(struct vfs *inner, struct transfers *list, struct vfs **out)
{
    struct with_transfers *self = calloc(1, sizeof *self);

    if (self == NULL) {
        vfs_free(&inner);
        return fail(ERR_MEMORY, "no memory for a layer of files");
    }
    self->vfs.ops = &transfers_ops;
    self->vfs.inner = inner;
    self->list = transfers_ref(list);
    *out = &self->vfs;
    return OK;
}
