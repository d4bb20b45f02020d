/* SPDX-License-Identifier: Apache-2.0 */
/* options_events.c - the options of [event-handlers/ID]. */
#include "config/families.h"

#include <stddef.h>

static const struct option common_rows[] = {
    /* clang-format off */
    { .name = "enabled", .kind = KIND_FLAG,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "Yes", .since = "",
      .help = "Whether the handler starts with the server." },
    { .name = "name", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "2.10.0",
      .help = "What people call this handler." },
    { .name = "description", .kind = KIND_BLOCK,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "2.10.0",
      .help = "A note for people." },
    { .name = "type", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_REQUIRED,
      .since = "2.10.0",
      .help = "What the handler does with an event." },
    { .name = "target", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "2.10.0",
      .help = "Numbers of the events that are handled; with ! in front, of "
              "those that are not."
    },
    { .name = "groups", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "3.39.0",
      .help = "Groups of the events that are handled; with ! in front, of "
              "those that are not."
    },
    { .name = "user_groups", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "5.25.0",
      .help = "Groups and roles whose events are handled." },
    { .name = "usernames", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "3.9.0",
      .help = "Names whose events are handled; with ! in front, of those "
              "that are not."
    },
    { .name = "components", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "3.18.0",
      .help = "Sections whose events are handled; with ! in front, of those "
              "that are not."
    },
    { .name = "servers", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "5.13.0",
      .help = "Servers of the deployment whose events are handled." },
    { .name = "source_addresses", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "3.40.0",
      .help = "Addresses whose events are handled; with ! in front, of those "
              "that are not."
    },
    { .name = "data_filter", .kind = KIND_LINES, .flags = OPTION_LIVE,
      .since = "3.22.0",
      .help = "Conditions for the data of an event, one a line." },
    { .name = "fail_after_errors", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "10", .max = 1000000, .since = "3.0.0",
      .help = "After so many errors the handler stops; 0: never." },
    { .name = "cluster_activation", .kind = KIND_TEXT, .fallback = "all",
      .meanwhile = "all", .since = "5.13.0",
      .help = "On which nodes of a cluster the handler runs." },
    { 0 },
    /* clang-format on */
};

static const struct option entry_rows[] = {
    /* clang-format off */
    { .name = "entry_content", .kind = KIND_BLOCK, .flags = OPTION_LIVE,
      .fallback = "{timestamp.iso_8601_local} {id} {component.uuid} "
                  "{account.name} {account.peer.address}:{account.peer.port} "
                  "{message}",
      .since = "3.13.0",
      .help = "Template of a record; Convoy writes records as JSON." },
    { 0 },
    /* clang-format on */
};

static const struct option file_rows[] = {
    /* clang-format off */
    { .name = "path", .kind = KIND_PATH,
      .flags = OPTION_SUPPORTED | OPTION_LIVE,
      .fallback = "log/server.log", .since = "2.1.0",
      .help = "The file that records are appended to; {host.name} stands for "
              "the name of this machine."
    },
    { .name = "structured_fields", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "3.21.0",
      .help = "Parts of the event that a record has; Convoy writes all of "
              "them."
    },
    { .name = "rotate_external", .kind = KIND_FLAG, .flags = OPTION_LIVE,
      .fallback = "No", .since = "2.1.0",
      .help = "Whether another program moves the file away when it is full." },
    { .name = "rotate_at_size", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "0", .meanwhile = "0", .since = "2.1.0",
      .help = "Size in bytes at which a new file is begun." },
    { .name = "rotate_on", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "Disabled", .meanwhile = "Disabled", .since = "3.13.0",
      .help = "Time of the day, or day of the month, when a new file is "
              "begun."
    },
    { .name = "rotate_count", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "0", .meanwhile = "0", .since = "2.1.0",
      .help = "How many of the earlier files are kept; 0: all." },
    { 0 },
    /* clang-format on */
};

