/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.h - a thread that does for confined threads what they may not.
 *
 * Started before anybody is confined; one job at a time, in order.
 */
#pragma once

#include "base/status.h"

struct worker;

MUST_CHECK enum status worker_start(const char *name, struct worker **out);
/* Finish the jobs that wait, and end. Safe on NULL. */
void worker_stop(struct worker **);

/* Run job(arg) on the worker and wait for what it says; its fail_reason()
 * comes along. */
MUST_CHECK enum status worker_run(struct worker *,
                                  enum status (*job)(void *arg), void *arg);
