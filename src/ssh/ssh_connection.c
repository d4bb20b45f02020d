/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh_connection.c - one client, from its first byte to its last.
 *
 * The thread waits for the client until the earliest moment at which something
 * else is due, and after each answer of the transport sends what there is to
 * send. Nothing in here blocks on the client.
 */
#include "ssh/ssh_connection_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REASON_TEXT = 256,
    REST_AFTER_MS = 1000,
    KEEPALIVE_AFTER_MS = 15000, /* keeps the way through firewalls open */
};

static const struct audit_ids sftp_events = {
    .download = EVENT_SFTP_DOWNLOADED,
    .download_failed = EVENT_SFTP_DOWNLOAD_FAILED,
    .upload = EVENT_SFTP_UPLOADED,
    .upload_failed = EVENT_SFTP_UPLOAD_FAILED,
    .open_failed = EVENT_SFTP_OPEN_FAILED,
    .listed = EVENT_SFTP_LISTED,
    .list_failed = EVENT_SFTP_LIST_FAILED,
    .removed = EVENT_SFTP_REMOVED,
    .remove_failed = EVENT_SFTP_REMOVE_FAILED,
    .folder_made = EVENT_SFTP_FOLDER_MADE,
    .folder_make_failed = EVENT_SFTP_FOLDER_MAKE_FAILED,
    .folder_removed = EVENT_SFTP_FOLDER_REMOVED,
    .folder_remove_failed = EVENT_SFTP_FOLDER_REMOVE_FAILED,
    .renamed = EVENT_SFTP_RENAMED,
    .rename_failed = EVENT_SFTP_RENAME_FAILED,
    .attributes_set = EVENT_SFTP_ATTRIBUTES_SET,
    .attributes_failed = EVENT_SFTP_ATTRIBUTES_FAILED,
    .link_made = EVENT_SFTP_LINK_MADE,
    .link_failed = EVENT_SFTP_LINK_FAILED,
};

static const struct ssh_owner owner = {
    .password = connection_password,
    .key = connection_key,
    .methods = connection_methods,
    .channel_open = connection_channel_open,
    .subsystem = connection_subsystem,
    .exec = connection_exec,
    .data = connection_data,
    .eof = connection_eof,
    .closed = connection_closed,
};

static struct clock *
clock_of(const struct ssh_connection *c)
{
    return hub_clock(c->service->hub);
}

static int64_t
earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t
keepalive_due_ms(const struct ssh_connection *c)
{
    int64_t last =
        c->heard_ms > c->kept_alive_ms ? c->heard_ms : c->kept_alive_ms;

    return last + KEEPALIVE_AFTER_MS;
}

static int64_t
next_deadline(const struct ssh_connection *c)
{
    int64_t deadline = session_deadline(c->session);

    if (channels_are_working(c))
        return SSH_ONLY_LOOK;
    if (!session_is_logged_in(c->session))
        return deadline;
    if (!c->is_resting)
        deadline = earlier(deadline, c->heard_ms + REST_AFTER_MS);
    return earlier(deadline, keepalive_due_ms(c));
}

/* Nothing came in time: do what is due. */
static enum status
idle(struct ssh_connection *c)
{
    int64_t now = clock_now_ms(clock_of(c));

    if (!session_is_logged_in(c->session))
        return OK;
    if (!c->is_resting && now >= c->heard_ms + REST_AFTER_MS) {
        channels_rest(c);
        c->is_resting = true;
    }
    if (now < keepalive_due_ms(c))
        return OK;
    c->kept_alive_ms = now;
    return ssh_transport_keepalive(c->transport);
}

static void
tell_whether_busy(struct ssh_connection *c)
{
    bool is_busy = channels_are_busy(c);

    if (is_busy != c->is_busy)
        session_set_busy(c->session, is_busy);
    c->is_busy = is_busy;
}

