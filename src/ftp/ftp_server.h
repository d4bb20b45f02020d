/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp_server.h - a [services/ID] of type ftp or ftpsi.
 *
 * RFC 959 with 1123, 2228, 2389, 2428, 2640, 3659, 4217 and 7151. Shaped as
 * ssh_server.h, so that services.c needs a row.
 */
#pragma once

#include "base/status.h"
#include "config/config.h"
#include "session/session.h"

struct ftp_server;
