/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_private.h - a session and the hub it belongs to, from inside.
 */
#pragma once

#include "account/account.h"
#include "base/random.h"
#include "session/session.h"

#include <pthread.h>
#include <stdatomic.h>

enum { PEER_TEXT = 64, USER_MAXIMUM = 256 };

struct hub {
    struct hub_options options;
    struct accounts *accounts;
    struct uploads *uploads;
    atomic_bool is_draining;
    atomic_bool is_ending;
    pthread_mutex_t lock; /* guards the roster below; a leaf */
    struct session *newest;
    size_t count;
};

struct session {
    struct hub *hub;
    struct session *older; /* the roster, guarded by the hub's lock */
    struct session *newer;
    struct session_options options;
    pthread_t thread; /* that serves it, to be woken */
    char id[UUID_TEXT];
    char peer_address[PEER_TEXT];
    struct event_subject subject;

    struct accounts *accounts;     /* the snapshot this session logs in with */
    const struct account *account; /* of that snapshot; NULL before login */
    char user[USER_MAXIMUM + 1];   /* for whom `proved` holds */
    size_t user_len;
    unsigned proved; /* enum credential */
    unsigned refusals;
    const char **link_targets; /* allowed_link_targets, absolute */
    struct vfs *files;

    int64_t opened_ms;
    int64_t touched_ms;
    int64_t login_timeout_ms; /* 0: none, as for the next */
    int64_t idle_timeout_ms;
    atomic_bool is_busy;
};

/* Build the stack of vfs layers for session->account. */
MUST_CHECK enum status session_open_files(struct session *);

/* Free the stack and what it borrowed. */
void session_close_files(struct session *);

void hub_add(struct hub *, struct session *);
void hub_remove(struct hub *, struct session *);
