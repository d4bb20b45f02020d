/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp_connection.h - one client of FTP, from its first byte to its last.
 *
 * RFC 959 with 1123, 2228, 2389, 2428, 2640, 3659, 4217 and 7151.
 */
#pragma once

#include "ftp/ftp_service.h"

/* Serve the client until it leaves or is sent away, on the calling thread.
 * Owns the socket, the visitor and the reference to its service. */
void ftp_connection_serve(struct ftp_service *, int socket, struct visitor *);
