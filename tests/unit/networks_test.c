/* SPDX-License-Identifier: Apache-2.0 */
/* networks_test.c - networks, and who may come from which. */
#include "test.h"

#include "net/networks.h"

static bool
has(const char *network, const char *address)
{
    struct network n;

    EXPECT_OK(network_parse(str_of(network), &n));
    return network_has(&n, address);
}

static bool
is_network(const char *text)
{
    struct network n;

    return network_parse(str_of(text), &n) == OK;
}

TEST(a_network_has_its_first_and_last_address_and_not_their_neighbours)
{
    EXPECT(has("10.1.0.0/16", "10.1.0.0"));
    EXPECT(has("10.1.0.0/16", "10.1.255.255"));
    EXPECT(!has("10.1.0.0/16", "10.0.255.255"));
    EXPECT(!has("10.1.0.0/16", "10.2.0.0"));
    EXPECT(has("192.0.2.8/29", "192.0.2.15"));
    EXPECT(!has("192.0.2.8/29", "192.0.2.16"));
    EXPECT(has("2001:db8:8000::/33", "2001:db8:ffff::1"));
    EXPECT(!has("2001:db8:8000::/33", "2001:db8:7fff::1"));
}

TEST(one_address_is_a_network_of_one)
{
    EXPECT(has("192.0.2.1", "192.0.2.1"));
    EXPECT(!has("192.0.2.1", "192.0.2.0"));
    EXPECT(has("192.0.2.1/32", "192.0.2.1"));
    EXPECT(has("::1", "::1"));
    EXPECT(has("::1", "0:0:0:0:0:0:0:1"));
    EXPECT(!has("::1", "::2"));
}

TEST(all_of_ipv4_is_not_ipv6_and_the_other_way_round)
{
    EXPECT(has("0.0.0.0/0", "203.0.113.7"));
    EXPECT(!has("0.0.0.0/0", "2001:db8::1"));
    EXPECT(has("::/0", "2001:db8::1"));
    EXPECT(!has("::/0", "203.0.113.7"));
}

TEST(ipv4_inside_ipv6_counts_as_ipv4)
{
    EXPECT(has("10.0.0.0/8", "::ffff:10.1.2.3"));
    EXPECT(has("::ffff:10.0.0.0/104", "10.1.2.3"));
    EXPECT(!has("::ffff:10.0.0.0/104", "11.1.2.3"));
}

TEST(what_is_no_address_is_in_no_network)
{
    EXPECT(!has("0.0.0.0/0", ""));
    EXPECT(!has("0.0.0.0/0", "unknown"));
    EXPECT(!has("::/0", "localhost"));
}

TEST(malformed_networks_are_refused)
{
    static const char *const bad[] = {
        "",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "10.0.0.0/8 ",
        " 10.0.0.0/8",
        "10.0.0/8",
        "10.0.0.256",
        "10.1.0.0/8",
        "2001:db8::/129",
        "2001:db8::1/64",
        "localhost",
        "10.0.0.0/8/8",
        "010.0.0.1",
        "::ffff:10.0.0.1/95",
        "fe80::1%eth0",
        "10.0.0.0/0x8",
        "0.0.0.1/0",
        "*",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        EXPECT_TEXT(is_network(bad[i]) ? bad[i] : "", "");
    struct network n;
    EXPECT(network_parse(str_from("10.0.0.1\0", 9), &n) == ERR_INVALID);
}

TEST(what_is_wrong_with_a_network_is_said)
{
    EXPECT(!is_network("10.1.0.0/8"));
    EXPECT(strstr(fail_reason(), "behind the first 8") != NULL);
    EXPECT(!is_network("10.0.0.0/99"));
    EXPECT(strstr(fail_reason(), "0 to 32") != NULL);
}

struct rules {
    struct source_rule rule[4];
    size_t count;
};

static struct rules
rules(const char *lines)
{
    struct rules r = { .count = 0 };
    struct str rest = str_of(lines);

    while (rest.len > 0)
        EXPECT_OK(source_rule_parse(str_cut(&rest, '\n'), &r.rule[r.count++]));
    return r;
}

static bool
allows(const char *lines, const char *address)
{
    struct rules r = rules(lines);

    return source_is_allowed(r.rule, r.count, address);
}

TEST(the_first_rule_that_has_the_address_decides)
{
    const char *lines = "deny 10.1.2.3\nallow 10.0.0.0/8\ndeny 0.0.0.0/0";

    EXPECT(!allows(lines, "10.1.2.3"));
    EXPECT(allows(lines, "10.1.2.4"));
    EXPECT(!allows(lines, "192.0.2.1"));
    EXPECT(allows("allow 10.1.2.3\ndeny 10.0.0.0/8", "10.1.2.3"));
}

TEST(who_is_in_no_rule_comes_in_only_where_nobody_is_named_as_allowed)
{
    EXPECT(allows("", "192.0.2.1"));
    EXPECT(allows("deny 10.0.0.0/8", "192.0.2.1"));
    EXPECT(allows("deny 10.0.0.0/8", "2001:db8::1"));
    EXPECT(!allows("allow 10.0.0.0/8", "192.0.2.1"));
    EXPECT(!allows("allow 10.0.0.0/8", "unknown"));
    EXPECT(!allows("deny 10.0.0.0/8\nallow ::/0", "192.0.2.1"));
}

TEST(rules_are_an_action_a_blank_and_a_network)
{
    struct source_rule r;

    EXPECT_OK(source_rule_parse(STR("  ALLOW   10.0.0.0/8 "), &r));
    EXPECT(r.allows);
    EXPECT_OK(source_rule_parse(STR("deny\t::1"), &r));
    EXPECT(!r.allows);
    EXPECT(source_rule_parse(STR(""), &r) == ERR_INVALID);
    EXPECT(source_rule_parse(STR("allow"), &r) == ERR_INVALID);
    EXPECT(source_rule_parse(STR("10.0.0.0/8"), &r) == ERR_INVALID);
    EXPECT(source_rule_parse(STR("permit 10.0.0.0/8"), &r) == ERR_INVALID);
    EXPECT(source_rule_parse(STR("allow 10.0.0.0/8 ::1"), &r) == ERR_INVALID);
}
