/* SPDX-License-Identifier: Apache-2.0 */
/* libc_tuning.c - getting the C library's best out of this processor. */
#include "base/libc_tuning.h"

#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>

enum { MENDED_MAJOR = 2, MENDED_MINOR = 39 };

#if defined(__x86_64__)
static bool
is_amd(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_is("amd") != 0;
}
#else
static bool
is_amd(void)
{
    return false;
}
#endif

static bool
is_mended(void)
{
    int major = 0;
    int minor = 0;

    return sscanf(gnu_get_libc_version(), "%d.%d", &major, &minor) != 2 ||
           major > MENDED_MAJOR ||
           (major == MENDED_MAJOR && minor >= MENDED_MINOR);
}

bool
libc_wants_tuning(void)
{
    return is_amd() && !is_mended() && getenv("GLIBC_TUNABLES") == NULL;
}

void
libc_tune(void)
{
    setenv("GLIBC_TUNABLES", "glibc.cpu.x86_rep_movsb_threshold=16777216", 1);
}
