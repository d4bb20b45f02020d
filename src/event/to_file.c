/* SPDX-License-Identifier: Apache-2.0 */
/*
 * to_file.c - records appended to a file, which others may rotate.
 *
 * Appending by one write keeps the records of several processes apart. Before
 * each record the path is looked up: when it no longer leads to the open file,
 * somebody rotated it, and the record goes to a new one. That is made by a
 * worker, since the thread that tells may be confined to other folders.
 */
#include "base/thread.h"
#include "base/worker.h"
#include "event/sink_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct file_sink {
    struct event_sink sink;
    char *path;
    struct worker *worker;
    pthread_mutex_t lock; /* guards all below; a leaf */
    struct line_writer writer;
    dev_t device;
    ino_t inode;
};

/* On the worker's thread, while the one that holds the lock waits. */
static enum status
open_file(void *arg)
{
    struct file_sink *file = arg;
    struct stat st;
    char last = '\n';
    int fd = open(file->path,
                  O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);

    if (fd < 0)
        return fail_errno(errno, "cannot open '%s'", file->path);
    if (fstat(fd, &st) < 0) {
        close(fd);
        return fail_errno(errno, "cannot look at '%s'", file->path);
    }
    if (S_ISREG(st.st_mode) && st.st_size > 0 &&
        pread(fd, &last, 1, st.st_size - 1) != 1)
        last = '\0';
    if (file->writer.fd >= 0)
        close(file->writer.fd);
    file->writer.fd = fd;
    file->writer.is_torn = last != '\n'; /* by a crash */
    file->device = st.st_dev;
    file->inode = st.st_ino;
    return OK;
}

static bool
was_moved_away(const struct file_sink *file)
{
    struct stat st;

    return stat(file->path, &st) < 0 || st.st_dev != file->device ||
           st.st_ino != file->inode;
}

static enum status
file_write(struct event_sink *sink, struct str record)
{
    struct file_sink *file = (struct file_sink *)sink;

    LOCK_SCOPE(&file->lock);
    /* When no new file can be made, the old one is better than nothing. */
    if (was_moved_away(file))
        (void)!worker_run(file->worker, open_file, file);
    return line_write(&file->writer, record);
}

static void
file_free(struct event_sink *sink)
{
    struct file_sink *file = (struct file_sink *)sink;

    worker_stop(&file->worker);
    if (file->writer.fd >= 0)
        close(file->writer.fd);
    pthread_mutex_destroy(&file->lock);
    free(file->path);
    free(file);
}

static const struct event_sink_ops file_ops = {
    .write = file_write,
    .free = file_free,
};

enum status
event_to_file(const char *path, struct event_sink **sink_out)
{
    struct file_sink *file = calloc(1, sizeof *file);

    if (file == NULL)
        return fail(ERR_MEMORY, "no memory for an event sink");
    file->sink.ops = &file_ops;
    file->writer.fd = -1;
    pthread_mutex_init(&file->lock, NULL);
    file->path = strdup(path);
    enum status status = file->path == NULL
                             ? fail(ERR_MEMORY, "no memory for a path")
                             : open_file(file);
    if (status == OK)
        status = worker_start("event-file", &file->worker);
    if (status != OK) {
        file_free(&file->sink);
        return status;
    }
    *sink_out = &file->sink;
    return OK;
}
