/* SPDX-License-Identifier: Apache-2.0 */
/* options_server.c - the options of [server] and [cluster]. */
#include "config/families.h"

#include <stddef.h>

static const struct option server_rows[] = {
    /* clang-format off */
    { .name = "uuid", .kind = KIND_TEXT, .flags = OPTION_SUPPORTED,
      .fallback = "single-server-uuid", .since = "2.0.0",
      .help = "Identifies this server in events, and among the servers of a "
              "deployment."
    },
    { .name = "name", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_LIVE,
      .fallback = "single-server-name", .since = "2.0.0",
      .help = "What people call this server; it stands in events." },
    { .name = "description", .kind = KIND_BLOCK,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "2.0.0",
      .help = "A note for people." },
    { .name = "state_folder", .kind = KIND_PATH, .flags = OPTION_SUPPORTED,
      .fallback = "state",
      .help = "Where the server keeps what it must remember: its database, "
              "the index of unfinished uploads, its control socket."
    },
    { .name = "durability", .kind = KIND_CHOICE,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "disk",
      .choices = "disk cache",
      .help = "With disk, an upload is acknowledged when it is on stable "
              "storage; with cache, when the kernel has it."
    },
    { .name = "staged_uploads", .kind = KIND_PATH_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "Yes",
      .help = "Uploads grow under a hidden name and appear whole when they "
              "are complete; with No they are written in place. Lines below "
              "the first are rules for single paths, 'EXPRESSION, No'."
    },
    { .name = "staged_upload_keep", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "86400",
      .max = 31536000, .unit = "seconds",
      .help = "How long an upload that was cut off is kept for being resumed."
    },
    { .name = "allowed_link_targets", .kind = KIND_LIST,
      .flags = OPTION_SUPPORTED | OPTION_LIVE,
      .help = "Folders outside of the home folders that existing symbolic "
              "links may lead to."
    },
    { .name = "drain_timeout", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "300", .max = 86400,
      .unit = "seconds",
      .help = "How long running transfers may go on after the server was "
              "told to stop."
    },
    { .name = "confinement", .kind = KIND_FLAG, .flags = OPTION_SUPPORTED,
      .fallback = "Yes",
      .help = "Each session is kept to its account's folders by the kernel "
              "(Landlock), and the server to the system calls that it makes "
              "(seccomp); No is a way out when a kernel or a file system does "
              "not go along."
    },
    { .name = "failed_login_delay", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "1", .max = 60,
      .unit = "seconds",
      .help = "Every login that fails is answered this long after the "
              "attempt, whatever the reason."
    },
    { .name = "umask", .kind = KIND_OCTAL,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "022", .max = 511,
      .since = "1.7.0",
      .help = "Permission bits that new files and folders do not get." },
    { .name = "ssh_server_keys", .kind = KIND_LIST,
      .flags = OPTION_SUPPORTED | OPTION_LIVE,
      .refers = "vault-items:ssh-private", .since = "5.20.0",
      .help = "Host keys of ssh services that name none of their own: vault "
              "items of type ssh-private."
    },
    { .name = "ssh_host_private_keys", .kind = KIND_BLOCK,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_SECRET, .since = "",
      .help = "The older way to name host keys: paths, one a line, or the "
              "text of one key."
    },
    { .name = "authentications", .kind = KIND_LIST,
      .flags = OPTION_SUPPORTED | OPTION_LIVE,
      .fallback = "DEFAULT-AUTHENTICATION", .refers = "authentications",
      .since = "2.10.0",
      .help = "The ways to log in, in the order in which they are asked." },
    { .name = "password_hashing_scheme", .kind = KIND_CHOICE,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "crypt-sha512",
      .choices = "crypt-sha512 crypt-sha256 pbkdf2_sha512 pbkdf2_sha256 "
                 "yescrypt",
      .since = "3.51.0",
      .help = "How new passwords are hashed; known hashes of every scheme "
              "are accepted."
    },
    { .name = "password_minimum_length", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "8", .max = 1024,
      .unit = "characters", .since = "3.43.0",
      .help = "Fewest characters of a new password." },
    { .name = "password_minimum_strength", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "4", .max = 4,
      .since = "3.43.0",
      .help = "How hard a new password must be to guess, from 0 to 4, as "
              "zxcvbn counts."
    },
    { .name = "password_character_requirements", .kind = KIND_LIST,
      .flags = OPTION_LIVE | OPTION_PROTECTS,
      .choices = "lowercase uppercase digit symbol disabled",
      .meanwhile = "disabled", .since = "5.24.0",
      .help = "Kinds of characters that a new password must have." },
    { .name = "password_history", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE | OPTION_PROTECTS, .fallback = "8", .max = 1000,
      .meanwhile = "0", .since = "4.10.0",
      .help = "How many earlier passwords may not be used again." },
    { .name = "tls_private_certificate", .kind = KIND_LIST,
      .flags = OPTION_SUPPORTED | OPTION_LIVE,
      .refers = "vault-items:private-certificate", .since = "5.20.0",
      .help = "Certificate of TLS services that name none of their own: a "
              "vault item of type private-certificate."
    },
    { .name = "ssl_certificate", .kind = KIND_BLOCK,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "",
      .help = "The older way to name the certificate of TLS services: a "
              "path, or its text."
    },
    { .name = "ssl_key", .kind = KIND_BLOCK,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_SECRET, .since = "",
      .help = "The older way to name the private key of TLS services: a "
              "path, or its text."
    },
    { .name = "ssl_key_password", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_SECRET, .since = "",
      .help = "Password of that private key." },
    { .name = "proxy", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "5.14.0",
      .help = "Proxy for connections that the server itself makes." },
    { .name = "blocking_filesystem", .kind = KIND_FLAG, .fallback = "No",
      .meanwhile = "No", .since = "5.5.0",
      .help = "Keeps slow storage from holding up others; every session of "
              "Convoy has its own thread, so it is not needed."
    },
    { .name = "failover_interval", .kind = KIND_NUMBER, .fallback = "0",
      .max = 31536000, .unit = "seconds", .meanwhile = "0", .since = "5.13.0",
      .help = "How long a silent node of the cluster is waited for." },
    { .name = "account", .kind = KIND_TEXT, .fallback = "sftpplus",
      .meanwhile = "", .since = "1.6.0",
      .help = "The system user that the server turns into after it has "
              "started."
    },
    { .name = "product_key", .kind = KIND_TEXT, .since = "4.21.0",
      .help = "Selects the licensed parts of SFTPPlus; Convoy has no such "
              "keys."
    },
    { .name = "health_address", .kind = KIND_ADDRESS, .flags = OPTION_LIVE,
      .fallback = "127.0.0.1",
      .help = "Where the health checks listen." },
    { .name = "health_port", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "0", .max = 65534, .meanwhile = "0",
      .help = "Port of the health checks; the port after it answers agent "
              "checks. 0: none."
    },
    { .name = "control_socket", .kind = KIND_PATH,
      .flags = OPTION_SUPPORTED, .fallback = "state/control",
      .help = "Socket through which the commands of the program talk to the "
              "running server."
    },
    { .name = "quota_rescan", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "86400", .max = 31536000, .unit = "seconds",
      .help = "How often the counters of quotas are compared with the files." },
    { 0 },
    /* clang-format on */
};

