/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serve.c - `convoy serve -c FILE`: run in the foreground until told to stop.
 *
 * SIGINT and SIGTERM drain: no new connections, idle sessions end, transfers
 * finish within drain_timeout. A second signal ends them at once. SIGHUP reads
 * the configuration again.
 */
#include "main/command.h"

#include "base/libc_tuning.h"
#include "main/server.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DRAIN_LOOK_MS = 100, MALLOC_ARENAS = 2 };

/* Descriptors for ten thousand sessions; small stacks; few malloc arenas, as
 * each thread that gets its own keeps what it once needed. Modes of files are
 * given where they are made, so the process has no umask. */
static void
prepare_process(sigset_t *signals)
{
    struct rlimit files;

    sigemptyset(signals);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    umask(0);
    mallopt(M_ARENA_MAX, MALLOC_ARENAS);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

/* Until every session has ended, or a second signal wants it at once. */
static void
wait_for_sessions(struct server *server, const sigset_t *signals)
{
    struct timespec look = { .tv_nsec = DRAIN_LOOK_MS * 1000000L };

    while (server_state(server) != SERVER_DRAINED) {
        int number = sigtimedwait(signals, NULL, &look);

        if (number == SIGINT || number == SIGTERM)
            return;
        /* Somebody let clients in again meanwhile. */
        if (server_state(server) == SERVER_RUNNING)
            server_drain(server, "the server was told to stop");
    }
}

/* What is wrong with the file goes to the console, as it does at the start. */
static void
reload(struct server *server)
{
    struct report report = { 0 };

    if (server_reload(server, &report) != OK)
        fprintf(stderr, "convoy: the configuration stays as it was: %s\n",
                fail_reason());
    report_print(&report, STDERR_FILENO);
    report_done(&report);
}

static void
obey(struct server *server, const sigset_t *signals)
{
    int number;

    while (sigwait(signals, &number) == 0 && number == SIGHUP)
        reload(server);
    server_drain(server, "the server was told to stop");
    wait_for_sessions(server, signals);
}

static int
serve(const char *path)
{
    struct server_options options = { .config_path = path };
    struct server *server = NULL;
    sigset_t signals;

    prepare_process(&signals);
    if (server_start(&options, &server) != OK) {
        fprintf(stderr, "convoy: %s\n", fail_reason());
        return 1;
    }
    puts("ready");
    fflush(stdout);
    obey(server, &signals);
    server_stop(&server);
    return 0;
}

/* Only the start of a program can be tuned: start again, once. When that
 * fails, all works as it is. */
static void
start_tuned(char *path)
{
    char *const again[] = { "convoy", "serve", "-c", path, NULL };

    if (!libc_wants_tuning())
        return;
    libc_tune();
    execv("/proc/self/exe", again);
}

int
command_serve(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "-c") == 0) {
        start_tuned(argv[2]);
        return serve(argv[2]);
    }
    fprintf(stderr, "usage: convoy serve -c FILE\n");
    return 2;
}
