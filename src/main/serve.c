/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serve.c - `convoy serve -c FILE`: run in the foreground until told to stop.
 *
 * Everything is made here, handed down, and taken apart in the opposite order.
 * SIGINT and SIGTERM drain: no new connections, idle sessions end, transfers
 * finish within drain_timeout. A second signal ends them at once.
 */
#include "main/command.h"

#include "account/check.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/libc_tuning.h"
#include "keys/check.h"
#include "main/node.h"
#include "main/services.h"
#include "session/session.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DRAIN_LOOK_MS = 100, MALLOC_ARENAS = 2 };

struct server {
    struct config *config;
    struct node node;
    struct hub *hub;
    struct services *services;
};

static void
server_done(struct server *s)
{
    services_stop(&s->services);
    hub_free(&s->hub);
    node_done(&s->node);
    config_unref(&s->config);
}

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
    pthread_sigmask(SIG_BLOCK, signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    umask(0);
    mallopt(M_ARENA_MAX, MALLOC_ARENAS);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

static enum status
load(const char *path, struct config **config_out)
{
    struct report report = { 0 };
    enum status status = config_load(path, &report, config_out);

    if (status == OK) {
        keys_check(*config_out, &report);
        accounts_check(*config_out, &report);
    }
    if (status == OK && report.errors > 0)
        status = fail(ERR_INVALID, "%s has errors", path);
    report_print(&report, STDERR_FILENO);
    report_done(&report);
    return status;
}

static enum status
start(struct server *s, const char *path)
{
    TRY(load(path, &s->config));
    TRY(node_init(&s->node, s->config));
    struct hub_options options = {
        .config = s->config,
        .store = s->node.store,
        .events = s->node.events,
        .clock = clock_real(),
        .node = s->node.id,
    };
    TRY(hub_new(&options, &s->hub));
    node_tell(&s->node, EVENT_SERVER_STARTED);
    return services_start(s->hub, &s->node.subject, &s->services);
}

/* Wait until every session has ended, a second signal came, or time is up. */
static void
wait_for_sessions(struct hub *hub, const sigset_t *signals, int64_t timeout_ms)
{
    struct timespec look = { .tv_nsec = DRAIN_LOOK_MS * 1000000L };
    int64_t deadline = clock_now_ms(clock_real()) + timeout_ms;

    while (hub_session_count(hub) > 0 && clock_now_ms(clock_real()) < deadline)
        if (sigtimedwait(signals, NULL, &look) > 0)
            return;
}

static void
drain(struct server *s, const sigset_t *signals)
{
    int64_t timeout_ms =
        (int64_t)section_number(config_server(s->config), "drain_timeout") *
        1000;
    struct event_field fields[] = {
        EVENT_NUMBER("sessions", hub_session_count(s->hub)),
        EVENT_TEXT("reason", STR("the server was told to stop")),
    };

    event_emit(s->node.events, EVENT_DRAINING, &s->node.subject, fields, 2);
    services_stop_accepting(s->services);
    hub_drain(s->hub);
    wait_for_sessions(s->hub, signals, timeout_ms);
    hub_end_sessions(s->hub);
    services_stop(&s->services);
    node_tell(&s->node, EVENT_SERVER_STOPPED);
}

static int
serve(const char *path)
{
    struct server server = { 0 };
    sigset_t signals;
    int signal_number;

    prepare_process(&signals);
    if (start(&server, path) != OK) {
        fprintf(stderr, "convoy: %s\n", fail_reason());
        server_done(&server);
        return 1;
    }
    puts("ready");
    fflush(stdout);
    sigwait(&signals, &signal_number);
    drain(&server, &signals);
    server_done(&server);
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
