/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.c - a thread that does for confined threads what they may not.
 *
 * A job lies on the stack of whoever waits for it, so nothing is allocated and
 * a queue of any length costs nothing.
 */
#include "base/worker.h"

#include "base/thread.h"

#include <stdio.h>
#include <stdlib.h>

enum { REASON = 512 };

struct job {
    struct job *next;
    enum status (*run)(void *arg);
    void *arg;
    bool is_done;
    enum status status;
    char reason[REASON]; /* of the worker's thread, for the waiting one */
};

struct worker {
    pthread_t thread;
    pthread_mutex_t lock; /* guards all below; a leaf */
    pthread_cond_t changed;
    struct job *first;
    struct job **last; /* where the next one is hung */
    bool is_ending;
};

static struct job *
next_job(struct worker *worker)
{
    LOCK_SCOPE(&worker->lock);
    while (worker->first == NULL && !worker->is_ending)
        pthread_cond_wait(&worker->changed, &worker->lock);
    struct job *job = worker->first;

    if (job == NULL)
        return NULL;
    worker->first = job->next;
    if (worker->first == NULL)
        worker->last = &worker->first;
    return job;
}

static void
finish_job(struct worker *worker, struct job *job)
{
    LOCK_SCOPE(&worker->lock);
    job->is_done = true;
    pthread_cond_broadcast(&worker->changed);
}

static void *
run_jobs(void *arg)
{
    struct worker *worker = arg;
    struct job *job;

    while ((job = next_job(worker)) != NULL) {
        job->status = job->run(job->arg);
        snprintf(job->reason, sizeof job->reason, "%s", fail_reason());
        finish_job(worker, job);
    }
    return NULL;
}

static void
worker_free(struct worker *worker)
{
    pthread_cond_destroy(&worker->changed);
    pthread_mutex_destroy(&worker->lock);
    free(worker);
}

enum status
worker_start(const char *name, struct worker **out)
{
    struct worker *worker = calloc(1, sizeof *worker);

    if (worker == NULL)
        return fail(ERR_MEMORY, "no memory for a worker");
    pthread_mutex_init(&worker->lock, NULL);
    thread_condition_init(&worker->changed);
    worker->last = &worker->first;
    enum status status = thread_start(&worker->thread, name, run_jobs, worker);
    if (status != OK) {
        worker_free(worker);
        return status;
    }
    *out = worker;
    return OK;
}

static void
tell_to_end(struct worker *worker)
{
    LOCK_SCOPE(&worker->lock);
    worker->is_ending = true;
    pthread_cond_broadcast(&worker->changed);
}

void
worker_stop(struct worker **worker)
{
    if (*worker == NULL)
        return;
    tell_to_end(*worker);
    pthread_join((*worker)->thread, NULL);
    worker_free(*worker);
    *worker = NULL;
}

static void
wait_for(struct worker *worker, struct job *job)
{
    LOCK_SCOPE(&worker->lock);
    *worker->last = job;
    worker->last = &job->next;
    pthread_cond_broadcast(&worker->changed);
    while (!job->is_done)
        pthread_cond_wait(&worker->changed, &worker->lock);
}

enum status
worker_run(struct worker *worker, enum status (*run)(void *arg), void *arg)
{
    struct job job = { .run = run, .arg = arg };

    wait_for(worker, &job);
    return job.status == OK ? OK : fail(job.status, "%s", job.reason);
}