/* Until the connection ends (ERR_CLOSED) or the session is to (OK). */
static enum status
serve(struct ssh_connection *c, const char **why_out)
{
    while (!session_should_end(c->session, why_out)) {
        enum status status = ssh_transport_step(c->transport, next_deadline(c));

        if (status == OK) {
            c->heard_ms = clock_now_ms(clock_of(c));
            c->is_resting = false;
        } else if (status == ERR_TIMEOUT) {
            status = idle(c);
        }
        TRY(status);
        channels_send(c);
        tell_whether_busy(c);
    }
    return OK;
}

static void
tell_agreement(struct ssh_connection *c)
{
    struct ssh_agreement a = ssh_transport_agreement(c->transport);
    struct event_field fields[] = {
        EVENT_TEXT("client_version", str_of(a.client_version)),
        EVENT_TEXT("key_exchange", str_of(a.key_exchange)),
        EVENT_TEXT("host_key", str_of(a.host_key)),
        EVENT_TEXT("in_cipher", str_of(a.cipher_in)),
        EVENT_TEXT("in_hmac", str_of(a.mac_in)),
        EVENT_TEXT("out_cipher", str_of(a.cipher_out)),
        EVENT_TEXT("out_hmac", str_of(a.mac_out)),
    };

    session_emit(c->session, EVENT_SSH_NEGOTIATED, fields,
                 sizeof fields / sizeof fields[0]);
}

static enum status
open_transport(struct ssh_connection *c, int socket)
{
    const struct ssh_service *service = c->service;
    struct ssh_transport_options options = {
        .keys = service->keys,
        .owner = &owner,
        .arg = c,
        .rekey_bytes = section_number(service->section, "rekey_bytes"),
        .rekey_seconds =
            (uint32_t)section_number(service->section, "rekey_seconds"),
        .cipher_list = service->cipher_list,
        .banner = service->banner,
        .prompt =
            section_text(service->section, "keyboard_interactive_message"),
        .clock = clock_of(c),
    };

    session_emit(c->session, EVENT_SSH_OPENED, NULL, 0);
    return ssh_transport_open(socket, &options, session_deadline(c->session),
                              &c->transport);
}

/* `descriptor` is the same connection under a number that stays ours, so that
 * an operator who ends the session never shuts down somebody else's. */
static void
run(struct ssh_connection *c, int socket, int descriptor)
{
    char reason[REASON_TEXT];
    const char *why = NULL;
    enum status status = open_transport(c, socket);

    if (status == OK) {
        c->heard_ms = clock_now_ms(clock_of(c));
        tell_agreement(c);
        status = serve(c, &why);
    } else {
        struct event_field details =
            EVENT_TEXT("details", str_of(fail_reason()));

        session_emit(c->session, EVENT_SSH_FAILED, &details, 1);
    }
    /* What is closed below may fail in its own ways. */
    snprintf(reason, sizeof reason, "%s",
             status != OK || why == NULL ? fail_reason() : why);
    why = reason;
    ssh_transport_close(&c->transport, why);
    shutdown(descriptor, SHUT_RDWR);
    session_close(&c->session, why);
}

static enum status
open_session(struct ssh_connection *c, int descriptor)
{
    struct session_options options = {
        .service = c->service->section,
        .protocol = "sftp",
        .audit = &sftp_events,
        .visitor = c->visitor,
        .descriptor = descriptor,
    };

    if (descriptor < 0)
        return fail_errno(errno, "no descriptor is left");
    return session_open(c->service->hub, &options, &c->session);
}

void
ssh_connection_serve(struct ssh_service *service, int socket,
                     struct visitor *visitor)
{
    struct ssh_connection c = { .service = service, .visitor = visitor };
    int descriptor = fcntl(socket, F_DUPFD_CLOEXEC, 0);

    if (open_session(&c, descriptor) == OK)
        run(&c, socket, descriptor);
    else
        close(socket);
    if (descriptor >= 0)
        close(descriptor);
    ssh_service_unref(&service);
    visitor_leave(visitor);
}
