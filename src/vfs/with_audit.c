/* SPDX-License-Identifier: Apache-2.0 */
/*
 * with_audit.c - tells what was done to which path, before it is acknowledged.
 *
 * The top of a session's stack: it sees paths as the client named them and
 * results as the client gets them. An event is emitted when the layers below
 * have answered and before our caller has the answer. Reading and writing only
 * count; what a transfer amounted to is told when it ends.
 */
#include "vfs/places.h"
#include "vfs/vfs_private.h"

#include <stdio.h>
#include <stdlib.h>

enum { REASON = 512, WORDS = 96, MOST_FIELDS = 12 };

struct with_audit {
    struct vfs vfs;
    struct events *events;
    const struct event_subject *subject;
    const struct audit_ids *ids;
    struct clock *clock;
};

/* An open file: what it was opened as, and what went through it. */
struct audited_file {
    struct vfs_file file;
    struct vfs_file *inner;
    struct with_audit *layer;
    char *path;
    int64_t opened_ms;
    uint64_t total_read;
    uint64_t total_write;
    bool has_read_end;
    bool is_committed; /* the upload was told of, done or failed */
    char *failure;     /* the first reason why the transfer is broken */
};

struct audited_folder {
    struct vfs_folder folder;
    struct vfs_folder *inner;
    struct with_audit *layer;
    char *path;
    uint64_t entries;
    char *failure;
};

/* The data of an event, as it is put together. */
struct told {
    struct event_field fields[MOST_FIELDS];
    size_t count;
};

static void
tell_text(struct told *told, const char *name, struct str text)
{
    told->fields[told->count++] = (struct event_field)EVENT_TEXT(name, text);
}

static void
tell_number(struct told *told, const char *name, uint64_t number)
{
    told->fields[told->count++] =
        (struct event_field)EVENT_NUMBER(name, number);
}

static struct with_audit *
audit_of(struct vfs *vfs)
{
    return (struct with_audit *)vfs;
}

static void
emit(const struct with_audit *layer, enum event_id id, const struct told *told)
{
    if (layer->events != NULL)
        event_emit(layer->events, id, layer->subject, told->fields,
                   told->count);
}

/*
 * Tell how a call ended, and hand its status on. The sentence of a failure is
 * kept for the caller, whatever the sinks make of theirs.
 */
static enum status
tell_result(const struct with_audit *layer, enum status status,
            enum event_id done, enum event_id failed, struct told *told)
{
    char reason[REASON];

    if (status == OK) {
        emit(layer, done, told);
        return OK;
    }
    snprintf(reason, sizeof reason, "%s", fail_reason());
    tell_text(told, "details", str_of(reason));
    emit(layer, failed, told);
    return fail(status, "%s", reason);
}

/* Add a word behind the others. */
static void
add_word(char words[WORDS], const char *word)
{
    size_t len = strlen(words);

    snprintf(words + len, WORDS - len, "%s%s", len > 0 ? " " : "", word);
}

