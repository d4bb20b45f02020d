/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serve.c - `convoy serve -c FILE`: run in the foreground until told to stop.
 *
 * SIGINT and SIGTERM drain: no new connections, idle sessions end, transfers
 * finish within drain_timeout. A second signal ends them at once. SIGHUP reads
 * the configuration again.
 *
 * With --take-over it takes the place of a server that runs: that one's ports
 * are ours as well before we are ready, and then ours alone.
 */
#include "main/command.h"

#include "admin/control_path.h"
#include "base/libc_tuning.h"
#include "base/notify.h"
#include "main/control_host.h"
#include "main/server.h"
#include "main/successor.h"
#include "main/takeover.h"

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
    SOCKET_PATH = 4096,
    PROGRAM_PATH = 4096,
};

static char take_over[] = "--take-over";

struct wish {
    char *path;
    bool takes_over;
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
    sigaddset(signals, SIGUSR2); /* the server's state has changed */
    pthread_sigmask(SIG_BLOCK, signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN); /* a successor that fails leaves no zombie */
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

/* Another process serves, and sessions finish here: until the last has, or a
 * signal wants it sooner (which is returned). */
static int
finish(struct server *server, const sigset_t *signals)
{
    int number = 0;

    while (server_state(server) != SERVER_DRAINED) {
        number = next_signal(signals, DRAIN_LOOK_MS);
        if (number == SIGHUP)
            reload(server);
        if (number == SIGINT || number == SIGTERM)
            return number;
    }
    return 0;
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
        if (server_state(server) == SERVER_RETIRING) {
            number = finish(server, signals);
            if (number == 0)
                return;
        }
        notify_alive(manager);
    } while (number != SIGINT && number != SIGTERM);
    notify_stopping(manager, "running transfers may finish");
    server_drain(server, "the server was told to stop");
    wait_for_sessions(server, signals);
}

/* The server of that file, if one runs. */
static enum status
begin_takeover(const char *path, struct takeover **out)
{
    AUTO(config_unref) struct config *config = NULL;
    AUTO(buffer_done) struct buffer socket = BUFFER(SOCKET_PATH);
    struct report report = { 0 };
    enum status status = config_load_to_check(path, &report, &config);

    report_done(&report);
    TRY(status);
    TRY(control_path_of(config, &socket));
    return takeover_begin(buffer_text(&socket), out);
}

static enum status
start(const struct wish *wish, struct server **server_out,
      struct control **control_out)
{
    AUTO(takeover_free) struct takeover *takeover = NULL;
    char program[PROGRAM_PATH];
    struct server_options options = { .config_path = wish->path,
                                      .program = program };

    TRY(successor_own_program(program, sizeof program));
    if (wish->takes_over)
        TRY(begin_takeover(wish->path, &takeover));
    options.takeover = takeover;
    TRY(server_start(&options, server_out));
    if (takeover != NULL)
        TRY(takeover_finish(takeover));
    return control_start(*server_out, control_out);
}

static int
serve(const struct wish *wish)
{
    struct server *server = NULL;
    struct control *control = NULL;
    sigset_t signals;

    prepare_process(&signals);
    if (start(wish, &server, &control) != OK) {
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
start_tuned(const struct wish *wish)
{
    char *const again[] = { "convoy",
                            "serve",
                            "-c",
                            wish->path,
                            wish->takes_over ? take_over : NULL,
                            NULL };

    if (!libc_wants_tuning())
        return;
    libc_tune();
    execv("/proc/self/exe", again);
}

int
command_serve(int argc, char **argv)
{
    bool takes_over = argc == 4 && strcmp(argv[3], take_over) == 0;

    if ((argc == 3 || takes_over) && strcmp(argv[1], "-c") == 0) {
        struct wish wish = { argv[2], takes_over };

        start_tuned(&wish);
        return serve(&wish);
    }
    fprintf(stderr, "usage: convoy serve -c FILE [--take-over]\n");
    return 2;
}
