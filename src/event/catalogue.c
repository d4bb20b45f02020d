/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalogue.c - every event, its groups and its sentence.
 *
 * Numbers below 70001 are SFTPPlus's, with its groups and, where it has them,
 * its names of data fields. docs/reference/events.md is made from this table
 * by `convoy events --markdown`.
 */
#include "event/catalogue.h"

/* In the order of the numbers: event_kind_of() searches by halves. */
static const struct event_kind kinds[] = {
    /* clang-format off */
    { EVENT_FTP_SECURED, "ftp_secured",
      "authenticated, informational, ftp",
      "The FTP connection from {peer} is under TLS: {encryption}." },
    { EVENT_FTP_REMOVED, "ftp_removed",
      "authenticated, success, file-operation, operation-delete, ftp",
      "The file '{path}' was removed." },
    { EVENT_FTP_REMOVE_FAILED, "ftp_remove_failed",
      "authenticated, failure, file-operation, operation-delete, ftp",
      "The file '{path}' could not be removed: {details}" },
    { EVENT_FTP_LISTED, "ftp_listed",
      "authenticated, success, file-operation, ftp",
      "The folder '{path}' was listed: {entries} entries." },
    { EVENT_FTP_LIST_FAILED, "ftp_list_failed",
      "authenticated, failure, file-operation, ftp",
      "The folder '{path}' could not be listed: {details}" },
    { EVENT_FTP_FOLDER_MADE, "ftp_folder_made",
      "authenticated, success, file-operation, operation-create-folder, ftp",
      "The folder '{path}' was made." },
    { EVENT_FTP_FOLDER_MAKE_FAILED, "ftp_folder_make_failed",
      "authenticated, failure, file-operation, operation-create-folder, ftp",
      "The folder '{path}' could not be made: {details}" },
    { EVENT_FTP_DOWNLOADED, "ftp_downloaded",
      "authenticated, success, file-operation, operation-read, ftp",
      "'{path}' was downloaded: {total_read} bytes in {duration_ms} ms, "
      "{read_speed} bytes a second." },
    { EVENT_FTP_DOWNLOAD_FAILED, "ftp_download_failed",
      "authenticated, failure, failure-high, file-operation, operation-read, "
      "ftp",
      "The download of '{path}' broke off after {total_read} bytes and "
      "{duration_ms} ms: {details}" },
    { EVENT_FTP_FOLDER_REMOVED, "ftp_folder_removed",
      "authenticated, success, file-operation, operation-delete, ftp",
      "The folder '{path}' was removed." },
    { EVENT_FTP_FOLDER_REMOVE_FAILED, "ftp_folder_remove_failed",
      "authenticated, failure, file-operation, operation-delete, ftp",
      "The folder '{path}' could not be removed: {details}" },
    { EVENT_FTP_RENAMED, "ftp_renamed",
      "authenticated, success, file-operation, operation-rename, ftp",
      "'{from}' is now called '{to}'." },
    { EVENT_FTP_RENAME_FAILED, "ftp_rename_failed",
      "authenticated, failure, file-operation, operation-rename, ftp",
      "'{from}' could not be renamed to '{to}': {details}" },
    { EVENT_FTP_UPLOADED, "ftp_uploaded",
      "authenticated, success, file-operation, operation-write, ftp",
      "'{path}' was uploaded: {total_write} bytes in {duration_ms} ms, "
      "{write_speed} bytes a second." },
    { EVENT_FTP_UPLOAD_FAILED, "ftp_upload_failed",
      "authenticated, failure, failure-high, file-operation, operation-write, "
      "ftp",
      "The upload of '{path}' broke off after {total_write} bytes and "
      "{duration_ms} ms: {details}" },
    { EVENT_FTP_TLS_FAILED, "ftp_tls_failed",
      "session, failure, failure-high, ftp",
      "TLS with {peer} did not come about: {details}" },
    { EVENT_FTP_ATTRIBUTES_SET, "ftp_attributes_set",
      "authenticated, success, file-operation, ftp",
      "Attributes of '{path}' were set: {changed}." },
    { EVENT_FTP_ATTRIBUTES_FAILED, "ftp_attributes_failed",
      "authenticated, failure, file-operation, ftp",
      "Attributes of '{path}' could not be set: {details}" },
    { EVENT_SERVER_STARTED, "server_started",
      "operational, process, informational",
      "Convoy {product_version} has started as '{instance_name}'." },
    { EVENT_SERVER_STOPPED, "server_stopped",
      "operational, process, informational",
      "Convoy {product_version}, running as '{instance_name}', has stopped." },
    { EVENT_PROXY_HEADER_APPLIED, "proxy_header_applied",
      "operational, session, informational",
      "The balancer at {old_host} port {old_port} says that this is {peer}." },
    { EVENT_INTERNAL_ERROR, "internal_error",
      "operational, process, failure, failure-critical",
      "The server made a mistake of its own: {details}" },
    { EVENT_SOURCE_BLOCKED, "source_blocked",
      "operational, session, failure",
      "Nobody gets in from {peer} for now, says the policy "
      "'{policy_name}': {details}" },
    { EVENT_HOME_FOLDER_FAILED, "home_folder_failed",
      "operational, authenticated, failure, failure-critical",
      "The home folder '{home_folder_path}' of '{account}' cannot be used: "
      "{details}" },
    { EVENT_LOGIN_PARTIAL, "login_partial",
      "operational, session, success",
      "'{username}' has proved {credentials_type} to '{method_name}'; "
      "{required_credentials} is asked for." },
    { EVENT_LOGIN_FORBIDDEN, "login_forbidden",
      "authentication, session, failure",
      "'{username}' gave the right {credentials_type} to '{method_name}' "
      "but is not let in: {details}" },
    { EVENT_LOGIN_ACCEPTED, "login_accepted",
      "authentication, authenticated, success",
      "'{username}' is logged in by {credentials_type}, which "
      "'{method_name}' accepted." },
    { EVENT_LOGIN_REJECTED, "login_rejected",
      "authentication, session, failure, failure-high",
      "'{username}' is not let in by {credentials_type}: {details}" },
    { EVENT_COMPONENT_STARTED, "component_started",
      "component-activation, authenticated, success",
      "The {kind} '{name}' of {family} is running: {description}" },
    { EVENT_COMPONENT_STOPPED, "component_stopped",
      "component-activation, authenticated, success",
      "The {kind} '{name}' of {family} has ended: {reason}" },
    { EVENT_COMPONENT_START_FAILED, "component_start_failed",
      "component-activation, authenticated, failure",
      "The {kind} '{name}' of {family} could not start: {details}" },
    { EVENT_SSH_FAILED, "ssh_failed",
      "operational, session, failure, failure-critical, ssh",
      "The SSH connection from {peer} broke down: {details}" },
    { EVENT_SSH_OPENED, "ssh_opened",
      "session, informational, ssh",
      "{peer} has begun an SSH connection." },
    { EVENT_SSH_NEGOTIATED, "ssh_negotiated",
      "authenticated, informational, ssh",
      "{peer} speaks SSH as '{client_version}': key exchange "
      "{key_exchange}, host key {host_key}, in {in_cipher} {in_hmac}, out "
      "{out_cipher} {out_hmac}." },
    { EVENT_SFTP_LISTED, "sftp_listed",
      "authenticated, success, file-operation, ssh",
      "The folder '{path}' was listed: {entries} entries." },
    { EVENT_SFTP_LIST_FAILED, "sftp_list_failed",
      "authenticated, failure, file-operation, ssh",
      "The folder '{path}' could not be listed: {details}" },
    { EVENT_SFTP_FOLDER_REMOVED, "sftp_folder_removed",
      "authenticated, success, file-operation, operation-delete, ssh",
      "The folder '{path}' was removed." },
    { EVENT_SFTP_FOLDER_REMOVE_FAILED, "sftp_folder_remove_failed",
      "authenticated, failure, file-operation, operation-delete, ssh",
      "The folder '{path}' could not be removed: {details}" },
    { EVENT_SFTP_RENAMED, "sftp_renamed",
      "authenticated, success, file-operation, operation-rename, ssh",
      "'{from}' is now called '{to}'." },
    { EVENT_SFTP_RENAME_FAILED, "sftp_rename_failed",
      "authenticated, failure, file-operation, operation-rename, ssh",
      "'{from}' could not be renamed to '{to}': {details}" },
    { EVENT_SFTP_FOLDER_MADE, "sftp_folder_made",
      "authenticated, success, file-operation, operation-create-folder, ssh",
      "The folder '{path}' was made." },
    { EVENT_SFTP_FOLDER_MAKE_FAILED, "sftp_folder_make_failed",
      "authenticated, failure, file-operation, operation-create-folder, ssh",
      "The folder '{path}' could not be made: {details}" },
    { EVENT_SFTP_REMOVED, "sftp_removed",
      "authenticated, success, file-operation, operation-delete, ssh",
      "The file '{path}' was removed." },
    { EVENT_SFTP_REMOVE_FAILED, "sftp_remove_failed",
      "authenticated, failure, file-operation, operation-delete, ssh",
      "The file '{path}' could not be removed: {details}" },
    { EVENT_SFTP_ATTRIBUTES_SET, "sftp_attributes_set",
      "authenticated, success, file-operation, ssh",
      "Attributes of '{path}' were set: {changed}." },
    { EVENT_SFTP_ATTRIBUTES_FAILED, "sftp_attributes_failed",
      "authenticated, failure, file-operation, ssh",
      "Attributes of '{path}' could not be set: {details}" },
    { EVENT_SFTP_DOWNLOAD_FAILED, "sftp_download_failed",
      "authenticated, failure, failure-specific, file-operation, "
      "operation-read, ssh",
      "The download of '{path}' broke off after {total_read} bytes and "
      "{duration_ms} ms: {details}" },
    { EVENT_SFTP_UPLOAD_FAILED, "sftp_upload_failed",
      "authenticated, failure, failure-specific, file-operation, "
      "operation-write, ssh",
      "The upload of '{path}' broke off after {total_write} bytes and "
      "{duration_ms} ms: {details}" },
    { EVENT_SFTP_OPEN_FAILED, "sftp_open_failed",
      "authenticated, failure, file-operation, ssh",
      "'{path}' could not be opened ({mode}): {details}" },
    { EVENT_SSH_REQUEST_REFUSED, "ssh_request_refused",
      "authenticated, failure, ssh",
      "An SSH request was refused: {details}" },
    { EVENT_SFTP_LINK_MADE, "sftp_link_made",
      "authenticated, success, file-operation, ssh",
      "The link '{path}' to '{target}' was made." },
    { EVENT_SFTP_LINK_FAILED, "sftp_link_failed",
      "authenticated, failure, file-operation, ssh",
      "The link '{path}' to '{target}' could not be made: {details}" },
    { EVENT_SFTP_STARTED, "sftp_started",
      "authenticated, informational, ssh",
      "An SFTP session has begun." },
    { EVENT_SFTP_DOWNLOADED, "sftp_downloaded",
      "authenticated, success, file-operation, operation-read, ssh",
      "'{path}' was downloaded: {total_read} bytes in {duration_ms} ms, "
      "{read_speed} bytes a second." },
    { EVENT_SFTP_UPLOADED, "sftp_uploaded",
      "authenticated, success, file-operation, operation-write, ssh",
      "'{path}' was uploaded: {total_write} bytes in {duration_ms} ms, "
      "{write_speed} bytes a second." },
    { EVENT_SESSION_OPENED, "session_opened",
      "operational, session, informational",
      "A session from {peer} has begun." },
    { EVENT_SESSION_CLOSED, "session_closed",
      "operational, session, informational",
      "The session of '{account}' from {peer} has ended after "
      "{duration_ms} ms: {reason}" },
    { EVENT_CONNECTION_REFUSED, "connection_refused",
      "operational, session, failure",
      "A connection from {peer} was turned away: {details}" },
    { EVENT_HOME_FOLDER_MADE, "home_folder_made",
      "operational, authenticated, success",
      "The home folder '{home_folder_path}' was made for '{account}'." },
    { EVENT_UPLOAD_KEPT, "upload_kept",
      "authenticated, informational, file-operation, operation-write",
      "The upload of '{path}' was cut off; its first {size} bytes are kept "
      "so that it can go on." },
    { EVENT_UPLOAD_RESUMED, "upload_resumed",
      "authenticated, informational, file-operation, operation-write",
      "The upload of '{path}' goes on at byte {offset}." },
    { EVENT_UPLOAD_TAKEN_OVER, "upload_taken_over",
      "authenticated, informational, file-operation, operation-write",
      "A newer session of '{account}' has taken over the upload of "
      "'{path}'." },
    { EVENT_UPLOAD_DISCARDED, "upload_discarded",
      "operational, informational, file-operation, operation-write",
      "What was kept of the upload of '{path}' ({size} bytes) was "
      "discarded: {reason}" },
    { EVENT_UPLOAD_LOCK_LOST, "upload_lock_lost",
      "authenticated, failure, failure-high, file-operation, "
      "operation-write",
      "The upload of '{path}' lost its lock and cannot be published: "
      "{details}" },
    { EVENT_STORAGE_PROBED, "storage_probed",
      "operational, process, informational",
      "The storage '{path}' was probed: {details}" },
    { EVENT_STORAGE_FAILED, "storage_failed",
      "operational, process, failure, failure-critical",
      "The storage '{path}' does not work as it must: {details}" },
    { EVENT_STORE_LOST, "store_lost",
      "operational, process, failure, failure-critical",
      "The store cannot be reached: {details}" },
    { EVENT_STORE_BACK, "store_back",
      "operational, process, success",
      "The store can be reached again." },
    { EVENT_CONFIGURATION_WARNING, "configuration_warning",
      "operational, process, failure",
      "The configuration deserves a look, {file}:{line}: {details}" },
    { EVENT_CONFIGURATION_APPLIED, "configuration_applied",
      "operational, process, success",
      "Revision {revision} of the configuration is in force; {changes}; "
      "{sessions} sessions end." },
    { EVENT_CONFIGURATION_REFUSED, "configuration_refused",
      "operational, process, failure, failure-critical",
      "The configuration is refused and revision {revision} stays in force: "
      "{details}" },
    { EVENT_DRAINING, "draining",
      "operational, process, informational",
      "No new sessions are taken; {sessions} sessions may finish: {reason}" },
    { EVENT_HANDED_ON, "handed_on",
      "operational, process, informational",
      "The process {successor} serves the ports from now on; {sessions} "
      "sessions may finish here." },
    { EVENT_CONFINED, "confined",
      "operational, process, informational",
      "The server is confined. Sessions: {sessions}; the process: {process}." },
    { EVENT_CONFINEMENT_MISSING, "confinement_missing",
      "operational, process, failure",
      "The server is not confined as it could be: {details}" },
    { EVENT_PASSWORD_CHANGED, "password_changed",
      "authenticated, success, administration",
      "'{account}' has changed the own password." },
    { EVENT_PASSWORD_NOT_CHANGED, "password_not_changed",
      "authenticated, failure, administration",
      "'{account}' could not change the own password: {details}" },
    { EVENT_OPERATOR_COMMAND, "operator_command",
      "operational, process, informational",
      "The operator with uid {uid} used '{command}': {details}" },
    { EVENT_CONTROL_REFUSED, "control_refused",
      "operational, process, failure",
      "Somebody with uid {uid} was turned away from the control socket: "
      "{details}" },
    { EVENT_FTP_OPEN_FAILED, "ftp_open_failed",
      "authenticated, failure, file-operation, ftp",
      "'{path}' could not be opened ({mode}): {details}" },
    { EVENT_FTP_FOREIGN, "ftp_foreign",
      "session, failure, failure-high, ftp",
      "{peer} does not speak FTP and was sent away: {details}" },
    { EVENT_FTP_PLAINTEXT_DROPPED, "ftp_plaintext_dropped",
      "session, failure, failure-high, ftp",
      "{peer} sent {bytes} bytes ahead of TLS, which were dropped: somebody "
      "may have put them there." },
    { EVENT_FTP_NO_CLOSE_NOTIFY, "ftp_no_close_notify",
      "authenticated, failure, file-operation, operation-write, ftp",
      "It cannot be told whether all of an upload has come: {details}" },
    { EVENT_REVOCATION_LIST_FAILED, "revocation_list_failed",
      "operational, process, failure",
      "The list of revoked certificates at {address} could not be fetched; "
      "the one from before stays in force: {details}" },
    { EVENT_CERTIFICATE_UNUSABLE, "certificate_unusable",
      "operational, process, failure",
      "What service '{service}' shows under TLS has changed and cannot be "
      "used; it goes on with what it had: {details}" },
    /* clang-format on */
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

const struct event_kind *
event_kind_of(enum event_id id)
{
    size_t low = 0;
    size_t high = KINDS;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (kinds[middle].id == id)
            return &kinds[middle];
        if (kinds[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct event_kind *
event_kind_at(size_t index)
{
    return index < KINDS ? &kinds[index] : NULL;
}
