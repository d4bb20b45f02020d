/* SPDX-License-Identifier: Apache-2.0 */
/* with_faults.c - a store that fails when a test wants it to. */
#include "store/store_private.h"

#include <stdlib.h>

struct faulty_store {
    struct store store;
    struct store *inner;
    store_fault *fault;
    void *arg;
};

/* What the test wants of a call; `carry_out` also when it is to fail. */
struct verdict {
    enum status status;
    bool carry_out;
};

static struct faulty_store *
faulty_of(struct store *store)
{
    return (struct faulty_store *)store;
}

static struct verdict
ask(struct faulty_store *f, const char *call, const char *key)
{
    bool done = false;
    enum status status = f->fault(f->arg, call, key, &done);

    return (struct verdict){ .status = status,
                             .carry_out = status == OK || done };
}

/* The inner call's own failure comes first. */
static enum status
judge(struct verdict verdict, enum status status)
{
    if (status != OK || verdict.status == OK)
        return status;
    return fail(verdict.status, "a fault of the store, as the test wants it");
}

static enum status
faulty_get(struct store *store, const char *key, struct buffer *value_out,
           struct store_entry *entry_out)
{
    struct faulty_store *f = faulty_of(store);
    struct verdict verdict = ask(f, "store_get", key);

    if (verdict.status != OK)
        return judge(verdict, OK);
    return store_get(f->inner, key, value_out, entry_out);
}

static enum status
faulty_list(struct store *store, const char *prefix, store_visit *visit,
            void *arg)
{
    struct faulty_store *f = faulty_of(store);
    struct verdict verdict = ask(f, "store_list", prefix);

    if (verdict.status != OK)
        return judge(verdict, OK);
    return store_list(f->inner, prefix, visit, arg);
}

static enum status
faulty_commit(struct store *store, const struct store_change *changes,
              size_t count, uint64_t *revision_out)
{
    struct faulty_store *f = faulty_of(store);
    struct verdict verdict = ask(f, "store_commit", changes[0].key);
    enum status status = OK;

    if (verdict.carry_out)
        status = store_commit(f->inner, changes, count, revision_out);
    return judge(verdict, status);
}

static enum status
faulty_lease_grant(struct store *store, int64_t ttl_ms, uint64_t *lease_out)
{
    struct faulty_store *f = faulty_of(store);
    struct verdict verdict = ask(f, "store_lease_grant", "");
    uint64_t lease = 0;
    enum status status = OK;

    if (verdict.carry_out)
        status = store_lease_grant(f->inner, ttl_ms, &lease);
    status = judge(verdict, status);
    if (status == OK)
        *lease_out = lease;
    return status;
}

static enum status
faulty_lease_renew(struct store *store, uint64_t lease)
{
    struct faulty_store *f = faulty_of(store);
    struct verdict verdict = ask(f, "store_lease_renew", "");
    enum status status = OK;

    if (verdict.carry_out)
        status = store_lease_renew(f->inner, lease);
    return judge(verdict, status);
}

static enum status
faulty_lease_revoke(struct store *store, uint64_t lease)
{
    struct faulty_store *f = faulty_of(store);
    struct verdict verdict = ask(f, "store_lease_revoke", "");
    enum status status = OK;

    if (verdict.carry_out)
        status = store_lease_revoke(f->inner, lease);
    return judge(verdict, status);
}

static enum status
faulty_watch(struct store *store, const char *prefix, store_changed *changed,
             void *arg, struct store_watch **watch_out)
{
    struct faulty_store *f = faulty_of(store);
    struct verdict verdict = ask(f, "store_watch", prefix);

    if (verdict.status != OK)
        return judge(verdict, OK);
    return store_watch(f->inner, prefix, changed, arg, watch_out);
}

static void
faulty_unwatch(struct store *store, struct store_watch *watch)
{
    store_unwatch(faulty_of(store)->inner, &watch);
}

static void
faulty_close(struct store *store)
{
    struct faulty_store *f = faulty_of(store);

    store_close(&f->inner);
    free(f);
}

static const struct store_ops faulty_ops = {
    .get = faulty_get,
    .list = faulty_list,
    .commit = faulty_commit,
    .lease_grant = faulty_lease_grant,
    .lease_renew = faulty_lease_renew,
    .lease_revoke = faulty_lease_revoke,
    .watch = faulty_watch,
    .unwatch = faulty_unwatch,
    .close = faulty_close,
};

enum status
store_with_faults(struct store *inner, store_fault *fault, void *arg,
                  struct store **store_out)
{
    struct faulty_store *f = calloc(1, sizeof *f);

    if (f == NULL) {
        store_close(&inner);
        return fail(ERR_MEMORY, "no memory for a store");
    }
    f->store.ops = &faulty_ops;
    f->inner = inner;
    f->fault = fault;
    f->arg = arg;
    *store_out = &f->store;
    return OK;
}
