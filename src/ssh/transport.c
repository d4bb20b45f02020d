/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport.c - one SSH connection on Debian's libssh, from the version line
 * to the goodbye.
 *
 * libssh reads 4 KiB at a time, each after a poll. A step therefore goes on
 * while there is something to read, up to STEP_READS, so that the owner looks
 * at the clock and answers once for many reads. The waiting is done with a
 * poll of our own: it can be woken, and libssh would close the connection as
 * soon as it sees the other direction shut, when the owner may still have
 * something to send.
 */
#include "ssh/transport_private.h"

#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    STEP_READS = 32,
    GOODBYE_MS = 1000,
};

static bool
is_over(const struct ssh_transport *t)
{
    return t->breach != NULL || !ssh_is_connected(t->session) ||
           (ssh_get_status(t->session) & (SSH_CLOSED | SSH_CLOSED_ERROR));
}

const char *
transport_error(ssh_session session)
{
    const char *error = ssh_get_error(session);

    return error[0] != '\0' ? error : "SSH could not go on";
}

static enum status
why_over(const struct ssh_transport *t)
{
    if (t->breach != NULL)
        return fail(ERR_CLOSED, "the client broke the protocol: %s", t->breach);
    return fail(ERR_CLOSED, "%s", transport_error(t->session));
}

/* libssh takes a write that would block for the end of the connection, so it
 * writes only after a poll has said that it will not; a blocking socket would
 * hold the thread for as long as the client likes. */
static enum status
prepare_socket(int socket)
{
    int flags = fcntl(socket, F_GETFL);

    if (flags < 0 || fcntl(socket, F_SETFL, flags | O_NONBLOCK) < 0)
        return fail_errno(errno, "fcntl");
    return OK;
}

static enum status
set_options(struct ssh_transport *t)
{
    const struct ssh_transport_options *o = &t->options;
    bool no = false;

    if (ssh_options_set(t->session, SSH_OPTIONS_PROCESS_CONFIG, &no) < 0)
        return fail(ERR_MEMORY, "%s", ssh_get_error(t->session));
    TRY(algorithms_apply(t->session, o->cipher_list));
    if (o->rekey_bytes != 0 &&
        ssh_options_set(t->session, SSH_OPTIONS_REKEY_DATA, &o->rekey_bytes) <
            0)
        return fail(ERR_INVALID, "rekey_bytes: %s", ssh_get_error(t->session));
    if (o->rekey_seconds != 0 &&
        ssh_options_set(t->session, SSH_OPTIONS_REKEY_TIME, &o->rekey_seconds) <
            0)
        return fail(ERR_INVALID, "rekey_seconds: %s",
                    ssh_get_error(t->session));
    return OK;
}

/* Milliseconds for poll(), at least one where there is time left. */
static int
time_left(struct ssh_transport *t, int64_t deadline_ms)
{
    int64_t now = clock_now_ms(t->options.clock);

    if (deadline_ms <= now)
        return 0;
    return deadline_ms - now > INT32_MAX ? INT32_MAX : (int)(deadline_ms - now);
}

/* Wait for the socket; false when time is up. Being woken ends the wait, too:
 * the owner may have something to look at. */
static bool
wait_for_socket(struct ssh_transport *t, int64_t deadline_ms)
{
    struct pollfd polled = { .fd = ssh_get_fd(t->session), .events = POLLIN };
    int timeout = time_left(t, deadline_ms);
    struct timespec left = { .tv_sec = timeout / 1000,
                             .tv_nsec = timeout % 1000 * 1000000L };
    sigset_t mask;

    if (timeout == 0)
        return false;
    if (!t->has_half_close)
        polled.events |= POLLRDHUP;
    if (ssh_get_poll_flags(t->session) & SSH_WRITE_PENDING)
        polled.events |= POLLOUT;
    thread_wait_mask(&mask);
    int ready = ppoll(&polled, 1, &left, &mask);
    if (ready < 0)
        return errno == EINTR;
    if (polled.revents & POLLRDHUP)
        t->has_half_close = true;
    return ready > 0;
}

/* Who wonders why a balancer gets no further is told here. */
static enum status
why_no_keys(const struct ssh_transport *t)
{
    const char *line = ssh_get_clientbanner(t->session);

    if (line != NULL && str_starts(str_of(line), STR("PROXY ")))
        return fail(ERR_CLOSED,
                    "a PROXY header came that is not taken: that is done once, "
                    "from addresses that proxy_protocol_sources names");
    if (line != NULL && line[0] == '\0')
        return fail(ERR_CLOSED,
                    "the client began with an empty line; so does a PROXY "
                    "header of version 2, which is taken once, from addresses "
                    "that proxy_protocol_sources names");
    return fail(ERR_CLOSED, "%s", transport_error(t->session));
}

static enum status
exchange_keys(struct ssh_transport *t, int64_t deadline_ms)
{
    for (;;) {
        int rc = ssh_handle_key_exchange(t->session);

        if (rc == SSH_OK)
            return OK;
        if (rc != SSH_AGAIN || is_over(t))
            return why_no_keys(t);
        if (!wait_for_socket(t, deadline_ms))
            return fail(ERR_TIMEOUT, "no keys were exchanged in time");
    }
}