static const struct option_table server_tables[] = {
    { server_rows, NULL },
    { 0 },
};

const struct family family_server = {
    .name = "server",
    .supported = true,
    .tables = server_tables,
    .help = "The process as a whole, and defaults for the rest.",
};

static const struct option cluster_rows[] = {
    /* clang-format off */
    { .name = "mode", .kind = KIND_CHOICE, .flags = OPTION_SUPPORTED,
      .fallback = "standalone", .choices = "standalone",
      .help = "Whether the server runs alone (standalone) or with others; "
              "only standalone is there yet."
    },
    { .name = "name", .kind = KIND_TEXT,
      .help = "Name of the cluster." },
    { .name = "node", .kind = KIND_TEXT,
      .help = "Name of this node in it." },
    { .name = "store", .kind = KIND_LIST,
      .help = "Endpoints of the etcd that the nodes share." },
    { .name = "username", .kind = KIND_TEXT,
      .help = "User name for the store." },
    { .name = "password", .kind = KIND_TEXT, .flags = OPTION_SECRET,
      .help = "Password for the store." },
    { .name = "tls_private_certificate", .kind = KIND_TEXT,
      .help = "Vault item with the certificate that this node shows to the "
              "store."
    },
    { .name = "tls_trusted_certificates", .kind = KIND_TEXT,
      .help = "Vault item with the certificates that the store is trusted by."
    },
    { .name = "lease_time", .kind = KIND_NUMBER, .fallback = "10", .min = 1,
      .max = 3600, .unit = "seconds",
      .help = "How long a silent node keeps what it holds." },
    { .name = "on_store_loss", .kind = KIND_CHOICE, .flags = OPTION_LIVE,
      .fallback = "serve", .choices = "serve readonly stop",
      .help = "What a node does when it cannot reach the store." },
    { .name = "virtual_address", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .help = "Address that moves to a node that works." },
    { .name = "strict_virtual_address", .kind = KIND_FLAG,
      .flags = OPTION_LIVE, .fallback = "No",
      .help = "Whether a node gives the address up when it is not sure of "
              "holding it."
    },
    { 0 },
    /* clang-format on */
};

static const struct option_table cluster_tables[] = {
    { cluster_rows, NULL },
    { 0 },
};

const struct family family_cluster = {
    .name = "cluster",
    .supported = true,
    .tables = cluster_tables,
    .help = "The other nodes, when there are any.",
};
