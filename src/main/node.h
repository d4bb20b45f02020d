/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node.h - this machine's part: its folder of state, its store, its events.
 */
#pragma once

#include "config/config.h"
#include "event/event.h"
#include "store/store.h"

enum { NODE_ID = 128, NODE_NAME = 256 };

struct node {
    char name[NODE_NAME]; /* of the server, in events */
    char id[NODE_ID];     /* [server] uuid when the file sets it, or one of its
                             own that is kept in the state folder */
    struct events *events;
    struct store *store;
    struct event_subject subject; /* the server itself */
};

/* Make what is missing, open the rest. node_done() also after a failure. */
MUST_CHECK enum status node_init(struct node *, struct config *);
void node_done(struct node *);

/* What another configuration says about events, made ready: its files are
 * open. To be handed to node_adopt(), or freed. */
MUST_CHECK enum status node_prepare_events(const struct node *, struct config *,
                                           struct events **events_out);
/* From now on events go where `fresh` says; frees it. */
void node_adopt(struct node *, struct config *, struct events **fresh);

/* An event about the server itself. */
void node_tell(struct node *, enum event_id id);