static enum status
open_session(struct ssh_transport *t, int socket, int64_t deadline_ms,
             bool *taken)
{
    TRY(prepare_socket(socket));
    t->session = ssh_new();
    t->event = ssh_event_new();
    if (t->session == NULL || t->event == NULL)
        return fail(ERR_MEMORY, "no memory for SSH");
    TRY(set_options(t));
    /* The keys are only read; the copy in `options` is const for others. */
    TRY(keys_accept((struct ssh_keys *)t->options.keys, t->session, socket,
                    taken));
    ssh_set_blocking(t->session, 0);
    login_set_callbacks(t);
    TRY(exchange_keys(t, deadline_ms));
    if (ssh_event_add_session(t->event, t->session) != SSH_OK)
        return fail(ERR_MEMORY, "no memory for SSH");
    return OK;
}

static void
transport_free(struct ssh_transport *t)
{
    if (t->event != NULL && t->session != NULL)
        ssh_event_remove_session(t->event, t->session);
    ssh_event_free(t->event);
    ssh_free(t->session);
    free(t);
}

enum status
ssh_transport_open(int socket, const struct ssh_transport_options *options,
                   int64_t deadline_ms, struct ssh_transport **out)
{
    struct ssh_transport *t = calloc(1, sizeof *t);
    bool is_taken = false;
    enum status status = ERR_MEMORY;

    if (t == NULL) {
        close(socket);
        return fail(ERR_MEMORY, "no memory for SSH");
    }
    t->options = *options;
    status = open_session(t, socket, deadline_ms, &is_taken);
    if (status == OK) {
        *out = t;
        return OK;
    }
    if (!is_taken)
        close(socket);
    transport_free(t);
    return status;
}

static const char *
host_key_type(ssh_session session)
{
    ssh_key key = NULL;
    const char *name = "";

    if (ssh_get_server_publickey(session, &key) == SSH_OK)
        name = ssh_key_type_to_char(ssh_key_type(key)); /* a literal */
    ssh_key_free(key);
    return name;
}

struct ssh_agreement
ssh_transport_agreement(struct ssh_transport *t)
{
    ssh_session s = t->session;

    return (struct ssh_agreement){
        .client_version = ssh_get_clientbanner(s),
        .key_exchange = ssh_get_kex_algo(s),
        .host_key = host_key_type(s),
        .cipher_in = ssh_get_cipher_in(s),
        .cipher_out = ssh_get_cipher_out(s),
        .mac_in = ssh_get_hmac_in(s),
        .mac_out = ssh_get_hmac_out(s),
    };
}

/* Whether looking again could find something: a look costs a poll, and the
 * wait that follows looks as well. */
static bool
is_worth_a_look(const struct ssh_transport *t)
{
    return !t->is_quiet || is_over(t);
}

/* Whatever is there without waiting; false when nothing was. */
static bool
read_what_is_there(struct ssh_transport *t)
{
    t->is_quiet = false;
    for (int i = 0; i < STEP_READS; i++) {
        int rc = ssh_event_dopoll(t->event, 0);

        if (rc == SSH_AGAIN) {
            t->is_quiet = true;
            return i > 0;
        }
        if (rc == SSH_ERROR || is_over(t)) {
            t->is_gone = true;
            return true;
        }
        if (channels_have_left(t))
            return true; /* the owner has to send first */
    }
    return true;
}

enum status
ssh_transport_step(struct ssh_transport *t, int64_t deadline_ms)
{
    bool was_shut = t->has_half_close;
    bool had_news = channels_catch_up(t);
    bool has_read = (deadline_ms == SSH_ONLY_LOOK || is_worth_a_look(t)) &&
                    read_what_is_there(t);

    if (!has_read && !had_news) {
        if (!wait_for_socket(t, deadline_ms))
            return fail(ERR_TIMEOUT, "the client said nothing in time");
        if (t->has_half_close && !was_shut)
            return OK;
        read_what_is_there(t);
    }
    if (t->is_gone) {
        channels_drain(t);
        return why_over(t);
    }
    channels_settle(t);
    return OK;
}

enum status
ssh_transport_keepalive(struct ssh_transport *t)
{
    t->is_sending = true;
    int rc = ssh_send_keepalive(t->session);
    t->is_sending = false;
    return rc == SSH_OK && !is_over(t) ? OK : why_over(t);
}

/* libssh drops what it could not write when it disconnects. */
static void
say_goodbye(struct ssh_transport *t, const char *why)
{
    int64_t deadline = clock_now_ms(t->options.clock) + GOODBYE_MS;

    while (ssh_get_poll_flags(t->session) & SSH_WRITE_PENDING) {
        int left = time_left(t, deadline);

        if (left == 0 || ssh_event_dopoll(t->event, left) == SSH_ERROR ||
            is_over(t))
            break;
    }
    if (why != NULL)
        ssh_session_set_disconnect_message(t->session, why);
    ssh_disconnect(t->session);
}

void
ssh_transport_close(struct ssh_transport **transport, const char *why)
{
    struct ssh_transport *t = *transport;

    if (t == NULL)
        return;
    t->is_closing = true;
    if (!t->is_gone)
        say_goodbye(t, why);
    channels_free(t);
    transport_free(t);
    *transport = NULL;
}