static const struct option result_rows[] = {
    /* clang-format off */
    { .name = "source_attribute",
      .types = "create-archive extract-archive openpgp content-check",
      .kind = KIND_TEXT, .flags = OPTION_LIVE, .fallback = "real_path",
      .since = "3.43.0",
      .help = "Part of the event that names the file." },
    { .name = "destination_path",
      .types = "create-archive extract-archive openpgp", .kind = KIND_PATH,
      .flags = OPTION_LIVE, .since = "3.43.0",
      .help = "Where the result goes." },
    { .name = "overwrite_rule",
      .types = "create-archive extract-archive openpgp file-dispatcher",
      .kind = KIND_CHOICE, .flags = OPTION_LIVE, .fallback = "fail",
      .choices = "fail overwrite disable skip", .since = "4.7.0",
      .help = "What happens when the file is there already." },
    { .name = "delete_source_on_success",
      .types = "create-archive extract-archive openpgp", .kind = KIND_FLAG,
      .flags = OPTION_LIVE, .fallback = "Yes", .since = "3.43.0",
      .help = "Whether the file is removed when the result is there." },
    { 0 },
    /* clang-format on */
};

static const struct option dispatch_rows[] = {
    /* clang-format off */
    { .name = "dispatch_rules", .kind = KIND_LINES, .flags = OPTION_LIVE,
      .since = "3.5.0",
      .help = "What is done with which files, one rule a line." },
    { .name = "fallback_rule", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "3.5.0",
      .help = "What is done with files that no rule is for." },
    { .name = "matching_expressions", .kind = KIND_LINES, .flags = OPTION_LIVE,
      .since = "4.0.0",
      .help = "Parts of the event that give values to the rules." },
    { .name = "dispatch_attribute", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "real_path", .since = "3.20.0",
      .help = "Part of the event that names the file." },
    { .name = "dispatch_delay", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "0", .max = 31536000, .unit = "seconds", .since = "4.2.0",
      .help = "How long after the event the rules are applied." },
    { .name = "destination_temporary_suffix", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .since = "4.8.0",
      .help = "Ending that a file has until it is complete." },
    { .name = "create_destination_folder", .kind = KIND_CHOICE,
      .flags = OPTION_LIVE, .choices = "parent", .since = "3.31.0",
      .help = "Whether missing folders are made." },
    { .name = "retry_count", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "0", .max = 1000000, .since = "4.5.0",
      .help = "How often a rule that failed is tried again." },
    { .name = "retry_wait", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "60", .max = 31536000, .unit = "seconds", .since = "4.5.0",
      .help = "How long before it is tried again." },
    { .name = "executable_timeout", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "30", .max = 31536000, .unit = "seconds", .since = "4.15.0",
      .help = "How long a program may run." },
    { 0 },
    /* clang-format on */
};

static const struct option send_rows[] = {
    /* clang-format off */
    { .name = "url", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "2.10.0",
      .help = "Addresses that events are sent to; the next one is used when "
              "one fails."
    },
    { .name = "username", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "3.30.0",
      .help = "User name for these addresses." },
    { .name = "password", .kind = KIND_TEXT,
      .flags = OPTION_LIVE | OPTION_SECRET, .since = "3.30.0",
      .help = "Password for these addresses." },
    { .name = "retry_count", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "2", .max = 1000000, .since = "3.48.0",
      .help = "How often an event that could not be sent is tried again." },
    { .name = "retry_increase", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "10", .since = "3.48.0",
      .help = "By how many seconds the wait grows with each try." },
    { 0 },
    /* clang-format on */
};

static const struct option http_rows[] = {
    /* clang-format off */
    { .name = "timeout", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "120", .max = 31536000, .unit = "seconds", .since = "4.16.0",
      .help = "How long a reply is waited for." },
    { .name = "request_method", .kind = KIND_CHOICE, .flags = OPTION_LIVE,
      .fallback = "POST", .choices = "GET POST PUT", .since = "4.31.0",
      .help = "Method of the request." },
    { .name = "http_content_type", .kind = KIND_CHOICE, .flags = OPTION_LIVE,
      .fallback = "json", .choices = "custom json legacy-webadmin soap xml",
      .since = "3.0.0",
      .help = "Form in which the event is sent." },
    { .name = "expected_response", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "4.2.0",
      .help = "What the reply must look like." },
    { .name = "headers", .kind = KIND_LINES, .flags = OPTION_LIVE,
      .since = "4.2.0",
      .help = "Headers of the request." },
    { .name = "extra_data", .kind = KIND_BLOCK, .flags = OPTION_LIVE,
      .since = "3.38.0",
      .help = "Data that is sent in addition." },
    { .name = "proxy", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "3.20.0",
      .help = "Proxy for the connection." },
    { 0 },
    /* clang-format on */
};

