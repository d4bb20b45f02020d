/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ticket_keys.c - the keys of TLS session tickets, shared through the store.
 *
 * One record holds all three and the time of the last change, so that a
 * compare-and-swap of it is all the agreement that processes need:
 *
 *   previous ◀── current ◀── next ◀── new random bytes
 */
#include "keys/ticket_keys.h"

#include "base/random.h"
#include "base/thread.h"
#include "base/wire.h"
#include "keys/secret.h"

#include <openssl/crypto.h>
#include <stdlib.h>

enum {
    PREVIOUS,
    CURRENT,
    NEXT,
    KEYS,
};

enum {
    FORM = 1, /* of the record: its first byte */
    RECORD = 1024,
    LOOK_MS = 60 * 1000,
    ATTEMPTS = 8,
};

static const char record_key[] = "tls/ticket-keys";

struct key_ring {
    int64_t changed_ms; /* wall time */
    struct tls_ticket_key keys[KEYS];
};

struct ticket_keys {
    struct store *store;
    struct clock *clock;
    struct store_watch *watch;

    pthread_mutex_t lock; /* guards what is below; last of all locks */
    pthread_cond_t ends;
    bool is_ending;
    uint64_t modified; /* revision of the record that the ring is from */
    struct key_ring ring;

    pthread_t keeper;
    bool has_keeper;
};

/* ---- the record ---- */

static enum status
add_key(struct buffer *record, const struct tls_ticket_key *key)
{
    TRY(add_string(record, str_from(key->name, sizeof key->name)));
    TRY(add_string(record, str_from(key->cipher_key, sizeof key->cipher_key)));
    return add_string(record, str_from(key->mac_key, sizeof key->mac_key));
}

static enum status
write_record(const struct key_ring *ring, struct buffer *record)
{
    TRY(add_u8(record, FORM));
    TRY(add_u64(record, (uint64_t)ring->changed_ms));
    for (size_t i = 0; i < KEYS; i++)
        TRY(add_key(record, &ring->keys[i]));
    return OK;
}

static bool
read_part(struct reader *from, void *into, size_t size)
{
    struct str part = read_string(from);

    if (part.len != size)
        return false;
    memcpy(into, part.data, size);
    return true;
}

static bool
read_key(struct reader *from, struct tls_ticket_key *key)
{
    return read_part(from, key->name, sizeof key->name) &&
           read_part(from, key->cipher_key, sizeof key->cipher_key) &&
           read_part(from, key->mac_key, sizeof key->mac_key);
}

static bool
read_record(struct str record, struct key_ring *ring)
{
    struct reader from = reader_of(record);
    bool is_read = read_u8(&from) == FORM;

    ring->changed_ms = (int64_t)read_u64(&from);
    for (size_t i = 0; is_read && i < KEYS; i++)
        is_read = read_key(&from, &ring->keys[i]);
    return is_read && !reader_is_broken(&from) && from.rest.len == 0;
}

/* ---- keeping them ---- */

/* Calls of the watch and answers of the store come in any order. */
static void
adopt(struct ticket_keys *self, const struct key_ring *ring, uint64_t modified)
{
    LOCK_SCOPE(&self->lock);
    if (modified <= self->modified)
        return;
    self->ring = *ring;
    self->modified = modified;
}

static void
on_change(void *arg, const struct store_entry *entry)
{
    struct ticket_keys *self = arg;
    struct key_ring ring;

    if (str_is(entry->key, record_key) && read_record(entry->value, &ring))
        adopt(self, &ring, entry->modified);
    OPENSSL_cleanse(&ring, sizeof ring);
}

/* What another program has left there, or nobody, are replaced. */
static enum status
fetch(struct ticket_keys *self, struct key_ring *ring, bool *is_there_out,
      uint64_t *modified_out)
{
    AUTO(secret_done) struct buffer record = BUFFER(0);
    struct store_entry entry = { 0 };

    TRY(secret_new(STORE_VALUE, &record));
    enum status status = store_get(self->store, record_key, &record, &entry);
    *is_there_out = false;
    *modified_out = STORE_ABSENT;
    if (status == ERR_NOT_FOUND)
        return OK;
    TRY(status);
    *modified_out = entry.modified;
    *is_there_out = read_record(buffer_str(&record), ring);
    return OK;
}

static void
turn(struct key_ring *ring, bool is_there, int64_t now_ms)
{
    size_t made = is_there ? NEXT : 0;

    if (is_there) {
        ring->keys[PREVIOUS] = ring->keys[CURRENT];
        ring->keys[CURRENT] = ring->keys[NEXT];
    }
    random_bytes(&ring->keys[made], (KEYS - made) * sizeof ring->keys[0]);
    ring->changed_ms = now_ms;
}

static enum status
put(struct ticket_keys *self, const struct key_ring *ring, uint64_t expected,
    uint64_t *modified_out)
{
    AUTO(secret_done) struct buffer record = BUFFER(0);
    struct store_change change = {
        .kind = STORE_PUT,
        .key = record_key,
        .expected = expected,
    };

    TRY(secret_new(RECORD, &record));
    TRY(write_record(ring, &record));
    change.value = buffer_str(&record);
    return store_commit(self->store, &change, 1, modified_out);
}

