/* SPDX-License-Identifier: Apache-2.0 */
/*
 * successor.h - starting the program that is to take the server's place.
 */
#pragma once

#include "main/server.h"

#include <sys/types.h>

/*
 * Start `program` ("": the one that runs, as it is on the disk by now) as
 * `serve -c FILE --take-over`. It is a child of ours, so a service manager
 * keeps it with us; whether it can take over is seen when it does.
 */
MUST_CHECK enum status successor_start(struct server *, const char *program,
                                       pid_t *pid_out);

/* The path of the program that runs, NUL-terminated. To be asked before its
 * file is replaced. */
MUST_CHECK enum status successor_own_program(char *path, size_t size);
