/* SPDX-License-Identifier: Apache-2.0 */
/* options_vault.c - the options of [vault-items/ID]. */
#include "config/families.h"

#include <stddef.h>

static const struct option vault_rows[] = {
    /* clang-format off */
    { .name = "name", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "5.20.0",
      .help = "What people call this item." },
    { .name = "description", .kind = KIND_BLOCK,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "5.20.0",
      .help = "A note for people." },
    { .name = "type", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_REQUIRED,
      .since = "5.20.0",
      .help = "What kind of key or certificate it is." },
    { .name = "content", .kind = KIND_BLOCK,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_SECRET | OPTION_REQUIRED,
      .since = "5.20.0",
      .help = "Its text, or external-file:PATH for a file that holds it." },
    { 0 },
    /* clang-format on */
};

static const struct section_type vault_types[] = {
    /* clang-format off */
    { "ssh-private", true, "Private key for SSH." },
    { "ssh-public", false, "Public key for SSH." },
    { "private-certificate", true,
      "Certificate with its private key, for TLS." },
    { "trusted-certificates", true, "Certificates of others." },
    { "pinned-keys", false, "Public keys that others must show." },
    { "pgp-public", false, "Public key for OpenPGP." },
    { "pgp-private", false, "Private key for OpenPGP." },
    { 0 },
    /* clang-format on */
};

static const struct option_table vault_items_tables[] = {
    { vault_rows, NULL },
    { 0 },
};

const struct family family_vault_items = {
    .name = "vault-items",
    .has_id = true,
    .supported = true,
    .types = vault_types,
    .tables = vault_items_tables,
    .help = "Keys and certificates.",
};
