/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz.h - the one function that a fuzz target defines. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Feed one input to the code under test. Returns 0; a bug ends the process. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
