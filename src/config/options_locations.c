/* SPDX-License-Identifier: Apache-2.0 */
/* options_locations.c - the options of [locations/ID]. */
#include "config/families.h"

#include <stddef.h>

static const struct option common_rows[] = {
    /* clang-format off */
    { .name = "name", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "2.8.0",
      .help = "What people call this location." },
    { .name = "description", .kind = KIND_BLOCK, .flags = OPTION_LIVE,
      .since = "2.8.0",
      .help = "A note for people." },
    { .name = "type", .kind = KIND_TEXT, .flags = OPTION_REQUIRED,
      .since = "2.6.0",
      .help = "How files are reached there." },
    { .name = "username", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "2.8.0",
      .help = "User name there." },
    { .name = "password", .kind = KIND_TEXT,
      .flags = OPTION_LIVE | OPTION_SECRET, .since = "2.8.0",
      .help = "Password there." },
    { .name = "idle_connection_timeout", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "300", .max = 31536000,
      .unit = "seconds", .since = "3.0.0",
      .help = "A connection that does nothing for so long is closed; 0: "
              "never."
    },
    { .name = "idle_connection_keepalive_interval", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "0", .max = 31536000,
      .unit = "seconds", .since = "3.0.0",
      .help = "How often an idle connection gives a sign of life; 0: never." },
    { .name = "connection_retry_count", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "12", .max = 1000000, .since = "3.9.0",
      .help = "How often a connection is tried again." },
    { .name = "connection_retry_interval", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "300", .max = 31536000,
      .unit = "seconds", .since = "3.9.0",
      .help = "How long before it is tried again." },
    { 0 },
    /* clang-format on */
};

static const struct option connection_rows[] = {
    /* clang-format off */
    { .name = "address",
      .types = "sftp ftp ftpse ftpsi smb ibm-mq oracle-database",
      .kind = KIND_ADDRESS, .flags = OPTION_LIVE, .since = "2.8.0",
      .help = "Host name or IP address." },
    { .name = "port",
      .types = "sftp ftp ftpse ftpsi smb ibm-mq oracle-database",
      .kind = KIND_NUMBER, .flags = OPTION_LIVE, .min = 1, .max = 65535,
      .since = "2.8.0",
      .help = "Port; empty: the usual one of the protocol." },
    { .name = "url",
      .types = "as2 http-pull sharepoint-online webdav webdavs",
      .kind = KIND_TEXT, .flags = OPTION_LIVE, .since = "4.5.0",
      .help = "Where it is." },
    { .name = "proxy", .types = "sftp webdav webdavs", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .since = "3.20.0",
      .help = "Proxy for the connection." },
    { .name = "timeout", .types = "ibm-mq oracle-database",
      .kind = KIND_NUMBER, .flags = OPTION_LIVE, .fallback = "120",
      .max = 31536000, .unit = "seconds", .since = "5.19.0",
      .help = "How long a reply is waited for." },
    { .name = "authentication_method",
      .types = "azure-file azure-blob webdav webdavs", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .since = "4.12.0",
      .help = "How the login is done." },
    { .name = "directory_id",
      .types = "azure-file azure-blob sharepoint-online exchange-online",
      .kind = KIND_TEXT, .flags = OPTION_LIVE, .since = "5.4.0",
      .help = "The directory that the application is in." },
    { .name = "application_id",
      .types = "azure-file azure-blob sharepoint-online exchange-online",
      .kind = KIND_TEXT, .flags = OPTION_LIVE, .since = "5.4.0",
      .help = "The identity under which the server is known there." },
    { .name = "tls_trusted_certificates",
      .types = "azure-file azure-blob sharepoint-online exchange-online "
               "ibm-mq",
      .kind = KIND_TEXT, .flags = OPTION_LIVE, .since = "5.21.0",
      .help = "How the other side is recognised." },
    { .name = "tls_private_certificate", .types = "ibm-mq", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .since = "5.21.0",
      .help = "Certificate that is shown to the other side." },
    { .name = "file_name_template", .types = "exchange-online ibm-mq",
      .kind = KIND_TEXT, .flags = OPTION_LIVE, .since = "5.19.0",
      .help = "Template of the names of what is found there." },
    { .name = "allow_insecure_http", .types = "webdav webdavs",
      .kind = KIND_FLAG, .flags = OPTION_LIVE, .fallback = "No",
      .since = "4.12.0",
      .help = "Whether connections without TLS are made." },
    { .name = "require_encryption", .types = "smb", .kind = KIND_FLAG,
      .flags = OPTION_LIVE, .fallback = "Yes", .since = "4.16.0",
      .help = "Whether only encrypted connections are made." },
    { 0 },
    /* clang-format on */
};

