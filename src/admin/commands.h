/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commands.h - what an operator may ask a running server over its control
 * socket. docs/operating.md lists the commands and the members of their
 * results.
 */
#pragma once

#include "admin/control.h"
#include "admin/host.h"

struct admin;

/* The host is borrowed. */
MUST_CHECK enum status admin_new(const struct admin_host *, struct admin **out);
void admin_free(struct admin **);

/* For control_answer(), with a struct admin as their `arg`. */
extern const struct control_command admin_commands[];
