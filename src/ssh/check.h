/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h - what is wrong with the services of type ssh in a configuration.
 */
#pragma once

#include "config/config.h"

/* Report, with their lines, algorithms in ssh_cipher_list that nobody knows:
 * errors. To be called wherever a configuration is checked or about to be
 * used. */
void ssh_check(const struct config *, struct report *);
