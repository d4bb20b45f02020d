/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy_header.c - who the client behind a balancer is.
 *
 * Version 1 is a line of words, version 2 is binary: a signature, what it is
 * about, a length, two addresses, then TLVs of which one is a checksum over
 * the whole. Both are read strictly: whoever may send them writes them well,
 * and what two readers read differently is a way around one of them.
 */
#include "net/proxy_header.h"

#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum {
    V1_LONGEST = 107, /* CR LF included */
    V2_SIGNATURE = 12,
    V2_FIXED = 16, /* signature, command, family, length */
    V2_VERSION = 0x20,
    V2_LOCAL = 0,
    V2_PROXY = 1,
    STREAM_INET = 0x11,
    STREAM_INET6 = 0x21,
    STREAM_UNIX = 0x31,
    UNSPECIFIED = 0x00,
    TLV_HEAD = 3,
    TLV_CRC32C = 0x03,
    TLV_UNIQUE_ID = 0x05,
    CRC_SIZE = 4,
};

static const char v2_signature[V2_SIGNATURE] = "\r\n\r\n\0\r\nQUIT\n";

/* One decimal number without a sign or zeros in front. */
static bool
read_port(struct str text, uint16_t *out)
{
    uint64_t number = 0;

    if (text.len > 1 && text.data[0] == '0')
        return false;
    if (!str_to_number(text, UINT16_MAX, &number))
        return false;
    *out = (uint16_t)number;
    return true;
}

/* A literal of the family, told as address_format() does. */
static bool
read_literal(int family, struct str text, char out[PEER_ADDRESS])
{
    struct sockaddr_storage address = { .ss_family = (sa_family_t)family };
    void *bytes = family == AF_INET
                      ? (void *)&((struct sockaddr_in *)&address)->sin_addr
                      : (void *)&((struct sockaddr_in6 *)&address)->sin6_addr;
    char literal[PEER_ADDRESS];
    uint16_t port;

    if (text.len >= sizeof literal || str_has_nul(text))
        return false;
    memcpy(literal, text.data, text.len);
    literal[text.len] = '\0';
    if (inet_pton(family, literal, bytes) != 1)
        return false;
    address_format(&address, out, &port);
    return true;
}

static enum status
read_v1_words(struct str words, struct proxy_header *out)
{
    struct str family = str_cut(&words, ' ');
    bool is_v4 = str_is(family, "TCP4");

    if (str_is(family, "UNKNOWN"))
        return OK; /* whatever follows is to be ignored */
    if (!is_v4 && !str_is(family, "TCP6"))
        return fail(ERR_INVALID, "a PROXY header is about '%.*s'",
                    STR_ARG(family));
    int kind = is_v4 ? AF_INET : AF_INET6;
    struct str source = str_cut(&words, ' ');
    struct str target = str_cut(&words, ' ');
    struct str source_port = str_cut(&words, ' ');
    /* What is left is all of it: a blank in it is no number. */
    if (!read_literal(kind, source, out->address) ||
        !read_literal(kind, target, out->own_address) ||
        !read_port(source_port, &out->port) ||
        !read_port(words, &out->own_port))
        return fail(ERR_INVALID, "a PROXY header has a malformed address");
    return OK;
}

static enum status
parse_v1(struct str bytes, struct proxy_header *out, size_t *used_out)
{
    struct str prefix = STR("PROXY ");
    size_t seen = bytes.len < V1_LONGEST ? bytes.len : V1_LONGEST;
    const char *end = memchr(bytes.data, '\n', seen);

    if (end == NULL)
        return seen < V1_LONGEST
                   ? OK
                   : fail(ERR_LIMIT, "a PROXY header is longer than %d bytes",
                          V1_LONGEST);
    size_t len = (size_t)(end - bytes.data) + 1;
    if (len < prefix.len + 2 || end[-1] != '\r')
        return fail(ERR_INVALID, "a PROXY header does not end in CR LF");
    struct str words = str_from(bytes.data + prefix.len, len - prefix.len - 2);
    TRY(read_v1_words(words, out));
    *used_out = len;
    return OK;
}

static uint16_t
number16(const char *at)
{
    return (uint16_t)((uint8_t)at[0] << 8 | (uint8_t)at[1]);
}

static uint32_t
number32(const char *at)
{
    return (uint32_t)number16(at) << 16 | number16(at + 2);
}

/* Castagnoli's CRC (RFC 3720, B.4), bit by bit: it runs once a connection. */
static uint32_t
crc32c_add(uint32_t crc, struct str bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= (uint8_t)bytes.data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (0x82f63b78U & -(crc & 1));
    }
    return crc;
}

/* The sum is over the header with zeros where the sum is. */
static enum status
check_crc(struct str header, struct str sum)
{
    size_t at = (size_t)(sum.data - header.data);
    uint32_t crc = UINT32_MAX;

    if (sum.len != CRC_SIZE)
        return fail(ERR_INVALID, "a PROXY header has a malformed checksum");
    crc = crc32c_add(crc, str_from(header.data, at));
    crc = crc32c_add(crc, STR("\0\0\0\0"));
    crc = crc32c_add(crc, str_from_offset(header, at + CRC_SIZE));
    if (~crc != number32(sum.data))
        return fail(ERR_INVALID, "the checksum of a PROXY header is wrong");
    return OK;
}

