/* SPDX-License-Identifier: Apache-2.0 */
/* options_authentications.c - the options of [authentications/ID]. */
#include "config/families.h"

#include <stddef.h>

static const struct option common_rows[] = {
    /* clang-format off */
    { .name = "enabled", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "Yes", .since = "",
      .help = "Whether this way to log in is open." },
    { .name = "name", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "2.10.0",
      .help = "What people call it." },
    { .name = "description", .kind = KIND_BLOCK,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "2.10.0",
      .help = "A note for people." },
    { .name = "type", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_REQUIRED, .since = "2.10.0",
      .help = "Who knows the users." },
    { 0 },
    /* clang-format on */
};

static const struct option application_rows[] = {
    /* clang-format off */
    { .name = "allowed_groups", .kind = KIND_LIST,
      .flags = OPTION_LIVE | OPTION_PROTECTS, .since = "4.0.0",
      .help = "Groups whose accounts may log in this way; empty: all." },
    { .name = "strict_group_access", .kind = KIND_FLAG,
      .flags = OPTION_LIVE | OPTION_PROTECTS, .fallback = "No",
      .since = "5.14.0",
      .help = "How strictly allowed_groups is taken." },
    { 0 },
    /* clang-format on */
};

static const struct option second_rows[] = {
    /* clang-format off */
    { .name = "second_factor_authentication",
      .types = "application http ldap os radius", .kind = KIND_TEXT,
      .flags = OPTION_LIVE | OPTION_PROTECTS, .since = "5.24.0",
      .help = "Another way to log in that must agree as well." },
    { .name = "use_as_second_factor", .types = "application http radius",
      .kind = KIND_FLAG, .flags = OPTION_LIVE, .fallback = "No",
      .since = "5.24.0",
      .help = "Whether this is only asked for a second factor." },
    { 0 },
    /* clang-format on */
};

static const struct option cloud_rows[] = {
    /* clang-format off */
    { .name = "client_id", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "4.22.0",
      .help = "The identity under which the server is known there." },
    { .name = "password", .kind = KIND_TEXT,
      .flags = OPTION_LIVE | OPTION_SECRET, .since = "4.24.0",
      .help = "The secret that goes with it." },
    { .name = "tls_trusted_certificates", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .since = "5.26.0",
      .help = "Vault item with the certificates that the service is trusted "
              "by."
    },
    { .name = "base_groups", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "4.22.0",
      .help = "Groups that every user gets." },
    { .name = "group_association", .kind = KIND_CHOICE, .flags = OPTION_LIVE,
      .fallback = "base-groups",
      .choices = "base-groups base-and-cloud-groups", .since = "4.22.0",
      .help = "Where further groups come from." },
    { .name = "base_roles", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "4.27.0",
      .help = "Roles that every administrator gets." },
    { .name = "roles_association", .kind = KIND_CHOICE, .flags = OPTION_LIVE,
      .fallback = "base-and-cloud-groups",
      .choices = "base-roles base-and-cloud-groups", .since = "5.14.0",
      .help = "Where further roles come from." },
    { .name = "remove_username_suffix", .kind = KIND_LINES,
      .flags = OPTION_LIVE, .since = "4.23.0",
      .help = "Endings that are cut off user names." },
    { .name = "api_scopes", .kind = KIND_LINES, .flags = OPTION_LIVE,
      .since = "4.24.0",
      .help = "Further rights that are asked for." },
    { .name = "proxy", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "4.23.0",
      .help = "Proxy for the connection." },
    { .name = "directory_id", .types = "entra-id", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .since = "4.22.0",
      .help = "The directory that the users are in." },
    { .name = "okta_domain", .types = "okta-oidc", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .since = "5.12.0",
      .help = "The domain of the users." },
    { 0 },
    /* clang-format on */
};

