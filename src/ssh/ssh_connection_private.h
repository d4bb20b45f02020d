/* SPDX-License-Identifier: Apache-2.0 */
/* ssh_connection_private.h - a connection and its channels, from inside. */
#pragma once

#include "ssh/sftp.h"
#include "ssh/ssh_connection.h"

struct ssh_connection {
    const struct ssh_service *service;
    struct visitor *visitor;
    struct session *session;
    struct ssh_transport *transport;
    struct sftp_channel *channels; /* those with an engine */
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

/* ssh_sftp.c: the same for channels. */
bool connection_channel_open(void *arg, struct ssh_channel *);
bool connection_subsystem(void *arg, struct ssh_channel *, struct str name);
bool connection_exec(void *arg, struct ssh_channel *, struct str command);
size_t connection_data(void *arg, struct ssh_channel *, struct str bytes);
void connection_eof(void *arg, struct ssh_channel *);
void connection_closed(void *arg, struct ssh_channel *);

/* Send what the engines have to say, as far as it goes, and let them go on
 * with input that they had to leave. */
void channels_send(struct ssh_connection *);

/* Whether files are open, or answers on their way. */
bool channels_are_busy(const struct ssh_connection *);

/* The client is quiet: free what only transfers need. */
void channels_rest(struct ssh_connection *);
