/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport_channel.c - session channels (RFC 4254), several per connection.
 *
 * Bytes of the client that the owner does not take wait in `kept` up to
 * KEPT_MOST, and behind that in libssh, whose window then closes.
 *
 *   OPEN --ssh_channel_finish--> FINISHED --client's CLOSE--> gone
 *     +-------------------client's CLOSE, input taken-----------^
 */
#include "ssh/transport_private.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

static size_t
offer(struct ssh_channel *ch, struct str bytes)
{
    const struct ssh_transport_options *o = &ch->transport->options;

    return ch->is_finished ? bytes.len : o->owner->data(o->arg, ch, bytes);
}

/* Keep the first bytes, as far as there is room for them. */
static size_t
keep(struct ssh_channel *ch, struct str bytes)
{
    size_t room = KEPT_MOST - buffer_len(&ch->kept);
    size_t len = bytes.len < room ? bytes.len : room;

    /* Without memory they stay in libssh, where they are already. */
    if (len == 0 || buffer_add(&ch->kept, str_from(bytes.data, len)) != OK)
        return 0;
    return len;
}

/*
 * libssh hands over all that it holds, old and new, and drops what we say was
 * taken. It lets a client exceed the window that it was given; we do not.
 */
static int
on_data(ssh_session session, ssh_channel handle, void *data, uint32_t len,
        int is_stderr, void *arg)
{
    struct ssh_channel *ch = arg;
    struct str bytes = str_from(data, len);
    size_t taken = 0;

    (void)session;
    (void)handle;
    if (is_stderr || ch->transport->is_closing || ch->is_finished)
        return (int)len;
    if (len > HELD_MOST) {
        ch->transport->breach = "it ignored the window of a channel";
        return (int)len;
    }
    if (ch->transport->is_sending)
        ch->is_deferred = true;
    else if (buffer_len(&ch->kept) == 0)
        taken = offer(ch, bytes);
    if (taken < len)
        taken += keep(ch, str_from_offset(bytes, taken));
    ch->held = len - (uint32_t)taken;
    return (int)taken;
}

static void
on_eof(ssh_session session, ssh_channel handle, void *arg)
{
    struct ssh_channel *ch = arg;

    (void)session;
    (void)handle;
    ch->has_eof = true;
}

static void
on_close(ssh_session session, ssh_channel handle, void *arg)
{
    struct ssh_channel *ch = arg;

    (void)session;
    (void)handle;
    ch->is_closed = true;
}

/*
 * The packet limit that the client gave for the channel. libssh has no call
 * for it, and its own arithmetic on a limit under eleven bytes wraps, or cuts
 * a packet into endless empty ones. So it is read where 0.10 keeps it, after
 * making sure by what is known that the place is the right one; where it is
 * not, the answer is "no limit".
 */
static uint32_t
packet_limit(ssh_session session, ssh_channel handle)
{
    struct {
        ssh_session session;
        uint32_t local_channel;
        uint32_t local_window;
        int local_eof;
        uint32_t local_packet;
        uint32_t remote_channel;
        uint32_t remote_window;
        int remote_eof;
        uint32_t remote_packet;
    } seen;

    memcpy(&seen, (const void *)handle, sizeof seen);
    if (seen.session != session ||
        seen.remote_window != ssh_channel_window_size(handle) ||
        seen.local_eof != 0)
        return UINT32_MAX;
    return seen.remote_packet;
}

static bool
is_servable(struct ssh_channel *ch, ssh_session session)
{
    ch->packet = packet_limit(session, ch->handle);
    return !ch->transport->is_closing && !ch->is_finished && !ch->is_closed &&
           ch->packet >= PACKET_LEAST;
}

/* For libssh, 0 is yes and 1 is no. */
static int
on_subsystem(ssh_session session, ssh_channel handle, const char *name,
             void *arg)
{
    struct ssh_channel *ch = arg;
    const struct ssh_transport_options *o = &ch->transport->options;

    (void)handle;
    return is_servable(ch, session) &&
                   o->owner->subsystem(o->arg, ch, str_of(name))
               ? 0
               : 1;
}

static int
on_exec(ssh_session session, ssh_channel handle, const char *command, void *arg)
{
    struct ssh_channel *ch = arg;
    const struct ssh_transport_options *o = &ch->transport->options;

    (void)handle;
    return is_servable(ch, session) &&
                   o->owner->exec(o->arg, ch, str_of(command))
               ? 0
               : 1;
}

