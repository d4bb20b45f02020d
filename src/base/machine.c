/* SPDX-License-Identifier: Apache-2.0 */
/* machine.c - a state that only moves along the rows of its table. */
#include "base/machine.h"

#include <stdio.h>
#include <stdlib.h>

const char *
machine_move(struct machine *machine, int to)
{
    for (size_t i = 0; i < machine->count; i++) {
        const struct machine_move *move = &machine->moves[i];
        if (move->from == machine->state && move->to == to) {
            machine->state = to;
            return move->because;
        }
    }
    fprintf(stderr, "machine: no move from %d to %d\n", machine->state, to);
    abort();
}
