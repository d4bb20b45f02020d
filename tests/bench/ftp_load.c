/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp_load.c - one kind of load on an FTP server, from this machine.
 *
 *   ftp_load MODE -p PORT -u USER -w PASSWORD [-t] [-j STREAMS] [-n COUNT]
 *            [-s BYTES] [PATH]
 *
 * With -t all of it is under TLS 1.3. See load.h for the dialogue with whoever
 * measures.
 */
#include "lean_ftp.h"
#include "load.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 4096 };

struct load {
    struct lean_ftp_options to;
    const struct mode *mode;
    const char *path; /* a name without its number, or a folder */
    unsigned stream_count;
    unsigned count; /* files, logins */
    uint64_t bytes; /* of each stream or each small file */
    struct stream *streams;
};

struct stream {
    struct lean_ftp *ftp;
};

struct mode {
    const char *name;
    void (*run)(void *load, unsigned index);
    bool connects_itself;
};

static void
get(struct lean_ftp *ftp, const char *path, uint64_t bytes)
{
    if (lean_ftp_get(ftp, path) != bytes)
        die("%s has another size", path);
}

static void
download(void *load, unsigned index)
{
    const struct load *l = load;
    char path[PATH_BYTES];

    snprintf(path, sizeof path, "%s%u", l->path, index);
    get(l->streams[index].ftp, path, l->bytes);
}

static void
upload(void *load, unsigned index)
{
    const struct load *l = load;
    char path[PATH_BYTES];

    snprintf(path, sizeof path, "%s%u", l->path, index);
    lean_ftp_put(l->streams[index].ftp, path, l->bytes);
}

/* Streams share the numbers of the small files among them. */
static void
each_small(const struct load *l, unsigned index,
           void (*one)(struct lean_ftp *, const char *path, uint64_t bytes))
{
    char path[PATH_BYTES];

    for (unsigned i = index; i < l->count; i += l->stream_count) {
        snprintf(path, sizeof path, "%s/small-%05u", l->path, i);
        one(l->streams[index].ftp, path, l->bytes);
    }
}

static void
put_small(void *load, unsigned index)
{
    each_small(load, index, lean_ftp_put);
}

static void
get_small(void *load, unsigned index)
{
    each_small(load, index, get);
}

static void
log_in_often(void *load, unsigned index)
{
    const struct load *l = load;

    for (unsigned i = index; i < l->count; i += l->stream_count) {
        struct lean_ftp *one = lean_ftp_open(&l->to);
        lean_ftp_close(&one);
    }
}

static const struct mode modes[] = {
    { "download", download, false },   { "upload", upload, false },
    { "put-small", put_small, false }, { "get-small", get_small, false },
    { "login", log_in_often, true },   { "idle", NULL, false },
};

static const struct mode *
find_mode(const char *name)
{
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(modes[i].name, name) == 0)
            return &modes[i];
    die("no mode '%s'", name);
}

static void
open_stream(void *load, unsigned index)
{
    struct load *l = load;

    if (!l->mode->connects_itself)
        l->streams[index].ftp = lean_ftp_open(&l->to);
}

static void
close_stream(void *load, unsigned index)
{
    struct load *l = load;

    lean_ftp_close(&l->streams[index].ftp);
}

static void
run(struct load *l)
{
    struct load_streams streams = {
        .load = l,
        .count = l->stream_count,
        .open = open_stream,
        .run = l->mode->run,
        .close = close_stream,
    };

    l->streams = calloc(l->stream_count, sizeof *l->streams);
    if (l->streams == NULL)
        die("out of memory");
    load_dialogue(&streams);
    free(l->streams);
}

static void
take_option(struct load *l, int option, const char *value)
{
    switch (option) {
    case 'p': l->to.port = (uint16_t)load_number(value, UINT16_MAX); return;
    case 'u': l->to.user = value; return;
    case 'w': l->to.password = value; return;
    case 't': l->to.is_tls = true; return;
    case 'j': l->stream_count = (unsigned)load_number(value, 20000); return;
    case 'n': l->count = (unsigned)load_number(value, 100000000); return;
    case 's': l->bytes = load_number(value, UINT64_MAX); return;
    default: die("see the head of ftp_load.c");
    }
}

int
main(int argc, char **argv)
{
    struct load load = { .stream_count = 1, .count = 1, .bytes = 4096 };
    int option;

    while ((option = getopt(argc, argv, "p:u:w:tj:n:s:")) != -1)
        take_option(&load, option, optarg);
    if (optind == argc || load.to.user == NULL || load.to.password == NULL)
        die("see the head of ftp_load.c");
    signal(SIGPIPE, SIG_IGN);
    load.mode = find_mode(argv[optind]);
    load.path = optind + 1 < argc ? argv[optind + 1] : "";
    run(&load);
    return 0;
}
