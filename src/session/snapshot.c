/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot.c - the configuration in force, and sessions of an earlier one.
 *
 * A session logs in with the accounts that are in force at each attempt and
 * then keeps that snapshot, which says what it may do until it ends. When
 * another comes into force, each session's account is compared with what it
 * was at the login, files of keys included; where it differs the session is
 * told to end. A login that is under way meanwhile either is on the roster in
 * time to be compared, or compares for itself once it is.
 */
#include "session/session_private.h"

#include "base/thread.h"

#include <stdio.h>
#include <stdlib.h>

struct hub_change {
    struct config *config;
    struct accounts *accounts;
};

struct config *
hub_config_ref(struct hub *hub)
{
    LOCK_SCOPE(&hub->lock);
    return config_ref(hub->config);
}

struct accounts *
hub_accounts_ref(struct hub *hub)
{
    LOCK_SCOPE(&hub->lock);
    return accounts_ref(hub->accounts);
}

enum status
hub_prepare(struct hub *hub, struct config *config,
            struct hub_change **change_out)
{
    struct hub_change *change = calloc(1, sizeof *change);

    if (change == NULL)
        return fail(ERR_MEMORY, "no memory for a configuration");
    enum status status =
        accounts_new(config, hub->options.clock, &change->accounts);
    if (status != OK) {
        free(change);
        return status;
    }
    change->config = config_ref(config);
    *change_out = change;
    return OK;
}

void
hub_abandon(struct hub_change **change)
{
    if (*change == NULL)
        return;
    accounts_unref(&(*change)->accounts);
    config_unref(&(*change)->config);
    free(*change);
    *change = NULL;
}

/* Whether an account of other accounts is what a session's was. */
static bool
is_unchanged(const struct accounts *accounts, const char *name,
             const struct account_fingerprint *was, bool but_password,
             struct account_fingerprint *is_out)
{
    const struct account *account = accounts_find(accounts, str_of(name));

    return account != NULL && account_fingerprint(account, is_out) == OK &&
           account_fingerprint_equal(was, is_out, but_password);
}

/* One of those that nobody compared with these accounts yet; the lock is held.
 */
static struct session *
find_unseen(struct hub *hub)
{
    for (struct session *s = hub->newest; s != NULL; s = s->older)
        if (s->shown_account != NULL && s->seen != hub->revision)
            return s;
    return NULL;
}

/* What sessions of one account have in common. */
struct judged {
    char name[USER_MAXIMUM + 1];
    struct account_fingerprint was;
    struct account_fingerprint is;
    bool changes_own_password;
    bool may_stay;
};

static bool
is_like(const struct session *s, const struct judged *j)
{
    return s->shown_account != NULL && strcmp(s->shown_account, j->name) == 0 &&
           s->changes_own_password == j->changes_own_password &&
           account_fingerprint_equal(&s->fingerprint, &j->was, false);
}

static size_t
carry_out(struct hub *hub, const struct judged *j)
{
    size_t ended = 0;
    LOCK_SCOPE(&hub->lock);

    for (struct session *s = hub->newest; s != NULL; s = s->older) {
        if (s->seen == hub->revision || !is_like(s, j))
            continue;
        s->seen = hub->revision;
        if (j->may_stay) {
            s->fingerprint = j->is;
            continue;
        }
        roster_end(s, "the account was changed");
        ended++;
    }
    return ended;
}

/* The work, files to be read among it, is done without the lock. */
static bool
judge_next(struct hub *hub, const struct accounts *accounts, struct judged *j)
{
    pthread_mutex_lock(&hub->lock);
    const struct session *s = find_unseen(hub);

    if (s != NULL) {
        *j = (struct judged){
            .was = s->fingerprint,
            .changes_own_password = s->changes_own_password,
        };
        snprintf(j->name, sizeof j->name, "%s", s->shown_account);
    }
    pthread_mutex_unlock(&hub->lock);
    if (s == NULL)
        return false;
    j->may_stay = is_unchanged(accounts, j->name, &j->was,
                               j->changes_own_password, &j->is);
    return true;
}

static size_t
end_changed(struct hub *hub, struct accounts *accounts)
{
    struct judged judged;
    size_t ended = 0;

    while (judge_next(hub, accounts, &judged))
        ended += carry_out(hub, &judged);
    return ended;
}

static void
swap(struct hub *hub, struct hub_change *change)
{
    LOCK_SCOPE(&hub->lock);
    struct config *config = hub->config;
    struct accounts *accounts = hub->accounts;

    hub->config = change->config;
    hub->accounts = change->accounts;
    hub->revision++;
    change->config = config;
    change->accounts = accounts;
}

size_t
hub_apply(struct hub *hub, struct hub_change **change)
{
    uploads_keep(hub->uploads,
                 (int64_t)section_number(config_server((*change)->config),
                                         "staged_upload_keep") *
                     1000);
    swap(hub, *change);
    hub_abandon(change);
    struct accounts *accounts = hub_accounts_ref(hub);
    size_t ended = end_changed(hub, accounts);
    accounts_unref(&accounts);
    return ended;
}

size_t
hub_end_service(struct hub *hub, const char *service, const char *why)
{
    size_t count = 0;
    LOCK_SCOPE(&hub->lock);

    for (struct session *s = hub->newest; s != NULL; s = s->older) {
        if (strcmp(section_id(s->options.service), service) != 0)
            continue;
        roster_end(s, why);
        count++;
    }
    return count;
}

void
snapshot_meet(struct session *s, struct str user)
{
    struct account_fingerprint is = { 0 };

    accounts_unref(&s->accounts);
    s->accounts = hub_accounts_ref(s->hub);
    const struct account *account = accounts_find(s->accounts, user);

    /* What was proved for an account that is another one now proves nothing. */
    if (account == NULL || account_fingerprint(account, &is) != OK ||
        !account_fingerprint_equal(&is, &s->met, false))
        s->proved = 0;
    s->met = is;
}

/* One that stopped sent its sessions away; who came through its port at that
 * very moment is refused here. Tests may have a service without a section. */
static bool
is_service_there(struct session *s)
{
    AUTO(config_unref) struct config *config = hub_config_ref(s->hub);
    const char *id = section_id(s->options.service);
    const struct section *now = config_section(config, "services", id);

    return id[0] == '\0' || (now != NULL && section_flag(now, "enabled"));
}

enum status
snapshot_confirm(struct session *s)
{
    struct account_fingerprint is;
    struct accounts *accounts = hub_accounts_ref(s->hub);
    bool may_stay =
        accounts == s->accounts ||
        is_unchanged(accounts, s->account->name, &s->met, false, &is);

    accounts_unref(&accounts);
    if (!may_stay)
        return fail(ERR_DENIED, "the account was changed");
    return is_service_there(s) ? OK
                               : fail(ERR_DENIED, "the service was stopped");
}

void
session_keep(struct session *s, bool changes_own_password)
{
    LOCK_SCOPE(&s->hub->lock);
    s->changes_own_password = changes_own_password;
}
