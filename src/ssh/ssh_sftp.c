/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh_sftp.c - the channels of a connection, each with an SFTP engine.
 *
 * Bytes go straight from the channel into the engine, which works on the files
 * there and then; its answers are sent when the transport has given over all
 * that it had, so that one packet carries many. An engine whose answers are
 * not read stops taking, and the channel's window closes.
 */
#include "ssh/ssh_connection_private.h"

#include <stdlib.h>

struct sftp_channel {
    struct sftp_channel *next;
    struct ssh_channel *channel;
    struct sftp *engine;
    bool has_left;  /* the engine left input until answers are sent */
    bool is_ending; /* to be finished when the answers are sent */
    int exit_status;
};

static void
refused(struct ssh_connection *c, const char *what, struct str name)
{
    struct event_field fields[] = {
        EVENT_TEXT("details", str_of(what)),
        EVENT_TEXT("request", name),
    };

    session_emit(c->session, EVENT_SSH_REQUEST_REFUSED, fields, 2);
}

bool
connection_channel_open(void *arg, struct ssh_channel *channel)
{
    struct ssh_connection *c = arg;

    (void)channel;
    return session_is_logged_in(c->session);
}

static enum status
start_sftp(struct ssh_connection *c, struct ssh_channel *channel)
{
    struct sftp_options options = {
        .files = session_files(c->session),
        .account_name = session_account(c->session),
    };
    struct sftp_channel *sc = calloc(1, sizeof *sc);

    if (sc == NULL)
        return fail(ERR_MEMORY, "no memory for a channel");
    enum status status = sftp_new(&options, &sc->engine);
    if (status != OK) {
        free(sc);
        return status;
    }
    sc->channel = channel;
    sc->next = c->channels;
    c->channels = sc;
    ssh_channel_set_owner(channel, sc);
    session_emit(c->session, EVENT_SFTP_STARTED, NULL, 0);
    return OK;
}

bool
connection_subsystem(void *arg, struct ssh_channel *channel, struct str name)
{
    struct ssh_connection *c = arg;
    const char *why = NULL;

    if (!str_is(name, "sftp"))
        why = "there is no such subsystem";
    else if (!c->service->has_sftp)
        why = "sftp is off for this service";
    else if (ssh_channel_owner(channel) != NULL)
        why = "the channel is in use";
    else if (start_sftp(c, channel) != OK)
        why = fail_reason();
    if (why != NULL)
        refused(c, why, name);
    return why == NULL;
}

bool
connection_exec(void *arg, struct ssh_channel *channel, struct str command)
{
    struct ssh_connection *c = arg;

    (void)channel;
    refused(c, "commands are not run here", command);
    return false;
}

/* Answers to a client that cannot hear them do not hold up its requests: what
 * it sent in full is still to be done. */
static void
drop_unheard(struct sftp_channel *sc)
{
    if (ssh_channel_is_deaf(sc->channel))
        buffer_clear(sftp_output(sc->engine));
}

size_t
connection_data(void *arg, struct ssh_channel *channel, struct str bytes)
{
    struct ssh_connection *c = arg;
    struct sftp_channel *sc = ssh_channel_owner(channel);
    size_t total = 0;
    size_t taken = 1;

    session_touch(c->session);
    if (sc == NULL || sc->is_ending)
        return bytes.len; /* said to nobody */
    while (total < bytes.len && taken > 0) {
        drop_unheard(sc);
        enum status status =
            sftp_input(sc->engine, str_from_offset(bytes, total), &taken);
        total += taken;
        if (status != OK) {
            sc->is_ending = true;
            sc->exit_status = 1;
            refused(c, fail_reason(), STR("sftp"));
            return bytes.len;
        }
    }
    sc->has_left = total < bytes.len;
    return total;
}

void
connection_eof(void *arg, struct ssh_channel *channel)
{
    struct sftp_channel *sc = ssh_channel_owner(channel);

    (void)arg;
    if (sc != NULL)
        sc->is_ending = true;
    else
        ssh_channel_finish(channel, 0);
}

void
connection_closed(void *arg, struct ssh_channel *channel)
{
    struct ssh_connection *c = arg;
    struct sftp_channel *sc = ssh_channel_owner(channel);
    struct sftp_channel **at = &c->channels;

    if (sc == NULL)
        return;
    while (*at != sc)
        at = &(*at)->next;
    *at = sc->next;
    sftp_free(&sc->engine);
    free(sc);
}

/* Send until nothing is left or nothing more goes; whether all of it went. */
static bool
send_answers(struct ssh_connection *c, struct sftp_channel *sc)
{
    struct buffer *output = sftp_output(sc->engine);
    size_t sent = 1;

    while (buffer_len(output) > 0 && sent > 0) {
        /* A failure is the end of the connection: the next step tells it. */
        if (ssh_channel_send(sc->channel, buffer_str(output), &sent) != OK)
            return false;
        buffer_take(output, sent);
        if (sent > 0)
            session_touch(c->session);
    }
    return buffer_len(output) == 0;
}

static void
send_and_go_on(struct ssh_connection *c, struct sftp_channel *sc)
{
    while (send_answers(c, sc) && sc->has_left) {
        sc->has_left = false;
        ssh_channel_resume(sc->channel);
    }
    if (sc->is_ending && buffer_len(sftp_output(sc->engine)) == 0)
        ssh_channel_finish(sc->channel, sc->exit_status);
}

void
channels_send(struct ssh_connection *c)
{
    for (struct sftp_channel *sc = c->channels; sc != NULL; sc = sc->next)
        send_and_go_on(c, sc);
}

bool
channels_are_busy(const struct ssh_connection *c)
{
    for (const struct sftp_channel *sc = c->channels; sc != NULL; sc = sc->next)
        if (sftp_handle_count(sc->engine) > 0 ||
            buffer_len(sftp_output(sc->engine)) > 0)
            return true;
    return false;
}

void
channels_rest(struct ssh_connection *c)
{
    for (struct sftp_channel *sc = c->channels; sc != NULL; sc = sc->next)
        sftp_rest(sc->engine);
}
