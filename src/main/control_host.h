/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_host.h - the control socket of the running server.
 */
#pragma once

#include "main/server.h"

struct control;

/* To be called by the thread that waits for signals: it gets a SIGUSR2 when
 * another process has taken over. From now on operators' commands are answered;
 * the server outlives it. ERR_BUSY: another server has the socket. */
MUST_CHECK enum status control_start(struct server *, struct control **out);
/* Commands that run end first. Safe on NULL. */
void control_stop(struct control **);
