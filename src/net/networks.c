/* SPDX-License-Identifier: Apache-2.0 */
/* networks.c - IP networks, and who may come from which. */
#include "net/networks.h"

#include <arpa/inet.h>
#include <string.h>

enum {
    ADDRESS_BITS = 128,
    V4_BITS = 32,
    V4_PREFIX = ADDRESS_BITS - V4_BITS,
    V4_AT = 12, /* where IPv4 begins in ::ffff:0:0/96 */
    LITERAL = 64,
};

static const uint8_t v4_prefix[V4_AT] = { [10] = 0xff, [11] = 0xff };

/* *is_v4_out: it was written as IPv4. */
static bool
read_address(struct str text, uint8_t out[16], bool *is_v4_out)
{
    char literal[LITERAL];

    if (text.len >= sizeof literal || str_has_nul(text))
        return false;
    memcpy(literal, text.data, text.len);
    literal[text.len] = '\0';
    *is_v4_out = inet_pton(AF_INET, literal, out + V4_AT) == 1;
    if (*is_v4_out) {
        memcpy(out, v4_prefix, sizeof v4_prefix);
        return true;
    }
    return inet_pton(AF_INET6, literal, out) == 1;
}

/* Whether the first `bits` of both are the same. */
static bool
shares_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8;
    unsigned mask = 0xff00U >> bits % 8 & 0xffU;

    if (memcmp(a, b, whole) != 0)
        return false;
    return mask == 0 || ((a[whole] ^ b[whole]) & mask) == 0;
}

/* Whether nothing is set behind the prefix. */
static bool
is_whole(const struct network *n)
{
    uint8_t start[16] = { 0 };

    memcpy(start, n->address, n->bits / 8);
    if (n->bits < ADDRESS_BITS)
        start[n->bits / 8] =
            (uint8_t)(n->address[n->bits / 8] & 0xff00U >> n->bits % 8);
    return memcmp(start, n->address, sizeof start) == 0;
}

enum status
network_parse(struct str text, struct network *out)
{
    struct str rest = text;
    struct str address = str_cut(&rest, '/');
    bool has_prefix = address.len < text.len;
    uint64_t bits = 0;
    bool is_v4 = false;

    if (!read_address(address, out->address, &is_v4))
        return fail(ERR_INVALID,
                    "'%.*s' is neither an IP address nor a network like "
                    "10.0.0.0/8 or 2001:db8::/32",
                    STR_ARG(text));
    unsigned most = is_v4 ? V4_BITS : ADDRESS_BITS;
    if (!has_prefix)
        bits = most;
    else if (!str_to_number(rest, most, &bits))
        return fail(ERR_INVALID,
                    "'%.*s': what follows the slash is not a number from 0 to "
                    "%u",
                    STR_ARG(text), most);
    out->bits = (unsigned)bits + (is_v4 ? V4_PREFIX : 0);
    if (!is_whole(out))
        return fail(ERR_INVALID,
                    "'%.*s' is an address inside of a network: bits are set "
                    "behind the first %u",
                    STR_ARG(text), (unsigned)bits);
    return OK;
}

bool
network_has(const struct network *n, const char *address)
{
    uint8_t bytes[16];
    bool is_v4;

    if (!read_address(str_of(address), bytes, &is_v4))
        return false;
    /* ::/0 is all of IPv6, and IPv4 is not in it. */
    if (memcmp(bytes, v4_prefix, sizeof v4_prefix) == 0 && n->bits < V4_PREFIX)
        return false;
    return shares_prefix(n->address, bytes, n->bits);
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

enum status
source_rule_parse(struct str line, struct source_rule *out)
{
    struct str rest = str_trim(line);
    struct str action = { rest.data, 0 };

    while (action.len < rest.len && !is_blank(rest.data[action.len]))
        action.len++;
    rest = str_trim(str_from_offset(rest, action.len));
    out->allows = str_same_word(action, "allow");
    if (!out->allows && !str_same_word(action, "deny"))
        return fail(ERR_INVALID,
                    "'%.*s' does not begin with allow or deny and a space",
                    STR_ARG(line));
    return network_parse(rest, &out->network);
}

bool
source_is_allowed(const struct source_rule *rules, size_t count,
                  const char *address)
{
    bool has_allow = false;

    for (size_t i = 0; i < count; i++) {
        if (network_has(&rules[i].network, address))
            return rules[i].allows;
        has_allow |= rules[i].allows;
    }
    return !has_allow;
}
