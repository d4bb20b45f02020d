/* SPDX-License-Identifier: Apache-2.0 */
/* options_resources.c - the options of [resources/ID]. */
#include "config/families.h"

#include <stddef.h>

static const struct option common_rows[] = {
    /* clang-format off */
    { .name = "enabled", .kind = KIND_FLAG, .flags = OPTION_LIVE,
      .fallback = "Yes", .since = "3.42.0",
      .help = "Whether the resource starts with the server." },
    { .name = "name", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "3.4.0",
      .help = "What people call this resource." },
    { .name = "description", .kind = KIND_BLOCK, .flags = OPTION_LIVE,
      .since = "3.4.0",
      .help = "A note for people." },
    { .name = "type", .kind = KIND_TEXT, .flags = OPTION_REQUIRED,
      .since = "3.4.0",
      .help = "What the resource is." },
    { 0 },
    /* clang-format on */
};

static const struct option analytics_rows[] = {
    /* clang-format off */
    { .name = "monitor_interval", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "60", .min = 1, .max = 31536000, .unit = "seconds",
      .since = "3.44.0",
      .help = "How often the measures are taken." },
    { .name = "memory_resident_trigger", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "0", .since = "3.44.0",
      .help = "Resident memory in bytes from which an event is emitted; 0: "
              "never."
    },
    { .name = "memory_virtual_trigger", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "0", .since = "3.44.0",
      .help = "Virtual memory in bytes from which an event is emitted; 0: "
              "never."
    },
    { .name = "connection_count_trigger", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "0", .since = "3.44.0",
      .help = "Connections from which an event is emitted; 0: never." },
    { .name = "file_count_trigger", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "0", .since = "3.44.0",
      .help = "Open files from which an event is emitted; 0: never." },
    { .name = "thread_count_trigger", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "0", .since = "3.44.0",
      .help = "Threads from which an event is emitted; 0: never." },
    { .name = "certificate_expiration_warning", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "21", .max = 36500, .unit = "days",
      .since = "5.15.0",
      .help = "How long before a certificate expires an event is emitted." },
    { .name = "account_expiration_warning", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "21", .max = 36500, .unit = "days",
      .since = "5.24.0",
      .help = "How long before an account expires an event is emitted." },
    { .name = "password_expiration_warning", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "14", .max = 36500, .unit = "days",
      .since = "5.24.0",
      .help = "How long before a password expires an event is emitted." },
    { .name = "account_auto_disable_grace_interval", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "7", .max = 36500, .unit = "days",
      .since = "5.15.0",
      .help = "Days of grace for accounts that would be disabled for having "
              "been silent."
    },
    { 0 },
    /* clang-format on */
};

static const struct option email_rows[] = {
    /* clang-format off */
    { .name = "address", .kind = KIND_ADDRESS, .flags = OPTION_LIVE,
      .fallback = "127.0.0.1", .since = "3.4.0",
      .help = "Where the mail server is." },
    { .name = "port", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "25", .min = 1, .max = 65535, .since = "3.4.0",
      .help = "Its port." },
    { .name = "username", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "3.4.0",
      .help = "User name for the mail server." },
    { .name = "password", .kind = KIND_TEXT,
      .flags = OPTION_LIVE | OPTION_SECRET, .since = "3.4.0",
      .help = "Password for the mail server." },
    { .name = "email_from_address", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "no-reply@sftpplus.example.com", .since = "3.4.0",
      .help = "Sender of the mails." },
    { .name = "email_to_recipients", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "4.1.0",
      .help = "Whom mails are sent to that name nobody." },
    { 0 },
    /* clang-format on */
};

static const struct option acme_rows[] = {
    /* clang-format off */
    { .name = "address", .kind = KIND_ADDRESS, .flags = OPTION_LIVE,
      .since = "3.42.0",
      .help = "Where the challenges are answered." },
    { .name = "port", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "80", .min = 1, .max = 65535, .since = "3.42.0",
      .help = "Port where the challenges are answered." },
    { .name = "acme_url", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "https://acme-v02.api.letsencrypt.org/directory",
      .since = "3.42.0",
      .help = "The authority that certificates come from." },
    { .name = "store_directory", .kind = KIND_PATH, .flags = OPTION_LIVE,
      .since = "5.11.0",
      .help = "Folder that certificates are kept in." },
    { .name = "redirect_url", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "3.52.0",
      .help = "Where everything but a challenge is sent." },
    { .name = "debug", .kind = KIND_FLAG, .flags = OPTION_LIVE,
      .fallback = "No", .since = "3.50.0",
      .help = "Emit events about what is said on the wire." },
    { 0 },
    /* clang-format on */
};

