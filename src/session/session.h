/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - one connected client, whatever it speaks.
 *
 * A protocol's server thread opens a session when the connection is accepted,
 * lets the client log in through it, uses its files, and closes it. The
 * session knows accounts, limits, events and storage, so that the protocols
 * need not. One thread uses a session at a time.
 */
#pragma once

#include "base/clock.h"
#include "config/config.h"
#include "event/event.h"
#include "net/listener.h"
#include "net/tls.h"
#include "vfs/places.h"

struct account;
struct hub; /* what the sessions of the process share */
struct session;

enum session_credential { SESSION_PASSWORD = 1, SESSION_SSH_KEY = 2 };

enum session_login {
    SESSION_REFUSED,
    SESSION_PARTIAL,  /* go on with one of session_credentials_wanted() */
    SESSION_ACCEPTED, /* session_files() is there */
};

struct hub_options {       /* all borrowed, longer-lived than the hub */
    struct config *config; /* the first; the hub keeps a reference */
    struct store *store;
    struct events *events;
    struct clock *clock;
    const char *node; /* this node's id, part of staging names */
    /* Have the configuration file read and applied; may be NULL. */
    enum status (*reload)(void *arg);
    void *reload_arg;
    bool confine; /* whoever logs in has its thread confined to the account's
                     folders; where the kernel cannot, all goes on */
    struct tls_tickets tickets; /* of all services; without calls: none */
};

MUST_CHECK enum status hub_new(const struct hub_options *, struct hub **out);
void hub_free(struct hub **);
/* The configuration in force; a reference for the caller. */
struct config *hub_config_ref(struct hub *);
struct clock *hub_clock(struct hub *);
struct events *hub_events(struct hub *);
/* For the TLS of services. */
struct tls_tickets hub_tickets(struct hub *);

/* Sessions open now, logged in or not. */
size_t hub_session_count(struct hub *);

/*
 * A new configuration, in two steps: what can fail is prepared, then swapped.
 * Who connects or logs in afterwards meets the new one; sessions of accounts
 * that are not what they were end within a second, busy or not.
 */
struct hub_change;
MUST_CHECK enum status hub_prepare(struct hub *, struct config *,
                                   struct hub_change **change_out);
/* Takes effect at once; frees the change. Returns how many sessions end. */
size_t hub_apply(struct hub *, struct hub_change **);
/* Nothing has changed. Safe on NULL. */
void hub_abandon(struct hub_change **);

/* The service with that ID is gone: its sessions end within a second. Returns
 * how many. */
size_t hub_end_service(struct hub *, const char *service, const char *why);

struct session_view { /* text is there during the call only */
    const char *id;
    const char *account; /* "" before login */
    const char *account_uuid;
    const char *service; /* name of its service */
    const char *protocol;
    const char *peer_address;
    uint16_t peer_port;
    int64_t opened_ms; /* clock_now_ms */
    int64_t touched_ms;
    bool is_busy;
    struct transfers *transfers; /* vfs/transfers.h; NULL before login */
};
/* Oldest first. `see` must be quick, and not call the hub. */
void hub_each_session(struct hub *,
                      void (*see)(void *arg, const struct session_view *),
                      void *arg);

/* End the sessions with that id, or of the account of that name. Returns how
 * many there were. */
size_t hub_kick(struct hub *, const char *id_or_account, const char *why);

/* Log people in again. */
void hub_undrain(struct hub *);

/* Run a job on a thread that is not confined to an account's folders. */
MUST_CHECK enum status hub_run(struct hub *, enum status (*job)(void *arg),
                               void *arg);

struct uploads *hub_uploads(struct hub *);

/* From now on sessions end when they are idle (session_set_busy), and nobody
 * logs in. Idle ones notice at once: their threads are woken (thread_wake). */
void hub_drain(struct hub *);

/* End every session, busy or not: its connection is shut down. */
void hub_end_sessions(struct hub *);

struct session_options {
    const struct section *service; /* [services/ID] */
    const char *protocol;          /* "sftp", for events */
    const struct audit_ids *audit; /* its file events */
    const struct visitor *visitor; /* who came, and by whose word; NULL: the
                                      next two say it */
    const char *peer_address;      /* text, copied */
    uint16_t peer_port;
    int descriptor; /* the connection, to be shut down by
                       hub_drain and hub_end_sessions; not
                       owned */
};

/* On the thread that serves the client. */
MUST_CHECK enum status session_open(struct hub *,
                                    const struct session_options *,
                                    struct session **session_out);
/* To be called before the connection's descriptor is closed. Safe on NULL.
 * `why` (may be NULL) goes into the closing event. */
void session_close(struct session **, const char *why);

/*
 * Try to log in. A refusal returns at a fixed time after the attempt
 * (failed_login_delay), the same for every reason. At most
 * SESSION_LOGIN_ATTEMPTS refusals; then session_should_end() is true.
 */
enum { SESSION_LOGIN_ATTEMPTS = 6 };
enum session_login session_login_password(struct session *, struct str user,
                                          struct str password);
/* With a verified signature. */
enum session_login session_login_key(struct session *, struct str user,
                                     struct str type, struct str blob);
/* Without one: would the key do? Never delayed, never counted as an attempt
 * that failed, and the same for unknown users as for wrong keys. */
bool session_would_accept_key(struct session *, struct str user,
                              struct str type, struct str blob);

/* With a verified TLS certificate whose common name is `user`. */
enum session_login session_login_certificate(struct session *, struct str user);

/*
 * Let the logged in user change the own password: as allow_own_password_change
 * of the group says, with the rules of [server] for new ones. Written to
 * server.ini, in force at once; the session goes on. ERR_DENIED: not allowed,
 * or `old` is wrong (answered at a fixed time, as a login); ERR_INVALID says
 * which rule the new one breaks; else it could not be saved.
 */
MUST_CHECK enum status session_change_password(struct session *, struct str old,
                                               struct str new_password);

/* Which credentials may still be tried: enum session_credential. The same for
 * every user before the first is proved. */
unsigned session_credentials_wanted(const struct session *);

bool session_is_logged_in(const struct session *);

/* The top of the account's stack, after SESSION_ACCEPTED; owned by the
 * session, which frees it when it closes. */
struct vfs *session_files(struct session *);

/* The account's name, "" before login. */
const char *session_account(const struct session *);

/* uid and gid to names and back are not revealed; this is the account's own
 * name for home-directory and expand-path requests. */
const char *session_id(const struct session *);

/* True when the session is to end now: told by an operator, too many failed
 * logins, login_timeout or idle_connection_timeout over. *why_out says so. */
bool session_should_end(struct session *, const char **why_out);

/* The moment (clock_now_ms) at which session_should_end() has to be asked
 * again at the latest. */
int64_t session_deadline(struct session *);

/* The client did something that counts against the idle timeout. */
void session_touch(struct session *);

/* It speaks something else from now on: "ftps", static text. */
void session_set_protocol(struct session *, const char *protocol);

/* From now on, instead of the service's idle_connection_timeout. */
void session_set_idle_timeout(struct session *, int64_t idle_ms);

/* Whether files are open: a drain waits for a busy session. */
void session_set_busy(struct session *, bool is_busy);

/* Whether uploads over FTPS have to end with TLS's close_notify: the account
 * says, or its group, or else the service. */
bool session_requires_close_notify(const struct session *);

/* Tell an event about this session. */
void session_emit(struct session *, enum event_id id,
                  const struct event_field *fields, size_t count);
