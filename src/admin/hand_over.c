/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hand_over.c - the commands by which another process takes the server's place.
 *
 * Descriptors travel beside a blank that comes before the answer: JSON does
 * not mind it, and whoever wants no descriptors never sees them.
 */
#include "admin/admin_private.h"

#include "admin/control_client.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

struct handing {
    json_t *services;
    enum status status;
    size_t count;
    int sockets[CONTROL_SOCKETS];
    int connection;
};

static enum status
add_service(struct handing *h, const struct admin_service *service)
{
    json_t *shown = json_pack("{s:i}", "port", (int)service->port);

    if (h->count == CONTROL_SOCKETS)
        return fail(ERR_LIMIT, "more than %d services", CONTROL_SOCKETS);
    TRY(json_append(h->services, shown));
    TRY(json_set_text(shown, "id", str_of(service->id)));
    TRY(json_set_text(shown, "address", str_of(service->address)));
    h->sockets[h->count++] = service->socket;
    return OK;
}

static void
see_service(void *arg, const struct admin_service *service)
{
    struct handing *h = arg;

    if (h->status == OK && service->socket >= 0)
        h->status = add_service(h, service);
}

static enum status
send_sockets(struct handing *h)
{
    union {
        struct cmsghdr first; /* for its alignment */
        char bytes[CMSG_SPACE(sizeof(int) * CONTROL_SOCKETS)];
    } parts = { 0 };
    char blank = ' ';
    struct iovec text = { &blank, 1 };
    size_t size = h->count * sizeof(int);
    struct msghdr message = { .msg_iov = &text,
                              .msg_iovlen = 1,
                              .msg_control = parts.bytes,
                              .msg_controllen = CMSG_SPACE(size) };

    if (h->count == 0)
        return OK;
    struct cmsghdr *part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(part), h->sockets, size);
    if (sendmsg(h->connection, &message, MSG_NOSIGNAL) != 1)
        return fail_errno(errno, "the sockets cannot be sent");
    return OK;
}

/* Sent while they are looked at, so that none is closed meanwhile. */
static void
see_end(void *arg)
{
    struct handing *h = arg;

    if (h->status == OK)
        h->status = send_sockets(h);
}

enum status
admin_hand_over(void *arg, const struct control_request *request,
                json_t *result)
{
    struct admin *admin = arg;
    const struct admin_host *host = admin->host;
    struct handing h = { .services = json_array(),
                         .connection = request->peer->connection };

    TRY(json_set(result, "services", h.services));
    if (host->state(host->arg) == ADMIN_RETIRING)
        return fail(ERR_CONFLICT, "another process has taken over");
    host->each_service(host->arg, see_service, see_end, &h);
    admin_tell(admin, request, "hand-over",
               h.status == OK ? "done" : fail_reason());
    return h.status;
}

enum status
admin_retire(void *arg, const struct control_request *request, json_t *result)
{
    struct admin *admin = arg;
    const struct admin_host *host = admin->host;

    TRY(host->retire(host->arg, request->peer->pid));
    admin_tell(admin, request, "retire", "done");
    return json_set_number(result, "sessions", hub_session_count(host->hub));
}

enum status
admin_upgrade(void *arg, const struct control_request *request, json_t *result)
{
    struct admin *admin = arg;
    const struct admin_host *host = admin->host;
    pid_t successor = 0;

    TRY(host->upgrade(host->arg, control_text(request, "program"), &successor));
    admin_tell(admin, request, "upgrade", "started");
    return json_set_number(result, "pid", (uint64_t)successor);
}