static const struct option ldap_rows[] = {
    /* clang-format off */
    { .name = "address", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "3.13.0",
      .help = "Where the directory is." },
    { .name = "port", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "389", .min = 1, .max = 65535, .since = "3.13.0",
      .help = "Its port." },
    { .name = "secure_connection", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "No", .since = "4.11.0",
      .help = "Whether the connection begins with TLS; starttls turns it on "
              "later."
    },
    { .name = "bind_dn_type", .kind = KIND_CHOICE, .flags = OPTION_LIVE,
      .fallback = "parent",
      .choices = "parent relative absolute direct-username", .since = "3.20.0",
      .help = "How the name that logs in is made from the user name." },
    { .name = "bind_dn", .kind = KIND_LINES, .flags = OPTION_LIVE,
      .since = "3.13.0",
      .help = "Where users are in the directory." },
    { .name = "username_attribute", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "cn", .since = "3.17.0",
      .help = "Attribute that holds the user name." },
    { .name = "username_suffix", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "4.1.0",
      .help = "Ending that is added to the user name." },
    { .name = "home_folder_attribute", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "3.13.0",
      .help = "Attribute that holds the home folder." },
    { .name = "email_attribute", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "5.1.0",
      .help = "Attribute that holds the mail address." },
    { .name = "search_filter", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "3.33.0",
      .help = "What the entry of a user must look like." },
    { .name = "manager_search_filter", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "3.37.0",
      .help = "What the entry of an administrator must look like." },
    { .name = "base_groups", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "5.21.0",
      .help = "Groups that every user gets." },
    { .name = "group_mapping", .kind = KIND_LINES, .flags = OPTION_LIVE,
      .since = "3.34.0",
      .help = "Groups that users get by their attributes." },
    { .name = "roles_mapping", .kind = KIND_LINES, .flags = OPTION_LIVE,
      .since = "5.20.0",
      .help = "Roles that administrators get by their attributes." },
    { .name = "extension_entry_point", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "4.16.0",
      .help = "Python code that looks at the entry of a user." },
    { .name = "extension_configuration", .kind = KIND_BLOCK,
      .flags = OPTION_LIVE, .since = "4.16.0",
      .help = "Text that this code is given." },
    { 0 },
    /* clang-format on */
};

static const struct option http_rows[] = {
    /* clang-format off */
    { .name = "url", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "2.10.0",
      .help = "Addresses that are asked; the next one is used when one fails."
    },
    { .name = "timeout", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "120", .max = 31536000, .unit = "seconds", .since = "4.13.0",
      .help = "How long a reply is waited for." },
    { .name = "username", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "3.30.0",
      .help = "User name for these addresses." },
    { .name = "password", .kind = KIND_TEXT,
      .flags = OPTION_LIVE | OPTION_SECRET, .since = "3.30.0",
      .help = "Password for these addresses." },
    { .name = "headers", .kind = KIND_LINES, .flags = OPTION_LIVE,
      .since = "4.4.0",
      .help = "Headers of the request." },
    { .name = "test_at_start", .kind = KIND_FLAG, .flags = OPTION_LIVE,
      .fallback = "Yes", .since = "4.5.0",
      .help = "Whether the addresses are tried when the server starts." },
    { .name = "proxy", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "3.20.0",
      .help = "Proxy for the connection." },
    { 0 },
    /* clang-format on */
};

static const struct option os_rows[] = {
    /* clang-format off */
    { .name = "access_filesystem_as_service_user", .kind = KIND_FLAG,
      .flags = OPTION_LIVE, .fallback = "No", .since = "5.12.0",
      .help = "Whether files are used with the rights of the server instead "
              "of the user."
    },
    { .name = "pam_usage", .kind = KIND_CHOICE, .flags = OPTION_LIVE,
      .fallback = "fallback", .choices = "fallback exclusive service",
      .since = "3.3.0",
      .help = "Whether PAM is asked alone, or only when nothing else knows "
              "the user."
    },
    { .name = "pam_service", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "login", .since = "3.3.0",
      .help = "The PAM service that is asked." },
    { .name = "allowed_groups", .kind = KIND_LIST,
      .flags = OPTION_LIVE | OPTION_PROTECTS, .since = "3.35.0",
      .help = "System groups whose users may log in." },
    { .name = "base_groups", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "4.23.0",
      .help = "Groups that every user gets." },
    { .name = "group_association", .kind = KIND_CHOICE, .flags = OPTION_LIVE,
      .fallback = "base-groups",
      .choices = "base-groups base-and-os-groups group-name "
                 "group-name-with-default",
      .since = "4.11.0",
      .help = "Where further groups come from." },
    { .name = "manager_allowed_groups", .kind = KIND_LIST,
      .flags = OPTION_LIVE, .since = "3.37.0",
      .help = "System groups whose users may log in as administrators." },
    { .name = "base_roles", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "4.27.0",
      .help = "Roles that every administrator gets." },
    { .name = "role_association", .kind = KIND_CHOICE, .flags = OPTION_LIVE,
      .fallback = "base-roles", .choices = "base-roles base-and-os-groups",
      .since = "4.11.0",
      .help = "Where further roles come from." },
    { 0 },
    /* clang-format on */
};