static void
keep_unique_id(struct str id, struct proxy_header *out)
{
    if (id.len > PROXY_UNIQUE_ID)
        return;
    for (size_t i = 0; i < id.len; i++)
        if (id.data[i] <= ' ' || id.data[i] > '~')
            return;
    memcpy(out->unique_id, id.data, id.len);
    out->unique_id[id.len] = '\0';
}

static enum status
read_tlvs(struct str header, size_t at, struct proxy_header *out)
{
    while (at < header.len) {
        struct str rest = str_from_offset(header, at);

        if (rest.len < TLV_HEAD ||
            rest.len - TLV_HEAD < number16(rest.data + 1))
            return fail(ERR_INVALID, "a PROXY header ends inside of a TLV");
        struct str value =
            str_from(rest.data + TLV_HEAD, number16(rest.data + 1));
        if ((uint8_t)rest.data[0] == TLV_CRC32C)
            TRY(check_crc(header, value));
        if ((uint8_t)rest.data[0] == TLV_UNIQUE_ID)
            keep_unique_id(value, out);
        at += TLV_HEAD + value.len;
    }
    return OK;
}

static void
tell_inet(const char *address, const char *port, char text[PEER_ADDRESS],
          uint16_t *port_out)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    struct sockaddr_storage storage = { 0 };

    memcpy(&at.sin_addr, address, sizeof at.sin_addr);
    memcpy(&at.sin_port, port, sizeof at.sin_port);
    memcpy(&storage, &at, sizeof at);
    address_format(&storage, text, port_out);
}

static void
tell_inet6(const char *address, const char *port, char text[PEER_ADDRESS],
           uint16_t *port_out)
{
    struct sockaddr_in6 at = { .sin6_family = AF_INET6 };
    struct sockaddr_storage storage = { 0 };

    memcpy(&at.sin6_addr, address, sizeof at.sin6_addr);
    memcpy(&at.sin6_port, port, sizeof at.sin6_port);
    memcpy(&storage, &at, sizeof at);
    address_format(&storage, text, port_out);
}

/* Both addresses, then both ports. */
static const struct family {
    uint8_t kind;
    uint8_t address_size; /* 0: it has addresses that are none of the net */
    uint8_t size;
    void (*tell)(const char *address, const char *port, char *text,
                 uint16_t *port_out);
} families[] = {
    { STREAM_INET, 4, 12, tell_inet },
    { STREAM_INET6, 16, 36, tell_inet6 },
    { STREAM_UNIX, 0, 216, NULL },
    { UNSPECIFIED, 0, 0, NULL },
};

static enum status
read_v2_addresses(struct str header, struct proxy_header *out)
{
    uint8_t kind = (uint8_t)header.data[V2_SIGNATURE + 1];
    const char *at = header.data + V2_FIXED;
    const struct family *f = families;
    const struct family *end = families + sizeof families / sizeof families[0];

    while (f < end && f->kind != kind)
        f++;
    if (f == end)
        return fail(ERR_INVALID, "a PROXY header is of family 0x%02x", kind);
    if (header.len - V2_FIXED < f->size)
        return fail(ERR_INVALID, "a PROXY header is too short for its family");
    if (f->tell != NULL) {
        const char *ports = at + 2 * (size_t)f->address_size;

        f->tell(at, ports, out->address, &out->port);
        f->tell(at + f->address_size, ports + 2, out->own_address,
                &out->own_port);
    }
    return read_tlvs(header, V2_FIXED + (size_t)f->size, out);
}

static enum status
parse_v2(struct str bytes, struct proxy_header *out, size_t *used_out)
{
    if (bytes.len < V2_FIXED)
        return OK;
    uint8_t command = (uint8_t)bytes.data[V2_SIGNATURE];
    size_t len = V2_FIXED + (size_t)number16(bytes.data + V2_SIGNATURE + 2);
    if (command != (V2_VERSION | V2_LOCAL) &&
        command != (V2_VERSION | V2_PROXY))
        return fail(ERR_INVALID, "a PROXY header has command 0x%02x", command);
    if (len > PROXY_HEADER)
        return fail(ERR_LIMIT, "a PROXY header is longer than %d bytes",
                    PROXY_HEADER);
    if (bytes.len < len)
        return OK;
    out->is_local = command == (V2_VERSION | V2_LOCAL);
    /* What a local connection's header says further is to be ignored. */
    if (!out->is_local)
        TRY(read_v2_addresses(str_from(bytes.data, len), out));
    *used_out = len;
    return OK;
}

/* Whether `bytes` begin as `sign` does, as far as they go. */
static bool
may_become(struct str bytes, struct str sign)
{
    if (bytes.len < sign.len)
        sign.len = bytes.len;
    return str_starts(bytes, sign);
}

enum status
proxy_header_parse(struct str bytes, struct proxy_header *out, size_t *used_out)
{
    struct str v1 = STR("PROXY ");
    struct str v2 = { v2_signature, V2_SIGNATURE };

    *out = (struct proxy_header){ 0 };
    *used_out = 0;
    if (bytes.len == 0)
        return OK;
    if (may_become(bytes, v1))
        return bytes.len < v1.len ? OK : parse_v1(bytes, out, used_out);
    if (may_become(bytes, v2))
        return bytes.len < v2.len ? OK : parse_v2(bytes, out, used_out);
    return fail(ERR_INVALID, "no PROXY header came");
}
