/* SPDX-License-Identifier: Apache-2.0 */
/*
 * permission_move.h - may a folder be renamed with all that is in it?
 *
 * Rules go by paths, so whoever renames a folder gives everything inside a new
 * path, and perhaps other rules. It is allowed when every single rename would
 * be. Costs nothing without rules for single paths.
 */
#pragma once

#include "vfs/places.h"

enum {
    MOVE_ENTRIES = 10000, /* looked at; a folder with more is refused */
    MOVE_DEPTH = 64,
};

/* `unruled` is what lies below all rules: to look is no question of verbs. */
MUST_CHECK enum status permissions_check_move(const struct permission_rules *,
                                              struct vfs *unruled,
                                              struct str from, struct str to);
