/* SPDX-License-Identifier: Apache-2.0 */
/* options_accounts.c - the options of [accounts/ID]. */
#include "config/families.h"

#include <stddef.h>

static const struct option account_rows[] = {
    /* clang-format off */
    { .name = "name", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_REQUIRED,
      .since = "2.0.0",
      .help = "The user name." },
    { .name = "enabled", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "Yes",
      .since = "1.6",
      .help = "Whether the account may log in." },
    { .name = "type", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "application",
      .since = "1.6",
      .help = "Where the account comes from." },
    { .name = "group", .kind = KIND_LIST,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "DEFAULT_GROUP",
      .refers = "groups", .since = "1.8.2",
      .help = "Its groups; the first one gives it what it does not say "
              "itself."
    },
    { .name = "description", .kind = KIND_BLOCK,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "1.7",
      .help = "A note for people." },
    { .name = "email", .kind = KIND_LIST,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "",
      .help = "Addresses of its owner." },
    { .name = "password", .kind = KIND_HASH,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_SECRET,
      .since = "1.6.0",
      .help = "Hash of its password; empty: it has none." },
    { .name = "ssh_authorized_keys_content", .kind = KIND_LINES,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "2.9.0",
      .help = "Public keys that may log in, one a line, as in an "
              "authorized_keys file."
    },
    { .name = "expire_datetime", .kind = KIND_DATE,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "3.27.0",
      .help = "The moment from which the account can no longer log in." },
    { .name = "home_folder_structure", .kind = KIND_LINES,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_INHERIT,
      .fallback = "Inherit",
      .help = "Folders that are made inside of its home folder, one a line." },
    { .name = "home_folder_path", .kind = KIND_PATH,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_INHERIT,
      .fallback = "Inherit", .since = "1.6",
      .help = "The folder on this machine that is the user's /; ${USER} "
              "stands for the name of the account."
    },
    { .name = "create_home_folder", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_INHERIT,
      .fallback = "No", .since = "1.6.0",
      .help = "Whether a missing home folder is made at login." },
    { .name = "required_credentials", .kind = KIND_LIST,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_INHERIT,
      .fallback = "Inherit", .choices = "any password ssh-key",
      .since = "4.10",
      .help = "What a login must prove: any, password, ssh-key, or both of "
              "the latter."
    },
    { .name = "ssh_authorized_keys_path", .kind = KIND_PATH,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_INHERIT,
      .since = "1.7.0",
      .help = "File with the public keys that may log in; ${USER} stands for "
              "the name of the account."
    },
    { .name = "permissions", .kind = KIND_PERMISSIONS,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_INHERIT,
      .fallback = "Inherit",
      .choices = "allow-full-control deny-full-control allow-read allow-list "
                 "allow-traverse allow-write allow-create-folder "
                 "allow-rename allow-delete-folder allow-delete-file "
                 "allow-set-attributes",
      .since = "3.28.0",
      .help = "What the user may do; lines below the first are rules for "
              "single paths: a matching expression, and what may be done "
              "there instead."
    },
    { .name = "staged_uploads", .kind = KIND_PATH_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_INHERIT,
      .fallback = "Inherit",
      .help = "Uploads grow under a hidden name and appear whole when they "
              "are complete; lines below the first are rules for single paths, "
              "'EXPRESSION, No'. Inherit goes up to the group, then to "
              "[server]."
    },
    { .name = "durability", .kind = KIND_CHOICE,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_INHERIT,
      .fallback = "Inherit", .choices = "disk cache",
      .help = "When an upload is acknowledged, see [server]; Inherit goes up "
              "to the group, then to [server]."
    },
    { .name = "maximum_file_size", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_INHERIT,
      .fallback = "Inherit", .max = 4611686018427387904, .unit = "bytes",
      .help = "Size that no file may be made larger than; 0: no limit." },
    { .name = "quota_bytes", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_INHERIT | OPTION_PROTECTS,
      .fallback = "Inherit", .max = 4611686018427387904, .unit = "bytes",
      .meanwhile = "0",
      .help = "Most bytes that the files in the home folder may have; 0: no "
              "limit."
    },
    { .name = "quota_files", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_INHERIT | OPTION_PROTECTS,
      .fallback = "Inherit", .max = 1099511627776, .meanwhile = "0",
      .help = "Most files in the home folder; 0: no limit." },
    { .name = "denied_names", .kind = KIND_MATCHING,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_INHERIT |
               OPTION_PROTECTS,
      .fallback = "Inherit",
      .help = "Matching expressions for names that no file or folder may be "
              "given; one with a slash is for whole paths."
    },
    { .name = "allowed_protocols", .kind = KIND_LIST,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_INHERIT |
               OPTION_PROTECTS,
      .fallback = "Inherit", .choices = "sftp ftp ftps",
      .help = "Protocols that the user may log in with: sftp (SCP is among "
              "it), ftp, and ftps, which is FTP under TLS; empty: all."
    },
    { .name = "maximum_sessions", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_INHERIT | OPTION_PROTECTS,
      .fallback = "Inherit", .max = 1000000, .meanwhile = "0",
      .help = "Most sessions at a time; 0: no limit." },
    { .name = "upload_limit", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_INHERIT, .fallback = "Inherit",
      .max = 4611686018427387904, .unit = "bytes", .meanwhile = "0",
      .help = "Bytes a second that all uploads together may take; 0: no "
              "limit."
    },
    { .name = "download_limit", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_INHERIT, .fallback = "Inherit",
      .max = 4611686018427387904, .unit = "bytes", .meanwhile = "0",
      .help = "Bytes a second that all downloads together may take; 0: no "
              "limit."
    },
    { .name = "session_upload_limit", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_INHERIT, .fallback = "Inherit",
      .max = 4611686018427387904, .unit = "bytes", .meanwhile = "0",
      .help = "Bytes a second that the uploads of one session may take; 0: "
              "no limit."
    },
    { .name = "session_download_limit", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_INHERIT, .fallback = "Inherit",
      .max = 4611686018427387904, .unit = "bytes", .meanwhile = "0",
      .help = "Bytes a second that the downloads of one session may take; 0: "
              "no limit."
    },
    { .name = "virtual_folders", .kind = KIND_LINES,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_INHERIT,
      .fallback = "Inherit", .since = "4.5.0",
      .help = "Folders of this machine that the user sees at paths of their "
              "own: lines of '/virtual/path, /real/path'; ${USER} stands for "
              "the name of the account. Empty: none."
    },
    { .name = "source_ip_filter", .kind = KIND_LINES,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_PROTECTS,
      .since = "3.45.0",
      .help = "From where the user may log in: lines of allow or deny and an "
              "address or network, of which the first that fits decides; the "
              "group's own are asked as well." },
    { .name = "lock_in_home_folder", .kind = KIND_FLAG,
      .flags = OPTION_LIVE | OPTION_INHERIT, .fallback = "Yes",
      .meanwhile = "Yes", .since = "1.6",
      .help = "Whether the user is kept inside of the home folder; Convoy "
              "always does."
    },
    { .name = "create_home_folder_owner", .kind = KIND_TEXT,
      .flags = OPTION_LIVE | OPTION_INHERIT, .fallback = "${DEFAULT_OS_USER}",
      .meanwhile = "${DEFAULT_OS_USER}", .since = "1.6.0",
      .help = "System user who owns a home folder that is made." },
    { .name = "create_home_folder_group", .kind = KIND_TEXT,
      .flags = OPTION_LIVE | OPTION_INHERIT,
      .fallback = "${DEFAULT_OS_GROUP}", .meanwhile = "${DEFAULT_OS_GROUP}",
      .since = "1.6.0",
      .help = "System group that owns a home folder that is made." },
    { .name = "file_write_size", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_INHERIT, .fallback = "Inherit",
      .max = 1073741824, .unit = "bytes", .meanwhile = "0", .since = "5.1.0",
      .help = "Bytes that are collected before they are written." },
    { .name = "allow_certificate_authentication", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_INHERIT,
      .fallback = "Yes",
      .since = "1.8.1",
      .help = "Whether the user may log in with a TLS certificate." },
    { .name = "amend_write_name", .kind = KIND_CHOICE,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_INHERIT,
      .choices = "uuid-prefix", .since = "3.30.0",
      .help = "How the names of uploaded files are made unique: uuid-prefix "
              "puts a UUID and a dash in front. Empty: not at all."
    },
    { .name = "disable_on_inactivity", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_INHERIT | OPTION_PROTECTS,
      .fallback = "Inherit", .max = 36500, .unit = "days", .meanwhile = "0",
      .since = "4.32.0",
      .help = "Days without a login after which the account is disabled; 0: "
              "never."
    },
    { .name = "password_lifetime", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_INHERIT | OPTION_PROTECTS,
      .fallback = "Inherit", .max = 36500, .unit = "days", .meanwhile = "0",
      .since = "3.46.0",
      .help = "Days after which a password must be changed; 0: never." },
    { .name = "as2_require_http_authentication", .kind = KIND_FLAG,
      .flags = OPTION_LIVE | OPTION_INHERIT, .fallback = "Inherit",
      .since = "4.9.0",
      .help = "Whether an AS2 partner must log in to the HTTP service as "
              "well."
    },
    { .name = "ftps_require_close_notify", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_INHERIT,
      .fallback = "Inherit",
      .help = "Whether an upload over FTPS counts as complete only when TLS "
              "says that it has ended."
    },
    { .name = "multi_factor_authentication", .kind = KIND_TEXT,
      .flags = OPTION_LIVE | OPTION_SECRET | OPTION_PROTECTS, .since = "4.0.0",
      .help = "otpauth: URL of the one-time codes that a login has to show "
              "as well."
    },
    { .name = "created", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "4.12.0",
      .help = "When the account was made." },
    { .name = "changed", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "",
      .help = "When the account was last changed." },
    { .name = "last_password_update", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "0",
      .since = "3.46.0",
      .help = "When its password was last changed, in seconds since 1970." },
    { .name = "home_folder_delete_on_expire", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "0", .max = 1099511627776,
      .unit = "seconds", .meanwhile = "0", .since = "5.25.0",
      .help = "How long after it expired its files are deleted; 0: never." },
    { .name = "as2_trusted_certificates", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .since = "5.21.0",
      .help = "Certificates that sign the AS2 messages of this partner." },
    { .name = "as2_async_mdn_https_trusted_certificates", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .fallback = "disabled", .since = "5.21.0",
      .help = "Certificates that the partner's receipt service is trusted by."
    },
    { .name = "ssh_trusted_certificate_authorities", .kind = KIND_LIST,
      .flags = OPTION_LIVE,
      .help = "Authorities whose SSH user certificates may log in." },
    { .name = "ssh_certificate_principals", .kind = KIND_LIST,
      .flags = OPTION_LIVE,
      .help = "Principals of which such a certificate must name one." },
    { 0 },
    /* clang-format on */
};

static const struct section_type account_types[] = {
    /* clang-format off */
    { "application", true, "Known from this file." },
    { "os", false, "A user of the operating system." },
    { 0 },
    /* clang-format on */
};

static const struct option_table accounts_tables[] = {
    { account_rows, NULL },
    { 0 },
};

const struct family family_accounts = {
    .name = "accounts",
    .has_id = true,
    .supported = true,
    .types = account_types,
    .usual_type = "application",
    .tables = accounts_tables,
    .help = "Somebody who may log in.",
};
