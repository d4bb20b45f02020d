/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libc_tuning.h - getting the C library's best out of this processor.
 */
#pragma once

#include <stdbool.h>

/*
 * Whether the program would copy memory faster after a new start with
 * libc_tune(): on AMD processors, glibc before 2.39 copies 2 KiB and more with
 * an instruction that is several times slower there than its other ways
 * (docs/decisions/0007). False when GLIBC_TUNABLES is set: somebody knows
 * better, or it has been done.
 */
bool libc_wants_tuning(void);

/* Put into the environment what the next start reads. */
void libc_tune(void);
