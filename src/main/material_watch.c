/* SPDX-License-Identifier: Apache-2.0 */
/*
 * material_watch.c - certificates, keys and revocation lists that change while
 * server.ini stays as it is.
 *
 * What programs that renew certificates write is in several files, one after
 * the other: in between, key and certificate do not match. Only material that
 * can be loaded counts as changed, so nothing is told before all of it is
 * there.
 */
#include "main/material_watch.h"

#include "base/thread.h"
#include "config/option.h"
#include "event/event.h"
#include "keys/revocation_lists.h"

#include <openssl/evp.h>
#include <stdlib.h>

enum {
    LOOK_MS = 30 * 1000,
    LEAST_MS = 1000,
    DIGEST = 32,
    SERVICES = 256, /* those behind them are looked at with the configuration */
    LISTS_MOST = 64 * 1024 * 1024,
};

/* What is known of a service. */
struct watched {
    char *id;
    bool is_seen; /* it has a digest */
    unsigned char digest[DIGEST];
    int64_t fetched_ms; /* clock_now_ms */
    unsigned failures;  /* looks in a row at what cannot be loaded */
};

struct material_watch {
    struct hub *hub;
    const struct event_subject *subject;
    void (*changed)(void *arg);
    void *arg;

    struct config *config; /* at the last look; the thread's alone, as all
                              up to the lock */
    size_t count;
    struct watched services[SERVICES];

    pthread_mutex_t lock; /* guards is_ending */
    pthread_cond_t ends;
    bool is_ending;
    pthread_t thread;
    bool has_thread;
};

/* ---- a service ---- */

static struct watched *
find_watched(struct material_watch *self, const char *id)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->services[i].id, id) == 0)
            return &self->services[i];
    char *copy = self->count < SERVICES ? str_copy(str_of(id)) : NULL;

    if (copy == NULL)
        return NULL;
    struct watched *fresh = &self->services[self->count++];
    *fresh = (struct watched){ .id = copy };
    return fresh;
}

static bool
add_part(EVP_MD_CTX *hash, struct str part)
{
    return EVP_DigestUpdate(hash, &part.len, sizeof part.len) == 1 &&
           EVP_DigestUpdate(hash, part.data, part.len) == 1;
}

static bool
digest_all(EVP_MD_CTX *hash, const struct tls_material *material,
           struct str fetched, unsigned char digest[DIGEST])
{
    bool done = EVP_DigestInit_ex2(hash, EVP_sha256(), NULL) == 1;

    for (size_t i = 0; done && i < tls_material_count(material); i++)
        done = add_part(hash, tls_material_chain(material, i)) &&
               add_part(hash, tls_material_key(material, i));
    return done && add_part(hash, tls_material_authorities(material)) &&
           add_part(hash, tls_material_revocations(material)) &&
           add_part(hash, fetched) &&
           EVP_DigestFinal_ex(hash, digest, NULL) == 1;
}

static bool
read_digest(const struct section *service, const struct tls_material *material,
            unsigned char digest[DIGEST])
{
    AUTO(buffer_done) struct buffer fetched = BUFFER(LISTS_MOST);
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool done = hash != NULL &&
                revocation_lists_read(service, material, &fetched) == OK &&
                digest_all(hash, material, buffer_str(&fetched), digest);

    EVP_MD_CTX_free(hash);
    return done;
}

static void
tell_failure(void *arg, const char *address, const char *why)
{
    struct material_watch *self = arg;
    struct event_field fields[] = {
        EVENT_TEXT("address", str_of(address)),
        EVENT_TEXT("details", str_of(why)),
    };

    event_emit(hub_events(self->hub), EVENT_REVOCATION_LIST_FAILED,
               self->subject, fields, 2);
}

/* Once, and not at the first look: somebody may just be writing it. */
static void
tell_unusable(struct material_watch *self, struct watched *watched,
              const struct section *service)
{
    struct event_field fields[] = {
        EVENT_TEXT("service", str_of(section_text(service, "name"))),
        EVENT_TEXT("details", str_of(fail_reason())),
    };

    if (watched->is_seen && ++watched->failures == 2)
        event_emit(hub_events(self->hub), EVENT_CERTIFICATE_UNUSABLE,
                   self->subject, fields, 2);
}

static int64_t
refresh_ms(const struct section *service)
{
    return (int64_t)section_number(service,
                                   "ssl_certificate_revocation_list_refresh") *
           1000;
}