static const struct option rabbit_rows[] = {
    /* clang-format off */
    { .name = "exchange", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "4.10.0",
      .help = "Exchange that messages are published to." },
    { .name = "routing_key", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "4.10.0",
      .help = "Routing key of the messages." },
    { .name = "payload_template", .kind = KIND_BLOCK, .flags = OPTION_LIVE,
      .since = "4.10.0",
      .help = "Template of a message." },
    { 0 },
    /* clang-format on */
};

static const struct option pgp_rows[] = {
    /* clang-format off */
    { .name = "encryption_public_keys", .kind = KIND_LIST,
      .flags = OPTION_LIVE, .since = "5.20.0",
      .help = "Vault items with the keys that files are encrypted for." },
    { .name = "signing_private_key", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .since = "5.20.0",
      .help = "Vault item with the key that files are signed with." },
    { .name = "decryption_private_keys", .kind = KIND_LIST,
      .flags = OPTION_LIVE, .since = "5.20.0",
      .help = "Vault items with the keys that files are decrypted with." },
    { .name = "verifying_public_keys", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "5.20.0",
      .help = "Vault items with the keys whose signatures count." },
    { .name = "passphrase", .kind = KIND_TEXT,
      .flags = OPTION_LIVE | OPTION_SECRET, .since = "4.0.0",
      .help = "Password of the private keys." },
    { .name = "encryption_extension", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = ".pgp", .since = "4.0.0",
      .help = "Ending of encrypted files." },
    { .name = "encryption_cipher", .kind = KIND_CHOICE, .flags = OPTION_LIVE,
      .fallback = "AES128", .choices = "AES128 AES192 AES256 CAST5 3DES",
      .since = "4.0.0",
      .help = "Cipher that files are encrypted with." },
    { 0 },
    /* clang-format on */
};

static const struct option mail_rows[] = {
    /* clang-format off */
    { .name = "email_to_recipients", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "3.4.0",
      .help = "Whom a mail is sent to." },
    { .name = "email_cc", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "3.44.0",
      .help = "Who gets a copy of it." },
    { .name = "email_bcc", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "3.44.0",
      .help = "Who gets a copy that the others do not see." },
    { .name = "email_subject", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "[{id}] [{component.name}] New event", .since = "3.4.0",
      .help = "Template of the subject." },
    { .name = "email_body", .kind = KIND_BLOCK, .flags = OPTION_LIVE,
      .fallback = "[{timestamp.cwa_14051}] {message}{LF}{LF}{data_json}",
      .since = "3.18.0",
      .help = "Template of the text." },
    { .name = "email_associated_files", .kind = KIND_CHOICE,
      .flags = OPTION_LIVE, .choices = "attachment", .since = "3.18.0",
      .help = "Whether the file that an event is about is attached." },
    { 0 },
    /* clang-format on */
};

static const struct option program_rows[] = {
    /* clang-format off */
    { .name = "executable_path", .kind = KIND_PATH, .flags = OPTION_LIVE,
      .since = "3.47.0",
      .help = "The program that is started." },
    { .name = "executable_arguments", .kind = KIND_BLOCK, .flags = OPTION_LIVE,
      .fallback = "{data.real_path}", .since = "3.47.0",
      .help = "Its arguments." },
    { .name = "executable_output_format", .kind = KIND_CHOICE,
      .flags = OPTION_LIVE, .fallback = "text", .choices = "text json",
      .since = "4.32.0",
      .help = "Form of what it prints." },
    { .name = "executable_timeout", .kind = KIND_NUMBER, .flags = OPTION_LIVE,
      .fallback = "30", .max = 31536000, .unit = "seconds", .since = "3.47.0",
      .help = "How long it may run." },
    { .name = "concurrent_processes", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "2", .max = 1000, .since = "3.47.0",
      .help = "How many of it may run at a time." },
    { 0 },
    /* clang-format on */
};

