/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_load.c - one kind of load on an SFTP server, from this machine.
 *
 *   sftp_load MODE -p PORT -u USER -k KEY [-c CIPHER] [-j STREAMS]
 *             [-n COUNT] [-s BYTES] [-r REQUEST] [-o OUTSTANDING] [PATH]
 *
 * See load.h for the dialogue with whoever measures.
 */
#include "lean_sftp.h"

#include "base/wire.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_OUTSTANDING = 1024, MOST_REQUEST = 255 * 1024, PATH_BYTES = 4096 };

struct load {
    struct lean_options to;
    const struct mode *mode;
    const char *path;
    unsigned stream_count;
    unsigned count;       /* files, logins, sessions, entries */
    uint64_t bytes;       /* of each stream or each small file */
    uint32_t request;     /* bytes of one READ or WRITE */
    unsigned outstanding; /* requests in flight */
    struct stream *streams;
};

struct stream {
    struct load *load;
    unsigned index;
    struct lean_sftp *sftp;
};

struct mode {
    const char *name;
    void (*run)(struct stream *);
    bool connects_itself;
};

static char content[MOST_REQUEST];

/* PATH is a name with %u for the stream, or a folder for small files. */
static void
name_file(const struct stream *s, char name[PATH_BYTES])
{
    snprintf(name, PATH_BYTES, "%s%u", s->load->path, s->index);
}

/* A READ in flight: which part of the file it asked for. */
struct part {
    uint64_t offset;
    uint32_t id;
    uint32_t len;
};

static void
read_part(struct stream *s, struct str handle, struct part *part)
{
    part->id = send_read(s->sftp, handle, part->offset, part->len);
}

/* Which of the parts a reply belongs to. */
static struct part *
part_of(struct part *parts, unsigned count, uint32_t id)
{
    for (unsigned i = 0; i < count; i++)
        if (parts[i].id == id)
            return &parts[i];
    die("a reply nobody asked for");
}

static void
download(struct stream *s)
{
    const struct load *l = s->load;
    struct part parts[MOST_OUTSTANDING] = { 0 };
    char name[PATH_BYTES];
    char room[256];
    uint64_t asked = 0;
    uint64_t got = 0;

    name_file(s, name);
    send_open(s->sftp, name, OPEN_READ);
    struct str handle = next_handle(s->sftp, room);
    for (unsigned i = 0; i < l->outstanding && asked < l->bytes; i++) {
        parts[i] = (struct part){ .offset = asked, .len = l->request };
        read_part(s, handle, &parts[i]);
        asked += l->request;
    }
    while (got < l->bytes) {
        struct sftp_reply reply = next_reply(s->sftp);
        if (reply.type != REPLY_DATA)
            die("the file ends at %llu", (unsigned long long)got);
        struct part *part = part_of(parts, l->outstanding, reply.id);
        got += reply.data_len;
        part->id = 0;
        if (reply.data_len < part->len) { /* the rest of it */
            part->offset += reply.data_len;
            part->len -= reply.data_len;
        } else {
            *part = (struct part){ .offset = asked, .len = l->request };
            asked += l->request;
        }
        if (part->offset < l->bytes)
            read_part(s, handle, part);
    }
    send_close(s->sftp, handle);
    while (next_reply(s->sftp).type == REPLY_DATA)
        continue;
}

/* Until as many are in flight as may be, or all has been sent. */
static void
write_some(struct stream *s, struct str handle, uint64_t *sent,
           unsigned *in_flight)
{
    const struct load *l = s->load;

    while (*sent < l->bytes && *in_flight < l->outstanding &&
           lean_sftp_has_room(s->sftp, l->request)) {
        uint64_t left = l->bytes - *sent;
        size_t len = left < l->request ? left : l->request;

        send_write(s->sftp, handle, *sent, str_from(content, len));
        *sent += len;
        ++*in_flight;
    }
}

static void
upload(struct stream *s)
{
    const struct load *l = s->load;
    char name[PATH_BYTES];
    char room[256];
    uint64_t sent = 0;
    unsigned in_flight = 0;

    name_file(s, name);
    send_open(s->sftp, name, OPEN_NEW);
    struct str handle = next_handle(s->sftp, room);
    while (sent < l->bytes || in_flight > 0) {
        write_some(s, handle, &sent, &in_flight);
        struct sftp_reply reply;
        while (poll_reply(s->sftp, &reply)) {
            if (reply.type != REPLY_STATUS || reply_status(&reply) != 0)
                die("a write was refused");
            in_flight--;
        }
        if (in_flight > 0)
            wait_for_server(s->sftp);
    }
    send_close(s->sftp, handle);
    next_is_ok(s->sftp, "close");
}