static void
mode_words(unsigned flags, char words[WORDS])
{
    static const struct {
        unsigned flag;
        const char *word;
    } names[] = {
        { VFS_READ, "read" },     { VFS_WRITE, "write" },
        { VFS_CREATE, "create" }, { VFS_TRUNCATE, "truncate" },
        { VFS_APPEND, "append" }, { VFS_EXCLUSIVE, "exclusive" },
        { VFS_RESUME, "resume" },
    };

    words[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((flags & names[i].flag) != 0)
            add_word(words, names[i].word);
}

static struct audited_file *
audited(struct vfs_file *file)
{
    return (struct audited_file *)file;
}

/* Keep the reason of the first failure: later ones follow from it. */
static enum status
note_failure(char **failure, enum status status)
{
    if (status != OK && *failure == NULL)
        *failure = str_copy(str_of(fail_reason()));
    return status;
}

static uint64_t
speed(uint64_t bytes, uint64_t duration_ms)
{
    return bytes > UINT64_MAX / 1000
               ? bytes / (duration_ms / 1000 + 1)
               : bytes * 1000 / (duration_ms > 0 ? duration_ms : 1);
}

static void
tell_transfer(struct audited_file *self, enum event_id id, const char *failure)
{
    int64_t passed_ms = clock_now_ms(self->layer->clock) - self->opened_ms;
    uint64_t duration_ms = passed_ms > 0 ? (uint64_t)passed_ms : 0;
    struct told told = { .count = 0 };
    char words[WORDS];

    mode_words(self->file.flags, words);
    tell_text(&told, "path", str_of(self->path));
    tell_text(&told, "mode", str_of(words));
    tell_number(&told, "duration_ms", duration_ms);
    if ((self->file.flags & VFS_READ) != 0) {
        tell_number(&told, "total_read", self->total_read);
        tell_number(&told, "read_speed", speed(self->total_read, duration_ms));
    }
    if ((self->file.flags & VFS_WRITE) != 0) {
        tell_number(&told, "total_write", self->total_write);
        tell_number(&told, "write_speed",
                    speed(self->total_write, duration_ms));
    }
    if (failure != NULL)
        tell_text(&told, "details", str_of(failure));
    emit(self->layer, id, &told);
}

static enum status
audit_read(struct vfs_file *file, uint64_t offset, void *into, size_t size,
           size_t *got_out)
{
    struct audited_file *self = audited(file);
    enum status status = vfs_read(self->inner, offset, into, size, got_out);

    if (status != OK)
        return note_failure(&self->failure, status);
    self->total_read += *got_out;
    self->has_read_end |= *got_out == 0 && size > 0;
    return OK;
}

static enum status
audit_write(struct vfs_file *file, uint64_t offset, struct str bytes)
{
    struct audited_file *self = audited(file);
    enum status status = vfs_write(self->inner, offset, bytes);

    if (status != OK)
        return note_failure(&self->failure, status);
    self->total_write += bytes.len;
    return OK;
}

/* That nothing passes by us is no failure of the transfer. */
static enum status
audit_send(struct vfs_file *file, uint64_t offset, size_t size, int to_socket,
           size_t *sent_out)
{
    struct audited_file *self = audited(file);
    enum status status =
        vfs_send(self->inner, offset, size, to_socket, sent_out);

    if (status == ERR_UNSUPPORTED)
        return status;
    self->total_read += *sent_out;
    return note_failure(&self->failure, status);
}

static enum status
audit_receive(struct vfs_file *file, uint64_t offset, size_t size,
              int from_pipe)
{
    struct audited_file *self = audited(file);
    enum status status = vfs_receive(self->inner, offset, size, from_pipe);

    if (status == ERR_UNSUPPORTED)
        return status;
    if (status == OK)
        self->total_write += size;
    return note_failure(&self->failure, status);
}

static enum status
audit_file_stat(struct vfs_file *file, struct vfs_attributes *out)
{
    return vfs_file_stat(audited(file)->inner, out);
}

static enum status
audit_sync(struct vfs_file *file)
{
    struct audited_file *self = audited(file);

    return note_failure(&self->failure, vfs_sync(self->inner));
}

static enum status
audit_file_space(struct vfs_file *file, struct vfs_space *out)
{
    return vfs_file_space(audited(file)->inner, out);
}

/* What was to be changed, in words and, where one number says it, as such. */
static void
tell_attributes(struct told *told, const struct vfs_attributes *attributes,
                char words[WORDS], char mode[WORDS])
{
    words[0] = '\0';
    if ((attributes->has & VFS_HAS_SIZE) != 0) {
        add_word(words, "size");
        tell_number(told, "size", attributes->size);
    }
    if ((attributes->has & VFS_HAS_MODE) != 0) {
        add_word(words, "mode");
        snprintf(mode, WORDS, "%04o", attributes->mode & 07777);
        tell_text(told, "mode", str_of(mode));
    }
    if ((attributes->has & VFS_HAS_OWNER) != 0) {
        add_word(words, "owner");
        tell_number(told, "uid", attributes->uid);
        tell_number(told, "gid", attributes->gid);
    }
    if ((attributes->has & VFS_HAS_TIMES) != 0)
        add_word(words, "times");
    tell_text(told, "changed", str_of(words));
}

static enum status
tell_changed(const struct with_audit *layer, struct str path,
             const struct vfs_attributes *attributes, enum status status)
{
    struct told told = { .count = 0 };
    char words[WORDS];
    char mode[WORDS];

    tell_text(&told, "path", path);
    tell_attributes(&told, attributes, words, mode);
    return tell_result(layer, status, layer->ids->attributes_set,
                       layer->ids->attributes_failed, &told);
}

static enum status
audit_file_set(struct vfs_file *file, const struct vfs_attributes *attributes)
{
    struct audited_file *self = audited(file);
    enum status status = vfs_file_set_attributes(self->inner, attributes);

    return tell_changed(self->layer, str_of(self->path), attributes, status);
}

static enum status
audit_commit(struct vfs_file *file)
{
    struct audited_file *self = audited(file);
    enum status status = vfs_commit(self->inner);
    char reason[REASON];

    if ((file->flags & VFS_WRITE) == 0)
        return note_failure(&self->failure, status);
    self->is_committed = true;
    if (status == OK) {
        tell_transfer(self, self->layer->ids->upload, NULL);
        return OK;
    }
    snprintf(reason, sizeof reason, "%s", fail_reason());
    tell_transfer(self, self->layer->ids->upload_failed,
                  self->failure != NULL ? self->failure : reason);
    return fail(status, "%s", reason);
}

static void
tell_end(struct audited_file *self)
{
    const struct audit_ids *ids = self->layer->ids;

    if ((self->file.flags & VFS_WRITE) != 0) {
        if (!self->is_committed)
            tell_transfer(self, ids->upload_failed,
                          self->failure != NULL
                              ? self->failure
                              : "the client went without saying that the "
                                "file is whole");
    } else if (self->failure != NULL) {
        tell_transfer(self, ids->download_failed, self->failure);
    } else if (self->total_read > 0 || self->has_read_end) {
        tell_transfer(self, ids->download, NULL);
    }
}

static void
audit_close(struct vfs_file *file)
{
    struct audited_file *self = audited(file);

    vfs_close(&self->inner);
    tell_end(self);
    free(self->failure);
    free(self->path);
    free(self);
}

static const struct vfs_file_ops file_ops = {
    .read = audit_read,
    .write = audit_write,
    .send = audit_send,
    .receive = audit_receive,
    .stat = audit_file_stat,
    .set_attributes = audit_file_set,
    .sync = audit_sync,
    .space = audit_file_space,
    .commit = audit_commit,
    .close = audit_close,
};

static enum status
open_below(struct vfs *vfs, struct str path, const struct vfs_open *how,
           struct audited_file *self)
{
    if (self == NULL || (self->path = str_copy(path)) == NULL)
        return fail(ERR_MEMORY, "no memory for an open file");
    return vfs->inner->ops->open(vfs->inner, path, how, &self->inner);
}

static enum status
audit_open(struct vfs *vfs, struct str path, const struct vfs_open *how,
           struct vfs_file **file_out)
{
    struct with_audit *layer = audit_of(vfs);
    struct audited_file *self = calloc(1, sizeof *self);
    enum status status = open_below(vfs, path, how, self);

    if (status != OK) {
        struct told told = { .count = 0 };
        char words[WORDS];
        mode_words(how->flags, words);
        tell_text(&told, "path", path);
        tell_text(&told, "mode", str_of(words));
        if (self != NULL)
            free(self->path);
        free(self);
        return tell_result(layer, status, layer->ids->open_failed,
                           layer->ids->open_failed, &told);
    }
    self->file = *self->inner;
    self->file.ops = &file_ops;
    self->layer = layer;
    self->opened_ms = clock_now_ms(layer->clock);
    *file_out = &self->file;
    return OK;
}

static bool
is_dots(struct str name)
{
    return str_is(name, ".") || str_is(name, "..");
}

static enum status
audit_next(struct vfs_folder *folder, struct vfs_entry *out, bool *more_out)
{
    struct audited_folder *self = (struct audited_folder *)folder;
    enum status status = vfs_folder_next(self->inner, out, more_out);

    if (status != OK)
        return note_failure(&self->failure, status);
    self->entries += *more_out && !is_dots(out->name);
    return OK;
}

static void
audit_folder_close(struct vfs_folder *folder)
{
    struct audited_folder *self = (struct audited_folder *)folder;
    const struct audit_ids *ids = self->layer->ids;
    struct told told = { .count = 0 };

    vfs_folder_close(&self->inner);
    tell_text(&told, "path", str_of(self->path));
    tell_number(&told, "entries", self->entries);
    if (self->failure != NULL)
        tell_text(&told, "details", str_of(self->failure));
    emit(self->layer, self->failure != NULL ? ids->list_failed : ids->listed,
         &told);
    free(self->failure);
    free(self->path);
    free(self);
}

static const struct vfs_folder_ops folder_ops = {
    .next = audit_next,
    .close = audit_folder_close,
};

static enum status
list_below(struct vfs *vfs, struct str path, struct audited_folder *self)
{
    if (self == NULL || (self->path = str_copy(path)) == NULL)
        return fail(ERR_MEMORY, "no memory for a listing");
    return vfs->inner->ops->list(vfs->inner, path, &self->inner);
}

static enum status
audit_list(struct vfs *vfs, struct str path, struct vfs_folder **folder_out)
{
    struct with_audit *layer = audit_of(vfs);
    struct audited_folder *self = calloc(1, sizeof *self);
    enum status status = list_below(vfs, path, self);

    if (status != OK) {
        struct told told = { .count = 0 };
        tell_text(&told, "path", path);
        if (self != NULL)
            free(self->path);
        free(self);
        return tell_result(layer, status, layer->ids->list_failed,
                           layer->ids->list_failed, &told);
    }
    self->folder.ops = &folder_ops;
    self->layer = layer;
    *folder_out = &self->folder;
    return OK;
}

static enum status
audit_stat(struct vfs *vfs, struct str path, unsigned how,
           struct vfs_attributes *out)
{
    return vfs->inner->ops->stat(vfs->inner, path, how, out);
}

static enum status
audit_set_attributes(struct vfs *vfs, struct str path, unsigned how,
                     const struct vfs_attributes *attributes)
{
    enum status status =
        vfs->inner->ops->set_attributes(vfs->inner, path, how, attributes);

    return tell_changed(audit_of(vfs), path, attributes, status);
}

static enum status
audit_make_folder(struct vfs *vfs, struct str path,
                  const struct vfs_attributes *attributes)
{
    const struct audit_ids *ids = audit_of(vfs)->ids;
    struct told told = { .count = 0 };

    tell_text(&told, "path", path);
    return tell_result(
        audit_of(vfs),
        vfs->inner->ops->make_folder(vfs->inner, path, attributes),
        ids->folder_made, ids->folder_make_failed, &told);
}

static enum status
audit_remove(struct vfs *vfs, struct str path, enum vfs_remove_kind kind)
{
    const struct audit_ids *ids = audit_of(vfs)->ids;
    bool is_file = kind == VFS_REMOVE_FILE;
    struct told told = { .count = 0 };

    tell_text(&told, "path", path);
    return tell_result(
        audit_of(vfs), vfs->inner->ops->remove(vfs->inner, path, kind),
        is_file ? ids->removed : ids->folder_removed,
        is_file ? ids->remove_failed : ids->folder_remove_failed, &told);
}

static enum status
audit_rename(struct vfs *vfs, struct str from, struct str to, bool replace)
{
    const struct audit_ids *ids = audit_of(vfs)->ids;
    struct told told = { .count = 0 };

    tell_text(&told, "from", from);
    tell_text(&told, "to", to);
    return tell_result(audit_of(vfs),
                       vfs->inner->ops->rename(vfs->inner, from, to, replace),
                       ids->renamed, ids->rename_failed, &told);
}

static enum status
tell_link(struct vfs *vfs, struct str name, struct str target, const char *type,
          enum status status)
{
    const struct audit_ids *ids = audit_of(vfs)->ids;
    struct told told = { .count = 0 };

    tell_text(&told, "path", name);
    tell_text(&told, "target", target);
    tell_text(&told, "type", str_of(type));
    return tell_result(audit_of(vfs), status, ids->link_made, ids->link_failed,
                       &told);
}

static enum status
audit_link(struct vfs *vfs, struct str existing, struct str name)
{
    return tell_link(vfs, name, existing, "hard",
                     vfs->inner->ops->link(vfs->inner, existing, name));
}

static enum status
audit_make_link(struct vfs *vfs, struct str target, struct str name)
{
    return tell_link(vfs, name, target, "symbolic",
                     vfs->inner->ops->make_link(vfs->inner, target, name));
}

static enum status
audit_read_link(struct vfs *vfs, struct str path, struct buffer *target_out)
{
    return vfs->inner->ops->read_link(vfs->inner, path, target_out);
}

static enum status
audit_space(struct vfs *vfs, struct str path, struct vfs_space *out)
{
    return vfs->inner->ops->space(vfs->inner, path, out);
}

static void
audit_free(struct vfs *vfs)
{
    vfs_free(&vfs->inner);
    free(audit_of(vfs));
}

static const struct vfs_ops audit_ops = {
    .open = audit_open,
    .list = audit_list,
    .stat = audit_stat,
    .set_attributes = audit_set_attributes,
    .make_folder = audit_make_folder,
    .remove = audit_remove,
    .rename = audit_rename,
    .link = audit_link,
    .make_link = audit_make_link,
    .read_link = audit_read_link,
    .space = audit_space,
    .free = audit_free,
};

enum status
vfs_with_audit(struct vfs *inner, struct events *events,
               const struct event_subject *subject, const struct audit_ids *ids,
               struct clock *clock, struct vfs **out)
{
    struct with_audit *self = calloc(1, sizeof *self);

    if (self == NULL) {
        vfs_free(&inner);
        return fail(ERR_MEMORY, "no memory for a layer of files");
    }
    self->vfs.ops = &audit_ops;
    self->vfs.inner = inner;
    self->events = events;
    self->subject = subject;
    self->ids = ids;
    self->clock = clock;
    *out = &self->vfs;
    return OK;
}
