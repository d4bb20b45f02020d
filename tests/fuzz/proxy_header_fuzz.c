/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy_header_fuzz.c - PROXY headers of strangers.
 *
 * What is said of an input must not depend on how much of it had come at
 * first, nor on what follows the header; and what is told must be text that is
 * fit to be told.
 */
#include "fuzz.h"

#include "net/networks.h"
#include "net/proxy_header.h"

#include <stdio.h>
#include <stdlib.h>

static void
must(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "proxy_header_fuzz: %s\n", what);
    abort();
}

/* "" or an address that networks.h reads. */
static void
check_address(const char *text)
{
    struct network network;

    must(memchr(text, '\0', PEER_ADDRESS) != NULL, "an address has no end");
    must(text[0] == '\0' || network_parse(str_of(text), &network) == OK,
         "an address is none");
    must(text[0] == '\0' || network_has(&network, text),
         "an address is not in its own network");
}

static void
check_header(const struct proxy_header *header)
{
    check_address(header->address);
    check_address(header->own_address);
    must(memchr(header->unique_id, '\0', sizeof header->unique_id) != NULL,
         "the id has no end");
    for (const char *c = header->unique_id; *c != '\0'; c++)
        must(*c > ' ' && *c <= '~', "the id is not plain");
    must(!header->is_local || header->address[0] == '\0',
         "a local connection has a client");
}

/* The same header, cut short or with something behind it. */
static void
check_lengths(struct str bytes, size_t used, const struct proxy_header *header)
{
    struct proxy_header again;
    size_t again_used;

    for (size_t len = 0; len < used; len++) {
        must(proxy_header_parse(str_from(bytes.data, len), &again,
                                &again_used) == OK,
             "the beginning of a good header is refused");
        must(again_used == 0, "the beginning of a header is taken for it");
    }
    must(proxy_header_parse(str_from(bytes.data, used), &again, &again_used) ==
                 OK &&
             again_used == used,
         "a header needs what is behind it");
    must(strcmp(again.address, header->address) == 0 &&
             again.port == header->port &&
             strcmp(again.unique_id, header->unique_id) == 0,
         "a header says different things");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = str_from(data, size);
    struct proxy_header header;
    size_t used = 0;
    enum status status = proxy_header_parse(bytes, &header, &used);

    must(status == OK || status == ERR_INVALID || status == ERR_LIMIT,
         "a status that is not promised");
    must(used <= size && used <= PROXY_HEADER, "more used than there is");
    must(status == OK || used == 0, "a bad header is used");
    check_header(&header);
    if (used > 0)
        check_lengths(bytes, used, &header);
    return 0;
}
