/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_private.h - a session and the hub it belongs to, from inside.
 */
#pragma once

#include "account/account.h"
#include "account/fingerprint.h"
#include "base/random.h"
#include "session/session.h"
#include "vfs/places.h"
#include "vfs/transfers.h"

#include <pthread.h>
#include <stdatomic.h>

enum { PEER_TEXT = 64, USER_MAXIMUM = 256, END_REASON = 160 };

struct hub {
    struct hub_options options; /* but for the configuration */
    struct uploads *uploads;
    struct worker *worker; /* what confined sessions may not do */
    atomic_bool is_draining;
    atomic_bool is_ending;
    pthread_t ender;
    bool has_ender;
    pthread_mutex_t lock; /* guards all below; a leaf */
    pthread_cond_t someone_ends;
    bool is_closing;
    struct config *config;     /* in force, and what its accounts are */
    struct accounts *accounts; /* to be had by hub_accounts_ref() */
    uint64_t revision;         /* of the two */
    struct session *newest;    /* the roster */
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

    struct accounts *accounts;      /* the snapshot this session logs in with */
    struct account_fingerprint met; /* of the account at the last attempt */
    const struct account *account;  /* of that snapshot; NULL before login */
    char user[USER_MAXIMUM + 1];    /* for whom `proved` holds */
    size_t user_len;
    unsigned proved; /* enum credential */
    unsigned refusals;
    const char *home; /* on the host; the account's; NULL: it has none */
    struct virtual_folder *folders; /* with text of their own */
    size_t folder_count;
    const char **link_targets; /* allowed_link_targets, absolute */
    struct permission_rules *permissions;
    struct staging_rules *staging;
    struct vfs *files;
    struct transfers *transfers; /* of `files` */

    char *shown_account; /* what the roster shows since the login, guarded */
    char *shown_uuid;    /* by the hub's lock; NULL before */
    struct transfers *shown_transfers;
    struct account_fingerprint fingerprint; /* of shown_account, guarded like
                                               it, as the next two */
    uint64_t seen;       /* the revision it was last compared with */
    int64_t leave_by_ms; /* then its connection is shut down; 0: it may stay */
    bool changes_own_password; /* guarded as well: see session_keep() */

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

/* sources.c: why nobody logs in to the account from there, or NULL. */
const char *session_source_refusal(const struct account *, const char *address);
/* The same, by that protocol. */
const char *session_protocol_refusal(const struct account *,
                                     const char *protocol);

/* The folders of the host that session->account may see: `home`, which is made
 * when the account says so, `folders` and `link_targets`. */
MUST_CHECK enum status session_find_roots(struct session *);
void session_forget_roots(struct session *);

/* Free the stack and what it borrowed. */
void session_close_files(struct session *);

/* rules.c: what `files` is built with and borrows, and its layer of names. */
MUST_CHECK enum status session_read_rules(struct session *);
void session_free_rules(struct session *);
MUST_CHECK enum status session_name_files(struct session *, struct vfs **files);

/* Keep this thread to the folders of session->account, for good. */
MUST_CHECK enum status session_confine(struct session *);

/* login.c: refusals are answered then, whatever took how long. */
void session_wait_fixed_time(const struct session *, int64_t began_ms);

/* snapshot.c */
struct accounts *hub_accounts_ref(struct hub *);
/* Before an attempt to log in: have the accounts that are in force. What was
 * proved for an account that has changed since counts no more. */
void snapshot_meet(struct session *, struct str user);
/* Behind roster_logged_in(): ERR_DENIED when the account has changed while it
 * logged in, or the service has stopped. */
MUST_CHECK enum status snapshot_confirm(struct session *);
/* While it is true, another password of the account does not end this session:
 * it is the one that changes it. To be set before the file is written. */
void session_keep(struct session *, bool changes_own_password);

/* ending.c */
MUST_CHECK enum status ending_start(struct hub *);
void ending_stop(struct hub *);
/* The session was told to end; the hub's lock is held. */
void ending_note(struct session *);

void hub_add(struct hub *, struct session *);
void hub_remove(struct hub *, struct session *);

/* The roster shows the account and its transfers from now on. */
MUST_CHECK enum status roster_logged_in(struct session *);
/* It does not any more: something else went wrong. */
void roster_logged_out(struct session *);
/* Behind hub_remove(). */
void roster_free(struct session *);
/* Have its thread end it, busy or not, within moments. The hub's lock is
 * held. */
void roster_end(struct session *, const char *why);
