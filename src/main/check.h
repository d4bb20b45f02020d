/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h - all that is wrong with a server.ini.
 */
#pragma once

#include "config/report.h"

/* A failure is about reading the file; mistakes in it are in the report. */
MUST_CHECK enum status config_examine(const char *path, struct report *);
