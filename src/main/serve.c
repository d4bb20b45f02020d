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
#include "base/notify.h"
#include "main/control_host.h"
#include "main/server.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    DRAIN_LOOK_MS = 100,
    LOOKS_PER_SIGN = 10, /* of life, while it drains */
    QUIET_MS = 3600000,  /* nobody waits for a sign */
    MALLOC_ARENAS = 2,
};

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

/* The next signal, or 0 when the time is over. */
static int
next_signal(const sigset_t *signals, int64_t timeout_ms)
{
    struct timespec time = { .tv_sec = timeout_ms / 1000,
                             .tv_nsec = timeout_ms % 1000 * 1000000 };
    int number = sigtimedwait(signals, NULL, &time);

    return number > 0 ? number : 0;
}

/* Until every session has ended, or a second signal wants it at once. */
static void
wait_for_sessions(struct server *server, const sigset_t *signals)
{
    for (unsigned look = 0; server_state(server) != SERVER_DRAINED; look++) {
        int number = next_signal(signals, DRAIN_LOOK_MS);

        if (look % LOOKS_PER_SIGN == 0)
            notify_alive_stopping(server_notify(server));

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

/* The sign of life comes from here, and only while the server's state can be
 * had: whoever hangs with its lock lets the service manager know. */
static void
obey(struct server *server, const sigset_t *signals)
{
    struct notify *manager = server_notify(server);
    int64_t alive_ms = notify_alive_ms(manager);
    int number;

    do {
        number = next_signal(signals, alive_ms > 0 ? alive_ms : QUIET_MS);
        if (number == SIGHUP)
            reload(server);
        (void)server_state(server);
        notify_alive(manager);
    } while (number != SIGINT && number != SIGTERM);
    notify_stopping(manager, "running transfers may finish");
    server_drain(server, "the server was told to stop");
    wait_for_sessions(server, signals);
}

static int
serve(const char *path)
{
    struct server_options options = { .config_path = path };
    struct server *server = NULL;
    struct control *control = NULL;
    sigset_t signals;

    prepare_process(&signals);
    if (server_start(&options, &server) != OK ||
        control_start(server, &control) != OK) {
        fprintf(stderr, "convoy: %s\n", fail_reason());
        server_stop(&server);
        return 1;
    }
    puts("ready");
    fflush(stdout);
    notify_ready(server_notify(server), "serving");
    obey(server, &signals);
    control_stop(&control);
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
