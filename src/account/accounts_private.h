/* SPDX-License-Identifier: Apache-2.0 */
/*
 * accounts_private.h - the accounts of a snapshot, and what checks share.
 */
#pragma once

#include "account/account.h"
#include "account/hash.h"

#include <pthread.h>
#include <stdatomic.h>

struct entry {
    struct account account;
    const char *password; /* as written; belongs to the snapshot */
    const char *blocked;  /* why it may not log in (static), or NULL */
    char *home;           /* owned; account.home_folder_path */
};

struct accounts {
    atomic_uint references;
    struct config *config;
    struct clock *clock;
    struct entry *entries; /* sorted by name, no name twice */
    size_t count;
    char dummy[HASH_TEXT]; /* checked where there is no hash to check */

    /* Hashes under way; no other lock is taken while this one is held. */
    pthread_mutex_t lock;
    pthread_cond_t a_place_is_free;
    unsigned places; /* guarded by lock */
};

const struct entry *accounts_entry(const struct accounts *, struct str name);

/*
 * The credential is right: say what that means for an account that may be
 * blocked or expired, or want other credentials. `proved` as in account.h.
 */
enum login entry_prove(const struct accounts *, const struct entry *,
                       enum credential, unsigned *proved,
                       const struct account **account_out);

/* What is wrong with the virtual_folders of an account or group. */
void account_check_folders(const struct section *, struct report *);
