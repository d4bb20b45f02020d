/* SPDX-License-Identifier: Apache-2.0 */
/* load.c - what the loads share: how they connect, give up, and are measured.
 */
#include "load.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct stream {
    const struct load_streams *of;
    unsigned index;
    pthread_t thread;
};

void
die(const char *why, ...)
{
    va_list args;

    fprintf(stderr, "load: ");
    va_start(args, why);
    vfprintf(stderr, why, args); /* NOLINT: the analyser loses va_start */
    fprintf(stderr, "\n");
    va_end(args);
    _Exit(1);
}

uint64_t
load_number(const char *text, uint64_t most)
{
    uint64_t value;

    if (!str_to_number(str_of(text), most, &value))
        die("'%s' is not a number up to %llu", text, (unsigned long long)most);
    return value;
}

int
load_connect(uint16_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;

    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        die("port %u: %s", port, strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

/* ---- the dialogue ---- */

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
cpu_seconds(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void
wait_for_line(void)
{
    char c;

    fflush(stdout);
    while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
        continue;
}

static void *
run_stream(void *arg)
{
    struct stream *s = arg;

    s->of->run(s->of->load, s->index);
    return NULL;
}

static void
run_all(const struct load_streams *of)
{
    struct stream *streams = calloc(of->count, sizeof *streams);

    if (streams == NULL)
        die("out of memory");
    for (unsigned i = 0; i < of->count; i++) {
        streams[i] = (struct stream){ .of = of, .index = i };
        if (pthread_create(&streams[i].thread, NULL, run_stream, &streams[i]))
            die("no thread");
    }
    for (unsigned i = 0; i < of->count; i++)
        pthread_join(streams[i].thread, NULL);
    free(streams);
}

void
load_dialogue(const struct load_streams *of)
{
    for (unsigned i = 0; i < of->count && of->open != NULL; i++)
        of->open(of->load, i);
    puts("connected");
    wait_for_line();
    double cpu = cpu_seconds();
    double start = now();
    if (of->run != NULL)
        run_all(of);
    printf("{\"seconds\": %.6f, \"client_cpu\": %.6f}\n", now() - start,
           cpu_seconds() - cpu);
    wait_for_line();
    for (unsigned i = 0; i < of->count && of->close != NULL; i++)
        of->close(of->load, i);
}