static const struct option radius_rows[] = {
    /* clang-format off */
    { .name = "address", .kind = KIND_ADDRESS, .flags = OPTION_LIVE,
      .since = "4.10.0",
      .help = "Where the RADIUS server is." },
    { .name = "port", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "1812", .min = 1, .max = 65535, .since = "4.10.0",
      .help = "Its port." },
    { .name = "password", .kind = KIND_TEXT,
      .flags = OPTION_LIVE | OPTION_SECRET, .since = "4.10.0",
      .help = "The secret shared with it." },
    { .name = "authentication_type", .kind = KIND_CHOICE, .flags = OPTION_LIVE,
      .fallback = "ms-chap-v2", .choices = "pap chap ms-chap-v1 ms-chap-v2",
      .since = "4.13.0",
      .help = "How passwords are sent." },
    { .name = "continue_authentication", .kind = KIND_FLAG,
      .flags = OPTION_LIVE, .fallback = "No", .since = "4.10.0",
      .help = "Whether the next way to log in is asked after this one." },
    { .name = "timeout", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "60", .max = 31536000, .unit = "seconds", .since = "4.13.0",
      .help = "How long a reply is waited for." },
    { .name = "nas_port", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "0", .max = 4294967295, .since = "4.13.0",
      .help = "Port number that the server is told." },
    { .name = "debug", .kind = KIND_FLAG, .flags = OPTION_LIVE,
      .fallback = "No", .since = "4.13.0",
      .help = "Emit events about what is said on the wire." },
    { .name = "group_mapping", .kind = KIND_LINES, .flags = OPTION_LIVE,
      .since = "4.10.0",
      .help = "Groups that users get by their attributes." },
    { 0 },
    /* clang-format on */
};

static const struct option other_rows[] = {
    /* clang-format off */
    { .name = "path", .types = "local-file", .kind = KIND_PATH,
      .flags = OPTION_LIVE, .since = "3.33.0",
      .help = "The file with the accounts and groups." },
    { .name = "external_management", .types = "local-file", .kind = KIND_FLAG,
      .flags = OPTION_LIVE, .fallback = "Yes", .since = "3.37.0",
      .help = "Whether others change the file, so that it is read again now "
              "and then."
    },
    { .name = "anonymous_account_uuid", .types = "anonymous",
      .kind = KIND_TEXT, .flags = OPTION_LIVE, .since = "3.2.0",
      .help = "Account that everybody may use." },
    { .name = "ban_interval", .types = "ip-time-ban", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "3600", .max = 31536000,
      .unit = "seconds", .since = "3.2.0",
      .help = "How long an address stays banned." },
    { .name = "ban_after_count", .types = "ip-time-ban", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "5", .max = 1000000, .since = "3.2.0",
      .help = "Failed logins after which an address is banned." },
    { .name = "usernames", .types = "deny-username", .kind = KIND_LIST,
      .flags = OPTION_LIVE | OPTION_PROTECTS, .since = "3.0.0",
      .help = "User names that may not log in." },
    { .name = "administrators", .types = "deny-username", .kind = KIND_LIST,
      .flags = OPTION_LIVE, .since = "5.12.0",
      .help = "Administrators who may not log in." },
    { 0 },
    /* clang-format on */
};

static const struct section_type method_types[] = {
    /* clang-format off */
    { "application", true, "The accounts of this file." },
    { "os", false, "Users of the operating system, through PAM." },
    { "ldap", false, "A directory." },
    { "http", false, "A web service." },
    { "radius", false, "A RADIUS server." },
    { "local-file", false, "Another file with accounts." },
    { "anonymous", false, "Everybody, with any password." },
    { "entra-id", false, "Microsoft Entra ID." },
    { "google-identity", false, "Google." },
    { "okta-oidc", false, "Okta." },
    { "ip-time-ban", false,
      "Turns banned addresses away; a security policy does so since "
      "SFTPPlus 5.15." },
    { "deny-username", false,
      "Turns user names away; a security policy does so since SFTPPlus "
      "5.15." },
    { "legacy-webadmin", false, "The web administration of SFTPPlus 2 and 3." },
    { 0 },
    /* clang-format on */
};

static const struct option_table authentications_tables[] = {
    { common_rows, NULL },
    { application_rows, "application" },
    { ldap_rows, "ldap" },
    { http_rows, "http" },
    { os_rows, "os" },
    { radius_rows, "radius" },
    { cloud_rows, "entra-id google-identity okta-oidc" },
    { other_rows, NULL },
    { second_rows, NULL },
    { options_tls_client, "http ldap" },
    { options_tls_both, "http ldap" },
    { 0 },
};

const struct family family_authentications = {
    .name = "authentications",
    .has_id = true,
    .supported = true,
    .types = method_types,
    .tables = authentications_tables,
    .missing_id = "DEFAULT-AUTHENTICATION",
    .help = "Ways to log in.",
};
