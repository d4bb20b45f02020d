/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport_private.h - what the transport*.c files share: libssh.
 *
 * No other file includes libssh. Its callbacks run inside ssh_event_dopoll(),
 * and also inside calls that send, which may read as a side effect; so bytes
 * that arrive while we send are kept, and end of file and closing are only
 * noted, to be told when the step is over.
 */
#pragma once

#include "base/buffer.h"
#include "ssh/transport.h"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

enum {
    CHANNELS_MOST = 10,
    /* libssh opens its window of 1,280,000 again before the bytes it holds
     * were taken, so nearly twice as much may be held without the client being
     * at fault. All of it has to be taken over at once: see refill(). */
    KEPT_MOST = 2 * 1024 * 1024,
    HELD_MOST = 4 * 1024 * 1024,
    /* Given to libssh before all of it has left. libssh keeps the buffer for
     * as long as the connection lasts, in a power of two. */
    SEND_MOST = 240 * 1024,
    PACKET_LEAST = 512, /* smallest packet limit of a client we serve */
    USER_MOST = 256,
};

struct ssh_transport {
    struct ssh_transport_options options;
    ssh_session session;
    ssh_event event;
    struct ssh_server_callbacks_struct calls;
    struct ssh_channel *channels;
    unsigned channel_count;
    bool has_banner_sent;
    bool is_asked;             /* keyboard-interactive: an answer is awaited */
    char asked[USER_MOST + 1]; /* who; "": nobody that may log in */
    bool has_half_close;       /* reading was shut; the owner was told */
    bool is_quiet;             /* nothing was there at the last look */
    bool is_sending;           /* inside a call of libssh that sends */
    bool is_closing;           /* whatever still arrives is not for the owner */
    bool is_reset;             /* by the client: no use in sending */
    bool is_gone;              /* the connection has ended */
    const char *breach; /* what the client did that ends the connection */
};

struct ssh_channel {
    struct ssh_channel *next;
    struct ssh_transport *transport;
    ssh_channel handle;
    struct ssh_channel_callbacks_struct calls;
    void *owner;
    struct buffer kept; /* taken from libssh, not yet by the owner */
    uint32_t held;      /* left in libssh's buffer */
    uint32_t packet;    /* most bytes of one the client takes, or a lot */
    bool is_deferred;   /* bytes came while we were sending */
    bool is_finished;   /* by us: no more input is wanted */
    bool has_eof;
    bool is_eof_told;
    bool is_closed; /* by the client */
};

/* transport_algorithms.c: set what may be negotiated. */
MUST_CHECK enum status algorithms_apply(ssh_session, const char *cipher_list);

/* transport_keys.c: whether a key can sign by the algorithm of that name. */
bool keys_can_sign(const struct ssh_keys *, struct str algorithm);

/* The same file: make the session a server's end on the socket. *taken_out
 * says, also on failure, whether the socket is the session's now. */
MUST_CHECK enum status keys_accept(struct ssh_keys *, ssh_session, int socket,
                                   bool *taken_out);

/* transport.c: why libssh gave up. */
const char *transport_error(ssh_session);

/* transport_login.c */
void login_set_callbacks(struct ssh_transport *);

/* Say the banner before the first answer, forget who was asked, and have the
 * answer name the methods to go on with: these three frame every request. */
void login_begin(struct ssh_transport *);
bool login_may_ask(const struct ssh_transport *, struct str user);
void login_offer_methods(struct ssh_transport *);

/* transport_interactive.c: what has no callback of its own in libssh. */
void interactive_set_callback(struct ssh_transport *);

/* transport_channel.c */
ssh_channel channel_opened(ssh_session, void *transport);

/* Offer what came while we were sending; whether there was anything to tell
 * the owner, which then must not be kept waiting for more. */
bool channels_catch_up(struct ssh_transport *);

/* Tell the owner what was noted in the callbacks. */
void channels_settle(struct ssh_transport *);

/* Offer everything that is left, the connection being gone. */
void channels_drain(struct ssh_transport *);

/* Tell the owner that every channel is gone, and free them. */
void channels_free(struct ssh_transport *);

/* Whether the owner left bytes of some channel. */
bool channels_have_left(const struct ssh_transport *);
