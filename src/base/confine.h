/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confine.h - giving up what is not needed.
 *
 * Two walls behind the checks of our own: Landlock keeps a thread (and those
 * that it starts) to some folders for the rest of its life, seccomp keeps the
 * process to the system calls that it makes. Where the kernel lacks one, the
 * call says ERR_UNSUPPORTED and changes nothing; `convoy doctor` tells.
 */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct confine_folder {
    const char *path; /* absolute; what is below it */
    bool may_write;
};

/* From now on this thread opens nothing outside of these folders, runs no
 * program, and cannot take any of this back. What is open stays open. A folder
 * that is not there now stays closed. */
MUST_CHECK enum status confine_thread(const struct confine_folder *,
                                      size_t count);

/* From now on no thread of this process, nor a program it starts, makes other
 * system calls than those of the list in confine_calls.c, nor gains privileges
 * from a file. */
MUST_CHECK enum status confine_process(void);

/* Landlock's ABI version of this kernel, 0 when there is none. */
int confine_landlock_version(void);