static void
fetch_if_due(struct material_watch *self, struct watched *watched,
             const struct section *service, const struct tls_material *material)
{
    int64_t now_ms = clock_now_ms(hub_clock(self->hub));
    int64_t every_ms = refresh_ms(service);
    bool is_due = every_ms > 0 && now_ms - watched->fetched_ms >= every_ms;

    if (section_config(service) == self->config && !is_due)
        return;
    watched->fetched_ms = now_ms;
    revocation_lists_refresh(service, material, tell_failure, self);
}

/* Whether it is something else than at the last look. */
static bool
look_at(struct material_watch *self, const struct section *service)
{
    AUTO(tls_material_free) struct tls_material *material = NULL;
    struct watched *watched = find_watched(self, section_id(service));
    unsigned char digest[DIGEST];

    if (watched == NULL)
        return false;
    if (tls_material_load(service, &material) != OK) {
        tell_unusable(self, watched, service);
        return false;
    }
    watched->failures = 0;
    /* What the service began with; copies may be from another day. */
    if (!watched->is_seen)
        watched->is_seen = read_digest(service, material, watched->digest);
    fetch_if_due(self, watched, service, material);
    if (!read_digest(service, material, digest))
        return false;
    bool is_other =
        watched->is_seen && memcmp(digest, watched->digest, DIGEST) != 0;

    memcpy(watched->digest, digest, DIGEST);
    watched->is_seen = true;
    return is_other;
}

/* ---- all of them ---- */

static bool
has_tls(const struct section *service)
{
    return types_include("ftp ftpsi", section_text(service, "type")) &&
           section_flag(service, "enabled");
}

static bool
is_ending(struct material_watch *self)
{
    LOCK_SCOPE(&self->lock);
    return self->is_ending;
}

static void
remember_config(struct material_watch *self, struct config *config)
{
    config_unref(&self->config);
    self->config = config;
}

/*
 * When to look again: no list waits longer than it may. A configuration that
 * is new has its lists fetched; the one that `changed` has loaded is not new,
 * or a list that its address writes anew each time would be fetched for ever.
 */
static int64_t
look(struct material_watch *self)
{
    struct config *config = hub_config_ref(self->hub);
    int64_t wait_ms = LOOK_MS;
    bool is_other = false;

    for (size_t i = 0; i < config_count(config, "services"); i++) {
        const struct section *service = config_at(config, "services", i);

        if (!has_tls(service) || is_ending(self))
            continue;
        is_other |= look_at(self, service);
        if (refresh_ms(service) > 0 && refresh_ms(service) < wait_ms)
            wait_ms = refresh_ms(service);
    }
    remember_config(self, config);
    if (is_other && !is_ending(self)) {
        self->changed(self->arg);
        remember_config(self, hub_config_ref(self->hub));
    }
    return wait_ms > LEAST_MS ? wait_ms : LEAST_MS;
}

static bool
wait_for_next_look(struct material_watch *self, int64_t wait_ms)
{
    LOCK_SCOPE(&self->lock);
    if (!self->is_ending)
        thread_condition_wait(&self->ends, &self->lock, (long)wait_ms);
    return !self->is_ending;
}

static void *
keep_looking(void *arg)
{
    struct material_watch *self = arg;
    int64_t wait_ms = look(self);

    while (wait_for_next_look(self, wait_ms))
        wait_ms = look(self);
    return NULL;
}

enum status
material_watch_start(struct hub *hub, const struct event_subject *subject,
                     void (*changed)(void *arg), void *arg,
                     struct material_watch **out)
{
    struct material_watch *self = calloc(1, sizeof *self);

    if (self == NULL)
        return fail(ERR_MEMORY, "no memory to watch certificates");
    self->hub = hub;
    self->subject = subject;
    self->changed = changed;
    self->arg = arg;
    pthread_mutex_init(&self->lock, NULL);
    thread_condition_init(&self->ends);
    enum status status =
        thread_start(&self->thread, "certificates", keep_looking, self);
    self->has_thread = status == OK;
    if (status == OK)
        *out = self;
    else
        material_watch_stop(&self);
    return status;
}

static void
stop_thread(struct material_watch *self)
{
    pthread_mutex_lock(&self->lock);
    self->is_ending = true;
    pthread_cond_signal(&self->ends);
    pthread_mutex_unlock(&self->lock);
    pthread_join(self->thread, NULL);
}

void
material_watch_stop(struct material_watch **handle)
{
    struct material_watch *self = *handle;

    if (self == NULL)
        return;
    if (self->has_thread)
        stop_thread(self);
    for (size_t i = 0; i < self->count; i++)
        free(self->services[i].id);
    config_unref(&self->config);
    pthread_cond_destroy(&self->ends);
    pthread_mutex_destroy(&self->lock);
    free(self);
    *handle = NULL;
}
