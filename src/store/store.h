/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - facts that survive and are shared.
 *
 * A small key-value store in etcd's terms, so that one machine (in_sqlite),
 * many (in_etcd, later) and tests (in_memory) look the same from above. Keys
 * are text with slashes, at most STORE_KEY bytes; values are bytes, at most
 * STORE_VALUE. Every successful commit gets a revision, higher than all before.
 *
 * A key written under a lease disappears with the lease: when it is revoked,
 * or not renewed in time. Every function may be called from any thread.
 *
 * Errors: ERR_NOT_FOUND no such key or lease; ERR_CONFLICT a compare failed
 * and nothing was written; ERR_TIMEOUT the outcome of a commit is unknown:
 * read back before repeating; ERR_IO the store cannot be reached or is broken.
 */
#pragma once

#include "base/buffer.h"
#include "base/clock.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum { STORE_KEY = 512, STORE_VALUE = 512 * 1024, STORE_CHANGES = 64 };

struct store;
struct store_watch;

struct store_entry {
    struct str key; /* borrowed, like value: valid during the callback */
    struct str value;
    uint64_t created;  /* revision of the commit that made the key: the
                          fencing token of a lock */
    uint64_t modified; /* revision of the last commit that wrote it */
    uint64_t lease;    /* 0: none */
};

/* Read one key: its value is appended to *value_out (may be NULL), the numbers
 * go to *entry_out (may be NULL), whose key and value stay empty. */
MUST_CHECK enum status store_get(struct store *, const char *key,
                                 struct buffer *value_out,
                                 struct store_entry *entry_out);

/* Call `visit` for every key that starts with `prefix`, in byte order, from
 * one consistent state; it stops at the first result that is not OK and
 * returns it. `visit` may call the store. */
typedef enum status store_visit(void *arg, const struct store_entry *);
MUST_CHECK enum status store_list(struct store *, const char *prefix,
                                  store_visit *visit, void *arg);

enum store_kind {
    STORE_CHECK, /* compare only */
    STORE_PUT,
    STORE_DELETE, /* a missing key is no error */
};

#define STORE_ANY    UINT64_MAX /* no compare */
#define STORE_ABSENT 0          /* the key must not exist */

struct store_change {
    enum store_kind kind;
    const char *key;
    struct str value;  /* STORE_PUT */
    uint64_t lease;    /* STORE_PUT; 0: none */
    uint64_t expected; /* `modified` as it must be, STORE_ANY, STORE_ABSENT */
};

/* All of the changes (at most STORE_CHANGES) or none of them. */
MUST_CHECK enum status store_commit(struct store *,
                                    const struct store_change *changes,
                                    size_t count, uint64_t *revision_out);

MUST_CHECK enum status store_lease_grant(struct store *, int64_t ttl_ms,
                                         uint64_t *lease_out);
MUST_CHECK enum status store_lease_renew(struct store *, uint64_t lease);
MUST_CHECK enum status store_lease_revoke(struct store *, uint64_t lease);

/*
 * From now on call `changed` for every key that starts with `prefix` and was
 * written (entry as it is now) or deleted (value empty, modified 0), each at
 * least once for the last of several changes, on a thread of the store's. It
 * must not call store_unwatch. Changes by other processes count, but a key
 * that one of them makes and deletes within 100 ms may go unnoticed.
 */
typedef void store_changed(void *arg, const struct store_entry *);
MUST_CHECK enum status store_watch(struct store *, const char *prefix,
                                   store_changed *changed, void *arg,
                                   struct store_watch **watch_out);

/* No call of `changed` runs or starts once this returned. */
void store_unwatch(struct store *, struct store_watch **);

/* Stop and free; leases that were granted here are left to run out. */
void store_close(struct store **);

/* Nothing survives; for tests and for nodes that stand alone without state. */
MUST_CHECK enum status store_in_memory(struct clock *,
                                       struct store **store_out);

/*
 * One file, shared by the processes of one machine, not over a network. Made
 * with mode 0600, as are the files -wal, -shm and -revision beside it, which
 * belong to it. Commits without a lease are synced when `durable`; commits that
 * only touch leased keys are not, since what they say ends with the processes
 * anyway: leases and leased keys do not outlive the boot of the machine. A
 * commit that mixes both is synced, and a power cut leaves all of it but the
 * leased keys, or nothing. ERR_IO says so when the file is damaged, of another
 * program, or of another version of Convoy.
 */
MUST_CHECK enum status store_in_sqlite(const char *path, bool durable,
                                       struct clock *,
                                       struct store **store_out);

/*
 * For tests: asked before each call whether it fails. `call` is the name of the
 * function ("store_commit", …), `key` the first key, the prefix, or "" for a
 * lease. OK lets the call through. Any other answer is what the caller gets;
 * with *done_out = true the call is carried out all the same, as when the
 * answer of a store is lost on its way (ERR_TIMEOUT).
 */
typedef enum status store_fault(void *arg, const char *call, const char *key,
                                bool *done_out);
/* Takes `inner` over, also when it fails. */
MUST_CHECK enum status store_with_faults(struct store *inner,
                                         store_fault *fault, void *arg,
                                         struct store **store_out);
