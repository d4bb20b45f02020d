/* SPDX-License-Identifier: Apache-2.0 */
/* transfer.h - what the verbs of transfers need beyond ftp_private.h. */
#pragma once

#include "ftp/ftp_private.h"

enum { FTP_REASON = 256 };

/* As ftp_open_data(), with another sentence behind 150. */
MUST_CHECK bool ftp_open_data_saying(struct ftp_connection *, const char *said,
                                     struct stream **out);

/* c->mover for this file over this stream, from its beginning to its end. */
void ftp_mover(struct ftp_connection *, struct stream *, struct vfs_file *);

/* The client has closed the control connection, or it was cut. */
bool ftp_control_is_gone(struct ftp_connection *);
