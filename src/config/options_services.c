/* SPDX-License-Identifier: Apache-2.0 */
/* options_services.c - the options of [services/ID]. */
#include "config/families.h"

#include <stddef.h>

static const struct option common_rows[] = {
    /* clang-format off */
    { .name = "enabled", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "Yes",
      .since = "1.6.0",
      .help = "Whether the service starts with the server." },
    { .name = "name", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_LIVE,
      .fallback = "undefined-service-name", .since = "2.0.0",
      .help = "What people call this service; it stands in events." },
    { .name = "description", .kind = KIND_BLOCK,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "1.8.0",
      .help = "A note for people." },
    { .name = "type", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_REQUIRED,
      .since = "2.10.0",
      .help = "What the service speaks." },
    { .name = "address", .kind = KIND_ADDRESS,
      .flags = OPTION_SUPPORTED | OPTION_LIVE,
      .fallback = "127.0.0.1", .since = "1.7.0",
      .help = "Where it listens: an IP address or a host name; 0.0.0.0 and "
              ":: stand for all."
    },
    { .name = "port", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_REQUIRED, .max = 65535,
      .since = "1.7.0",
      .help = "The TCP port it listens on; 0 takes any free one." },
    { .name = "idle_connection_timeout", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "300", .min = 1,
      .max = 31536000, .unit = "seconds", .since = "1.7.19",
      .help = "A connection that does nothing for so long is closed." },
    { .name = "maximum_concurrent_connections", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "10000",
      .max = 1000000, .since = "1.7.19",
      .help = "Most connections at a time; 0: no limit." },
    { .name = "maximum_connections_per_address", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "0", .max = 1000000,
      .help = "Most connections at a time from one address; 0: no limit." },
    { .name = "login_timeout", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "60", .min = 1,
      .max = 3600, .unit = "seconds",
      .help = "A connection that has not logged in after so long is closed." },
    { .name = "maximum_unauthenticated", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "500",
      .max = 1000000,
      .help = "Most connections that have not logged in; when there is one "
              "more, the oldest silent one goes. 0: no limit."
    },
    { .name = "maximum_unauthenticated_per_address", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "20",
      .max = 1000000,
      .help = "The same for a single address, where the new one is turned "
              "away. 0: no limit."
    },
    { .name = "authentications", .kind = KIND_LIST,
      .refers = "authentications", .since = "3.2.0",
      .help = "Ways to log in to this service, instead of those of [server]." },
    { .name = "security_policy", .kind = KIND_TEXT,
      .flags = OPTION_LIVE | OPTION_PROTECTS,
      .fallback = "DEFAULT-SECURITY-POLICY", .since = "5.18.0",
      .help = "The [security-policies/ID] that logins to this service follow."
    },
    { .name = "block_source_at_connection", .kind = KIND_FLAG,
      .flags = OPTION_LIVE | OPTION_PROTECTS, .fallback = "No",
      .meanwhile = "No", .since = "5.18.0",
      .help = "Refuse banned addresses when they connect, before they say "
              "anything."
    },
    { .name = "proxy_protocol_sources", .kind = KIND_LIST,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_PROTECTS,
      .help = "Networks of balancers, whose PROXY header (version 1 or 2) is "
              "asked for and believed." },
    { .name = "cluster_activation", .kind = KIND_TEXT, .fallback = "all",
      .meanwhile = "all", .since = "5.13.0",
      .help = "On which nodes of a cluster the service runs." },
    { .name = "debug", .kind = KIND_FLAG, .flags = OPTION_LIVE,
      .fallback = "No", .meanwhile = "No", .since = "3.48.0",
      .help = "Emit events about what is said on the wire." },
    { 0 },
    /* clang-format on */
};

