/* SPDX-License-Identifier: Apache-2.0 */
/* generate_private.h - what the things to generate share. */
#pragma once

#include "base/status.h"
#include "base/str.h"

#include <sys/types.h>

/* Exit codes, having said why. */
int generate_fail_usage(const char *what);
int generate_fail_reported(void);

/* Never over a file that is there: it may be the only copy of a key. */
MUST_CHECK enum status generate_write_new(const char *path, mode_t mode,
                                          struct str bytes);
/* `path` is for the reason. */
MUST_CHECK enum status generate_write_all(int file, const char *path,
                                          struct str bytes);

/* generate_tls.c */
int generate_tls_certificate(int argc, char **argv);
