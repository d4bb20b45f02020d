/* SPDX-License-Identifier: Apache-2.0 */
/* families.h - the tables of rows, a file for each kind of section. */
#pragma once

#include "config/option.h"

extern const struct family family_server;
extern const struct family family_cluster;
extern const struct family family_services;
extern const struct family family_authentications;
extern const struct family family_security_policies;
extern const struct family family_groups;
extern const struct family family_accounts;
extern const struct family family_roles;
extern const struct family family_administrators;
extern const struct family family_vault_items;
extern const struct family family_resources;
extern const struct family family_event_handlers;
extern const struct family family_locations;
extern const struct family family_transfers;
extern const struct family family_cluster_nodes;

/* Rows that several families have. */
extern const struct option options_tls_server[];
extern const struct option options_tls_client[];
extern const struct option options_tls_both[];