static const struct option ssh_rows[] = {
    /* clang-format off */
    { .name = "sftp", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "Yes",
      .since = "2.5.0",
      .help = "Whether clients may use SFTP." },
    { .name = "scp", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "No",
      .since = "2.5.0",
      .help = "Whether clients may use the older SCP protocol." },
    { .name = "ssh_server_keys", .kind = KIND_LIST,
      .flags = OPTION_SUPPORTED | OPTION_LIVE,
      .refers = "vault-items:ssh-private", .since = "5.20.0",
      .help = "Host keys of this service, in the order of preference: vault "
              "items of type ssh-private."
    },
    { .name = "ssh_host_private_keys", .kind = KIND_BLOCK,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_SECRET, .since = "",
      .help = "The older way to name host keys: paths, one a line, or the "
              "text of one key."
    },
    { .name = "rsa_private_key", .kind = KIND_PATH, .since = "",
      .help = "The oldest way to name an RSA host key; SFTPPlus 5 has "
              "dropped it for ssh_server_keys."
    },
    { .name = "rsa_private_key_password", .kind = KIND_TEXT,
      .flags = OPTION_SECRET, .since = "",
      .help = "Password of the key in rsa_private_key; SFTPPlus 5 has "
              "dropped it."
    },
    { .name = "dsa_private_key", .kind = KIND_PATH, .since = "",
      .help = "Path of a DSA host key, a kind that SSH clients no longer "
              "accept."
    },
    { .name = "dsa_private_key_password", .kind = KIND_TEXT,
      .flags = OPTION_SECRET, .since = "",
      .help = "Password of the key in dsa_private_key; SFTPPlus 5 has "
              "dropped it."
    },
    { .name = "ssh_cipher_list", .kind = KIND_LIST,
      .flags = OPTION_SUPPORTED | OPTION_LIVE,
      .fallback = "secure", .since = "3.11.0",
      .help = "Algorithms that the service accepts: secure, all, fips, or "
              "their names in the order of preference."
    },
    { .name = "dh_prime_size", .kind = KIND_TEXT, .fallback = "1024, ideal",
      .since = "3.46.0",
      .help = "Smallest and preferred size of the primes in a Diffie-Hellman "
              "group exchange."
    },
    { .name = "before_login_message", .kind = KIND_BLOCK,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "5.11.0",
      .help = "Text that clients are shown before they log in." },
    { .name = "keyboard_interactive_message", .kind = KIND_BLOCK,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "Password:",
      .since = "5.24.0",
      .help = "What the keyboard-interactive login asks: the last line is the "
              "prompt, lines above it are shown first."
    },
    { .name = "ignore_create_permissions", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "No",
      .since = "1.7.13",
      .help = "New files and folders get their mode from umask alone, not "
              "from the client."
    },
    { .name = "rekey_bytes", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE,
      .fallback = "1073741824", .min = 65536, .max = 1125899906842624,
      .unit = "bytes",
      .help = "New keys are exchanged after so much data in one direction." },
    { .name = "rekey_seconds", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE,
      .fallback = "3600", .min = 10, .max = 86400, .unit = "seconds",
      .help = "New keys are exchanged after so long." },
    { 0 },
    /* clang-format on */
};

