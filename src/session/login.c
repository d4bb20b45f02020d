/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login.c - from a credential to an account's files.
 *
 * A refusal is answered at a fixed time after the attempt, whatever its
 * reason; when the work took longer than that, at the next multiple, so that
 * the time says nothing about how far the attempt came.
 */
#include "session/session_private.h"

#include <string.h>

struct attempt {
    struct session *session;
    struct str user;
    const char *credentials;
    int64_t began_ms;
};

static struct attempt
begin(struct session *s, struct str user, const char *credentials)
{
    int64_t began_ms = clock_now_ms(s->hub->options.clock);
    bool is_same =
        str_equal(user, str_from(s->user, s->user_len)) && user.len > 0;

    if (!is_same) {
        s->proved = 0; /* what was proved for one name is worth nothing for
                          another */
        s->user_len = user.len <= USER_MAXIMUM ? user.len : 0;
        if (s->user_len > 0)
            memcpy(s->user, user.data, s->user_len);
    }
    snapshot_meet(s, user);
    return (struct attempt){ s, user, credentials, began_ms };
}

static void
tell(const struct attempt *a, enum event_id id, const char *details)
{
    struct event_field fields[] = {
        EVENT_TEXT("username", a->user),
        EVENT_TEXT("credentials_type", str_of(a->credentials)),
        EVENT_TEXT("method_name", STR("application")),
        EVENT_TEXT("details", str_of(details)),
    };

    session_emit(a->session, id, fields, details[0] != '\0' ? 4 : 3);
}

void
session_wait_fixed_time(const struct session *s, int64_t began_ms)
{
    struct hub *hub = s->hub;
    struct config *config = hub_config_ref(hub);
    int64_t step =
        (int64_t)section_number(config_server(config), "failed_login_delay") *
        1000;
    config_unref(&config);
    int64_t now = clock_now_ms(hub->options.clock);

    if (step <= 0)
        return;
    int64_t steps = (now - began_ms) / step + 1;
    clock_sleep_until(hub->options.clock, began_ms + steps * step);
}

static void
tell_partial(const struct attempt *a)
{
    unsigned wanted = session_credentials_wanted(a->session);
    struct event_field fields[] = {
        EVENT_TEXT("username", a->user),
        EVENT_TEXT("credentials_type", str_of(a->credentials)),
        EVENT_TEXT("method_name", STR("application")),
        EVENT_TEXT("required_credentials",
                   str_of(wanted & SESSION_PASSWORD ? "password" : "ssh-key")),
    };

    session_emit(a->session, EVENT_LOGIN_PARTIAL, fields, 4);
}

static enum session_login
refuse(const struct attempt *a, enum event_id id, const char *details)
{
    tell(a, id, details);
    a->session->refusals++;
    a->session->proved = 0;
    session_wait_fixed_time(a->session, a->began_ms);
    return SESSION_REFUSED;
}

static enum session_login
accept(const struct attempt *a, const struct account *account)
{
    struct session *s = a->session;

    s->account = account;
    s->subject.account_uuid = account->uuid;
    s->subject.account_name = account->name;
    enum status status = session_open_files(s);
    if (status == OK)
        status = roster_logged_in(s);
    if (status == OK)
        status = snapshot_confirm(s);
    if (status == OK)
        status = session_confine(s);
    if (status != OK) {
        roster_logged_out(s);
        session_close_files(s);
        s->account = NULL;
        enum session_login login =
            refuse(a, EVENT_LOGIN_FORBIDDEN, fail_reason());
        s->subject.account_uuid = s->subject.account_name = "";
        return login;
    }
    s->refusals = 0;
    session_touch(s);
    tell(a, EVENT_LOGIN_ACCEPTED, "");
    return SESSION_ACCEPTED;
}

/* Why a right credential is worth nothing from where it came, or in what it
 * speaks; or NULL. */
static const char *
refusal_of(const struct session *s, struct accounts *accounts, struct str user)
{
    const struct account *account = accounts_find(accounts, user);

    if (account == NULL)
        return NULL;
    const char *why = session_source_refusal(account, s->peer_address);
    return why != NULL ? why
                       : session_protocol_refusal(account, s->options.protocol);
}

static enum session_login
finish(const struct attempt *a, enum login login, const struct account *account)
{
    const char *why =
        login != LOGIN_REFUSED
            ? refusal_of(a->session, a->session->accounts, a->user)
            : NULL;

    if (why != NULL)
        return refuse(a, EVENT_LOGIN_FORBIDDEN, why);
    if (login != LOGIN_REFUSED && atomic_load(&a->session->hub->is_draining))
        return refuse(a, EVENT_LOGIN_FORBIDDEN, "the server is draining");
    switch (login) {
    case LOGIN_ACCEPTED: return accept(a, account);
    case LOGIN_PARTIAL: tell_partial(a); return SESSION_PARTIAL;
    case LOGIN_REFUSED: break;
    }
    return refuse(a, EVENT_LOGIN_REJECTED, fail_reason());
}

/* Protocols end the session at the last refusal; one that does not, or that
 * logs in twice, gets no further. */
static bool
may_try(const struct session *s)
{
    return s->account == NULL && s->refusals < SESSION_LOGIN_ATTEMPTS;
}

enum session_login
session_login_password(struct session *s, struct str user, struct str password)
{
    const struct account *account = NULL;

    if (!may_try(s))
        return SESSION_REFUSED;
    struct attempt attempt = begin(s, user, "password");
    enum login login = account_check_password(s->accounts, user, password,
                                              &s->proved, &account);
    return finish(&attempt, login, account);
}

enum session_login
session_login_key(struct session *s, struct str user, struct str type,
                  struct str blob)
{
    const struct account *account = NULL;

    if (!may_try(s))
        return SESSION_REFUSED;
    struct attempt attempt = begin(s, user, "ssh-key");
    enum login login =
        account_check_key(s->accounts, user, type, blob, &s->proved, &account);
    return finish(&attempt, login, account);
}

enum session_login
session_login_certificate(struct session *s, struct str user)
{
    const struct account *account = NULL;

    if (!may_try(s))
        return SESSION_REFUSED;
    struct attempt attempt = begin(s, user, "ssl-certificate");
    enum login login =
        account_check_certificate(s->accounts, user, &s->proved, &account);
    return finish(&attempt, login, account);
}

bool
session_would_accept_key(struct session *s, struct str user, struct str type,
                         struct str blob)
{
    const struct account *account = NULL;

    if (!may_try(s))
        return false;
    struct accounts *accounts = hub_accounts_ref(s->hub);
    enum login login =
        account_check_key(accounts, user, type, blob, NULL, &account);
    bool would =
        login != LOGIN_REFUSED && refusal_of(s, accounts, user) == NULL;
    accounts_unref(&accounts);
    return would;
}

unsigned
session_credentials_wanted(const struct session *s)
{
    unsigned wanted = SESSION_PASSWORD | SESSION_SSH_KEY;

    if (s->proved & CREDENTIAL_PASSWORD)
        wanted &= ~(unsigned)SESSION_PASSWORD;
    if (s->proved & CREDENTIAL_SSH_KEY)
        wanted &= ~(unsigned)SESSION_SSH_KEY;
    return wanted;
}
