/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_watch.c - noticing that server.ini has changed.
 *
 * Editors write beside the file and rename, or truncate and write; several
 * events belong to one change. So a look waits until the folder has been quiet
 * for a moment. The look every few seconds compares what stat() says, and wants
 * to see the same twice: nobody is writing any more.
 */
#include "main/config_watch.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "config/ini.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    QUIET_MS = 100,
    LOOK_MS = 2000,
    READ_AT_ONCE = 65536,
    EVENT_ROOM = 16 * (int)(sizeof(struct inotify_event) + 256),
    FILES = 2, /* server.ini and its override */
};

struct look {
    struct stat file[FILES]; /* all zero: not there */
};

struct config_watch {
    char *paths[FILES];
    int inotify;
    int64_t heard_ms; /* of the last event; 0: nothing is to be done for it */
    int64_t looked_ms;
    struct look told; /* what the owner knows of */
    struct look last;
};

/* NAME.override.ini for NAME.ini. */
static char *
override_of(const char *path)
{
    size_t len = strlen(path);
    char *override = NULL;

    if (len > 4 && strcmp(path + len - 4, ".ini") == 0)
        len -= 4;
    if (asprintf(&override, "%.*s.override.ini", (int)len, path) < 0)
        return NULL;
    return override;
}

static bool
add_file(EVP_MD_CTX *sum, const char *path)
{
    char bytes[READ_AT_ONCE / 16];
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    size_t left = INI_FILE_MAX;
    ssize_t got;

    if (file < 0)
        return false;
    while (left > 0 && (got = read(file, bytes, sizeof bytes)) > 0) {
        EVP_DigestUpdate(sum, bytes, (size_t)got);
        left -= (size_t)got < left ? (size_t)got : left;
    }
    close(file);
    return true;
}

void
config_digest(const char *path, unsigned char digest_out[CONFIG_DIGEST])
{
    EVP_MD_CTX *sum = EVP_MD_CTX_new();
    char *override = override_of(path);

    memset(digest_out, 0, CONFIG_DIGEST);
    if (sum != NULL && override != NULL &&
        EVP_DigestInit_ex(sum, EVP_sha256(), NULL) == 1 &&
        add_file(sum, path)) {
        /* Neither file can hold a NUL. */
        EVP_DigestUpdate(sum, "", 1);
        if (add_file(sum, override))
            EVP_DigestUpdate(sum, "", 1);
        EVP_DigestFinal_ex(sum, digest_out, NULL);
    }
    EVP_MD_CTX_free(sum);
    free(override);
}

static void
look_at_files(const struct config_watch *watch, struct look *out)
{
    *out = (struct look){ 0 };
    for (int i = 0; i < FILES; i++)
        if (stat(watch->paths[i], &out->file[i]) < 0)
            out->file[i] = (struct stat){ 0 };
}

static bool
same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool
same_look(const struct look *a, const struct look *b)
{
    for (int i = 0; i < FILES; i++) {
        const struct stat *x = &a->file[i];
        const struct stat *y = &b->file[i];

        if (x->st_dev != y->st_dev || x->st_ino != y->st_ino ||
            x->st_size != y->st_size || !same_time(x->st_mtim, y->st_mtim) ||
            !same_time(x->st_ctim, y->st_ctim))
            return false;
    }
    return true;
}

/* Where the kernel does not watch, looking has to do. */
static void
watch_folder(struct config_watch *watch)
{
    char folder[4096];
    char *slash;

    snprintf(folder, sizeof folder, "%s", watch->paths[0]);
    slash = strrchr(folder, '/');
    if (slash == NULL)
        snprintf(folder, sizeof folder, ".");
    else
        slash[slash == folder ? 1 : 0] = '\0';
    watch->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch->inotify >= 0 &&
        inotify_add_watch(watch->inotify, folder,
                          IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE |
                              IN_MOVED_FROM | IN_DELETE) < 0) {
        close(watch->inotify);
        watch->inotify = -1;
    }
}

enum status
config_watch_open(const char *path, struct config_watch **watch_out)
{
    AUTO(config_watch_close)
    struct config_watch *watch = calloc(1, sizeof *watch);

    if (watch == NULL)
        return fail(ERR_MEMORY, "no memory to watch '%s'", path);
    watch->inotify = -1;
    watch->paths[0] = str_copy(str_of(path));
    watch->paths[1] = override_of(path);
    if (watch->paths[0] == NULL || watch->paths[1] == NULL)
        return fail(ERR_MEMORY, "no memory to watch '%s'", path);
    watch_folder(watch);
    look_at_files(watch, &watch->told);
    watch->last = watch->told;
    watch->looked_ms = clock_now_ms(clock_real());
    *watch_out = watch;
    watch = NULL;
    return OK;
}

void
config_watch_close(struct config_watch **watch)
{
    if (*watch == NULL)
        return;
    if ((*watch)->inotify >= 0)
        close((*watch)->inotify);
    for (int i = 0; i < FILES; i++)
        free((*watch)->paths[i]);
    free(*watch);
    *watch = NULL;
}

int
config_watch_descriptor(const struct config_watch *watch)
{
    return watch->inotify;
}

static int64_t
next_look_ms(const struct config_watch *watch)
{
    return watch->heard_ms != 0 ? watch->heard_ms + QUIET_MS
                                : watch->looked_ms + LOOK_MS;
}

int
config_watch_patience_ms(const struct config_watch *watch)
{
    int64_t left = next_look_ms(watch) - clock_now_ms(clock_real());

    return left > 0 ? (int)left : 0;
}

/* Whether one of the two files is meant, or something that a link to them may
 * lead through (".." begins the names of a mounted ConfigMap). */
static bool
is_about_us(const struct config_watch *watch, const char *name)
{
    if (strncmp(name, "..", 2) == 0)
        return true;
    for (int i = 0; i < FILES; i++) {
        const char *slash = strrchr(watch->paths[i], '/');

        if (strcmp(slash != NULL ? slash + 1 : watch->paths[i], name) == 0)
            return true;
    }
    return false;
}

static bool
read_events(const struct config_watch *watch)
{
    _Alignas(struct inotify_event) char room[EVENT_ROOM];
    bool concerned = false;
    ssize_t got;

    while (watch->inotify >= 0 &&
           (got = read(watch->inotify, room, sizeof room)) > 0)
        for (char *at = room; at < room + got;) {
            const struct inotify_event *event = (const void *)at;

            concerned |= (event->mask & IN_Q_OVERFLOW) != 0 ||
                         (event->len > 0 && is_about_us(watch, event->name));
            at += sizeof *event + event->len;
        }
    return concerned;
}

bool
config_watch_look(struct config_watch *watch)
{
    int64_t now = clock_now_ms(clock_real());
    bool was_told = false;
    struct look look;

    if (read_events(watch))
        watch->heard_ms = now;
    if (now < next_look_ms(watch))
        return false;
    was_told = watch->heard_ms != 0;
    watch->heard_ms = 0;
    watch->looked_ms = now;
    look_at_files(watch, &look);
    bool is_quiet = was_told || same_look(&look, &watch->last);
    bool is_new = was_told || !same_look(&look, &watch->told);

    watch->last = look;
    if (!is_quiet || !is_new)
        return false;
    watch->told = look;
    return true;
}