static const struct option ftp_rows[] = {
    /* clang-format off */
    { .name = "banner", .kind = KIND_BLOCK,
      .flags = OPTION_SUPPORTED | OPTION_LIVE,
      .fallback = "Welcome to the FTP service.", .since = "1.6.0",
      .help = "Greeting of the service; one that begins with > does not say "
              "what product it is."
    },
    { .name = "passive_port_range", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "1.7.0",
      .help = "Ports for passive data connections, as MIN - MAX, from 1024 "
              "up; empty: any."
    },
    { .name = "passive_address", .kind = KIND_LIST,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "2.9.0",
      .help = "IPv4 address, or a name that has one, that PASV tells clients "
              "when they come through a translator. NETWORK ADDRESS is for "
              "clients of that network only; the first item that fits counts, "
              "and without one it is the address that the client came to."
    },
    { .name = "passive_wait_connection", .kind = KIND_FLAG,
      .flags = OPTION_LIVE, .fallback = "Yes", .meanwhile = "No",
      .since = "5.9.0",
      .help = "Whether commands wait until the client has opened the passive "
              "connection; here only those that move data do."
    },
    { .name = "active_source_port", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "0",
      .max = 65535, .since = "3.6.0",
      .help = "Port from which active data connections are made; 0: any." },
    { .name = "idle_data_connection_timeout", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "30", .min = 1,
      .max = 31536000,
      .unit = "seconds", .since = "1.8.2",
      .help = "A data connection that does nothing for so long is closed." },
    { .name = "stalled_transfer_timeout", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "0",
      .max = 31536000, .unit = "seconds",
      .help = "A transfer that has moved fewer than stalled_transfer_bytes in "
              "that time is ended; 0: none is."
    },
    { .name = "stalled_transfer_bytes", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "1024",
      .max = 1099511627776, .unit = "bytes",
      .help = "What a transfer has to move in stalled_transfer_timeout." },
    { .name = "ftps_explicit_enabled", .types = "ftp", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "Yes",
      .since = "1.6.0",
      .help = "Whether clients may ask for TLS with AUTH." },
    { .name = "ftps_force_secured_command_channel", .types = "ftp",
      .kind = KIND_FLAG, .flags = OPTION_SUPPORTED | OPTION_LIVE,
      .fallback = "Yes",
      .since = "1.6.0",
      .help = "Whether commands are accepted only under TLS." },
    { .name = "ftps_force_secured_data_channel", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "Yes",
      .help = "Whether data connections are accepted only under TLS." },
    { .name = "ftps_require_session_reuse", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "Yes",
      .since = "4.35.0",
      .help = "Whether a data connection must resume the TLS session of its "
              "command connection."
    },
    { .name = "ftps_require_close_notify", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "Yes",
      .help = "Whether an upload counts as complete only when TLS says that "
              "it has ended."
    },
    { .name = "enable_password_authentication", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "Yes",
      .since = "1.7.4",
      .help = "Whether users may log in with a password." },
    { .name = "enable_ssl_certificate_authentication", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "Yes",
      .since = "1.7.4",
      .help = "Whether users may log in with a certificate whose common name "
              "is theirs, instead of a password."
    },
    { .name = "ignore_ascii_data_type", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "No",
      .since = "3.8.0",
      .help = "Transfer files unchanged also when the client asks for text." },
    { .name = "ascii_data_type_as_default", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "No",
      .since = "3.10.0",
      .help = "Begin sessions with transfers as text." },
    { 0 },
    /* clang-format on */
};

static const struct option web_rows[] = {
    /* clang-format off */
    { .name = "languages", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .fallback = "en", .since = "4.14.0",
      .help = "Languages of the pages." },
    { .name = "ui_version", .kind = KIND_CHOICE, .flags = OPTION_LIVE,
      .fallback = "ui-gen-2", .choices = "ui-gen-1 ui-gen-2",
      .since = "4.16.0",
      .help = "Which of the two designs the pages have." },
    { .name = "theme_path", .kind = KIND_PATH, .flags = OPTION_LIVE,
      .since = "3.42.0",
      .help = "Folder with the style, script and pictures of the pages." },
    { .name = "public_account_uuid", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "3.40.0",
      .help = "Account whose files visitors see without a login." },
    { .name = "public_name", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "public", .since = "4.3.0",
      .help = "Part of the URL under which the public files are; ROOT puts "
              "them at the top."
    },
    { .name = "public_error", .kind = KIND_FLAG, .flags = OPTION_LIVE,
      .fallback = "No", .since = "4.27.0",
      .help = "Whether visitors see why the public files cannot be shown." },
    { .name = "metadata_fields", .kind = KIND_LINES, .flags = OPTION_LIVE,
      .since = "4.15.0",
      .help = "Headers of an upload that go into its event." },
    { .name = "triggers", .kind = KIND_LINES, .flags = OPTION_LIVE,
      .since = "3.54.0",
      .help = "Buttons for files that emit an event." },
    { .name = "announce_session_authentication", .kind = KIND_FLAG,
      .flags = OPTION_LIVE, .fallback = "Yes", .since = "3.40.0",
      .help = "Whether replies tell clients that they may log in with a "
              "session."
    },
    { .name = "api_backend_uuid", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "5.16.0",
      .help = "HTTP event handler that requests are passed on to." },
    { .name = "api_passthrough_headers", .kind = KIND_LIST,
      .flags = OPTION_LIVE, .since = "5.16.0",
      .help = "Headers that are passed on with them." },
    { .name = "api_partial_success_headers", .kind = KIND_LINES,
      .flags = OPTION_LIVE, .since = "5.16.0",
      .help = "Headers of a reply that tells of partial success." },
    { .name = "as2_receive_name", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "as2receive", .since = "4.5.0",
      .help = "Part of the URL that receives AS2 messages." },
    { .name = "as2_receive_path", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "4.5.0",
      .help = "Folder of the account that AS2 files go to." },
    { .name = "as2_pending_path", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "_as2_pending", .since = "4.28.0",
      .help = "Folder of the account where AS2 files wait for their receipt." },
    { .name = "as2_default_filename", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "4.14.0",
      .help = "Name of AS2 files that come without one." },
    { .name = "as2_receive_private_certificate", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .since = "5.21.0",
      .help = "Certificate that AS2 messages are decrypted with." },
    { .name = "as2_no_mdn_success_text", .kind = KIND_BLOCK,
      .flags = OPTION_LIVE, .since = "4.17.0",
      .help = "Reply to an AS2 message that wants no receipt." },
    { 0 },
    /* clang-format on */
};

