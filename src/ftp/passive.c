/* SPDX-License-Identifier: Apache-2.0 */
/* passive.c - what passive_port_range and passive_address say. */
#include "ftp/passive.h"

#include "net/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>

enum { LOWEST_PORT = 1024, HIGHEST_PORT = 65535, HOST = 256 };

enum status
ftp_passive_range(struct str text, uint16_t *first_out, uint16_t *last_out)
{
    uint64_t first = 0;
    uint64_t last = 0;
    struct str rest = str_trim(text);

    if (rest.len == 0) {
        *first_out = *last_out = 0;
        return OK;
    }
    bool is_one = memchr(rest.data, '-', rest.len) == NULL;
    struct str low = str_trim(str_cut(&rest, '-'));
    struct str high = is_one ? low : str_trim(rest);
    if (!str_to_number(low, HIGHEST_PORT, &first) ||
        !str_to_number(high, HIGHEST_PORT, &last))
        return fail(ERR_INVALID,
                    "'%.*s' is no range of ports such as 30000 - 30099",
                    STR_ARG(text));
    if (first < LOWEST_PORT)
        return fail(ERR_INVALID, "port %u is below %d", (unsigned)first,
                    LOWEST_PORT);
    if (last < first)
        return fail(ERR_INVALID, "the range ends at %u, below its begin",
                    (unsigned)last);
    *first_out = (uint16_t)first;
    *last_out = (uint16_t)last;
    return OK;
}

/* PASV has room for IPv4 only (RFC 959, 4.1.2), EPSV for no address at all. */
static enum status
look_up(const char *name, char address[PEER_ADDRESS])
{
    struct addrinfo hints = { .ai_family = AF_INET,
                              .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    struct sockaddr_storage first = { 0 };
    unsigned char six[sizeof(struct in6_addr)];
    uint16_t port;

    if (inet_pton(AF_INET6, name, six) == 1)
        return fail(ERR_INVALID,
                    "'%s' is an IPv6 address, which PASV cannot tell", name);
    int error = getaddrinfo(name, NULL, &hints, &found);
    if (error != 0)
        return fail(ERR_NOT_FOUND, "'%s' has no IPv4 address: %s", name,
                    gai_strerror(error));
    memcpy(&first, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    address_format(&first, address, &port);
    return OK;
}

/* Digits and dots that are no address are a mistake, not a name. */
static bool
is_host(struct str name)
{
    static const char host[] = "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:";
    size_t digits = 0;
    struct in_addr four;
    char text[HOST];

    if (name.len == 0 || name.len >= sizeof text)
        return false;
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    digits = strspn(text, "0123456789.");
    return strspn(text, host) == name.len &&
           (digits < name.len || inet_pton(AF_INET, text, &four) == 1);
}

enum status
ftp_passive_address(struct str text, struct ftp_passive_address *out)
{
    struct ftp_passive_address it = { 0 };
    struct str rest = str_trim(text);
    struct str first = str_cut(&rest, ' ');
    struct str name = str_trim(rest);
    char host[HOST];

    if (name.len > 0) {
        it.has_network = true;
        TRY(network_parse(first, &it.network));
    } else {
        name = first;
    }
    if (!is_host(name))
        return fail(ERR_INVALID, "'%.*s' is no IPv4 address or host name",
                    STR_ARG(name));
    snprintf(host, sizeof host, "%.*s", STR_ARG(name));
    TRY(look_up(host, it.address));
    *out = it;
    return OK;
}

const char *
ftp_passive_for(const struct ftp_service *service, const char *peer)
{
    for (size_t i = 0; i < service->passive_count; i++) {
        const struct ftp_passive_address *it = &service->passive[i];

        if (!it->has_network || network_has(&it->network, peer))
            return it->address;
    }
    return NULL;
}
