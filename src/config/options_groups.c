/* SPDX-License-Identifier: Apache-2.0 */
/* options_groups.c - the options of [groups/ID]. */
#include "config/families.h"

#include <stddef.h>

static const struct option group_rows[] = {
    /* clang-format off */
    { .name = "name", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "2.0.0",
      .help = "What people call this group; it stands in events." },
    { .name = "enabled", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "Yes",
      .since = "1.8",
      .help = "Whether its accounts may log in." },
    { .name = "description", .kind = KIND_BLOCK,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "1.7",
      .help = "A note for people." },
    { .name = "home_folder_structure", .kind = KIND_LINES,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "3.18.0",
      .help = "Folders that are made inside of a home folder, one a line." },
    { .name = "home_folder_path", .kind = KIND_PATH,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "1.6",
      .help = "The folder on this machine that is the user's /; ${USER} "
              "stands for the name of the account."
    },
    { .name = "create_home_folder", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "No",
      .since = "1.6.0",
      .help = "Whether a missing home folder is made at login." },
    { .name = "required_credentials", .kind = KIND_LIST,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "any",
      .choices = "any password ssh-key", .since = "4.10",
      .help = "What a login must prove: any, password, ssh-key, or both of "
              "the latter."
    },
    { .name = "ssh_authorized_keys_path", .kind = KIND_PATH,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "1.7.0",
      .help = "File with the public keys that may log in; ${USER} stands for "
              "the name of the account."
    },
    { .name = "permissions", .kind = KIND_PERMISSIONS,
      .flags = OPTION_SUPPORTED | OPTION_LIVE,
      .fallback = "allow-full-control",
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
      .fallback = "0", .max = 4611686018427387904, .unit = "bytes",
      .help = "Size that no file may be made larger than; 0: no limit." },
    { .name = "quota_bytes", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_INHERIT | OPTION_PROTECTS,
      .fallback = "0", .max = 4611686018427387904, .unit = "bytes",
      .meanwhile = "0",
      .help = "Most bytes that the files in the home folder may have; 0: no "
              "limit."
    },
    { .name = "quota_files", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_INHERIT | OPTION_PROTECTS,
      .fallback = "0", .max = 1099511627776, .meanwhile = "0",
      .help = "Most files in the home folder; 0: no limit." },
    { .name = "denied_names", .kind = KIND_MATCHING,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_INHERIT |
               OPTION_PROTECTS,
      .help = "Matching expressions for names that no file or folder may be "
              "given; one with a slash is for whole paths."
    },
    { .name = "allowed_protocols", .kind = KIND_LIST,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_INHERIT |
               OPTION_PROTECTS,
      .choices = "sftp ftp ftps",
      .help = "Protocols that the user may log in with: sftp (SCP is among "
              "it), ftp, and ftps, which is FTP under TLS; empty: all."
    },
    { .name = "maximum_sessions", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_INHERIT | OPTION_PROTECTS,
      .fallback = "0", .max = 1000000, .meanwhile = "0",
      .help = "Most sessions at a time; 0: no limit." },
    { .name = "upload_limit", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_INHERIT, .fallback = "0",
      .max = 4611686018427387904, .unit = "bytes", .meanwhile = "0",
      .help = "Bytes a second that all uploads together may take; 0: no "
              "limit."
    },
    { .name = "download_limit", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_INHERIT, .fallback = "0",
      .max = 4611686018427387904, .unit = "bytes", .meanwhile = "0",
      .help = "Bytes a second that all downloads together may take; 0: no "
              "limit."
    },
    { .name = "session_upload_limit", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_INHERIT, .fallback = "0",
      .max = 4611686018427387904, .unit = "bytes", .meanwhile = "0",
      .help = "Bytes a second that the uploads of one session may take; 0: "
              "no limit."
    },
    { .name = "session_download_limit", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_INHERIT, .fallback = "0",
      .max = 4611686018427387904, .unit = "bytes", .meanwhile = "0",
      .help = "Bytes a second that the downloads of one session may take; 0: "
              "no limit."
    },
    { .name = "virtual_folders", .kind = KIND_LINES,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "3.35.0",
      .help = "Folders of this machine that the user sees at paths of their "
              "own: lines of '/virtual/path, /real/path'; ${USER} stands for "
              "the name of the account."
    },
    { .name = "source_ip_filter", .kind = KIND_LINES,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_PROTECTS,
      .since = "3.45.0",
      .help = "From where the group's users may log in: lines of allow or "
              "deny and an address or network, of which the first that fits "
              "decides." },
    { .name = "lock_in_home_folder", .kind = KIND_FLAG, .flags = OPTION_LIVE,
      .fallback = "Yes", .meanwhile = "Yes", .since = "1.6",
      .help = "Whether the user is kept inside of the home folder; Convoy "
              "always does."
    },
    { .name = "create_home_folder_owner", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .fallback = "${DEFAULT_OS_USER}",
      .meanwhile = "${DEFAULT_OS_USER}", .since = "1.6.0",
      .help = "System user who owns a home folder that is made." },
    { .name = "create_home_folder_group", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .fallback = "${DEFAULT_OS_GROUP}",
      .meanwhile = "${DEFAULT_OS_GROUP}", .since = "1.6.0",
      .help = "System group that owns a home folder that is made." },
    { .name = "file_write_size", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "0", .max = 1073741824, .unit = "bytes", .meanwhile = "0",
      .since = "5.1.0",
      .help = "Bytes that are collected before they are written." },
    { .name = "allow_certificate_authentication", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "Yes",
      .since = "1.8.1",
      .help = "Whether the user may log in with a TLS certificate." },
    { .name = "amend_write_name", .kind = KIND_CHOICE,
      .flags = OPTION_SUPPORTED | OPTION_LIVE,
      .choices = "uuid-prefix", .since = "3.30.0",
      .help = "How the names of uploaded files are made unique: uuid-prefix "
              "puts a UUID and a dash in front. Empty: not at all."
    },
    { .name = "disable_on_inactivity", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_PROTECTS, .fallback = "0", .max = 36500,
      .unit = "days", .meanwhile = "0", .since = "4.32.0",
      .help = "Days without a login after which the account is disabled; 0: "
              "never."
    },
    { .name = "password_lifetime", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_PROTECTS, .fallback = "0", .max = 36500,
      .unit = "days", .meanwhile = "0", .since = "3.46.0",
      .help = "Days after which a password must be changed; 0: never." },
    { .name = "as2_require_http_authentication", .kind = KIND_FLAG,
      .flags = OPTION_LIVE, .fallback = "Yes", .since = "4.9.0",
      .help = "Whether an AS2 partner must log in to the HTTP service as "
              "well."
    },
    { .name = "ftps_require_close_notify", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_INHERIT,
      .fallback = "Inherit",
      .help = "Whether an upload over FTPS counts as complete only when TLS "
              "says that it has ended."
    },
    { .name = "allow_own_password_change", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "No",
      .since = "3.43.0",
      .help = "Whether users may change their password themselves: with "
              "`ssh HOST passwd`."
    },
    { .name = "ssh_hostbased_auth", .kind = KIND_FLAG, .flags = OPTION_LIVE,
      .fallback = "No", .meanwhile = "No", .since = "5.20.0",
      .help = "Whether a trusted host may vouch for its users." },
    { .name = "ssh_delete_delay", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "0", .max = 86400, .unit = "seconds", .meanwhile = "0",
      .since = "4.23.0",
      .help = "How much later than answered a file is deleted." },
    { .name = "external_groups_association", .kind = KIND_LINES,
      .flags = OPTION_LIVE, .since = "5.25.0",
      .help = "Groups of a directory service whose users belong here." },
    { 0 },
    /* clang-format on */
};

static const struct option_table groups_tables[] = {
    { group_rows, NULL },
    { 0 },
};

const struct family family_groups = {
    .name = "groups",
    .has_id = true,
    .supported = true,
    .tables = groups_tables,
    .missing_id = "DEFAULT_GROUP",
    .help = "What several accounts have in common.",
};
