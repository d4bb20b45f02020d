/* SPDX-License-Identifier: Apache-2.0 */
/* nearest.c - which of the known names a mistyped one was meant to be. */
#include "config/nearest.h"

enum { LONGEST = 64 };

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/*
 * Insertions, deletions, changes and swaps of neighbours (optimal string
 * alignment): row i of the table needs the two rows above it only.
 */
static size_t
distance(struct str a, struct str b)
{
    size_t rows[3][LONGEST + 1];

    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *now = rows[i % 3], *above = rows[(i + 2) % 3];
        const size_t *before = rows[(i + 1) % 3];

        now[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t change = a.data[i - 1] != b.data[j - 1];

            now[j] =
                least(above[j - 1] + change, least(above[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] &&
                a.data[i - 2] == b.data[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

void
nearest_try(struct nearest *n, struct str candidate, const char *known)
{
    if (n->name.len > LONGEST || candidate.len > LONGEST)
        return;
    size_t edits = distance(n->name, candidate);

    if (edits > n->name.len / 3 + 1 || edits >= candidate.len)
        return;
    if (n->best == NULL || edits < n->distance) {
        n->best = known;
        n->distance = edits;
    }
}
