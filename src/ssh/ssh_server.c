/* SPDX-License-Identifier: Apache-2.0 */
/* ssh_server.c - a [services/ID] of type ssh: its keys, its port, its clients.
 */
#include "ssh/ssh_server.h"

#include "keys/host_keys.h"
#include "net/listener.h"
#include "ssh/ssh_connection.h"

#include <stdlib.h>

enum { HOST_KEYS_MOST = 16, TEXT_MOST = 64 * 1024 };

struct ssh_server {
    struct ssh_service service;
    struct listener *listener;
    bool is_accepting;
};

static void
serve(void *arg, int socket, struct visitor *visitor)
{
    const struct ssh_server *server = arg;

    ssh_connection_serve(&server->service, socket, visitor);
}

static void
refused(void *arg, const char *address, uint16_t port, const char *why)
{
    const struct ssh_server *server = arg;
    const struct section *section = server->service.section;
    struct event_field details = EVENT_TEXT("details", str_of(why));
    struct event_subject subject = {
        .component_uuid = section_id(section),
        .component_name = section_text(section, "name"),
        .component_type = section_text(section, "type"),
        .account_uuid = "",
        .account_name = "",
        .peer_address = address,
        .peer_port = port,
        .session = "",
    };

    event_emit(hub_events(server->service.hub), EVENT_CONNECTION_REFUSED,
               &subject, &details, 1);
}

static enum status
take_text(struct buffer *buffer, char **text_out)
{
    *text_out = str_copy(buffer_str(buffer));
    return *text_out != NULL ? OK : fail(ERR_MEMORY, "no memory for text");
}

static enum status
read_cipher_list(struct ssh_service *service)
{
    AUTO(buffer_done) struct buffer names = BUFFER(TEXT_MOST);
    const char *name;

    for (size_t i = 0;
         (name = section_item(service->section, "ssh_cipher_list", i)) != NULL;
         i++)
        TRY(buffer_addf(&names, "%s%s", i > 0 ? "," : "", name));
    TRY(take_text(&names, &service->cipher_list));
    return ssh_cipher_list_check(service->cipher_list, service->keys);
}

/* Lines of the banner end in CR LF (RFC 4252, 5.4). */
static enum status
read_banner(struct ssh_service *service)
{
    AUTO(buffer_done) struct buffer banner = BUFFER(TEXT_MOST);
    struct str rest =
        str_of(section_text(service->section, "before_login_message"));

    while (rest.len > 0) {
        struct str line = str_trim(str_cut(&rest, '\n'));

        TRY(buffer_addf(&banner, "%.*s\r\n", STR_ARG(line)));
    }
    return take_text(&banner, &service->banner);
}

static enum status
read_keys(struct ssh_service *service)
{
    AUTO(host_keys_free) struct host_keys *keys = NULL;
    struct str pems[HOST_KEYS_MOST];

    TRY(host_keys_load(service->section, &keys));
    size_t count = host_keys_count(keys);
    if (count > HOST_KEYS_MOST)
        return fail(ERR_LIMIT, "more than %d host keys", HOST_KEYS_MOST);
    for (size_t i = 0; i < count; i++)
        pems[i] = host_keys_pem(keys, i);
    return ssh_keys_new(pems, count, &service->keys);
}

static enum status
listen_on(struct ssh_server *server)
{
    const struct section *s = server->service.section;
    struct listener_options options = {
        .address = section_text(s, "address"),
        .port = (uint16_t)section_number(s, "port"),
        .limits = {
            .maximum_connections =
                (unsigned)section_number(s, "maximum_concurrent_connections"),
            .maximum_per_address =
                (unsigned)section_number(s, "maximum_connections_per_address"),
            .maximum_unauthenticated =
                (unsigned)section_number(s, "maximum_unauthenticated"),
            .maximum_unauthenticated_per_address = (unsigned)section_number(
                s, "maximum_unauthenticated_per_address"),
        },
        .serve = serve,
        .refused = refused,
        .arg = server,
    };

    TRY(listener_start(&options, &server->listener));
    server->is_accepting = true;
    return OK;
}

static enum status
start(struct ssh_server *server)
{
    TRY(read_keys(&server->service));
    TRY(read_cipher_list(&server->service));
    TRY(read_banner(&server->service));
    return listen_on(server);
}

enum status
ssh_server_start(struct hub *hub, const struct section *section,
                 struct ssh_server **server_out)
{
    struct ssh_server *server = calloc(1, sizeof *server);

    if (server == NULL)
        return fail(ERR_MEMORY, "no memory for a service");
    server->service.hub = hub;
    server->service.section = section;
    enum status status = start(server);
    if (status != OK) {
        ssh_server_stop(&server);
        return status;
    }
    *server_out = server;
    return OK;
}

uint16_t
ssh_server_port(const struct ssh_server *server)
{
    return listener_port(server->listener);
}

void
ssh_server_stop_accepting(struct ssh_server *server)
{
    server->is_accepting = false;
    listener_stop_accepting(server->listener);
}

void
ssh_server_describe(struct ssh_server *server, uint16_t *port_out,
                    bool *is_accepting_out, unsigned *connections_out)
{
    *port_out = listener_port(server->listener);
    *is_accepting_out = server->is_accepting;
    *connections_out = 0;
}

void
ssh_server_stop(struct ssh_server **server)
{
    struct ssh_server *s = *server;

    if (s == NULL)
        return;
    listener_stop(&s->listener);
    ssh_keys_free(&s->service.keys);
    free(s->service.cipher_list);
    free(s->service.banner);
    free(s);
    *server = NULL;
}
