/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scp_sink.c - `scp -t`: files and folders come.
 *
 *   SINK_AT_LINE --C--> SINK_IN_FILE --all bytes--> SINK_AT_ANSWER --0--> file
 *      ^  ^                                              |  published,
 *      |  +---------------- SINK_IN_ERROR <----1, 2------+  answered
 *      +--D, E, T: answered                  text
 *
 * What goes wrong with one file or folder is answered and the client goes on
 * with the next; what breaks the dialogue is the end of it.
 */
#include "ssh/scp_private.h"

#include <sys/stat.h>

/* The one path of the command. */
static enum status
read_target(struct scp *s)
{
    char raw[2 * SCP_COMMAND];
    struct scp_sink *sink = &s->sink;
    struct str words = buffer_str(&s->command.words);
    struct str word = scp_word_at_home(s, str_cut(&words, '\0'));
    struct str text = glob_text(word, raw);

    sink->wants_folder = text.len > 0 && text.data[text.len - 1] == '/';
    return vfs_normalise(text, sink->target.text, &sink->target.len);
}

static enum status
look_at_target(struct scp *s)
{
    struct scp_sink *sink = &s->sink;
    bool must = sink->wants_folder || (s->command.flags & SCP_TO_FOLDER);
    struct vfs_attributes is;

    if (sink->target.len == 1) { /* the root */
        sink->is_folder = true;
        return OK;
    }
    enum status status =
        vfs_stat(s->files, scp_path_str(&sink->target), VFS_FOLLOW, &is);
    sink->is_folder = status == OK && S_ISDIR(is.mode);
    /* Who may not look at a folder may still put files into it. */
    if (status == ERR_DENIED && must)
        sink->is_folder = true;
    if (sink->is_folder || !(s->command.flags & SCP_TO_FOLDER))
        return OK;
    return status != OK ? status : fail(ERR_NO_FOLDER, "it is no folder");
}

enum status
scp_sink_start(struct scp *s)
{
    enum status status = read_target(s);

    if (status == OK)
        status = look_at_target(s);
    if (status == OK)
        return scp_say_ok(s);
    s->is_over = true;
    return scp_say_failure(s, scp_path_str(&s->sink.target), status);
}

/* What `name` is to be called, in sink->path. */
static enum status
name_it(struct scp_sink *sink, struct str name)
{
    sink->path = sink->target;
    if (sink->is_folder)
        return scp_path_add(&sink->path, name);
    return OK;
}

static enum status
take_times(struct scp *s, const struct scp_record *record)
{
    s->sink.times = (struct scp_times){ record->has_times, record->atime_ns,
                                        record->mtime_ns };
    return scp_say_ok(s);
}

/* The folder is there, or is made, so that files can come into it. */
static enum status
have_folder(struct scp *s, uint32_t mode)
{
    struct str path = scp_path_str(&s->sink.path);
    struct vfs_attributes is;
    struct vfs_attributes new = { .has = VFS_HAS_MODE,
                                  .mode = (mode & 0777) | 0700 };

    if (path.len == 1)
        return OK;
    enum status found = vfs_stat(s->files, path, VFS_FOLLOW, &is);
    if (found == OK)
        return S_ISDIR(is.mode) ? OK : fail(ERR_NO_FOLDER, "it is no folder");
    enum status status = vfs_make_folder(s->files, path, &new);
    /* Who may not look may still know that it is there. */
    return status == ERR_EXISTS && found == ERR_DENIED ? OK : status;
}

static enum status
enter_folder(struct scp *s, const struct scp_record *record)
{
    struct scp_sink *sink = &s->sink;
    struct scp_received around = {
        .path_len = sink->target.len,
        .was_folder = sink->is_folder,
        .mode = record->mode,
        .times = sink->times,
    };

    sink->times.known = false;
    if (!(s->command.flags & SCP_RECURSIVE))
        return scp_break(s, "received directory without -r");
    enum status status = name_it(sink, record->name);
    if (status == OK && sink->depth == SCP_DEPTH)
        status = fail(ERR_LIMIT, "too many folders inside each other");
    if (status == OK)
        status = have_folder(s, record->mode);
    if (status != OK)
        return scp_say_failure(s, scp_path_str(&sink->path), status);
    sink->folders[sink->depth++] = around;
    sink->target = sink->path;
    sink->is_folder = true;
    return scp_say_ok(s);
}

static enum status
set_folder(struct scp *s, const struct scp_received *folder)
{
    struct vfs_attributes set = { .mode = folder->mode & SCP_MODE,
                                  .atime_ns = folder->times.atime_ns,
                                  .mtime_ns = folder->times.mtime_ns };

    if (s->command.flags & SCP_PRESERVE)
        set.has |= VFS_HAS_MODE;
    if (folder->times.known)
        set.has |= VFS_HAS_TIMES;
    if (set.has == 0 || s->sink.target.len == 1)
        return OK;
    return vfs_set_attributes(s->files, scp_path_str(&s->sink.target),
                              VFS_FOLLOW, &set);
}

