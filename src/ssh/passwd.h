/* SPDX-License-Identifier: Apache-2.0 */
/*
 * passwd.h - `ssh HOST passwd`: changing the own password, as an engine.
 *
 * A dialogue of lines: the current password, the new one, the new one again.
 * Questions and what goes wrong are said on standard error, so that a program
 * may feed the three lines and look at the exit status: 0 when the password
 * is changed, else 1. There is no terminal, so nothing here hides what a
 * person types.
 */
#pragma once

#include "ssh/engine.h"

struct passwd_options {
    /* As session_change_password(): the sentence of ERR_DENIED and ERR_INVALID
     * is for the user, of others for the log. */
    enum status (*change)(void *arg, struct str old, struct str new_password);
    void *arg;
};

MUST_CHECK enum status passwd_new(const struct passwd_options *,
                                  struct engine **engine_out);
