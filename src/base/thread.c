/* SPDX-License-Identifier: Apache-2.0 */
/* thread.c - threads with small stacks, and locks that end with their scope. */
#include "base/thread.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct start {
    char name[16];
    void *(*run)(void *);
    void *arg;
};

static void *
run_named(void *arg)
{
    struct start start = *(struct start *)arg;

    free(arg);
    pthread_setname_np(pthread_self(), start.name);
    return start.run(start.arg);
}

static enum status
start_with(const pthread_attr_t *attributes, pthread_t *thread,
           struct start *start)
{
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(thread, attributes, run_named, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0)
        return OK;
    free(start);
    return fail_errno(error, "cannot start a thread");
}

static enum status
start_thread(pthread_t *thread, int detach, const char *name,
             void *(*run)(void *), void *arg)
{
    struct start *start = malloc(sizeof *start);
    pthread_attr_t attributes;

    if (start == NULL)
        return fail(ERR_MEMORY, "no memory for a thread");
    snprintf(start->name, sizeof start->name, "%s", name);
    start->run = run;
    start->arg = arg;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, detach);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    /* Sanitizers make frames several times larger. */
    pthread_attr_setstacksize(&attributes, THREAD_STACK);
#endif
    enum status status = start_with(&attributes, thread, start);
    pthread_attr_destroy(&attributes);
    return status;
}

enum status
thread_start(pthread_t *thread_out, const char *name, void *(*run)(void *),
             void *arg)
{
    return start_thread(thread_out, PTHREAD_CREATE_JOINABLE, name, run, arg);
}

enum status
thread_start_detached(const char *name, void *(*run)(void *), void *arg)
{
    pthread_t unused;

    return start_thread(&unused, PTHREAD_CREATE_DETACHED, name, run, arg);
}

/* That it was called is all that is wanted: the wait is over. */
static void
end_the_wait(int number)
{
    (void)number;
}

void
thread_wakes_init(void)
{
    struct sigaction action = { .sa_handler = end_the_wait };

    sigaction(SIGUSR1, &action, NULL);
}

void
thread_wake(pthread_t thread)
{
    pthread_kill(thread, SIGUSR1);
}

void
thread_wait_mask(sigset_t *mask_out)
{
    sigfillset(mask_out);
    sigdelset(mask_out, SIGUSR1);
}

pthread_mutex_t *
thread_lock_scope(pthread_mutex_t *mutex)
{
    pthread_mutex_lock(mutex);
    return mutex;
}

void
thread_unlock_scope(pthread_mutex_t **mutex)
{
    pthread_mutex_unlock(*mutex);
}

void
thread_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

bool
thread_condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                      long timeout_ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return pthread_cond_timedwait(condition, mutex, &until) == 0;
}
