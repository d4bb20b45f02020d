/* SPDX-License-Identifier: Apache-2.0 */
/* options_administration.c - the options of those who look after the server. */
#include "config/families.h"

#include <stddef.h>

static const struct option administrator_rows[] = {
    /* clang-format off */
    { .name = "enabled", .kind = KIND_FLAG, .flags = OPTION_LIVE,
      .fallback = "Yes", .since = "2.1.0",
      .help = "Whether the administrator counts." },
    { .name = "name", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "2.1.0",
      .help = "What people call this administrator." },
    { .name = "description", .kind = KIND_BLOCK, .flags = OPTION_LIVE,
      .since = "2.1.0",
      .help = "A note for people." },
    { .name = "password", .kind = KIND_HASH,
      .flags = OPTION_LIVE | OPTION_SECRET, .since = "2.1.0",
      .help = "Hash of the password; empty: there is none." },
    { .name = "source_ip_filter", .kind = KIND_LINES,
      .flags = OPTION_LIVE | OPTION_PROTECTS, .since = "4.14.0",
      .help = "Addresses that may, and may not, log in." },
    { .name = "multi_factor_authentication", .kind = KIND_TEXT,
      .flags = OPTION_LIVE | OPTION_SECRET | OPTION_PROTECTS, .since = "4.0.0",
      .help = "otpauth: URL of the one-time codes that a login has to show "
              "as well."
    },
    { .name = "roles", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .fallback = "DEFAULT-ROLE", .refers = "roles", .since = "4.16.0",
      .help = "What the administrator may do." },
    { .name = "node_variables", .kind = KIND_BLOCK, .flags = OPTION_LIVE,
      .since = "2.26.0",
      .help = "Options that nodes of a cluster have instead." },
    { 0 },
    /* clang-format on */
};

static const struct option_table administrators_tables[] = {
    { administrator_rows, NULL },
    { 0 },
};

const struct family family_administrators = {
    .name = "administrators",
    .has_id = true,
    .tables = administrators_tables,
    .help = "Who may look after the server.",
};

static const struct option role_rows[] = {
    /* clang-format off */
    { .name = "enabled", .kind = KIND_FLAG, .flags = OPTION_LIVE,
      .fallback = "Yes", .since = "2.1.0",
      .help = "Whether the role counts." },
    { .name = "name", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "2.1.0",
      .help = "What people call this role." },
    { .name = "description", .kind = KIND_BLOCK, .flags = OPTION_LIVE,
      .since = "2.1.0",
      .help = "A note for people." },
    { .name = "source_ip_filter", .kind = KIND_LINES,
      .flags = OPTION_LIVE | OPTION_PROTECTS, .since = "4.14.0",
      .help = "Addresses that may, and may not, log in." },
    { .name = "permissions", .kind = KIND_LINES, .flags = OPTION_LIVE,
      .since = "4.15.0",
      .help = "Rights, one a line: what, and what may be done with it." },
    { 0 },
    /* clang-format on */
};

static const struct option_table roles_tables[] = {
    { role_rows, NULL },
    { 0 },
};

const struct family family_roles = {
    .name = "roles",
    .has_id = true,
    .tables = roles_tables,
    .missing_id = "DEFAULT-ROLE",
    .help = "What administrators may do.",
};

static const struct option policy_rows[] = {
    /* clang-format off */
    { .name = "name", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "5.15.0",
      .help = "What people call this policy." },
    { .name = "description", .kind = KIND_BLOCK, .flags = OPTION_LIVE,
      .since = "5.15.0",
      .help = "A note for people." },
    { .name = "deny_usernames", .kind = KIND_LIST,
      .flags = OPTION_LIVE | OPTION_PROTECTS, .since = "5.15.0",
      .help = "User names that may not log in." },
    { .name = "deny_administrators", .kind = KIND_LIST,
      .flags = OPTION_LIVE | OPTION_PROTECTS, .since = "5.15.0",
      .help = "Administrators who may not log in." },
    { .name = "source_ip_filter", .kind = KIND_LINES,
      .flags = OPTION_LIVE | OPTION_PROTECTS, .since = "5.25.0",
      .help = "Addresses that may, and may not, log in; an address that is "
              "allowed here is never banned."
    },
    { .name = "source_ip_ban_after_count", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "5", .max = 1000000, .since = "5.15.0",
      .help = "Failed logins after which an address is banned." },
    { .name = "source_ip_ban_interval", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "3600", .max = 31536000,
      .unit = "seconds", .since = "5.15.0",
      .help = "How long it stays banned." },
    { 0 },
    /* clang-format on */
};

static const struct option_table security_policies_tables[] = {
    { policy_rows, NULL },
    { 0 },
};

const struct family family_security_policies = {
    .name = "security-policies",
    .has_id = true,
    .tables = security_policies_tables,
    .missing_id = "DEFAULT-SECURITY-POLICY",
    .help = "Whom services turn away.",
};

static const struct option node_rows[] = {
    /* clang-format off */
    { .name = "enabled", .kind = KIND_FLAG, .flags = OPTION_LIVE,
      .fallback = "Yes", .since = "5.13.0",
      .help = "Whether the node counts." },
    { .name = "name", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "5.13.0",
      .help = "What people call this node." },
    { .name = "description", .kind = KIND_BLOCK, .flags = OPTION_LIVE,
      .since = "5.13.0",
      .help = "A note for people." },
    { .name = "password", .kind = KIND_HASH,
      .flags = OPTION_LIVE | OPTION_SECRET, .since = "",
      .help = "Hash of the password that the node logs in with." },
    { .name = "source_ip_filter", .kind = KIND_LINES,
      .flags = OPTION_LIVE | OPTION_PROTECTS, .since = "5.13.0",
      .help = "Addresses that the node may log in from." },
    { .name = "failover_interval", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "600", .max = 31536000, .unit = "seconds", .since = "5.13.0",
      .help = "How long the node may be silent before its work goes to "
              "others."
    },
    { .name = "node_variables", .kind = KIND_BLOCK, .flags = OPTION_LIVE,
      .since = "5.13.0",
      .help = "Options that this node has instead of those of the file." },
    { 0 },
    /* clang-format on */
};

static const struct option_table cluster_nodes_tables[] = {
    { node_rows, NULL },
    { 0 },
};

const struct family family_cluster_nodes = {
    .name = "cluster-nodes",
    .has_id = true,
    .tables = cluster_nodes_tables,
    .help = "The nodes that a controller of SFTPPlus knows.",
};