static const struct option other_rows[] = {
    /* clang-format off */
    { .name = "path", .types = "database", .kind = KIND_PATH,
      .flags = OPTION_LIVE, .since = "4.0.0",
      .help = "The database file." },
    { .name = "auto_delete", .types = "database", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "0", .max = 36500, .unit = "days",
      .since = "3.42.0",
      .help = "After so many days records are deleted; 0: never." },
    { .name = "url", .types = "syslog", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .since = "3.8.0",
      .help = "Where the log service is: file://, tcp:// or udp://." },
    { .name = "entry_point", .types = "extension", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .since = "3.28.0",
      .help = "The Python class that handles events." },
    { .name = "configuration", .types = "extension", .kind = KIND_BLOCK,
      .flags = OPTION_LIVE, .since = "4.0.0",
      .help = "Text that the extension is given." },
    { .name = "monitored_operations", .types = "account-interaction",
      .kind = KIND_LIST, .flags = OPTION_LIVE, .fallback = "all",
      .choices = "all created deleted read moved modified", .since = "4.25.0",
      .help = "Kinds of operations that are told of." },
    { .name = "line_search", .types = "content-check", .kind = KIND_LINES,
      .flags = OPTION_LIVE, .since = "5.16.0",
      .help = "What is looked for in the lines of a file." },
    { .name = "digest_format", .types = "content-check", .kind = KIND_CHOICE,
      .flags = OPTION_LIVE, .fallback = "disabled",
      .choices = "disabled base64 gnu bsd", .since = "4.31.0",
      .help = "Form in which the digest of a file is told." },
    { .name = "digest_algorithm", .types = "content-check", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .fallback = "sha512", .since = "4.31.0",
      .help = "Which digest of a file is made." },
    { .name = "archive_format", .types = "create-archive", .kind = KIND_CHOICE,
      .flags = OPTION_LIVE, .fallback = "zip", .choices = "zip gzip",
      .since = "4.7.0",
      .help = "Format of the archive." },
    { .name = "archive_name", .types = "create-archive", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .fallback = "{fullname}{archive_extension}",
      .since = "4.7.0",
      .help = "Template of its name." },
    { .name = "password", .types = "extract-archive", .kind = KIND_TEXT,
      .flags = OPTION_LIVE | OPTION_SECRET, .since = "4.0.0",
      .help = "Password of the archive." },
    { 0 },
    /* clang-format on */
};

static const struct section_type handler_types[] = {
    /* clang-format off */
    { "local-file", true, "Appends records to a file." },
    { "standard-stream", true, "Writes records to the console." },
    { "syslog", false, "Sends records to a log service." },
    { "http", false, "Sends events to a web service." },
    { "email-sender", false, "Sends mails." },
    { "file-dispatcher", false, "Moves, copies and deletes files." },
    { "external-executable", false, "Starts a program." },
    { "create-archive", false, "Packs files." },
    { "extract-archive", false, "Unpacks files." },
    { "openpgp", false, "Encrypts, decrypts, signs and verifies files." },
    { "rabbitmq", false, "Publishes messages." },
    { "database", false, "Keeps records in a database." },
    { "content-check", false, "Looks into files." },
    { "account-interaction", false, "Tells when accounts meet in a file." },
    { "extension", false, "Hands events to Python code." },
    { "windows-eventlog", false, "Writes to the log of Windows." },
    { 0 },
    /* clang-format on */
};

static const struct option_table event_handlers_tables[] = {
    { common_rows, NULL },
    { file_rows, "local-file" },
    { entry_rows, "local-file standard-stream" },
    { dispatch_rows, "file-dispatcher" },
    { result_rows, NULL },
    { send_rows, "http rabbitmq" },
    { http_rows, "http" },
    { rabbit_rows, "rabbitmq" },
    { pgp_rows, "openpgp" },
    { mail_rows, "email-sender" },
    { program_rows, "external-executable" },
    { other_rows, NULL },
    { options_tls_client, "http rabbitmq" },
    { options_tls_both, "http rabbitmq" },
    { 0 },
};

const struct family family_event_handlers = {
    .name = "event-handlers",
    .has_id = true,
    .supported = true,
    .types = handler_types,
    .tables = event_handlers_tables,
    .help = "Who is told of events, and what is done then.",
};
