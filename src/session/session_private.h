/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_private.h - a session and the hub it belongs to, from inside.
 */
#pragma once

#include "account/account.h"
#include "base/random.h"
#include "session/session.h"
#include "vfs/transfers.h"

#include <pthread.h>
#include <stdatomic.h>

enum { PEER_TEXT = 64, USER_MAXIMUM = 256, END_REASON = 160 };

struct hub {
    struct hub_options options;
    struct accounts *accounts;
    struct uploads *uploads;
    struct worker *worker; /* what confined sessions may not do */
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
    struct transfers *transfers; /* of `files` */

    char *shown_account; /* what the roster shows since the login, guarded */
    char *shown_uuid;    /* by the hub's lock; NULL before */
    struct transfers *shown_transfers;

    int64_t opened_ms;
    _Atomic int64_t touched_ms;
    int64_t login_timeout_ms; /* 0: none, as for the next */
    int64_t idle_timeout_ms;
    atomic_bool is_busy;
    atomic_bool is_told_to_end;  /* for end_reason, which was written before */
    char end_reason[END_REASON]; /* and never changes afterwards */
};

/* Build the stack of vfs layers for session->account. */
MUST_CHECK enum status session_open_files(struct session *);

/* Free the stack and what it borrowed. */
void session_close_files(struct session *);

void hub_add(struct hub *, struct session *);
void hub_remove(struct hub *, struct session *);

/* The roster shows the account and its transfers from now on. */
MUST_CHECK enum status roster_logged_in(struct session *);
/* Behind hub_remove(). */
void roster_free(struct session *);
/* Have its thread end it, busy or not, within moments. The hub's lock is
 * held. */
void roster_end(struct session *, const char *why);
