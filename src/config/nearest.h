/* SPDX-License-Identifier: Apache-2.0 */
/* nearest.h - which of the known names a mistyped one was meant to be. */
#pragma once

#include "base/str.h"

struct nearest {
    struct str name; /* looked for */
    const char *best;
    size_t distance; /* edits between the two */
};

#define NEAREST(looked_for) ((struct nearest){ .name = (looked_for) })

/* Keep the candidate if it is nearer than the best so far. A candidate that
 * differs in more than a third of the name is none. */
void nearest_try(struct nearest *, struct str candidate, const char *known);
