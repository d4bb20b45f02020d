/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thread.h - threads with small stacks, and locks that end with their scope.
 */
#pragma once

#include "base/status.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

enum { THREAD_STACK = 256 * 1024 };

/*
 * Start run(arg) on a thread of its own with every signal blocked; `name` (at
 * most 15 bytes) shows in ps and gdb. Joinable: the caller joins it.
 */
MUST_CHECK enum status thread_start(pthread_t *thread_out, const char *name,
                                    void *(*run)(void *), void *arg);

/* The same, but it cleans up after itself and cannot be joined. */
MUST_CHECK enum status thread_start_detached(const char *name,
                                             void *(*run)(void *), void *arg);

/*
 * Waking a thread that waits for a descriptor. Threads of ours have all signals
 * blocked; one that waits in ppoll() with thread_wait_mask() comes out of it
 * (EINTR) when another calls thread_wake(), also when that was before the wait.
 */
void thread_wakes_init(void); /* once, before the first wake */
void thread_wake(pthread_t);
void thread_wait_mask(sigset_t *mask_out);

/* Hold `mutex` until the end of the enclosing scope. */
#define LOCK_SCOPE(mutex)                                                      \
    __attribute__((unused)) AUTO(thread_unlock_scope)                          \
        pthread_mutex_t *scope_lock_ = thread_lock_scope(mutex)

pthread_mutex_t *thread_lock_scope(pthread_mutex_t *);
void thread_unlock_scope(pthread_mutex_t **);

/* Initialise a condition that waits on the monotonic clock. */
void thread_condition_init(pthread_cond_t *);

/* Wait for at most `timeout_ms`; false when the time ran out. */
bool thread_condition_wait(pthread_cond_t *, pthread_mutex_t *,
                           long timeout_ms);
