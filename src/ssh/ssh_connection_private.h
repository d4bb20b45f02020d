/* SPDX-License-Identifier: Apache-2.0 */
/* ssh_connection_private.h - a connection and its channels, from inside. */
#pragma once

#include "ssh/engine.h"
#include "ssh/ssh_connection.h"

struct ssh_connection {
    const struct ssh_service *service;
    struct visitor *visitor;
    struct session *session;
    struct ssh_transport *transport;
    struct busy_channel *channels; /* those with an engine */
    int64_t heard_ms;              /* the client last said something */
    int64_t kept_alive_ms;         /* it was last asked for a sign of life */
    bool is_resting;               /* buffers are freed */
    bool is_busy;                  /* as the session knows it */
};

/* ssh_login.c: the callbacks of ssh_owner; `arg` is the connection. */
enum ssh_answer connection_password(void *arg, struct str user,
                                    struct str password);
enum ssh_answer connection_key(void *arg, struct str user, struct str type,
                               struct str blob, bool proved);
unsigned connection_methods(void *arg);

/* ssh_requests.c: an engine for what the client asked for by name. *name_out
 * is what the request is called in events (static). */
enum request_kind { REQUEST_SUBSYSTEM, REQUEST_EXEC };
MUST_CHECK enum status request_start(struct ssh_connection *, enum request_kind,
                                     struct str request, const char **name_out,
                                     struct engine **engine_out);

/* ssh_channels.c: the same for channels. */
bool connection_channel_open(void *arg, struct ssh_channel *);
bool connection_subsystem(void *arg, struct ssh_channel *, struct str name);
bool connection_exec(void *arg, struct ssh_channel *, struct str command);
size_t connection_data(void *arg, struct ssh_channel *, struct str bytes);
void connection_eof(void *arg, struct ssh_channel *);
void connection_closed(void *arg, struct ssh_channel *);

/* Send what the engines have to say, as far as it goes, and let them go on
 * with input that they had to leave. */
void channels_send(struct ssh_connection *);

/* Whether an engine has work of its own to go on with at once. */
bool channels_are_working(const struct ssh_connection *);

/* Whether files are open, or answers on their way. */
bool channels_are_busy(const struct ssh_connection *);

/* The client is quiet: free what only transfers need. */
void channels_rest(struct ssh_connection *);