static enum status
leave_folder(struct scp *s)
{
    struct scp_sink *sink = &s->sink;

    if (sink->depth == 0) {
        s->is_over = true;
        return scp_say_ok(s);
    }
    const struct scp_received *folder = &sink->folders[--sink->depth];
    enum status status = set_folder(s, folder);
    enum status said =
        status == OK ? scp_say_ok(s)
                     : scp_say_failure(s, scp_path_str(&sink->target), status);
    scp_path_cut(&sink->target, folder->path_len);
    sink->is_folder = folder->was_folder;
    return said;
}

static enum status
open_file(struct scp *s, const struct scp_record *record)
{
    TRY(name_it(&s->sink, record->name));
    if (s->sink.wants_folder && !s->sink.is_folder)
        return fail(ERR_NO_FOLDER, "there is no such folder");
    return scp_sink_open(s, record);
}

static enum status
take_file(struct scp *s, const struct scp_record *record)
{
    struct scp_sink *sink = &s->sink;
    enum status status = open_file(s, record);

    if (status == ERR_IS_FOLDER && !sink->is_folder) {
        sink->is_folder = true; /* it could not be looked at */
        status = open_file(s, record);
    }
    if (status != OK) {
        sink->times.known = false;
        return scp_say_failure(s, scp_path_str(&sink->path), status);
    }
    sink->state = sink->size > 0 ? SINK_IN_FILE : SINK_AT_ANSWER;
    return scp_say_ok(s);
}

static enum status
take_line(struct scp *s, struct str line)
{
    struct scp_record record;

    if (scp_record_parse(line, &record) != OK)
        return scp_break(s, fail_reason());
    switch (record.kind) {
    case 'T': return take_times(s, &record);
    case 'D': return enter_folder(s, &record);
    case 'E': return leave_folder(s);
    default: return take_file(s, &record);
    }
}

/* A line that came whole is read where it lies. */
static enum status
gather_line(struct scp *s, struct str *bytes)
{
    const char *end = memchr(bytes->data, '\n', bytes->len);
    size_t len = end ? (size_t)(end - bytes->data) + 1 : bytes->len;
    struct str line = str_from(bytes->data, len);

    *bytes = str_from_offset(*bytes, len);
    if (buffer_len(&s->line) + len > SCP_LINE)
        return scp_break(s, "the line is too long");
    if (end != NULL && buffer_len(&s->line) == 0)
        return take_line(s, str_from(line.data, len - 1));
    TRY(buffer_add(&s->line, line));
    if (end == NULL)
        return OK;
    line = buffer_str(&s->line);
    enum status status = take_line(s, str_from(line.data, line.len - 1));
    buffer_clear(&s->line);
    return status;
}

/* Instead of a line, or behind a file's bytes: 1 or 2, and text. */
static enum status
take_error(struct scp *s, struct str *bytes)
{
    s->sink.error = bytes->data[0] == SCP_ERROR ? SCP_ERROR : SCP_FATAL;
    s->sink.state = SINK_IN_ERROR;
    s->has_errors = true;
    *bytes = str_from_offset(*bytes, 1);
    return OK;
}

static enum status
take_control(struct scp *s, struct str *bytes)
{
    if (buffer_len(&s->line) == 0 &&
        (bytes->data[0] == SCP_ERROR || bytes->data[0] == SCP_FATAL))
        return take_error(s, bytes);
    return gather_line(s, bytes);
}

static enum status
take_answer(struct scp *s, struct str *bytes)
{
    if (bytes->data[0] == SCP_ERROR || bytes->data[0] == SCP_FATAL)
        return take_error(s, bytes);
    if (bytes->data[0] != SCP_OK)
        return scp_break(s, "expected a status behind a file");
    *bytes = str_from_offset(*bytes, 1);
    s->sink.state = SINK_AT_LINE;
    return scp_sink_publish(s);
}

/* The text is for people at the other end. */
static enum status
skip_error(struct scp *s, struct str *bytes)
{
    struct scp_sink *sink = &s->sink;
    const char *end = memchr(bytes->data, '\n', bytes->len);

    *bytes = end == NULL
                 ? STR_NONE
                 : str_from_offset(*bytes, (size_t)(end - bytes->data) + 1);
    if (end == NULL)
        return OK;
    sink->state = SINK_AT_LINE;
    s->is_over = sink->error == SCP_FATAL;
    return sink->file != NULL ? scp_sink_discard(s) : OK;
}

static enum status
take_data(struct scp *s, struct str *bytes)
{
    scp_sink_write(s, bytes);
    if (s->sink.got == s->sink.size)
        s->sink.state = SINK_AT_ANSWER;
    return OK;
}

enum status
scp_sink_input(struct scp *s, struct str *bytes)
{
    static enum status (*const take[])(struct scp *, struct str *) = {
        [SINK_AT_LINE] = take_control,
        [SINK_IN_FILE] = take_data,
        [SINK_AT_ANSWER] = take_answer,
        [SINK_IN_ERROR] = skip_error,
    };

    while (bytes->len > 0 && !s->is_over &&
           buffer_len(&s->output) < SCP_OUTPUT_HIGH)
        TRY(take[s->sink.state](s, bytes));
    return OK;
}

void
scp_sink_end(struct scp *s)
{
    const struct scp_sink *sink = &s->sink;

    if (sink->file != NULL || sink->depth > 0 || buffer_len(&s->line) > 0)
        s->has_errors = true;
    s->is_over = true;
    scp_sink_close(s);
}
