/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh_channels.c - the channels of a connection, each with its engine.
 *
 * Bytes go straight from the channel into the engine, which works on the files
 * there and then; its answers are sent when the transport has given over all
 * that it had, so that one packet carries many. An engine whose answers are
 * not read stops taking, and the channel's window closes.
 */
#include "ssh/engine.h"
#include "ssh/ssh_connection_private.h"

#include <stdlib.h>

struct busy_channel {
    struct busy_channel *next;
    struct ssh_channel *channel;
    struct engine *engine;
    const char *name; /* of its row in ssh_requests.c */
    bool has_left;    /* the engine left input until answers are sent */
    bool is_ending;   /* to be finished when the answers are sent */
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
start(struct ssh_connection *c, struct ssh_channel *channel,
      enum request_kind kind, struct str request)
{
    if (ssh_channel_owner(channel) != NULL)
        return fail(ERR_BUSY, "the channel is in use");
    struct busy_channel *bc = calloc(1, sizeof *bc);
    if (bc == NULL)
        return fail(ERR_MEMORY, "no memory for a channel");
    enum status status =
        request_start(c, kind, request, &bc->name, &bc->engine);
    if (status != OK) {
        free(bc);
        return status;
    }
    bc->channel = channel;
    bc->next = c->channels;
    c->channels = bc;
    ssh_channel_set_owner(channel, bc);
    return OK;
}

static bool
answer_request(struct ssh_connection *c, struct ssh_channel *channel,
               enum request_kind kind, struct str request)
{
    if (start(c, channel, kind, request) == OK)
        return true;
    refused(c, fail_reason(), request);
    return false;
}

bool
connection_subsystem(void *arg, struct ssh_channel *channel, struct str name)
{
    return answer_request(arg, channel, REQUEST_SUBSYSTEM, name);
}

bool
connection_exec(void *arg, struct ssh_channel *channel, struct str command)
{
    return answer_request(arg, channel, REQUEST_EXEC, command);
}

static struct buffer *
output_of(const struct busy_channel *bc)
{
    return bc->engine->ops->output(bc->engine);
}

static struct buffer *
errors_of(const struct busy_channel *bc)
{
    const struct engine_ops *ops = bc->engine->ops;

    return ops->errors != NULL ? ops->errors(bc->engine) : NULL;
}

static bool
has_answers(const struct busy_channel *bc)
{
    const struct buffer *errors = errors_of(bc);

    return buffer_len(output_of(bc)) > 0 ||
           (errors != NULL && buffer_len(errors) > 0);
}

static bool
is_working(const struct busy_channel *bc)
{
    const struct engine_ops *ops = bc->engine->ops;

    return ops->is_working != NULL && ops->is_working(bc->engine);
}

/* Answers to a client that cannot hear them do not hold up its requests: what
 * it sent in full is still to be done. */
static void
drop_unheard(struct busy_channel *bc)
{
    struct buffer *errors = errors_of(bc);

    if (!ssh_channel_is_deaf(bc->channel))
        return;
    if (bc->engine->ops->unheard != NULL)
        bc->engine->ops->unheard(bc->engine);
    buffer_clear(output_of(bc));
    if (errors != NULL)
        buffer_clear(errors);
}

/* The engine gave up: say what there is to say, and end the channel. */
static void
give_up(struct ssh_connection *c, struct busy_channel *bc)
{
    bc->is_ending = true;
    bc->exit_status = 1;
    refused(c, fail_reason(), str_of(bc->name));
}

size_t
connection_data(void *arg, struct ssh_channel *channel, struct str bytes)
{
    struct ssh_connection *c = arg;
    struct busy_channel *bc = ssh_channel_owner(channel);
    size_t total = 0;
    size_t taken = 1;

    session_touch(c->session);
    if (bc == NULL || bc->is_ending)
        return bytes.len; /* said to nobody */
    while (total < bytes.len && taken > 0) {
        drop_unheard(bc);
        enum status status = bc->engine->ops->input(
            bc->engine, str_from_offset(bytes, total), &taken);
        total += taken;
        if (status != OK) {
            give_up(c, bc);
            return bytes.len;
        }
    }
    bc->has_left = total < bytes.len;
    return total;
}

void
connection_eof(void *arg, struct ssh_channel *channel)
{
    struct busy_channel *bc = ssh_channel_owner(channel);

    (void)arg;
    if (bc == NULL)
        ssh_channel_finish(channel, 0);
    else if (bc->engine->ops->input_ended != NULL)
        bc->engine->ops->input_ended(bc->engine);
    else
        bc->is_ending = true;
}

void
connection_closed(void *arg, struct ssh_channel *channel)
{
    struct ssh_connection *c = arg;
    struct busy_channel *bc = ssh_channel_owner(channel);
    struct busy_channel **at = &c->channels;

    if (bc == NULL)
        return;
    while (*at != bc)
        at = &(*at)->next;
    *at = bc->next;
    bc->engine->ops->free(bc->engine);
    free(bc);
}

typedef enum status sender(struct ssh_channel *, struct str bytes,
                           size_t *sent_out);

/* Send until nothing is left or nothing more goes; whether all of it went. */
static bool
send_all(struct ssh_connection *c, struct ssh_channel *channel,
         struct buffer *answers, sender *send)
{
    size_t sent = 1;

