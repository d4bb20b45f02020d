/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport.h - the server side of SSH (RFC 4253, 4252, 4254) as a service.
 *
 * One connection, driven by one thread: ssh_transport_step() waits for the
 * client, does what it asked, and calls the owner back. Key exchange, rekeying,
 * strict key exchange and keepalive happen inside. Small on purpose: it is to
 * be implementable twice. transport.c is the only file that includes libssh.
 */
#pragma once

#include "base/clock.h"
#include "base/status.h"
#include "base/str.h"

struct ssh_keys; /* host keys, shared by connections, immutable */
struct ssh_transport;
struct ssh_channel;

enum ssh_answer { SSH_REFUSE, SSH_PARTIAL, SSH_ACCEPT };

/* What the owner is asked and told, always on the thread in step(). */
struct ssh_owner {
    enum ssh_answer (*password)(void *arg, struct str user,
                                struct str password);
    /* `proved`: a signature by the key was verified; otherwise only asked. */
    enum ssh_answer (*key)(void *arg, struct str user, struct str type,
                           struct str blob, bool proved);
    /* Methods to offer next: bits SSH_METHOD_*. */
    unsigned (*methods)(void *arg);
    /* A session channel: only after SSH_ACCEPT. false refuses it. */
    bool (*channel_open)(void *arg, struct ssh_channel *);
    bool (*subsystem)(void *arg, struct ssh_channel *, struct str name);
    bool (*exec)(void *arg, struct ssh_channel *, struct str command);
    /* Bytes of the client; returns how many were taken. The rest is kept and
     * offered again by ssh_channel_resume(). */
    size_t (*data)(void *arg, struct ssh_channel *, struct str bytes);
    void (*eof)(void *arg, struct ssh_channel *);
    /* The channel is gone after this returns. */
    void (*closed)(void *arg, struct ssh_channel *);
};

enum {
    SSH_METHOD_PASSWORD = 1,
    SSH_METHOD_KEY = 2,
    SSH_METHOD_INTERACTIVE = 4, /* one prompt, answered to `password` */
};

struct ssh_transport_options {
    const struct ssh_keys *keys;
    const struct ssh_owner *owner;
    void *arg;
    uint64_t rekey_bytes;
    uint32_t rekey_seconds;
    const char *cipher_list; /* ssh_cipher_list: secure, all, fips or names */
    const char *banner;      /* before login; may be NULL */
    const char *prompt;      /* of keyboard-interactive (RFC 4256): lines, the
                                last of which is the prompt itself; may be
                                NULL */
    struct clock *clock;
};

/* Whether `ssh_cipher_list` makes sense: ERR_INVALID names what is unknown, or
 * says that none of the keys (NULL: not asked) could be shown. */
MUST_CHECK enum status ssh_cipher_list_check(const char *cipher_list,
                                             const struct ssh_keys *);

/* Read private keys in PEM or OpenSSH form, at most one of each type.
 * ERR_INVALID names the bad one. */
MUST_CHECK enum status ssh_keys_new(const struct str *pems, size_t count,
                                    struct ssh_keys **keys_out);
void ssh_keys_free(struct ssh_keys **);

/* Take over a connected socket (also when it fails) and exchange keys, until
 * `deadline_ms`. */
MUST_CHECK enum status ssh_transport_open(int socket,
                                          const struct ssh_transport_options *,
                                          int64_t deadline_ms,
                                          struct ssh_transport **out);

/* What was agreed on; the text lives as long as the transport. */
struct ssh_agreement {
    const char *client_version;
    const char *key_exchange;
    const char *host_key; /* type of the key that was shown */
    const char *cipher_in;
    const char *cipher_out;
    const char *mac_in;
    const char *mac_out;
};
struct ssh_agreement ssh_transport_agreement(struct ssh_transport *);

/*
 * Wait for the client until `deadline_ms` at most (ERR_TIMEOUT), and handle
 * what it sent. OK may also mean that nothing was there to be done, as when
 * the thread was woken (thread_wake) or the client will send no more: look at
 * your own reasons to end, and send what is left.
 * SSH_ONLY_LOOK as the deadline takes what is there already, without a wait.
 * ERR_CLOSED when the connection has ended; what came in full before it was
 * offered, the channels are closed by ssh_transport_close().
 */
#define SSH_ONLY_LOOK INT64_MIN
MUST_CHECK enum status ssh_transport_step(struct ssh_transport *,
                                          int64_t deadline_ms);

/* Ask the client for a sign of life (keepalive@openssh.com). */
MUST_CHECK enum status ssh_transport_keepalive(struct ssh_transport *);

/* Say goodbye (RFC 4253, 11.1), waiting a moment for what is still on its
 * way out, call `closed` for every channel, and free. Safe on NULL. */
void ssh_transport_close(struct ssh_transport **, const char *why);

/*
 * Send as much as the window allows now; *sent_out may be 0 (no window, keys
 * are being exchanged, or what was sent before has not left yet): try again
 * after the next step. Not from inside `data`. On a channel that is deaf,
 * everything counts as sent.
 */
MUST_CHECK enum status ssh_channel_send(struct ssh_channel *, struct str bytes,
                                        size_t *sent_out);
/* The same as extended data of standard error (RFC 4254, 5.2). */
MUST_CHECK enum status ssh_channel_send_error(struct ssh_channel *,
                                              struct str bytes,
                                              size_t *sent_out);
/* The client has closed the channel or is gone: nothing reaches it. What it
 * sent before is still offered. */
bool ssh_channel_is_deaf(const struct ssh_channel *);

/* Offer bytes that `data` left again. */
void ssh_channel_resume(struct ssh_channel *);
/* End of our bytes, the exit status, and close. */
void ssh_channel_finish(struct ssh_channel *, int exit_status);
/* The owner's own pointer for the channel. */
void ssh_channel_set_owner(struct ssh_channel *, void *);
void *ssh_channel_owner(const struct ssh_channel *);