static const struct option sftp_rows[] = {
    /* clang-format off */
    { .name = "ssh_server_identity", .kind = KIND_LINES, .flags = OPTION_LIVE,
      .since = "3.51.0",
      .help = "How the other side is recognised: keys, or their fingerprints."
    },
    { .name = "ssh_client_key", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "5.20.0",
      .help = "Vault item with the key that logs in." },
    { .name = "ssh_cipher_list", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .fallback = "secure", .since = "3.11.0",
      .help = "Algorithms that are accepted." },
    { .name = "ssh_payload_length", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "32768", .min = 1, .max = 1073741824, .unit = "bytes",
      .since = "5.22.0",
      .help = "Bytes that one request asks for." },
    { 0 },
    /* clang-format on */
};

static const struct option ftp_rows[] = {
    /* clang-format off */
    { .name = "acct", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "4.28.0",
      .help = "What is answered to a request for an account." },
    { .name = "prefer_machine_listing", .kind = KIND_FLAG,
      .flags = OPTION_LIVE, .fallback = "No", .since = "5.23.0",
      .help = "Whether listings for machines are asked for." },
    { .name = "ignore_passive_address", .kind = KIND_FLAG,
      .flags = OPTION_LIVE, .fallback = "Yes", .since = "4.27.0",
      .help = "Whether the address of a passive reply is ignored." },
    { .name = "debug", .kind = KIND_FLAG, .flags = OPTION_LIVE,
      .fallback = "No", .since = "4.0.0",
      .help = "Emit events about what is said on the wire." },
    { .name = "ftps_reuse_session", .types = "ftpse ftpsi", .kind = KIND_FLAG,
      .flags = OPTION_LIVE, .fallback = "Yes", .since = "4.34.0",
      .help = "Whether data connections resume the TLS session." },
    { 0 },
    /* clang-format on */
};

static const struct option pull_rows[] = {
    /* clang-format off */
    { .name = "request_method", .kind = KIND_CHOICE, .flags = OPTION_LIVE,
      .fallback = "GET", .choices = "GET POST PUT", .since = "4.23.0",
      .help = "Method of the request." },
    { .name = "request_body", .kind = KIND_BLOCK, .flags = OPTION_LIVE,
      .since = "4.23.0",
      .help = "What is sent with it." },
    { .name = "request_headers", .kind = KIND_LINES, .flags = OPTION_LIVE,
      .since = "4.23.0",
      .help = "Headers of the request." },
    { .name = "response_code", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "2*", .since = "4.23.0",
      .help = "Codes that mean success." },
    { .name = "response_file_name", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "http-pull.file", .since = "4.23.0",
      .help = "Name of the file that comes." },
    { 0 },
    /* clang-format on */
};

static const struct option as2_rows[] = {
    /* clang-format off */
    { .name = "as2_own_identifier", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "4.5.0",
      .help = "Our name." },
    { .name = "as2_own_private_certificate", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .since = "5.21.0",
      .help = "Our certificate." },
    { .name = "as2_partner_identifier", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .since = "4.5.0",
      .help = "The name of the partner." },
    { .name = "as2_partner_trusted_certificates", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .since = "5.21.0",
      .help = "The certificates of the partner." },
    { .name = "as2_send_security", .kind = KIND_CHOICE, .flags = OPTION_LIVE,
      .fallback = "signed-and-encrypted",
      .choices = "signed-and-encrypted signed encrypted disabled",
      .since = "4.5.0",
      .help = "How messages are protected." },
    { .name = "as2_mdn_receipt", .kind = KIND_CHOICE, .flags = OPTION_LIVE,
      .fallback = "sync-signed",
      .choices = "sync-signed sync-unsigned async-signed async-unsigned "
                 "disabled",
      .since = "4.5.0",
      .help = "Which receipt is asked for." },
    { .name = "as2_encryption_algorithm", .kind = KIND_CHOICE,
      .flags = OPTION_LIVE, .fallback = "aes256",
      .choices = "3des aes128 aes192 aes256", .since = "4.5.0",
      .help = "Cipher of the messages." },
    { .name = "as2_signature_algorithm", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .fallback = "sha256", .since = "4.5.0",
      .help = "Digest of the signatures." },
    { .name = "as2_compressed", .kind = KIND_FLAG, .flags = OPTION_LIVE,
      .fallback = "No", .since = "5.6.0",
      .help = "Whether messages are compressed." },
    { .name = "as2_content_type", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "application/octet-stream", .since = "4.5.0",
      .help = "Type of the content." },
    { .name = "as2_async_mdn_server_uuid", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .since = "5.6.0",
      .help = "Our service that later receipts come to." },
    { .name = "as2_async_mdn_url", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "5.6.0",
      .help = "The address that later receipts come to." },
    { .name = "as2_async_mdn_timeout", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "600", .max = 31536000,
      .unit = "seconds", .since = "5.6.0",
      .help = "How long they are waited for." },
    { .name = "as2_check_method", .kind = KIND_CHOICE, .flags = OPTION_LIVE,
      .fallback = "head", .choices = "head get", .since = "5.6.0",
      .help = "How the connection is tried." },
    { 0 },
    /* clang-format on */
};