static const struct option page_rows[] = {
    /* clang-format off */
    { .name = "headers", .kind = KIND_LINES, .flags = OPTION_LIVE,
      .since = "3.34.0",
      .help = "Headers that every reply gets." },
    { .name = "accepted_origins", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "3.41.0",
      .help = "Hosts whose pages may send requests here." },
    { 0 },
    /* clang-format on */
};

static const struct option visitor_rows[] = {
    /* clang-format off */
    { .name = "client_forwarded_header", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .since = "4.14.0",
      .help = "Header in which a proxy tells the address of the client." },
    { .name = "login_footnotes", .kind = KIND_BLOCK, .flags = OPTION_LIVE,
      .since = "5.1.0",
      .help = "Text below the login form." },
    { 0 },
    /* clang-format on */
};

static const struct option manager_rows[] = {
    /* clang-format off */
    { .name = "base_url_path", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "4.30.0",
      .help = "Path under which a proxy shows the pages." },
    { 0 },
    /* clang-format on */
};

static const struct option redirect_rows[] = {
    /* clang-format off */
    { .name = "redirect_url", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "3.52.0",
      .help = "Where visitors are sent." },
    { 0 },
    /* clang-format on */
};

static const struct section_type service_types[] = {
    /* clang-format off */
    { "ssh", true, "SFTP." },
    { "ftp", true, "FTP, and FTPS when the client asks for TLS." },
    { "ftpsi", true, "FTPS that begins with TLS." },
    { "http", false, "Files in the browser, without TLS." },
    { "https", false, "Files in the browser." },
    { "http-redirect", false, "Sends browsers elsewhere." },
    { "manager", false, "The pages of the administrators." },
    { "monitor", false, "Watches a folder; a resource since SFTPPlus 5." },
    { 0 },
    /* clang-format on */
};

static const struct option_table services_tables[] = {
    { common_rows, NULL },
    { ssh_rows, "ssh" },
    { ftp_rows, "ftp ftpsi" },
    { web_rows, "http https" },
    { page_rows, "http https http-redirect manager" },
    { visitor_rows, "http https manager" },
    { manager_rows, "manager" },
    { redirect_rows, "http-redirect" },
    { options_tls_server, "ftp ftpsi https manager" },
    { options_tls_both, "ftp ftpsi https manager" },
    { 0 },
};

const struct family family_services = {
    .name = "services",
    .has_id = true,
    .supported = true,
    .types = service_types,
    .tables = services_tables,
    .help = "A port, and what is spoken on it.",
};
