/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify.h - telling the service manager how it goes.
 *
 * The protocol of sd_notify(3): a datagram of NAME=value lines to the socket
 * that the environment names. Without one there is no manager to tell, and
 * every call does nothing. Nothing here ever fails for the caller: a service
 * does not stop working because nobody listens.
 *
 * Calls may come from any thread.
 */
#pragma once

#include "base/status.h"

#include <stdint.h>
#include <sys/types.h>

struct notify;

/* Read NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. Only memory can be out.
 */
MUST_CHECK enum status notify_open(struct notify **out);
void notify_close(struct notify **); /* safe on NULL */

/* It serves; `status` is a line for people. Also the end of a reload. */
void notify_ready(struct notify *, const char *status);
/* It reads its configuration again; notify_ready() follows. */
void notify_reloading(struct notify *);
/* It is about to end. */
void notify_stopping(struct notify *, const char *status);

/* Another process has taken over; the manager hears of it, and nothing more
 * from this one. */
void notify_successor(struct notify *, pid_t successor);

/* How often notify_alive() has to be called, twice in the time that the
 * manager waits; 0 when it does not. */
int64_t notify_alive_ms(const struct notify *);
/* The loop that all depends on still turns. To be called from that loop, or a
 * hang is hidden. */
void notify_alive(struct notify *);
/* The same while it is about to end, and it still needs its time. */
void notify_alive_stopping(struct notify *);