/* What has no callback (shell, pty-req, env, x11-req, …) libssh refuses. */
static bool
set_up(struct ssh_channel *ch, ssh_session session)
{
    ch->handle = ssh_channel_new(session);
    if (ch->handle == NULL)
        return false;
    ch->kept = BUFFER(KEPT_MOST);
    ch->calls = (struct ssh_channel_callbacks_struct){
        .userdata = ch,
        .channel_data_function = on_data,
        .channel_eof_function = on_eof,
        .channel_close_function = on_close,
        .channel_subsystem_request_function = on_subsystem,
        .channel_exec_request_function = on_exec,
    };
    ssh_callbacks_init(&ch->calls);
    return ssh_set_channel_callbacks(ch->handle, &ch->calls) == SSH_OK;
}

ssh_channel
channel_opened(ssh_session session, void *transport)
{
    struct ssh_transport *t = transport;

    if (t->is_closing || t->channel_count >= CHANNELS_MOST)
        return NULL;
    struct ssh_channel *ch = calloc(1, sizeof *ch);
    if (ch == NULL)
        return NULL;
    ch->transport = t;
    if (!set_up(ch, session) ||
        !t->options.owner->channel_open(t->options.arg, ch)) {
        ssh_channel_free(ch->handle);
        free(ch);
        return NULL;
    }
    ch->next = t->channels;
    t->channels = ch;
    t->channel_count++;
    return ch->handle;
}

static void
leave_list(struct ssh_channel *ch)
{
    struct ssh_channel **at = &ch->transport->channels;

    while (*at != ch)
        at = &(*at)->next;
    *at = ch->next;
    ch->transport->channel_count--;
}

/* Tell the owner, and let libssh close its side. Closing sends, and so reads;
 * after the goodbye libssh has freed all channels. */
static void
release(struct ssh_channel *ch)
{
    struct ssh_transport *t = ch->transport;

    t->options.owner->closed(t->options.arg, ch);
    if (!t->is_closing) {
        ssh_remove_channel_callbacks(ch->handle, &ch->calls);
        t->is_sending = true;
        ssh_channel_free(ch->handle);
        t->is_sending = false;
    }
    buffer_done(&ch->kept);
    free(ch);
}

/*
 * Take over what libssh holds, all at once: reading a part of it would open
 * the whole window again, and the rest would grow without end. Reading fails
 * once the connection has ended; what was not taken then was never read.
 */
static bool
refill(struct ssh_channel *ch)
{
    char *room;

    if (ch->held == 0 || ch->held > KEPT_MOST ||
        buffer_reserve(&ch->kept, ch->held, &room) != OK)
        return false;
    ch->transport->is_sending = true; /* it sends a window adjustment */
    int got = ssh_channel_read_nonblocking(ch->handle, room, ch->held, 0);
    ch->transport->is_sending = false;
    if (got <= 0)
        return false;
    buffer_added(&ch->kept, (size_t)got);
    ch->held -= (uint32_t)got < ch->held ? (uint32_t)got : ch->held;
    return true;
}

static bool
has_left(const struct ssh_channel *ch)
{
    return buffer_len(&ch->kept) > 0 || ch->held > 0;
}

void
ssh_channel_resume(struct ssh_channel *ch)
{
    ch->is_deferred = false;
    while (buffer_len(&ch->kept) > 0 || refill(ch)) {
        size_t len = buffer_len(&ch->kept);
        size_t taken = offer(ch, buffer_str(&ch->kept));

        buffer_take(&ch->kept, taken);
        if (taken < len)
            return;
    }
    buffer_done(&ch->kept);
}

static bool
has_news(const struct ssh_channel *ch)
{
    return ch->is_deferred || ch->is_closed ||
           (ch->has_eof && !ch->is_eof_told && !has_left(ch));
}

bool
channels_catch_up(struct ssh_transport *t)
{
    bool had_news = false;

    for (struct ssh_channel *ch = t->channels; ch != NULL; ch = ch->next) {
        had_news = had_news || has_news(ch);
        if (ch->is_deferred)
            ssh_channel_resume(ch);
    }
    return had_news;
}

static void
settle(struct ssh_channel *ch)
{
    const struct ssh_transport_options *o = &ch->transport->options;

    if (ch->is_closed && has_left(ch))
        ssh_channel_resume(ch); /* deaf now, so the owner takes it all */
    if (ch->has_eof && !ch->is_eof_told && !has_left(ch)) {
        ch->is_eof_told = true;
        if (!ch->is_finished)
            o->owner->eof(o->arg, ch);
    }
    if (ch->is_closed) {
        leave_list(ch);
        release(ch);
    }
}