/* Streams share the numbers of the small files among them. */
static void
each_small_file(struct stream *s,
                void (*one)(struct stream *, const char *path))
{
    char path[PATH_BYTES];

    for (unsigned i = s->index; i < s->load->count;
         i += s->load->stream_count) {
        snprintf(path, sizeof path, "%s/small-%05u", s->load->path, i);
        one(s, path);
    }
}

static void
put_one(struct stream *s, const char *path)
{
    char room[256];

    send_open(s->sftp, path, OPEN_NEW);
    struct str handle = next_handle(s->sftp, room);
    send_write(s->sftp, handle, 0, str_from(content, s->load->bytes));
    send_close(s->sftp, handle);
    next_is_ok(s->sftp, "write");
    next_is_ok(s->sftp, "close");
}

static void
get_one(struct stream *s, const char *path)
{
    char room[256];

    send_open(s->sftp, path, OPEN_READ);
    struct str handle = next_handle(s->sftp, room);
    send_read(s->sftp, handle, 0, s->load->request);
    send_close(s->sftp, handle);
    if (next_reply(s->sftp).data_len != s->load->bytes)
        die("%s has another size", path);
    next_is_ok(s->sftp, "close");
}

static void
put_small(struct stream *s)
{
    each_small_file(s, put_one);
}

static void
get_small(struct stream *s)
{
    each_small_file(s, get_one);
}

static void
log_in_often(struct stream *s)
{
    for (unsigned i = s->index; i < s->load->count;
         i += s->load->stream_count) {
        struct lean_sftp *one = lean_sftp_open(&s->load->to);
        lean_sftp_close(&one);
    }
}

static void
list_folder(struct stream *s)
{
    char room[256];
    uint64_t entries = 0;

    send_opendir(s->sftp, s->load->path);
    struct str handle = next_handle(s->sftp, room);
    for (;;) {
        send_readdir(s->sftp, handle);
        struct sftp_reply reply = next_reply(s->sftp);
        if (reply.type != REPLY_NAME)
            break;
        entries += get_u32(reply.body.data);
    }
    send_close(s->sftp, handle);
    next_is_ok(s->sftp, "close");
    if (entries < s->load->count)
        die("%llu entries are listed", (unsigned long long)entries);
}

static const struct mode modes[] = {
    { "download", download, false },   { "upload", upload, false },
    { "put-small", put_small, false }, { "get-small", get_small, false },
    { "login", log_in_often, true },   { "list", list_folder, false },
    { "idle", NULL, false },
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

    l->streams[index].load = l;
    l->streams[index].index = index;
    if (!l->mode->connects_itself)
        l->streams[index].sftp = lean_sftp_open(&l->to);
}

static void
run_stream(void *load, unsigned index)
{
    struct load *l = load;

    l->mode->run(&l->streams[index]);
}

static void
close_stream(void *load, unsigned index)
{
    struct load *l = load;

    lean_sftp_close(&l->streams[index].sftp);
}

static void
run(struct load *l)
{
    struct load_streams streams = {
        .load = l,
        .count = l->stream_count,
        .open = open_stream,
        .run = l->mode->run != NULL ? run_stream : NULL,
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
    case 'k': l->to.key_file = value; return;
    case 'c': l->to.cipher = cipher_find(value); return;
    case 'j': l->stream_count = (unsigned)load_number(value, 20000); return;
    case 'n': l->count = (unsigned)load_number(value, 100000000); return;
    case 's': l->bytes = load_number(value, UINT64_MAX); return;
    case 'r': l->request = (uint32_t)load_number(value, MOST_REQUEST); return;
    case 'o':
        l->outstanding = (unsigned)load_number(value, MOST_OUTSTANDING);
        return;
    default: die("see the head of sftp_load.c");
    }
}

int
main(int argc, char **argv)
{
    struct load load = {
        .to.cipher = cipher_find("aes128-gcm@openssh.com"),
        .stream_count = 1,
        .count = 1,
        .bytes = 4096,
        .request = 32768,
        .outstanding = 64,
    };
    int option;

    if (argc == 3 && strcmp(argv[1], "public-key") == 0) {
        lean_print_public_key(argv[2]);
        return 0;
    }
    while ((option = getopt(argc, argv, "p:u:k:c:j:n:s:r:o:")) != -1)
        take_option(&load, option, optarg);
    if (optind == argc || load.to.user == NULL || load.to.key_file == NULL)
        die("see the head of sftp_load.c");
    if (load.to.cipher == NULL)
        die("a cipher that is not known here");
    load.mode = find_mode(argv[optind]);
    load.path = optind + 1 < argc ? argv[optind + 1] : "";
    run(&load);
    return 0;
}
