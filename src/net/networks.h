/* SPDX-License-Identifier: Apache-2.0 */
/*
 * networks.h - IP networks, and who may come from which.
 *
 * Addresses are literals, IPv4 or IPv6; an IPv4 address inside IPv6 counts as
 * IPv4. Host names are never looked up here.
 */
#pragma once

#include "base/status.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct network {
    uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
    unsigned bits;       /* of the 128 */
};

/* "10.0.0.0/8", "2001:db8::/32" or one address. ERR_INVALID says why; bits
 * set behind the prefix are one. */
MUST_CHECK enum status network_parse(struct str text, struct network *out);
/* `address` as address_format() writes it. */
bool network_has(const struct network *, const char *address);

/* A line of source_ip_filter: "allow 10.0.0.0/8", "deny 10.1.2.3". */
struct source_rule {
    struct network network;
    bool allows;
};
MUST_CHECK enum status source_rule_parse(struct str line,
                                         struct source_rule *out);
/*
 * The first rule whose network has the address decides. When none has, the
 * address may come in only if there is no rule that allows.
 */
bool source_is_allowed(const struct source_rule *, size_t count,
                       const char *address);