void
channels_settle(struct ssh_transport *t)
{
    struct ssh_channel *next;

    for (struct ssh_channel *ch = t->channels; ch != NULL; ch = next) {
        next = ch->next;
        settle(ch);
    }
}

void
channels_drain(struct ssh_transport *t)
{
    for (struct ssh_channel *ch = t->channels; ch != NULL; ch = ch->next)
        ssh_channel_resume(ch);
}

void
channels_free(struct ssh_transport *t)
{
    struct ssh_channel *ch;

    while ((ch = t->channels) != NULL) {
        t->channels = ch->next;
        release(ch);
    }
}

bool
channels_have_left(const struct ssh_transport *t)
{
    for (const struct ssh_channel *ch = t->channels; ch != NULL; ch = ch->next)
        if (has_left(ch))
            return true;
    return false;
}

bool
ssh_channel_is_deaf(const struct ssh_channel *ch)
{
    const struct ssh_transport *t = ch->transport;

    return ch->is_closed || ch->is_finished || t->is_reset || t->is_gone ||
           t->is_closing;
}

/*
 * Whether the client reset the connection. A write would then make libssh
 * close it, and with it what the kernel still holds of the client's requests;
 * so the writing ends here, and the reading goes on to the end.
 */
static bool
is_reset(struct ssh_transport *t)
{
    struct pollfd polled = { .fd = ssh_get_fd(t->session) };

    if (poll(&polled, 1, 0) > 0 && polled.revents & (POLLERR | POLLHUP))
        t->is_reset = true;
    return t->is_reset;
}

/* As many bytes as fill whole packets, so that none goes out nearly empty;
 * libssh keeps ten bytes of each for itself. */
static size_t
most_to_send(const struct ssh_channel *ch)
{
    size_t payload = ch->packet - 10;

    return payload < SEND_MOST ? SEND_MOST / payload * payload : SEND_MOST;
}

/* How much of `len` bytes may go now; *all_gone_out when nobody is there to
 * hear them. */
static size_t
room_to_send(struct ssh_channel *ch, size_t len, bool *all_gone_out)
{
    struct ssh_transport *t = ch->transport;
    size_t most = most_to_send(ch);

    *all_gone_out = ssh_channel_is_deaf(ch);
    /* What libssh could not hand to the kernel it keeps, without a limit. */
    if (*all_gone_out || (ssh_get_status(t->session) & SSH_WRITE_PENDING))
        return 0;
    if (len > most)
        len = most;
    uint32_t window = ssh_channel_window_size(ch->handle);
    if (len > window)
        len = window; /* libssh would read while it waits for more */
    if (len > 0)
        *all_gone_out = is_reset(t);
    return *all_gone_out ? 0 : len;
}

typedef int writer(ssh_channel, const void *data, uint32_t len);

static enum status
send_by(struct ssh_channel *ch, struct str bytes, writer *write,
        size_t *sent_out)
{
    struct ssh_transport *t = ch->transport;
    bool all_gone;
    size_t len = room_to_send(ch, bytes.len, &all_gone);

    *sent_out = all_gone ? bytes.len : 0;
    if (len == 0)
        return OK;
    t->is_sending = true;
    int sent = write(ch->handle, bytes.data, (uint32_t)len);
    t->is_sending = false;
    if (sent < 0)
        return fail(ERR_CLOSED, "%s", transport_error(t->session));
    *sent_out = (size_t)sent;
    return OK;
}

enum status
ssh_channel_send(struct ssh_channel *ch, struct str bytes, size_t *sent_out)
{
    return send_by(ch, bytes, ssh_channel_write, sent_out);
}

enum status
ssh_channel_send_error(struct ssh_channel *ch, struct str bytes,
                       size_t *sent_out)
{
    return send_by(ch, bytes, ssh_channel_write_stderr, sent_out);
}

void
ssh_channel_finish(struct ssh_channel *ch, int exit_status)
{
    if (ssh_channel_is_deaf(ch))
        return;
    ch->is_finished = true;
    buffer_done(&ch->kept);
    ch->transport->is_sending = true;
    ssh_channel_request_send_exit_status(ch->handle, exit_status);
    ssh_channel_send_eof(ch->handle);
    ssh_channel_close(ch->handle);
    ch->transport->is_sending = false;
}

void
ssh_channel_set_owner(struct ssh_channel *ch, void *owner)
{
    ch->owner = owner;
}

void *
ssh_channel_owner(const struct ssh_channel *ch)
{
    return ch->owner;
}
