/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sum_command.h - `md5sum FILE…` and its like as an engine, which is what
 * rclone asks servers for by exec.
 *
 * The files are those of a vfs. Words are split and quotes undone as a shell
 * would; no other byte has a meaning, and nothing is expanded. Without a file,
 * or for "-", the bytes of the channel are summed up. Lines are those of
 * coreutils, names with a backslash or a line break escaped. Files that
 * cannot be read are told on standard error, and make the exit status 1.
 */
#pragma once

#include "ssh/engine.h"
#include "vfs/vfs.h"

enum { SUM_COMMAND = 64 * 1024 }; /* longest command taken */

/* `files` is borrowed. ERR_UNSUPPORTED: an unknown command. ERR_INVALID: an
 * option, a quote that is not closed, a NUL, or too long. */
MUST_CHECK enum status sum_command_new(struct vfs *files, struct str command,
                                       struct engine **engine_out);
