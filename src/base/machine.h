/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine.h - a state that only moves along the rows of its table.
 *
 * For things that live long (session, upload, node). A move that no row allows
 * is a bug of ours, so it aborts; the rows say why each move is made, and that
 * sentence is what an operator reads.
 */
#pragma once

#include <stddef.h>

struct machine_move {
    int from;
    int to;
    const char *because;
};

struct machine {
    const struct machine_move *moves;
    size_t count;
    int state;
};

/* Move to `to` and return the row's sentence; aborts when no row allows it. */
const char *machine_move(struct machine *, int to);