/* Also when the time of the last change lies ahead: somebody's clock was wrong
 * then, and would keep the keys for as long as it was. */
static bool
is_due(const struct key_ring *ring, int64_t now_ms)
{
    return now_ms - ring->changed_ms >= TICKET_KEYS_MS ||
           ring->changed_ms - now_ms >= TICKET_KEYS_MS;
}

/* *is_done_out = false: somebody else was quicker, look again. */
static enum status
try_to_settle(struct ticket_keys *self, struct key_ring *ring,
              bool *is_done_out)
{
    int64_t now_ms = clock_wall_ms(self->clock);
    bool is_there = false;
    uint64_t modified = 0;

    *is_done_out = true;
    TRY(fetch(self, ring, &is_there, &modified));
    if (!is_there || is_due(ring, now_ms)) {
        turn(ring, is_there, now_ms);
        enum status status = put(self, ring, modified, &modified);

        *is_done_out = status == OK;
        if (status == ERR_CONFLICT || status == ERR_TIMEOUT)
            return OK;
        TRY(status);
    }
    adopt(self, ring, modified);
    return OK;
}

static enum status
settle(struct ticket_keys *self)
{
    enum status status = OK;
    struct key_ring ring;
    bool is_done = false;

    for (int i = 0; i < ATTEMPTS && status == OK && !is_done; i++)
        status = try_to_settle(self, &ring, &is_done);
    OPENSSL_cleanse(&ring, sizeof ring);
    if (status == OK && !is_done)
        return fail(ERR_BUSY, "the keys of TLS tickets cannot be changed: "
                              "others are always quicker");
    return status;
}

enum status
ticket_keys_look(struct ticket_keys *self)
{
    int64_t now_ms = clock_wall_ms(self->clock);
    bool due;

    pthread_mutex_lock(&self->lock);
    due = is_due(&self->ring, now_ms);
    pthread_mutex_unlock(&self->lock);
    return due ? settle(self) : OK;
}

static bool
wait_for_next_look(struct ticket_keys *self)
{
    LOCK_SCOPE(&self->lock);
    if (!self->is_ending)
        thread_condition_wait(&self->ends, &self->lock, LOOK_MS);
    return !self->is_ending;
}

static void *
keep(void *arg)
{
    struct ticket_keys *self = arg;

    while (wait_for_next_look(self))
        if (ticket_keys_look(self) != OK)
            continue; /* the old ones do for another minute */
    return NULL;
}

/* ---- looking them up ---- */

static bool
current_key(void *arg, struct tls_ticket_key *out)
{
    struct ticket_keys *self = arg;
    LOCK_SCOPE(&self->lock);

    *out = self->ring.keys[CURRENT];
    return true;
}

static bool
named_key(void *arg, const uint8_t name[TLS_TICKET_NAME],
          struct tls_ticket_key *out, bool *is_old_out)
{
    struct ticket_keys *self = arg;
    LOCK_SCOPE(&self->lock);

    for (size_t i = 0; i < KEYS; i++)
        if (memcmp(self->ring.keys[i].name, name, TLS_TICKET_NAME) == 0) {
            *out = self->ring.keys[i];
            *is_old_out = i == PREVIOUS;
            return true;
        }
    return false;
}

struct tls_tickets
ticket_keys_tickets(struct ticket_keys *self)
{
    return (struct tls_tickets){
        .current = current_key,
        .named = named_key,
        .arg = self,
    };
}

/* ---- life ---- */

static enum status
start(struct ticket_keys *self)
{
    TRY(store_watch(self->store, record_key, on_change, self, &self->watch));
    TRY(settle(self));
    TRY(thread_start(&self->keeper, "ticket-keys", keep, self));
    self->has_keeper = true;
    return OK;
}

enum status
ticket_keys_open(struct store *store, struct clock *clock,
                 struct ticket_keys **out)
{
    struct ticket_keys *self = calloc(1, sizeof *self);

    if (self == NULL)
        return fail(ERR_MEMORY, "no memory for the keys of TLS tickets");
    self->store = store;
    self->clock = clock;
    pthread_mutex_init(&self->lock, NULL);
    thread_condition_init(&self->ends);
    enum status status = start(self);
    if (status == OK)
        *out = self;
    else
        ticket_keys_close(&self);
    return status;
}

static void
stop_keeper(struct ticket_keys *self)
{
    pthread_mutex_lock(&self->lock);
    self->is_ending = true;
    pthread_cond_signal(&self->ends);
    pthread_mutex_unlock(&self->lock);
    pthread_join(self->keeper, NULL);
}

void
ticket_keys_close(struct ticket_keys **handle)
{
    struct ticket_keys *self = *handle;

    if (self == NULL)
        return;
    if (self->has_keeper)
        stop_keeper(self);
    if (self->watch != NULL)
        store_unwatch(self->store, &self->watch);
    pthread_cond_destroy(&self->ends);
    pthread_mutex_destroy(&self->lock);
    OPENSSL_cleanse(self, sizeof *self);
    free(self);
    *handle = NULL;
}
