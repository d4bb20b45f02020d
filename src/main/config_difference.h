/* SPDX-License-Identifier: Apache-2.0 */
/* config_difference.h - what is not the same in two configurations. */
#pragma once

#include "config/config.h"

/* Whether two sections of one type say different things. */
bool section_differs(const struct section *, const struct section *);

/* Warn of each option that has changed and that only a restart brings into
 * force. */
void config_report_restarts(const struct config *was, const struct config *is,
                            struct report *);
