/* SPDX-License-Identifier: Apache-2.0 */
/* status_text.h - the answer to `status`, for people. */
#pragma once

#include <jansson.h>
#include <stdio.h>

void status_print(const json_t *result, FILE *to);