static const struct option monitor_rows[] = {
    /* clang-format off */
    { .name = "source_path", .kind = KIND_PATH, .flags = OPTION_LIVE,
      .since = "2.10.0",
      .help = "The folder that is watched." },
    { .name = "recursive", .kind = KIND_FLAG, .flags = OPTION_LIVE,
      .fallback = "No", .since = "2.10.0",
      .help = "Whether folders inside of it are watched too." },
    { .name = "changes_poll_interval", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "10", .max = 31536000,
      .unit = "seconds", .since = "3.0.0",
      .help = "How often it is looked at." },
    { .name = "stable_interval", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "10", .max = 31536000, .unit = "seconds", .since = "2.10.0",
      .help = "How long a file must have been left alone." },
    { .name = "source_filter", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "2.10.0",
      .help = "Which files are told of." },
    { .name = "retry_count", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "5", .max = 1000000, .since = "5.1.0",
      .help = "How often it is tried again when it cannot be read." },
    { .name = "file_age_notification", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "0", .max = 1099511627776,
      .unit = "seconds", .since = "4.0.0",
      .help = "Age of a file from which an event is emitted; 0: never." },
    { .name = "file_age_auto_delete", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "0", .max = 1099511627776,
      .unit = "seconds", .since = "3.52.0",
      .help = "Age of a file at which it is deleted; 0: never." },
    { .name = "monitored_operations", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .fallback = "all",
      .choices = "disable all exist create modify rename delete",
      .since = "3.52.0",
      .help = "Kinds of changes that are told of." },
    { 0 },
    /* clang-format on */
};

static const struct option sync_rows[] = {
    /* clang-format off */
    { .name = "role_in_cluster", .kind = KIND_CHOICE, .flags = OPTION_LIVE,
      .fallback = "node", .choices = "controller node", .since = "5.13.0",
      .help = "Whether this server leads the others." },
    { .name = "sync_interval", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "60", .min = 1, .max = 31536000, .unit = "seconds",
      .since = "5.11.0",
      .help = "How often a node asks the controller." },
    { .name = "sync_events", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "5.13.0",
      .help = "Events that a node sends to the controller." },
    { .name = "url", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "5.11.0",
      .help = "Where the controller is." },
    { .name = "username", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "5.11.0",
      .help = "User name for the controller." },
    { .name = "password", .kind = KIND_TEXT,
      .flags = OPTION_LIVE | OPTION_SECRET, .since = "5.11.0",
      .help = "Password for the controller." },
    { .name = "tls_trusted_certificates", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .fallback = "set-on-first-connection",
      .since = "5.22.0",
      .help = "How the controller is recognised." },
    { 0 },
    /* clang-format on */
};

static const struct option other_rows[] = {
    /* clang-format off */
    { .name = "path", .types = "sqlite", .kind = KIND_PATH,
      .flags = OPTION_LIVE, .fallback = "configuration/cache.db3",
      .since = "4.0.0",
      .help = "The database file." },
    { .name = "external_vault_file", .types = "vault", .kind = KIND_PATH,
      .flags = OPTION_LIVE, .since = "5.20.0",
      .help = "File that vault items are kept in." },
    { 0 },
    /* clang-format on */
};

static const struct section_type resource_types[] = {
    /* clang-format off */
    { "sqlite", false, "The embedded database." },
    { "email-client", false, "The way to send mails." },
    { "lets-encrypt", false, "Certificates from an ACME authority." },
    { "analytics", false, "Measures of the process." },
    { "analytics-engine", false, "Another name of analytics." },
    { "monitor", false, "Watches a folder." },
    { "node-sync", false, "The cluster of SFTPPlus." },
    { "vault", false, "Where vault items are kept." },
    { 0 },
    /* clang-format on */
};

static const struct option_table resources_tables[] = {
    { common_rows, NULL },
    { analytics_rows, "analytics analytics-engine" },
    { email_rows, "email-client" },
    { acme_rows, "lets-encrypt" },
    { monitor_rows, "monitor" },
    { sync_rows, "node-sync" },
    { other_rows, NULL },
    { 0 },
};

const struct family family_resources = {
    .name = "resources",
    .has_id = true,
    .types = resource_types,
    .tables = resources_tables,
    .help = "Helpers that several parts share.",
};
