/* SPDX-License-Identifier: Apache-2.0 */
/* worker_test.c - one thread that works for others. */
#include "base/worker.h"

#include "base/thread.h"
#include "test.h"

#include <stdatomic.h>
#include <unistd.h>

enum { CALLERS = 8, JOBS = 200 };

static struct worker *worker;

SETUP()
{
    EXPECT_OK(worker_start("worker", &worker));
}

TEARDOWN()
{
    worker_stop(&worker);
    EXPECT(worker == NULL);
    worker_stop(&worker);
}

static enum status
note_thread(void *arg)
{
    *(pid_t *)arg = gettid();
    return OK;
}

TEST(a_job_runs_on_the_thread_of_the_worker_and_is_waited_for)
{
    pid_t first = 0;
    pid_t second = 0;

    EXPECT_OK(worker_run(worker, note_thread, &first));
    EXPECT_OK(worker_run(worker, note_thread, &second));
    EXPECT(first != 0 && first != gettid());
    EXPECT(second == first);
}

static enum status
fail_so(void *arg)
{
    return fail(ERR_CONFLICT, "'%s' is not what it was", (const char *)arg);
}

TEST(what_a_job_says_comes_along_with_its_sentence)
{
    char name[] = "report";

    EXPECT_STATUS(worker_run(worker, fail_so, name), ERR_CONFLICT);
    EXPECT_TEXT(fail_reason(), "'report' is not what it was");
}

struct count {
    struct worker *worker;
    unsigned jobs; /* only the worker's thread touches it: TSan would tell */
    atomic_uint at_once;
    atomic_uint most_at_once;
};

static enum status
count_one(void *arg)
{
    struct count *count = arg;
    unsigned now = atomic_fetch_add(&count->at_once, 1) + 1;

    if (now > atomic_load(&count->most_at_once))
        atomic_store(&count->most_at_once, now);
    count->jobs++;
    atomic_fetch_sub(&count->at_once, 1);
    return OK;
}

static void *
ask_often(void *arg)
{
    struct count *count = arg;
    size_t done = 0;

    for (int i = 0; i < JOBS; i++)
        done += worker_run(count->worker, count_one, count) == OK;
    return (void *)done; /* NOLINT(performance-no-int-to-ptr) */
}

TEST(jobs_of_many_threads_run_one_at_a_time_and_none_is_lost)
{
    struct count count = { .worker = worker };
    pthread_t callers[CALLERS];

    for (size_t i = 0; i < CALLERS; i++)
        EXPECT_OK(thread_start(&callers[i], "caller", ask_often, &count));
    for (size_t i = 0; i < CALLERS; i++) {
        void *done = NULL;

        pthread_join(callers[i], &done);
        EXPECT((size_t)done == JOBS);
    }
    EXPECT(count.jobs == CALLERS * JOBS);
    EXPECT(atomic_load(&count.most_at_once) == 1);
}