    while (buffer_len(answers) > 0 && sent > 0) {
        /* A failure is the end of the connection: the next step tells it. */
        if (send(channel, buffer_str(answers), &sent) != OK)
            return false;
        buffer_take(answers, sent);
        if (sent > 0)
            session_touch(c->session);
    }
    return buffer_len(answers) == 0;
}

static bool
send_answers(struct ssh_connection *c, struct busy_channel *bc)
{
    struct buffer *errors = errors_of(bc);

    return send_all(c, bc->channel, output_of(bc), ssh_channel_send) &&
           (errors == NULL ||
            send_all(c, bc->channel, errors, ssh_channel_send_error));
}

/* Whether the engine had more to say. */
static bool
has_produced(struct ssh_connection *c, struct busy_channel *bc)
{
    const struct engine_ops *ops = bc->engine->ops;
    bool was_working = is_working(bc);

    drop_unheard(bc);
    if (ops->produce == NULL || ssh_channel_is_deaf(bc->channel) ||
        (bc->is_ending && !was_working))
        return false;
    if (was_working)
        session_touch(c->session);
    if (ops->produce(bc->engine) != OK)
        give_up(c, bc);
    return has_answers(bc);
}

/* Whether the engine could go on with the input that it had left. */
static bool
has_resumed(struct busy_channel *bc)
{
    if (!bc->has_left || is_working(bc))
        return false;
    bc->has_left = false;
    ssh_channel_resume(bc->channel);
    return true;
}

static void
send_and_go_on(struct ssh_connection *c, struct busy_channel *bc)
{
    while (send_answers(c, bc) && (has_produced(c, bc) || has_resumed(bc)))
        ;
    if (!bc->is_ending)
        bc->is_ending = bc->engine->ops->is_over(bc->engine, &bc->exit_status);
    if (bc->is_ending && !has_answers(bc) && !is_working(bc))
        ssh_channel_finish(bc->channel, bc->exit_status);
}

void
channels_send(struct ssh_connection *c)
{
    for (struct busy_channel *bc = c->channels; bc != NULL; bc = bc->next)
        send_and_go_on(c, bc);
}

bool
channels_are_working(const struct ssh_connection *c)
{
    for (const struct busy_channel *bc = c->channels; bc != NULL; bc = bc->next)
        if (is_working(bc) && !has_answers(bc))
            return true;
    return false;
}

bool
channels_are_busy(const struct ssh_connection *c)
{
    for (const struct busy_channel *bc = c->channels; bc != NULL; bc = bc->next)
        if (bc->engine->ops->is_busy(bc->engine) || has_answers(bc) ||
            is_working(bc))
            return true;
    return false;
}

void
channels_rest(struct ssh_connection *c)
{
    for (struct busy_channel *bc = c->channels; bc != NULL; bc = bc->next)
        if (bc->engine->ops->rest != NULL)
            bc->engine->ops->rest(bc->engine);
}
