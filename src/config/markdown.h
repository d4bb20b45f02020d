/* SPDX-License-Identifier: Apache-2.0 */
/* markdown.h - the reference pages, made from the rows. */
#pragma once

#include "base/buffer.h"
#include "config/option.h"

/* The page of all families, or the part of one (NULL for all). */
MUST_CHECK enum status options_to_markdown(const struct family *,
                                           struct buffer *out);
