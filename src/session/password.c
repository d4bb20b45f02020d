/* SPDX-License-Identifier: Apache-2.0 */
/*
 * password.c - somebody who is logged in changes the own password.
 *
 * The new one is written where the old one stood, and the configuration read
 * again, as if an administrator had done both: no session learns of it in any
 * other way. A confined thread may do neither, so the hub's worker does.
 */
#include "session/session_private.h"

#include "account/account_file.h"
#include "account/hash.h"
#include "account/password_rules.h"

#include <stdio.h>

static const char allowing[] = "allow_own_password_change";

enum { REASON = 512 };

struct change {
    struct session *session;
    char old_hash[HASH_TEXT];
    char hash[HASH_TEXT];
};

/* The reason survives it. */
static enum status
tell(struct session *s, enum status status)
{
    char reason[REASON];

    if (status == OK) {
        session_emit(s, EVENT_PASSWORD_CHANGED, NULL, 0);
        return OK;
    }
    snprintf(reason, sizeof reason, "%s", fail_reason());
    struct event_field details = EVENT_TEXT("details", str_of(reason));
    session_emit(s, EVENT_PASSWORD_NOT_CHANGED, &details, 1);
    return fail(status, "%s", reason);
}

/* On the worker. */
static enum status
write_and_apply(void *arg)
{
    const struct change *c = arg;
    const struct session *s = c->session;
    const struct hub_options *o = &s->hub->options;
    const struct section *section = s->account->section;
    char moment[MOMENT_TEXT];
    const struct account_field fields[] = {
        { "password", str_of(c->hash) },
        { "last_password_update",
          account_moment(clock_wall_ms(o->clock), moment) },
    };
    struct account_change change = {
        .file = config_file(section_config(section)),
        .name = s->account->name,
        .id = s->account->uuid,
        .old_hash = c->old_hash,
        .fields = fields,
        .count = sizeof fields / sizeof fields[0],
    };

    TRY(account_file_write(&change));
    return o->reload != NULL ? o->reload(o->reload_arg) : OK;
}

static enum status
check_old(struct change *c, struct accounts *accounts, struct str old)
{
    struct str name = str_of(c->session->account->name);
    const struct account *account = accounts_find(accounts, name);

    if (account == NULL || account_check_password(accounts, name, old, NULL,
                                                  &account) == LOGIN_REFUSED)
        return fail(ERR_DENIED, "the current password is not right");
    snprintf(c->old_hash, sizeof c->old_hash, "%s",
             section_text(account->section, "password"));
    return OK;
}

static enum status
check_new(const struct section *server, const struct session *s, struct str old,
          struct str new_password)
{
    if (str_equal(old, new_password))
        return fail(ERR_INVALID, "the new password is the current one");
    return password_rules_check(server, str_of(s->account->name), new_password);
}

static enum status
change(struct change *c, const struct section *server, struct str new_password)
{
    TRY(password_hash_make(section_text(server, "password_hashing_scheme"),
                           new_password, c->hash));
    session_keep(c->session, true);
    enum status status = hub_run(c->session->hub, write_and_apply, c);
    session_keep(c->session, false);
    /* None of it is the user's doing; the sentence stays. */
    return status == OK ? OK : ERR_IO;
}

static enum status
check_and_change(struct change *c, struct str old, struct str new_password)
{
    AUTO(config_unref) struct config *config = hub_config_ref(c->session->hub);
    const struct section *server = config_server(config);

    TRY(check_new(server, c->session, old, new_password));
    return change(c, server, new_password);
}

/* What is right now counts, which another session may have changed. */
static bool
is_right(struct change *c, struct str old)
{
    struct accounts *accounts = hub_accounts_ref(c->session->hub);
    enum status status = check_old(c, accounts, old);

    accounts_unref(&accounts);
    return status == OK;
}

enum status
session_change_password(struct session *s, struct str old,
                        struct str new_password)
{
    struct change c = { .session = s };
    int64_t began_ms = clock_now_ms(s->hub->options.clock);

    if (s->account == NULL || s->refusals >= SESSION_LOGIN_ATTEMPTS)
        return fail(ERR_DENIED, "too many wrong passwords");
    if (!section_flag(account_section_of(s->account, allowing), allowing))
        return tell(s, fail(ERR_DENIED, "this account may not change its "
                                        "password itself"));
    if (is_right(&c, old)) {
        enum status status = tell(s, check_and_change(&c, old, new_password));
        explicit_bzero(&c, sizeof c);
        return status;
    }
    s->refusals++;
    enum status status =
        tell(s, fail(ERR_DENIED, "the current password is not right"));
    session_wait_fixed_time(s, began_ms);
    return status;
}
