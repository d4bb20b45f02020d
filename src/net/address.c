/* SPDX-License-Identifier: Apache-2.0 */
/* address.c - where a peer is, as text and as the kernel has it. */
#include "net/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

void
address_format(const struct sockaddr_storage *address, char text[PEER_ADDRESS],
               uint16_t *port_out)
{
    snprintf(text, PEER_ADDRESS, "unknown");
    *port_out = 0;
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)address;

        inet_ntop(AF_INET, &v4->sin_addr, text, PEER_ADDRESS);
        *port_out = ntohs(v4->sin_port);
    } else if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)address;

        if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
            inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], text, PEER_ADDRESS);
        else
            inet_ntop(AF_INET6, &v6->sin6_addr, text, PEER_ADDRESS);
        *port_out = ntohs(v6->sin6_port);
    }
}

enum status
address_resolve(const char *address, uint16_t port,
                struct sockaddr_storage *out, socklen_t *size_out)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC,
                              .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    char service[8];

    snprintf(service, sizeof service, "%u", port);
    int error = getaddrinfo(address, service, &hints, &found);
    if (error != 0)
        return fail(ERR_NOT_FOUND, "address '%s': %s", address,
                    gai_strerror(error));
    memcpy(out, found->ai_addr, found->ai_addrlen);
    *size_out = found->ai_addrlen;
    freeaddrinfo(found);
    return OK;
}