static const struct option oracle_rows[] = {
    /* clang-format off */
    { .name = "service_name", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "5.18.0",
      .help = "Name of the database." },
    { .name = "oracle_client_path", .kind = KIND_PATH, .flags = OPTION_LIVE,
      .since = "5.21.0",
      .help = "Folder with the client library." },
    { .name = "sql_file_column_type", .kind = KIND_CHOICE,
      .flags = OPTION_LIVE, .fallback = "CLOB",
      .choices = "CHAR CLOB BLOB NCLOB", .since = "5.18.0",
      .help = "Type of the column that holds files." },
    { .name = "sql_table_list", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "5.18.0",
      .help = "Statement that lists tables." },
    { .name = "sql_parent_list", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "5.21.0",
      .help = "Statement that lists folders." },
    { .name = "sql_file_list", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "5.18.0",
      .help = "Statement that lists files." },
    { .name = "sql_file_read", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "5.18.0",
      .help = "Statement that reads a file." },
    { .name = "sql_file_delete", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "5.18.0",
      .help = "Statement that deletes a file." },
    { .name = "sql_file_write", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "5.18.0",
      .help = "Statement that writes a file." },
    { 0 },
    /* clang-format on */
};

static const struct option mq_rows[] = {
    /* clang-format off */
    { .name = "queue_manager", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "5.19.0",
      .help = "Name of the queue manager." },
    { .name = "channel", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "5.19.0",
      .help = "Name of the channel." },
    { .name = "ssl_cipher_spec", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "ANY", .since = "5.19.0",
      .help = "Cipher of the connection." },
    { 0 },
    /* clang-format on */
};

static const struct option smtp_rows[] = {
    /* clang-format off */
    { .name = "email_to_recipients", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "5.12.0",
      .help = "Whom files are sent to." },
    { .name = "email_cc", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "5.12.0",
      .help = "Who gets a copy." },
    { .name = "email_bcc", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "5.12.0",
      .help = "Who gets a copy that the others do not see." },
    { .name = "email_subject", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "File received from {server.name} {location.name}",
      .since = "5.12.0",
      .help = "Template of the subject." },
    { .name = "email_body", .kind = KIND_BLOCK, .flags = OPTION_LIVE,
      .fallback = "See the received file {attachment.file_name} in the "
                  "attachment.",
      .since = "5.12.0",
      .help = "Template of the text." },
    { 0 },
    /* clang-format on */
};

static const struct section_type location_types[] = {
    /* clang-format off */
    { "filesystem", false, "Folders of this machine." },
    { "sftp", false, "SFTP." },
    { "ftp", false, "FTP." },
    { "ftpse", false, "FTPS that asks for TLS." },
    { "ftpsi", false, "FTPS that begins with TLS." },
    { "webdav", false, "WebDAV." },
    { "webdavs", false, "WebDAV over TLS." },
    { "http-pull", false, "Files that are fetched from a web server." },
    { "as2", false, "A partner who speaks AS2." },
    { "azure-file", false, "Azure Files." },
    { "azure-blob", false, "Azure Blob Storage." },
    { "smb", false, "A Windows share." },
    { "sharepoint-online", false, "SharePoint." },
    { "exchange-online", false, "Mails of Exchange." },
    { "oracle-database", false, "Tables of Oracle." },
    { "ibm-mq", false, "Queues of IBM MQ." },
    { "smtp", false, "Files that are sent as mails." },
    { 0 },
    /* clang-format on */
};

static const struct option_table locations_tables[] = {
    { common_rows, NULL },
    { connection_rows, NULL },
    { sftp_rows, "sftp" },
    { ftp_rows, "ftp ftpse ftpsi" },
    { pull_rows, "http-pull" },
    { as2_rows, "as2" },
    { oracle_rows, "oracle-database" },
    { mq_rows, "ibm-mq" },
    { smtp_rows, "smtp" },
    { options_tls_client, "as2 ftpse ftpsi http-pull webdav webdavs" },
    { options_tls_both, "as2 ftpse ftpsi http-pull webdav webdavs" },
    { 0 },
};

const struct family family_locations = {
    .name = "locations",
    .has_id = true,
    .types = location_types,
    .tables = locations_tables,
    .missing_id = "DEFAULT-LOCAL-FILESYSTEM",
    .help = "Where files come from and go to.",
};
