/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_path.h - where the control socket is.
 */
#pragma once

#include "config/config.h"

#include <sys/socket.h>
#include <sys/un.h>

/* control_socket of [server], absolute, appended to *out. */
MUST_CHECK enum status control_path_of(const struct config *,
                                       struct buffer *out);

/*
 * The address of a socket with that path. One that is longer than an address
 * may be goes by way of its folder, whose descriptor is in *folder_out until
 * the caller has used the address and closes it; -1 when it is not needed.
 */
MUST_CHECK enum status control_address(const char *path,
                                       struct sockaddr_un *out,
                                       socklen_t *len_out, int *folder_out);
