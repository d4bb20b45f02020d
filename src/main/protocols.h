/* SPDX-License-Identifier: Apache-2.0 */
/* protocols.h - what a [services/ID] may speak. */
#pragma once

#include "main/service.h"

/* Of the section's type; NULL when it is not here yet. */
const struct protocol *protocol_of(const struct section *);
