/* SPDX-License-Identifier: Apache-2.0 */
/* options_other.c - families on their way. */
#include "config/families.h"

#include <stddef.h>
#define O(n)                                                                   \
    {                                                                          \
        .name = n, .flags = OPTION_SUPPORTED                                   \
    }
static const struct option rows[] = {
    O("name"),
    O("type"),
    O("description"),
    { .name = "enabled",
      .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED,
      .fallback = "Yes" },
    { .name = "path",
      .kind = KIND_PATH,
      .flags = OPTION_SUPPORTED,
      .fallback = "log/server.log" },
    { 0 },
};
static const struct option_table tables[] = { { rows, NULL }, { 0 } };
static const struct section_type types[] = { { "application", true, "x" },
                                             { "local-file", true, "x" },
                                             { "standard-stream", true, "x" },
                                             { 0 } };
#define F(n, s, sup, ty)                                                       \
    const struct family family_##n = { .name = s,                              \
                                       .has_id = true,                         \
                                       .supported = sup,                       \
                                       .tables = tables,                       \
                                       .types = ty,                            \
                                       .help = "x" }
const struct family family_authentications = { .name = "authentications",
                                               .has_id = true,
                                               .supported = true,
                                               .tables = tables,
                                               .types = types,
                                               .missing_id =
                                                   "DEFAULT-AUTHENTICATION" };
F(security_policies, "security-policies", false, NULL);
F(roles, "roles", false, NULL);
F(administrators, "administrators", false, NULL);
F(resources, "resources", false, NULL);
F(event_handlers, "event-handlers", true, types);
F(locations, "locations", false, NULL);
F(transfers, "transfers", false, NULL);
F(cluster_nodes, "cluster-nodes", false, NULL);
const struct option options_tls_server[] = { { 0 } };
const struct option options_tls_client[] = { { 0 } };
