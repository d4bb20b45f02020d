/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confinement.h - the walls that the server puts around itself.
 */
#pragma once

#include "main/node.h"

/*
 * From now on the process makes no other system calls than those it needs; an
 * event says which walls stand, this one and the sessions' own. Does nothing
 * when [server] confinement is off. A kernel that cannot is told by an event;
 * any other failure is a reason not to serve.
 */
MUST_CHECK enum status confinement_start(struct node *, struct config *);
