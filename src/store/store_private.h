/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_private.h - what a driver of the store is made of.
 *
 * The functions of store.h check their arguments and call these, so a driver
 * gets sound keys, values within the caps, and no two writes of one key in a
 * commit. Two things are the same in every driver and live beside it: a
 * listing that was taken from one state (listing.c) and the telling of watches
 * (watches.c).
 *
 * Lock order: the driver's own lock, then that of its watches.
 */
#pragma once

#include "store/store.h"

struct store_ops {
    enum status (*get)(struct store *, const char *key, struct buffer *,
                       struct store_entry *);
    enum status (*list)(struct store *, const char *prefix, store_visit *,
                        void *arg);
    enum status (*commit)(struct store *, const struct store_change *,
                          size_t count, uint64_t *revision_out);
    enum status (*lease_grant)(struct store *, int64_t ttl_ms, uint64_t *);
    enum status (*lease_renew)(struct store *, uint64_t lease);
    enum status (*lease_revoke)(struct store *, uint64_t lease);
    enum status (*watch)(struct store *, const char *prefix, store_changed *,
                         void *arg, struct store_watch **);
    void (*unwatch)(struct store *, struct store_watch *);
    void (*close)(struct store *);
    /* Now and then, on the thread of the watches: end what ran out. True when
     * somebody else may have committed since the last time. */
    bool (*tick)(struct store *);
};

struct store {
    const struct store_ops *ops;
    struct watches *watches; /* NULL in a driver that hands watches on */
};

/* What a compare is made with: `modified` is 0 when there is no such key. */
MUST_CHECK enum status store_compare(const struct store_change *,
                                     uint64_t modified);

/* Entries in the order of their keys, copied from one state of the store. */
struct listing {
    struct store_entry *entries; /* key and value lie behind each other in one
                                    allocation, a NUL behind the key */
    size_t count;
    size_t room;
};

MUST_CHECK enum status listing_add(struct listing *, const struct store_entry *,
                                   bool with_value);
MUST_CHECK enum status listing_visit(const struct listing *, store_visit *,
                                     void *arg);
void listing_done(struct listing *);

/*
 * The watches of one store and the thread that tells them. A driver notes the
 * keys that it changed; keys that other processes changed are found by
 * comparing listings whenever its tick() says so.
 */
MUST_CHECK enum status watches_new(struct store *, struct watches **out);

/* Ends the thread; to be called before anything that tick() needs is freed. */
void watches_free(struct watches **);

/* The key was written or deleted. Cheap while nobody watches; may be called
 * under the driver's lock. */
void watches_note(struct watches *, const char *key);

/* store_watch and store_unwatch for drivers that use this. */
MUST_CHECK enum status watches_watch(struct store *, const char *prefix,
                                     store_changed *, void *arg,
                                     struct store_watch **watch_out);
void watches_unwatch(struct store *, struct store_watch *);
